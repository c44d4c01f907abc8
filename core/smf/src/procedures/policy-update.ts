import type { SmPolicyDecision } from "@freehold/sbi";
import { DEFAULT_QOS } from "../config.ts";
import { setRates, unanswered } from "../n4-session.ts";
import { sessionQos } from "../qos.ts";
import { Reject } from "../reject.ts";
import type { Step } from "./step.ts";

/**
 * A new Session-AMBR of the policy, TS 29.512 §4.2.3.2: enforced at the UPF. The phone and its gNB, which hold the rate at establishment, are
 * not told before the network-requested modification is there.
 */
export async function policyUpdate({ smf, session }: Step, decision: SmPolicyDecision): Promise<void> {
  const c = session.context;
  if (c?.state !== "ACTIVE") return;
  const { ambr } = sessionQos(decision, {}, { ...(smf.config.defaultQos ?? DEFAULT_QOS), ambr: c.qos.ambr });
  if (ambr.uplink === c.qos.ambr.uplink && ambr.downlink === c.qos.ambr.downlink) return;
  const next = { ...c, qos: { ...c.qos, ambr } };
  try {
    await setRates(next, smf.n4.ask);
  } catch (error) {
    if (!(error instanceof Reject)) unanswered(error);
    session.log.warn("the policy's rates are not enforced", { why: error.message });
    return;
  }
  await session.commit(next);
}
