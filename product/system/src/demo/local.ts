import { promises } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { memoryAir } from "@freehold/air";
import { startGnb } from "@freehold/gnb";
import { type Http2Port, nodeHttp2, nodeUdp } from "@freehold/net";
import { type Log, systemClock, systemRandom } from "@freehold/runtime";
import { sctpOverUdp } from "@freehold/sctp";
import { openVault, sqliteStore } from "@freehold/store";
import { Tape, type TapeEntry } from "@freehold/tape";
import { provision } from "@freehold/udr";
import { echoN6, memoryDataPath } from "@freehold/upf";
import { startCore } from "../core.ts";
import type { SystemWorld } from "../world.ts";
import { type PhoneResult, type Progress, switchOff, switchOn } from "./phones.ts";
import { type DemoOptions, type DemoPlan, loopbackPlan } from "./plan.ts";

export interface DemoReport {
  readonly plan: DemoPlan;
  readonly phones: readonly PhoneResult[];
  readonly tape: readonly TapeEntry[];
  /** From the first line of ours to a core that serves. */
  readonly startMs: number;
  /** From the start of the core to the answer to the first ping. */
  readonly firstPingMs: number;
  readonly rssMB: number;
}

/**
 * The demonstration in one process and without privilege: SCTP in UDP, GTP-U over loopback, a data network of our own behind the UPF.
 * Everything it opens it closes, also when `signal` interrupts it.
 */
export async function localDemo(options: DemoOptions, log: Log, progress: Progress, signal: AbortSignal): Promise<DemoReport> {
  await using stack = new AsyncDisposableStack();
  const begin = performance.now();
  const [clock, random] = [systemClock(), systemRandom];
  const plan = loopbackPlan(random, options);
  const folder = await promises.mkdtemp(join(tmpdir(), "freehold-demo-"));
  stack.defer(() => promises.rm(folder, { recursive: true, force: true }));
  const store = stack.use(await sqliteStore({ path: join(folder, "freehold.db"), log }));
  const vault = openVault(join(folder, "master.key"));
  for (const phone of plan.phones) await provision(subscriber(phone), { store, vault });
  const udp = nodeUdp({ log });
  const http2: Http2Port = nodeHttp2({ log });
  stack.defer(() => http2.close());
  const tape = new Tape({ log });
  const world: SystemWorld = {
    clock,
    random,
    log,
    tape,
    store,
    vault,
    n2: sctpOverUdp(udp, { clock, random, log }),
    n4: udp,
    http2,
    dataPath: () => memoryDataPath(udp, () => echoN6({ clock, random })),
    homeNetworkKeys: plan.homeNetworkKeys,
  };
  stack.use(await startCore(plan.config, world));
  const startMs = performance.now() - begin;
  signal.throwIfAborted();
  const air = memoryAir(clock);
  stack.use(await startGnb(gnbConfig(plan), { clock, random, log, tape, air, udp, sctp: sctpOverUdp(udp, { clock, random, log }) }));
  let firstPingMs = 0;
  const phones: PhoneResult[] = [];
  const told: Progress = (phone, step, detail) => {
    if (step === "ping" && firstPingMs === 0) firstPingMs = performance.now() - begin;
    progress(phone, step, detail);
  };
  const on = await Promise.all(plan.phones.map((_, i) => switchOn(plan, i, { clock, random, log, tape, air }, told)));
  const rssMB = Math.round(process.memoryUsage().rss / 1e6);
  for (const [i, { result, ue }] of on.entries()) {
    signal.throwIfAborted();
    if (ue !== undefined) {
      await switchOff(ue, result).catch((error: unknown) => {
        result.failed ??= `deregistration: ${error instanceof Error ? error.message : String(error)}`;
      });
      if (result.deregistered) progress(i, "deregistered", "");
    }
    phones.push(result);
  }
  return { plan, phones, tape: tape.entries(), startMs, firstPingMs, rssMB };
}

/** A subscription to one slice and one data network: what freehold subscriber add makes by default. */
export const subscriber = ({ supi, k, opc }: DemoPlan["phones"][number]) => ({
  supi,
  k,
  opc,
  ueAmbr: { uplink: 1e9, downlink: 1e9 },
  slices: [
    { sst: 1, default: true, dnns: [{ dnn: "internet", default: true, type: "IPV4" as const, ambr: { uplink: 1e9, downlink: 1e9 } }] },
  ],
});

export const gnbConfig = ({ config, gnb }: DemoPlan) => ({
  name: "freehold-gnb",
  gnbId: 1,
  tac: config.network.tacs[0] ?? 1,
  plmns: config.network.plmns.map(({ mcc, mnc, slices }) => ({ plmn: { mcc, mnc }, slices: slices.map((s) => ({ ...s })) })),
  amfs: config.n2.addresses.map((host) => ({ host, port: config.n2.port })),
  n2: { host: gnb.n2 },
  n3: { host: gnb.n3 },
  air: gnb.air,
});
