import { type Namf_Communication_Callback, noContent, type Producer, refuse } from "@freehold/sbi";
import { unreachable } from "../procedures/downlink-data.ts";
import type { Smf } from "../smf.ts";

/** Namf_Communication_N1N2TransferFailureNotification, TS 29.518 §5.2.2.3.2: the AMF has paged, and nobody answered. */
export function transferFailure(smf: Smf): Producer<typeof Namf_Communication_Callback, { readonly ref: string }> {
  return {
    n1n2TransferFailure({ ref, body }) {
      const session = smf.sessions.byRef(ref);
      if (session?.context === undefined) return refuse(404, "CONTEXT_NOT_FOUND");
      session.log.info("the AMF could not pass it on", { cause: body.cause });
      void smf.start(session, "phone not reachable", () => unreachable({ smf, session }));
      return noContent();
    },
  };
}
