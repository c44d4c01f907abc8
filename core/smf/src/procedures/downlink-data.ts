import { transfer } from "../n1n2.ts";
import { setupRequest } from "../n2.ts";
import { dropDownlink, setDownlink, unanswered } from "../n4-session.ts";
import { Reject } from "../reject.ts";
import type { Session } from "../session.ts";
import type { SessionContext } from "../session-context.ts";
import type { Smf } from "../smf.ts";
import type { Step } from "./step.ts";

/** How long an AMF may page before the UPF is asked whether packets still wait: longer than it takes any AMF to give up and say so. */
const answerMs = 30_000;
/** How long a phone that did not answer is left alone: its downlink packets are dropped. */
const unreachableMs = 30_000;
/** Before an AMF in the middle of a registration or handover is asked again, and how often. */
const busyMs = 1_000;
const busyTries = 8;

/** The session, when its phone is idle as far as this SMF knows: a user plane that comes up meanwhile needs nothing more. */
const idle = ({ context }: Session): SessionContext | undefined =>
  context?.state === "ACTIVE" && context.connection === "DEACTIVATED" ? context : undefined;

/**
 * Network-triggered Service Request, TS 23.502 §4.2.3.3, figure 4.2.3.3-1; the SMF's part, numbers are the figure's. Downlink packets wait at
 * the UPF, which has reported them (2a); the AMF is given what brings the user plane up. The lane is not held while the phone is paged.
 */
export async function downlinkData(step: Step, tries = 1): Promise<void> {
  const { smf, session, scope } = step;
  const c = idle(session);
  if (c === undefined || c.n4.uplink === undefined) return;
  session.log.info("downlink data wait for an idle phone", { upf: c.n4.upf });
  const n2 = { type: "PDU_RES_SETUP_REQ", octets: setupRequest(c) } as const;
  const paging = { failure: smf.failureUri(session.ref), qos: c.qos };
  const sent = await transfer(smf, session, c, { n2, paging }, scope, 1); //                                     3a, 3b
  switch (sent) {
    case "sent":
    case "later":
      // Whoever was to answer may be gone: the UPF reports once for all that waits, and must do so again.
      return after(smf, session, answerMs, (again) => rearm(again, "no answer to paging"));
    case "busy":
      if (tries < busyTries) return after(smf, session, busyMs, (again) => downlinkData(again, tries + 1));
      return unreachable(step);
    default:
      return unreachable(step); //                                                                             3c
  }
}

/** The phone cannot be reached (steps 3c and 5): what waits is dropped, and what comes, for a while. */
export async function unreachable({ smf, session }: Pick<Step, "smf" | "session">): Promise<void> {
  const c = idle(session);
  if (c === undefined) return;
  session.log.info("the phone cannot be reached: its downlink packets are dropped for a while", { seconds: unreachableMs / 1_000 });
  await tried(session, () => dropDownlink(c, smf.n4.ask));
  after(smf, session, unreachableMs, (again) => rearm(again, "the phone is tried again"));
}

/** Soon the UPF reports anew what waits, when anything does. */
export const reportAgain = (smf: Smf, session: Session): void =>
  after(smf, session, busyMs, (again) => rearm(again, "the gNB is asked anew"));

/** Packets wait at the UPF, and the first of them is reported. */
async function rearm({ smf, session }: Step, why: string): Promise<void> {
  const c = idle(session);
  if (c === undefined) return;
  session.log.debug("downlink packets are reported again", { why });
  await tried(session, () => setDownlink(c, smf.n4.ask, undefined));
}

/** A UPF that does not answer is heard of by its heartbeats, and told again what it should have when it is back. */
async function tried(session: Session, change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!(error instanceof Reject)) unanswered(error);
    session.log.warn("the downlink path is not changed", { why: error.message });
  }
}

/** What follows, in the session's lane; only the last that was asked for. */
function after(smf: Smf, session: Session, ms: number, procedure: (step: Step) => Promise<void>): void {
  session.stopDownlinkTimer();
  session.stopDownlinkTimer = smf.background.after(ms, () => {
    void smf.start(session, "downlink data", (scope) => procedure({ smf, session, scope }));
  });
}
