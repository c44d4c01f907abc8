/** The inner packets of PDU sessions, read in place. */

export const Protocol = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;

/** IPv6 extension headers that are walked: hop-by-hop, routing, fragment, authentication, destination options, mobility, HIP, shim6. */
const Extension = {
  hopByHop: 0,
  routing: 43,
  fragment: 44,
  authentication: 51,
  destination: 60,
  mobility: 135,
  hip: 139,
  shim6: 140,
} as const;
const extensions: ReadonlySet<number> = new Set(Object.values(Extension));

/** Extension headers of one IPv6 packet that are walked to find its transport header. */
const maxExtensionHeaders = 8;

/**
 * RFC 791 and RFC 8200: one packet, read in place; one instance is reused for every packet. Addresses are offsets into the octets,
 * and for IPv4 also numbers.
 */
export class IpPacket {
  version: 0 | 4 | 6 = 0;
  /** Offset behind the packet as its length says. */
  end = 0;
  /** IPv4: the addresses as numbers. */
  source4 = 0;
  destination4 = 0;
  /** Offsets of the addresses. */
  source = 0;
  destination = 0;
  /** Of the transport header; -1 when it is not in this packet (a later fragment, a chain that cannot be walked). */
  protocol = -1;
  /** Offset of the transport header. */
  transport = 0;
  sourcePort = -1;
  destinationPort = -1;
  /** Type of Service, or Traffic Class. */
  tos = 0;
  /** A later fragment: no ports. */
  fragment = false;
  /** IPv4: Don't Fragment. */
  dontFragment = false;

  /** False when it is neither, or its lengths lie. */
  parse(bytes: Uint8Array, from = 0, to: number = bytes.length): boolean {
    this.sourcePort = -1;
    this.destinationPort = -1;
    this.fragment = false;
    this.dontFragment = false;
    if (to - from < 20) return false;
    const version = bytes[from]! >> 4;
    if (version === 4) return this.#parse4(bytes, from, to);
    if (version === 6) return this.#parse6(bytes, from, to);
    return false;
  }

  #parse4(bytes: Uint8Array, from: number, to: number): boolean {
    const header = (bytes[from]! & 15) * 4;
    const length = (bytes[from + 2]! << 8) | bytes[from + 3]!;
    if (header < 20 || length < header || length > to - from) return false;
    this.version = 4;
    this.end = from + length;
    this.tos = bytes[from + 1]!;
    this.source = from + 12;
    this.destination = from + 16;
    this.source4 = u32(bytes, from + 12);
    this.destination4 = u32(bytes, from + 16);
    this.protocol = bytes[from + 9]!;
    this.transport = from + header;
    const fragment = (bytes[from + 6]! << 8) | bytes[from + 7]!;
    this.dontFragment = (fragment & 0x4000) !== 0;
    this.fragment = (fragment & 0x1fff) !== 0;
    this.#ports(bytes);
    return true;
  }

  #parse6(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from < 40) return false;
    const length = (bytes[from + 4]! << 8) | bytes[from + 5]!;
    if (length > to - from - 40) return false;
    // a jumbogram (RFC 2675), which no tunnel can have carried whole
    if (length === 0 && bytes[from + 6] === Extension.hopByHop) return false;
    this.version = 6;
    this.end = from + 40 + length;
    this.tos = ((bytes[from]! & 15) << 4) | (bytes[from + 1]! >> 4);
    this.source = from + 8;
    this.destination = from + 24;
    let next = bytes[from + 6]!;
    let at = from + 40;
    for (let count = 0; ; count++) {
      // what follows in a later fragment is no header, whatever its first octets look like
      if (this.fragment || !extensions.has(next)) break;
      if (count === maxExtensionHeaders || this.end - at < 8) {
        this.protocol = -1;
        this.transport = at;
        return true;
      }
      if (next === Extension.fragment && (((bytes[at + 2]! << 8) | bytes[at + 3]!) & 0xfff8) !== 0) this.fragment = true;
      const length = bytes[at + 1]!;
      // a fragment header has no length; RFC 4302 §2.2 counts words of four octets, less two
      const octets = next === Extension.fragment ? 8 : next === Extension.authentication ? (length + 2) * 4 : (length + 1) * 8;
      next = bytes[at]!;
      at += octets;
      if (at > this.end) return false;
    }
    this.protocol = next;
    this.transport = at;
    this.#ports(bytes);
    return true;
  }

  #ports(bytes: Uint8Array): void {
    const { transport, protocol } = this;
    // TCP, UDP, SCTP: the ports come first
    if (this.fragment || (protocol !== 6 && protocol !== 17 && protocol !== 132) || this.end - transport < 4) return;
    this.sourcePort = (bytes[transport]! << 8) | bytes[transport + 1]!;
    this.destinationPort = (bytes[transport + 2]! << 8) | bytes[transport + 3]!;
  }
}

/** An ICMP message that tells of an error: never answered with another (RFC 1122 §3.2.2, RFC 4443 §2.4). */
export function isIcmpError({ version, protocol, fragment, transport, end }: IpPacket, bytes: Uint8Array): boolean {
  if (fragment || transport >= end) return false;
  if (version === 6) return protocol === Protocol.icmp6 && bytes[transport]! < 128;
  const type = bytes[transport]!;
  return protocol === Protocol.icmp && (type === 3 || type === 4 || type === 5 || type === 11 || type === 12);
}

/** RFC 792 and RFC 4861 §4.5: an ICMP redirect; and a router's advertisement (RFC 4861 §4.2), which says no less. */
export function isRedirect({ version, protocol, fragment, transport, end }: IpPacket, bytes: Uint8Array): boolean {
  if (fragment || transport >= end) return false;
  const type = bytes[transport]!;
  return version === 4
    ? protocol === Protocol.icmp && (type === 5 || type === 9)
    : protocol === Protocol.icmp6 && (type === 137 || type === 134);
}

export const u32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;

/** RFC 1071: the ones' complement sum of `bytes` from `from` to `to`, begun with `sum`. */
export function checksum(bytes: Uint8Array, from: number, to: number, sum = 0): number {
  let at = from;
  for (; at + 1 < to; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  if (at < to) sum += bytes[at]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** Sum of the IPv4 pseudo header (RFC 9293 §3.1, RFC 768) of a packet whose header stands at `ip`. */
export function pseudoHeader(bytes: Uint8Array, ip: number, protocol: number, length: number): number {
  let sum = protocol + length;
  for (let at = ip + 12; at < ip + 20; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  return sum;
}

/** An IPv4 packet with a header of 20 octets; `fill` writes the payload, whose own checksum is its business. */
export function ipv4Packet(
  source: number,
  destination: number,
  protocol: number,
  payload: number,
  fill: (bytes: Uint8Array) => void,
): Uint8Array {
  const bytes = new Uint8Array(20 + payload);
  bytes[0] = 0x45;
  bytes[2] = bytes.length >> 8;
  bytes[3] = bytes.length;
  bytes[8] = 64;
  bytes[9] = protocol;
  put32(bytes, 12, source);
  put32(bytes, 16, destination);
  put16(bytes, 10, checksum(bytes, 0, 20));
  fill(bytes);
  return bytes;
}

export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}
export function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** RFC 792 and RFC 1191: "fragmentation needed", with the MTU of the next hop, about the packet that was too big. */
export function icmpTooBig(about: Uint8Array, from: number, source: number, mtu: number): Uint8Array {
  const quoted = Math.min((about[from]! & 15) * 4 + 8, about.length - from);
  return ipv4Packet(source, u32(about, from + 12), Protocol.icmp, 8 + quoted, (bytes) => {
    bytes[20] = 3;
    bytes[21] = 4;
    put16(bytes, 26, mtu);
    bytes.set(about.subarray(from, from + quoted), 28);
    put16(bytes, 22, checksum(bytes, 20, bytes.length));
  });
}

/** RFC 4443 §3.2: Packet Too Big. */
export function icmp6TooBig(about: Uint8Array, from: number, source: Uint8Array, mtu: number): Uint8Array {
  const quoted = Math.min(1_232, about.length - from);
  const bytes = new Uint8Array(40 + 8 + quoted);
  bytes[0] = 0x60;
  put16(bytes, 4, 8 + quoted);
  bytes[6] = Protocol.icmp6;
  bytes[7] = 64;
  bytes.set(source, 8);
  bytes.set(about.subarray(from + 8, from + 24), 24);
  bytes[40] = 2;
  put32(bytes, 44, mtu);
  bytes.set(about.subarray(from, from + quoted), 48);
  let sum = 8 + quoted + Protocol.icmp6;
  for (let at = 8; at < 40; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  put16(bytes, 42, checksum(bytes, 40, bytes.length, sum));
  return bytes;
}
