/** Hosts remembered at a time; the one not heard for longest is forgotten for a new one, and begins anew. */
const hosts = 1_024;

/** How fast each host may set associations up: a bucket a host that fills by `perSecond` a second and holds as many. */
export class Pace {
  readonly #perSecond: number;
  /** In the order in which they were last heard. */
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Whether `host` may have one more at `now` (milliseconds). */
  admits(host: string, now: number): boolean {
    const full = this.#perSecond;
    const bucket = this.#buckets.get(host) ?? { tokens: full, at: now };
    this.#buckets.delete(host);
    this.#buckets.set(host, bucket);
    if (this.#buckets.size > hosts) this.#buckets.delete(this.#buckets.keys().next().value ?? host);
    bucket.tokens = Math.min(full, bucket.tokens + (Math.max(0, now - bucket.at) * full) / 1_000);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}
