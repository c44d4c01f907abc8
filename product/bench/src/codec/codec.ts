import process from "node:process";
import { median, rounded } from "../statistics.ts";
import { type Subject, subjects } from "./vectors.ts";

export interface CodecRow {
  readonly message: string;
  readonly octets: number;
  /** CPU time of one decoding and of one encoding, nanoseconds. */
  readonly decodeNs: number;
  readonly encodeNs: number;
}

export interface CodecReport {
  readonly bench: "codec";
  readonly rows: readonly CodecRow[];
}

export interface CodecOptions {
  /** Rounds of which the median is told; 7 unless given. */
  readonly rounds?: number;
  /** CPU time of one round of one message, milliseconds; 20 unless given. */
  readonly roundMs?: number;
  readonly progress?: (text: string) => void;
}

interface Measured {
  readonly work: () => unknown;
  times: number;
  /** What the work made last: a result that goes nowhere could be optimised away. */
  last?: unknown;
  readonly ns: number[];
}

/** User and system time of the whole process, nanoseconds: garbage collection and compilation on other threads are part of what a message costs. */
function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

function round(one: Measured): number {
  const begin = cpuNs();
  for (let i = 0; i < one.times; i++) one.last = one.work();
  return cpuNs() - begin;
}

/**
 * CPU time of decoding and encoding one message of each kind. All messages are warmed before any is measured, and each round goes through
 * all of them: the code has seen every message, as it has in a core that serves.
 */
export function codec({ rounds = 7, roundMs = 20, progress }: CodecOptions = {}): CodecReport {
  const all = subjects();
  const measured = all.map((subject: Subject) => ({
    subject,
    decode: { work: subject.decode, times: 64, ns: [] } as Measured,
    encode: { work: subject.encode, times: 64, ns: [] } as Measured,
  }));
  const each = measured.flatMap(({ decode, encode }) => [decode, encode]);
  // Twice: what is learnt of one message while others warm changes the code of all.
  for (let pass = 0; pass < 2; pass++) {
    for (const one of each) {
      one.times = 64;
      while (round(one) < (roundMs / 4) * 1e6) one.times *= 2;
      one.times *= 4;
    }
  }
  for (let i = 0; i < rounds; i++) {
    progress?.(`round ${i + 1} of ${rounds}`);
    for (const one of each) one.ns.push(round(one) / one.times);
  }
  return {
    bench: "codec",
    rows: measured.map(({ subject, decode, encode }) => ({
      message: subject.message,
      octets: subject.octets.length,
      decodeNs: rounded(median(decode.ns), 1),
      encodeNs: rounded(median(encode.ns), 1),
    })),
  };
}
