/** Frames of RFC 9113 with the plainest header blocks of RFC 7541: every field literal, nothing indexed, no Huffman code. */
import { fromText, Writer } from "@freehold/wire";
import type { Carriage } from "../entry.ts";
import type { Ends } from "./ip.ts";
import { TcpConnection } from "./tcp.ts";

const frame = { data: 0, headers: 1, settings: 4, windowUpdate: 8, continuation: 9 } as const;
const flag = { endStream: 1, ack: 1, endHeaders: 4 } as const;
/** SETTINGS_MAX_FRAME_SIZE when nobody says otherwise. */
const largestFrame = 16_384;
const largestWindow = 0x7fffffff;

type Http = Extract<Carriage, { kind: "http2" }>;

/** One connection between a client and a server, from the preface on: Wireshark never picks HTTP/2 up in mid-stream. */
export class Http2Connection {
  readonly #tcp: TcpConnection;
  readonly #authority: string;
  /** Stream of each exchange that has no response yet. */
  readonly #streams = new Map<number, number>();
  #next = 1;

  constructor(both: Ends, clientPort: number, serverPort: number, authority: string) {
    this.#tcp = new TcpConnection(both, clientPort, serverPort);
    this.#authority = authority;
  }

  open(): Uint8Array[] {
    const preface = new Writer().octets(fromText("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    settings(preface);
    const answer = new Writer();
    settings(answer);
    put(answer, frame.settings, flag.ack, 0, nothing);
    const acknowledgement = new Writer();
    put(acknowledgement, frame.settings, flag.ack, 0, nothing);
    return [
      ...this.#tcp.open(),
      ...this.#tcp.fromClient(preface.done()),
      ...this.#tcp.fromServer(answer.done()),
      ...this.#tcp.fromClient(acknowledgement.done()),
    ];
  }

  half({ exchange, half, headers }: Http, body: Uint8Array): Uint8Array[] {
    if ("status" in half) {
      const stream = this.#streams.get(exchange) ?? this.#open();
      this.#streams.delete(exchange);
      return this.#tcp.fromServer(message(stream, [[":status", `${half.status}`]], headers, body));
    }
    const stream = this.#open();
    this.#streams.set(exchange, stream);
    const pseudo: [string, string][] = [
      [":method", half.method],
      [":scheme", "http"],
      [":authority", headers["host"] ?? this.#authority],
      [":path", half.path],
    ];
    return this.#tcp.fromClient(message(stream, pseudo, headers, body));
  }

  #open(): number {
    const stream = this.#next;
    this.#next += 2;
    return stream;
  }
}

const nothing = new Uint8Array(0);

/** Windows as wide as they go, so that no length of body needs an update. */
function settings(out: Writer): void {
  // SETTINGS_INITIAL_WINDOW_SIZE
  put(out, frame.settings, 0, 0, new Writer().u16(4).u32(largestWindow).done());
  put(out, frame.windowUpdate, 0, 0, new Writer().u32(largestWindow - 65_535).done());
}

function message(stream: number, pseudo: [string, string][], headers: Readonly<Record<string, string>>, body: Uint8Array): Uint8Array {
  const block = new Writer();
  for (const [name, value] of [...pseudo, ...Object.entries(headers)]) {
    if (name === "host" || (name.startsWith(":") && !pseudo.some(([p]) => p === name))) continue;
    block.u8(0);
    text(block, name.toLowerCase());
    text(block, value);
  }
  const out = new Writer(block.length + body.length + 64);
  const fields = block.done();
  let at = 0;
  do {
    const end = Math.min(at + largestFrame, fields.length);
    const flags = (end === fields.length ? flag.endHeaders : 0) | (at === 0 && body.length === 0 ? flag.endStream : 0);
    put(out, at === 0 ? frame.headers : frame.continuation, flags, stream, fields.subarray(at, end));
    at = end;
  } while (at < fields.length);
  for (at = 0; at < body.length; at += largestFrame) {
    const last = at + largestFrame >= body.length;
    put(out, frame.data, last ? flag.endStream : 0, stream, body.subarray(at, at + largestFrame));
  }
  return out.done();
}

function put(out: Writer, type: number, flags: number, stream: number, payload: Uint8Array): void {
  out.u24(payload.length).u8(type).u8(flags).u32(stream).octets(payload);
}

/** RFC 7541 §5.2: a length of 7 bits or more (§5.1), then the octets. */
function text(out: Writer, value: string): void {
  const octets = fromText(value);
  if (octets.length < 127) out.u8(octets.length);
  else {
    out.u8(127);
    let rest = octets.length - 127;
    for (; rest >= 128; rest = Math.floor(rest / 128)) out.u8((rest % 128) | 128);
    out.u8(rest);
  }
  out.octets(octets);
}
