import type { SctpMessage } from "@freehold/net";
import { Flag } from "./codes.ts";
import { ssnGap, ssnPlus, tsnPlus } from "./serial.ts";

/** One DATA chunk held until its message is whole. */
interface Fragment {
  readonly data: Uint8Array;
  next: Fragment | undefined;
}

/** Fragments with TSNs in a row, all of one message. Known by its first and by its last TSN, so a new fragment joins in constant time. */
interface Run {
  first: number;
  last: number;
  readonly stream: number;
  readonly ssn: number;
  readonly unordered: boolean;
  ppid: number;
  begins: boolean;
  ends: boolean;
  octets: number;
  head: Fragment;
  tail: Fragment;
}

/** What a held chunk costs us beyond its octets; counted so that many small chunks do not hold more memory than a_rwnd says. */
const overhead = 128;

/** Puts fragments together (§6.9) and whole messages in the order of their stream (§6.5, §6.6). */
export class Reassembly {
  readonly #deliver: (message: SctpMessage) => void;
  readonly #maxMessage: number;
  readonly #nextSsn: Uint16Array;
  readonly #byFirst = new Map<number, Run>();
  readonly #byLast = new Map<number, Run>();
  /** Per stream, whole messages whose turn has not come, by SSN. */
  readonly #waiting = new Map<number, Map<number, SctpMessage>>();
  #held = 0;

  constructor(streams: number, maxMessage: number, deliver: (message: SctpMessage) => void) {
    this.#nextSsn = new Uint16Array(streams);
    this.#maxMessage = maxMessage;
    this.#deliver = deliver;
  }

  /** Octets held, with what holding them costs. */
  get held(): number {
    return this.#held;
  }

  get streams(): number {
    return this.#nextSsn.length;
  }

  /** Takes one new chunk. Says what is wrong when it contradicts its neighbours or makes a message too long; the association must end then. */
  add(tsn: number, flags: number, stream: number, ssn: number, ppid: number, data: Uint8Array): "too long" | "contradiction" | undefined {
    const unordered = (flags & Flag.unordered) !== 0;
    const begins = (flags & Flag.begin) !== 0;
    const ends = (flags & Flag.end) !== 0;
    if (begins && ends) return this.#whole(unordered, ssn, { stream, ppid, data });

    const fragment: Fragment = { data, next: undefined };
    let run: Run = {
      ...{ first: tsn, last: tsn, stream, ssn, unordered, ppid, begins, ends },
      ...{ octets: data.length, head: fragment, tail: fragment },
    };
    this.#held += data.length + overhead;
    const left = begins ? undefined : this.#byLast.get(tsnPlus(tsn, -1));
    if (left !== undefined) {
      if (left.ends || !akin(left, run)) return "contradiction";
      run = this.#join(left, run);
    }
    const right = ends ? undefined : this.#byFirst.get(tsnPlus(tsn, 1));
    if (right !== undefined) {
      if (right.begins || !akin(run, right)) return "contradiction";
      run = this.#join(run, right);
    }
    if (run.octets > this.#maxMessage) return "too long";
    if (!run.begins || !run.ends) {
      this.#byFirst.set(run.first, run);
      this.#byLast.set(run.last, run);
      return undefined;
    }
    const message = new Uint8Array(run.octets);
    let at = 0;
    for (let part: Fragment | undefined = run.head; part !== undefined; part = part.next) {
      message.set(part.data, at);
      at += part.data.length;
      this.#held -= part.data.length + overhead;
    }
    return this.#whole(unordered, ssn, { stream, ppid: run.ppid, data: message });
  }

  /** Whether some message's fragments end at `tsn` and more must follow. */
  open(tsn: number): boolean {
    const run = this.#byLast.get(tsn);
    return run !== undefined && !run.ends;
  }

  #join(left: Run, right: Run): Run {
    for (const run of [left, right]) {
      this.#byFirst.delete(run.first);
      this.#byLast.delete(run.last);
    }
    left.tail.next = right.head;
    left.tail = right.tail;
    left.last = right.last;
    left.ends = right.ends;
    left.octets += right.octets;
    return left;
  }

  #whole(unordered: boolean, ssn: number, message: SctpMessage): "contradiction" | undefined {
    if (unordered) {
      this.#deliver(message);
      return undefined;
    }
    const { stream } = message;
    const ahead = ssnGap(ssn, this.#nextSsn[stream]!);
    if (ahead < 0) return "contradiction"; // this SSN was delivered before, under another TSN
    let waiting = this.#waiting.get(stream);
    if (ahead > 0) {
      if (waiting === undefined) this.#waiting.set(stream, (waiting = new Map()));
      if (waiting.has(ssn)) return "contradiction";
      waiting.set(ssn, message);
      this.#held += message.data.length + overhead;
      return undefined;
    }
    this.#nextSsn[stream] = ssnPlus(ssn, 1);
    this.#deliver(message);
    if (waiting === undefined) return undefined;
    for (let next = ssnPlus(ssn, 1); ; next = ssnPlus(next, 1)) {
      const turn = waiting.get(next);
      if (turn === undefined) break;
      waiting.delete(next);
      this.#held -= turn.data.length + overhead;
      this.#nextSsn[stream] = ssnPlus(next, 1);
      this.#deliver(turn);
    }
    if (waiting.size === 0) this.#waiting.delete(stream);
    return undefined;
  }
}

const akin = (a: Run, b: Run): boolean => a.stream === b.stream && a.unordered === b.unordered && (a.unordered || a.ssn === b.ssn);
