import { bad, good, type Result } from "@freehold/wire";
import type { Brand } from "./brand.ts";

/** IPv4 address in its canonical text, "10.0.0.1". */
export type Ipv4 = Brand<string, "Ipv4">;
/** IPv6 address in the text of RFC 5952, "2001:db8::1". */
export type Ipv6 = Brand<string, "Ipv6">;
/** Canonical text, so that equal addresses are equal strings. */
export type IpAddress = Ipv4 | Ipv6;

export const isIpv4 = (a: IpAddress): a is Ipv4 => !a.includes(":");

function octetsOfV4(text: string): Uint8Array | undefined {
  const m = /^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})$/.exec(text);
  if (m === null) return undefined;
  const parts = m.slice(1);
  // A leading zero reads as octal elsewhere: refused rather than guessed.
  if (parts.some((p) => Number(p) > 255 || (p.length > 1 && p.startsWith("0")))) return undefined;
  return Uint8Array.from(parts, Number);
}

function octetsOfV6(text: string): Uint8Array | undefined {
  let body = text;
  const dotted = /^(.*:)([0-9.]+)$/.exec(text);
  if (dotted?.[2]?.includes(".")) {
    const v4 = octetsOfV4(dotted[2]);
    if (v4 === undefined) return undefined;
    body = `${dotted[1]}${((v4[0]! << 8) | v4[1]!).toString(16)}:${((v4[2]! << 8) | v4[3]!).toString(16)}`;
  }
  const halves = body.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((h) => (h === "" ? [] : h.split(":")));
  const count = groups.reduce((sum, g) => sum + g.length, 0);
  if (halves.length === 1 ? count !== 8 : count > 7) return undefined;
  const all = [...groups[0]!, ...Array.from({ length: 8 - count }, () => "0"), ...(groups[1] ?? [])];
  if (!all.every((g) => /^[0-9a-fA-F]{1,4}$/.test(g))) return undefined;
  const octets = new Uint8Array(16);
  all.forEach((g, i) => {
    const n = Number.parseInt(g, 16);
    octets[2 * i] = n >> 8;
    octets[2 * i + 1] = n & 0xff;
  });
  return octets;
}

function textOfV6(octets: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (octets[2 * i]! << 8) | octets[2 * i + 1]!);
  // RFC 5952 §4.2: the longest run of two or more zero groups, the first among equals, becomes "::".
  let best = { at: 0, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const text = (part: readonly number[]) => part.map((g) => g.toString(16)).join(":");
  return best.length < 2 ? text(groups) : `${text(groups.slice(0, best.at))}::${text(groups.slice(best.at + best.length))}`;
}

/** Four octets make an IPv4 address, sixteen an IPv6 address. */
export function ipFromOctets(octets: Uint8Array): Result<IpAddress> {
  if (octets.length === 4) return good(octets.join(".") as Ipv4);
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
