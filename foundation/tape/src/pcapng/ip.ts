/** IP addresses, and packets of RFC 791 and RFC 8200 around a payload, with the Internet checksum of RFC 1071. */
import { concat, Writer } from "@freehold/wire";

export const protocol = { tcp: 6, udp: 17, sctp: 132 } as const;

/** The most that follows an IPv4 header of 20 octets; an IPv6 packet carries 20 more. */
export const largestPayload = 65_535 - 20;

/** Both ends, in one family. */
export interface Ends {
  readonly src: Uint8Array;
  readonly dst: Uint8Array;
}

/** 4 or 16 octets of an address literal (RFC 4291 §2.2; a zone is passed over); undefined for anything else. */
export function parseAddress(host: string): Uint8Array | undefined {
  return host.includes(":") ? parseIpv6(host.split("%")[0]!) : parseIpv4(host);
}

function parseIpv4(host: string): Uint8Array | undefined {
  const parts = host.split(".");
  if (parts.length !== 4 || !parts.every((p) => /^\d{1,3}$/.test(p) && Number(p) < 256)) return undefined;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(host: string): Uint8Array | undefined {
  const halves = host.split("::");
  if (halves.length > 2) return undefined;
  const head = groups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const zeros = 8 - head.length - tail.length;
  if (halves.length === 1 ? zeros !== 0 : zeros < 1) return undefined;
  const out = new Writer(16);
  for (const group of [...head, ...Array<number>(zeros).fill(0), ...tail]) out.u16(group);
  return out.done();
}

/** 16-bit groups; the last may be an IPv4 literal where the text ends there. */
function groups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const found: number[] = [];
  for (const [i, part] of parts.entries()) {
    const ipv4 = last && i === parts.length - 1 ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) found.push((ipv4[0]! << 8) | ipv4[1]!, (ipv4[2]! << 8) | ipv4[3]!);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) found.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return found;
}

/** An IPv4 address beside an IPv6 one becomes IPv4-mapped (RFC 4291 §2.5.5.2): one packet has one family. */
export function ends(src: Uint8Array, dst: Uint8Array): Ends {
  if (src.length === dst.length) return { src, dst };
  return { src: mapped(src), dst: mapped(dst) };
}

function mapped(address: Uint8Array): Uint8Array {
  if (address.length === 16) return address;
  const whole = new Uint8Array(16);
  whole.fill(0xff, 10, 12);
  whole.set(address, 12);
  return whole;
}

export function ipPacket({ src, dst }: Ends, next: number, payload: Uint8Array, identification: number): Uint8Array {
  const header = new Writer(40);
  if (src.length === 16) {
    header.u32(0x60000000).u16(payload.length).u8(next).u8(64).octets(src).octets(dst);
    return concat(header.done(), payload);
  }
  header
    .u8(0x45)
    .u8(0)
    .u16(20 + payload.length);
  // don't fragment: these packets never were on a link
  header.u16(identification & 0xffff).u16(0x4000);
  header.u8(64).u8(next).u16(0).octets(src).octets(dst);
  const octets = header.done();
  setU16(octets, 10, checksum(octets));
  return concat(octets, payload);
}

/** Puts the checksum of TCP or UDP, pseudo-header included, at `at` of the segment; a UDP checksum of 0 is sent as FFFF (RFC 768). */
export function setTransportChecksum({ src, dst }: Ends, next: number, segment: Uint8Array, at: number): void {
  const pseudo = new Writer(40).octets(src).octets(dst);
  // the length is below 2^16, so the sums of the IPv4 and the IPv6 pseudo-header are the same
  pseudo.u32(segment.length).u32(next);
  setU16(segment, at, checksum(pseudo.done(), segment) || 0xffff);
}

function checksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 2) sum += (part[i]! << 8) | (part[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

export function setU16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >> 8;
  octets[at + 1] = value & 0xff;
}

/** RFC 768. `data` is at most `largestPayload - 8` octets. */
export function udpPacket(both: Ends, srcPort: number, dstPort: number, data: Uint8Array, identification: number): Uint8Array {
  const datagram = new Writer(8 + data.length)
    .u16(srcPort)
    .u16(dstPort)
    .u16(8 + data.length)
    .u16(0)
    .octets(data)
    .done();
  setTransportChecksum(both, protocol.udp, datagram, 6);
  return ipPacket(both, protocol.udp, datagram, identification);
}
