import { EncodeFault } from "./fault.ts";
import { bitsFor, octetsFor } from "./reader.ts";

/** Writes bit fields of PER (ITU-T X.691), aligned or unaligned, into a growing buffer. */
export class PerWriter {
  readonly aligned: boolean;
  /** Bit position. */
  at = 0;
  #bytes: Uint8Array;

  constructor(aligned: boolean, size = 512) {
    this.aligned = aligned;
    this.#bytes = new Uint8Array(size);
  }

  #room(bits: number): Uint8Array {
    const need = (this.at + bits + 7) >>> 3;
    if (need > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(need, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, (this.at + 7) >>> 3));
      this.#bytes = grown;
    }
    return this.#bytes;
  }

  bit(value: boolean | 0 | 1): void {
    this.bits(value ? 1 : 0, 1);
  }

  /** An unsigned number in 0 to 53 bits. An octet is set when its first bit is written, so the buffer need not be clean. */
  bits(value: number, count: number): void {
    if (count > 31) {
      const low = count - 24;
      this.bits(Math.floor(value / 2 ** low), 24);
      if (low > 24) {
        this.bits(Math.floor(value / 2 ** 24) % 2 ** (low - 24), low - 24);
        this.bits(value % 2 ** 24, 24);
      } else this.bits(value % 2 ** low, low);
      return;
    }
    const bytes = this.#room(count);
    let left = count;
    while (left > 0) {
      const i = this.at >>> 3;
      const used = this.at & 7;
      const take = Math.min(8 - used, left);
      left -= take;
      const placed = ((value >>> left) & ((1 << take) - 1)) << (8 - used - take);
      bytes[i] = used === 0 ? placed : bytes[i]! | placed;
      this.at += take;
    }
  }

  align(): void {
    if (this.aligned) this.pad();
  }

  pad(): void {
    this.at = (this.at + 7) & ~7;
  }

  octets(value: Uint8Array): void {
    const bytes = this.#room(value.length * 8);
    const shift = this.at & 7;
    if (shift === 0) {
      bytes.set(value, this.at >>> 3);
      this.at += value.length * 8;
    } else for (let i = 0; i < value.length; i++) this.bits(value[i]!, 8);
  }

  bitString(value: Uint8Array, count: number): void {
    const whole = count >> 3;
    this.octets(whole === value.length ? value : value.subarray(0, whole));
    if (count & 7) this.bits((value[whole] ?? 0) >> (8 - (count & 7)), count & 7);
  }

  /** A length determinant for up to 16K - 1 (X.691 11.9.3.6-7). */
  #length(count: number): void {
    this.align();
    if (count < 128) this.bits(count, 8);
    else this.bits(0x8000 | count, 16);
  }

  /** Writes `count` units behind length determinants, in fragments of 16K when there are more (X.691 11.9.3.8). */
  counted(count: number, write: (from: number, to: number) => void): void {
    let from = 0;
    while (count - from >= 16384) {
      const fragments = Math.min(4, (count - from) >>> 14);
      this.align();
      this.bits(0xc0 | fragments, 8);
      write(from, from + fragments * 16384);
      from += fragments * 16384;
    }
    this.#length(count - from);
    if (count > from) write(from, count);
  }

  small(value: number): void {
    if (value < 64) this.bits(value, 7);
    else {
      this.bits(1, 1);
      const octets = octetsFor(value);
      this.#length(octets);
      this.bits(value, octets * 8);
    }
  }

  constrained(offset: number, range: number): void {
    if (range <= 1) return;
    if (!this.aligned || range <= 255) this.bits(offset, bitsFor(range));
    else if (range <= 256) {
      this.align();
      this.bits(offset, 8);
    } else if (range <= 65536) {
      this.align();
      this.bits(offset, 16);
    } else {
      const octets = octetsFor(offset);
      this.bits(octets - 1, bitsFor(octetsFor(range - 1)));
      this.align();
      this.bits(offset, octets * 8);
    }
  }

  /** An open type (X.691 11.2): the complete encoding of a value behind its length, written in place. */
  open(write: (w: PerWriter, value: unknown) => void, value: unknown): void {
    if (!this.aligned) {
      const start = this.at;
      const outer = this.#bytes;
      this.#bytes = new Uint8Array(256);
      this.at = 0;
      let inner: Uint8Array;
      try {
        write(this, value);
        inner = this.done();
      } finally {
        this.#bytes = outer;
        this.at = start;
      }
      this.counted(inner.length, (from, to) => this.octets(inner.subarray(from, to)));
      return;
    }
    this.align();
    const start = this.at >>> 3;
    this.bits(0, 8);
    write(this, value);
    this.pad();
    if (this.at >>> 3 === start + 1) this.bits(0, 8);
    const length = (this.at >>> 3) - start - 1;
    if (length < 128) this.#bytes[start] = length;
    else if (length < 16384) {
      this.#room(8);
      this.#bytes.copyWithin(start + 2, start + 1, start + 1 + length);
      this.#bytes[start] = 0x80 | (length >> 8);
      this.#bytes[start + 1] = length & 255;
      this.at += 8;
    } else {
      const inner = this.#bytes.slice(start + 1, start + 1 + length);
      this.at = start * 8;
      this.counted(length, (from, to) => this.octets(inner.subarray(from, to)));
    }
  }

  /** A copy of what was written, in whole octets, at least one (X.691 11.1). */
  done(): Uint8Array {
    const octets = Math.max(1, (this.at + 7) >>> 3);
    const copy = this.#bytes.slice(0, octets);
    if (this.at === 0) copy[0] = 0;
    return copy;
  }

  fault(detail: string): EncodeFault {
    return new EncodeFault(detail);
  }
}
