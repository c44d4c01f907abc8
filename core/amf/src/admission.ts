import type { RRCEstablishmentCause } from "@freehold/ngap";
import type { Clock } from "@freehold/runtime";

/** A token bucket: `perSecond` on average, a second's worth at once. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
    this.#at = clock.now();
  }

  /** True, and one fewer, when there is a token beyond the `reserve`. */
  take(reserve = 0): boolean {
    this.#fill();
    if (this.#tokens < 1 + reserve) return false;
    this.#tokens--;
    return true;
  }
  /** As good as a new one. */
  get full(): boolean {
    this.#fill();
    return this.#tokens === this.#perSecond;
  }

  #fill(): void {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#perSecond, this.#tokens + ((now - this.#at) / 1_000) * this.#perSecond);
    this.#at = now;
  }
}

/**
 * On what an initial message is let in: its MAC is right under a context of ours; or its establishment cause is one that congestion control
 * spares (TS 24.501 §5.3.9); or nothing speaks for it.
 */
export type Claim = "verified" | "priority" | "stranger";

/** Causes that the gNB, and so the phone, may state as it likes: they have a share of their own, not a free passage. */
const spared = new Set<RRCEstablishmentCause>(["emergency", "highPriorityAccess", "mps-PriorityAccess", "mcs-PriorityAccess", "mt-Access"]);
export const hasPriority = (cause: RRCEstablishmentCause | undefined): boolean => cause !== undefined && spared.has(cause);

/** The part of all admissions that strangers leave to the others: one in five. */
const reservedPart = 5;

/**
 * NAS level congestion control before anything costs: a SUCI is deciphered and a home network asked only for what is admitted. Per gNB for
 * strangers, and apart from them for those of priority, so that neither flood shuts the others out; and in all.
 */
export class Admission {
  readonly #clock: Clock;
  readonly #perGnb: number;
  readonly #all: TokenBucket;
  readonly #reserve: number;
  readonly #of = new Map<string, TokenBucket>();
  readonly #live: (gnb: string) => boolean;
  #turnedAway = 0;

  /** `live` tells whether a Global RAN Node ID is one of a gNB that is set up. */
  constructor(clock: Clock, limits: { readonly perGnbPerSecond: number; readonly allPerSecond: number }, live: (gnb: string) => boolean) {
    this.#clock = clock;
    this.#perGnb = limits.perGnbPerSecond;
    this.#all = new TokenBucket(clock, limits.allPerSecond);
    this.#reserve = Math.floor(limits.allPerSecond / reservedPart);
    this.#live = live;
  }

  /** How many were not admitted since the start. */
  get turnedAway(): number {
    return this.#turnedAway;
  }

  admits(gnb: string, claim: Claim): boolean {
    const admitted =
      claim === "verified" ? this.#all.take() : this.#bucket(gnb, claim).take() && this.#all.take(claim === "stranger" ? this.#reserve : 0);
    if (!admitted) this.#turnedAway++;
    return admitted;
  }

  #bucket(gnb: string, claim: Claim): TokenBucket {
    const key = `${claim} ${gnb}`;
    let bucket = this.#of.get(key);
    if (bucket === undefined) {
      // A bucket outlives its node until it is full, so that setting up again fills none; then nothing is kept of it.
      for (const [old, { full }] of this.#of) if (full && !this.#live(old.slice(old.indexOf(" ") + 1))) this.#of.delete(old);
      bucket = new TokenBucket(this.#clock, this.#perGnb);
      this.#of.set(key, bucket);
    }
    return bucket;
  }
}
