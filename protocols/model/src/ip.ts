import { bad, good, hexDigit, type Result } from "@freehold/wire";
import type { Brand } from "./brand.ts";

/** IPv4 address in its canonical text, "10.0.0.1". */
export type Ipv4 = Brand<string, "Ipv4">;
/** IPv6 address in the text of RFC 5952, "2001:db8::1". */
export type Ipv6 = Brand<string, "Ipv6">;
/** Canonical text, so that equal addresses are equal strings. */
export type IpAddress = Ipv4 | Ipv6;

export const isIpv4 = (a: IpAddress): a is Ipv4 => !a.includes(":");

const zero = 0x30;
const dot = 0x2e;

/** By hand, without expressions and parts of the text: an address is read and written with every rule of a session. */
function octetsOfV4(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(4);
  let at = 0;
  for (let i = 0; i < 4; i++) {
    if (i > 0 && text.charCodeAt(at++) !== dot) return undefined;
    const start = at;
    let value = 0;
    for (let digit = text.charCodeAt(at) - zero; digit >= 0 && digit <= 9; digit = text.charCodeAt(++at) - zero) value = value * 10 + digit;
    // A leading zero reads as octal elsewhere: refused rather than guessed.
    if (at === start || at - start > 3 || value > 255 || (at - start > 1 && text.charCodeAt(start) === zero)) return undefined;
    octets[i] = value;
  }
  return at === text.length ? octets : undefined;
}

function octetsOfV6(text: string): Uint8Array | undefined {
  let body = text;
  const colon = text.lastIndexOf(":");
  if (text.includes(".", colon)) {
    const v4 = octetsOfV4(text.slice(colon + 1));
    if (v4 === undefined) return undefined;
    body = `${text.slice(0, colon + 1)}${((v4[0]! << 8) | v4[1]!).toString(16)}:${((v4[2]! << 8) | v4[3]!).toString(16)}`;
  }
  const gap = body.indexOf("::");
  if (gap < 0) {
    const octets = new Uint8Array(16);
    return groupsOf(body, octets, 0) === 16 ? octets : undefined;
  }
  const [head, tail] = [new Uint8Array(16), new Uint8Array(16)];
  const before = groupsOf(body.slice(0, gap), head, 0);
  const after = groupsOf(body.slice(gap + 2), tail, 0);
  if (before === undefined || after === undefined || before + after > 14) return undefined;
  head.set(tail.subarray(0, after), 16 - after);
  return head;
}

/** Groups of one to four hexadecimal digits with a colon between; gives how many octets they are, at most 16. */
function groupsOf(text: string, into: Uint8Array, from: number): number | undefined {
  let octets = from;
  for (let at = 0; at < text.length || octets > from; at++) {
    const start = at;
    let value = 0;
    for (let digit = hexDigit(text.charCodeAt(at)); digit >= 0; digit = hexDigit(text.charCodeAt(++at))) value = (value << 4) | digit;
    if (at === start || at - start > 4 || octets === 16) return undefined;
    into[octets++] = value >> 8;
    into[octets++] = value;
    if (at === text.length) break;
    if (text[at] !== ":") return undefined;
  }
  return octets;
}

const groupAt = (octets: Uint8Array, i: number): number => (octets[2 * i]! << 8) | octets[2 * i + 1]!;

function textOfV6(octets: Uint8Array): string {
  // RFC 5952 §4.2: the longest run of two or more zero groups, the first among equals, becomes "::".
  let [gap, most] = [8, 1];
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && groupAt(octets, at + length) === 0) length++;
    if (length > most) [gap, most] = [at, length];
  }
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i === gap) {
      text += "::";
      i += most - 1;
    } else text += `${i === 0 || i === gap + most ? "" : ":"}${groupAt(octets, i).toString(16)}`;
  }
  return text;
}

/** Four octets make an IPv4 address, sixteen an IPv6 address. */
export function ipFromOctets(octets: Uint8Array): Result<IpAddress> {
  if (octets.length === 4) return good(`${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}` as Ipv4);
  if (octets.length === 16) return good(textOfV6(octets) as Ipv6);
  return bad("invalid", "ipAddress", 0, `${octets.length} octets, wants 4 or 16`);
}

export function parseIp(text: string): Result<IpAddress> {
  const octets = text.length > 45 ? undefined : (octetsOfV4(text) ?? octetsOfV6(text));
  return octets === undefined ? bad("invalid", "ipAddress", 0, "neither an IPv4 nor an IPv6 address") : ipFromOctets(octets);
}

/** An address of our own configuration or code; RangeError when it is none. */
export function ip(text: string): IpAddress {
  const made = parseIp(text);
  if (!made.ok) throw new RangeError(`"${text}" is ${made.error.detail}`);
  return made.value;
}

/** Four or sixteen octets. */
export const ipOctets = (a: IpAddress): Uint8Array => (isIpv4(a) ? octetsOfV4(a) : octetsOfV6(a)) as Uint8Array;

/** An address pool or route: "10.45.0.0/16", "2001:db8::/48". `address` has no bit set after the prefix. */
export interface IpPrefix {
  readonly address: IpAddress;
  readonly length: number;
}
export const prefixText = (p: IpPrefix): string => `${p.address}/${p.length}`;

export function parsePrefix(text: string): Result<IpPrefix> {
  const slash = text.indexOf("/");
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (!address.ok) return address;
  const octets = ipOctets(address.value);
  const digits = slash < 0 ? `${octets.length * 8}` : text.slice(slash + 1);
  const length = Number(digits);
  if (!/^[0-9]{1,3}$/.test(digits) || length > octets.length * 8)
    return bad("invalid", "ipPrefix", 0, "prefix length does not fit the address");
  const masked = ipFromOctets(octets.map((octet, i) => octet & (0xff00 >> Math.min(8, Math.max(0, length - 8 * i)))));
  if (masked.ok && masked.value !== address.value)
    return bad("invalid", "ipPrefix", 0, `bits are set after the prefix; ${masked.value}/${length} is meant?`);
  return good({ address: address.value, length });
}

export function prefixHolds(p: IpPrefix, a: IpAddress): boolean {
  const [whole, one] = [ipOctets(p.address), ipOctets(a)];
  if (whole.length !== one.length) return false;
  for (let i = 0; i < whole.length; i++) {
    const mask = 0xff00 >> Math.min(8, Math.max(0, p.length - 8 * i));
    if (((whole[i]! ^ one[i]!) & mask & 0xff) !== 0) return false;
  }
  return true;
}
