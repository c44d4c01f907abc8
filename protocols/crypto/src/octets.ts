import { timingSafeEqual } from "node:crypto";

/** A plain Uint8Array of its own from what node:crypto returns, which is a Buffer and may lie in a shared pool. */
export const plain = (given: Uint8Array): Uint8Array => new Uint8Array(given);

export function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = a[i]! ^ b[i]!;
  return out;
}

/** RangeError naming the value, never showing it. */
export function wants(octets: { readonly length: number }, length: number, name: string): void {
  if (octets.length !== length) throw new RangeError(`${name} has ${octets.length} octets, wants ${length}`);
}

/** Big-endian number of up to six octets. */
export function uint(value: number, octets: number, name: string): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value >= 256 ** octets) throw new RangeError(`${name} does not fit ${octets} octets`);
  const out = new Uint8Array(octets);
  let rest = value;
  for (let i = octets - 1; i >= 0; i--) {
    out[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return out;
}

export const numberOf = (octets: Uint8Array): number => octets.reduce((sum, octet) => sum * 256 + octet, 0);

/** Compares MACs, RES* and their like in a time that does not depend on where they differ. */
export const sameMac = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);
