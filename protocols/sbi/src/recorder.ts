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

interface Wire {
  readonly src: Address;
  readonly dst: Address;
  readonly exchange: number;
}

const serverAddress = (target: Target | undefined): Address => ({ host: target?.host ?? "?", port: target?.port ?? 0 });

const masked = <T extends HttpRequest | HttpResponse>(written: T): T => ({ ...written, body: withoutKeys(written.body) });

function carriageOf(wire: Wire, form: HttpRequest | HttpResponse): Carriage {
  const half = "status" in form ? { status: form.status } : { method: form.method, path: form.path };
  return { kind: "http2", ...wire, half, headers: form.headers };
}

/** One half of what a stranger asked, as it crossed the wire; its keys are masked when somebody looks. */
class WireEntry implements TapeEntry {
  readonly at: number;
  readonly interface = "SBI";
  readonly from: string;
  readonly to: string;
  readonly message: string;
  readonly ue?: string;
  readonly unwritten: number;
  readonly #wire: Wire;
  readonly #form: HttpRequest | HttpResponse;

  constructor(entry: Pick<TapeEntry, "at" | "from" | "to" | "message" | "ue">, wire: Wire, form: HttpRequest | HttpResponse) {
    this.at = entry.at;
    this.from = entry.from;
    this.to = entry.to;
    this.message = entry.message;
    this.ue = entry.ue;
    this.unwritten = form.body.length;
    this.#wire = wire;
    this.#form = form;
  }

  get bytes(): Uint8Array {
    return withoutKeys(this.#form.body);
  }

  get carriage(): Carriage {
    return carriageOf(this.#wire, this.#form);
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

/** A call that goes on the tape: what its sender knows of it. The entries hold the call itself, and most leave the ring unread. */
export interface TapedCall {
  readonly op: Operation;
  readonly target: Target | undefined;
  readonly input: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly ue: string | undefined;
  /** Lane names. */
  readonly from: string;
  readonly to: string;
  readonly client: Address;
  /** Pairs the two entries; given by the recorder. */
  exchange: number;
}

/** One half of a call inside the house: the request, or the answer when there is one. */
class CallEntry implements TapeEntry {
  readonly at: number;
  readonly #call: TapedCall;
  readonly #answer: Answer<unknown, unknown> | undefined;
  #written: HttpRequest | HttpResponse | undefined;

  constructor(at: number, call: TapedCall, answer: Answer<unknown, unknown> | undefined) {
    this.at = at;
    this.#call = call;
    this.#answer = answer;
  }

  get interface(): "SBI" {
    return "SBI";
  }

  get from(): string {
    return this.#answer === undefined ? this.#call.from : this.#call.to;
  }

  get to(): string {
    return this.#answer === undefined ? this.#call.to : this.#call.from;
  }

  get message(): string {
    return this.#call.op.name;
  }

  get ue(): string | undefined {
    return this.#call.ue;
  }

  get note(): string | undefined {
    const answer = this.#answer;
    return answer === undefined || answer.ok ? undefined : `${answer.status} ${answer.problem.cause ?? ""}`.trim();
  }

  get unwritten(): number {
    return held;
  }

  get #form(): HttpRequest | HttpResponse {
    if (this.#written === undefined) {
      const { op, target, input, headers } = this.#call;
      const written =
        this.#answer === undefined
          ? writeRequest(op, target?.path ?? "", input, headers)
          : writeAnswer(this.#answer, target?.origin ?? "", op);
      this.#written = masked(written);
    }
    return this.#written;
  }

  get bytes(): Uint8Array {
    return this.#form.body;
  }

  get carriage(): Carriage {
    const { client, target, exchange } = this.#call;
    return carriageOf({ src: client, dst: serverAddress(target), exchange }, this.#form);
  }
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

  /** Records the request. A call without an answer leaves it alone on the tape. */
  request(call: TapedCall): void {
    call.exchange = this.#next++;
    this.#sink.record(new CallEntry(this.#clock.now(), call, undefined));
  }

  /** Records the answer to a request recorded before. */
  answer(call: TapedCall, answer: Answer<unknown, unknown>): void {
    this.#sink.record(new CallEntry(this.#clock.now(), call, answer));
  }

  /** For `listen`: what a stranger asked of us. */
  server(name: string): ServerRecorder {
    return async (server, request, from) => {
      const target = parseUri(server.apiRoot);
      const wire = { src: from, dst: serverAddress(target), exchange: this.#next++ };
      const caller = callerOf(request.headers);
      let message = `${request.method} ${request.path.slice(0, 80)}`;
      let ue: string | undefined;
      const at = this.#clock.now();
      const response = await server.handle(request, ({ op, input }) => {
        message = op.name;
        ue = ueOf(input);
      });
      this.#sink.record(new WireEntry({ at, from: caller, to: name, message, ue }, wire, request));
      this.#sink.record(new WireEntry({ at: this.#clock.now(), from: name, to: caller, message, ue }, wire, response));
      return response;
    };
  }
}

export const clientAddress = (apiRoot: string): Address => ({ host: parseUri(apiRoot)?.host ?? "?", port: CLIENT_PORT });
