import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Log } from "@freehold/runtime";
import { openVault, type Store, sqliteStore, type Vault } from "@freehold/store";
import type { FreeholdConfig } from "./config/types.ts";

/** Where a configuration's state lies. `baseDirectory` is the folder of the configuration file: paths in it are relative to that. */
export interface StatePaths {
  readonly directory: string;
  readonly database: string;
  /** Seals K and OPc in the database; made at the first start, mode 0600. */
  readonly masterKey: string;
}

export function statePaths(config: Pick<FreeholdConfig, "state">, baseDirectory: string): StatePaths {
  const directory = resolve(baseDirectory, config.state.directory);
  return { directory, database: join(directory, "freehold.db"), masterKey: join(directory, "master.key") };
}

/** The durable half of a core: what it must not lose, and what seals the keys in it. Dispose it last. */
export interface State extends AsyncDisposable {
  readonly store: Store;
  readonly vault: Vault;
}

/**
 * Opens the state of a configuration, or makes it at the first start. Several processes may have it open: rows are compared and set.
 * Rejects with `StoreError` or `VaultError`, each one line an operator can act on.
 */
export async function openState(
  config: Pick<FreeholdConfig, "state">,
  { baseDirectory, log }: { readonly baseDirectory: string; readonly log?: Log },
): Promise<State> {
  const paths = statePaths(config, baseDirectory);
  mkdirSync(paths.directory, { recursive: true, mode: 0o700 });
  const vault = openVault(paths.masterKey);
  const store = await sqliteStore({ path: paths.database, ...(log !== undefined && { log }) });
  try {
    await vault.bind(store);
  } catch (error) {
    await store.close();
    throw error;
  }
  return { store, vault, [Symbol.asyncDispose]: () => store.close() };
}

/** Linux's name for this run of the machine; undefined where there is none. Another one after a start: the power was gone in between. */
export function readBootId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined;
  }
}
