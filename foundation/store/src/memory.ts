import { encodeChange } from "./change.ts";
import { changeOf, type LaterRow, LaterRows, mayWait, touched } from "./later.ts";
import { decodePlain } from "./plain.ts";
import { type EncodedChange, type Ground, type Plan, plan } from "./plan.ts";
import { type Change, type CommitOptions, type Plain, type Row, type Store, StoreConflict } from "./ports.ts";
import { StoreClosed } from "./store-error.ts";

interface MemoryRow {
  readonly version: number;
  readonly text: string;
  readonly unique: Readonly<Record<string, string>>;
}

interface MemoryTable {
  readonly rows: Map<string, MemoryRow>;
  /** index name → value → row key */
  readonly indexes: Map<string, Map<string, string>>;
}

/** The twin of `sqliteStore` for tests and for a system that may forget. */
export interface MemoryStore extends Store {
  /** Commits that were acknowledged as durable. */
  readonly commits: number;
  /** What a restart finds after a power loss at this moment: a new store with the durable commits only. The old one goes on unharmed. */
  survivor(): MemoryStore;
  /** The process dies and this store is what the next one opens: what was acknowledged for later is gone, unless a commit took it along. */
  lose(): void;
  /** While held, commits wait as if the disk did not answer; `release` lets them through in order. */
  hold(): { release(): void };
}

/**
 * Rows in memory, through the same encoding and the same rules as the durable store. A commit is never done when `commit` returns: it
 * becomes visible, all of it, in a later microtask, just before its promise resolves. What is for later waits for the next commit, however
 * long: there is no clock here, and whoever relies on one is found out.
 */
export function memoryStore(): MemoryStore {
  return new Memory(new Map());
}

class Memory implements MemoryStore, Ground {
  readonly #tables: Map<string, MemoryTable>;
  /** Tail of the commits in progress: each one waits for the one before. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #unacknowledged = new Set<readonly EncodedChange[]>();
  readonly #later = new LaterRows();
  #closed = false;
  #commits = 0;
  #rowWrites = 0;

  constructor(tables: Map<string, MemoryTable>) {
    this.#tables = tables;
  }

  get commits(): number {
    return this.#commits;
  }

  get rowWrites(): number {
    return this.#rowWrites;
  }

  async commit(changes: readonly Change[], options?: CommitOptions): Promise<readonly number[]> {
    if (this.#closed) throw new StoreClosed();
    const encoded = changes.map(encodeChange);
    const [first] = encoded;
    if (first !== undefined && mayWait(changes, options) && !touched(this.#unacknowledged, first)) {
      const version = this.#later.accept(first, this.held(first.table, first.key)?.version ?? 0);
      return [version];
    }
    const later = this.#later.take();
    this.#unacknowledged.add(encoded);
    const done = this.#last.then(() => {
      this.#unacknowledged.delete(encoded);
      this.#settle(later);
      return this.#apply(encoded);
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** What was acknowledged for later reaches the rows, each change for itself. */
  #settle(later: readonly LaterRow[]): void {
    for (const row of later) {
      try {
        this.#write(plan(this, [changeOf(row)]));
        this.#rowWrites++;
      } catch (fault) {
        if (!(fault instanceof StoreConflict)) throw fault;
      }
    }
    this.#later.settle(later);
  }

  #apply(changes: readonly EncodedChange[]): readonly number[] {
    const made = plan(this, changes);
    this.#write(made);
    this.#commits++;
    this.#rowWrites += changes.length;
    return made.versions;
  }

  #write({ outcomes, releases, claims }: Plan): void {
    for (const { table, key, after } of outcomes) {
      const { rows } = this.#table(table);
      if (after === undefined) rows.delete(key);
      else rows.set(key, after);
    }
    for (const { table, index, value } of releases) this.#index(table, index).delete(value);
    for (const { table, index, value, key } of claims) this.#index(table, index).set(value, key);
  }

  #table(name: string): MemoryTable {
    let table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, (table = { rows: new Map(), indexes: new Map() }));
    return table;
  }

  #index(table: string, name: string): Map<string, string> {
    const { indexes } = this.#table(table);
    let index = indexes.get(name);
    if (index === undefined) indexes.set(name, (index = new Map()));
    return index;
  }

  held(table: string, key: string): MemoryRow | undefined {
    return this.#tables.get(table)?.rows.get(key);
  }

  owner(table: string, index: string, value: string): string | undefined {
    return this.#tables.get(table)?.indexes.get(index)?.get(value);
  }

  async get<T = Plain>(table: string, key: string): Promise<Row<T> | undefined> {
    if (this.#closed) throw new StoreClosed();
    const held = this.#later.row(table, key) ?? this.held(table, key);
    return held?.text === undefined ? undefined : row<T>(key, held.version, held.text);
  }

  async find<T = Plain>(table: string, index: string, value: string): Promise<Row<T> | undefined> {
    if (this.#closed) throw new StoreClosed();
    const key = this.owner(table, index, value);
    return key === undefined ? undefined : this.get<T>(table, key);
  }

  async all<T = Plain>(table: string): Promise<readonly Row<T>[]> {
    if (this.#closed) throw new StoreClosed();
    const rows = new Map<string, { readonly version: number; readonly text: string | undefined }>(this.#tables.get(table)?.rows);
    for (const later of this.#later.of(table)) rows.set(later.key, later);
    return [...rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, { version, text }]) => (text === undefined ? [] : [row<T>(key, version, text)]));
  }

  lose(): void {
    this.#later.lose();
  }

  survivor(): MemoryStore {
    const copy = new Map<string, MemoryTable>();
    for (const [name, { rows, indexes }] of this.#tables) {
      copy.set(name, { rows: new Map(rows), indexes: new Map([...indexes].map(([index, values]) => [index, new Map(values)])) });
    }
    return new Memory(copy);
  }

  hold(): { release(): void } {
    const gate = Promise.withResolvers<void>();
    this.#last = this.#last.then(() => gate.promise);
    return { release: () => gate.resolve() };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const later = this.#later.take();
    this.#last = this.#last.then(() => this.#settle(later));
    await this.#last;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const row = <T>(key: string, version: number, text: string): Row<T> => ({ key, version, value: decodePlain(text) as T });
