import type { Scope } from "@freehold/runtime";
import type { Session } from "../session.ts";
import type { Smf } from "../smf.ts";

/** What a procedure of one PDU session works with. */
export interface Step {
  readonly smf: Smf;
  readonly session: Session;
  readonly scope: Scope;
}
