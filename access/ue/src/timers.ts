import type { Timer } from "@freehold/model";

/** Timers of the UE, TS 24.501 tables 10.2.1 (5GMM) and 10.3.1 (5GSM), values unchecked. T3502 and T3512 are defaults: the network gives its own. */
export const timers = {
  T3502: { name: "T3502", ms: 720_000, tries: 1, clause: "TS 24.501 §5.5.1.2.7" },
  T3510: { name: "T3510", ms: 15_000, tries: 1, clause: "TS 24.501 §5.5.1.2.7" },
  /** Between attempts; the registration attempt counter ends at five. */
  T3511: { name: "T3511", ms: 10_000, tries: 5, clause: "TS 24.501 §5.5.1.2.7" },
  T3512: { name: "T3512", ms: 3_240_000, tries: 1, clause: "TS 24.501 §5.3.7" },
  T3516: { name: "T3516", ms: 30_000, tries: 1, clause: "TS 24.501 §5.4.1.3.2" },
  T3517: { name: "T3517", ms: 15_000, tries: 1, clause: "TS 24.501 §5.6.1.7" },
  T3520: { name: "T3520", ms: 15_000, tries: 1, clause: "TS 24.501 §5.4.1.3.7" },
  T3521: { name: "T3521", ms: 15_000, tries: 5, clause: "TS 24.501 §5.5.2.2.6" },
  T3540: { name: "T3540", ms: 10_000, tries: 1, clause: "TS 24.501 §5.3.1.3" },
  T3580: { name: "T3580", ms: 16_000, tries: 5, clause: "TS 24.501 §6.4.1.6" },
  T3582: { name: "T3582", ms: 16_000, tries: 5, clause: "TS 24.501 §6.4.3.5" },
  /** RRC set-up, TS 38.331 §7.1.1 (unchecked); sent again as the random access would be. */
  T300: { name: "T300", ms: 1_000, tries: 4, clause: "TS 38.331 §5.3.3 (unchecked)" },
} as const satisfies Record<string, Timer>;
export type TimerName = keyof typeof timers;
