import { encodeChange } from "./change.ts";
import { decodePlain } from "./plain.ts";
import { type EncodedChange, type Ground, type Plan, plan } from "./plan.ts";
import type { Change, Plain, Row, Store } from "./ports.ts";
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
  /** Commits that were acknowledged. */
  readonly commits: number;
  /** What a restart finds after a power loss at this moment: a new store with the acknowledged commits only. The old one goes on unharmed. */
  survivor(): MemoryStore;
  /** While held, commits wait as if the disk did not answer; `release` lets them through in order. */
  hold(): { release(): void };
}

/**
 * Rows in memory, through the same encoding and the same rules as the durable store. A commit is never done when `commit` returns: it
 * becomes visible, all of it, in a later microtask, just before its promise resolves.
 */
export function memoryStore(): MemoryStore {
  return new Memory(new Map());
}

class Memory implements MemoryStore, Ground {
  readonly #tables: Map<string, MemoryTable>;
  /** Tail of the commits in progress: each one waits for the one before. */
  #last: Promise<unknown> = Promise.resolve();
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

  async commit(changes: readonly Change[]): Promise<readonly number[]> {
    if (this.#closed) throw new StoreClosed();
    const encoded = changes.map(encodeChange);
    const done = this.#last.then(() => this.#apply(encoded));
    this.#last = done.catch(() => {});
    return done;
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
    const held = this.held(table, key);
    return held && row<T>(key, held);
  }

  async find<T = Plain>(table: string, index: string, value: string): Promise<Row<T> | undefined> {
    if (this.#closed) throw new StoreClosed();
    const key = this.owner(table, index, value);
    return key === undefined ? undefined : this.get<T>(table, key);
  }

  async all<T = Plain>(table: string): Promise<readonly Row<T>[]> {
    if (this.#closed) throw new StoreClosed();
    const rows = [...(this.#tables.get(table)?.rows ?? [])];
    return rows.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, held]) => row<T>(key, held));
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
    await this.#last;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const row = <T>(key: string, { version, text }: MemoryRow): Row<T> => ({ key, version, value: decodePlain(text) as T });
