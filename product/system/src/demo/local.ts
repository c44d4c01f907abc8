import { promises } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { batchUdp, nodeHttp2, type UdpPort } from "@freehold/net";
import { type Log, systemClock, systemRandom } from "@freehold/runtime";
import { sctpOverUdp } from "@freehold/sctp";
import { openVault, sqliteStore } from "@freehold/store";
import { merge, Tape } from "@freehold/tape";
import { provision } from "@freehold/udr";
import { echoN6, memoryDataPath } from "@freehold/upf";
import { startCore } from "../core.ts";
import { coreDoors, coreEgress } from "../egress/doors.ts";
import { demoGnbDoor } from "../egress/simulators.ts";
import { startProcesses } from "../process/parent.ts";
import type { SystemWorld } from "../world.ts";
import { ownStack, type Progress } from "./phones.ts";
import { type DemoOptions, type DemoPlan, loopbackPlan, subscriber } from "./plan.ts";
import { type DemoReport, show } from "./show.ts";

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
  const udp = batchUdp({ log });
  {
    await using store = await sqliteStore({ path: join(folder, "freehold.db"), log });
    for (const phone of plan.phones) await provision(subscriber(phone), { store, vault });
  }
  const place = { folder, plan, tape, log, udp };
  const core = stack.use(processes ? await inProcesses(place, options.verbose) : await inThisProcess(place));
  const startMs = performance.now() - begin;
  signal.throwIfAborted();
  const door = demoGnbDoor(plan, { log });
  const sctp = door.sctp(sctpOverUdp(door.udp(udp), { clock, random, log }));
  const report = await show({
    plan,
    clock,
    random,
    log,
    tape,
    udp: door.udp(udp),
    sctp,
    begin,
    startMs,
    progress,
    signal,
    traffic: ownStack(plan, { clock, random, log }),
  });
  await core[Symbol.asyncDispose](); // what functions in other processes still hold of the tape comes with their end
  return { ...report, egress: [...coreEgress(plan.config), ...door.declared], tape: merge(tape.entries()) }; // by time: what other processes wrote came late
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
  const doors = coreDoors(plan.config, { log });
  const world: SystemWorld = {
    clock,
    random,
    log,
    tape,
    store,
    vault: openVault(join(folder, "master.key")),
    n2: sctpOverUdp(doors.of("amf").udp(udp), { clock, random, log }),
    n4: udp,
    http2,
    dataPath: (own) => memoryDataPath(own.udp(udp), () => echoN6({ clock, random })),
    homeNetworkKeys: plan.homeNetworkKeys,
    doors,
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
