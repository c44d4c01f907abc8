import { DatabaseSync, type StatementSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import type { Log } from "@freehold/runtime";
import { encodeChange } from "./change.ts";
import { type CommitResult, explained } from "./database.ts";
import { changeOf, type LaterRow, LaterRows, mayWait, touched } from "./later.ts";
import { decodePlain } from "./plain.ts";
import type { EncodedChange } from "./plan.ts";
import { type Change, type CommitOptions, type Plain, type Row, type Store, StoreConflict } from "./ports.ts";
import { RecentRows, type Stored } from "./recent.ts";
import { StoreClosed, StoreError } from "./store-error.ts";
import type { WorkerReply, WorkerRequest, WorkerStart } from "./worker.ts";

export interface SqliteOptions {
  /** The database file; its directory is made (0700) when it is not there. */
  readonly path: string;
  readonly log?: Log;
  /** Milliseconds to wait while another process holds the file's lock; 2000 when not given. */
  readonly busy?: number;
  /**
   * Functions in other processes commit to the same file: what one acknowledges for later would not come before what another commits, so
   * every commit is durable when it is acknowledged. False when not given.
   */
  readonly shared?: boolean;
}

/** How long a change for later waits at most for a commit that takes it along, in milliseconds. */
const laterMs = 250;

interface Parts {
  readonly path: string;
  readonly worker: Worker;
  readonly reads: Reads;
  readonly log: Log | undefined;
  readonly shared: boolean;
}

/** A transaction: first what was acknowledged before, then what waits for it. */
interface Group {
  readonly later: readonly LaterRow[];
  readonly commits: readonly Pending[];
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
  const { path, log, busy = 2000, shared = false } = options;
  const start: WorkerStart = { path, busy };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: start, name: "store" });
  const opened = await firstReply(worker, path);
  if (opened.is === "refused") {
    await worker.terminate();
    throw new StoreError(opened.code, opened.message);
  }
  if (opened.is === "open" && opened.warning !== undefined) log?.warn(opened.warning);
  try {
    return new Sqlite({ path, worker, reads: new Reads(path, busy), log, shared });
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

const storedOf = ({ version, text }: LaterRow): Stored | undefined => (text === undefined ? undefined : { version, value: text });

class Sqlite implements Store {
  readonly #path: string;
  readonly #worker: Worker;
  readonly #reads: Reads;
  readonly #recent = new RecentRows();
  readonly #log: Log | undefined;
  readonly #shared: boolean;
  readonly #later = new LaterRows();
  #laterTimer: NodeJS.Timeout | undefined;
  /** The timer expired while a transaction was under way. */
  #due = false;
  /** Waiting for the transaction under way to end. */
  #waiting: Pending[] = [];
  #underWay: Group | undefined;
  #scheduled = false;
  #closed: Promise<void> | undefined;
  /** Set when the worker died: nothing can be committed any more. */
  #dead: StoreError | undefined;
  #idle: (() => void) | undefined;
  #rowWrites = 0;

  constructor({ path, worker, reads, log, shared }: Parts) {
    this.#path = path;
    this.#worker = worker;
    this.#reads = reads;
    this.#log = log;
    this.#shared = shared;
    worker.on("message", (reply: WorkerReply) => this.#onReply(reply));
    worker.on("error", (fault) => this.#onDeath(String(fault)));
    worker.on("exit", () => this.#onDeath("its thread ended"));
    // an open store alone does not keep a process alive; a commit under way does
    worker.unref();
  }

  get rowWrites(): number {
    return this.#rowWrites;
  }

  commit(changes: readonly Change[], options?: CommitOptions): Promise<readonly number[]> {
    if (this.#closed !== undefined) return Promise.reject(new StoreClosed());
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      const encoded = changes.map(encodeChange);
      if (!this.#shared && mayWait(changes, options) && !touched(this.#unacknowledged(), encoded[0]!)) {
        resolve([this.#acknowledge(encoded[0]!)]);
        return;
      }
      this.#waiting.push({ changes: encoded, resolve, reject });
      // the group is closed when this turn's other procedures have had their say, with all that follows from it, not at its first member
      if (this.#underWay !== undefined || this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        if (this.#waiting.length > 0) this.#next();
      });
    });
  }

  *#unacknowledged(): Generator<readonly EncodedChange[]> {
    for (const { changes } of this.#waiting) yield changes;
    for (const { changes } of this.#underWay?.commits ?? []) yield changes;
  }

  #acknowledge(change: EncodedChange): number {
    const { table, key } = change;
    const version = this.#later.accept(change, this.#read((reads) => this.#recent.get(table, key, reads.get))?.version ?? 0);
    this.#laterTimer ??= setTimeout(() => this.#flush(), laterMs);
    return version;
  }

  #flush(): void {
    this.#laterTimer = undefined;
    if (this.#underWay === undefined) this.#next();
    else this.#due = true;
  }

  #next(): void {
    if (this.#dead !== undefined || this.#waiting.length + this.#later.waiting === 0) return;
    const group: Group = { later: this.#later.take(), commits: this.#waiting };
    this.#underWay = group;
    this.#waiting = [];
    this.#due = false;
    clearTimeout(this.#laterTimer);
    this.#laterTimer = undefined;
    this.#worker.ref();
    this.#send(JSON.stringify([...group.later.map((row) => [changeOf(row)]), ...group.commits.map((p) => p.changes)]));
  }

  #send(request: WorkerRequest): void {
    this.#worker.postMessage(request);
  }

  #onReply(reply: WorkerReply): void {
    const { later, commits }: Group = this.#underWay ?? { later: [], commits: [] };
    this.#underWay = undefined;
    if (reply.is === "done") {
      this.#settle(later, reply.results);
      this.#answer(commits, reply.results.slice(later.length));
    } else if (reply.is === "refused") {
      this.#later.putBack(later);
      this.#log?.error(reply.message, { commits: commits.length });
      for (const { reject } of commits) reject(new StoreError(reply.code, reply.message));
    }
    if (this.#waiting.length > 0 || (this.#due && this.#later.waiting > 0)) return this.#next();
    this.#due = false;
    // refused, or acknowledged meanwhile
    if (this.#later.waiting > 0 && this.#closed === undefined) this.#laterTimer ??= setTimeout(() => this.#flush(), laterMs);
    this.#worker.unref();
    this.#idle?.();
  }

  #settle(later: readonly LaterRow[], results: readonly CommitResult[]): void {
    this.#later.settle(later);
    for (const [i, { table, key }] of later.entries()) {
      this.#recent.forget(table, key);
      const result = results[i]!;
      if ("message" in result) this.#log?.warn(`a change gives way to another process's: ${result.message}`);
      else this.#rowWrites++;
    }
  }

  #answer(commits: readonly Pending[], results: readonly CommitResult[]): void {
    for (const [i, { changes, resolve, reject }] of commits.entries()) {
      const result = results[i]!;
      this.#forget(changes); // by a conflict, too: somebody else has changed one of them
      if ("message" in result) reject(new StoreConflict(result.table, result.key, result.message));
      else {
        this.#rowWrites += changes.length;
        resolve(result);
      }
    }
  }

  #forget(changes: readonly EncodedChange[]): void {
    for (const { table, key } of changes) this.#recent.forget(table, key);
  }

  #onDeath(why: string): void {
    if (this.#dead !== undefined) return;
    this.#dead = new StoreError("failed", `store ${this.#path}: ${why}; restart to go on with what was committed`);
    if (this.#closed === undefined) this.#log?.error(this.#dead.message);
    for (const { reject } of [...(this.#underWay?.commits ?? []), ...this.#waiting]) reject(this.#dead);
    this.#underWay = undefined;
    this.#waiting = [];
    this.#later.lose();
    clearTimeout(this.#laterTimer);
    this.#idle?.();
  }

  async get<T = Plain>(table: string, key: string): Promise<Row<T> | undefined> {
    return this.#get<T>(table, key);
  }

  #get<T>(table: string, key: string): Row<T> | undefined {
    const later = this.#later.row(table, key);
    const stored = this.#read((reads) => (later === undefined ? this.#recent.get(table, key, reads.get) : storedOf(later)));
    return stored && { key, version: stored.version, value: decodePlain(stored.value) as T };
  }

  async find<T = Plain>(table: string, index: string, value: string): Promise<Row<T> | undefined> {
    const found = this.#read((reads) => reads.find<T>(table, index, value));
    return found !== undefined && this.#later.row(table, found.key) !== undefined ? this.#get<T>(table, found.key) : found;
  }

  async all<T = Plain>(table: string): Promise<readonly Row<T>[]> {
    const rows = this.#read((reads) => reads.all<T>(table));
    const later = this.#later.of(table);
    if (later.length === 0) return rows;
    const kept = rows.filter(({ key }) => this.#later.row(table, key) === undefined);
    const added = later.flatMap(({ key }) => this.#get<T>(table, key) ?? []);
    return [...kept, ...added].sort((a, b) => (a.key < b.key ? -1 : 1));
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
    if (this.#underWay === undefined) this.#next();
    while (this.#underWay !== undefined) await new Promise<void>((resolve) => (this.#idle = resolve));
    clearTimeout(this.#laterTimer);
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
