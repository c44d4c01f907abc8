// Ciphering and integrity algorithms, TS 33.501 annex D.
import type { Secret } from "@freehold/model";
import { concat, Writer } from "@freehold/wire";
import { cmac, counterMode } from "./aes.ts";
import { plain, wants } from "./octets.ts";
import { Snow3g } from "./snow3g.ts";
import { Zuc } from "./zuc.ts";

/** Ciphering algorithm, TS 33.501 §5.11.1.1: null, 128-NEA1 (SNOW 3G), 128-NEA2 (AES), 128-NEA3 (ZUC). */
export type Nea = 0 | 1 | 2 | 3;
/** Integrity algorithm, TS 33.501 §5.11.1.2: null, 128-NIA1, 128-NIA2, 128-NIA3. */
export type Nia = 0 | 1 | 2 | 3;

/** DIRECTION, TS 33.501 §D.2.1.1. */
export const Direction = { uplink: 0, downlink: 1 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

/** The inputs of one run beside key and message, TS 33.501 §D.2.1.1 and §D.3.1.1. */
export interface AlgorithmInput {
  /** COUNT, 32 bits; NAS COUNT has eight zero bits before its overflow counter and sequence number. */
  readonly count: number;
  /** BEARER, 5 bits: for NAS the NAS connection identifier, 1 for 3GPP access and 2 for non-3GPP access. */
  readonly bearer: number;
  readonly direction: Direction;
  /** LENGTH in bits when the message does not fill its last octet. */
  readonly bits?: number;
}

/** COUNT || BEARER || DIRECTION || 26 zero bits. */
function head({ count, bearer, direction }: AlgorithmInput): Uint8Array {
  if (!Number.isInteger(bearer) || bearer < 0 || bearer > 31) throw new RangeError("BEARER does not fit 5 bits");
  return new Writer(8)
    .u32(count)
    .u8((bearer << 3) | (direction << 2))
    .u24(0)
    .done();
}

function lengthOf(input: AlgorithmInput, octets: Uint8Array): number {
  const bits = input.bits ?? octets.length * 8;
  if (bits > octets.length * 8 || bits <= octets.length * 8 - 8)
    throw new RangeError(`LENGTH of ${bits} bits does not go with ${octets.length} octets`);
  return bits;
}

/** The octets with the bits beyond LENGTH zero: themselves, or a copy where there are such bits. */
function cut(octets: Uint8Array, bits: number): Uint8Array {
  if (bits % 8 === 0) return octets;
  const out = plain(octets);
  out[out.length - 1]! &= 0xff00 >> (bits % 8);
  return out;
}

/** Ciphers or deciphers (one operation), TS 33.501 §D.2. Key of 16 octets, ignored by NEA0. RangeError for an input that cannot be. */
export function cipher(nea: Nea, key: Secret, input: AlgorithmInput, octets: Uint8Array): Uint8Array {
  const bits = lengthOf(input, octets);
  if (nea === 0) return plain(octets);
  wants(key, 16, "key");
  switch (nea) {
    case 1: {
      const [count, bearer] = words(head(input));
      const snow = new Snow3g(key.reveal(), [bearer!, count!, bearer!, count!]);
      return cut(keyed(snow, octets), bits);
    }
    case 2:
      return cut(counterMode(key, head(input), octets), bits);
    case 3: {
      const iv = head(input);
      return cut(keyed(new Zuc(key.reveal(), concat(iv, iv)), octets), bits);
    }
  }
}

/** MAC-I or NAS-MAC, four octets, TS 33.501 §D.3; zero for NIA0. Compare with `sameMac`. Key of 16 octets, ignored by NIA0. */
export function mac(nia: Nia, key: Secret, input: AlgorithmInput, octets: Uint8Array): Uint8Array {
  const bits = lengthOf(input, octets);
  if (nia === 0) return new Uint8Array(4);
  wants(key, 16, "key");
  switch (nia) {
    case 1:
      return eia1(key, input, cut(octets, bits), bits);
    case 2:
      // 128-EIA2 of TS 33.401 §B.2.3 (unchecked)
      return cmac(key, concat(head(input), cut(octets, bits)), 64 + bits);
    case 3:
      return eia3(key, input, cut(octets, bits), bits);
  }
}

const words = (octets: Uint8Array): number[] => Array.from({ length: octets.length >> 2 }, (_, i) => wordAt(octets, 4 * i));
/** The big-endian word at `at`, with zeros after the end. */
const wordAt = (octets: Uint8Array, at: number): number =>
  (((octets[at] ?? 0) << 24) | ((octets[at + 1] ?? 0) << 16) | ((octets[at + 2] ?? 0) << 8) | (octets[at + 3] ?? 0)) >>> 0;

function keyed(stream: { next(): number }, octets: Uint8Array): Uint8Array {
  const out = new Uint8Array(octets.length);
  for (let i = 0; i < octets.length; i += 4) {
    const z = stream.next();
    for (let j = i; j < i + 4 && j < octets.length; j++) out[j] = octets[j]! ^ ((z >>> (24 - 8 * (j - i))) & 0xff);
  }
  return out;
}

/** 128-EIA1, UIA2 of TS 35.215 §4 with FRESH = BEARER || 0: an evaluation of the message as a polynomial over GF(2^64). */
function eia1(key: Secret, input: AlgorithmInput, octets: Uint8Array, bits: number): Uint8Array {
  const { bearer, direction } = input;
  const [count] = words(head(input)) as [number, number];
  const fresh = (bearer << 27) >>> 0;
  const snow = new Snow3g(key.reveal(), [fresh ^ (direction << 15), count ^ (direction << 31), fresh, count]);
  const z = Array.from({ length: 5 }, () => snow.next());
  const p = new Multiplier(z[0]!, z[1]!);
  const value: [number, number] = [0, 0];
  for (let at = 0; at < octets.length; at += 8) {
    value[0] ^= wordAt(octets, at);
    value[1] ^= wordAt(octets, at + 4);
    p.into(value);
  }
  value[0] ^= Math.floor(bits / 2 ** 32);
  value[1] ^= bits;
  new Multiplier(z[2]!, z[3]!).into(value);
  return new Writer(4).u32((value[0] ^ z[4]!) >>> 0).done();
}

/** Multiplication by one element of GF(2^64) modulo x^64+x^4+x^3+x+1 (TS 35.215 §4.3.2), whose multiples by powers of x are worked out once. */
class Multiplier {
  readonly #high = new Int32Array(64);
  readonly #low = new Int32Array(64);

  constructor(high: number, low: number) {
    let [h, l] = [high | 0, low | 0];
    for (let i = 0; i < 64; i++) {
      this.#high[i] = h;
      this.#low[i] = l;
      const over = h >> 31; // all ones when a bit leaves at the top
      h = (h << 1) | (l >>> 31);
      l = (l << 1) ^ (over & 0x1b);
    }
  }

  /** value *= the element, in the same time for every value. */
  into(value: [number, number]): void {
    let [h, l] = [0, 0];
    for (let i = 0; i < 64; i++) {
      const take = -(((i < 32 ? value[1] : value[0]) >>> (i & 31)) & 1);
      h ^= this.#high[i]! & take;
      l ^= this.#low[i]! & take;
    }
    value[0] = h;
    value[1] = l;
  }
}

/** 128-EIA3, TS 35.221 §4: the keystream's 32-bit words that begin where the message has a one, added up. */
function eia3(key: Secret, input: AlgorithmInput, octets: Uint8Array, bits: number): Uint8Array {
  const iv = head({ ...input, direction: Direction.uplink });
  const second = plain(iv);
  second[0]! ^= input.direction << 7;
  second[6]! ^= input.direction << 7;
  const zuc = new Zuc(key.reveal(), concat(iv, second));
  let [now, next] = [zuc.next(), zuc.next()];
  let sum = 0;
  for (let i = 0; i < bits; i++) {
    const at = i & 31;
    const z = at === 0 ? now : (now << at) | (next >>> (32 - at));
    sum ^= z & -((octets[i >> 3]! >> (7 - (i & 7))) & 1);
    if (at === 31) [now, next] = [next, zuc.next()];
  }
  // After the last bit of the message comes one word more at its end, and the last word of the ceil(LENGTH / 32) + 2 that there are.
  const at = bits & 31;
  sum ^= at === 0 ? now : (now << at) | (next >>> (32 - at));
  sum ^= at === 0 ? next : zuc.next();
  return new Writer(4).u32(sum >>> 0).done();
}
