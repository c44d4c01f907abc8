/** The first number that so many octets do not hold. */
const limits: readonly number[] = Array.from({ length: 7 }, (_, octets) => 256 ** octets);

const nothing = new Uint8Array(0);

/** Writes big-endian fields into a growing buffer. Values are ours, so a wrong one is a bug: RangeError. */
export class Writer {
  #bytes: Uint8Array;
  #at = 0;

  /** Up to 64 octets V8 keeps in its own heap, where a buffer costs a sixth of one outside; the buffer grows as it must. */
  constructor(size = 64) {
    this.#bytes = new Uint8Array(size);
  }

  get length(): number {
    return this.#at;
  }

  /** Begins again from nothing in the same buffer. */
  restart(): void {
    this.#at = 0;
  }

  #room(octets: number): void {
    const need = this.#at + octets;
    if (need <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(need, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }

  u8(value: number): this {
    if (value >>> 0 !== value || value > 0xff) throw new RangeError(`${value} does not fit 1 octet(s)`);
    this.#room(1);
    this.#bytes[this.#at++] = value;
    return this;
  }
  u16(value: number): this {
    if (value >>> 0 !== value || value > 0xffff) throw new RangeError(`${value} does not fit 2 octet(s)`);
    this.#room(2);
    this.#bytes[this.#at++] = value >> 8;
    this.#bytes[this.#at++] = value;
    return this;
  }
  u24(value: number): this {
    return this.uint(value, 3);
  }
  u32(value: number): this {
    return this.uint(value, 4);
  }

  /** Unsigned in 1 to 6 octets. */
  uint(value: number, octets: number): this {
    if (!Number.isInteger(value) || value < 0 || value >= limits[octets]!) throw new RangeError(`${value} does not fit ${octets} octet(s)`);
    this.#room(octets);
    this.#put(this.#at, value, octets);
    this.#at += octets;
    return this;
  }

  #put(at: number, value: number, octets: number): void {
    const bytes = this.#bytes;
    let rest = value;
    let i = at + octets - 1;
    if (octets > 4) {
      for (; i > at + octets - 3; i--) {
        bytes[i] = rest % 256;
        rest = Math.floor(rest / 256);
      }
    }
    // What is left has at most four octets: shifts do, which divisions cost ten times.
    for (; i >= at; i--) {
      bytes[i] = rest;
      rest >>>= 8;
    }
  }

  zeros(count: number): this {
    this.#room(count);
    for (const end = this.#at + count; this.#at < end; this.#at++) this.#bytes[this.#at] = 0;
    return this;
  }

  u64(value: bigint): this {
    if (value < 0n || value >= 1n << 64n) throw new RangeError(`${value} does not fit 8 octets`);
    this.uint(Number(value >> 32n), 4);
    return this.uint(Number(value & 0xffffffffn), 4);
  }

  octets(value: Uint8Array): this {
    const { length } = value;
    this.#room(length);
    // A call into V8 costs as much as copying this many octets by hand.
    if (length <= 16) for (let i = 0; i < length; i++) this.#bytes[this.#at + i] = value[i]!;
    else this.#bytes.set(value, this.#at);
    this.#at += length;
    return this;
  }

  /** Leaves a length field of `width` octets, runs `body`, fills in how many octets the body wrote. */
  counted(width: number, body: () => void): this {
    const start = this.open(width);
    body();
    return this.close(start, width);
  }

  /** Leaves a length field of `width` octets; what is given back is for `close`. */
  open(width: number): number {
    this.zeros(width);
    return this.#at;
  }

  /** Fills in how many octets were written since `open`. */
  close(start: number, width: number): this {
    const length = this.#at - start;
    if (length >= limits[width]!) throw new RangeError(`${length} octets do not fit a length of ${width} octet(s)`);
    this.#put(start - width, length, width);
    return this;
  }

  /** What was written, as octets of their own. The last call of a writer. */
  done(): Uint8Array {
    const bytes = this.#bytes;
    if (this.#at < bytes.length) return bytes.slice(0, this.#at);
    // Full to the last octet: they are given away, and this writer has none left.
    this.#bytes = nothing;
    this.#at = 0;
    return bytes;
  }
}

/** Writes one encoding after the other into one buffer: making a buffer costs more than filling it. Encodings may be within one another. */
export class Pen {
  #spare: Writer | undefined;

  /** The octets that `fill` writes, a copy. What it throws passes through. */
  write(fill: (writer: Writer) => void): Uint8Array {
    const writer = this.#spare ?? new Writer(512);
    this.#spare = undefined;
    writer.restart();
    fill(writer);
    const octets = writer.done();
    if (octets.length <= kept) this.#spare = writer;
    return octets;
  }
}
/** A buffer that a giant message has grown is not kept. */
const kept = 65_536;
