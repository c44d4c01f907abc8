import type { Amf } from "../amf.ts";
import type { Ue } from "../ue.ts";
import { threeGpp } from "./step.ts";

/** TS 24.501 §5.3.7: the mobile reachable timer is T3512 and four minutes; the implicit deregistration timer as long again. */
const graceMs = 240_000;

/**
 * The UE is idle: it updates its registration before T3512 is over, or it is not paged any more, and then deregistered without a word. After
 * a restart the time begins anew: when the UE became idle nobody has written down, and it is never deregistered too early.
 */
export function watch(amf: Amf, ue: Ue): void {
  const { reach } = ue;
  reach.stopWatch();
  if (ue.context?.access[threeGpp].rm !== "REGISTERED") return;
  const period = amf.config.t3512Seconds * 1_000 + graceMs;
  reach.stopWatch = amf.background.after(period, () => {
    reach.lost = true;
    ue.log.info("mobile reachable timer expired: the UE is not paged any more (TS 24.501 §5.3.7)", { ue: ue.name });
    reach.stopWatch = amf.background.after(period, () => amf.overdue(ue));
  });
}
