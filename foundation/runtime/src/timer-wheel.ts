/** One armed timer. A link of a slot's ring while armed; out of every ring once fired or cancelled. */
export interface Armed {
  readonly tick: number;
  readonly fire: () => void;
  /** Of the ring it lies in; -1 when due. */
  level: number;
  before: Armed;
  after: Armed;
}

const bits = 6;
const slots = 1 << bits;
const levels = 7;
/** Slot widths by level: 1 ms, 64 ms, 4 s, 4 min, 4.7 h, 12 days, 2.2 years. */
const width = Array.from({ length: levels + 1 }, (_, level) => slots ** level);
const horizon = width[levels]! - 1;

function alone(tick: number, fire: () => void): Armed {
  const armed = { tick, fire, level: -1 } as Armed;
  armed.before = armed;
  armed.after = armed;
  return armed;
}
const ring = (): Armed => alone(0, () => {});
const empty = (head: Armed): boolean => head.after === head;

/**
 * A hierarchical timer wheel in whole ticks (ms): arming and cancelling cost the same at ten timers and at a million.
 * A timer lies on the lowest level where only its last digits (base 64) differ from now's, so the first occupied slot of the lowest
 * occupied level holds the earliest. Timers of one tick fire in the order they were armed.
 */
export class TimerWheel {
  #now = 0;
  #size = 0;
  readonly #rings: Armed[][] = Array.from({ length: levels }, () => Array.from({ length: slots }, ring));
  readonly #count: number[] = new Array<number>(levels).fill(0);
  readonly #due: Armed = ring();

  get now(): number {
    return this.#now;
  }

  /** Timers armed and not yet fired. */
  get size(): number {
    return this.#size;
  }

  /** Arms a timer for `tick`; one that is not in the future is for the next tick. */
  arm(tick: number, fire: () => void): Armed {
    const armed = alone(Math.min(Math.max(Math.ceil(tick), this.#now + 1), horizon), fire);
    this.#size++;
    this.#place(armed);
    return armed;
  }

  /** True when it was still armed. */
  cancel(armed: Armed): boolean {
    if (empty(armed)) return false;
    this.#unlink(armed);
    this.#size--;
    return true;
  }

  /** The tick at which `turn` next has work (never later than the earliest timer), or undefined when nothing is armed. */
  next(): number | undefined {
    if (!empty(this.#due)) return this.#now;
    const level = this.#count.findIndex((count) => count > 0);
    if (level < 0) return undefined;
    const base = Math.floor(this.#now / width[level + 1]!) * width[level + 1]!;
    let slot = this.#slot(this.#now, level) + 1;
    while (empty(this.#rings[level]![slot]!)) slot++;
    return base + slot * width[level]!;
  }

  /** Goes on to `tick` and fires what is due by then, at most `limit` timers; true when more is due. What a timer throws goes to `fault`. */
  turn(tick: number, fault: (error: unknown) => void, limit = Number.POSITIVE_INFINITY): boolean {
    for (let fired = 0; ; ) {
      while (!empty(this.#due)) {
        if (fired++ >= limit) return true;
        const armed = this.#due.after;
        this.#unlink(armed);
        this.#size--;
        try {
          armed.fire();
        } catch (error) {
          fault(error);
        }
      }
      const next = this.next();
      if (next === undefined || next > tick) break;
      this.#enter(next);
    }
    if (tick > this.#now) this.#now = tick;
    return false;
  }

  /** Makes `tick`, the start of the first occupied slot of the lowest occupied level, now: its timers are due or fall to a lower level. */
  #enter(tick: number): void {
    const level = this.#count.findIndex((count) => count > 0);
    const head = this.#rings[level]![this.#slot(tick, level)]!;
    this.#now = tick;
    while (!empty(head)) {
      const armed = head.after;
      this.#unlink(armed);
      this.#place(armed);
    }
  }

  #slot(tick: number, level: number): number {
    return Math.floor(tick / width[level]!) % slots;
  }

  #place(armed: Armed): void {
    const { tick } = armed;
    let head = this.#due;
    armed.level = -1;
    if (tick > this.#now) {
      let level = 0;
      while (Math.floor(tick / width[level + 1]!) !== Math.floor(this.#now / width[level + 1]!)) level++;
      head = this.#rings[level]![this.#slot(tick, level)]!;
      this.#count[level]!++;
      armed.level = level;
    }
    armed.before = head.before;
    armed.after = head;
    head.before.after = armed;
    head.before = armed;
  }

  #unlink(armed: Armed): void {
    if (armed.level >= 0) this.#count[armed.level]!--;
    armed.before.after = armed.after;
    armed.after.before = armed.before;
    armed.before = armed;
    armed.after = armed;
  }
}
