import type { Clock, Random } from "@freehold/runtime";
import { Writer } from "@freehold/wire";
import { type GivenRecord, type InputRecord, type OutputRecord, writeRecord } from "./records.ts";

/** Where a recorded world tells what happens: to be written down, or to be compared with what was. */
export interface Recording {
  /** The time of the turn, ms since 1970. */
  readonly now: number;
  /** Something reaches the core: to be called just before it is told. */
  input(record: InputRecord): void;
  given(record: GivenRecord): void;
  /** Gives the record as it stands in the recording. */
  output<R extends OutputRecord>(record: R): R;
  readonly random: Random;
}

/** Octets gathered before they go to the file. */
const chunk = 48 * 1024;
/** What a power cut or a kill may take of a recording, milliseconds. */
const flushAfter = 250;

/**
 * Gathers the records of one run. An input opens a turn: what the core does because of it, down to its last microtask, is one stretch in which
 * time stands still; so a replay that gives the same inputs in the same turns meets the same order everywhere.
 */
export class Recorder implements Recording {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #write: (octets: Uint8Array) => void;
  readonly #begin: number;
  #records = new Writer(chunk + 4_096);
  #open = false;
  #now: number;
  #flushing = false;
  #closed = false;

  /** @param write takes each chunk of whole records, in order. @param begin when it begins, ms since 1970: a replay counts from the same. */
  constructor(
    { clock, random }: { readonly clock: Clock; readonly random: Random },
    write: (octets: Uint8Array) => void,
    begin = clock.now(),
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#write = write;
    this.#begin = begin;
    this.#now = this.#begin;
  }

  /** When the recording began, ms since 1970. */
  get begin(): number {
    return this.#begin;
  }

  get now(): number {
    return this.#now;
  }

  input(record: InputRecord): void {
    if (this.#open) return this.#put(record);
    this.#open = true;
    // The first microtask of this turn, and behind those that were queued with it: whoever comes before it belongs to the same turn.
    queueMicrotask(this.#close);
    // Whole microseconds, as the record keeps them: a replay has the very same number.
    const at = Math.round((this.#clock.now() - this.#begin) * 1_000) / 1_000;
    this.#now = this.#begin + at;
    this.#put(record, at);
  }

  readonly #close = (): void => {
    this.#open = false;
  };

  given(record: GivenRecord): void {
    this.#put(record);
  }

  output<R extends OutputRecord>(record: R): R {
    this.#put(record);
    return record;
  }

  readonly random: Random = (octets) => {
    const drawn = this.#random(octets);
    this.#put({ is: "drawn", octets: drawn });
    return drawn;
  };

  #put(record: InputRecord | GivenRecord | OutputRecord, at?: number): void {
    if (this.#closed) return;
    writeRecord(this.#records, record, at);
    if (this.#records.length >= chunk) this.flush();
    else if (!this.#flushing) {
      this.#flushing = true;
      this.#clock.after(flushAfter, () => this.flush());
    }
  }

  /** The end of the recording: what the core does from now on, ending itself, is no part of it. */
  close(): void {
    this.flush();
    this.#closed = true;
  }

  flush(): void {
    this.#flushing = false;
    if (this.#records.length === 0) return;
    const octets = this.#records.done();
    this.#records = new Writer(chunk + 4_096);
    this.#write(octets);
  }
}
