import type { Amf3GppAccessRegistration, SdmSubscription } from "@freehold/sbi";
import { type Plain, type Store, StoreConflict } from "@freehold/store";

/** What is set up together when a UE registers, and written together. */
export interface UeContextData {
  readonly amf3gppAccess?: Amf3GppAccessRegistration;
  readonly sdmSubscriptions?: Readonly<Record<string, SdmSubscription>>;
}

/**
 * One row per UE of what functions have said of it (TS 29.505 §5.2.2, context data). No octet to a phone or gNB depends on it: it is durable
 * with the next commit of the function that it is told by, which is where it first counts after a crash.
 */
export class ContextRows<T extends object> {
  readonly #store: Store;
  readonly #table: string;

  constructor(store: Store, table: string) {
    this.#store = store;
    this.#table = table;
  }

  async get(ueId: string): Promise<T | undefined> {
    return (await this.#store.get<T>(this.#table, ueId))?.value;
  }

  /**
   * Compares and sets; somebody else's change in between is taken into account. `change` gives undefined to leave the row as it is, and a row
   * without parts goes.
   */
  async edit(ueId: string, change: (row: T | undefined) => T | undefined): Promise<void> {
    for (let tries = 0; ; tries++) {
      const row = await this.#store.get<T>(this.#table, ueId);
      const next = change(row?.value);
      if (next === undefined) return;
      const key = { table: this.#table, key: ueId, expect: row?.version ?? 0 };
      const empty = Object.values(next).every((part) => part === undefined);
      try {
        await this.#store.commit([empty ? { ...key, remove: true } : { ...key, value: next as Plain }], { durable: "later" });
        return;
      } catch (error) {
        if (!(error instanceof StoreConflict) || tries === 7) throw error;
      }
    }
  }
}

/** The one of that id, if there is one. */
export const own = <T>(all: Readonly<Record<string, T>> | undefined, id: string): T | undefined =>
  all !== undefined && Object.hasOwn(all, id) ? all[id] : undefined;

/** The others. */
export function without<T>(all: Readonly<Record<string, T>>, id: string): Record<string, T> {
  const { [id]: _gone, ...rest } = all;
  return rest;
}
