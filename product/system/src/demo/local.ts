import { promises } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { memoryAir } from "@freehold/air";
import { startGnb } from "@freehold/gnb";
import { nodeHttp2, nodeUdp, type UdpPort } from "@freehold/net";
import { type Log, systemClock, systemRandom } from "@freehold/runtime";
import { sctpOverUdp } from "@freehold/sctp";
import { openVault, sqliteStore } from "@freehold/store";
import { Tape, type TapeEntry } from "@freehold/tape";
import { provision } from "@freehold/udr";
import { echoN6, memoryDataPath } from "@freehold/upf";
import { startCore } from "../core.ts";
import { startProcesses } from "../process/parent.ts";
import type { SystemWorld } from "../world.ts";
import { type PhoneResult, type Progress, switchOff, switchOn } from "./phones.ts";
import { type DemoOptions, type DemoPlan, loopbackPlan } from "./plan.ts";

export interface DemoReport {
  readonly plan: DemoPlan;
  readonly phones: readonly PhoneResult[];
  readonly tape: readonly TapeEntry[];
  /** When the first phone registered and got its session: the ladder's span of the tape, milliseconds since 1970. */
  readonly ladder: { readonly from: number; readonly to: number };
  /** From the first line of ours to a core that serves. */
  readonly startMs: number;
  /** From the start of the core to the answer to the first ping. */
  readonly firstPingMs: number;
  readonly rssMB: number;
}

/**
 * The demonstration without privilege: SCTP in UDP, GTP-U over loopback, a data network of our own behind the UPF; the core in this process
 * or each function in its own. Everything it opens it closes, also when `signal` interrupts it.
 */
export async function localDemo(
  options: DemoOptions,
  log: Log,
  progress: Progress,
  signal: AbortSignal,
  processes = false,
): Promise<DemoReport> {
  await using stack = new AsyncDisposableStack();
  const begin = performance.now();
  const [clock, random] = [systemClock(), systemRandom];
  const plan = loopbackPlan(random, options);
  const folder = await promises.mkdtemp(join(tmpdir(), "freehold-demo-"));
  stack.defer(() => promises.rm(folder, { recursive: true, force: true }));
  const vault = openVault(join(folder, "master.key"));
  const tape = new Tape({ log });
  const udp = nodeUdp({ log });
  {
    await using store = await sqliteStore({ path: join(folder, "freehold.db"), log });
    for (const phone of plan.phones) await provision(subscriber(phone), { store, vault });
  }
  const place = { folder, plan, tape, log, udp };
  const core = stack.use(processes ? await inProcesses(place, options.verbose) : await inThisProcess(place));
  const startMs = performance.now() - begin;
  signal.throwIfAborted();
  const air = memoryAir(clock);
  stack.use(await startGnb(gnbConfig(plan), { clock, random, log, tape, air, udp, sctp: sctpOverUdp(udp, { clock, random, log }) }));
  let firstPingMs = 0;
  const phones: PhoneResult[] = [];
  const told: Progress = (phone, step, detail) => {
    if (step === "first ping") firstPingMs ||= performance.now() - begin;
    else progress(phone, step, detail);
  };
  // The first phone has the air to itself, so that its ladder is one phone's; then all others at once.
  const phoneWorld = { clock, random, log, tape, air };
  const ladderFrom = clock.now();
  const on = [await switchOn(plan, 0, phoneWorld, told)];
  const ladderTo = clock.now();
  on.push(...(await Promise.all(plan.phones.slice(1).map((_, i) => switchOn(plan, i + 1, phoneWorld, told)))));
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
  await core[Symbol.asyncDispose](); // what functions in other processes still hold of the tape comes with their end
  return { plan, phones, tape: tape.entries(), ladder: { from: ladderFrom, to: ladderTo }, startMs, firstPingMs, rssMB };
}

interface Place {
  readonly folder: string;
  readonly plan: DemoPlan;
  readonly tape: Tape;
  readonly log: Log;
  readonly udp: UdpPort;
}

async function inThisProcess({ folder, plan, tape, log, udp }: Place): Promise<AsyncDisposable> {
  await using boot = new AsyncDisposableStack();
  const [clock, random] = [systemClock(), systemRandom];
  const store = boot.use(await sqliteStore({ path: join(folder, "freehold.db"), log }));
  const http2 = nodeHttp2({ log });
  boot.defer(() => http2.close());
  const world: SystemWorld = {
    clock,
    random,
    log,
    tape,
    store,
    vault: openVault(join(folder, "master.key")),
    n2: sctpOverUdp(udp, { clock, random, log }),
    n4: udp,
    http2,
    dataPath: () => memoryDataPath(udp, () => echoN6({ clock, random })),
    homeNetworkKeys: plan.homeNetworkKeys,
  };
  boot.use(await startCore(plan.config, world));
  return boot.move();
}

const inProcesses = ({ folder, plan, tape }: Place, verbose: boolean): Promise<AsyncDisposable> =>
  startProcesses(
    {
      config: plan.config,
      state: folder,
      homeNetworkKeys: plan.homeNetworkKeys.map(({ id, profile, privateKey }) => ({ id, profile, privateKey: privateKey.reveal() })),
      logLevel: verbose ? "debug" : "silent",
    },
    tape,
  );

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
