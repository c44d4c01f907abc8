import type { Cancel } from "./ports.ts";
import type { Scope } from "./scope.ts";

/** A timer as a table of the standard prints it: its name, its value, and how often the message is sent before it is given up. */
export interface Timer {
  readonly name: string;
  readonly ms: number;
  /** Transmissions in all: 5 for "on the fifth expiry the procedure is aborted". */
  readonly tries: number;
}

/** The last expiry of a timer: no expected message came. */
export class TimerExpired extends Error {
  /** The standard's name of the timer. */
  readonly timer: string;
  constructor(timer: string) {
    super(`${timer} expired`);
    this.name = "TimerExpired";
    this.timer = timer;
  }
}

type Expectation<M> = (message: M) => boolean;
/** What an inbox holds while nobody waits: one for all, for every phone has several. */
const nobody: readonly never[] = [];

/** Where a door puts what comes in, and where procedures say what they wait for. A message goes to the expectation made first among those that match. */
export class Inbox<M> {
  #expectations: readonly Expectation<M>[] = nobody;

  /** How many wait. */
  get size(): number {
    return this.#expectations.length;
  }

  /** True when somebody was waiting for it; otherwise it is the door's to dispatch. */
  deliver(message: M): boolean {
    for (const take of this.#expectations) if (take(message)) return true;
    return false;
  }

  /**
   * The first message for which `match` gives something other than undefined. Rejects with `TimerExpired(timer.name)` after `timer.ms`, with
   * what `match` throws, or with the scope's reason.
   */
  expect<T>(match: (message: M) => T | undefined, { scope, timer }: { scope: Scope; timer?: { name: string; ms: number } }): Promise<T> {
    return scope.wait<T>((resolve, reject) => {
      const cancel = timer && scope.after(timer.ms, () => reject(new TimerExpired(timer.name)));
      const stop = this.#on(match, resolve, reject);
      return () => {
        cancel?.();
        stop();
      };
    });
  }

  /** @internal Offers each message to `match` until one is taken or the result is called. */
  #on<T>(match: (message: M) => T | undefined, resolve: (value: T) => void, reject: (reason: unknown) => void): Cancel {
    const take = (message: M): boolean => {
      try {
        const value = match(message);
        if (value === undefined) return false;
        this.#remove(take);
        resolve(value);
      } catch (error) {
        this.#remove(take);
        reject(error);
      }
      return true;
    };
    this.#expectations = [...this.#expectations, take];
    return () => this.#remove(take);
  }

  #remove(take: Expectation<M>): void {
    const left = this.#expectations.filter((other) => other !== take);
    this.#expectations = left.length === 0 ? nobody : left;
  }
}

export interface Asking<M, T> {
  /** Sends it; `transmission` counts from 1. */
  readonly send: (transmission: number) => void | Promise<void>;
  readonly timer: Timer;
  /** What ends the asking: the value for an expected message, undefined for any other. May throw (`Reject`). */
  readonly expect: (message: M) => T | undefined;
  readonly inbox: Inbox<M>;
  readonly scope: Scope;
}

/**
 * Sends, starts the timer, sends again on each expiry up to `timer.tries` transmissions; resolves with the first expected message. Rejects with
 * `TimerExpired`, with what `send` or `expect` throws, or with the scope's reason. Nothing of it outlives the scope.
 */
export function ask<M, T>({ send, timer, expect, inbox, scope }: Asking<M, T>): Promise<T> {
  return scope.wait<T>((resolve, reject) => {
    const inner = scope.child(`ask ${timer.name}`);
    let transmission = 0;
    const transmit = async (): Promise<void> => {
      if (transmission === timer.tries) return reject(new TimerExpired(timer.name));
      transmission++;
      inner.after(timer.ms, () => void transmit().catch(reject));
      await send(transmission);
    };
    inbox.expect(expect, { scope: inner }).then(resolve, reject);
    transmit().catch(reject);
    return () => void inner.close().catch(reject);
  });
}
