import { Cause5gsm } from "@freehold/model";
import { type Npcf_SMPolicyControl_Callback, noContent, type Producer, refuse } from "@freehold/sbi";
import { release } from "../procedures/pdu-session-release.ts";
import { policyUpdate } from "../procedures/policy-update.ts";
import type { Smf } from "../smf.ts";

/** What the PCF tells of a session, TS 29.512 §4.2.3. Answered at once: the session's lane may be busy. */
export function policyCallbacks(smf: Smf): Producer<typeof Npcf_SMPolicyControl_Callback, { readonly ref: string }> {
  return {
    updateNotify({ ref, body }) {
      const session = smf.sessions.byRef(ref);
      if (session?.context === undefined) return refuse(404, "CONTEXT_NOT_FOUND");
      const decision = body.smPolicyDecision;
      if (decision !== undefined) void smf.start(session, "policy update", (scope) => policyUpdate({ smf, session, scope }, decision));
      return noContent();
    },
    terminateNotify({ ref, body }) {
      const session = smf.sessions.byRef(ref);
      if (session?.context === undefined) return refuse(404, "CONTEXT_NOT_FOUND");
      const cause = body.cause === "REACTIVATION_REQUESTED" ? Cause5gsm.reactivationRequested : Cause5gsm.regularDeactivation;
      void smf.start(session, "release by the PCF", (scope) => release({ smf, session, scope }, { by: "network", cause }));
      return noContent();
    },
  };
}
