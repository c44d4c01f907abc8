import type { Cause5gmm } from "@freehold/model";

/** Stops a procedure with a cause for the phone; one runner turns it into the procedure's reject message. */
export class Reject extends Error {
  override readonly cause: Cause5gmm;
  /** Clause that asks for this cause, for the log. */
  readonly clause: string;
  constructor(cause: Cause5gmm, why: string, clause: string) {
    super(why);
    this.name = "Reject";
    this.cause = cause;
    this.clause = clause;
  }
}

/** AUTHENTICATION REJECT (TS 24.501 §5.4.1.3.5): no cause on the wire; the phone treats the USIM as invalid. */
export class AuthenticationRejected extends Error {
  constructor(why: string) {
    super(why);
    this.name = "AuthenticationRejected";
  }
}

/** Stops a procedure without a word to the phone: a timer is exhausted, the phone is gone. The N2 connection is released. */
export class Abandon extends Error {
  readonly clause: string;
  constructor(why: string, clause: string) {
    super(why);
    this.name = "Abandon";
    this.clause = clause;
  }
}
