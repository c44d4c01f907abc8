/** Between the values of NGAP and the plain values of the rest of the house. */
import type { BitString } from "@freehold/asn1";
import type { UESecurityCapabilities } from "./generated/types.d.ts";

/** An unsigned number as a bit string, the highest bit first. */
export function bitsOf(value: number | bigint, length: number): BitString {
  let rest = BigInt(value);
  if (rest < 0n || rest >> BigInt(length) !== 0n) throw new RangeError(`${value} does not fit ${length} bits`);
  rest <<= BigInt((8 - (length & 7)) & 7);
  const bits = new Uint8Array((length + 7) >> 3);
  for (let i = bits.length - 1; i >= 0; i--, rest >>= 8n) bits[i] = Number(rest & 255n);
  return { bits, length };
}

/** A bit string of at most 53 bits as an unsigned number. */
export function numberOf(value: BitString): number {
  if (value.length > 53) throw new RangeError(`${value.length} bits do not fit a number`);
  let number = 0;
  for (const octet of value.bits) number = number * 256 + octet;
  return number / 2 ** ((8 - (value.length & 7)) & 7);
}

/**
 * UE Security Capabilities (9.3.1.86) from the octets of the NAS IE (TS 24.501 9.11.3.54: 5G-EA, 5G-IA, then if present EEA, EIA).
 * There the first bit is algorithm 0; in NGAP it is algorithm 1, so the octets move by one bit and algorithms 8 and up are 0.
 */
export function ueSecurityCapabilities(nas: Uint8Array): UESecurityCapabilities {
  const moved = (octet = 0): BitString => ({ bits: Uint8Array.of((octet << 1) & 255, 0), length: 16 });
  return {
    nRencryptionAlgorithms: moved(nas[0]),
    nRintegrityProtectionAlgorithms: moved(nas[1]),
    eUTRAencryptionAlgorithms: moved(nas[2]),
    eUTRAintegrityProtectionAlgorithms: moved(nas[3]),
  };
}

/** Algorithms that a bit string of UE Security Capabilities supports, by number: 1 = 128-NEA1 or 128-NIA1. */
export function algorithmsOf(value: BitString): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < value.length; i++) if ((value.bits[i >> 3]! >> (7 - (i & 7))) & 1) numbers.push(i + 1);
  return numbers;
}
