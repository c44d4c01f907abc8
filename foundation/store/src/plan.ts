/** The meaning of a commit, the same for every store: what the changes turn the rows into, or the conflict, before anything is written. */
import { StoreConflict } from "./ports.ts";

/** A `Change` whose value is already text. */
export interface EncodedChange {
  readonly table: string;
  readonly key: string;
  /** undefined removes the row */
  readonly text: string | undefined;
  readonly expect: number | undefined;
  /** undefined keeps the secondary keys that the row has */
  readonly unique: Readonly<Record<string, string>> | undefined;
  /** The version that the row gets: of several changes in one (later.ts). The next one unless given. */
  readonly version?: number;
}

/** What a plan needs to know of a row that is there. */
export interface Held {
  readonly version: number;
  readonly unique: Readonly<Record<string, string>>;
}

/** The committed rows. */
export interface Ground {
  held(table: string, key: string): Held | undefined;
  /** The key of the row that has this secondary key. */
  owner(table: string, index: string, value: string): string | undefined;
}

/** One row as the commit leaves it. */
export interface Outcome {
  readonly table: string;
  readonly key: string;
  /** undefined: the row is gone */
  after: { version: number; text: string; unique: Readonly<Record<string, string>> } | undefined;
  readonly before: Held | undefined;
}

export interface SecondaryKey {
  readonly table: string;
  readonly index: string;
  readonly value: string;
  readonly key: string;
}

export interface Plan {
  /** One per change, in order; 0 for a removal. */
  readonly versions: readonly number[];
  readonly outcomes: readonly Outcome[];
  /** To be deleted before `claims` are inserted: one commit may hand a secondary key from row to row. */
  readonly releases: readonly SecondaryKey[];
  readonly claims: readonly SecondaryKey[];
}

/** No secondary keys. */
export const none: Readonly<Record<string, string>> = Object.freeze({});

/** Throws `StoreConflict`; writes nothing. Changes to one row apply in their order; secondary keys are compared as the commit leaves them. */
export function plan(ground: Ground, changes: readonly EncodedChange[]): Plan {
  const versions: number[] = [];
  const outcomes: Outcome[] = [];
  for (const change of changes) {
    const outcome = outcomes.find((o) => o.key === change.key && o.table === change.table) ?? begin(ground, change, outcomes);
    const { after } = outcome;
    const version = after?.version ?? 0;
    if (change.expect !== undefined && change.expect !== version) {
      throw notAt(change, change.expect, version);
    }
    if (change.text === undefined) {
      outcome.after = undefined;
      versions.push(0);
    } else {
      const next = change.version ?? version + 1;
      outcome.after = { version: next, text: change.text, unique: change.unique ?? after?.unique ?? none };
      versions.push(next);
    }
  }
  return { versions, outcomes, ...secondary(ground, outcomes) };
}

/** The conflict of a compare-and-set. */
export const notAt = ({ table, key }: EncodedChange, expected: number, found: number): StoreConflict =>
  new StoreConflict(table, key, `${table}: the row is ${at(found)}, expected ${at(expected)}`);

const at = (version: number): string => (version === 0 ? "absent" : `at version ${version}`);

function begin(ground: Ground, { table, key }: EncodedChange, outcomes: Outcome[]): Outcome {
  const before = ground.held(table, key);
  // text is never read from here: a row is touched only by a change, and a change brings its own
  const outcome: Outcome = { table, key, before, after: before && { ...before, text: "" } };
  outcomes.push(outcome);
  return outcome;
}

function secondary(ground: Ground, outcomes: readonly Outcome[]): { releases: SecondaryKey[]; claims: SecondaryKey[] } {
  const releases: SecondaryKey[] = [];
  const claims: SecondaryKey[] = [];
  for (const { table, key, before, after } of outcomes) {
    const old = before?.unique ?? none;
    const fresh = after?.unique ?? none;
    if (old === fresh) continue;
    for (const index in old) if (fresh[index] !== old[index]) releases.push({ table, index, value: old[index]!, key });
    for (const index in fresh) if (fresh[index] !== old[index]) claims.push({ table, index, value: fresh[index]!, key });
  }
  for (const claim of claims) {
    const same = (k: SecondaryKey): boolean => k.table === claim.table && k.index === claim.index && k.value === claim.value;
    const owner = ground.owner(claim.table, claim.index, claim.value);
    if ((owner !== undefined && owner !== claim.key && !releases.some(same)) || claims.some((k) => k.key !== claim.key && same(k))) {
      throw new StoreConflict(claim.table, claim.key, `${claim.table}: another row has this ${claim.index}`);
    }
  }
  return { releases, claims };
}
