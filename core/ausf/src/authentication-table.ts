import type { ServingNetworkName } from "@freehold/crypto";
import type { Secret } from "@freehold/model";
import type { Clock, Random } from "@freehold/runtime";
import type { ConfirmationDataResponse } from "@freehold/sbi";
import { toHex } from "@freehold/wire";

/** One authentication under way: what the AUSF keeps between the vector and RES*. */
export interface Authentication {
  readonly supi: string;
  readonly snn: ServingNetworkName;
  readonly xresStar: Uint8Array;
  readonly kausf: Secret;
  /** What the one comparison came to: a repeat is told the same, and cannot try another RES*. */
  result?: ConfirmationDataResponse;
}

export interface AuthenticationTableOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly seconds: number;
  readonly most: number;
}

/** Authentications by authCtxId, in order of their making; they end by themselves. */
export class AuthenticationTable {
  readonly #entries = new Map<string, { readonly until: number; readonly authentication: Authentication }>();
  readonly #options: AuthenticationTableOptions;

  constructor(options: AuthenticationTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  add(authentication: Authentication): string {
    const { clock, random, seconds, most } = this.#options;
    const now = clock.now();
    for (const [id, { until }] of this.#entries) {
      if (until > now && this.#entries.size < most) break;
      this.#entries.delete(id); // over, or the oldest of too many
    }
    const authCtxId = toHex(random(16));
    this.#entries.set(authCtxId, { until: now + seconds * 1_000, authentication });
    return authCtxId;
  }

  get(authCtxId: string): Authentication | undefined {
    const entry = this.#entries.get(authCtxId);
    return entry !== undefined && entry.until > this.#options.clock.now() ? entry.authentication : undefined;
  }

  remove(authCtxId: string): boolean {
    return this.#entries.delete(authCtxId);
  }
}
