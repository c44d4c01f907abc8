import type { Log, Random } from "@freehold/runtime";
import { Tape } from "@freehold/tape";
import { equal } from "@freehold/wire";
import type { SystemWorld } from "../world.ts";
import { PlayedWorld, Strayed } from "./played-world.ts";
import type { SeenRow } from "./recorded-world.ts";
import { recordedWorld } from "./recorded-world.ts";
import type { Recording } from "./recorder.ts";
import { type AnyRecord, type GivenRecord, type InputRecord, isInput, type OutputRecord } from "./records.ts";

/** How a replay differs from its recording, at the first message that does. */
export interface Difference {
  /** Ms since 1970, of the turn in which it was seen. */
  readonly at: number;
  /** Which way the message goes: "N2, association 1", "NAS in clear". */
  readonly channel: string;
  /** What the recording has there; undefined where it has nothing more. */
  readonly recorded: OutputRecord | undefined;
  /** What the core sends now; undefined where it sends nothing. */
  readonly now: OutputRecord | undefined;
  /** Where the core left the recorded way without a message: a draw of another length, a timer that is not armed. */
  readonly why: string | undefined;
}

export interface Replayed {
  readonly inputs: number;
  readonly messages: number;
  /** Milliseconds that the recording spans. */
  readonly spanMs: number;
  /** Undefined: the same. */
  readonly difference: Difference | undefined;
  readonly tape: Tape;
}

interface Expected {
  readonly channel: string;
  readonly record: OutputRecord;
  /** Turns that had begun when it was sent. */
  readonly turn: number;
  met: boolean;
}

/** Compares what the core does now with what it did. */
class Comparison implements Recording {
  now: number;
  messages = 0;
  difference: Difference | undefined;
  readonly #channels = new Map<string, { readonly expected: Expected[]; next: number }>();
  /** All of them in the order of the recording; those before `#due` have been sent. */
  readonly #expected: Expected[] = [];
  #due = 0;
  readonly #draws: Uint8Array[] = [];
  readonly #reads: (readonly SeenRow[])[] = [];
  #draw = 0;
  #read = 0;
  /** The first thing that was otherwise without being a message. */
  #strayed: string | undefined;

  constructor(begin: number, records: readonly { readonly record: AnyRecord; readonly at: number | undefined }[]) {
    this.now = begin;
    let turn = 0;
    for (const { record, at } of records) {
      if (isInput(record)) turn += at === undefined ? 0 : 1;
      else if (record.is === "drawn") this.#draws.push(record.octets);
      else if (record.is === "read") this.#reads.push(record.rows as readonly SeenRow[]);
      else {
        const channel = channelOf(record);
        const expected: Expected = { channel, record, turn, met: false };
        this.#expected.push(expected);
        const there = this.#channels.get(channel);
        if (there === undefined) this.#channels.set(channel, { expected: [expected], next: 0 });
        else there.expected.push(expected);
      }
    }
  }

  input(_record: InputRecord): void {}

  given(_record: GivenRecord): void {}

  readonly random: Random = (octets) => {
    const drawn = this.#draws[this.#draw++];
    if (drawn?.length === octets) return drawn.slice();
    this.stray(`draws ${octets} random octets where the recording has ${drawn === undefined ? "no more draws" : `${drawn.length}`}`);
    return new Uint8Array(octets);
  };

  readonly reads = (): readonly SeenRow[] | undefined => this.#reads[this.#read++];

  stray(why: string): void {
    this.#strayed ??= why;
  }

  output<R extends OutputRecord>(record: R): R {
    this.messages++;
    const channel = channelOf(record);
    const there = this.#channels.get(channel);
    const expected = there?.expected[there.next];
    if (there !== undefined) there.next++;
    if (expected !== undefined && same(expected.record, record)) {
      expected.met = true;
      return expected.record as R;
    }
    this.#differ(channel, expected?.record, record);
    return record;
  }

  /** After turn `turn`: what the recording has until then must have been sent. */
  settle(turn: number): void {
    for (let one = this.#expected[this.#due]; one !== undefined && one.turn <= turn; one = this.#expected[++this.#due]) {
      if (!one.met) return this.#differ(one.channel, one.record, undefined);
    }
  }

  #differ(channel: string, recorded: OutputRecord | undefined, now: OutputRecord | undefined): void {
    this.difference ??= { at: this.now, channel, recorded, now, why: this.#strayed };
  }

  /** A stray that no message has shown is a difference of its own. */
  close(): void {
    if (this.#strayed !== undefined) this.#differ("the core itself", undefined, undefined);
  }
}

function channelOf(record: OutputRecord): string {
  switch (record.is) {
    case "sctp":
    case "aborted":
      return `N2, association ${record.association}`;
    case "udp":
      return `N4, socket ${record.socket}`;
    case "asked":
      return `SBI, to ${(record.to as { host: string }).host}`;
    case "answer":
      return `SBI, answer ${record.id}`;
    case "nas":
      return `NAS in clear of ${record.ue}`;
  }
}

/** Whether a message is the one recorded; what the transport made of it is no part of it. */
function same(a: OutputRecord, b: OutputRecord): boolean {
  const [one, other] = [a, b] as unknown as Record<string, unknown>[];
  return Object.keys(one!).every((name) => {
    const [x, y] = [one![name], other![name]];
    if (name === "accepted" || (name === "id" && a.is === "asked")) return true;
    if (x instanceof Uint8Array) return y instanceof Uint8Array && equal(x, y);
    return typeof x === "object" ? JSON.stringify(x) === JSON.stringify(y) : x === y;
  });
}

export interface ReplayOf {
  readonly begin: number;
  readonly records: readonly { readonly record: AnyRecord; readonly at: number | undefined }[];
}

/**
 * Runs a control plane again from what was recorded: `start` begins its functions in the world it is given, as when it was recorded.
 * Nothing is sent, no clock runs, and the first message that is not the recorded one ends it.
 */
export async function replay(
  { begin, records }: ReplayOf,
  world: Pick<SystemWorld, "vault" | "homeNetworkKeys" | "bootId"> & { readonly log: Log },
  start: (world: SystemWorld) => Promise<AsyncDisposable>,
): Promise<Replayed> {
  const comparison = new Comparison(begin, records);
  const played = new PlayedWorld(() => comparison.now, comparison.reads);
  const tape = new Tape({ log: world.log });
  const { clock, store, n2, n4, http2, begun } = played;
  const recorded = recordedWorld(
    { ...world, clock, random: comparison.random, tape, store, n2, n4, http2, dataPath: nothingBehind, begun },
    comparison,
  );
  const starting = start(recorded).catch((error: unknown) => comparison.stray(`does not start: ${String(error)}`));
  await turnOfLoop();
  const inputs = records.filter((one): one is { record: InputRecord; at: number | undefined } => isInput(one.record));
  let turn = 0;
  for (let i = 0; i < inputs.length && comparison.difference === undefined; i++) {
    const { record, at } = inputs[i]!;
    if (at !== undefined) {
      turn++;
      comparison.now = begin + at;
    }
    try {
      played.deliver(record);
    } catch (error) {
      // What a port's owner throws the port itself would have caught and logged: the run that was recorded went on too.
      if (error instanceof Strayed) {
        comparison.stray(error.message);
        break;
      }
    }
    if (inputs[i + 1]?.at === undefined && i + 1 < inputs.length) continue;
    await turnOfLoop();
    comparison.settle(turn);
  }
  comparison.close();
  starting.catch(() => {});
  const last = inputs.findLast(({ at }) => at !== undefined)?.at ?? 0;
  return { inputs: inputs.length, messages: comparison.messages, spanMs: last, difference: comparison.difference, tape };
}

/** Every microtask that the input brought about has run when this resolves. */
const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const nothingBehind: SystemWorld["dataPath"] = () => {
  throw new RangeError("the user plane is no part of a replay");
};
