import { type IpPrefix, isIpv4, parsePrefix } from "@freehold/model";
import type { UdpPort } from "@freehold/net";
import { decode as decodePfcp, nodeIdText, ntpSeconds, PfcpEndpoint } from "@freehold/pfcp";
import type { Cancel, Clock, World } from "@freehold/runtime";
import { Recorded, type TapeSink } from "@freehold/tape";
import { ClosedDestinations } from "./closed.ts";
import { defaultLimits, type UpfConfig, type UpfLimits } from "./config.ts";
import type { DataPath } from "./data-path.ts";
import { Forwarder } from "./forwarder.ts";
import { N4 } from "./n4.ts";
import { Network } from "./network.ts";

/** Everything a UPF needs from outside. */
export interface UpfWorld extends World {
  readonly n4: UdpPort;
  /** N3 sockets and what lies behind N6: `memoryDataPath` or `tunDataPath`. The UPF disposes of it. */
  readonly dataPath: DataPath;
  readonly tape?: TapeSink;
}

export interface Upf extends AsyncDisposable {
  /** Where PFCP is spoken. */
  readonly n4: { readonly host: string; readonly port: number };
  /** What is going on, as plain data: associations, sessions, counters. */
  state(): UpfState;
}

export interface UpfState {
  readonly nodeId: string;
  readonly recoveryTimeStamp: number;
  readonly dataPath: string;
  readonly associations: readonly { readonly smf: string; readonly host: string; readonly alive: boolean; readonly sessions: number }[];
  readonly sessions: readonly SessionState[];
  readonly n4: Readonly<Record<string, number>>;
  readonly pfcp: Readonly<Record<string, number>>;
  readonly packets: Readonly<Record<string, number>>;
  /** Packets that went nowhere, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly waitingOctets: number;
}

export interface SessionState {
  /** 16 hexadecimal digits. */
  readonly seid: string;
  readonly cpSeid: string;
  readonly smf: string;
  readonly dnn: string | undefined;
  readonly addresses: readonly string[];
  readonly teids: readonly number[];
  readonly pdrs: readonly {
    readonly id: number;
    readonly precedence: number;
    readonly from: string;
    readonly farId: number;
    readonly qfi: number;
  }[];
  readonly fars: readonly {
    readonly id: number;
    readonly action: string;
    readonly to: string | undefined;
    readonly peer: string | undefined;
  }[];
  readonly waiting: number;
  readonly counts: Readonly<Record<string, number>>;
}

const hex16 = (seid: bigint): string => seid.toString(16).padStart(16, "0");

function closedOf(config: UpfConfig): IpPrefix[] {
  const closed: IpPrefix[] = [];
  for (const text of [...(config.closed ?? []), ...config.n3, config.n4.host]) {
    const made = parsePrefix(text);
    if (!made.ok) throw new RangeError(`closed address ${text}: ${made.error.detail}`);
    // an N4 socket at 0.0.0.0 listens everywhere, but closes nothing
    if (made.value.address !== "0.0.0.0" && made.value.address !== "::") closed.push(made.value);
  }
  for (const { addresses } of config.smfs)
    for (const text of addresses) {
      const made = parsePrefix(text);
      if (made.ok && made.value.length === (isIpv4(made.value.address) ? 32 : 128)) closed.push(made.value);
    }
  return closed;
}

/** How often the host's own addresses are looked at, ms: a lease may bring another. */
const hostAddressesEvery = 10_000;

/** Where packets leave through the host's kernel, the host's own addresses are closed too, as they come and go. Gives the end of it. */
function watchHost(closed: ClosedDestinations, { hostAddresses }: DataPath, clock: Clock): () => void {
  if (hostAddresses === undefined) return () => {};
  let cancel: Cancel;
  const look = (): void => {
    closed.host = hostAddresses().flatMap((address) => {
      const made = parsePrefix(address);
      return made.ok ? [made.value] : [];
    });
    cancel = clock.after(hostAddressesEvery, look);
  };
  look();
  return () => cancel();
}

/** Binds N3 and N4, opens N6, and sets up the associations that are ours to set up. Rejects with `PortError` or RangeError, and nothing stays open. */
export async function startUpf(config: UpfConfig, world: UpfWorld): Promise<Upf> {
  const { clock, random, tape, dataPath } = world;
  const log = world.log.child({ nf: "UPF" });
  const limits: UpfLimits = { ...defaultLimits, ...config.limits };
  const recoveryTimeStamp = ntpSeconds(clock.now());
  await using boot = new AsyncDisposableStack();
  boot.use(dataPath);

  const networks: Network[] = [];
  for (const network of config.dataNetworks)
    networks.push(
      new Network({ ...network, ueToUe: network.ueToUe ?? config.ueToUe, mtu: network.mtu ?? config.mtu }, await dataPath.n6(network)),
    );
  const n4 = new N4({ config, limits, clock, random, log, networks, recoveryTimeStamp });
  boot.defer(() => n4.close());

  const socket = boot.use(await world.n4.bind(config.n4));
  const endpoint = new PfcpEndpoint({
    socket,
    clock,
    random,
    log,
    nodeId: config.nodeId,
    recoveryTimeStamp,
    t1: config.t1,
    n1: config.n1,
    onRequest: n4.answer,
    peerSeid: (ours, from) => n4.sessions.peerSeid(ours, from),
    keeps: (from) => n4.associations.knows(from.host),
    trace: ({ direction, peer, octets }) => {
      if (tape === undefined) return;
      const [src, dst] = direction === "in" ? [peer, socket.local] : [socket.local, peer];
      const message = (): string => {
        const result = decodePfcp(entry.bytes);
        return result.ok ? result.value.message.is : "unreadable PFCP";
      };
      const entry = new Recorded({
        at: clock.now(),
        interface: "N4",
        from: direction === "in" ? "SMF" : "UPF",
        to: direction === "in" ? "UPF" : "SMF",
        message,
        bytes: octets,
        carriage: { kind: "udp", src, dst },
      });
      tape.record(entry);
    },
  });
  boot.defer(() => endpoint.close());

  const recordN3 = config.tapeUserPlane === true ? tape : undefined;
  const closed = new ClosedDestinations(closedOf(config));
  boot.defer(watchHost(closed, dataPath, clock));
  const forwarder = new Forwarder({
    clock,
    closed,
    buffer: { packetsPerSession: limits.waitingPackets, octets: limits.waitingOctets },
    onDownlinkData: n4.sessions.onDownlinkData,
    onErrorIndication: n4.sessions.onErrorIndication,
    onThreshold: n4.sessions.onThreshold,
    sendN3: (octets, to, from) => {
      recordN3?.record({
        at: clock.now(),
        interface: "N3",
        from: "UPF",
        to: "gNB",
        message: "GTP-U",
        bytes: octets,
        carriage: { kind: "udp", src: { host: from ?? config.n3[0] ?? "", port: 2152 }, dst: to },
      });
      dataPath.send(octets, to, from);
    },
  });
  n4.join(endpoint, forwarder);
  for (const network of networks) network.n6.onPacket = (packet) => forwarder.fromN6(packet, network);
  await dataPath.open(config.n3, (octets, from, local) => {
    recordN3?.record({
      at: clock.now(),
      interface: "N3",
      from: "gNB",
      to: "UPF",
      message: "GTP-U",
      bytes: octets,
      carriage: { kind: "udp", src: from, dst: { host: local, port: 2152 } },
    });
    forwarder.fromN3(octets, from, local);
  });
  n4.connect();
  log.info("UPF ready", { n4: `${socket.local.host}:${socket.local.port}`, n3: config.n3.join(" "), dataPath: dataPath.kind });

  const running = boot.move();
  return {
    n4: socket.local,
    state: () => stateOf(config, recoveryTimeStamp, n4, endpoint, forwarder, dataPath),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function stateOf(
  config: UpfConfig,
  recoveryTimeStamp: number,
  n4: N4,
  endpoint: PfcpEndpoint,
  forwarder: Forwarder,
  path: DataPath,
): UpfState {
  return {
    nodeId: nodeIdText(config.nodeId),
    recoveryTimeStamp,
    dataPath: path.kind,
    associations: [...n4.associations.all].map(({ key, host, alive, sessions }) => ({ smf: key, host, alive, sessions: sessions.size })),
    sessions: [...n4.sessions.all].map((session) => ({
      seid: hex16(session.seid),
      cpSeid: hex16(session.cpSeid),
      smf: session.association,
      dnn: session.dnn,
      addresses: session.addresses,
      teids: [...session.uplink.keys()],
      pdrs: [...session.rules.pdrs.values()].map(({ id, precedence, from, farId }) => {
        const flow = [...session.downlink, ...[...session.uplink.values()].flat()].find(({ pdr }) => pdr.id === id);
        return { id, precedence, from, farId, qfi: flow?.qfi ?? 0 };
      }),
      fars: [...session.rules.fars.values()].map(({ id, drop, buffer, to, peer }) => ({
        id,
        action: drop ? "drop" : buffer ? "buffer" : "forward",
        to,
        peer: peer && `${peer.address} ${peer.teid.toString(16).padStart(8, "0")}`,
      })),
      waiting: session.waiting.length,
      counts: { ...session.counts },
    })),
    n4: { ...n4.sessions.counts, refused: n4.refused, teids: n4.sessions.teids },
    pfcp: { ...endpoint.counts },
    packets: { ...forwarder.counts },
    dropped: { ...forwarder.dropped },
    waitingOctets: forwarder.waitingOctets,
  };
}
