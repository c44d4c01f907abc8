/** A UPF on a virtual clock with an SMF, a gNB and a data network around it. */
import assert from "node:assert/strict";
import { decode as decodeGtpu, type GtpuMessage, PduType, writeGpdu } from "@freehold/gtpu";
import { type IpAddress, ip, ipOctets, type Seid, seid, teid } from "@freehold/model";
import { type Address, MemoryNetwork, type UdpSocket } from "@freehold/net";
import {
  type Answer,
  type FTeid,
  gtpuTo,
  type Incoming,
  inFamily,
  nodeIdOf,
  PfcpEndpoint,
  type PfcpRequest,
  SessionEstablishmentRequest,
  type SessionEstablishmentResponse,
  ueIpAddressOf,
} from "@freehold/pfcp";
import { memoryLog, seededRandom, VirtualClock } from "@freehold/runtime";
import { memoryDataPath, type N6, startUpf, type Upf, type UpfConfig } from "@freehold/upf";
import { hex } from "@freehold/wire";

export const upfN4 = ip("127.0.0.7");
export const upfN3 = ip("127.0.0.8");
export const upfN3six = ip("fd00:3::8");
export const smfHost = ip("127.0.0.4");
export const gnbHost = ip("127.0.0.9");
export const ueAddress = ip("10.45.0.2");
export const server = ip("198.51.100.1");

export const number4 = (address: string): number => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

/** An IPv4 UDP packet; checksums are not looked at by a UPF. */
export function udp4(
  from: string,
  to: string,
  { sport = 1000, dport = 2000, length = 40, tos = 0, protocol = 17, df = false, fill = 0 } = {},
): Uint8Array {
  const bytes = new Uint8Array(length).fill(fill);
  bytes.set([0x45, tos, length >> 8, length, 0, 0, df ? 0x40 : 0, 0, 64, protocol, 0, 0]);
  for (const [at, text] of [
    [12, from],
    [16, to],
  ] as const)
    bytes.set(text.split(".").map(Number), at);
  bytes.set([sport >> 8, sport, dport >> 8, dport], 20);
  return bytes;
}

const octets6 = (address: string): Uint8Array => ipOctets(ip(address));

/** An IPv6 packet with a payload of any kind. */
export function packet6(from: string, to: string, { next = 17, payload = hex("03e807d0000c0000aabbccdd") } = {}): Uint8Array {
  const bytes = new Uint8Array(40 + payload.length);
  bytes.set([0x60, 0, 0, 0, payload.length >> 8, payload.length, next, 64]);
  bytes.set(octets6(from), 8);
  bytes.set(octets6(to), 24);
  bytes.set(payload, 40);
  return bytes;
}

/** What lies behind N6, for looking at. */
export class Recorder implements N6 {
  onPacket: (packet: Uint8Array) => void = () => {};
  readonly sent: Uint8Array[] = [];
  send(packet: Uint8Array): void {
    this.sent.push(packet);
  }
}

export class Gnb {
  readonly #socket: UdpSocket;
  readonly received: { message: GtpuMessage; octets: Uint8Array }[] = [];
  constructor(socket: UdpSocket) {
    this.#socket = socket;
    socket.onDatagram = (octets) => {
      const result = decodeGtpu(octets);
      assert.ok(result.ok);
      this.received.push({ message: result.value, octets });
    };
  }
  raw(octets: Uint8Array): void {
    this.#socket.send(octets, { host: upfN3, port: 2152 });
  }
  uplink(to: number, packet: Uint8Array, qfi = 1): void {
    const into = new Uint8Array(packet.length + 16);
    this.raw(into.subarray(0, writeGpdu(into, to, qfi, packet, PduType.uplink)));
  }
  get payloads(): Uint8Array[] {
    return this.received.flatMap(({ message }) => (message.is === "G-PDU" ? [message.payload] : []));
  }
}

export interface Lab {
  readonly clock: VirtualClock;
  readonly net: MemoryNetwork;
  readonly upf: Upf;
  readonly smf: PfcpEndpoint;
  readonly gnb: Gnb;
  readonly n6: Recorder;
  readonly reports: Incoming[];
  /** What the SMF says in its heartbeat responses. */
  readonly life: { recoveryTimeStamp: number };
  readonly log: ReturnType<typeof memoryLog>;
  /** Asks the UPF as the SMF. */
  ask<R extends PfcpRequest>(message: R, to?: Seid): Promise<Awaited<ReturnType<PfcpEndpoint["request"]>>["message"]>;
  associate(): Promise<void>;
  /** Another PFCP endpoint at `host`. */
  endpoint(host: IpAddress, onRequest?: (incoming: Incoming) => Answer | undefined): Promise<PfcpEndpoint>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const upfAt: Address = { host: upfN4, port: 8805 };

export async function lab(
  more: Partial<UpfConfig> = {},
  onReport?: (incoming: Incoming) => Answer | undefined,
  hostAddresses?: () => readonly string[],
): Promise<Lab> {
  const clock = new VirtualClock();
  const net = new MemoryNetwork(clock);
  const log = memoryLog();
  const n6 = new Recorder();
  const reports: Incoming[] = [];
  const life = { recoveryTimeStamp: 1_000 };
  const config: UpfConfig = {
    nodeId: nodeIdOf(upfN4),
    n4: upfAt,
    n3: [upfN3],
    dataNetworks: [{ dnn: "internet", pools: ["10.45.0.0/16"] }],
    smfs: [{ addresses: [smfHost] }],
    heartbeat: 0,
    ...more,
  };
  const udp = net.udp(upfN4, upfN3, upfN3six);
  const upf = await startUpf(config, {
    clock,
    random: seededRandom("upf"),
    log,
    n4: udp,
    dataPath: { ...memoryDataPath(udp, () => n6), hostAddresses },
  });
  const endpoint = async (
    host: IpAddress,
    onRequest: (incoming: Incoming) => Answer | undefined = () => undefined,
  ): Promise<PfcpEndpoint> =>
    new PfcpEndpoint({
      socket: await net.udp(host).bind({ host, port: 8805 }),
      clock,
      random: seededRandom(host),
      log,
      nodeId: nodeIdOf(host),
      recoveryTimeStamp: 1_000,
      onRequest,
    });
  const smf = await endpoint(smfHost, (incoming) => {
    if (incoming.message.is === "PFCP Heartbeat Request") return { message: { is: "PFCP Heartbeat Response", ...life } };
    reports.push(incoming);
    return onReport?.(incoming) ?? { seid: incoming.header.seid, message: { is: "PFCP Session Report Response", cause: 1 } };
  });
  const gnb = new Gnb(await net.udp(gnbHost).bind({ host: gnbHost, port: 2152 }));
  const ask: Lab["ask"] = async (message, to) =>
    (await clock.until(smf.request(upfAt, message, to === undefined ? {} : { seid: to }))).message;
  return {
    clock,
    net,
    upf,
    smf,
    gnb,
    n6,
    reports,
    life,
    log,
    ask,
    endpoint,
    async associate() {
      const answer = await ask({ is: "PFCP Association Setup Request", nodeId: nodeIdOf(smfHost), recoveryTimeStamp: 1_000 });
      assert.ok(answer.is === "PFCP Association Setup Response" && answer.cause === 1);
    },
    async [Symbol.asyncDispose]() {
      smf.close();
      await upf[Symbol.asyncDispose]();
    },
  };
}

export const gnbTeid = teid(0x51);
const choose: FTeid = { is: "choose", v4: true, v6: false };
type Establishment = Parameters<typeof SessionEstablishmentRequest>[0];

/** What an SMF asks for first: uplink open, downlink waiting for the gNB. INTEROP rows 34 and 35. */
export function establishment(
  more: Partial<Establishment> = {},
  { ue = ueAddress, cpSeid = 0x77n, downlink = { buff: true, nocp: true } as object } = {},
) {
  return SessionEstablishmentRequest({
    nodeId: nodeIdOf(smfHost),
    cpFSeid: { seid: seid(cpSeid), ...inFamily(smfHost) },
    createPdr: [
      {
        pdrId: 1,
        precedence: 255,
        pdi: {
          sourceInterface: "access",
          localFTeid: choose,
          networkInstance: "internet",
          ueIpAddress: [ueIpAddressOf(ue, "source")],
          qfi: [1],
        },
        outerHeaderRemoval: { description: "gtpuUdpIpv4" },
        farId: 1,
        qerId: [1],
      },
      {
        pdrId: 2,
        precedence: 255,
        pdi: { sourceInterface: "core", networkInstance: "internet", ueIpAddress: [ueIpAddressOf(ue, "destination")] },
        farId: 2,
        qerId: [1],
      },
    ],
    createFar: [
      { farId: 1, applyAction: { forw: true }, forwardingParameters: { destinationInterface: "core", networkInstance: "internet" } },
      { farId: 2, applyAction: downlink },
    ],
    createQer: [{ qerId: 1, gateStatus: { uplink: "open", downlink: "open" }, qosFlowIdentifier: 1 }],
    pdnType: "ipv4",
    apnDnn: "internet",
    ...more,
  });
}

/** Update FAR 2 towards the gNB. */
export const towardsGnb = (to = gtpuTo(gnbTeid, gnbHost), sndem = false) => ({
  farId: 2,
  applyAction: { forw: true },
  updateForwardingParameters: {
    destinationInterface: "access" as const,
    outerHeaderCreation: to,
    pfcpSmReqFlags: sndem ? { sndem } : undefined,
  },
});

export interface Standing {
  readonly seid: Seid;
  readonly uplinkTeid: number;
  readonly response: SessionEstablishmentResponse;
}

/** A session, established and, unless told otherwise, with the gNB's tunnel. */
export async function session(
  it: Lab,
  options: { request?: ReturnType<typeof establishment>; connected?: boolean } = {},
): Promise<Standing> {
  const response = await it.ask(options.request ?? establishment(), seid(0n));
  assert.ok(response.is === "PFCP Session Establishment Response");
  assert.equal(response.cause, 1);
  const up = response.upFSeid!.seid;
  const local = response.createdPdr?.[0]?.localFTeid;
  assert.ok(local?.is === "fTeid");
  if (options.connected !== false) {
    const modified = await it.ask({ is: "PFCP Session Modification Request", updateFar: [towardsGnb()] }, up);
    assert.ok(modified.is === "PFCP Session Modification Response" && modified.cause === 1);
  }
  return { seid: up, uplinkTeid: local.teid, response };
}
