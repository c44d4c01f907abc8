import type { Cancel, Log } from "@freehold/runtime";
import type { TapeEntry, TapeSink } from "./entry.ts";
import { ownOctets, Recorded } from "./recorded.ts";

export interface TapeBounds {
  /** How many entries are kept; 20,000 when not given. */
  readonly entries?: number;
  /** How many octets, counted as message octets and 256 an entry for the rest; 32 MiB when not given. */
  readonly octets?: number;
  readonly log?: Log;
}

/** What an entry costs beside its message: objects, strings, headers; a round figure for the bound, not a measurement. */
const overhead = 256;

/** The bounded ring that every view reads: the oldest entries make room for new ones. */
export class Tape implements TapeSink {
  readonly #bound: { readonly entries: number; readonly octets: number };
  readonly #log: Log | undefined;
  readonly #subscribers = new Set<(entry: TapeEntry) => void>();
  /** Entries from `#first` on; what is before has been dropped. Cut when it is half of the array. */
  #ring: (TapeEntry | undefined)[] = [];
  #first = 0;
  #octets = 0;
  #dropped = 0;

  constructor({ entries = 20_000, octets = 32 * 1024 * 1024, log }: TapeBounds = {}) {
    this.#bound = { entries: Math.max(1, entries), octets };
    this.#log = log;
  }

  /** Entries that the bounds pushed out. */
  get dropped(): number {
    return this.#dropped;
  }

  get length(): number {
    return this.#ring.length - this.#first;
  }

  /** Keeps one entry. Its octets are copied when they are a window on a larger buffer: the ring must not hold the receive buffer. */
  record(entry: TapeEntry): void {
    const kept = detached(entry);
    this.#ring.push(kept);
    this.#octets += cost(kept);
    while (this.length > this.#bound.entries || (this.#octets > this.#bound.octets && this.length > 1)) this.#drop();
    if (this.#subscribers.size > 0) for (const subscriber of this.#subscribers) this.#tell(subscriber, kept);
  }

  #drop(): void {
    this.#octets -= cost(this.#ring[this.#first]!);
    this.#ring[this.#first++] = undefined;
    this.#dropped++;
    if (this.#first > 1024 && this.#first * 2 > this.#ring.length) {
      this.#ring = this.#ring.slice(this.#first);
      this.#first = 0;
    }
  }

  /** A view that fails must not fail the procedure that recorded: it is told no more. */
  #tell(subscriber: (entry: TapeEntry) => void, entry: TapeEntry): void {
    try {
      subscriber(entry);
    } catch (fault) {
      this.#subscribers.delete(subscriber);
      this.#log?.error("a view of the tape failed and was taken off", { fault });
    }
  }

  /** A copy of what is on the tape, oldest first. */
  entries(): readonly TapeEntry[] {
    return this.#ring.slice(this.#first) as TapeEntry[];
  }

  /** The entries of one phone, by every identity it is recorded under: its SUPI, and what it was called before that was known. */
  of(...ues: readonly string[]): readonly TapeEntry[] {
    return this.entries().filter((entry) => entry.ue !== undefined && ues.includes(entry.ue));
  }

  /** Calls `view` for each entry recorded from now on. */
  subscribe(view: (entry: TapeEntry) => void): Cancel {
    // a closure of its own, so that one function subscribed twice is cancelled once
    const subscriber = (entry: TapeEntry): void => view(entry);
    this.#subscribers.add(subscriber);
    return () => void this.#subscribers.delete(subscriber);
  }

  clear(): void {
    this.#ring = [];
    this.#first = 0;
    this.#octets = 0;
  }
}

const cost = (entry: TapeEntry): number => (entry.unwritten ?? entry.bytes.length) + overhead;

function detached(entry: TapeEntry): TapeEntry {
  if (entry.unwritten !== undefined || entry instanceof Recorded) return entry;
  const bytes = ownOctets(entry.bytes);
  return bytes === entry.bytes ? entry : { ...entry, bytes };
}

/**
 * A sink whose entries go to another process or thread in batches: `post` is called once per turn of the loop, with what was recorded in
 * it, for `process.send` or `MessagePort.postMessage`; the other side gives each entry to its `Tape`. A window on a larger buffer is
 * copied first, because a structured clone takes the whole buffer along.
 */
export function forward(post: (entries: readonly TapeEntry[]) => void): TapeSink {
  let batch: TapeEntry[] = [];
  const flush = (): void => {
    const entries = batch;
    batch = [];
    post(entries);
  };
  return {
    record(entry) {
      if (batch.push(detached(entry)) === 1) queueMicrotask(flush);
    },
  };
}

/** Several tapes as one, by time; entries of the same instant stay in the order of the tapes given. */
export function merge(...tapes: readonly (readonly TapeEntry[])[]): readonly TapeEntry[] {
  return tapes.flat().sort((a, b) => a.at - b.at);
}
