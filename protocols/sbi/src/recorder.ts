import type { HttpRequest, HttpResponse } from "@freehold/net";
import type { Clock, Random } from "@freehold/runtime";
import type { Address, Carriage, TapeEntry, TapeSink } from "@freehold/tape";
import { fromText, toText } from "@freehold/wire";
import type { Answer } from "./answer.ts";
import type { ServerRecorder } from "./carrier.ts";
import { callerOf, type Operation } from "./service.ts";
import { parseUri, type Target } from "./uri.ts";
import { writeAnswer, writeRequest } from "./wire-form.ts";

/** What a call holds that has not been written yet: a round figure for the bound of the tape, not a measurement. */
const held = 1_024;

/** Keys of a phone's session that functions tell each other (TS 33.501 §6.1.3.2): on the tape stands that they were told, not what they are. */
const KEYS = /("(?:kausf|kseaf|xresStar|kAkma|msk)":")([^"]*)"/g;

function withoutKeys(body: Uint8Array): Uint8Array {
  if (body[0] !== 0x7b) return body; // no JSON object; a multipart body carries NAS and NGAP, none of these
  const text = toText(body);
  const masked = text.replace(KEYS, (_, before: string, key: string) => `${before}${"-".repeat(key.length)}"`);
  return masked === text ? body : fromText(masked);
}

/** An entry whose octets and headers are made when somebody looks: most leave the ring unread. */
class SbiEntry implements TapeEntry {
  readonly at: number;
  readonly interface = "SBI";
  readonly from: string;
  readonly to: string;
  readonly message: string;
  readonly ue?: string;
  readonly note?: string;
  readonly unwritten: number;
  readonly #write: () => HttpRequest | HttpResponse;
  readonly #wire: { readonly src: Address; readonly dst: Address; readonly exchange: number };
  #written: HttpRequest | HttpResponse | undefined;

  constructor(
    entry: Pick<TapeEntry, "at" | "from" | "to" | "message" | "ue" | "note">,
    wire: { src: Address; dst: Address; exchange: number },
    write: () => HttpRequest | HttpResponse,
    unwritten = held,
  ) {
    this.at = entry.at;
    this.from = entry.from;
    this.to = entry.to;
    this.message = entry.message;
    this.ue = entry.ue;
    this.note = entry.note;
    this.unwritten = unwritten;
    this.#wire = wire;
    this.#write = write;
  }

  get #form(): HttpRequest | HttpResponse {
    if (this.#written === undefined) {
      const written = this.#write();
      this.#written = { ...written, body: withoutKeys(written.body) };
    }
    return this.#written;
  }

  get bytes(): Uint8Array {
    return this.#form.body;
  }

  get carriage(): Carriage {
    const form = this.#form;
    const half = "status" in form ? { status: form.status } : { method: form.method, path: form.path };
    return { kind: "http2", ...this.#wire, half, headers: form.headers };
  }
}

/** A client port of no socket: in-process calls have none, but a frame needs one, and it may not be the server's. */
const CLIENT_PORT = 49_152;

const isSupi = (text: string): boolean =>
  text.startsWith("imsi-") || text.startsWith("nai-") || text.startsWith("gci-") || text.startsWith("gli-");

/** Whose call it is, where its input says so. */
export function ueOf(input: Readonly<Record<string, unknown>>): string | undefined {
  const body = input["body"] as { readonly supi?: unknown } | undefined;
  for (const value of [input["supi"], input["ueId"], input["supiOrSuci"], input["ueContextId"], body?.supi]) {
    if (typeof value === "string" && isSupi(value)) return value;
  }
  return undefined;
}

/** What one side knows of an exchange before the answer is there. */
export interface Exchange {
  readonly op: Operation;
  readonly target: Target | undefined;
  readonly input: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly ue: string | undefined;
  /** Lane names. */
  readonly from: string;
  readonly to: string;
  readonly client: Address;
}

/** Writes each SBI exchange on the tape as two entries: the request when it goes, the response when it is there. */
export class SbiRecorder {
  readonly #sink: TapeSink;
  readonly #clock: Clock;
  #next: number;

  constructor(sink: TapeSink, { clock, random }: { clock: Clock; random: Random }) {
    this.#sink = sink;
    this.#clock = clock;
    // Exchanges of different processes meet in one pcapng: each counts from somewhere else.
    this.#next = random(4).reduce((n, octet) => n * 256 + octet, 0) * 65_536;
  }

  /** Records the request; the result records the answer. A call without one leaves the request alone on the tape. */
  request(x: Exchange): (end: Answer<unknown, unknown>) => void {
    const { target } = x;
    const wire = { src: x.client, dst: { host: target?.host ?? "?", port: target?.port ?? 0 }, exchange: this.#next++ };
    const { name: message } = x.op;
    const both = { message, ue: x.ue };
    this.#sink.record(
      new SbiEntry({ at: this.#clock.now(), from: x.from, to: x.to, ...both }, wire, () =>
        writeRequest(x.op, target?.path ?? "", x.input, x.headers),
      ),
    );
    return (end) => {
      const note = end.ok ? undefined : `${end.status} ${end.problem.cause ?? ""}`.trim();
      this.#sink.record(
        new SbiEntry({ at: this.#clock.now(), from: x.to, to: x.from, ...both, note }, wire, () =>
          writeAnswer(end, target?.origin ?? "", x.op),
        ),
      );
    };
  }

  /** For `listen`: what a stranger asked of us. */
  server(name: string): ServerRecorder {
    return async (server, request, from) => {
      const target = parseUri(server.apiRoot);
      const wire = { src: from, dst: { host: target?.host ?? "?", port: target?.port ?? 0 }, exchange: this.#next++ };
      const caller = callerOf(request.headers);
      let message = `${request.method} ${request.path.slice(0, 80)}`;
      let ue: string | undefined;
      const at = this.#clock.now();
      const response = await server.handle(request, ({ op, input }) => {
        message = op.name;
        ue = ueOf(input);
      });
      this.#sink.record(new SbiEntry({ at, from: caller, to: name, message, ue }, wire, () => request, request.body.length));
      this.#sink.record(
        new SbiEntry({ at: this.#clock.now(), from: name, to: caller, message, ue }, wire, () => response, response.body.length),
      );
      return response;
    };
  }
}

export const clientAddress = (apiRoot: string): Address => ({ host: parseUri(apiRoot)?.host ?? "?", port: CLIENT_PORT });
