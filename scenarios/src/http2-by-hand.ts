import { connect, type Socket } from "node:net";
import type { Address } from "@freehold/net";
import { concat, fromText, toText } from "@freehold/wire";

/** Frame types, flags and error codes of RFC 9113 §6 and §7: what a well-behaved client library would never let us send. */
export const Frame = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;
export const Flag = { END_STREAM: 1, ACK: 1, END_HEADERS: 4, PADDED: 8 } as const;
export const ErrorCode = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  ENHANCE_YOUR_CALM: 11,
} as const;

const PREFACE = fromText("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const u32 = (value: number): Uint8Array =>
  Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Uint8Array {
  const { length } = payload;
  return concat(Uint8Array.of((length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff, type, flags), u32(stream), payload);
}

/** An HPACK integer of RFC 7541 §5.1 behind a prefix of `bits`. */
function integer(value: number, bits: number, first: number): number[] {
  const most = (1 << bits) - 1;
  if (value < most) return [first | value];
  const out = [first | most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest & 0x7f) | 0x80);
  out.push(rest);
  return out;
}

const literal = (text: string): Uint8Array => concat(Uint8Array.from(integer(text.length, 7, 0)), fromText(text));

/** One header as a literal without indexing, RFC 7541 §6.2.2; `indexed` puts it into the dynamic table (§6.2.1). */
export const header = (name: string, value: string, indexed = false): Uint8Array =>
  concat(Uint8Array.of(indexed ? 0x40 : 0), literal(name), literal(value));

/** The newest entry of the dynamic table, RFC 7541 §6.1: one octet for all of it. */
export const newest = Uint8Array.of(0x80 | 62);

export const requestHeaders = (method: string, path: string): Uint8Array =>
  concat(header(":method", method), header(":scheme", "http"), header(":path", path), header(":authority", "core"));

export interface Received {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

/** A connection on which the test writes what octets it likes, and hears every frame that comes. */
export class RawHttp2 {
  readonly frames: Received[] = [];
  readonly #socket: Socket;
  #rest: Uint8Array = new Uint8Array();
  #heard: () => void = () => {};
  /** True once the peer has closed or reset the connection. */
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => {}); // a reset is what some tests wait for
    socket.on("close", () => {
      this.closed = true;
      this.#heard();
    });
    socket.on("data", (octets: Uint8Array) => this.#take(octets));
  }

  /** Connected; the preface and `settings` are sent unless it is to stay silent. */
  static async to(
    { host, port }: Address,
    { silent = false, settings, from = "127.0.0.66" }: { silent?: boolean; settings?: Uint8Array; from?: string } = {},
  ): Promise<RawHttp2> {
    const socket = connect({ host, port, localAddress: from, noDelay: true });
    const raw = new RawHttp2(socket);
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    if (!silent) raw.write(PREFACE, frame(Frame.SETTINGS, 0, 0, settings));
    return raw;
  }

  #take(octets: Uint8Array): void {
    this.#rest = concat(this.#rest, octets);
    for (;;) {
      const [a = 0, b = 0, c = 0, type = 0, flags = 0] = this.#rest;
      const end = 9 + (a << 16) + (b << 8) + c;
      if (this.#rest.length < 9 || this.#rest.length < end) break;
      const stream = new DataView(this.#rest.buffer, this.#rest.byteOffset + 5).getUint32(0) & 0x7fff_ffff;
      this.frames.push({ type, flags, stream, payload: this.#rest.slice(9, end) });
      this.#rest = this.#rest.subarray(end);
    }
    this.#heard();
  }

  /** False once the connection is gone. Octets after that go nowhere. */
  write(...octets: readonly Uint8Array[]): boolean {
    if (!this.closed) this.#socket.write(concat(...octets));
    return !this.closed;
  }

  /** Writes, then lets the peer read: a burst that fills the socket waits. */
  async flood(octets: Uint8Array): Promise<void> {
    if (this.closed) return;
    await new Promise<void>((resolve) => {
      const on = (): void => resolve();
      this.#socket.once("close", on);
      this.#socket.write(octets, () => {
        this.#socket.removeListener("close", on);
        setImmediate(resolve);
      });
    });
  }

  /** The first frame that fits, those included that have come already; undefined when the connection ends without one. */
  async wait(fits: (frame: Received) => boolean): Promise<Received | undefined> {
    for (let seen = 0; ; ) {
      for (; seen < this.frames.length; seen++) {
        const one = this.frames[seen];
        if (one !== undefined && fits(one)) return one;
      }
      if (this.closed) return undefined;
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  /** Waits for the end of the connection; the error code of the GOAWAY before it, undefined where there was none. */
  async end(): Promise<number | undefined> {
    await this.wait(() => false);
    const { payload } = this.frames.findLast(({ type }) => type === Frame.GOAWAY) ?? {};
    return payload && new DataView(payload.buffer, payload.byteOffset).getUint32(4);
  }

  /** The error code with which the peer ends a stream, undefined where the connection ends before. */
  async reset(stream: number): Promise<number | undefined> {
    const one = await this.wait((f) => f.type === Frame.RST_STREAM && f.stream === stream);
    return one && new DataView(one.payload.buffer, one.payload.byteOffset).getUint32(0);
  }

  /** The whole body that comes on a stream, as text. */
  async body(stream: number): Promise<string> {
    await this.wait((f) => f.stream === stream && (f.type === Frame.DATA || f.type === Frame.HEADERS) && (f.flags & Flag.END_STREAM) !== 0);
    return this.frames
      .filter((f) => f.stream === stream && f.type === Frame.DATA)
      .map((f) => toText(f.payload))
      .join("");
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
