import { type Ipv4, ip, ipOctets } from "@freehold/model";
import { Writer } from "@freehold/wire";

/** Protocol numbers of IPv4 that the helpers speak. */
export const Protocol = { icmp: 1, tcp: 6, udp: 17 } as const;

/** RFC 1071: the ones' complement sum of 16-bit words. */
export function checksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 2) sum += (part[i]! << 8) | (part[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

export interface Ipv4Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly payload: Uint8Array;
}

/** RFC 791 without options. */
export function ipv4Packet(source: Ipv4, destination: Ipv4, protocol: number, payload: Uint8Array, identification = 0): Uint8Array {
  const packet = new Writer(20 + payload.length)
    .u8(0x45)
    .u8(0)
    .u16(20 + payload.length)
    .u16(identification & 0xffff)
    .u16(0x4000)
    .u8(64)
    .u8(protocol)
    .u16(0)
    .octets(ipOctets(source))
    .octets(ipOctets(destination))
    .octets(payload)
    .done();
  const sum = checksum(packet.subarray(0, 20));
  packet[10] = sum >> 8;
  packet[11] = sum & 0xff;
  return packet;
}

/** An IPv4 packet that is whole and unfragmented, or undefined. */
export function readIpv4(packet: Uint8Array): Ipv4Packet | undefined {
  if (packet.length < 20 || packet[0]! >> 4 !== 4) return undefined;
  const header = (packet[0]! & 15) * 4;
  const length = (packet[2]! << 8) | packet[3]!;
  if (header < 20 || length < header || length > packet.length) return undefined;
  if (checksum(packet.subarray(0, header)) !== 0) return undefined;
  if ((((packet[6]! << 8) | packet[7]!) & 0x3fff) !== 0) return undefined;
  return {
    source: packet.subarray(12, 16).join("."),
    destination: packet.subarray(16, 20).join("."),
    protocol: packet[9]!,
    payload: packet.subarray(header, length),
  };
}

/** The pseudo header of TCP and UDP (RFC 793, RFC 768). */
export const pseudoHeader = (source: string, destination: string, protocol: number, length: number): Uint8Array =>
  new Writer(12)
    .octets(ipOctets(ip(source)))
    .octets(ipOctets(ip(destination)))
    .u8(0)
    .u8(protocol)
    .u16(length)
    .done();

/** An IPv4 address given by the caller; RangeError for anything else. */
export function ipv4(text: string): Ipv4 {
  const address = ip(text);
  if (address.includes(":")) throw new RangeError(`${text} is not an IPv4 address`);
  return address as Ipv4;
}
