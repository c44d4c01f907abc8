import type { Clock } from "./ports.ts";
import { Scope, ScopeEnded, Superseded } from "./scope.ts";

/** More procedures wait in a lane than it may hold. */
export class LaneFull extends Error {
  constructor(lane: string, limit: number) {
    super(`${lane}: ${limit} procedures wait already`);
    this.name = "LaneFull";
  }
}

export interface Running {
  readonly name: string;
  readonly scope: Scope;
}

interface Waiting {
  readonly name: string;
  readonly superseding: boolean;
  readonly begin: () => Promise<void>;
  readonly refuse: (reason: unknown) => void;
}

/**
 * A mailbox with at most one procedure at a time: one per UE for mobility, one per PDU session, one per transport. Each procedure has a scope,
 * finished when it resolves and closed (its `undo`s run) when it rejects; the next begins after that.
 * A procedure must not await its own lane, and must wait for others only through its scope, or superseding it waits for ever.
 */
export class Lane {
  readonly name: string;
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #waiting: Waiting[] = [];
  #running: Running | undefined;
  #draining = false;
  #idle: Promise<void> = Promise.resolve();
  #closed: { readonly reason: unknown } | undefined;

  constructor(clock: Clock, name: string, { limit = 16 }: { limit?: number } = {}) {
    this.#clock = clock;
    this.name = name;
    this.#limit = limit;
  }

  get current(): Running | undefined {
    return this.#running;
  }

  /** Procedures that wait for their turn. */
  get queued(): number {
    return this.#waiting.length;
  }

  /** Runs `procedure` when those before it are done. Rejects with what it throws, with `LaneFull`, or with the reason of `close`. */
  run<T>(name: string, procedure: (scope: Scope) => Promise<T>): Promise<T> {
    if (this.#waiting.length >= this.#limit) return Promise.reject(new LaneFull(this.name, this.#limit));
    return this.#enqueue(name, procedure, false);
  }

  /**
   * Ends the running procedure with `Superseded(reason)`, waits until its undo ran, then runs `procedure` before those that wait.
   * One that superseded and has not begun is itself superseded: the newest wins.
   */
  supersede<T>(reason: string, name: string, procedure: (scope: Scope) => Promise<T>): Promise<T> {
    while (this.#waiting[0]?.superseding) this.#waiting.shift()?.refuse(new Superseded(reason));
    // In an idle lane it begins at once: only what ran before is superseded, never itself.
    const before = this.#running;
    const done = this.#enqueue(name, procedure, true);
    before?.scope.close(new Superseded(reason)).catch(() => {}); // reported by the procedure's own promise
    return done;
  }

  /** Ends the running procedure and refuses those that wait; resolves when its undo ran. Later ones are refused. */
  async close(reason: unknown = new ScopeEnded(this.name)): Promise<void> {
    this.#closed ??= { reason };
    for (const waiting of this.#waiting.splice(0)) waiting.refuse(reason);
    this.#cancel(reason);
    await this.#idle;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #cancel(reason: unknown): void {
    this.#running?.scope.close(reason).catch(() => {}); // reported by the procedure's own promise
  }

  #enqueue<T>(name: string, procedure: (scope: Scope) => Promise<T>, superseding: boolean): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed.reason);
    return new Promise<T>((resolve, reject) => {
      const begin = async (): Promise<void> => {
        const scope = new Scope(this.#clock, `${this.name}: ${name}`);
        this.#running = { name, scope };
        let settle: () => void;
        try {
          const value = await scope.hold(procedure(scope));
          scope.check(); // it resolved all the same, but its undo runs: it was superseded
          await scope.finish();
          settle = () => resolve(value);
        } catch (thrown) {
          const error = scope.ended ? scope.reason : thrown; // what an aborted call threw says less than why it was aborted
          const fault = await scope.close(error).then(
            () => error,
            (second) => new SuppressedError(second, error, `${scope.name}: undo failed`),
          );
          settle = () => reject(fault);
        }
        this.#running = undefined;
        settle();
      };
      const waiting: Waiting = { name, superseding, begin, refuse: reject };
      if (superseding) this.#waiting.unshift(waiting);
      else this.#waiting.push(waiting);
      if (!this.#draining) this.#idle = this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) await next.begin();
    this.#draining = false;
  }
}
