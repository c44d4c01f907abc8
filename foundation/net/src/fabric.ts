import { type Clock, VirtualClock } from "@freehold/runtime";
import { familyOf } from "./address.ts";
import { type Address, PortError } from "./ports.ts";

/** What passes through the memory network, for a test that loses, doubles or reorders datagrams. */
export interface Passing {
  readonly kind: "udp" | "ip";
  readonly from: string;
  readonly to: string;
  readonly data: Uint8Array;
}

export interface MemoryOptions {
  /** Milliseconds on the way. 0: a later turn of the event loop, without time passing. */
  readonly delay?: number;
  /** How often each datagram arrives: 0 is lost, 2 is doubled. */
  readonly arrivals?: (passing: Passing) => number;
}

/** What the twins share: who is bound where, and how something gets from one to the other. */
export class Fabric {
  readonly #clock: Clock;
  readonly #delay: number;
  readonly #cut = new Set<string>();
  readonly #bound = new Map<string, unknown>();
  readonly #onCut = new Set<(host: string) => void>();
  #port = 49_152;
  /** May be replaced while running. */
  arrivals: (passing: Passing) => number;

  constructor(clock: Clock, { delay = 0, arrivals = () => 1 }: MemoryOptions = {}) {
    this.#clock = clock;
    this.#delay = delay;
    this.arrivals = arrivals;
  }

  /** Pulls the host's cable: datagrams are lost, SCTP associations end as "lost", requests reject, until `mend`. */
  cut(host: string): void {
    this.#cut.add(host);
    for (const tell of this.#onCut) tell(host);
  }

  mend(host: string): void {
    this.#cut.delete(host);
  }

  reaches(from: string, to: string): boolean {
    return !this.#cut.has(from) && !this.#cut.has(to);
  }

  /** Calls `tell` at each cut, until the result is called. */
  onCut(tell: (host: string) => void): () => void {
    this.#onCut.add(tell);
    return () => this.#onCut.delete(tell);
  }

  /** Calls `fn` after the network's delay. */
  later(fn: () => void): void {
    if (this.#delay > 0) this.#clock.after(this.#delay, fn);
    else if (this.#clock instanceof VirtualClock) this.#clock.soon(fn);
    else setImmediate(fn);
  }

  /** What is bound there: to the address itself, or to the unspecified address of its family. */
  at<T>(kind: string, { host, port }: Address): T | undefined {
    const any = host.includes(":") ? "::" : "0.0.0.0";
    return (this.#bound.get(`${kind} ${host} ${port}`) ?? this.#bound.get(`${kind} ${any} ${port}`)) as T | undefined;
  }

  /** Binds `what` to a port on all `hosts`; port 0 takes a free one. */
  bind(kind: string, own: readonly string[], hosts: readonly string[], wanted: number, what: unknown): number {
    for (const host of hosts) {
      familyOf(host);
      const ours = own.length === 0 || own.includes(host) || unspecified(host);
      if (!ours) throw new PortError("EADDRNOTAVAIL", `bind ${kind}: ${host} is not one of ${own.join(", ")}`);
    }
    const free = (port: number): boolean => hosts.every((host) => !this.#bound.has(`${kind} ${host} ${port}`));
    let port = wanted;
    if (wanted === 0) {
      do port = this.#port === 65_535 ? (this.#port = 49_152) : ++this.#port;
      while (!free(port));
    } else if (!free(port)) throw new PortError("EADDRINUSE", `bind ${kind} ${hosts.join(", ")} port ${port}: in use`);
    for (const host of hosts) this.#bound.set(`${kind} ${host} ${port}`, what);
    return port;
  }

  unbind(kind: string, hosts: readonly string[], port: number): void {
    for (const host of hosts) this.#bound.delete(`${kind} ${host} ${port}`);
  }
}

const unspecified = (host: string): boolean => host === "0.0.0.0" || host === "::";

/** Where what goes to `to` comes from: the address bound, or the machine's first of the family, or (any machine) `to` itself. */
export function sourceOf(own: readonly string[], to: string, bound = "::"): string {
  if (!unspecified(bound)) return bound;
  return own.find((host) => host.includes(":") === to.includes(":")) ?? to;
}
