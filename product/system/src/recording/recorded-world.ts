import {
  type Address,
  type Http2Port,
  type HttpRequest,
  type HttpResponse,
  PortError,
  type SctpAssociation,
  type SctpPort,
  type UdpPort,
} from "@freehold/net";
import { type Clock, sleepBy } from "@freehold/runtime";
import { encodePlain, type Plain, type Row, type Store, StoreConflict } from "@freehold/store";
import type { TapeSink } from "@freehold/tape";
import type { SystemWorld } from "../world.ts";
import type { Recording } from "./recorder.ts";

/** What a row looked like when it was read: its value only where the recording has not shown this version yet. */
export interface SeenRow {
  readonly table: string;
  readonly key: string;
  readonly version: number;
  readonly value?: string;
}

/** A fault that came from outside, as far as the core can tell it from another. */
export interface Fault {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly table?: string;
  readonly key?: string;
}

const faultOf = (error: unknown): Fault => {
  const { name, message, code } = error as { name?: string; message?: string; code?: string };
  return {
    name: name ?? "Error",
    message: message ?? String(error),
    ...(code !== undefined && { code }),
    ...(error instanceof StoreConflict && { table: error.table, key: error.key }),
  };
};

/** Counts of one kind of call or thing: a replay counts the same way. */
const counter = (): (() => number) => {
  let last = 0;
  return () => ++last;
};

/**
 * A world like `world` that tells a recording all that comes from it and goes to it. What is behind its ports, such as SCTP's own timers, is not
 * the core's. A replay is the same wrapper around a world that is played, and a recording that compares.
 */
export function recordedWorld(world: SystemWorld, recorder: Recording): SystemWorld {
  const calls = counter();
  /** A promise from outside: its outcome is an input. */
  const outside = <T>(promise: Promise<T>, came: (id: number, value: T) => void): Promise<T> => {
    const id = calls();
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => {
          came(id, value);
          resolve(value);
        },
        (error: unknown) => {
          recorder.input({ is: "failed", id, fault: faultOf(error) });
          reject(error);
        },
      );
    });
  };
  const done = (promise: Promise<unknown>): Promise<void> =>
    outside(
      promise.then(() => {}),
      (id) => recorder.input({ is: "done", id }),
    );
  return {
    ...world,
    clock: recordedClock(world.clock, recorder),
    random: recorder.random,
    tape: recordedTape(world.tape, recorder),
    store: recordedStore(world.store, recorder, outside, done),
    n2: recordedSctp(world.n2, recorder, outside, done),
    n4: recordedUdp(world.n4, recorder, outside, done),
    http2: recordedHttp2(world.http2, recorder, outside, done),
    begun: (starting) => done(world.begun?.(starting) ?? starting),
  };
}

type Outside = <T>(promise: Promise<T>, came: (id: number, value: T) => void) => Promise<T>;
type Done = (promise: Promise<unknown>) => Promise<void>;

function recordedClock(inner: Clock, recorder: Recording): Clock {
  const next = counter();
  const clock: Clock = {
    now: () => recorder.now,
    after(ms, fn) {
      const id = next();
      return inner.after(ms, () => {
        recorder.input({ is: "timer", id });
        fn();
      });
    },
    sleep: (ms, signal) => sleepBy(clock, ms, signal),
  };
  return clock;
}

/** The NAS messages in clear are outputs too: N2 carries them ciphered. */
const recordedTape = (inner: TapeSink, recorder: Recording): TapeSink => ({
  record(entry) {
    if (entry.interface === "N1")
      recorder.output({ is: "nas", ue: entry.ue ?? "", from: entry.from, message: entry.message, data: entry.bytes });
    inner.record(entry);
  },
});

function recordedStore(inner: Store, recorder: Recording, outside: Outside, done: Done): Store {
  const shown = new Map<string, number>();
  const name = (table: string, key: string): string => `${table}\0${key}`;
  const seen = (table: string, row: Row<unknown>): SeenRow => {
    const { key, version } = row;
    const known = shown.get(name(table, key)) === version;
    if (!known) shown.set(name(table, key), version);
    return { table, key, version, ...(!known && { value: encodePlain(row.value as Plain) }) };
  };
  const read = <T>(table: string, promise: Promise<T>, rowsOf: (found: T) => readonly Row<unknown>[]): Promise<T> =>
    new Promise((resolve, reject) => {
      promise.then((found) => {
        recorder.given({ is: "read", rows: rowsOf(found).map((row) => seen(table, row)) });
        resolve(found);
      }, reject);
    });
  const one = <T>(row: Row<T> | undefined): readonly Row<T>[] => (row === undefined ? [] : [row]);
  return {
    commit(changes, options) {
      // As it stands now: the recording may name a row later by its version alone.
      return outside(inner.commit(changes, options), (id, versions) => {
        for (const [i, { table, key }] of changes.entries()) shown.set(name(table, key), versions[i]!);
        recorder.input({ is: "committed", id, versions });
      });
    },
    get: <T>(table: string, key: string) => read(table, inner.get<T>(table, key), one),
    find: <T>(table: string, index: string, value: string) => read(table, inner.find<T>(table, index, value), one),
    all: <T>(table: string) => read(table, inner.all<T>(table), (rows) => rows),
    get rowWrites() {
      return inner.rowWrites;
    },
    close: () => done(inner.close()),
    [Symbol.asyncDispose]: () => done(inner.close()),
  };
}

function recordedSctp(inner: SctpPort, recorder: Recording, outside: Outside, done: Done): SctpPort {
  const [listeners, associations] = [counter(), counter()];
  const recorded = (association: SctpAssociation, id: number): SctpAssociation => {
    const { local, remote, outbound, inbound } = association;
    const outer: SctpAssociation = {
      local,
      remote,
      outbound,
      inbound,
      onMessage: () => {},
      onEnd: () => {},
      send(message) {
        const accepted = association.send(message) ? 1 : 0;
        return recorder.output({ is: "sctp", association: id, ...message, accepted }).accepted === 1;
      },
      shutdown: () => done(association.shutdown()),
      abort(why) {
        recorder.output({ is: "aborted", association: id });
        association.abort(why);
      },
    };
    association.onMessage = (message) => {
      recorder.input({ is: "message", association: id, ...message });
      outer.onMessage(message);
    };
    association.onEnd = (how, why) => {
      recorder.input({ is: "ended", association: id, how, why });
      outer.onEnd(how, why);
    };
    return outer;
  };
  return {
    backend: inner.backend,
    async listen(options) {
      const listener = listeners();
      const listening = inner.listen({
        ...options,
        onAssociation(association) {
          const id = associations();
          const { local, remote, outbound, inbound } = association;
          recorder.input({ is: "association", listener, id, ends: { local, remote, outbound, inbound } });
          options.onAssociation(recorded(association, id));
        },
      });
      const one = await outside(listening, (id, { local }) => recorder.input({ is: "listening", id, ...local }));
      return { local: one.local, close: () => done(one.close()), [Symbol.asyncDispose]: () => done(one.close()) };
    },
    // An AMF is called by its gNBs and calls none (TS 38.412 §7, unchecked).
    connect: () => Promise.reject(new PortError("EOPNOTSUPP", "connect SCTP: a recorded control plane is connected to")),
  };
}

function recordedUdp(inner: UdpPort, recorder: Recording, outside: Outside, done: Done): UdpPort {
  const sockets = counter();
  return {
    async bind(at) {
      const socket = await outside(inner.bind(at), (id, { local }) => recorder.input({ is: "bound", id, ...local }));
      const id = sockets();
      const outer = {
        local: socket.local,
        onDatagram: (_data: Uint8Array, _from: Address): void => {},
        send(data: Uint8Array, to: Address): void {
          recorder.output({ is: "udp", socket: id, ...to, data });
          socket.send(data, to);
        },
        close: () => done(socket.close()),
        [Symbol.asyncDispose]: () => done(socket.close()),
      };
      socket.onDatagram = (data, from) => {
        recorder.input({ is: "datagram", socket: id, ...from, data });
        outer.onDatagram(data, from);
      };
      return outer;
    },
  };
}

/** Everything of a request or response but its body. */
export const headOf = ({ body: _body, ...head }: HttpRequest | HttpResponse): unknown => head;

function recordedHttp2(inner: Http2Port, recorder: Recording, outside: Outside, done: Done): Http2Port {
  const [listeners, requests, asked] = [counter(), counter(), counter()];
  return {
    async listen(at, handler) {
      const listener = listeners();
      const listening = inner.listen(at, async (request, from) => {
        const id = requests();
        recorder.input({ is: "request", listener, id, from, head: headOf(request), body: request.body });
        const response = await handler(request, from);
        recorder.output({ is: "answer", id, head: headOf(response), body: response.body });
        return response;
      });
      const one = await outside(listening, (id, { local }) => recorder.input({ is: "listening", id, ...local }));
      return { local: one.local, close: () => done(one.close()), [Symbol.asyncDispose]: () => done(one.close()) };
    },
    request(to, request, signal) {
      recorder.output({ is: "asked", id: asked(), to, head: headOf(request), body: request.body });
      return outside(inner.request(to, request, signal), (id, response) =>
        recorder.input({ is: "answered", id, head: headOf(response), body: response.body }),
      );
    },
    close: () => done(inner.close()),
  };
}
