import type { Clock, Log, Random } from "@freehold/runtime";
import type { Address } from "@freehold/tape";
import { toHex } from "@freehold/wire";
import { type Answer, noContent, SbiTransportError } from "./answer.ts";
import type { Carrier, Outgoing } from "./carrier.ts";
import { clientAddress, type SbiRecorder, type TapedCall, ueOf } from "./recorder.ts";
import { SbiServer } from "./server.ts";
import { type CallOptions, type Face, type Operation, type Producer, rootOf, type Service } from "./service.ts";
import { type NamesOf, parseUri, type Target } from "./uri.ts";

export interface SbiOptions {
  /** "AMF" */
  readonly nfType: string;
  /** UUID, RFC 4122 */
  readonly nfInstanceId: string;
  /** Absolute, without a `/` at its end: `http://127.0.0.5:8080`. */
  readonly apiRoot: string;
  readonly carrier: Carrier;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly recorder?: SbiRecorder;
  /** Lane name on the ladder; the NF type where not given. */
  readonly name?: string;
  /** Lane name of the producer at an apiRoot or callback URI, where the composition knows better than the service. */
  readonly nameOf?: (uri: string) => string | undefined;
  /** True for a producer that writes the exchange down itself, on the same tape. */
  readonly recordedByPeer?: (uri: string) => boolean;
}

/** Where a face's calls go. */
interface Destination {
  readonly service: Service;
  readonly base: string;
  readonly target: Target | undefined;
}

const TIMEOUT_MS = 10_000;
const MOST_FACES = 64;
/** Waits before the second and third try of what may be repeated. */
const BACKOFF_MS = [100, 400];
const REPEATABLE = new Set(["GET", "PUT", "DELETE"]);

/** An NF's way to the service-based interface: what it produces and whom it calls. Given to each NF in its World. */
export class Sbi {
  readonly nfType: string;
  readonly nfInstanceId: string;
  readonly apiRoot: string;
  /** What carriers and listeners are given. */
  readonly server: SbiServer;
  readonly #options: SbiOptions;
  readonly #faces = new Map<Service, Map<string, unknown>>();
  readonly #sender: Sender;
  #calls = 0;

  constructor(options: SbiOptions) {
    this.#options = options;
    this.nfType = options.nfType;
    this.nfInstanceId = options.nfInstanceId;
    this.server = new SbiServer(options);
    this.apiRoot = this.server.apiRoot;
    this.#sender = {
      userAgent: `${this.nfType}-${this.nfInstanceId}`,
      keys: toHex(options.random(8)),
      name: options.name ?? this.nfType,
      nameOf: options.nameOf,
      client: clientAddress(this.apiRoot),
    };
  }

  /** Takes requests for `service` until disposed of. */
  produce<S extends Service>(service: S, producer: Producer<S>): Disposable {
    return this.server.produce(service, producer);
  }

  /** Listens for a callback; see `SbiServer.callback`. */
  callback<S extends Service, Path extends string>(
    service: S,
    path: Path,
    producer: Producer<S, Readonly<Record<NamesOf<Path>, string>>>,
  ): Disposable & { uri(values: Readonly<Record<NamesOf<Path>, string | number>>): string } {
    return this.server.callback(service, path, producer);
  }

  /** The functions of a service at `uri`: its producer's apiRoot, or for a callback service the absolute callback URI. Opens nothing. */
  consume<S extends Service>(service: S, uri: string): Face<S> {
    // Producers are few and called for ever; callback URIs are many, each called once or twice.
    const known = service.callback ? undefined : this.#faces.get(service)?.get(uri);
    if (known !== undefined) return known as Face<S>;
    const base = `${uri.replace(/\/$/, "")}${rootOf(service)}`;
    const at: Destination = { service, base, target: parseUri(base) };
    const rows = Object.entries(service.operations).map(([key, op]) => [
      key,
      (input: Readonly<Record<string, unknown>>, options?: CallOptions) => this.#call(at, op, input, options ?? {}),
    ]);
    const face = Object.fromEntries(rows) as Face<S>;
    if (!service.callback) {
      const faces = this.#faces.get(service) ?? new Map<string, unknown>();
      if (faces.size < MOST_FACES) this.#faces.set(service, faces.set(uri, face));
    }
    return face;
  }

  async #call(
    at: Destination,
    op: Operation,
    input: Readonly<Record<string, unknown>>,
    options: CallOptions,
  ): Promise<Answer<unknown, unknown>> {
    const number = op.method === "POST" ? this.#calls++ : undefined;
    for (let tries = 0; ; tries++) {
      try {
        const given = await this.#try(at, op, input, number, options);
        // The first try deleted it: its answer was lost, and what was to go is gone.
        return tries > 0 && op.method === "DELETE" && !given.ok && given.status === 404 ? noContent() : given;
      } catch (error) {
        if (!(error instanceof SbiTransportError)) throw error;
        const wait = BACKOFF_MS[tries];
        const again = wait !== undefined && (REPEATABLE.has(op.method) || !error.acted);
        this.#options.log.warn(again ? "SBI call is tried again" : "SBI call failed", { to: at.target?.origin, why: error.message });
        if (!again) throw error;
        await (options.scope?.sleep(wait) ?? this.#options.clock.sleep(wait, options.signal));
      }
    }
  }

  /** One transmission: timed, recorded. */
  #try(
    at: Destination,
    op: Operation,
    input: Readonly<Record<string, unknown>>,
    number: number | undefined,
    { ue, signal, scope, timeout = TIMEOUT_MS }: CallOptions,
  ): Promise<Answer<unknown, unknown>> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (scope?.ended) return Promise.reject(scope.reason);
    const { carrier, clock } = this.#options;
    const out = new Transmission(this.#sender, at, op, input, number, ue);
    const recorder = this.#recorderOf(out);
    recorder?.request(out);
    return new Promise((resolve, reject) => {
      let waits = true;
      const over = (): boolean => {
        if (!waits) return false;
        waits = false;
        cancel();
        leave?.();
        signal?.removeEventListener("abort", aborted);
        return true;
      };
      const giveUp = (reason: unknown): void => {
        if (!over()) return;
        reject(reason);
        out.abort(reason);
      };
      const aborted = (): void => giveUp(signal?.reason);
      const cancel = clock.after(timeout, () => giveUp(new SbiTransportError(op.name, `no answer in ${timeout} ms`)));
      const leave = scope?.onEnd(giveUp);
      signal?.addEventListener("abort", aborted, { once: true });
      carrier.call(out).then(
        (answered) => {
          if (!over()) return;
          recorder?.answer(out, answered);
          resolve(answered);
        },
        (error: unknown) => {
          if (over()) reject(error);
        },
      );
    });
  }

  /** Who writes the call on the tape, unless its producer does. */
  #recorderOf({ base }: Transmission): SbiRecorder | undefined {
    const { recorder, recordedByPeer } = this.#options;
    return recorder === undefined || recordedByPeer?.(base) ? undefined : recorder;
  }
}

/** What all calls of a function have in common. */
interface Sender {
  readonly userAgent: string;
  /** Idempotency keys: nobody else's, then a count. */
  readonly keys: string;
  /** Lane name on the ladder. */
  readonly name: string;
  readonly nameOf: ((uri: string) => string | undefined) | undefined;
  readonly client: Address;
}

/**
 * A call under way, and afterwards what the tape holds of it: so it holds little, and says the rest when asked. Only a carrier that can give up
 * what is under way asks for the signal: it is made then.
 */
class Transmission implements Outgoing, TapedCall {
  readonly op: Operation;
  readonly input: Readonly<Record<string, unknown>>;
  exchange = 0;
  readonly #sender: Sender;
  readonly #at: Destination;
  readonly #number: number | undefined;
  readonly #ue: string | undefined;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;

  constructor(
    sender: Sender,
    at: Destination,
    op: Operation,
    input: Readonly<Record<string, unknown>>,
    number: number | undefined,
    ue: string | undefined,
  ) {
    this.op = op;
    this.input = input;
    this.#sender = sender;
    this.#at = at;
    this.#number = number;
    this.#ue = ue;
  }

  get base(): string {
    return this.#at.base;
  }

  get target(): Target | undefined {
    return this.#at.target;
  }

  /** TS 29.500 §5.2.3.3.12; idempotency-key (unchecked): a repeat of this very request is answered as the first was. */
  get headers(): Readonly<Record<string, string>> {
    const { userAgent, keys } = this.#sender;
    return this.#number === undefined
      ? { "user-agent": userAgent }
      : { "user-agent": userAgent, "3gpp-sbi-request-info": `idempotency-key=${keys}-${this.#number}` };
  }

  get ue(): string | undefined {
    return this.#ue ?? ueOf(this.input);
  }

  get from(): string {
    return this.#sender.name;
  }

  get to(): string {
    return this.#sender.nameOf?.(this.base) ?? this.#at.service.nf;
  }

  get client(): Address {
    return this.#sender.client;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#aborted = { reason };
    this.#controller?.abort(reason);
  }
}
