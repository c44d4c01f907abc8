import { bad, good, type Result } from "@freehold/wire";

/** Digits as swapped nibbles, the first digit in bits 4 to 1, 1111 after an odd count: MSIN (TS 24.501 §9.11.3.4), PEI. RangeError if not digits. */
export function bcdOctets(digits: string): Uint8Array {
  if (!/^[0-9]*$/.test(digits)) throw new RangeError("not decimal digits");
  const octets = new Uint8Array((digits.length + 1) >> 1);
  for (let i = 0; i < octets.length; i++) {
    const high = 2 * i + 1 < digits.length ? digits.charCodeAt(2 * i + 1) - 48 : 0xf;
    octets[i] = (high << 4) | (digits.charCodeAt(2 * i) - 48);
  }
  return octets;
}

/** Digits of swapped nibbles; only the last nibble may be the filler 1111. */
export function bcdDigits(octets: Uint8Array, field = "digits"): Result<string> {
  let digits = "";
  for (let i = 0; i < octets.length; i++) {
    const low = octets[i]! & 0xf;
    const high = octets[i]! >> 4;
    if (low > 9) return bad("invalid", field, i, `0x${low.toString(16)} is not a digit`);
    digits += low;
    if (high <= 9) digits += high;
    else if (high !== 0xf || i !== octets.length - 1) return bad("invalid", field, i, `0x${high.toString(16)} is not a digit`);
  }
  return good(digits);
}
