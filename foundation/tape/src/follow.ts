import { toHex } from "@freehold/wire";
import type { TapeEntry } from "./entry.ts";
import { statusOf } from "./exchange.ts";

export interface FollowOptions {
  /** Passes over an entry that repeats an earlier one octet for octet (retransmissions, a carrier that repeats). */
  readonly repeats?: boolean;
  /** Compares every entry of the tape. Without it only those between two functions that the text names as a pair. */
  readonly all?: boolean;
}

interface Step {
  readonly from: string;
  readonly to: string;
  readonly message: string;
}

const gap = "…";

/**
 * Compares a tape with the figure of a procedure, written as text. A line has one or more steps `UE → AMF  Registration request`, three
 * or more spaces apart; `…` stands for any entries, none included. The steps are compared with the entries between the functions that
 * the text names as pairs: a text without `gNB` says nothing of what the gNB sent. The answer of an HTTP exchange is passed over
 * unless the text names it, with its status: `AUSF → AMF  Nausf_UEAuthentication_Authenticate 201`. Without `…` at its ends the text
 * is the whole tape.
 *
 * Gives undefined when the tape follows the text, else the first difference, to be read.
 */
export function toFollow(entries: readonly TapeEntry[], expected: string, options: FollowOptions = {}): string | undefined {
  const script = parse(expected);
  const named = new Set(script.flatMap((s) => (s === gap ? [] : [pair(s)])));
  const considered = options.all ? entries : entries.filter((entry) => named.has(pair(entry)));
  const tape = options.repeats ? withoutRepeats(considered) : considered;
  return compare(tape, script);
}

const pair = ({ from, to }: { from: string; to: string }): string => [from, to].sort().join(" ");

/** A function's name or a message is words one space apart (a message may have two); three spaces end the step, two the function's name. */
const stepForm = (): RegExp => /(\S+(?: \S+)*?)\s*(?:→|->)\s*(\S+(?: \S+)*?)\s{2,}(\S+(?: {1,2}\S+)*?)(?=\s{3,}|\s*$)\s*/y;
const gapForm = (): RegExp => /(?:…|\.\.\.)\s*/y;

function parse(text: string): (Step | typeof gap)[] {
  const script: (Step | typeof gap)[] = [];
  for (const line of text.split("\n").map((l) => l.trim())) {
    let at = 0;
    while (at < line.length) {
      const skip = gapForm();
      const form = stepForm();
      skip.lastIndex = form.lastIndex = at;
      if (skip.test(line)) {
        at = skip.lastIndex;
        if (script.at(-1) !== gap) script.push(gap);
        continue;
      }
      const step = form.exec(line);
      if (step === null) throw new SyntaxError(`not a step "FROM → TO  message": ${line.slice(at)}`);
      script.push({ from: step[1]!, to: step[2]!, message: step[3]! });
      at = form.lastIndex;
    }
  }
  return script;
}

function withoutRepeats(entries: readonly TapeEntry[]): TapeEntry[] {
  const seen = new Set<string>();
  return entries.filter((entry) => {
    const { carriage } = entry;
    const half = carriage.kind === "http2" ? JSON.stringify(carriage.half) : "";
    const identity = [entry.interface, entry.from, entry.to, entry.message, half, toHex(entry.bytes)].join("\n");
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
}

function matches(entry: TapeEntry, step: Step): boolean {
  if (entry.from !== step.from || entry.to !== step.to) return false;
  const status = statusOf(entry);
  return step.message === (status === undefined ? entry.message : `${entry.message} ${status}`);
}

/** How far a run of steps goes from `at`: where it ends on the tape, and how many of its steps were found. */
function walk(tape: readonly TapeEntry[], at: number, steps: readonly Step[]): { end: number; found: number } {
  let found = 0;
  while (found < steps.length) {
    while (at < tape.length && !matches(tape[at]!, steps[found]!) && statusOf(tape[at]!) !== undefined) at++;
    if (at >= tape.length || !matches(tape[at]!, steps[found]!)) break;
    at++;
    found++;
  }
  return { end: at, found };
}

const isOver = (tape: readonly TapeEntry[], at: number): boolean => tape.slice(at).every((entry) => statusOf(entry) !== undefined);

/** Runs of steps between the gaps, each found as early as it can be: that never spoils a later run. The last run ends the tape. */
function compare(tape: readonly TapeEntry[], script: readonly (Step | typeof gap)[]): string | undefined {
  let at = 0;
  let i = 0;
  while (true) {
    const floating = script[i] === gap;
    if (floating) i++;
    const begin = i;
    while (i < script.length && script[i] !== gap) i++;
    const steps = script.slice(begin, i) as Step[];
    const last = i === script.length;
    if (floating && last && steps.length === 0) return undefined;
    // the furthest that any start comes: where the difference is shown, when no start comes to the end
    let best = { end: at, found: -1 };
    let done = false;
    for (let start = at; !done && start <= (floating ? tape.length : at); start++) {
      const reached = walk(tape, start, steps);
      done = reached.found === steps.length && (!last || isOver(tape, reached.end));
      if (done || reached.found > best.found) best = reached;
    }
    if (!done) return difference(tape, script, begin + best.found, best.end);
    if (last) return undefined;
    at = best.end;
  }
}

/** The difference at one place, with what went before and what comes after it on the tape. */
function difference(tape: readonly TapeEntry[], script: readonly (Step | typeof gap)[], step: number, at: number): string {
  const expected = script[step];
  const text: string[] = [];
  if (expected === undefined || expected === gap) text.push("the tape goes on where the text ends");
  else if (at >= tape.length) text.push(`the tape ends before step ${stepNumber(script, step)}`);
  else text.push(`the tape differs at step ${stepNumber(script, step)}`);
  for (let i = Math.max(0, at - 3); i < at; i++) text.push(`      ${show(tape[i]!)}`);
  if (expected !== undefined && expected !== gap) text.push(`  -   ${expected.from} → ${expected.to}  ${expected.message}`);
  for (let i = at; i < Math.min(tape.length, at + 4); i++) text.push(`  +   ${show(tape[i]!)}`);
  if (tape.length > at + 4) text.push(`  +   ${gap} and ${tape.length - at - 4} more`);
  text.push("  (- expected, + on the tape)");
  return text.join("\n");
}

const stepNumber = (script: readonly unknown[], step: number): number => script.slice(0, step).filter((s) => s !== gap).length + 1;

function show(entry: TapeEntry): string {
  const status = statusOf(entry);
  const note = entry.note === undefined ? "" : `  · ${entry.note}`;
  return `${entry.from} → ${entry.to}  ${entry.message}${status === undefined ? "" : ` ${status}`}${note}`;
}
