import { type Change, type Store, StoreConflict } from "@freehold/store";

/** A store that keeps what it is asked to commit until `flush` commits it at once: all of a list, or none of it. */
export class Batch implements Store {
  readonly #store: Store;
  readonly #changes: Change[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  /** Rows that must not exist are looked for at once; another process that is faster makes the flush fail. */
  async commit(changes: readonly Change[]): Promise<readonly number[]> {
    for (const { table, key, expect } of changes) {
      if (expect === 0 && (await this.#store.get(table, key)) !== undefined) throw new StoreConflict(table, key, "is there already");
    }
    this.#changes.push(...changes);
    return changes.map(() => 0);
  }

  async flush(): Promise<void> {
    await this.#store.commit(this.#changes.splice(0));
  }

  get: Store["get"] = (table, key) => this.#store.get(table, key);
  find: Store["find"] = (table, index, value) => this.#store.find(table, index, value);
  all: Store["all"] = (table) => this.#store.all(table);

  get rowWrites(): number {
    return this.#store.rowWrites;
  }

  async close(): Promise<void> {
    this.#changes.length = 0;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
