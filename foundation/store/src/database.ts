/** The database file: made private, opened, checked, and written one transaction at a time. Everything here blocks: it runs in the worker. */
import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type EncodedChange, type Ground, type Held, none, type Plan, plan } from "./plan.ts";
import { StoreConflict } from "./ports.ts";
import { StoreError } from "./store-error.ts";

/** Version of the tables below. A file of a newer one is refused, an older one is migrated here. */
const schema = 1;

const tables = `
  CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE row (
    "table" TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL,
    secondary TEXT, -- JSON of the row's secondary keys: what an update has to release
    UNIQUE ("table", key)) STRICT;
  CREATE TABLE secondary (
    "table" TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY ("table", name, value)) STRICT, WITHOUT ROWID;
  INSERT INTO about VALUES ('schema', '${schema}');
`;

/** What one commit of a group came to. */
export type CommitResult = readonly number[] | { readonly table: string; readonly key: string; readonly message: string };

export class Database implements Ground {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #held: StatementSync;
  readonly #owner: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #claim: StatementSync;
  readonly #release: StatementSync;
  /** Not undefined: the file was there and others may read it. */
  readonly warning: string | undefined;

  /** Throws `StoreError`. `busy` is how long, in milliseconds, another process may hold the lock. */
  constructor(path: string, busy: number) {
    this.#path = path;
    try {
      this.warning = makePrivate(path);
      this.#db = new DatabaseSync(path, { timeout: busy });
    } catch (fault) {
      throw explained(path, fault);
    }
    try {
      this.#prepareFile();
      this.#held = this.#db.prepare(`SELECT version, secondary FROM row WHERE "table" = ? AND key = ?`);
      this.#owner = this.#db.prepare(`SELECT key FROM secondary WHERE "table" = ? AND name = ? AND value = ?`);
      this.#put = this.#db.prepare(
        `INSERT INTO row VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version, value = excluded.value, secondary = excluded.secondary`,
      );
      this.#remove = this.#db.prepare(`DELETE FROM row WHERE "table" = ? AND key = ?`);
      this.#claim = this.#db.prepare(`INSERT INTO secondary VALUES (?, ?, ?, ?)`);
      this.#release = this.#db.prepare(`DELETE FROM secondary WHERE "table" = ? AND name = ? AND value = ?`);
    } catch (fault) {
      this.#db.close();
      throw explained(path, fault);
    }
  }

  #prepareFile(): void {
    const { journal_mode } = this.#db.prepare("PRAGMA journal_mode = WAL").get() as { journal_mode: string };
    if (journal_mode !== "wal") {
      throw new StoreError(
        "failed",
        `store ${this.#path}: the file system cannot hold a shared write-ahead log; put the file on a local disk`,
      );
    }
    // FULL: in WAL mode each transaction is synced before COMMIT returns
    this.#db.exec("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF");
    this.#db.exec("BEGIN IMMEDIATE");
    const known = this.#db.prepare("SELECT count(*) AS n FROM sqlite_schema").get() as { n: number };
    if (known.n === 0) this.#db.exec(tables);
    this.#db.exec("COMMIT");
    const found = this.#schemaVersion();
    if (found > schema) {
      throw new StoreError(
        "newer",
        `store ${this.#path}: written by a newer version (schema ${found}, this one knows ${schema}); start that version, or restore the backup made before the upgrade`,
      );
    }
  }

  #schemaVersion(): number {
    let found: unknown;
    try {
      found = this.#db.prepare("SELECT value FROM about WHERE name = 'schema'").get()?.["value"];
    } catch {
      found = undefined;
    }
    const version = Number(found ?? Number.NaN);
    if (Number.isInteger(version)) return version;
    throw new StoreError("damaged", `store ${this.#path}: an SQLite file, but not one of this program; choose another path`);
  }

  held(table: string, key: string): Held | undefined {
    const found = this.#held.get(table, key) as { version: number; secondary: string | null } | undefined;
    return found && { version: found.version, unique: found.secondary === null ? none : JSON.parse(found.secondary) };
  }

  owner(table: string, index: string, value: string): string | undefined {
    return (this.#owner.get(table, index, value) as { key: string } | undefined)?.key;
  }

  /**
   * Commits in order, one transaction, one sync. A conflict is found before its commit has written anything, so it costs the others
   * nothing and needs no savepoint. Throws `StoreError` when the disk refuses: then nothing of the group is there.
   */
  group(commits: readonly (readonly EncodedChange[])[]): CommitResult[] {
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      const results = commits.map((changes) => this.#one(changes));
      this.#db.exec("COMMIT");
      return results;
    } catch (fault) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw explained(this.#path, fault);
    }
  }

  #one(changes: readonly EncodedChange[]): CommitResult {
    let made: Plan;
    try {
      made = plan(this, changes);
    } catch (fault) {
      if (!(fault instanceof StoreConflict)) throw fault;
      return { table: fault.table, key: fault.key, message: fault.message };
    }
    for (const { table, key, after } of made.outcomes) {
      if (after === undefined) this.#remove.run(table, key);
      else this.#put.run(table, key, after.version, after.text, after.unique === none ? null : JSON.stringify(after.unique));
    }
    for (const { table, index, value } of made.releases) this.#release.run(table, index, value);
    for (const { table, index, value, key } of made.claims) this.#claim.run(table, index, value, key);
    return made.versions;
  }

  close(): void {
    this.#db.close();
  }
}

/**
 * SQLite makes files by the umask, and gives its -wal and -shm files the mode of the database: so the database is made here, 0600, in a
 * directory 0700. A file that is there keeps its mode; wider than its owner is worth a warning.
 */
function makePrivate(path: string): string | undefined {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let fd: number;
  try {
    fd = openSync(path, "wx", 0o600);
  } catch (fault) {
    if ((fault as { code?: unknown }).code !== "EEXIST") throw fault;
    fd = openSync(path, "r+");
    const { mode } = fstatSync(fd);
    closeSync(fd);
    return (mode & 0o077) === 0 ? undefined : `store ${path}: others may read it; chmod 600 it`;
  }
  closeSync(fd);
  const at = openSync(directory, "r");
  fsyncSync(at);
  closeSync(at);
  return undefined;
}

/** SQLite's primary result codes (sqlite3.h) that an operator can act on. */
const result = { busy: 5, locked: 6, readonly: 8, corrupt: 11, full: 13, cantopen: 14, notadb: 26 } as const;

/** One line: the file, what is wrong, what to do. */
export function explained(path: string, fault: unknown): StoreError {
  if (fault instanceof StoreError) return fault;
  const { code, errcode, message } = fault as { code?: string; errcode?: number; message?: string };
  const primary = errcode === undefined ? undefined : errcode & 0xff;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS" || primary === result.readonly || primary === result.cantopen) {
    return new StoreError(
      "unreadable",
      `store ${path}: may not be read and written (${code ?? message}); run as its owner or choose another path`,
    );
  }
  if (code === "EISDIR" || code === "ENOTDIR")
    return new StoreError("unreadable", `store ${path}: not a file (${code}); choose another path`);
  if (primary === result.busy || primary === result.locked) {
    return new StoreError("locked", `store ${path}: another process holds it; stop that one or choose another path`);
  }
  if (primary === result.corrupt || primary === result.notadb) {
    return new StoreError("damaged", `store ${path}: damaged or not a database; restore it from a backup, or move it away to start empty`);
  }
  if (code === "ENOSPC" || primary === result.full) {
    return new StoreError("full", `store ${path}: no space left on the disk; free some, nothing was lost`);
  }
  return new StoreError("failed", `store ${path}: ${message ?? String(fault)}`);
}
