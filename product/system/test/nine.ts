// A core of nine processes, for the command line's verify.process.test.ts: says when it is ready, ends with its standard input.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { systemRandom } from "@freehold/runtime";
import { openState } from "@freehold/system";
import { loopbackPlan } from "../src/demo/plan.ts";
import { startProcesses } from "../src/process/parent.ts";

const plan = loopbackPlan(systemRandom, { phones: 1, carrier: "http2", verbose: false });
const state = mkdtempSync(join(tmpdir(), "freehold-nine-"));
await (await openState({ state: { directory: state } }, { baseDirectory: state }))[Symbol.asyncDispose]();
const core = await startProcesses({ config: plan.config, state, homeNetworkKeys: [], logLevel: "silent" }, { record: () => {} });
process.stdout.write("ready\n");
process.stdin.resume().once("end", () => {
  const over = (): never => {
    rmSync(state, { recursive: true, force: true });
    process.exit(0);
  };
  core[Symbol.asyncDispose]().then(over, over);
});
