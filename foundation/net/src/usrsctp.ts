import { Usrsctp, type UsrsctpSocket } from "@freehold/linux";
import type { World } from "@freehold/runtime";
import { portError, showAddress } from "./address.ts";
import { HeldAssociation, sendQueueLimit } from "./association.ts";
import { type Address, PortError, type SctpListener, type SctpMessage, type SctpPort } from "./ports.ts";

const defaultStreams = 16;
const firstEphemeral = 49_152;
/** Milliseconds between two looks of the library at its timers. */
const tick = 10;

/** A host whose SCTP is libusrsctp's: packets in at `receive`, packets out at the `send` it was attached with. */
export interface ForeignHost extends SctpPort {
  readonly host: string;
  receive(packet: Uint8Array, from: string): void;
  /** Stops its clock; associations that are still up are aborted. */
  close(): void;
}

/** What stands around a foreign host. */
export interface ForeignGround {
  readonly host: string;
  readonly world: Pick<World, "clock" | "random">;
  send(packet: Uint8Array, to: string): void;
}

/**
 * libusrsctp as a peer to test and measure against: a stack that nobody here wrote. No function of the house runs on it. One a process.
 * Round trips and the age of cookies it measures by the wall clock, all else by the clock of the host attached last.
 */
export class ForeignSctp {
  readonly #library: Usrsctp;
  readonly #links = new Map<number, (packet: Uint8Array) => void>();
  #next = 1;

  private constructor() {
    this.#library = Usrsctp.open({ transmit: (packet, link) => this.#links.get(link)?.(packet) });
  }

  /** Throws `PortError` ENOENT where the system has no libusrsctp. */
  static open(): ForeignSctp {
    try {
      return new ForeignSctp();
    } catch (error) {
      throw new PortError("ENOENT", `libusrsctp: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Milliseconds for which cookies of new listeners are good; whole seconds count. */
  set cookieLife(ms: number) {
    this.#library.cookieLife = ms;
  }

  attach(ground: ForeignGround): ForeignHost {
    return new Host(this.#library, ground, (to, forget) => {
      const link = this.#next++;
      this.#library.register(link);
      this.#links.set(link, (packet) => ground.send(packet, to));
      forget(() => {
        this.#links.delete(link);
        this.#library.unregister(link);
      });
      return link;
    });
  }
}

type MakeLink = (to: string, forget: (undo: () => void) => void) => number;

class Host implements ForeignHost {
  readonly backend = "libusrsctp";
  readonly host: string;
  readonly #library: Usrsctp;
  readonly #ground: ForeignGround;
  readonly #makeLink: MakeLink;
  readonly #linkOf = new Map<string, number>();
  readonly #hostOf = new Map<number, string>();
  readonly #undo: (() => void)[] = [];
  readonly #listening = new Map<number, UsrsctpSocket>();
  readonly #associations = new Set<ForeignAssociation>();
  #open = true;

  constructor(library: Usrsctp, ground: ForeignGround, makeLink: MakeLink) {
    this.#library = library;
    this.#ground = ground;
    this.#makeLink = makeLink;
    this.host = ground.host;
    this.#tick();
  }

  #tick(): void {
    this.#ground.world.clock.after(tick, () => {
      if (!this.#open) return;
      this.#library.passed(tick);
      this.#tick();
    });
  }

  #link(host: string): number {
    let link = this.#linkOf.get(host);
    if (link === undefined) {
      link = this.#makeLink(host, (undo) => this.#undo.push(undo));
      this.#linkOf.set(host, link);
      this.#hostOf.set(link, host);
    }
    return link;
  }

  receive(packet: Uint8Array, from: string): void {
    if (this.#open) this.#library.input(packet, this.#link(from));
  }

  #freePort(): number {
    const [high, low] = this.#ground.world.random(2);
    return firstEphemeral + (((high! << 8) | low!) & 0x3fff);
  }

  async listen({ addresses, port, streams = defaultStreams, onAssociation }: Parameters<SctpPort["listen"]>[0]): Promise<SctpListener> {
    if (addresses.some((address) => address !== this.host)) throw new PortError("EADDRNOTAVAIL", `libusrsctp is ${this.host}`);
    const chosen = port === 0 ? this.#freePort() : port;
    const socket = attempt(`listen SCTP port ${chosen}`, () => {
      const opened = this.#library.socket(chosen, streams);
      opened.listen();
      return opened;
    });
    this.#listening.set(chosen, socket);
    const local = { host: this.host, port: chosen };
    const arrive = (accepted: UsrsctpSocket, remote: Address): void => {
      const association = this.#adopt(accepted, local, remote, () => arrive(accepted, remote));
      onAssociation(association);
      association.begin();
    };
    socket.onReady = () => {
      for (let next = socket.accept(); next !== undefined; next = socket.accept()) {
        arrive(next.socket, { host: this.#hostOf.get(next.link) ?? "", port: next.port });
      }
    };
    const close = async (): Promise<void> => {
      this.#listening.delete(chosen);
      socket.close();
    };
    return { local, close, [Symbol.asyncDispose]: close };
  }

  async connect({ local, remote, streams = defaultStreams, signal }: Parameters<SctpPort["connect"]>[0]) {
    const what = `connect SCTP ${showAddress(remote)}`;
    const aborted = (): PortError => new PortError("ABORT_ERR", `${what}: aborted`, { cause: signal?.reason });
    if (signal?.aborted) throw aborted();
    const port = local?.port || this.#freePort();
    const socket = attempt(what, () => this.#library.socket(port, streams));
    await new Promise<void>((resolve, reject) => {
      const fail = (error: PortError): void => {
        socket.close();
        reject(error);
      };
      signal?.addEventListener("abort", () => fail(aborted()), { once: true });
      socket.onReady = () => {
        const event = socket.receive();
        if (event === undefined) return;
        if (event.is === "up") {
          socket.onReady = () => {}; // what comes next is the association's
          resolve();
        } else if (event.is === "refused") fail(new PortError("ECONNREFUSED", `${what}: refused, or no answer`));
        else fail(new PortError("ECONNREFUSED", `${what}: ${"why" in event ? event.why : event.is}`));
      };
      attempt(what, () => socket.connect(this.#link(remote.host), remote.port));
    });
    return this.#adopt(socket, { host: this.host, port }, remote, undefined).begin();
  }

  #adopt(socket: UsrsctpSocket, local: Address, remote: Address, restarted: (() => void) | undefined): ForeignAssociation {
    const association = new ForeignAssociation(socket, local, remote, restarted, () => this.#associations.delete(association));
    this.#associations.add(association);
    return association;
  }

  close(): void {
    if (!this.#open) return;
    for (const association of [...this.#associations]) association.abort("closed");
    for (const socket of this.#listening.values()) socket.close();
    this.#open = false;
    for (const undo of this.#undo) undo();
  }
}

function attempt<T>(what: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw portError(what, error);
  }
}

class ForeignAssociation extends HeldAssociation {
  readonly local: Address;
  readonly remote: Address;
  readonly outbound: number;
  readonly inbound: number;
  readonly #socket: UsrsctpSocket;
  readonly #restarted: (() => void) | undefined;
  readonly #gone: () => void;
  #queue: SctpMessage[] = [];
  #head = 0;
  #queued = 0;
  #closing = false;
  #shut = false;

  constructor(socket: UsrsctpSocket, local: Address, remote: Address, restarted: (() => void) | undefined, gone: () => void) {
    super();
    this.#socket = socket;
    this.local = local;
    this.remote = remote;
    this.#restarted = restarted;
    this.#gone = gone;
    const { inbound, outbound } = socket.streams();
    this.inbound = inbound;
    this.outbound = outbound;
  }

  begin(): this {
    this.#socket.onReady = () => {
      this.#flush();
      this.#receive();
    };
    this.#socket.onReady();
    return this;
  }

  #receive(): void {
    while (!this.ended) {
      const event = this.#socket.receive();
      if (event === undefined) return;
      if (event.is === "message") this.deliver({ stream: event.stream, ppid: event.ppid, data: event.data });
      else if (event.is === "end") this.#over(event.how, event.why);
      else if (event.is === "restart") {
        this.#gone();
        this.end("restart", "restarted by the peer");
        if (this.#restarted === undefined) this.#socket.close();
        else this.#restarted();
      }
    }
  }

  send({ stream, ppid, data }: SctpMessage): boolean {
    if (this.#closing || this.ended || stream < 0 || stream >= this.outbound || data.length === 0) return false;
    if (this.#queued + data.length > sendQueueLimit) return false;
    this.#queue.push({ stream, ppid, data: data.slice() });
    this.#queued += data.length;
    if (this.#queue.length === this.#head + 1) this.#flush();
    return true;
  }

  #flush(): void {
    try {
      for (let next = this.#queue[this.#head]; next !== undefined; next = this.#queue[this.#head]) {
        if (!this.#socket.send(next.stream, next.ppid, next.data)) return;
        this.#head++;
        this.#queued -= next.data.length;
      }
    } catch {
      // the association is over: receive says how
    }
    this.#queue = [];
    this.#head = 0;
    this.#queued = 0;
    if (!this.#closing || this.#shut || this.ended) return;
    this.#shut = true;
    this.#socket.shutdown();
  }

  shutdown(): Promise<void> {
    if (!this.#closing && !this.ended) {
      this.#closing = true;
      this.#flush();
    }
    return this.over;
  }

  abort(why: string): void {
    if (this.ended) return;
    this.#gone();
    this.#socket.abort(why);
    this.end("abort", why);
  }

  #over(how: "shutdown" | "abort" | "lost", why: string): void {
    this.#gone();
    this.#socket.close();
    this.end(how, why);
  }
}
