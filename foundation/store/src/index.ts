export { type MemoryStore, memoryStore } from "./memory.ts";
export { decodePlain, encodePlain } from "./plain.ts";
export * from "./ports.ts";
export { type SqliteOptions, sqliteStore } from "./sqlite.ts";
export { StoreClosed, StoreError } from "./store-error.ts";
export { openVault, Vault, VaultError } from "./vault.ts";
