/** The user plane: what happens to a packet from N3 and to a packet from a data network. TS 23.501 §5.8.2, TS 29.281 §4.4 and §7.3. */
import { GtpuHeader, gpduHeader, HeaderVerdict, MessageType, PduType, writeGpduHeader } from "@freehold/gtpu";
import type { IpAddress } from "@freehold/model";
import type { Address } from "@freehold/net";
import { type ClosedDestinations, samePrefix } from "./closed.ts";
import { N3Signalling, type N3SignallingOptions } from "./n3-signalling.ts";
import type { Network } from "./network.ts";
import { IpPacket, icmp6TooBig, icmpTooBig, isIcmpError, isRedirect, Protocol } from "./packet.ts";
import { sdfMatches } from "./sdf.ts";
import { type Flow, prefixKey, type Session, type Usage } from "./session.ts";
import { TokenBucket } from "./token-bucket.ts";
import { type WaitingBounds, WaitingPackets } from "./waiting.ts";

export interface ForwarderOptions extends N3SignallingOptions {
  readonly closed: ClosedDestinations;
  readonly buffer: WaitingBounds;
  /** The first packet that waits for the UE (NOCP). */
  readonly onDownlinkData: (session: Session, flow: Flow) => void;
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
  "redirect",
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

export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #tunnels = new Map<number, Session>();
  readonly #header = new GtpuHeader();
  readonly #packet = new IpPacket();
  readonly #signalling: N3Signalling;
  readonly #waiting: WaitingPackets;
  readonly #icmp: TokenBucket;
  readonly dropped: Record<Reason, number>;
  readonly #counts = { uplinkPackets: 0, uplinkOctets: 0, downlinkPackets: 0, downlinkOctets: 0 };

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#signalling = new N3Signalling(options);
    this.#waiting = new WaitingPackets(options.buffer);
    this.#icmp = new TokenBucket(50, 50, options.clock.now());
    this.dropped = Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<Reason, number>;
  }

  get counts(): Readonly<Record<string, number>> {
    return { ...this.#counts, ...this.#signalling.counts };
  }

  get waitingOctets(): number {
    return this.#waiting.octets;
  }

  teidInUse(teid: number, by?: Session): boolean {
    const session = this.#tunnels.get(teid);
    return session !== undefined && session !== by;
  }

  /** Puts a session's tunnels in place, or takes them away. */
  add(session: Session): void {
    for (const teid of session.uplink.keys()) this.#tunnels.set(teid, session);
    this.#signalling.add(session);
  }

  remove(session: Session): void {
    for (const teid of session.uplink.keys()) if (this.#tunnels.get(teid) === session) this.#tunnels.delete(teid);
    this.#signalling.remove(session);
  }

  /** TS 29.281 §7.3.2: behind the last packet of a tunnel that is left. */
  sendEndMarker(teid: number, peer: Address): void {
    this.#signalling.sendEndMarker(teid, peer);
  }

  // ---- from N3 ------------------------------------------------------------------------------------------------------------------

  /** One datagram that came to our GTP-U port at `local`. */
  fromN3(octets: Uint8Array, from: Address, local: IpAddress): void {
    const header = this.#header;
    const verdict = header.parse(octets);
    if (verdict !== HeaderVerdict.ok) {
      this.dropped.malformed++;
      if (verdict === HeaderVerdict.unsupportedExtension) this.#signalling.unsupportedExtension(from, local);
      return;
    }
    if (header.type === MessageType.gPdu) {
      this.#uplink(octets, from, local);
      return;
    }
    const ignored = this.#signalling.take(header, octets, from, local);
    if (ignored !== undefined) this.dropped[ignored]++;
  }

  #uplink(octets: Uint8Array, from: Address, local: IpAddress): void {
    const header = this.#header;
    const session = this.#tunnels.get(header.teid);
    if (session === undefined) {
      this.dropped.unknownTeid++;
      if (!this.#signalling.unknownTunnel(header.teid, from, local)) this.dropped.limited++;
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
    if (this.#options.closed.holds(packet, octets) || this.#isGateway(network, octets)) return "closedDestination";
    // a UE is no router of anybody's (RFC 1122 §3.2.2.2): its redirects would turn others' packets
    if (isRedirect(packet, octets)) return "redirect";
    const other = this.#ueOf(network, octets);
    if (other !== undefined && !network.ueToUe) return "ueToUe";
    // an address of the pool that nobody has: the data network would send it back here
    if (other === undefined && this.#isPooled(network, octets)) return "noUe";
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

  /** Our own address in the data network, which with a TUN device is the host itself: it answers a ping, and nothing else is let to it. */
  #isGateway({ gateway4, gateway6 }: Network, octets: Uint8Array): boolean {
    const { version, protocol, destination, destination4 } = this.#packet;
    if (version === 4) return destination4 === gateway4 && protocol !== Protocol.icmp;
    return gateway6 !== undefined && protocol !== Protocol.icmp6 && samePrefix(gateway6, octets, destination, 128);
  }

  #isPooled(network: Network, octets: Uint8Array): boolean {
    const { version, destination, destination4 } = this.#packet;
    if (version === 4) return network.inPool4(destination4) && destination4 !== network.gateway4;
    const { gateway6 } = network;
    return network.inPool6(octets, destination) && !(gateway6 !== undefined && samePrefix(gateway6, octets, destination, 128));
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
      // gNBs that leave the container out (OpenAirInterface's and free5GC's did) mean the flow that the filters say
      if (flow.qfis !== undefined && qfi >= 0 && flow.qfis[qfi] === 0) continue;
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
      this.#counts.uplinkPackets++;
      this.#counts.uplinkOctets += length;
    } else {
      counts.downlinkPackets++;
      counts.downlinkOctets += length;
      this.#counts.downlinkPackets++;
      this.#counts.downlinkOctets += length;
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
    const { mtu, gateway4, gateway6 } = network;
    // never an ICMP error about an ICMP error, nor without an address of ours
    if (isIcmpError(packet, octets) || packet.fragment || !this.#icmp.take(1, this.#options.clock.now())) return true;
    const made =
      packet.version === 4
        ? gateway4 !== undefined && icmpTooBig(octets, 0, gateway4, mtu)
        : gateway6 !== undefined && icmp6TooBig(octets, 0, gateway6, mtu);
    if (made === false) return true;
    // the sender may be another UE of the network
    const sender = packet.version === 4 ? network.ue4.get(packet.source4) : network.ue6.get(prefixKey(octets, packet.source));
    if (sender === undefined) network.n6.send(made);
    else this.fromN6(made, network);
    return true;
  }

  #buffer(session: Session, flow: Flow, packet: Uint8Array, network: Network): undefined {
    for (let gone = this.#waiting.keep(session, { packet, network }); gone > 0; gone--) this.#drop(session, "bufferFull");
    if (flow.way.rule.notify && !flow.way.notified) {
      flow.way.notified = true;
      this.#options.onDownlinkData(session, flow);
    }
  }

  /** Forgets what waits (DROBU, or the session ends). */
  discard(session: Session): void {
    while (this.#waiting.next(session) !== undefined) session.counts.dropped++;
  }

  /** After a change of rules: what waits goes the way that its packet has now, which may be to wait again. */
  release(session: Session): void {
    const waited = session.waiting.length;
    for (let i = 0; i < waited; i++) {
      const first = this.#waiting.next(session);
      if (first !== undefined) this.fromN6(first.packet, first.network);
    }
  }
}

function above(usage: Usage, threshold: NonNullable<Usage["rule"]["threshold"]>): boolean {
  return (
    (threshold.total !== undefined && usage.uplink + usage.downlink >= threshold.total) ||
    (threshold.uplink !== undefined && usage.uplink >= threshold.uplink) ||
    (threshold.downlink !== undefined && usage.downlink >= threshold.downlink)
  );
}
