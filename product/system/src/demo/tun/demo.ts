import { type Namespaced, startNamespaced } from "@freehold/linux";
import { type Door, nodeHttp2, type SctpPort } from "@freehold/net";
import { type Log, type Random, systemClock, systemRandom, type World } from "@freehold/runtime";
import { memoryStore, Vault } from "@freehold/store";
import { Tape } from "@freehold/tape";
import { provision } from "@freehold/udr";
import { tunDataPath } from "@freehold/upf";
import { readConfig } from "../../config/load.ts";
import { startCore } from "../../core.ts";
import { coreDoors, coreEgress } from "../../egress/doors.ts";
import { demoGnbDoor } from "../../egress/simulators.ts";
import type { SystemWorld } from "../../world.ts";
import type { Progress, Traffic } from "../phones.ts";
import { type DemoOptions, type DemoPlan, keysAndPhones, subscriber } from "../plan.ts";
import { type DemoReport, show } from "../show.ts";
import { type Capture, startCapture } from "./capture.ts";
import { type Ground, ground } from "./ground.ts";
import { addresses, makeNets, type Nets, sctpOverIpIn, tunIn, udpIn } from "./nets.ts";
import { PhoneNet, sha256 } from "./phone.ts";
import type { ServerData } from "./server.ts";

/** Octets of the page that phones fetch: some dozens of packets, few enough that the tape holds those of a hundred phones. */
const pageOctets = 32_768;

/**
 * The demonstration over the kernel's network, as root: core and gNB in network namespaces of their own, SCTP over IP between them, a namespace
 * and a TUN interface per phone, the data network in another one with a web server, real ping and HTTP across. The namespaces have no names and
 * belong to this process, its state is in memory: nothing outlives it. Throws `Unavailable` before anything is started.
 */
export async function tunDemo(options: DemoOptions, log: Log, progress: Progress, signal: AbortSignal): Promise<DemoReport> {
  const found = ground(options.capture !== undefined);
  await using stack = new AsyncDisposableStack();
  const begin = performance.now();
  const world: World = { clock: systemClock(), random: systemRandom, log };
  const plan = namespacePlan(world.random, options);
  const nets = stack.use(makeNets());
  const page = world.random(pageOctets);
  stack.use(await startServer(nets.dn, page));
  const phones = plan.phones.map(() => stack.use(new PhoneNet(found, world, signal)));
  const cutOff = async (phone: PhoneNet, index: number): Promise<void> =>
    progress(index, "no way out", await phone.cutOff(plan.target.ping));
  await Promise.all(phones.map(cutOff));
  const capture = stack.use(await beside(options, found, nets, world));
  const tape = new Tape({ log });
  const sctp = await sctpOverIpIn(world);
  const core = stack.use(await coreIn(nets, plan, tape, sctp, world));
  const startMs = performance.now() - begin;
  const door = demoGnbDoor(plan, { log });
  const gnbSide = { udp: door.udp(udpIn(nets.ran, world)), sctp: sctp(nets.ran, door) };
  const report = await show({
    ...world,
    ...gnbSide,
    plan,
    tape,
    begin,
    startMs,
    progress,
    signal,
    traffic: realTraffic(plan, phones, page),
  });
  const again = await Promise.allSettled(phones.map(cutOff));
  signal.throwIfAborted();
  for (const [i, one] of again.entries()) {
    if (one.status === "rejected") report.phones[i]!.failed ??= String(one.reason);
  }
  await core[Symbol.asyncDispose]();
  await capture?.finish();
  return { ...report, egress: [...coreEgress(plan.config), ...door.declared], tape: tape.entries() };
}

/** Gives the session an interface in the phone's namespace; ping and a web client there know nothing of 5G. */
function realTraffic({ target }: DemoPlan, phones: readonly PhoneNet[], page: Uint8Array): Traffic {
  return async ({ index, session, result, step, tell }) => {
    const phone = phones[index]!;
    await phone.connect(session);
    result.ping = await step(
      "ping",
      () => phone.ping(target.ping, 3, () => tell("first ping", "")),
      ({ sent, received, rttMs }) => `${received} of ${sent}, ${rttMs.map((ms) => ms.toFixed(1)).join(" / ")} ms`,
    );
    const { status, body } = await step(
      "HTTP",
      () => phone.fetch(`http://${target.ping}${target.path}`),
      (fetched) => `${fetched.status}, ${fetched.body.length} octets`,
    );
    if (sha256(body) !== sha256(page)) throw new Error("HTTP: the page came altered");
    result.http = { status, octets: body.length };
  };
}

async function startServer(net: string, page: Uint8Array): Promise<AsyncDisposable> {
  const data: ServerData = { host: addresses.server, page };
  const server: Namespaced = await startNamespaced(new URL("./server.ts", import.meta.url), { data, namespace: net, name: "data network" });
  const listening = new Promise<void>((resolve, reject) => {
    server.worker.once("message", () => resolve());
    server.worker.once("error", reject);
  });
  server.begin();
  await listening;
  return { [Symbol.asyncDispose]: () => server.stop() };
}

const beside = async ({ capture: file }: DemoOptions, { tcpdump }: Ground, { core }: Nets, world: World): Promise<Capture | undefined> =>
  file === undefined || tcpdump === undefined ? undefined : await startCapture(core, tcpdump, file, udpIn(core, world));

/** The core in its namespace; only the UPF's interface to the data network is in the other one: no packet of a phone meets the core's own IP. */
async function coreIn(
  nets: Nets,
  plan: DemoPlan,
  tape: Tape,
  sctp: (net: string, door: Door) => SctpPort,
  base: World,
): Promise<AsyncDisposable> {
  await using boot = new AsyncDisposableStack();
  const { log, random } = base;
  const store = boot.use(memoryStore());
  const vault = new Vault(random(32), "of this run");
  for (const phone of plan.phones) await provision(subscriber(phone), { store, vault });
  const http2 = nodeHttp2({ log });
  boot.defer(() => http2.close());
  const udp = udpIn(nets.core, base);
  const mtu = Math.max(...plan.config.dataNetworks.map((network) => network.mtu));
  const doors = coreDoors(plan.config, { log });
  const world: SystemWorld = {
    ...base,
    tape,
    store,
    vault,
    n2: sctp(nets.core, doors.of("amf")),
    n4: udp,
    http2,
    dataPath: (door) =>
      tunDataPath(door.udp(udp), door.tun(tunIn(nets.dn, base)), {
        mtu,
        name: (_, i) => plan.config.dataNetworks[i]?.interface ?? `fh${i}`,
      }),
    homeNetworkKeys: plan.homeNetworkKeys,
    doors,
  };
  boot.use(await startCore(plan.config, world));
  return boot.move();
}

/** Addresses need not differ from run to run: each has its own namespaces. */
function namespacePlan(random: Random, { phones, ciphering }: DemoOptions): DemoPlan {
  const config = readConfig(
    `
n2: { addresses: [${addresses.core}], transport: raw }
n3: { addresses: [${addresses.core}] }
egress: { gnbs: [${addresses.gnb}] }
dataNetworks: [{ dnn: internet, path: tun, dns: [] }]
${ciphering === undefined ? "" : `security: { ciphering: [${ciphering.join(", ")}] }`}
`,
    "the demonstration's configuration",
  );
  return {
    config,
    ...keysAndPhones(random, phones),
    gnb: { n2: addresses.gnb, n3: addresses.gnb, air: "freehold-gnb" },
    target: { ping: addresses.server, name: addresses.server, path: "/" },
  };
}
