/** A protocol timer as a row of its table: `{ name: "T3560", ms: 6_000, tries: 5, clause: "TS 24.501 table 10.2.2" }`. */
export interface Timer {
  readonly name: string;
  /** Milliseconds until expiry. */
  readonly ms: number;
  /** How often the message is sent in all: on the expiry after the last, the procedure is given up. */
  readonly tries: number;
  readonly clause: string;
}
