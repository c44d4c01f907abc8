import {
  type Address,
  type Http2Port,
  type HttpRequest,
  type HttpResponse,
  PortError,
  type SctpAssociation,
  type SctpEnd,
  type SctpPort,
  type UdpPort,
  type UdpSocket,
} from "@freehold/net";
import { type Clock, sleepBy } from "@freehold/runtime";
import { decodePlain, encodePlain, type Put, type Row, type Store, StoreConflict, StoreError } from "@freehold/store";
import type { Fault, SeenRow } from "./recorded-world.ts";
import type { InputRecord } from "./records.ts";

/** The recording cannot be followed any further: the core did not ask for what the next input answers. */
export class Strayed extends Error {}

const noNetwork: Pick<UdpSocket, "send"> & { close(): Promise<void> } = { send: () => {}, close: () => Promise.resolve() };

/**
 * The ports of a world in which nothing happens but what `deliver` is told: the inputs of a recording, each to whom it came then. Calls are
 * counted as the recorded world counts them.
 */
export class PlayedWorld {
  readonly clock: Clock;
  readonly store: Store;
  readonly n2: SctpPort;
  readonly n4: UdpPort;
  readonly http2: Http2Port;
  readonly #timers = new Map<number, () => void>();
  readonly #calls = new Map<number, { readonly come: (input: InputRecord) => void; readonly fail: (error: Error) => void }>();
  readonly #sockets: UdpSocket[] = [];
  readonly #sctpListeners: ((association: SctpAssociation) => void)[] = [];
  readonly #associations: SctpAssociation[] = [];
  readonly #servers: ((request: HttpRequest, from: Address) => Promise<HttpResponse>)[] = [];
  readonly #rows = new Map<string, { version: number; text: string }>();
  #lastTimer = 0;
  #lastCall = 0;

  /** @param now the time of the turn; @param reads gives what each read of the store found, in their order, undefined past the recording. */
  constructor(now: () => number, reads: () => readonly SeenRow[] | undefined) {
    this.clock = this.#playedClock(now);
    this.store = this.#playedStore(reads);
    this.n2 = {
      backend: "replay",
      listen: ({ onAssociation }) => {
        this.#sctpListeners.push(onAssociation);
        return this.#call((input) => ({ ...this.#closable(), local: localOf(input) }));
      },
      connect: () => Promise.reject(new PortError("EOPNOTSUPP", "connect SCTP: a recorded control plane is connected to")),
    };
    this.n4 = {
      bind: () =>
        this.#call((input) => {
          const socket: UdpSocket = { ...this.#closable(), local: localOf(input), onDatagram: () => {}, send: noNetwork.send };
          this.#sockets.push(socket);
          return socket;
        }),
    };
    this.http2 = {
      listen: (_at, handler) => {
        this.#servers.push(handler);
        return this.#call((input) => ({ ...this.#closable(), local: localOf(input) }));
      },
      request: () =>
        this.#call((input) => {
          const { head, body } = expect(input, "answered");
          return { ...(head as Omit<HttpResponse, "body">), body };
        }),
      close: () => this.#call(() => {}),
    };
  }

  /** What stands outside the recording begins when it began then. */
  readonly begun = (): Promise<void> => this.#call(() => {});

  /** A call of the core that an input will answer. */
  #call<T>(read: (input: InputRecord) => T): Promise<T> {
    const id = ++this.#lastCall;
    return new Promise((resolve, reject) => this.#calls.set(id, { come: (input) => resolve(read(input)), fail: reject }));
  }

  #closable() {
    const close = (): Promise<void> => this.#call(() => {});
    return { close, [Symbol.asyncDispose]: close };
  }

  /** Tells the core of one input. Throws `Strayed` when it is not there to be told. */
  deliver(input: InputRecord): void {
    switch (input.is) {
      case "timer": {
        const fn = this.#timers.get(input.id);
        if (fn === undefined) throw new Strayed(`timer ${input.id} expired then; now it is not armed`);
        this.#timers.delete(input.id);
        return fn();
      }
      case "datagram": {
        const { data, host, port } = input;
        return there(this.#sockets, input.socket, "UDP socket").onDatagram(data.slice(), { host, port });
      }
      case "association": {
        const ends = input.ends as Pick<SctpAssociation, "local" | "remote" | "outbound" | "inbound">;
        const association = this.#association(ends);
        this.#associations.push(association);
        return there(this.#sctpListeners, input.listener, "SCTP listener")(association);
      }
      case "message": {
        const { stream, ppid, data } = input;
        return there(this.#associations, input.association, "association").onMessage({ stream, ppid, data: data.slice() });
      }
      case "ended":
        return there(this.#associations, input.association, "association").onEnd(input.how as SctpEnd, input.why);
      case "request": {
        const request: HttpRequest = { ...(input.head as Omit<HttpRequest, "body">), body: input.body.slice() };
        there(this.#servers, input.listener, "HTTP listener")(request, input.from as Address).catch(() => {});
        return;
      }
      default:
        return this.#settle(input);
    }
  }

  #settle(input: Extract<InputRecord, { is: "bound" | "listening" | "done" | "failed" | "committed" | "answered" }>): void {
    const call = this.#calls.get(input.id);
    if (call === undefined) throw new Strayed(`call ${input.id} of the core was answered then; now it has not been made`);
    this.#calls.delete(input.id);
    if (input.is === "failed") call.fail(errorOf(input.fault as Fault));
    else call.come(input);
  }

  #association(ends: Pick<SctpAssociation, "local" | "remote" | "outbound" | "inbound">): SctpAssociation {
    return {
      ...ends,
      onMessage: () => {},
      onEnd: () => {},
      // Whether the transport took it is in the recording: the one that compares knows.
      send: () => true,
      shutdown: () => this.#call(() => {}),
      abort: () => {},
    };
  }

  #playedClock(now: () => number): Clock {
    const clock: Clock = {
      now,
      after: (_ms, fn) => {
        const id = ++this.#lastTimer;
        this.#timers.set(id, fn);
        return () => void this.#timers.delete(id);
      },
      sleep: (ms, signal) => sleepBy(clock, ms, signal),
    };
    return clock;
  }

  #playedStore(reads: () => readonly SeenRow[] | undefined): Store {
    const nameOf = (table: string, key: string): string => `${table}\0${key}`;
    const rows = <T>(): readonly Row<T>[] => {
      const seen = reads();
      if (seen === undefined) throw new StoreError("failed", "the store was read more often than in the recording");
      return seen.map(({ table, key, version, value }) => {
        if (value !== undefined) this.#rows.set(nameOf(table, key), { version, text: value });
        const text = this.#rows.get(nameOf(table, key))?.text ?? "null";
        return { key, version, value: decodePlain(text) as T };
      });
    };
    return {
      rowWrites: 0,
      commit: (changes) => {
        // As they are now: the core goes on changing what it committed.
        const texts = changes.map((change) => ("value" in change ? encodePlain((change as Put).value) : undefined));
        return this.#call((input) => {
          const versions = expect(input, "committed").versions as readonly number[];
          changes.forEach(({ table, key }, i) => {
            const text = texts[i];
            if (text !== undefined) this.#rows.set(nameOf(table, key), { version: versions[i]!, text });
          });
          return versions;
        });
      },
      get: async <T>() => rows<T>()[0],
      find: async <T>() => rows<T>()[0],
      all: async <T>() => rows<T>(),
      close: () => this.#call(() => {}),
      [Symbol.asyncDispose]: () => this.#call(() => {}),
    };
  }
}

function there<T>(list: readonly T[], id: number, what: string): T {
  const found = list[id - 1];
  if (found === undefined) throw new Strayed(`${what} ${id} was there then; now it has not been made`);
  return found;
}

function expect<K extends InputRecord["is"]>(input: InputRecord, is: K): Extract<InputRecord, { is: K }> {
  if (input.is !== is) throw new Strayed(`the core now asks for what "${is}" answers; the recording has "${input.is}" here`);
  return input as Extract<InputRecord, { is: K }>;
}

function localOf(input: InputRecord): Address {
  if (input.is !== "bound" && input.is !== "listening")
    throw new Strayed(`the core now opens a socket; the recording has "${input.is}" here`);
  return { host: input.host, port: input.port };
}

function errorOf({ name, message, code, table, key }: Fault): Error {
  if (name === "StoreConflict") return new StoreConflict(table ?? "", key ?? "", message);
  if (name === "PortError") return new PortError(code ?? "EIO", message);
  if (name === "StoreError") return new StoreError((code ?? "failed") as ConstructorParameters<typeof StoreError>[0], message);
  return Object.assign(new Error(message), { name });
}
