import type { Cancel, Clock } from "./ports.ts";
import { TimerWheel } from "./timer-wheel.ts";

/** Timers fired in one turn of the event loop before sockets are looked at again. */
const perTurn = 512;

/** `Clock.sleep` over a clock's `after`: for a clock made over another. */
export function sleepBy(clock: Pick<Clock, "after">, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const aborted = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    });
    signal?.addEventListener("abort", aborted, { once: true });
  });
}

/** A bug in a timer's function is an uncaught exception, as with setTimeout; the wheel goes on. */
const uncaught = (error: unknown): void => {
  queueMicrotask(() => {
    throw error;
  });
};

/**
 * The process's time: one timer wheel over one underlying timer. Timers follow the monotonic clock, never early, to the millisecond;
 * `now` follows the wall clock when somebody sets it.
 */
export function systemClock(fault: (error: unknown) => void = uncaught): Clock {
  const wheel = new TimerWheel();
  const start = performance.now();
  let origin = performance.timeOrigin;
  let timeout: NodeJS.Timeout | undefined;
  let wakes = Number.POSITIVE_INFINITY;

  const elapsed = (): number => performance.now() - start;
  const arm = (): void => {
    const next = wheel.next();
    if (next === wakes) return;
    clearTimeout(timeout);
    wakes = next ?? Number.POSITIVE_INFINITY;
    timeout = next === undefined ? undefined : setTimeout(turn, Math.min(Math.max(next - elapsed(), 0), 0x7fffffff));
  };
  const turn = (): void => {
    timeout = undefined;
    wakes = Number.NEGATIVE_INFINITY; // a timer armed by a firing one does not arm the timeout
    if (wheel.turn(Math.floor(elapsed()), fault, perTurn)) setImmediate(turn);
    else {
      wakes = Number.NaN;
      arm();
    }
  };

  const clock: Clock = {
    now() {
      const monotonic = performance.now();
      const wall = Date.now();
      // Date.now is whole milliseconds: beyond that, somebody has set the wall clock
      if (Math.abs(wall - origin - monotonic) > 20) origin = wall - monotonic;
      return origin + monotonic;
    },
    after(ms, fn) {
      const tick = Math.ceil(elapsed() + Math.max(ms, 0));
      const armed = wheel.arm(tick, fn);
      if (armed.tick < wakes) arm();
      return () => {
        if (wheel.cancel(armed) && wheel.size === 0 && wakes !== Number.NEGATIVE_INFINITY) arm();
      };
    },
    sleep: (ms, signal) => sleepBy(clock, ms, signal),
  };
  return clock;
}

const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Time that stands still until a test moves it. Timers fire in order of their millisecond, then of their arming. */
export class VirtualClock implements Clock {
  readonly #start: number;
  readonly #wheel = new TimerWheel();
  #pending = 0;
  #faults: unknown[] = [];

  /** Begins at `start`, by default 2026-01-01T00:00Z. */
  constructor(start = 1_767_225_600_000) {
    this.#start = start;
  }

  now(): number {
    return this.#start + this.#wheel.now;
  }

  /** Timers that are armed. */
  get armed(): number {
    return this.#wheel.size;
  }

  after(ms: number, fn: () => void): Cancel {
    const armed = this.#wheel.arm(this.#wheel.now + Math.max(ms, 0), fn);
    return () => {
      this.#wheel.cancel(armed);
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepBy(this, ms, signal);
  }

  /** Calls `fn` in a later turn of the event loop without time passing; `settle` and `advance` wait for it. For in-memory twins. */
  soon(fn: () => void): void {
    this.#pending++;
    setImmediate(() => {
      this.#pending--;
      try {
        fn();
      } catch (error) {
        this.#faults.push(error);
      }
    });
  }

  /** Lets everything happen that needs no time: microtasks, immediates and what `soon` holds. Throws what a timer or a `soon` threw. */
  async settle(): Promise<void> {
    let turns = 0;
    do {
      await turnOfLoop();
      await turnOfLoop();
      if (++turns > 100_000) throw new Error("does not settle: something is sent round and round without time passing");
    } while (this.#pending > 0);
    const [fault] = this.#faults;
    this.#faults = [];
    if (fault !== undefined) throw fault;
  }

  /** Passes `ms` milliseconds: settles, goes to the next timer, fires it, settles, and so on to the end. */
  async advance(ms: number): Promise<void> {
    const end = this.#wheel.now + Math.max(0, Math.round(ms));
    await this.settle();
    for (let next = this.#wheel.next(); next !== undefined && next <= end; next = this.#wheel.next()) await this.#to(next);
    await this.#to(end);
  }

  /** Passes as much time as `promise` needs to settle, timer by timer; gives its value. Throws when it needs more than `limit` ms. */
  async until<T>(promise: Promise<T>, limit = 3_600_000): Promise<T> {
    let settled = false;
    const over = (): void => {
      settled = true;
    };
    promise.then(over, over);
    const end = this.#wheel.now + limit;
    await this.settle();
    while (!settled) {
      const next = this.#wheel.next();
      if (next === undefined) throw new Error("never settles: no timer is armed");
      if (next > end) throw new Error(`not settled after ${limit} ms of virtual time`);
      await this.#to(next);
    }
    return promise;
  }

  async #to(tick: number): Promise<void> {
    this.#wheel.turn(tick, (error) => this.#faults.push(error));
    await this.settle();
  }
}
