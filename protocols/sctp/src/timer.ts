import type { Cancel, Clock } from "@freehold/runtime";

/**
 * One restartable timer. Restarting it to a later time and stopping it only move a number: the clock's timer beneath stays armed and,
 * when it comes, goes on waiting or does nothing. T3-rtx is restarted with almost every SACK, so this is on the data path.
 */
export class Timer {
  readonly #clock: Clock;
  readonly #expired: () => void;
  #deadline: number | undefined;
  #armedFor = 0;
  #cancel: Cancel | undefined;

  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  get running(): boolean {
    return this.#deadline !== undefined;
  }

  /** (Re)starts it to expire `ms` from now; a caller who has just read the clock can say what `now` is. */
  start(ms: number, now: number = this.#clock.now()): void {
    const deadline = now + ms;
    this.#deadline = deadline;
    if (this.#cancel !== undefined) {
      if (this.#armedFor <= deadline) return;
      this.#cancel();
    }
    this.#arm(ms, now);
  }

  stop(): void {
    this.#deadline = undefined;
  }

  /** Stops it and lets go of the clock: nothing stays scheduled. */
  close(): void {
    this.#deadline = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(ms: number, now: number): void {
    this.#armedFor = now + ms;
    this.#cancel = this.#clock.after(ms, () => {
      this.#cancel = undefined;
      if (this.#deadline === undefined) return;
      const later = this.#clock.now();
      const left = this.#deadline - later;
      if (left >= 1) return this.#arm(left, later);
      this.#deadline = undefined;
      this.#expired();
    });
  }
}
