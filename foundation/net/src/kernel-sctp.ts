import { READABLE, type SctpEvent, SctpSocket, WRITABLE } from "@freehold/linux";
import { type Log, silentLog } from "@freehold/runtime";
import { familyOf, portError, showAddress } from "./address.ts";
import { HeldAssociation, sendQueueLimit } from "./association.ts";
import { type Address, PortError, type SctpAssociation, type SctpMessage, type SctpPort } from "./ports.ts";

const defaultStreams = 16;
/** Messages taken in one turn before others have theirs. */
const perTurn = 64;

/** The kernel's SCTP. `listen` and `connect` reject with ESOCKTNOSUPPORT or EPROTONOSUPPORT where the kernel has none. */
export function kernelSctp({ log = silentLog }: { log?: Log } = {}): SctpPort {
  const fault = (error: unknown): void => log.error("SCTP socket", { error });
  return {
    backend: "kernel",
    async listen({ addresses, port, streams = defaultStreams, onAssociation }) {
      const [first, ...further] = addresses;
      if (first === undefined) throw new PortError("EINVAL", "listen SCTP: no address");
      for (const address of addresses) familyOf(address);
      const listening = attempt(`listen SCTP ${addresses.join(", ")} port ${port}`, () =>
        SctpSocket.listen([first, ...further], port, streams, fault),
      );
      const arrive = (socket: SctpSocket): void => {
        const association = new KernelAssociation(socket, log, arrive); // a restarted association is a new one to us
        onAssociation(association);
        association.begin();
      };
      listening.onReady = () => {
        for (let socket = listening.accept(fault); socket !== undefined; socket = listening.accept(fault)) arrive(socket);
      };
      listening.want(READABLE);
      return { local: listening.local, close: () => listening.close(), [Symbol.asyncDispose]: () => listening.close() };
    },
    async connect({ local, remote, streams = defaultStreams, signal }) {
      const what = `connect SCTP ${showAddress(remote)}`;
      const aborted = (): PortError => new PortError("ABORT_ERR", `${what}: aborted`, { cause: signal?.reason });
      if (signal?.aborted) throw aborted();
      familyOf(remote.host);
      const socket = attempt(what, () => SctpSocket.connect(local, remote, streams, fault));
      try {
        await new Promise<void>((resolve, reject) => {
          signal?.addEventListener("abort", () => reject(aborted()), { once: true });
          socket.onReady = () => {
            try {
              resolve(socket.connected());
            } catch (error) {
              reject(portError(what, error));
            }
          };
          socket.want(WRITABLE);
        });
      } catch (error) {
        await socket.abort();
        throw error;
      }
      const association = new KernelAssociation(socket, log, undefined);
      association.begin();
      return association;
    },
  };
}

function attempt<T>(what: string, open: () => T): T {
  try {
    return open(); // the only place where this binding opens a socket
  } catch (error) {
    throw portError(what, error);
  }
}

class KernelAssociation extends HeldAssociation {
  readonly local: Address;
  readonly remote: Address;
  readonly outbound: number;
  readonly inbound: number;
  readonly #socket: SctpSocket;
  readonly #log: Log;
  readonly #restarted: ((socket: SctpSocket) => void) | undefined;
  readonly #queue: SctpMessage[] = [];
  #queued = 0;
  #closing = false;

  constructor(socket: SctpSocket, log: Log, restarted: ((socket: SctpSocket) => void) | undefined) {
    super();
    this.#socket = socket;
    this.#log = log;
    this.#restarted = restarted;
    this.local = socket.local;
    this.remote = socket.remote ?? { host: "", port: 0 };
    const { inbound, outbound } = socket.streams();
    this.inbound = inbound;
    this.outbound = outbound;
  }

  begin(): SctpAssociation {
    this.#socket.onReady = (events) => {
      if ((events & WRITABLE) !== 0) this.#flush();
      if ((events & READABLE) !== 0) this.#receive();
    };
    this.#socket.want(this.#queue.length > 0 ? READABLE | WRITABLE : READABLE);
    return this;
  }

  #receive(): void {
    for (let i = 0; i < perTurn && !this.ended; i++) {
      const event = this.#socket.receive();
      if (event === undefined) return;
      try {
        this.#take(event);
      } catch (error) {
        this.#log.error("a message was not taken", { from: showAddress(this.remote), error });
      }
    }
  }

  #take(event: SctpEvent): void {
    if (event.is === "message") this.deliver({ stream: event.stream, ppid: event.ppid, data: event.data });
    else if (event.is === "end") this.#over(event.how, event.why);
    else if (this.#restarted === undefined) this.#over("restart", "restarted by the peer");
    else {
      this.end("restart", "restarted by the peer");
      this.#restarted(this.#socket);
    }
  }

  send({ stream, ppid, data }: SctpMessage): boolean {
    if (this.#closing || this.ended || stream < 0 || stream >= this.outbound || data.length === 0) return false;
    if (this.#queued + data.length > sendQueueLimit) return false;
    this.#queue.push({ stream, ppid, data: data.slice() });
    this.#queued += data.length;
    if (this.#queue.length === 1) this.#flush();
    return true;
  }

  #flush(): void {
    try {
      for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
        if (!this.#socket.send(next.stream, next.ppid, next.data)) {
          this.#socket.want(READABLE | WRITABLE);
          return;
        }
        this.#queue.shift();
        this.#queued -= next.data.length;
      }
      this.#socket.want(READABLE);
      if (this.#closing) this.#socket.shutdown();
    } catch (error) {
      this.#log.warn("SCTP send", { to: showAddress(this.remote), error }); // the association is over: receive says how
      this.#queue.length = 0;
    }
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
    this.#closing = true;
    setImmediate(() => this.#over("abort", why));
  }

  #over(how: "shutdown" | "abort" | "lost" | "restart", why: string): void {
    if (this.ended) return;
    const closed = how === "shutdown" ? this.#socket.close() : this.#socket.abort();
    closed.catch((error: unknown) => this.#log.warn("SCTP close", { error }));
    this.end(how, why);
  }
}
