import assert from "node:assert/strict";
import { test } from "node:test";
import { loadTrace, specsFolder, type Trace } from "./capture.ts";
import { judge, type KnownDifference } from "./compare.ts";
import { type Choices, replay } from "./replay.ts";

/** What a replay must come to. */
export interface Expected {
  readonly choices?: Choices;
  /** Every difference between their downlink and ours, with its reason. */
  readonly known: readonly KnownDifference[];
  /** Downlink NAS that must be theirs to the octet, MAC and all. */
  readonly identical: readonly string[];
  /** Log lines at warn and above that must come, and no other. */
  readonly warnings?: readonly string[];
  /** Frames whose NAS our AMF must refuse to believe, because the stranger is wrong. */
  readonly unverified?: readonly number[];
  /** PDU sessions that each phone has in the end. */
  readonly sessions: readonly (readonly number[])[];
}

/** One row of a table of known differences. */
export const differs = (
  message: string,
  ie: string,
  theirs: string | undefined,
  ours: string | undefined,
  why: string,
): KnownDifference => ({
  in: message,
  ie,
  ...(theirs === undefined ? {} : { theirs }),
  ...(ours === undefined ? {} : { ours }),
  why,
});

/** Replays a trace and holds what comes of it against `expected`. */
export async function expectLike(trace: Trace, expected: Expected): Promise<void> {
  const { choices, known, identical, warnings = [], unverified = [], sessions } = expected;
  const replayed = await replay(trace, choices);
  assert.ok(replayed.protectedUplinks.length >= 3, "the trace has integrity protected uplink");
  assert.deepEqual(
    replayed.protectedUplinks.filter(({ verified }) => !verified).map(({ frame }) => frame),
    unverified,
    "uplink NAS whose MAC does not verify",
  );
  assert.deepEqual(replayed.warnings, warnings);
  assert.deepEqual(
    replayed.phones.map(({ rm, sessions: held }) => ({ rm, sessions: held })),
    sessions.map((held) => ({ rm: "REGISTERED", sessions: held })),
  );
  const { unlisted, noLonger } = judge(replayed.differences, known);
  assert.deepEqual(unlisted, [], "differences that the table does not hold");
  assert.deepEqual(noLonger, [], "differences of the table that are no more");
  assert.deepEqual(replayed.identical, identical, "downlink NAS that is theirs to the octet");
  assert.deepEqual(replayed.rewritten, [], "frames that our NGAP writes otherwise than it read them");
}

/** A test over a capture of the specification folder; skipped by name where there is none. */
export function strangerTest(sentence: string, capture: string, frames: readonly [number, number], expected: Expected): void {
  const specs = specsFolder();
  if (specs === undefined) {
    test(sentence, { skip: "the specification folder is not here (FREEHOLD_SPECS)" }, () => {});
    return;
  }
  test(sentence, () => expectLike(loadTrace(specs, capture, frames), expected));
}
