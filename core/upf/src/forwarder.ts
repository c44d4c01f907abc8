/** The user plane: what happens to a packet from N3 and to a packet from a data network. TS 23.501 §5.8.2, TS 29.281 §4.4 and §7.3. */
import {
  decode,
  echoResponse,
  endMarker,
  errorIndication,
  GtpuHeader,
  gpduHeader,
  HeaderVerdict,
  MessageType,
  PduType,
  supportedExtensionHeadersNotification,
  writeGpduHeader,
} from "@freehold/gtpu";
import { type IpAddress, type IpPrefix, ipFromOctets, ipOctets, isIpv4 } from "@freehold/model";
import type { Address } from "@freehold/net";
import type { Clock, Log } from "@freehold/runtime";
import type { Network } from "./network.ts";
import { IpPacket, icmp6TooBig, icmpTooBig, Protocol, u32 } from "./packet.ts";
import { sdfMatches } from "./sdf.ts";
import { type Flow, prefixKey, type Session, type Usage, type Waiting } from "./session.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface ForwarderOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Sends one datagram from the N3 address given. */
  readonly sendN3: (octets: Uint8Array, to: Address, from: IpAddress | undefined) => void;
  /** Addresses that no UE packet is ever delivered to. */
  readonly closed: readonly IpPrefix[];
  readonly buffer: { readonly packetsPerSession: number; readonly octets: number };
  /** The first packet that waits for the UE (NOCP). */
  readonly onDownlinkData: (session: Session, flow: Flow) => void;
  /** A peer does not know the tunnel. */
  readonly onErrorIndication: (session: Session, teid: number, peer: IpAddress) => void;
  readonly onThreshold: (session: Session, usage: Usage) => void;
}

/** Why packets went nowhere. */
const reasons = [
  "malformed",
  "unknownTeid",
  "noPdr",
  "notIp",
  "spoofed",
  "closedDestination",
  "ueToUe",
  "noRoute",
  "gate",
  "rate",
  "dropAction",
  "noPeer",
  "tooBig",
  "bufferFull",
  "limited",
  "noUe",
] as const;
type Reason = (typeof reasons)[number];

const broadcast = 0xffffffff;

export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #tunnels = new Map<number, Session>();
  /** Sessions by the peer's tunnel, for Error Indications. */
  readonly #peers = new Map<string, Set<Session>>();
  readonly #header = new GtpuHeader();
  readonly #packet = new IpPacket();
  readonly #closed4: readonly (readonly [number, number])[];
  readonly #closed6: readonly { readonly octets: Uint8Array; readonly bits: number }[];
  #waitingOctets = 0;
  /** Answers that strangers can cause: each has a bound a second. */
  readonly #errorIndications: TokenBucket;
  readonly #echoes: TokenBucket;
  readonly #icmp: TokenBucket;
  readonly dropped: Record<Reason, number>;
  readonly counts = { uplinkPackets: 0, uplinkOctets: 0, downlinkPackets: 0, downlinkOctets: 0, echoes: 0, errorIndicationsSent: 0 };

  constructor(options: ForwarderOptions) {
    this.#options = options;
    const now = options.clock.now();
    this.#errorIndications = new TokenBucket(20, 20, now);
    this.#echoes = new TokenBucket(100, 100, now);
    this.#icmp = new TokenBucket(50, 50, now);
    this.dropped = Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<Reason, number>;
    this.#closed4 = options.closed
      .filter(({ address }) => isIpv4(address))
      .map(({ address, length }) => {
        const first = u32(ipOctets(address), 0);
        return [first, first + 2 ** (32 - length) - 1];
      });
    this.#closed6 = options.closed
      .filter(({ address }) => !isIpv4(address))
      .map(({ address, length }) => ({ octets: ipOctets(address), bits: length }));
  }

  get waitingOctets(): number {
    return this.#waitingOctets;
  }

  teidInUse(teid: number, by?: Session): boolean {
    const session = this.#tunnels.get(teid);
    return session !== undefined && session !== by;
  }

  /** Puts a session's tunnels in place, or takes them away. */
  add(session: Session): void {
    for (const teid of session.uplink.keys()) this.#tunnels.set(teid, session);
    for (const { peer, teid } of session.ways.values()) {
      if (peer === undefined) continue;
      const key = `${teid} ${peer.host}`;
      const sessions = this.#peers.get(key);
      if (sessions === undefined) this.#peers.set(key, new Set([session]));
      else sessions.add(session);
    }
  }

  remove(session: Session): void {
    for (const teid of session.uplink.keys()) if (this.#tunnels.get(teid) === session) this.#tunnels.delete(teid);
    for (const { peer, teid } of session.ways.values()) {
      if (peer === undefined) continue;
      const key = `${teid} ${peer.host}`;
      const sessions = this.#peers.get(key);
      sessions?.delete(session);
      if (sessions?.size === 0) this.#peers.delete(key);
    }
  }

  // ---- from N3 ------------------------------------------------------------------------------------------------------------------

  /** One datagram that came to our GTP-U port at `local`. */
  fromN3(octets: Uint8Array, from: Address, local: IpAddress): void {
    const header = this.#header;
    const verdict = header.parse(octets);
    if (verdict !== HeaderVerdict.ok) {
      this.dropped.malformed++;
      // TS 29.281 §5.2.1: an extension header that had to be understood and was not
      if (verdict === HeaderVerdict.unsupportedExtension && this.#echoes.take(1, this.#options.clock.now())) {
        this.#options.sendN3(supportedExtensionHeadersNotification(0), from, local);
      }
      return;
    }
    if (header.type === MessageType.gPdu) this.#uplink(octets, from, local);
    else this.#signalling(octets, from, local);
  }

  #signalling(octets: Uint8Array, from: Address, local: IpAddress): void {
    const { type, sequenceNumber } = this.#header;
    if (type === MessageType.echoRequest) {
      if (!this.#echoes.take(1, this.#options.clock.now())) {
        this.dropped.limited++;
        return;
      }
      this.counts.echoes++;
      this.#options.sendN3(echoResponse(Math.max(0, sequenceNumber)), from, local);
    } else if (type === MessageType.errorIndication) this.#errorIndicated(octets, from);
    // End Marker, Echo Response and Supported Extension Headers Notification change nothing here: an anchor has no path to switch
  }

  /** TS 29.281 §7.3.1. Only the peer of a tunnel may say that it does not know it. */
  #errorIndicated(octets: Uint8Array, from: Address): void {
    const result = decode(octets);
    if (!result.ok || result.value.is !== "Error Indication") {
      this.dropped.malformed++;
      return;
    }
    const { teidDataI, peerAddress } = result.value;
    const peer = ipFromOctets(peerAddress);
    const sessions = peer.ok && peer.value === from.host ? this.#peers.get(`${teidDataI} ${from.host}`) : undefined;
    if (!peer.ok || sessions === undefined) {
      this.dropped.unknownTeid++;
      return;
    }
    for (const session of sessions) {
      for (const way of session.ways.values()) {
        if (way.teid !== teidDataI || way.peer?.host !== from.host || way.broken) continue;
        way.broken = true;
        this.#options.onErrorIndication(session, teidDataI, peer.value);
      }
    }
  }

  #uplink(octets: Uint8Array, from: Address, local: IpAddress): void {
    const header = this.#header;
    const session = this.#tunnels.get(header.teid);
    if (session === undefined) {
      this.dropped.unknownTeid++;
      // an Error Indication answers every datagram of whoever sends: bounded, or it is an amplifier
      if (this.#errorIndications.take(1, this.#options.clock.now())) {
        this.counts.errorIndicationsSent++;
        this.#options.sendN3(errorIndication(header.teid, ipOctets(local)), from, local);
      } else this.dropped.limited++;
      return;
    }
    const why = this.#routeUplink(session, octets);
    if (why !== undefined) this.#drop(session, why);
  }

  /** Undefined when the packet went on. */
  #routeUplink(session: Session, octets: Uint8Array): Reason | undefined {
    const header = this.#header;
    const packet = this.#packet;
    if (!packet.parse(octets, header.payload, header.end)) return "notIp";
    const flow = this.#match(session.uplink.get(header.teid)!, octets);
    if (flow === undefined) return "noPdr";
    const { way, uplink } = flow;
    const { rule } = way;
    if (rule.to === "core" && !this.#fromUe(session, octets)) return "spoofed";
    if (!rule.forward) return "dropAction";
    const length = packet.end - header.payload;
    if (rule.to === "core" && way.peer === undefined) return this.#intoNetwork(session, flow, octets, length);
    // another UPF (N9), the SMF (N4-u), or forwarding between access nodes
    if (way.peer === undefined || way.broken) return "noPeer";
    const refused = this.#meter(flow, length, uplink);
    if (refused !== undefined) return refused;
    this.#count(session, flow, length, uplink);
    const away = rule.to !== "access";
    const qfi = away && header.qfi >= 0 ? header.qfi : flow.qfi;
    this.#encapsulate(octets, header.payload, packet.end, flow, qfi, away ? PduType.uplink : PduType.downlink);
    return undefined;
  }

  #intoNetwork(session: Session, flow: Flow, octets: Uint8Array, length: number): Reason | undefined {
    const packet = this.#packet;
    const { network } = flow.way;
    if (network === undefined) return "noRoute";
    if (this.#isClosed(octets) || this.#isGateway(network, octets)) return "closedDestination";
    const other = this.#ueOf(network, octets);
    if (other !== undefined && !network.ueToUe) return "ueToUe";
    // an address of the pool that nobody has: the data network would send it back here
    const pooled = packet.version === 4 && network.inPool4(packet.destination4) && packet.destination4 !== network.gateway4;
    if (other === undefined && pooled) return "noUe";
    const refused = this.#meter(flow, length, true);
    if (refused !== undefined) return refused;
    this.#count(session, flow, length, true);
    const inner = octets.slice(this.#header.payload, packet.end);
    if (other === undefined) network.n6.send(inner);
    else this.fromN6(inner, network);
    return undefined;
  }

  /** RFC 2827, for UEs: the source is the UE's own address. */
  #fromUe(session: Session, octets: Uint8Array): boolean {
    const packet = this.#packet;
    if (packet.version === 4) {
      for (let i = 0; i < session.ue4.length; i++) if (session.ue4[i] === packet.source4) return true;
      return false;
    }
    return session.ue6.length > 0 && session.ue6.includes(prefixKey(octets, packet.source));
  }

  /** What no UE packet may reach: the core's own addresses, and addresses that are nobody's beyond a link. */
  #isClosed(octets: Uint8Array): boolean {
    const packet = this.#packet;
    if (packet.version === 4) {
      const to = packet.destination4;
      if (to === broadcast || to >>> 28 === 14 || to >>> 24 === 127 || to >>> 24 === 0 || to >>> 16 === 0xa9fe) return true;
      for (const [first, last] of this.#closed4) if (to >= first && to <= last) return true;
      return false;
    }
    const at = packet.destination;
    const first = octets[at]!;
    // multicast; link-local; ::/16, which holds ::, ::1 and the mapped IPv4 addresses
    if (first === 0xff || (first === 0xfe && octets[at + 1]! >> 6 === 2) || (first === 0 && octets[at + 1] === 0)) return true;
    for (const { octets: prefix, bits } of this.#closed6) if (samePrefix(prefix, octets, at, bits)) return true;
    return false;
  }

  /** Our own address in the data network, which with a TUN device is the host itself: it answers a ping, and nothing else is let to it. */
  #isGateway({ gateway4, gateway6 }: Network, octets: Uint8Array): boolean {
    const { version, protocol, destination, destination4 } = this.#packet;
    if (version === 4) return destination4 === gateway4 && protocol !== Protocol.icmp;
    return gateway6 !== undefined && protocol !== Protocol.icmp6 && samePrefix(gateway6, octets, destination, 128);
  }

  #ueOf(network: Network, octets: Uint8Array): Session | undefined {
    const packet = this.#packet;
    return packet.version === 4 ? network.ue4.get(packet.destination4) : network.ue6.get(prefixKey(octets, packet.destination));
  }

  #match(flows: readonly Flow[], octets: Uint8Array): Flow | undefined {
    const packet = this.#packet;
    const { qfi } = this.#header;
    for (let i = 0; i < flows.length; i++) {
      const flow = flows[i]!;
      if (flow.qfis !== undefined && (qfi < 0 || flow.qfis[qfi] === 0)) continue;
      const { filters } = flow;
      if (filters.length === 0) return flow;
      for (let j = 0; j < filters.length; j++) if (sdfMatches(filters[j]!, octets, packet, flow.uplink)) return flow;
    }
    return undefined;
  }

  /** Gates and maximum bit rates of all QERs: what one refuses, none has counted. */
  #meter(flow: Flow, length: number, uplink: boolean): Reason | undefined {
    const { meters } = flow;
    for (let i = 0; i < meters.length; i++) {
      const { rule } = meters[i]!;
      if (!(uplink ? rule.uplinkOpen : rule.downlinkOpen)) return "gate";
    }
    const now = this.#options.clock.now();
    for (let i = 0; i < meters.length; i++) {
      const bucket = uplink ? meters[i]!.uplink : meters[i]!.downlink;
      if (bucket === undefined || bucket.take(length, now)) continue;
      for (let j = 0; j < i; j++) (uplink ? meters[j]!.uplink : meters[j]!.downlink)?.refund(length);
      return "rate";
    }
    return undefined;
  }

  #count(session: Session, flow: Flow, length: number, uplink: boolean): void {
    const { counts } = session;
    if (uplink) {
      counts.uplinkPackets++;
      counts.uplinkOctets += length;
      this.counts.uplinkPackets++;
      this.counts.uplinkOctets += length;
    } else {
      counts.downlinkPackets++;
      counts.downlinkOctets += length;
      this.counts.downlinkPackets++;
      this.counts.downlinkOctets += length;
    }
    const { usages } = flow;
    for (let i = 0; i < usages.length; i++) {
      const usage = usages[i]!;
      if (uplink) {
        usage.uplink += length;
        usage.uplinkPackets++;
      } else {
        usage.downlink += length;
        usage.downlinkPackets++;
      }
      const { threshold, onThreshold } = usage.rule;
      if (onThreshold && threshold !== undefined && above(usage, threshold)) this.#options.onThreshold(session, usage);
    }
  }

  #drop(session: Session, why: Reason): void {
    this.dropped[why]++;
    session.counts.dropped++;
  }

  #encapsulate(octets: Uint8Array, from: number, to: number, flow: Flow, qfi: number, pduType: PduType): void {
    const { way } = flow;
    const datagram = new Uint8Array(gpduHeader + to - from);
    writeGpduHeader(datagram, 0, way.teid, qfi, to - from, pduType, pduType === PduType.downlink && flow.rqi);
    datagram.set(octets.subarray(from, to), gpduHeader);
    this.#options.sendN3(datagram, way.peer!, undefined);
  }

  // ---- from a data network ------------------------------------------------------------------------------------------------------

  /** One packet from a data network (or from another UE of it). */
  fromN6(octets: Uint8Array, network: Network): void {
    const packet = this.#packet;
    if (!packet.parse(octets)) {
      this.dropped.notIp++;
      return;
    }
    const session = this.#ueOf(network, octets);
    if (session === undefined) {
      this.dropped.noUe++;
      return;
    }
    const why = this.#routeDownlink(session, octets, network);
    if (why !== undefined) this.#drop(session, why);
  }

  /** Undefined when the packet went on, or waits. */
  #routeDownlink(session: Session, octets: Uint8Array, network: Network): Reason | undefined {
    const packet = this.#packet;
    const flow = this.#matchDownlink(session, octets, network);
    if (flow === undefined) return "noPdr";
    const { end } = packet;
    if (end > network.mtu && this.#tooBig(octets, network)) return "tooBig";
    const { way } = flow;
    if (way.rule.buffer) return this.#buffer(session, flow, octets, network);
    if (!way.rule.forward) return "dropAction";
    if (way.peer === undefined || way.broken) return "noPeer";
    const refused = this.#meter(flow, end, false);
    if (refused !== undefined) return refused;
    this.#count(session, flow, end, false);
    this.#encapsulate(octets, 0, end, flow, flow.qfi, PduType.downlink);
    return undefined;
  }

  #matchDownlink(session: Session, octets: Uint8Array, network: Network): Flow | undefined {
    const { downlink } = session;
    for (let i = 0; i < downlink.length; i++) {
      const flow = downlink[i]!;
      if (flow.network !== undefined && flow.network !== network) continue;
      const { filters } = flow;
      if (filters.length === 0) return flow;
      for (let j = 0; j < filters.length; j++) if (sdfMatches(filters[j]!, octets, this.#packet, false)) return flow;
    }
    return undefined;
  }

  /** RFC 1191, RFC 8201: the sender is told; an IPv4 packet that may be fragmented goes on, as fragments of the outer packet. */
  #tooBig(octets: Uint8Array, network: Network): boolean {
    const packet = this.#packet;
    if (packet.version === 4 && !packet.dontFragment) return false;
    const { mtu } = network;
    // never an ICMP error about an ICMP error, nor without an address of ours
    const error = packet.protocol === 1 && octets[packet.transport] !== 8 && octets[packet.transport] !== 0;
    if (error || packet.fragment || !this.#icmp.take(1, this.#options.clock.now())) return true;
    if (packet.version === 4 && network.gateway4 !== undefined) network.n6.send(icmpTooBig(octets, 0, network.gateway4, mtu));
    if (packet.version === 6 && network.gateway6 !== undefined) network.n6.send(icmp6TooBig(octets, 0, network.gateway6, mtu));
    return true;
  }

  #buffer(session: Session, flow: Flow, octets: Uint8Array, network: Network): Reason | undefined {
    const { buffer } = this.#options;
    const bound = Math.min(session.rules.suggestedPackets ?? buffer.packetsPerSession, buffer.packetsPerSession);
    // the oldest packet makes room: what is newest is what the UE's application still waits for
    while (session.waiting.length >= bound && session.waiting.length > 0) {
      this.#unbuffer(session);
      this.#drop(session, "bufferFull");
    }
    const full = bound === 0 || this.#waitingOctets + octets.length > buffer.octets;
    if (!full) {
      session.waiting.push({ packet: octets, network });
      session.waitingOctets += octets.length;
      this.#waitingOctets += octets.length;
    }
    if (flow.way.rule.notify && !flow.way.notified) {
      flow.way.notified = true;
      this.#options.onDownlinkData(session, flow);
    }
    return full ? "bufferFull" : undefined;
  }

  #unbuffer(session: Session): Waiting | undefined {
    const first = session.waiting.shift();
    if (first === undefined) return undefined;
    session.waitingOctets -= first.packet.length;
    this.#waitingOctets -= first.packet.length;
    return first;
  }

  /** Forgets what waits (DROBU, or the session ends). */
  discard(session: Session): void {
    while (this.#unbuffer(session) !== undefined) session.counts.dropped++;
  }

  /** After a change of rules: what waits goes the way that its packet has now, which may be to wait again. */
  release(session: Session): void {
    const waited = session.waiting.length;
    for (let i = 0; i < waited; i++) {
      const first = this.#unbuffer(session);
      if (first !== undefined) this.fromN6(first.packet, first.network);
    }
  }

  /** TS 29.281 §7.3.2: behind the last packet of a tunnel that is left. */
  sendEndMarker(teid: number, peer: Address): void {
    this.#options.sendN3(endMarker(teid), peer, undefined);
  }
}

function above(usage: Usage, threshold: NonNullable<Usage["rule"]["threshold"]>): boolean {
  return (
    (threshold.total !== undefined && usage.uplink + usage.downlink >= threshold.total) ||
    (threshold.uplink !== undefined && usage.uplink >= threshold.uplink) ||
    (threshold.downlink !== undefined && usage.downlink >= threshold.downlink)
  );
}

function samePrefix(prefix: Uint8Array, bytes: Uint8Array, at: number, bits: number): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (prefix[i] !== bytes[at + i]) return false;
  const part = bits & 7;
  return part === 0 || ((prefix[whole]! ^ bytes[at + whole]!) & (0xff00 >> part) & 0xff) === 0;
}
