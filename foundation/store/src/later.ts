import { type EncodedChange, notAt } from "./plan.ts";
import type { Change, CommitOptions } from "./ports.ts";

/** A row as it is after what was acknowledged, on its way to the file or still here. */
export interface LaterRow {
  readonly table: string;
  readonly key: string;
  /** 0: removed */
  readonly version: number;
  readonly text: string | undefined;
  /** The version that the file has: what the write compares. */
  readonly base: number;
}

/** Whether a commit may wait (`CommitOptions`): a secondary key is compared with those of all rows, so it cannot be acknowledged here. */
export const mayWait = (changes: readonly Change[], options: CommitOptions | undefined): boolean =>
  options?.durable === "later" && changes.length === 1 && !("unique" in changes[0]! && changes[0].unique !== undefined);

const name = (table: string, key: string): string => `${table}\0${key}`;

/** What was acknowledged and is not durable yet: read in place of the file, written with the next transaction, several changes of a row as one. */
export class LaterRows {
  /** The newest of each row. */
  readonly #rows = new Map<string, LaterRow>();
  /** Those of them that no transaction has taken along. */
  readonly #waiting = new Map<string, LaterRow>();

  get waiting(): number {
    return this.#waiting.size;
  }

  row(table: string, key: string): LaterRow | undefined {
    return this.#rows.size === 0 ? undefined : this.#rows.get(name(table, key));
  }

  of(table: string): readonly LaterRow[] {
    return [...this.#rows.values()].filter((row) => row.table === table);
  }

  /** Compares and acknowledges; `stored` is the version in the file. Throws `StoreConflict`. */
  accept(change: EncodedChange, stored: number): number {
    const { table, key, text, expect } = change;
    const at = name(table, key);
    const before = this.#rows.get(at);
    const found = before?.version ?? stored;
    if (expect !== undefined && expect !== found) throw notAt(change, expect, found);
    const version = text === undefined ? 0 : found + 1;
    const row: LaterRow = { table, key, version, text, base: this.#waiting.get(at)?.base ?? found };
    this.#rows.set(at, row);
    this.#waiting.set(at, row);
    return version;
  }

  /** What goes with the transaction that begins now. */
  take(): readonly LaterRow[] {
    const taken = [...this.#waiting.values()];
    this.#waiting.clear();
    return taken;
  }

  /** They are in the file, or lost to somebody who was there first: the file says what holds. */
  settle(taken: readonly LaterRow[]): void {
    for (const row of taken) {
      const at = name(row.table, row.key);
      if (this.#rows.get(at) === row) this.#rows.delete(at);
    }
  }

  /** The transaction did not come about: they wait for another. */
  putBack(taken: readonly LaterRow[]): void {
    for (const row of taken) {
      const at = name(row.table, row.key);
      const now = { ...(this.#waiting.get(at) ?? row), base: row.base };
      this.#rows.set(at, now);
      this.#waiting.set(at, now);
    }
  }

  /** The process has died: what waits is gone. */
  lose(): void {
    this.settle(this.take());
  }
}

/** As the transaction writes it. */
export const changeOf = ({ table, key, version, text, base }: LaterRow): EncodedChange => ({
  table,
  key,
  text,
  expect: base,
  unique: undefined,
  version,
});

/** Whether one of `commits`, which are not acknowledged, changes the row: then nobody knows yet what a change of it would be compared with. */
export const touched = (commits: Iterable<readonly EncodedChange[]>, { table, key }: EncodedChange): boolean => {
  for (const changes of commits) if (changes.some((c) => c.key === key && c.table === table)) return true;
  return false;
};
