import type { Cancel, Clock, Log } from "@freehold/runtime";
import type { NFProfile } from "@freehold/sbi";

export type NfEvent = "NF_REGISTERED" | "NF_PROFILE_CHANGED" | "NF_DEREGISTERED";

interface Entry {
  readonly profile: NFProfile;
  readonly timer: Cancel;
}

export interface NfTableOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly heartBeatTimer: number;
  readonly most: number;
  readonly changed: (event: NfEvent, profile: NFProfile) => void;
}

/** Heartbeats missed before an NF is suspended, and before it is forgotten (TS 29.510 §5.2.2.3.2 leaves both to the operator). */
const SUSPENDED_AFTER = 3;
const FORGOTTEN_AFTER = 10;

/** The NFs that are registered, each with the timer that its heartbeats wind. */
export class NfTable {
  readonly #entries = new Map<string, Entry>();
  readonly #options: NfTableOptions;

  constructor(options: NfTableOptions) {
    this.#options = options;
  }

  get(nfInstanceId: string): NFProfile | undefined {
    return this.#entries.get(nfInstanceId)?.profile;
  }

  all(): readonly NFProfile[] {
    return [...this.#entries.values()].map((e) => e.profile);
  }

  /** The profile as kept, with our heartbeat timer; undefined when the table is full. */
  put(given: NFProfile): NFProfile | undefined {
    const known = this.#entries.get(given.nfInstanceId);
    if (known === undefined && this.#entries.size >= this.#options.most) return undefined;
    const profile = { ...given, heartBeatTimer: this.#options.heartBeatTimer };
    this.#keep(profile);
    this.#options.changed(known === undefined ? "NF_REGISTERED" : "NF_PROFILE_CHANGED", profile);
    return profile;
  }

  /** A heartbeat that may change the profile. */
  update(profile: NFProfile, changed: boolean): void {
    this.#keep(profile);
    if (changed) this.#options.changed("NF_PROFILE_CHANGED", profile);
  }

  remove(nfInstanceId: string): boolean {
    const entry = this.#entries.get(nfInstanceId);
    if (entry === undefined) return false;
    entry.timer();
    this.#entries.delete(nfInstanceId);
    this.#options.changed("NF_DEREGISTERED", entry.profile);
    return true;
  }

  #keep(profile: NFProfile): void {
    this.#entries.get(profile.nfInstanceId)?.timer();
    const ms = SUSPENDED_AFTER * this.#options.heartBeatTimer * 1_000;
    this.#entries.set(profile.nfInstanceId, { profile, timer: this.#options.clock.after(ms, () => this.#suspend(profile)) });
  }

  #suspend(profile: NFProfile): void {
    this.#options.log.warn("an NF misses its heartbeats: suspended", { nfType: profile.nfType, nfInstanceId: profile.nfInstanceId });
    const suspended: NFProfile = { ...profile, nfStatus: "SUSPENDED" };
    const ms = (FORGOTTEN_AFTER - SUSPENDED_AFTER) * this.#options.heartBeatTimer * 1_000;
    const timer = this.#options.clock.after(ms, () => this.remove(profile.nfInstanceId));
    this.#entries.set(profile.nfInstanceId, { profile: suspended, timer });
    this.#options.changed("NF_PROFILE_CHANGED", suspended);
  }

  close(): void {
    for (const { timer } of this.#entries.values()) timer();
    this.#entries.clear();
  }
}
