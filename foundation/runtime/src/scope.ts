import type { Cancel, Clock } from "./ports.ts";

/** A scope came to its end without a fault: whoever still waited in it is told so. */
export class ScopeEnded extends Error {
  constructor(name: string) {
    super(`${name} has ended`);
    this.name = "ScopeEnded";
  }
}

/** Something more important took the place of the procedure. Its `undo` runs, only what was committed stays. */
export class Superseded extends Error {
  /** What superseded it, and why. */
  readonly by: string;
  constructor(by: string) {
    super(`superseded: ${by}`);
    this.name = "Superseded";
    this.by = by;
  }
}

type Work = () => void | Promise<void>;

/**
 * Structured concurrency: what a procedure starts (timers, waits, calls, further scopes) ends with its scope, and its effects elsewhere are undone
 * unless it finished. `close` waits for its tasks, then runs everything pushed by `defer` and `undo`, last first, one after the other; `finish` forgets the `undo`s and closes.
 */
export class Scope {
  readonly clock: Clock;
  readonly name: string;
  #controller: AbortController | undefined;
  #ended = false;
  #reason: unknown;
  #closing: Promise<void> | undefined;
  #unwound = false;
  // Made when there is something to hold: most scopes are short and hold one or two things.
  #waits: Set<(reason: unknown) => void> | undefined;
  #tasks: Set<Promise<void>> | undefined;
  #children: Set<Scope> | undefined;
  #parent: Scope | undefined;
  #work: { undo: boolean; run: Work }[] = [];

  constructor(clock: Clock, name = "scope") {
    this.clock = clock;
    this.name = name;
  }

  /** Aborts with the reason when the scope ends. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#ended) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Why it ended. An end without a fault has its error, and the stack in it, made when somebody asks: few do. */
  get reason(): unknown {
    if (this.#ended) this.#reason ??= new ScopeEnded(this.name);
    return this.#reason;
  }

  /** Throws the reason when the scope has ended. */
  check(): void {
    if (this.#ended) throw this.reason;
  }

  /** A scope that ends when this one does. Throws the reason when this one has ended. */
  child(name: string): Scope {
    this.check();
    const child = new Scope(this.clock, name);
    this.#children ??= new Set();
    this.#children.add(child);
    child.#parent = this;
    return child;
  }

  /** Runs `work` when the scope closes, however it ends. In a scope that has ended it runs at once, as part of closing. */
  defer(work: Work): void {
    this.#push(false, work);
  }

  /** Runs `work` when the scope closes, unless it finished: takes back an effect elsewhere. */
  undo(work: Work): void {
    this.#push(true, work);
  }

  #push(undo: boolean, run: Work): void {
    if (!this.#unwound) this.#work.push({ undo, run });
    else this.#closing = Promise.all([this.#closing, (async () => run())()]).then(() => undefined);
  }

  /** Calls `fn` with the reason when the scope ends; at once when it has ended. What it returns takes `fn` off again. */
  onEnd(fn: (reason: unknown) => void): Cancel {
    if (this.#ended) {
      fn(this.reason);
      return () => {};
    }
    this.#waits ??= new Set();
    this.#waits.add(fn);
    return () => void this.#waits?.delete(fn);
  }

  /** A timer that dies with the scope. */
  after(ms: number, fn: () => void): Cancel {
    if (this.#ended) return () => {};
    const cancel = this.clock.after(ms, () => {
      leave();
      fn();
    });
    const leave = this.onEnd(cancel);
    return () => {
      leave();
      cancel();
    };
  }

  /** Resolves after `ms`; rejects with the reason when the scope ends first. */
  sleep(ms: number): Promise<void> {
    return this.wait<void>((resolve) => this.after(ms, resolve));
  }

  /**
   * A promise that dies with the scope: `begin` is given resolve and reject and returns what stops the waiting, called once, however it ends.
   * Rejects with the reason when the scope ends first.
   */
  wait<T>(begin: (resolve: (value: T) => void, reject: (reason: unknown) => void) => Cancel | undefined): Promise<T> {
    if (this.#ended) return Promise.reject(this.reason);
    return new Promise<T>((resolve, reject) => {
      let stop: Cancel | undefined;
      let settled = false;
      const settle = (): boolean => {
        if (settled) return false;
        settled = true;
        leave();
        stop?.();
        return true;
      };
      const fail = (reason: unknown): void => {
        if (settle()) reject(reason);
      };
      const leave = this.onEnd(fail);
      try {
        stop = begin((value) => {
          if (settle()) resolve(value);
        }, fail);
      } catch (error) {
        fail(error);
      }
      if (settled) stop?.(); // settled while beginning
    });
  }

  /** `promise`, or a rejection with the reason as soon as the scope ends. What `promise` does later is not heard. */
  guard<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {}); // a rejection that comes after the end has nobody to hear it
    return this.wait<T>((resolve, reject) => {
      promise.then(resolve, reject);
      return undefined;
    });
  }

  /** The first of `promises` to settle, or a rejection with the reason. */
  race<T>(promises: readonly Promise<T>[]): Promise<T> {
    return this.guard(Promise.race(promises));
  }

  /** Starts work beside the caller's; `close` waits for it. If it fails while the scope lives, the scope closes with its error. */
  start(work: (scope: Scope) => Promise<void>): void {
    this.check();
    this.hold(work(this)).catch((error: unknown) => this.#end(error));
  }

  /** Makes closing wait until `promise` has settled before deferred work runs: the procedure that runs in the scope. Gives it back. */
  hold<T>(promise: Promise<T>): Promise<T> {
    const over = (): void => void this.#tasks?.delete(task);
    const task: Promise<void> = promise.then(over, over);
    this.#tasks ??= new Set();
    this.#tasks.add(task);
    return promise;
  }

  /**
   * Ends the scope: the signal aborts and every wait rejects with `reason`, at once; then resolves when children, tasks and the deferred work are
   * done. Rejects with what deferred work threw (AggregateError when several did), after all of it ran. Again: the same promise.
   */
  close(reason?: unknown): Promise<void> {
    this.#end(reason);
    return this.#closing ?? Promise.resolve();
  }

  /** Closes a scope whose procedure has done its work: what `undo` was given does not run. */
  finish(): Promise<void> {
    if (!this.#ended && this.#work.length > 0) this.#work = this.#work.filter(({ undo }) => !undo);
    return this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #end(reason?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reason = reason;
    if (this.#waits !== undefined && this.#waits.size > 0) {
      const waits = [...this.#waits];
      this.#waits.clear();
      for (const fail of waits) fail(this.reason);
    }
    this.#controller?.abort(this.reason);
    if (this.#work.length === 0 && !this.#children?.size && !this.#tasks?.size) return this.#gone(); // nothing to wait for, as mostly
    const children = this.#children === undefined ? [] : [...this.#children].reverse();
    for (const child of children) child.#end(this.reason);
    this.#closing = this.#unwind(children);
    this.#closing.catch(() => {}); // heard by whoever calls close
  }

  #gone(): void {
    this.#unwound = true;
    const parent = this.#parent;
    if (parent !== undefined) parent.#children?.delete(this);
  }

  async #unwind(children: readonly Scope[]): Promise<void> {
    const faults: unknown[] = [];
    const tried = async (work: Work): Promise<void> => {
      try {
        await work();
      } catch (error) {
        faults.push(error);
      }
    };
    for (const child of children) await tried(() => child.close());
    if (this.#tasks !== undefined) await Promise.all(this.#tasks);
    for (let last = this.#work.pop(); last !== undefined; last = this.#work.pop()) await tried(last.run);
    this.#gone();
    if (faults.length === 1) throw faults[0];
    if (faults.length > 1) throw new AggregateError(faults, `${this.name}: ${faults.length} faults while closing`);
  }
}
