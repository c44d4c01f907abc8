import { WireFault } from "./result.ts";

/** Reads big-endian fields from outside bytes. Every read is bounded; a short read is a `WireFault` naming the field. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  need(octets: number, field: string): void {
    if (octets > this.end - this.at) {
      throw new WireFault("truncated", field, this.at, `needs ${octets} octet${octets === 1 ? "" : "s"}, ${this.end - this.at} left`);
    }
  }

  u8(field: string): number {
    this.need(1, field);
    return this.bytes[this.at++]!;
  }

  u16(field: string): number {
    this.need(2, field);
    const { bytes, at } = this;
    this.at += 2;
    return (bytes[at]! << 8) | bytes[at + 1]!;
  }

  u24(field: string): number {
    this.need(3, field);
    const { bytes, at } = this;
    this.at += 3;
    return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  }

  u32(field: string): number {
    this.need(4, field);
    const { bytes, at } = this;
    this.at += 4;
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  }

  /** Unsigned of 1 to 6 octets as a number. */
  uint(octets: number, field: string): number {
    this.need(octets, field);
    let value = 0;
    for (let i = 0; i < octets; i++) value = value * 256 + this.bytes[this.at++]!;
    return value;
  }

  u64(field: string): bigint {
    const high = this.u32(field);
    return (BigInt(high) << 32n) | BigInt(this.u32(field));
  }

  /** The next octet without taking it, or undefined at the end. */
  peek(): number | undefined {
    return this.at < this.end ? this.bytes[this.at] : undefined;
  }

  /** A copy of the next `count` octets, so that a value never aliases a receive buffer. */
  octets(count: number, field: string): Uint8Array {
    this.need(count, field);
    const part = this.bytes.slice(this.at, this.at + count);
    this.at += count;
    return part;
  }

  rest(): Uint8Array {
    const part = this.bytes.slice(this.at, this.end);
    this.at = this.end;
    return part;
  }

  skip(count: number, field: string): void {
    this.need(count, field);
    this.at += count;
  }

  /** A reader of the next `count` octets with the same offsets; this one moves past them. */
  sub(count: number, field: string): Reader {
    this.need(count, field);
    const part = new Reader(this.bytes, this.at, this.at + count);
    this.at += count;
    return part;
  }

  fault(
    kind: "invalid" | "missing" | "unexpected" | "limit" | "unknown" | "truncated",
    field: string,
    detail: string,
    at: number = this.at,
  ): WireFault {
    return new WireFault(kind, field, at, detail);
  }
}
