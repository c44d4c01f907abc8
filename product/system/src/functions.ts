import { type RunningAmf, startAmf } from "@freehold/amf";
import { startAusf } from "@freehold/ausf";
import { ip } from "@freehold/model";
import type { Http2Port } from "@freehold/net";
import { startNrf } from "@freehold/nrf";
import { startNssf } from "@freehold/nssf";
import { startPcf } from "@freehold/pcf";
import { nodeIdOf } from "@freehold/pfcp";
import { type Carrier, Discovery, type LocalNetwork, listen, Sbi, SbiRecorder } from "@freehold/sbi";
import { type RunningSmf, startSmf } from "@freehold/smf";
import type { TapeSink } from "@freehold/tape";
import { startUdm } from "@freehold/udm";
import { startUdr } from "@freehold/udr";
import { startUpf } from "@freehold/upf";
import { toHex } from "@freehold/wire";
import type { FreeholdConfig, SbiFunction } from "./config/types.ts";
import { coreDoors } from "./egress/doors.ts";
import { apiRootOf, type FunctionName, laneOf } from "./names.ts";
import type { SystemWorld } from "./world.ts";

/** How the functions of this process reach others: in the process, over HTTP/2, or contrarily in scenarios. */
export interface Carriage {
  /** A carrier, or what makes one of a function's own HTTP/2 port, which stands behind its door. */
  readonly carrier: Carrier | ((http2: Http2Port) => Carrier);
  /** The functions of this process; those of others are reached by the carrier alone. */
  readonly network: LocalNetwork;
  /** Put every function on a socket. */
  readonly listen: boolean;
}

/** A running function: what the composition may ask of it. */
export interface Running extends AsyncDisposable {
  readonly name: FunctionName;
  /** Plain data for `freehold state` and tests. */
  state(): unknown;
  /** What an operator may ask of these two beyond it. */
  readonly amf?: RunningAmf;
  readonly smf?: RunningSmf;
}

/** Starts one function of a core, with its way to the service-based interface. */
export async function startFunction(name: FunctionName, config: FreeholdConfig, world: SystemWorld, carriage: Carriage): Promise<Running> {
  await using boot = new AsyncDisposableStack();
  const log = world.log.child({ nf: name.toUpperCase() });
  const door = (world.doors ?? coreDoors(config, { log: world.log })).of(name);
  const own: SystemWorld = { ...world, log, n2: door.sctp(world.n2), n4: door.udp(world.n4), http2: door.http2(world.http2) };
  if (name === "upf") {
    // N4 is on the tape once: the SMF of this core writes it.
    const tape: TapeSink = { record: (entry) => void (entry.interface === "N4" || world.tape.record(entry)) };
    const upf = boot.use(await startUpf(upfConfig(config), { ...own, tape, dataPath: world.dataPath(door) }));
    return running(name, boot.move(), () => upf.state());
  }
  const sbi = await serviceBased(boot, name, config, own, carriage);
  const peers = new Discovery({ sbi, nrf: apiRootOf(config, "nrf"), named: config.sbi.peers, clock: world.clock, log });
  const sbiWorld = { ...own, sbi, peers };
  const plmns = config.network.plmns.map(({ mcc, mnc }) => ({ mcc, mnc }));
  switch (name) {
    case "nrf": {
      const nrf = boot.use(await startNrf({}, sbiWorld));
      return running(name, boot.move(), () => nrf.nfs.all?.() ?? []);
    }
    case "udr":
      boot.use(await startUdr({}, sbiWorld));
      break;
    case "udm":
      boot.use(
        await startUdm(
          {
            home: plmns[0]!,
            homeNetworkKeys: world.homeNetworkKeys.filter(({ profile }) => config.security.suciSchemes.includes(profile === 1 ? "A" : "B")),
            nullScheme: config.security.suciSchemes.includes("null"),
          },
          sbiWorld,
        ),
      );
      break;
    case "ausf":
      boot.use(await startAusf({ servingNetworks: plmns }, sbiWorld));
      break;
    case "pcf":
      boot.use(await startPcf({}, sbiWorld));
      break;
    case "nssf":
      boot.use(await startNssf({ slices: slicesOf(config), nrf: apiRootOf(config, "nrf") }, sbiWorld));
      break;
    case "smf": {
      const smf = boot.use(await startSmf(smfConfig(config), sbiWorld));
      return { ...running(name, boot.move(), () => smf.state()), smf };
    }
    case "amf": {
      const amf = boot.use(await startAmf(amfConfig(config), sbiWorld));
      return { ...running(name, boot.move(), () => amf.state()), amf };
    }
  }
  return running(name, boot.move(), () => ({}));
}

const running = (name: FunctionName, stack: AsyncDisposableStack, state: () => unknown): Running => ({
  name,
  state,
  [Symbol.asyncDispose]: () => stack.disposeAsync(),
});

async function serviceBased(
  boot: AsyncDisposableStack,
  name: SbiFunction,
  config: FreeholdConfig,
  world: SystemWorld,
  { carrier, network, listen: listens }: Carriage,
): Promise<Sbi> {
  const apiRoot = apiRootOf(config, name);
  const recorder = new SbiRecorder(world.tape, world);
  const sbi = new Sbi({
    nfType: name.toUpperCase(),
    nfInstanceId: await instanceId(name, world),
    apiRoot,
    carrier: typeof carrier === "function" ? carrier(world.http2) : carrier,
    clock: world.clock,
    random: world.random,
    log: world.log,
    recorder,
    nameOf: laneOf(config),
  });
  boot.use(network.attach(sbi.server));
  if (listens) boot.use(await listen(world.http2, sbi.server));
  return sbi;
}

/**
 * NF Instance ID, TS 29.510 §6.1.6.2.2: the same after a restart, for others have noted who serves a UE and a session. Where the store forgets
 * (functions that keep nothing), a new one.
 */
async function instanceId(name: SbiFunction, { store, random }: SystemWorld): Promise<string> {
  const kept = await store.get<string>("nf.instance", name);
  if (kept !== undefined) return kept.value;
  const value = uuid(random);
  await store.commit([{ table: "nf.instance", key: name, value }]);
  return value;
}

/** NF Instance ID: a UUID of version 4 (TS 29.571 §5.3.2). */
function uuid(random: SystemWorld["random"]): string {
  const octets = random(16);
  octets[6] = (octets[6]! & 0x0f) | 0x40;
  octets[8] = (octets[8]! & 0x3f) | 0x80;
  const hex = toHex(octets);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const slicesOf = (config: FreeholdConfig): { sst: number; sd?: string }[] => {
  const seen = new Map<string, { sst: number; sd?: string }>();
  for (const { slices } of config.network.plmns) for (const s of slices) seen.set(`${s.sst}-${s.sd ?? ""}`, { ...s });
  return [...seen.values()];
};

const number = (algorithm: string): number => Number(algorithm.slice(3));

/** "+05:45" in minutes east of UTC. */
function zoneMinutes(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return zone.startsWith("-") ? 0 - minutes : minutes;
}

function amfConfig(config: FreeholdConfig): Parameters<typeof startAmf>[0] {
  const { amf, network, n2, security } = config;
  return {
    name: amf.name,
    regionId: amf.region,
    setId: amf.set,
    pointer: amf.pointer,
    relativeCapacity: amf.capacity,
    plmns: network.plmns.map(({ mcc, mnc, slices }) => ({ plmn: { mcc, mnc }, slices: slices.map((s) => ({ ...s })) })),
    tacs: network.tacs,
    n2: { addresses: n2.addresses, port: n2.port },
    replica: 0,
    security: {
      nea: security.ciphering.map(number),
      nia: security.integrity.map(number),
      nullIntegrityForEmergency: security.nullIntegrityForEmergency,
    },
    networkName: network.name,
    localTime: { zoneMinutes: zoneMinutes(network.localTime.zone), daylightSavingHours: network.localTime.daylightSavingHours },
    imsVoiceOverPs: network.imsVoiceOverPs,
    t3512Seconds: amf.t3512Seconds,
    t3502Seconds: amf.t3502Seconds,
    releaseAfterMs: 5_000,
    admission: { perGnbPerSecond: amf.registrationsPerSecond.perGnb, allPerSecond: amf.registrationsPerSecond.all },
  };
}

function smfConfig(config: FreeholdConfig): Parameters<typeof startSmf>[0] {
  const { n4, network, dataNetworks } = config;
  return {
    plmns: network.plmns.map(({ mcc, mnc }) => ({ mcc, mnc })),
    n4: { address: n4.smf, port: n4.port },
    upfs: [{ address: n4.upf, port: n4.port, dnns: dataNetworks.map(({ dnn }) => dnn) }],
    served: slicesOf(config).flatMap((sNssai) => dataNetworks.map(({ dnn, ipv4, dns, mtu }) => ({ sNssai, dnn, ipv4, dns, mtu }))),
  };
}

function upfConfig(config: FreeholdConfig): Parameters<typeof startUpf>[0] {
  const { n2, n3, n4, sbi, dataNetworks } = config;
  return {
    nodeId: nodeIdOf(ip(n4.upf)),
    n4: { host: n4.upf, port: n4.port },
    n3: n3.addresses.map((address) => ip(address)),
    dataNetworks: dataNetworks.map(({ dnn, ipv4, ueToUe, mtu }) => ({ dnn, pools: [ipv4], ueToUe, mtu })),
    smfs: [{ addresses: [n4.smf], port: n4.port, connect: true }],
    closed: [...n2.addresses, n4.smf, ...Object.values(sbi.addresses)],
    tapeUserPlane: true,
  };
}
