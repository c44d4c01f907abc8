import { setChecksum } from "./crc32c.ts";

/** Octets of the common header (§3.1) and of a chunk header (§3.2). */
export const commonHeader = 12;
export const chunkHeader = 4;
/** Octets before the user data of a DATA chunk (§3.3.1). */
export const dataHeader = 16;

export const padded = (length: number): number => (length + 3) & ~3;
export const u16 = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!;
export const u32 = (b: Uint8Array, at: number): number => ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;

export const sourcePort = (packet: Uint8Array): number => u16(packet, 0);
export const destinationPort = (packet: Uint8Array): number => u16(packet, 2);
export const verificationTag = (packet: Uint8Array): number => u32(packet, 4);

/** Where the chunk at `at` ends without its padding, or undefined when the packet does not hold all of it (a partial chunk, §6.10). */
export function chunkEnd(packet: Uint8Array, at: number): number | undefined {
  if (at + chunkHeader > packet.length) return undefined;
  const length = u16(packet, at + 2);
  return length < chunkHeader || at + length > packet.length ? undefined : at + length;
}

/** Where a chunk of `type` begins, or undefined; the walk ends at a partial chunk. */
export function findChunk(packet: Uint8Array, type: number): number | undefined {
  for (let at = commonHeader; ; ) {
    const end = chunkEnd(packet, at);
    if (end === undefined) return undefined;
    if (packet[at] === type) return at;
    at = padded(end);
  }
}

/** One chunk as octets, not padded. */
export function chunk(type: number, flags: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let length = chunkHeader;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  whole[0] = type;
  whole[1] = flags;
  whole[2] = length >> 8;
  whole[3] = length;
  let at = chunkHeader;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A parameter (§3.2.1) or an error cause (§3.3.10): type, length, value; not padded. */
export function typed(type: number, value: Uint8Array): Uint8Array {
  const length = 4 + value.length;
  const whole = new Uint8Array(length);
  whole[0] = type >> 8;
  whole[1] = type;
  whole[2] = length >> 8;
  whole[3] = length;
  whole.set(value, 4);
  return whole;
}

/** Parameters or causes one after the other: each padded to four octets but the last, whose padding no chunk length counts (§3.2). */
export function inRow(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length = padded(length) + part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += padded(part.length);
  }
  return whole;
}

/** Four octets, most significant first. */
export const octets32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
export const octets16 = (value: number): Uint8Array => Uint8Array.of(value >>> 8, value);

/** Puts chunks together into one packet. One scratch buffer serves all packets; only the finished packet is allocated. */
export class PacketWriter {
  readonly bytes = new Uint8Array(65_536);
  at = commonHeader;

  begin(source: number, destination: number, tag: number): void {
    const b = this.bytes;
    b[0] = source >> 8;
    b[1] = source;
    b[2] = destination >> 8;
    b[3] = destination;
    b[4] = tag >>> 24;
    b[5] = tag >>> 16;
    b[6] = tag >>> 8;
    b[7] = tag;
    b[8] = b[9] = b[10] = b[11] = 0;
    this.at = commonHeader;
  }

  get empty(): boolean {
    return this.at === commonHeader;
  }

  u8(value: number): void {
    this.bytes[this.at++] = value;
  }

  u16(value: number): void {
    const b = this.bytes;
    b[this.at++] = value >> 8;
    b[this.at++] = value;
  }

  u32(value: number): void {
    const b = this.bytes;
    b[this.at++] = value >>> 24;
    b[this.at++] = value >>> 16;
    b[this.at++] = value >>> 8;
    b[this.at++] = value;
  }

  octets(value: Uint8Array): void {
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  /** Zero octets up to the next multiple of four. */
  pad(): void {
    while (this.at & 3) this.bytes[this.at++] = 0;
  }

  /** The packet with its checksum: a copy, the caller's to keep. */
  finish(): Uint8Array {
    const packet = this.bytes.slice(0, this.at);
    setChecksum(packet);
    return packet;
  }
}
