import { concat } from "@freehold/wire";
import type { Criticality } from "../schema.ts";
import { PerFault } from "./fault.ts";

/** Something about protocol IEs that is not an error of transfer syntax (for NGAP: TS 38.413 10.3). */
export interface Finding {
  /** `not-understood`: unknown id, or a value from a later version inside; `order`: after an IE that it precedes in the table. */
  readonly kind: "not-understood" | "missing" | "order" | "repeated";
  readonly id: number;
  /** As received; of the table when missing. */
  readonly criticality: Criticality;
  /** Key of the IE, or `id-N` when unknown. */
  readonly field: string;
  /** Octet offset of the IE, or of the end of its container when missing. */
  readonly at: number;
}

/** Lists and containers may not hold more elements than this in one decode, however few bits each takes. */
const elementLimit = 65_536 * 2;
export const depthLimit = 100;

/** Reads bit fields of PER (ITU-T X.691), aligned or unaligned. Every read is bounded. */
export class PerReader {
  readonly bytes: Uint8Array;
  readonly aligned: boolean;
  /** Bit position, and the bit after the last one of the innermost open type. */
  at = 0;
  end: number;
  depth = 0;
  findings: Finding[] = [];
  #elements = 0;
  /** Offset, in the bytes given to `decode`, of the first octet here: not 0 in the joined fragments of an open type. */
  readonly origin: number;

  constructor(bytes: Uint8Array, aligned: boolean, origin = 0) {
    this.bytes = bytes;
    this.aligned = aligned;
    this.end = bytes.length * 8;
    this.origin = origin;
  }

  get octet(): number {
    return this.origin + (this.at >>> 3);
  }

  short(bits: number): PerFault {
    return new PerFault("truncated", this.octet, `needs ${bits} bit${bits === 1 ? "" : "s"}, ${Math.max(0, this.end - this.at)} left`);
  }

  invalid(detail: string): PerFault {
    return new PerFault("invalid", this.octet, detail);
  }

  /** Counts list elements against the bound of one decode. */
  spend(elements: number): void {
    this.#elements += elements;
    if (this.#elements > elementLimit) throw new PerFault("limit", this.octet, `more than ${elementLimit} elements in lists`);
  }

  bit(): number {
    const at = this.at;
    if (at >= this.end) throw this.short(1);
    this.at = at + 1;
    return (this.bytes[at >>> 3]! >> (7 - (at & 7))) & 1;
  }

  /** An unsigned number of 0 to 53 bits. */
  bits(count: number): number {
    const at = this.at;
    if (count > this.end - at) throw this.short(count);
    this.at = at + count;
    let i = at >>> 3;
    const bytes = this.bytes;
    const have = 8 - (at & 7);
    let value = count === 0 ? 0 : bytes[i]! & (0xff >> (at & 7));
    if (count <= have) return value >> (have - count);
    let left = count - have;
    for (; left >= 8; left -= 8) value = value * 256 + bytes[++i]!;
    return left > 0 ? value * 2 ** left + (bytes[++i]! >> (8 - left)) : value;
  }

  align(): void {
    if (this.aligned) this.at = (this.at + 7) & ~7;
  }

  /** A copy of the next octets, so that a value never aliases a receive buffer. */
  octets(count: number): Uint8Array {
    const at = this.at;
    if (count * 8 > this.end - at) throw this.short(count * 8);
    this.at = at + count * 8;
    const first = at >>> 3;
    const shift = at & 7;
    if (shift === 0) return this.bytes.slice(first, first + count);
    const copy = new Uint8Array(count);
    for (let i = 0; i < count; i++) copy[i] = (this.bytes[first + i]! << shift) | (this.bytes[first + i + 1]! >> (8 - shift));
    return copy;
  }

  /** A bit string, its unused bits zero. */
  bitString(count: number): Uint8Array {
    const whole = count >> 3;
    const rest = count & 7;
    if (rest === 0) return this.octets(whole);
    if (count > this.end - this.at) throw this.short(count);
    const bits = new Uint8Array(whole + 1);
    if ((this.at & 7) === 0) bits.set(this.bytes.subarray(this.at >>> 3, (this.at >>> 3) + whole));
    else
      for (let i = 0, at = this.at; i < whole; i++, at += 8)
        bits[i] = (this.bytes[at >>> 3]! << (at & 7)) | (this.bytes[(at >>> 3) + 1]! >> (8 - (at & 7)));
    this.at += whole * 8;
    bits[whole] = this.bits(rest) << (8 - rest);
    return bits;
  }

  /** A length determinant without bound (X.691 11.9.3.5-8): a count, or -1 to -4 for that many fragments of 16K and more to come. */
  length(): number {
    this.align();
    const first = this.bits(8);
    if (first < 128) return first;
    if (first < 192) return ((first & 63) << 8) | this.bits(8);
    const fragments = first & 63;
    if (fragments < 1 || fragments > 4) throw this.invalid(`a fragment of ${fragments} times 16K`);
    return -fragments;
  }

  /** Calls `read` with each run of units behind length determinants; returns how many there were. */
  fragments(read: (units: number) => void): number {
    let total = 0;
    for (;;) {
      const length = this.length();
      const units = length < 0 ? -length * 16384 : length;
      if (units > 0) read(units);
      total += units;
      if (length >= 0) return total;
    }
  }

  /** The contents of an open type (X.691 11.2): `read` sees its octets only, and this reader goes on after them. */
  open<T>(read: (inner: PerReader) => T): T {
    const length = this.length();
    if (length >= 0) {
      if (length * 8 > this.end - this.at) throw this.short(length * 8);
      const end = this.end;
      const after = this.at + length * 8;
      this.end = after;
      const value = read(this);
      this.at = after;
      this.end = end;
      return value;
    }
    const at = this.octet;
    const parts = [this.octets(-length * 16384)];
    this.fragments((units) => parts.push(this.octets(units)));
    const inner = new PerReader(concat(...parts), this.aligned, at);
    inner.depth = this.depth;
    inner.findings = this.findings;
    inner.#elements = this.#elements;
    const value = read(inner);
    this.#elements = inner.#elements;
    return value;
  }

  /** A normally small length or number (X.691 11.6): 0 to 63 in 6 bits, else counted octets. */
  small(): number {
    if (this.bit() === 0) return this.bits(6);
    const octets = this.length();
    if (octets < 1 || octets > 4) throw this.invalid("a normally small number of more than 4 octets");
    return this.bits(octets * 8);
  }

  /** A constrained whole number as an offset from its lower bound (X.691 11.5.7); `range` is the count of values. */
  constrained(range: number): number {
    if (range <= 1) return 0;
    if (!this.aligned || range <= 255) return this.bits(bitsFor(range));
    if (range <= 256) {
      this.align();
      return this.bits(8);
    }
    if (range <= 65536) {
      this.align();
      return this.bits(16);
    }
    const octets = 1 + this.bits(bitsFor(octetsFor(range - 1)));
    this.align();
    if (octets > 7) throw this.invalid("an integer of more than 53 bits");
    if (octets === 7 && this.at < this.end && this.bytes[this.at >>> 3]! > 31) throw this.invalid("an integer of more than 53 bits");
    return this.bits(octets * 8);
  }
}

/** Bits that hold 0 to range - 1. */
export function bitsFor(range: number): number {
  if (range <= 0x80000000) return range <= 1 ? 0 : 32 - Math.clz32(range - 1);
  let bits = 0;
  for (let rest = range - 1; rest >= 1; rest = Math.floor(rest / 2)) bits++;
  return bits;
}

/** Octets that hold a number, at least one. */
export function octetsFor(value: number): number {
  let octets = 1;
  for (let rest = Math.floor(value / 256); rest >= 1; rest = Math.floor(rest / 256)) octets++;
  return octets;
}
