/** A row as the file holds it. */
export interface Stored {
  readonly version: number;
  readonly value: string;
}

/** How long another process's change of a row may stay unseen by a read, in milliseconds. */
const freshMs = 1_000;
/** Rows of one table: those of the phones that are being served at this moment. */
const mostRows = 256;

interface Kept {
  readonly stored: Stored | undefined;
  readonly until: number;
}

/**
 * Rows that were read a moment ago, absent ones too: one registration reads the same subscription ten times, and each look at the file costs as
 * much as an SBI call. This process's own commits take a row out at once; what another process commits (an operator's command beside a
 * running core) is seen within a second, and a compare-and-set is always made in the file.
 */
export class RecentRows {
  readonly #tables = new Map<string, Map<string, Kept>>();
  readonly #now: () => number;

  /** `now` in milliseconds, never going back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The row as it was read a moment ago, else what `read` gives. */
  get(table: string, key: string, read: (table: string, key: string) => Stored | undefined): Stored | undefined {
    let rows = this.#tables.get(table);
    if (rows === undefined) this.#tables.set(table, (rows = new Map()));
    const now = this.#now();
    const kept = rows.get(key);
    if (kept !== undefined && kept.until > now) return kept.stored;
    const stored = read(table, key);
    rows.delete(key); // the order is that of reading: the oldest goes first
    rows.set(key, { stored, until: now + freshMs });
    const [oldest] = rows.size > mostRows ? rows.keys() : [];
    if (oldest !== undefined) rows.delete(oldest);
    return stored;
  }

  forget(table: string, key: string): void {
    this.#tables.get(table)?.delete(key);
  }
}
