/** The Store port: versioned rows of plain data. SQLite (a worker, group commit) and the memory twin pass one compliance suite. */

/** JSON values plus Uint8Array (kept exactly). No class instances, functions, undefined inside arrays, or bigint. */
export type Plain = null | boolean | number | string | Uint8Array | readonly Plain[] | { readonly [key: string]: Plain | undefined };

export interface Row<T = Plain> {
  readonly key: string;
  /** 1 at first insert, +1 at each update: what compare-and-set compares. */
  readonly version: number;
  readonly value: T;
}

export interface Put {
  readonly table: string;
  readonly key: string;
  readonly value: Plain;
  /** The version this replaces: 0 = must not exist yet; undefined = whatever is there. */
  readonly expect?: number;
  /** Unique secondary keys, replaced as a whole: { guti: "…" }; undefined keeps those the row has. A clash with another row is a `StoreConflict`. */
  readonly unique?: Readonly<Record<string, string>>;
}

export interface Remove {
  readonly table: string;
  readonly key: string;
  readonly remove: true;
  readonly expect?: number;
}

export type Change = Put | Remove;

export class StoreConflict extends Error {
  readonly table: string;
  readonly key: string;
  constructor(table: string, key: string, message: string) {
    super(message);
    this.name = "StoreConflict";
    this.table = table;
    this.key = key;
  }
}

export interface CommitOptions {
  /**
   * "later": acknowledged as soon as it is compared, and seen by every read of this store from then on; durable no later than the next
   * commit that was not for later, nor than a quarter of a second: one order for both, so whoever finds the later one after a crash finds
   * this one. Changes of one row that wait for this are written as one. For what no octet that leaves depends on before then. A store
   * that cannot promise the order, and a commit of several rows or of secondary keys, is durable "now", which is what it is unless given.
   */
  readonly durable?: "now" | "later";
}

export interface Store extends AsyncDisposable {
  /** All or nothing; resolves when durable (synced), rejects with `StoreConflict` and nothing changed. Commits group into one fsync. Returns the new versions in order (0 for a removal). */
  commit(changes: readonly Change[], options?: CommitOptions): Promise<readonly number[]>;
  get<T = Plain>(table: string, key: string): Promise<Row<T> | undefined>;
  /** By a unique secondary key. */
  find<T = Plain>(table: string, index: string, value: string): Promise<Row<T> | undefined>;
  /** Every row of a table in key order. */
  all<T = Plain>(table: string): Promise<readonly Row<T>[]>;
  /** Rows written since start, for the benchmark: changes that became one count once. */
  readonly rowWrites: number;
  close(): Promise<void>;
}
