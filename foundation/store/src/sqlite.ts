import { DatabaseSync, type StatementSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import type { Log } from "@freehold/runtime";
import { encodeChange } from "./change.ts";
import { explained } from "./database.ts";
import { decodePlain } from "./plain.ts";
import type { EncodedChange } from "./plan.ts";
import { type Change, type Plain, type Row, type Store, StoreConflict } from "./ports.ts";
import { RecentRows, type Stored } from "./recent.ts";
import { StoreClosed, StoreError } from "./store-error.ts";
import type { WorkerReply, WorkerRequest, WorkerStart } from "./worker.ts";

export interface SqliteOptions {
  /** The database file; its directory is made (0700) when it is not there. */
  readonly path: string;
  readonly log?: Log;
  /** Milliseconds to wait while another process holds the file's lock; 2000 when not given. */
  readonly busy?: number;
}

interface Pending {
  readonly changes: readonly EncodedChange[];
  readonly resolve: (versions: readonly number[]) => void;
  readonly reject: (fault: Error) => void;
}

/**
 * Opens or makes the durable store. Rejects with `StoreError`, one line an operator can act on.
 *
 * Writes go to a worker: all commits that arrive while one transaction is being synced make up the next. Reads are synchronous inside,
 * on a read-only connection of this thread: some 20 microseconds, exactly what is committed; by key, what was read a moment ago is read
 * once (recent.ts).
 */
export async function sqliteStore(options: SqliteOptions): Promise<Store> {
  const { path, log, busy = 2000 } = options;
  const start: WorkerStart = { path, busy };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: start, name: "store" });
  const opened = await firstReply(worker, path);
  if (opened.is === "refused") {
    await worker.terminate();
    throw new StoreError(opened.code, opened.message);
  }
  if (opened.is === "open" && opened.warning !== undefined) log?.warn(opened.warning);
  try {
    return new Sqlite(path, worker, new Reads(path, busy), log);
  } catch (fault) {
    await worker.terminate();
    throw explained(path, fault);
  }
}

function firstReply(worker: Worker, path: string): Promise<WorkerReply> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new StoreError("failed", `store ${path}: its thread ended before the file was open`));
    const settle = (then: () => void): void => {
      // off, not removeAllListeners: that would take the worker's own along
      worker.off("exit", ended);
      then();
    };
    worker.once("message", (reply: WorkerReply) => settle(() => resolve(reply)));
    worker.once("error", (fault) => settle(() => reject(explained(path, fault))));
    worker.once("exit", ended);
  });
}

/** The read-only connection: what the worker has committed, as of now. */
class Reads {
  readonly #db: DatabaseSync;
  readonly #get: StatementSync;
  readonly #find: StatementSync;
  readonly #all: StatementSync;

  constructor(path: string, busy: number) {
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: busy });
    this.#get = this.#db.prepare(`SELECT version, value FROM row WHERE "table" = ? AND key = ?`);
    this.#find = this.#db.prepare(
      `SELECT r.key, r.version, r.value FROM secondary s JOIN row r ON r."table" = s."table" AND r.key = s.key
       WHERE s."table" = ? AND s.name = ? AND s.value = ?`,
    );
    this.#all = this.#db.prepare(`SELECT key, version, value FROM row WHERE "table" = ? ORDER BY key`);
  }

  readonly get = (table: string, key: string): Stored | undefined => this.#get.get(table, key) as Stored | undefined;

  find<T>(table: string, index: string, value: string): Row<T> | undefined {
    const found = this.#find.get(table, index, value);
    return found && row<T>(found);
  }

  all<T>(table: string): Row<T>[] {
    return this.#all.all(table).map(row<T>);
  }

  close(): void {
    this.#db.close();
  }
}

function row<T>(found: Record<string, unknown>): Row<T> {
  const { key, version, value } = found as { key: string; version: number; value: string };
  return { key, version, value: decodePlain(value) as T };
}

class Sqlite implements Store {
  readonly #path: string;
  readonly #worker: Worker;
  readonly #reads: Reads;
  readonly #recent = new RecentRows();
  readonly #log: Log | undefined;
  /** Waiting for the transaction under way to end. */
  #waiting: Pending[] = [];
  /** In the transaction under way. */
  #underWay: readonly Pending[] = [];
  #scheduled = false;
  #closed: Promise<void> | undefined;
  /** Set when the worker died: nothing can be committed any more. */
  #dead: StoreError | undefined;
  #idle: (() => void) | undefined;
  #rowWrites = 0;

  constructor(path: string, worker: Worker, reads: Reads, log: Log | undefined) {
    this.#path = path;
    this.#worker = worker;
    this.#reads = reads;
    this.#log = log;
    worker.on("message", (reply: WorkerReply) => this.#onReply(reply));
    worker.on("error", (fault) => this.#onDeath(String(fault)));
    worker.on("exit", () => this.#onDeath("its thread ended"));
    // an open store alone does not keep a process alive; a commit under way does
    worker.unref();
  }

  get rowWrites(): number {
    return this.#rowWrites;
  }

  commit(changes: readonly Change[]): Promise<readonly number[]> {
    if (this.#closed !== undefined) return Promise.reject(new StoreClosed());
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes: changes.map(encodeChange), resolve, reject });
      // the group is closed when this turn's other procedures have had their say, not at its first member
      if (this.#underWay.length > 0 || this.#scheduled) return;
      this.#scheduled = true;
      queueMicrotask(() => this.#next());
    });
  }

  #next(): void {
    this.#scheduled = false;
    if (this.#waiting.length === 0 || this.#dead !== undefined) return;
    this.#underWay = this.#waiting;
    this.#waiting = [];
    this.#worker.ref();
    this.#send(this.#underWay.map((p) => p.changes));
  }

  #send(request: WorkerRequest): void {
    this.#worker.postMessage(request);
  }

  #onReply(reply: WorkerReply): void {
    const group = this.#underWay;
    this.#underWay = [];
    if (reply.is === "done") {
      for (let i = 0; i < group.length; i++) {
        const { changes, resolve, reject } = group[i]!;
        const result = reply.results[i]!;
        if ("message" in result) {
          this.#forget(changes); // somebody else has changed one of them
          reject(new StoreConflict(result.table, result.key, result.message));
        } else {
          this.#rowWrites += changes.length;
          this.#forget(changes);
          resolve(result);
        }
      }
    } else if (reply.is === "refused") {
      this.#log?.error(reply.message, { commits: group.length });
      for (const { reject } of group) reject(new StoreError(reply.code, reply.message));
    }
    this.#next();
    if (this.#underWay.length > 0) return;
    this.#worker.unref();
    this.#idle?.();
  }

  #forget(changes: readonly EncodedChange[]): void {
    for (const { table, key } of changes) this.#recent.forget(table, key);
  }

  #onDeath(why: string): void {
    if (this.#dead !== undefined) return;
    this.#dead = new StoreError("failed", `store ${this.#path}: ${why}; restart to go on with what was committed`);
    if (this.#closed === undefined) this.#log?.error(this.#dead.message);
    for (const { reject } of [...this.#underWay, ...this.#waiting]) reject(this.#dead);
    this.#underWay = [];
    this.#waiting = [];
    this.#idle?.();
  }

  async get<T = Plain>(table: string, key: string): Promise<Row<T> | undefined> {
    const stored = this.#read((reads) => this.#recent.get(table, key, reads.get));
    return stored && { key, version: stored.version, value: decodePlain(stored.value) as T };
  }

  async find<T = Plain>(table: string, index: string, value: string): Promise<Row<T> | undefined> {
    return this.#read((reads) => reads.find<T>(table, index, value));
  }

  async all<T = Plain>(table: string): Promise<readonly Row<T>[]> {
    return this.#read((reads) => reads.all<T>(table));
  }

  #read<T>(from: (reads: Reads) => T): T {
    if (this.#closed !== undefined) throw new StoreClosed();
    try {
      return from(this.#reads);
    } catch (fault) {
      throw explained(this.#path, fault);
    }
  }

  /** Waits for the commits that were asked for, then closes the file. */
  close(): Promise<void> {
    return (this.#closed ??= this.#finish());
  }

  async #finish(): Promise<void> {
    if (this.#underWay.length + this.#waiting.length > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    this.#reads.close();
    if (this.#dead !== undefined) return;
    const ended = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    this.#worker.ref();
    this.#send("close");
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
