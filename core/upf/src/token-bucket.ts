/** A rate with a bound on bursts, in whatever unit is taken: octets for a bit rate, messages for a limit. */
export class TokenBucket {
  /** Units per millisecond. */
  readonly rate: number;
  readonly burst: number;
  #level: number;
  #at: number;

  /** Begins full at `now` (ms). */
  constructor(perSecond: number, burst: number, now: number) {
    this.rate = perSecond / 1000;
    this.burst = burst;
    this.#level = burst;
    this.#at = now;
  }

  /** Takes `units` at `now`; false, and nothing taken, when there are not as many. */
  take(units: number, now: number): boolean {
    if (now > this.#at) {
      this.#level = Math.min(this.burst, this.#level + (now - this.#at) * this.rate);
      this.#at = now;
    }
    if (units > this.#level) return false;
    this.#level -= units;
    return true;
  }

  /** Gives back what was taken for a packet that another bucket refused. */
  refund(units: number): void {
    this.#level = Math.min(this.burst, this.#level + units);
  }
}

/** TS 29.244 §8.2.8: a bit rate in kbit/s. A tenth of a second of it may come at once, and 30 kilo-octets always (a TCP sender's burst). */
export const bitRateBucket = (kbps: number, now: number): TokenBucket =>
  new TokenBucket((kbps * 1000) / 8, Math.max(30_000, (kbps * 1000) / 8 / 10), now);
