import { dnn } from "@freehold/model";
import { ping } from "@freehold/ue";
import { openCell, prepare } from "./ground.ts";
import { median, rounded } from "./statistics.ts";

export interface StartOptions {
  /** 5 unless given. */
  readonly runs?: number;
  readonly progress?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface StartReport {
  readonly bench: "start";
  /** From starting the core's process to the answer to the first phone's first ping; the median of the runs. */
  readonly firstPingMs: number;
  /** Of the core with that one phone; the median of the runs. */
  readonly coreRssMB: number;
  readonly runs: readonly { readonly coreReadyMs: number; readonly firstPingMs: number; readonly coreRssMB: number }[];
}

/** Starts a core as often as asked, each with a fresh store of one subscriber, and pings through it. Rejects when a ping is not answered. */
export async function start({ runs: wanted = 5, progress, signal }: StartOptions = {}): Promise<StartReport> {
  const runs: StartReport["runs"][number][] = [];
  for (let i = 0; i < wanted; i++) {
    signal?.throwIfAborted();
    progress?.(`run ${i + 1} of ${wanted}`);
    runs.push(await once());
  }
  return {
    bench: "start",
    firstPingMs: rounded(median(runs.map((run) => run.firstPingMs)), 1),
    coreRssMB: rounded(median(runs.map((run) => run.coreRssMB)), 1),
    runs,
  };
}

async function once(): Promise<StartReport["runs"][number]> {
  await using ground = await prepare({ phones: 1 });
  const begin = performance.now();
  await using core = await ground.startCore();
  const coreReadyMs = performance.now() - begin;
  await using cell = await openCell(ground.plan);
  const ue = await cell.switchOn(0);
  await using _on = ue;
  await ue.register();
  const session = await ue.establish({ dnn: dnn("internet") });
  const { received } = await ping(session, cell.world, ground.plan.target.ping, 1);
  const firstPingMs = performance.now() - begin;
  if (received !== 1) throw new Error("the first ping was not answered");
  const { rssMB } = await core.figures();
  await ue.deregister();
  return { coreReadyMs: rounded(coreReadyMs, 1), firstPingMs: rounded(firstPingMs, 1), coreRssMB: rounded(rssMB, 1) };
}
