/** Codecs of the types without components (ITU-T X.691 clauses 12 to 17, 24, 30). */
import { concat, fromText, toText } from "@freehold/wire";
import type { Schema } from "../schema.ts";
import { PerFault } from "./fault.ts";
import type { PerReader } from "./reader.ts";
import type { PerWriter } from "./writer.ts";

/** Both directions of one type. All codecs have this one shape, so that calls through it stay fast. */
export interface Codec {
  decode: (r: PerReader, siblings?: Record<string, unknown>) => unknown;
  encode: (w: PerWriter, value: unknown, siblings?: Record<string, unknown>) => void;
}

/** A BIT STRING: `length` bits, the first in the highest bit of the first octet; unused bits are zero. */
export interface BitString {
  readonly bits: Uint8Array;
  readonly length: number;
}

const show = (value: unknown): string => (typeof value === "object" ? (value === null ? "null" : "an object") : String(value));

export const booleanCodec: Codec = {
  decode: (r) => r.bit() === 1,
  encode: (w, value) => {
    if (typeof value !== "boolean") throw w.fault(`${show(value)} is not a boolean`);
    w.bit(value);
  },
};

export const nullCodec: Codec = { decode: () => null, encode: () => {} };

function signed(octets: Uint8Array): bigint {
  let value = octets.length > 0 && octets[0]! > 127 ? -1n : 0n;
  for (const octet of octets) value = (value << 8n) | BigInt(octet);
  return value;
}

function fewest(value: bigint, two: boolean): Uint8Array {
  const octets: number[] = [];
  let rest = value;
  do {
    octets.unshift(Number(rest & 255n));
    rest >>= 8n;
  } while (two ? !((rest === 0n && octets[0]! < 128) || (rest === -1n && octets[0]! > 127)) : rest > 0n);
  return Uint8Array.from(octets);
}

/** An integer behind a length: two's complement without a lower bound, unsigned from one (X.691 12.2.5-6). */
function decodeCounted(r: PerReader, lo: bigint | undefined): bigint {
  const count = r.length();
  if (count < 1 || count > 32) throw r.invalid(`an integer of ${count} octets`);
  const octets = r.octets(count);
  if (lo === undefined) return signed(octets);
  let value = 0n;
  for (const octet of octets) value = (value << 8n) | BigInt(octet);
  return value + lo;
}

function encodeCounted(w: PerWriter, value: bigint, lo: bigint | undefined): void {
  const octets = lo === undefined ? fewest(value, true) : fewest(value - lo, false);
  w.counted(octets.length, () => w.octets(octets));
}

export function integerCodec(s: Extract<Schema, { k: "integer" }>): Codec {
  const big = typeof s.lo === "string" || typeof s.hi === "string";
  const lo = s.lo === undefined ? undefined : BigInt(s.lo);
  const hi = s.hi === undefined ? undefined : BigInt(s.hi);
  if (big || lo === undefined || hi === undefined || hi - lo > BigInt(Number.MAX_SAFE_INTEGER)) return wideIntegerCodec(s, big, lo, hi);
  const low = Number(lo);
  const high = Number(hi);
  const range = high - low + 1;
  const x = s.x === 1;
  return {
    decode: (r) => {
      if (x && r.bit() === 1) return safe(r, decodeCounted(r, undefined));
      const value = r.constrained(range) + low;
      if (value > high) throw r.invalid(`${value} is above ${high}`);
      return value;
    },
    encode: (w, value) => {
      if (typeof value !== "number" || !Number.isInteger(value)) throw w.fault(`${show(value)} is not an integer`);
      const inRoot = value >= low && value <= high;
      if (!inRoot && !x) throw w.fault(`${value} is not in ${low}..${high}`);
      if (x) w.bit(!inRoot);
      if (inRoot) w.constrained(value - low, range);
      else encodeCounted(w, BigInt(value), undefined);
    },
  };
}

function safe(r: PerReader, value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new PerFault("limit", r.octet, "an integer of more than 53 bits");
  return number;
}

/** Integers with an open end, or of more than 53 bits: bigint where a bound says that they need it. */
function wideIntegerCodec(s: Extract<Schema, { k: "integer" }>, big: boolean, lo: bigint | undefined, hi: bigint | undefined): Codec {
  const x = s.x === 1;
  const range = lo === undefined || hi === undefined ? undefined : hi - lo + 1n;
  const most = range === undefined ? 0 : fewest(range - 1n, false).length;
  const decodeRoot = (r: PerReader): bigint => {
    if (range === undefined) return decodeCounted(r, lo);
    let value = 0n;
    if (r.aligned) {
      const count = 1 + r.constrained(most);
      r.align();
      for (let i = 0; i < count; i++) value = (value << 8n) | BigInt(r.bits(8));
    } else for (let i = (range - 1n).toString(2).length; i > 0; i--) value = (value << 1n) | BigInt(r.bit());
    return value + (lo ?? 0n);
  };
  return {
    decode: (r) => {
      const value = x && r.bit() === 1 ? decodeCounted(r, undefined) : decodeRoot(r);
      if (hi !== undefined && value > hi && !x) throw r.invalid(`${value} is above ${hi}`);
      return big ? value : safe(r, value);
    },
    encode: (w, value) => {
      if (typeof value !== "bigint" && !(typeof value === "number" && Number.isSafeInteger(value)))
        throw w.fault(`${show(value)} is not an integer`);
      const exact = BigInt(value);
      const inRoot = (lo === undefined || exact >= lo) && (hi === undefined || exact <= hi);
      if (!inRoot && !x) throw w.fault(`${exact} is not in ${lo ?? "MIN"}..${hi ?? "MAX"}`);
      if (x) w.bit(!inRoot);
      if (!inRoot) encodeCounted(w, exact, undefined);
      else if (range === undefined) encodeCounted(w, exact, lo);
      else if (w.aligned) {
        const octets = fewest(exact - (lo ?? 0n), false);
        w.constrained(octets.length - 1, most);
        w.align();
        w.octets(octets);
      } else for (const digit of (exact - (lo ?? 0n)).toString(2).padStart((range - 1n).toString(2).length, "0")) w.bit(digit === "1");
    },
  };
}

export function enumCodec(s: Extract<Schema, { k: "enum" }>): Codec {
  const { root, more } = s;
  const index = new Map<unknown, number>();
  for (const [i, name] of [...root, ...(more ?? [])].entries()) index.set(name, i);
  return {
    decode: (r) => {
      if (more !== undefined && r.bit() === 1) {
        const at = r.octet;
        const i = r.small();
        const name = more[i];
        if (name === undefined) throw new PerFault("unknown", at, `extension value ${i}, of a later version`);
        return name;
      }
      const i = r.constrained(root.length);
      const name = root[i];
      if (name === undefined) throw r.invalid(`value ${i} of ${root.length}`);
      return name;
    },
    encode: (w, value) => {
      const i = index.get(value);
      if (i === undefined) throw w.fault(`${show(value)} is not a value of the enumeration`);
      if (more !== undefined) w.bit(i >= root.length);
      if (i >= root.length) w.small(i - root.length);
      else w.constrained(i, root.length);
    },
  };
}

/**
 * Runs `unit` over a counted value: the count as bounds allow it, or in fragments. `read`/`write` get how many units come
 * next; they align first when `alignable` says so.
 */
export interface Counting {
  /** A count when it is known at once; otherwise -1, and the units come behind length determinants. */
  readonly decode: (r: PerReader) => number;
  readonly encode: (w: PerWriter, count: number, write: (from: number, to: number) => void) => void;
  /** The one count of the root, when there is only one. */
  readonly fixed: number | undefined;
}

export function counting(s: { readonly lo?: number; readonly hi?: number; readonly x?: 1 }): Counting {
  const lo = s.lo ?? 0;
  const hi = s.hi !== undefined && s.hi < 65536 ? s.hi : undefined;
  const most = s.hi ?? Number.POSITIVE_INFINITY;
  const x = s.x === 1;
  const range = hi === undefined ? 0 : hi - lo + 1;
  return {
    fixed: hi === lo ? lo : undefined,
    decode: (r) => {
      if (x && r.bit() === 1) return -1;
      if (hi === undefined) return -1;
      const count = r.constrained(range) + lo;
      if (count > hi) throw r.invalid(`a size of ${count}, above ${hi}`);
      return count;
    },
    encode: (w, count, write) => {
      const inRoot = count >= lo && count <= most;
      if (!inRoot && !x) throw w.fault(`a size of ${count} is not in ${lo}..${most}`);
      if (x) w.bit(!inRoot);
      if (inRoot && hi !== undefined) {
        w.constrained(count - lo, range);
        if (count > 0) write(0, count);
      } else w.counted(count, write);
    },
  };
}

export function octetsCodec(s: Extract<Schema, { k: "octets" }>): Codec {
  const count = counting(s);
  const aligns = count.fixed === undefined || count.fixed > 2;
  return {
    decode: (r) => {
      const n = count.decode(r);
      if (n >= 0) {
        if (aligns && n > 0) r.align();
        return r.octets(n);
      }
      const parts: Uint8Array[] = [];
      r.fragments((units) => parts.push(r.octets(units)));
      return concat(...parts);
    },
    encode: (w, value) => {
      if (!(value instanceof Uint8Array)) throw w.fault(`${show(value)} is not octets`);
      count.encode(w, value.length, (from, to) => {
        if (aligns) w.align();
        w.octets(from === 0 && to === value.length ? value : value.subarray(from, to));
      });
    },
  };
}

export function bitsCodec(s: Extract<Schema, { k: "bits" }>): Codec {
  const count = counting(s);
  const aligns = count.fixed === undefined || count.fixed > 16;
  return {
    decode: (r): BitString => {
      const n = count.decode(r);
      if (n >= 0) {
        if (aligns && n > 0) r.align();
        return { bits: r.bitString(n), length: n };
      }
      const parts: Uint8Array[] = [];
      const length = r.fragments((units) => parts.push(r.bitString(units)));
      return { bits: concat(...parts), length };
    },
    encode: (w, value) => {
      const { bits, length } = (value ?? {}) as Partial<BitString>;
      if (!(bits instanceof Uint8Array) || length === undefined || bits.length !== (length + 7) >> 3) {
        throw w.fault("not a bit string with as many octets as its length needs");
      }
      count.encode(w, length, (from, to) => {
        if (aligns) w.align();
        w.bitString(bits.subarray(from >> 3), to - from);
      });
    },
  };
}

const printable = " '()+,-./0123456789:=?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ascii = (from: number, to: number): string => String.fromCharCode(...Array.from({ length: to - from + 1 }, (_, i) => from + i));
const alphabets: Readonly<Record<string, string>> = {
  PrintableString: printable,
  VisibleString: ascii(32, 126),
  UTCTime: ascii(32, 126),
  GeneralizedTime: ascii(32, 126),
  IA5String: ascii(0, 127),
  NumericString: " 0123456789",
};

/** The characters that a known-multiplier string may hold, in order. */
export const alphabetOf = (s: Extract<Schema, { k: "text" }>): string => s.from ?? alphabets[s.of] ?? "";

export function textCodec(s: Extract<Schema, { k: "text" }>): Codec {
  if (s.of === "UTF8String") return utf8Codec;
  const alphabet = alphabetOf(s);
  const places = new Map([...alphabet].map((character, i) => [character.charCodeAt(0), i]));
  const highest = alphabet.charCodeAt(alphabet.length - 1);
  const count = counting(s);
  const make = (aligned: boolean) => {
    const least = Math.ceil(Math.log2(alphabet.length));
    const width = aligned ? 2 ** Math.ceil(Math.log2(Math.max(1, least))) : least;
    const byCode = highest < 2 ** width;
    const most = (s.hi ?? Number.POSITIVE_INFINITY) * width;
    return { width, byCode, aligns: aligned && (count.fixed === undefined ? most >= 16 : most > 16) };
  };
  const forms = [make(false), make(true)] as const;
  return {
    decode: (r) => {
      const { width, byCode, aligns } = forms[r.aligned ? 1 : 0];
      let text = "";
      const read = (units: number): void => {
        if (units * width > r.end - r.at) throw r.short(units * width);
        for (let i = 0; i < units; i++) {
          const code = r.bits(width);
          const character = byCode ? code : alphabet.charCodeAt(code);
          if (byCode ? !places.has(code) : code >= alphabet.length) throw r.invalid(`character ${code} is not of ${s.of}`);
          text += String.fromCharCode(character);
        }
      };
      const n = count.decode(r);
      if (n < 0) r.fragments(read);
      else {
        if (aligns && n > 0) r.align();
        read(n);
      }
      return text;
    },
    encode: (w, value) => {
      if (typeof value !== "string") throw w.fault(`${show(value)} is not text`);
      const { width, byCode, aligns } = forms[w.aligned ? 1 : 0];
      count.encode(w, value.length, (from, to) => {
        if (aligns) w.align();
        for (let i = from; i < to; i++) {
          const code = value.charCodeAt(i);
          const place = places.get(code);
          if (place === undefined) throw w.fault(`${JSON.stringify(value[i])} is not a character of ${s.of}`);
          w.bits(byCode ? code : place, width);
        }
      });
    },
  };
}

const utf8Codec: Codec = {
  decode: (r) => {
    const parts: Uint8Array[] = [];
    r.fragments((units) => parts.push(r.octets(units)));
    return toText(concat(...parts));
  },
  encode: (w, value) => {
    if (typeof value !== "string") throw w.fault(`${show(value)} is not text`);
    const octets = fromText(value);
    w.counted(octets.length, (from, to) => w.octets(octets.subarray(from, to)));
  },
};

/** OBJECT IDENTIFIER as dotted decimals: the contents octets of BER behind a length (X.691 24). */
export const oidCodec: Codec = {
  decode: (r) => {
    const count = r.length();
    if (count < 1 || count > 127) throw r.invalid(`an object identifier of ${count} octets`);
    const arcs: bigint[] = [];
    let arc = 0n;
    const octets = r.octets(count);
    for (const [i, octet] of octets.entries()) {
      arc = (arc << 7n) | BigInt(octet & 127);
      if (octet < 128) {
        if (arcs.length === 0) {
          const first = arc < 80n ? arc / 40n : 2n;
          arcs.push(first, arc - first * 40n);
        } else arcs.push(arc);
        arc = 0n;
      } else if (i === octets.length - 1) throw r.invalid("an object identifier whose last arc does not end");
    }
    return arcs.join(".");
  },
  encode: (w, value) => {
    if (typeof value !== "string" || !/^[0-2](\.\d+)+$/.test(value)) throw w.fault(`${show(value)} is not an object identifier`);
    const [first = 0n, second = 0n, ...rest] = value.split(".").map(BigInt);
    const octets: number[] = [];
    for (const arc of [first * 40n + second, ...rest]) {
      const groups = [Number(arc & 127n)];
      for (let left = arc >> 7n; left > 0n; left >>= 7n) groups.unshift(Number(left & 127n) | 128);
      octets.push(...groups);
    }
    w.counted(octets.length, () => w.octets(Uint8Array.from(octets)));
  },
};
