import type { Log } from "@freehold/runtime";

/** What a real gNB does not put up with, by the name it is counted under. */
export const refusalReasons = {
  "NGAP message refused": "TS 38.413 §10",
  "not NGAP": "TS 38.412 §7 (unchecked)",
  "unknown UE NGAP ID": "TS 38.413 §10.6",
  "inconsistent UE NGAP ID": "TS 38.413 §10.6",
  "procedure not supported": "TS 38.413 §10.3",
  "NG Setup refused": "TS 38.413 §8.7.1.3",
  "security key is zero": "TS 38.413 §9.3.1.87 (unchecked)",
  "KgNB given before": "TS 33.501 §6.8.1.2.2 (unchecked)",
  "no algorithm in common": "TS 38.413 §8.3.1.3 (unchecked)",
  "wrong KgNB": "TS 33.501 §6.8.1.2",
  "security capabilities are not the phone's": "TS 38.413 §9.3.1.86",
  "AS security refused": "TS 38.331 §5.3.4 (unchecked)",
  "UE AMBR missing": "TS 38.413 §8.3.1.2",
  "no security context": "TS 38.413 §8.2.1 (unchecked)",
  "PDU session refused": "TS 38.413 §8.2.1.3 (unchecked)",
  "no answer on the air": "TS 38.331 (unchecked)",
  "G-PDU malformed": "TS 29.281 §5.1",
  "unknown TEID": "TS 29.281 §7.3.1",
  "no PDU session container": "TS 38.415 §5.5 (unchecked)",
  "unknown QFI": "TS 38.415 §5.5 (unchecked)",
  "uplink packet without bearer": "TS 37.324 (unchecked)",
  "tunnel refused by the UPF": "TS 29.281 §7.3.1",
} as const;
export type RefusalReason = keyof typeof refusalReasons;

/** Counts what was refused, and says it in the log with the clause. */
export class Refusals {
  readonly #counts = new Map<RefusalReason, number>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  count(reason: RefusalReason, fields: Record<string, unknown> = {}): void {
    const before = this.#counts.get(reason) ?? 0;
    this.#counts.set(reason, before + 1);
    // A flood of packets is not a flood of lines: 1st, 2nd, 4th, 8th …
    const count = before + 1;
    if ((count & before) === 0) this.#log.warn(`refused: ${reason}`, { clause: refusalReasons[reason], count, ...fields });
  }

  toJSON(): Readonly<Partial<Record<RefusalReason, number>>> {
    return Object.fromEntries(this.#counts);
  }
}
