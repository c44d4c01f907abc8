import type { Address, SctpAssociation, SctpPort, UdpPort, UdpSocket } from "@freehold/net";
import type { Cancel, Clock, Log } from "@freehold/runtime";
import { type Carrier, LocalNetwork, parseUri, SbiTransportError } from "@freehold/sbi";
import type { Store } from "@freehold/store";
import { apiRootOf, type Core, type FunctionName, functionNames, type Running, type SystemWorld, startFunction } from "@freehold/system";
import { echoN6, memoryDataPath } from "@freehold/upf";
import type { FiveGC } from "./five-gc.ts";

/** A moment at which a process may die: before a message goes out or is looked at; before a commit is durable; before it is heard of. */
export interface Moment {
  readonly is: "message" | "commit" | "durable";
  readonly of: FunctionName;
  readonly what: string;
}

const never = <T>(): Promise<T> => new Promise<T>(() => {});

/** One run of a function as a process: all that it has of the world is gone the moment it is killed, and it hears and says nothing more. */
class Life {
  readonly name: FunctionName;
  running: Running | undefined;
  alive = true;
  readonly died = Promise.withResolvers<void>();
  readonly #onMoment: (moment: Moment) => void;
  readonly #atDeath: (() => void)[] = [];

  constructor(name: FunctionName, onMoment: (moment: Moment) => void) {
    this.name = name;
    this.#onMoment = onMoment;
  }

  kill(): void {
    this.alive = false;
    for (const end of this.#atDeath.splice(0)) end();
    this.died.resolve();
  }

  atDeath(end: () => void): void {
    this.#atDeath.push(end);
  }

  /** What `promise` gives, to the living. */
  async hears<T>(promise: Promise<T>): Promise<T> {
    try {
      const value = await promise;
      return this.alive ? value : await never();
    } catch (error) {
      if (this.alive) throw error;
      return await never();
    }
  }

  moment(is: Moment["is"], what: string): boolean {
    if (this.alive) this.#onMoment({ is, of: this.name, what });
    return this.alive;
  }

  clock(clock: Clock): Clock {
    const armed = new Set<Cancel>();
    this.atDeath(() => {
      for (const cancel of armed) cancel();
    });
    const mortal: Clock = {
      now: () => clock.now(),
      after: (ms, fn) => {
        if (!this.alive) return () => {};
        const cancel = clock.after(ms, () => {
          armed.delete(cancel);
          fn();
        });
        armed.add(cancel);
        return () => {
          armed.delete(cancel);
          cancel();
        };
      },
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason);
          const aborted = (): void => {
            cancel();
            reject(signal?.reason);
          };
          const cancel = mortal.after(ms, () => {
            signal?.removeEventListener("abort", aborted);
            resolve();
          });
          signal?.addEventListener("abort", aborted, { once: true });
        }),
    };
    return mortal;
  }

  /**
   * Drops what was not synced: a commit reaches the disk a turn after it was asked for, if its process is still there. What is for later is
   * lost with the whole core (`Lives.kill`): where each function is a process, nothing is.
   */
  store(store: Store): Store {
    const hears = <T>(promise: Promise<T>): Promise<T> => this.hears(promise);
    return {
      get rowWrites() {
        return store.rowWrites;
      },
      commit: async (changes, options) => {
        const what = changes.map(({ table }) => table).join(" ");
        if (!this.moment("commit", what)) return never();
        await Promise.resolve();
        if (!this.alive) return never();
        const versions = await hears(store.commit(changes, options));
        return this.moment("durable", what) ? versions : never();
      },
      get: (table, key) => hears(store.get(table, key)),
      find: (table, index, value) => hears(store.find(table, index, value)),
      all: (table) => hears(store.all(table)),
      close: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
  }

  /** The kernel of a process that was killed aborts its associations. */
  sctp(port: SctpPort): SctpPort {
    return {
      backend: port.backend,
      connect: (options) => port.connect(options),
      listen: async ({ onAssociation, ...options }) => {
        const ends = new Set<SctpAssociation>();
        const listener = await port.listen({
          ...options,
          onAssociation: (association) => {
            ends.add(association);
            onAssociation(association);
          },
        });
        this.atDeath(() => {
          void listener.close();
          for (const association of ends) {
            association.onMessage = () => {};
            association.onEnd = () => {};
            association.abort("killed");
          }
        });
        return listener;
      },
    };
  }

  udp(port: UdpPort): UdpPort {
    return {
      bind: async (local: Address): Promise<UdpSocket> => {
        const socket = await port.bind(local);
        this.atDeath(() => {
          socket.onDatagram = () => {};
          void socket.close();
        });
        return socket;
      },
    };
  }

  log(log: Log): Log {
    const living =
      (level: "debug" | "info" | "warn" | "error") =>
      (event: string, fields?: Record<string, unknown>): void => {
        if (this.alive) log[level](event, fields);
      };
    return {
      debug: living("debug"),
      info: living("info"),
      warn: living("warn"),
      error: living("error"),
      child: (fields) => this.log(log.child(fields)),
    };
  }
}

/** What functions attach to, with what ends when they die. */
class MortalNetwork extends LocalNetwork {
  readonly #shared: LocalNetwork;
  readonly #life: Life;
  constructor(shared: LocalNetwork, life: Life) {
    super();
    this.#shared = shared;
    this.#life = life;
  }
  override attach(server: Parameters<LocalNetwork["attach"]>[0]): Disposable {
    const attached = this.#shared.attach(server);
    this.#life.atDeath(() => attached[Symbol.dispose]());
    return attached;
  }
}

/**
 * The functions of a core as processes that can be killed, one or all, at any message and any commit, and started again over the same store.
 * To put between a `FiveGC` and its core: `FiveGC.start({ lives: true })`.
 */
export class Lives implements AsyncDisposable {
  readonly #system: FiveGC;
  readonly #network = new LocalNetwork();
  readonly #carrier: Carrier;
  readonly #lives = new Map<FunctionName, Life>();
  /** Told of every moment at which a function could die. */
  onMoment: (moment: Moment) => void = () => {};

  constructor(system: FiveGC, carrierOver: (network: LocalNetwork) => Carrier) {
    this.#system = system;
    this.#carrier = carrierOver(this.#network);
  }

  /** The functions that live, as a core. */
  get core(): Core {
    const functions = new Map<FunctionName, Running>();
    for (const [name, { running, alive }] of this.#lives) if (alive && running !== undefined) functions.set(name, running);
    return {
      functions,
      state: () => Object.fromEntries([...functions].map(([name, running]) => [name, running.state()])),
      [Symbol.asyncDispose]: () => this[Symbol.asyncDispose](),
    };
  }

  /** Starts those that do not live, in the order of a core. */
  async start(): Promise<void> {
    const { world } = this.#system;
    for (const name of functionNames) if (this.#lives.get(name)?.alive !== true) await this.#begin(name, world);
  }

  async #begin(name: FunctionName, world: SystemWorld): Promise<void> {
    const life = new Life(name, (moment) => this.onMoment(moment));
    this.#lives.set(name, life);
    const clock = life.clock(world.clock);
    const { random } = world;
    const own: SystemWorld = {
      ...world,
      clock,
      log: life.log(world.log),
      store: life.store(world.store),
      tape: {
        record: (entry) => {
          if (life.moment("message", `${entry.interface} ${entry.message}`)) world.tape.record(entry);
        },
      },
      n2: life.sctp(world.n2),
      n4: life.udp(world.n4),
      dataPath: (door) =>
        memoryDataPath(door.udp(life.udp(this.#system.network.udp())), () => this.#system.dataNetwork.attach(echoN6({ clock, random }))),
    };
    const carriage = { network: new MortalNetwork(this.#network, life), listen: false, carrier: this.#mortal(life) };
    life.running = await startFunction(name, this.#system.config, own, carriage);
  }

  /** A call to a process that dies is a connection reset; one of a process that died is answered to nobody. */
  #mortal(life: Life): Carrier {
    return {
      call: async (out) => {
        if (!life.alive) return never();
        const callee = this.#at(out.base);
        const reset = callee?.died.promise.then((): never => {
          throw new SbiTransportError(out.op.name, "connection reset");
        });
        reset?.catch(() => {});
        return life.hears(Promise.race([this.#carrier.call(out), ...(reset === undefined ? [] : [reset])]));
      },
    };
  }

  #at(uri: string): Life | undefined {
    const host = parseUri(uri)?.host;
    for (const name of functionNames)
      if (name !== "upf" && parseUri(apiRootOf(this.#system.config, name))?.host === host) return this.#lives.get(name);
    return undefined;
  }

  /** SIGKILL: nothing is flushed, closed or said. */
  kill(names: readonly FunctionName[] = functionNames): void {
    for (const name of names) this.#lives.get(name)?.kill();
    if (functionNames.every((name) => this.#lives.get(name)?.alive !== true)) this.#system.store.lose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...functionNames].reverse()) {
      const life = this.#lives.get(name);
      if (life?.alive) await life.running?.[Symbol.asyncDispose]();
    }
  }
}
