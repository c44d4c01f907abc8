import { type Plain, type Store, StoreConflict } from "@freehold/store";

/** What a UE has several of (SMF registrations by PDU session, SDM subscriptions by id): one row per UE, so that reading all of one UE's is one look. */
export class Children<T> {
  readonly #store: Store;
  readonly #table: string;

  constructor(store: Store, table: string) {
    this.#store = store;
    this.#table = table;
  }

  async all(ueId: string): Promise<Readonly<Record<string, T>>> {
    return (await this.#store.get<Record<string, T>>(this.#table, ueId))?.value ?? {};
  }

  async get(ueId: string, id: string): Promise<T | undefined> {
    const all = await this.all(ueId);
    return Object.hasOwn(all, id) ? all[id] : undefined;
  }

  /** True when it is new. Those that `replaces` names go with the same commit. */
  async put(ueId: string, id: string, value: T, replaces?: (other: T) => boolean): Promise<boolean> {
    let isNew = true;
    await this.#edit(ueId, (all) => {
      isNew = !Object.hasOwn(all, id);
      const kept = replaces === undefined ? all : Object.fromEntries(Object.entries(all).filter(([, other]) => !replaces(other)));
      return { ...kept, [id]: value };
    });
    return isNew;
  }

  /** False when there was none. */
  remove(ueId: string, id: string): Promise<boolean> {
    return this.#edit(ueId, (all) => {
      if (!Object.hasOwn(all, id)) return undefined;
      const { [id]: _gone, ...rest } = all;
      return rest;
    });
  }

  /** Compares and sets; somebody else's change in between is taken into account. `change` gives undefined to leave all as it is. */
  async #edit(ueId: string, change: (all: Readonly<Record<string, T>>) => Record<string, T> | undefined): Promise<boolean> {
    for (let tries = 0; ; tries++) {
      const row = await this.#store.get<Record<string, T>>(this.#table, ueId);
      const next = change(row?.value ?? {});
      if (next === undefined) return false;
      const key = { table: this.#table, key: ueId, expect: row?.version ?? 0 };
      const empty = Object.keys(next).length === 0;
      try {
        await this.#store.commit([empty ? { ...key, remove: true } : { ...key, value: next as Plain }]);
        return true;
      } catch (error) {
        if (!(error instanceof StoreConflict) || tries === 7) throw error;
      }
    }
  }
}
