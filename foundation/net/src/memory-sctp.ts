import { showAddress } from "./address.ts";
import { HeldAssociation, sendQueueLimit } from "./association.ts";
import { type Fabric, sourceOf } from "./fabric.ts";
import { type Address, PortError, type SctpAssociation, type SctpListener, type SctpMessage, type SctpPort } from "./ports.ts";

const defaultStreams = 16;

interface Listening {
  readonly streams: number;
  readonly onAssociation: (association: SctpAssociation) => void;
}

/** SCTP as NGAP sees it, without its packets: reliable, ordered, with the three ways in which an association ends. */
export class MemorySctp implements SctpPort {
  readonly backend = "memory";
  readonly #fabric: Fabric;
  readonly #own: readonly string[];

  constructor(fabric: Fabric, own: readonly string[]) {
    this.#fabric = fabric;
    this.#own = own;
  }

  async listen(options: {
    addresses: readonly string[];
    port: number;
    streams?: number;
    onAssociation: (association: SctpAssociation) => void;
  }): Promise<SctpListener> {
    const { addresses, streams = defaultStreams, onAssociation } = options;
    const [host] = addresses;
    if (host === undefined) throw new PortError("EINVAL", "listen SCTP: no address");
    const listening: Listening = { streams, onAssociation };
    const port = this.#fabric.bind("sctp", this.#own, addresses, options.port, listening);
    let open = true;
    const close = async (): Promise<void> => {
      if (open) this.#fabric.unbind("sctp", addresses, port);
      open = false;
    };
    return { local: { host, port }, close, [Symbol.asyncDispose]: close };
  }

  connect(options: { local?: Address; remote: Address; streams?: number; signal?: AbortSignal }): Promise<SctpAssociation> {
    const { remote, streams = defaultStreams, signal } = options;
    const fabric = this.#fabric;
    const what = `connect SCTP ${showAddress(remote)}`;
    return new Promise((resolve, reject) => {
      const host = sourceOf(this.#own, remote.host, options.local?.host);
      const mine = { host, port: 0 };
      const fail = (code: string, why: string, cause?: unknown): void => {
        signal?.removeEventListener("abort", onAbort);
        if (mine.port !== 0) fabric.unbind("sctp", [host], mine.port);
        reject(new PortError(code, `${what}: ${why}`, { cause }));
      };
      const onAbort = (): void => fail("ABORT_ERR", "aborted", signal?.reason);
      if (signal?.aborted) return onAbort();
      try {
        mine.port = fabric.bind("sctp", this.#own, [host], options.local?.port ?? 0, undefined);
      } catch (error) {
        return reject(error);
      }
      signal?.addEventListener("abort", onAbort, { once: true });
      fabric.later(() => {
        if (signal?.aborted) return;
        if (!fabric.reaches(host, remote.host)) return fail("ETIMEDOUT", "no answer to INIT");
        const there = fabric.at<Listening>("sctp", remote);
        if (there === undefined) return fail("ECONNREFUSED", "refused by ABORT");
        const both = Math.min(streams, there.streams);
        const near = new MemoryAssociation(fabric, mine, remote, both, () => fabric.unbind("sctp", [host], mine.port));
        const far = new MemoryAssociation(fabric, remote, mine, both, () => {});
        near.meet(far);
        far.meet(near);
        there.onAssociation(far);
        fabric.later(() => {
          if (signal?.aborted) return near.abort("the connecting side gave up");
          signal?.removeEventListener("abort", onAbort);
          resolve(near);
        });
      });
    });
  }
}

class MemoryAssociation extends HeldAssociation {
  readonly local: Address;
  readonly remote: Address;
  readonly outbound: number;
  readonly inbound: number;
  readonly #fabric: Fabric;
  readonly #offCut: () => void;
  readonly #release: () => void;
  #peer: MemoryAssociation | undefined;
  #queued = 0;
  #closing = false;

  constructor(fabric: Fabric, local: Address, remote: Address, streams: number, release: () => void) {
    super();
    this.#fabric = fabric;
    this.local = local;
    this.remote = remote;
    this.outbound = streams;
    this.inbound = streams;
    this.#release = release;
    this.#offCut = fabric.onCut((host) => {
      if (host === local.host || host === remote.host) fabric.later(() => this.finish("lost", `no way to ${showAddress(remote)}`));
    });
  }

  meet(peer: MemoryAssociation): void {
    this.#peer = peer;
  }

  send({ stream, ppid, data }: SctpMessage): boolean {
    if (this.#closing || this.ended || stream < 0 || stream >= this.outbound) return false;
    if (this.#queued + data.length > sendQueueLimit) return false;
    this.#queued += data.length;
    const message = { stream, ppid, data: data.slice() };
    this.#fabric.later(() => {
      this.#queued -= message.data.length;
      this.#peer?.deliver(message);
    });
    return true;
  }

  shutdown(): Promise<void> {
    if (!this.#closing && !this.ended) {
      this.#closing = true;
      this.#fabric.later(() => {
        this.#peer?.finish("shutdown", "shut down by the peer");
        this.#fabric.later(() => this.finish("shutdown", "shut down"));
      });
    }
    return this.over;
  }

  abort(why: string): void {
    if (this.ended) return;
    this.#closing = true;
    this.#fabric.later(() => {
      this.#peer?.finish("abort", `aborted by the peer: ${why}`);
      this.finish("abort", why);
    });
  }

  finish(how: "shutdown" | "abort" | "lost", why: string): void {
    if (this.ended) return;
    this.#offCut();
    this.#release();
    this.end(how, why);
  }
}
