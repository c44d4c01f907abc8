import type { ies } from "@freehold/pfcp";
import { answer, refuseWith } from "@freehold/sbi";
import { transfer } from "../n1n2.ts";
import { type N2Information, releaseCommand, setupRequest } from "../n2.ts";
import { setDownlink, unanswered } from "../n4-session.ts";
import { Reject } from "../reject.ts";
import type { Arrival } from "../session.ts";
import type { SessionContext, Tunnel } from "../session-context.ts";
import { reportAgain } from "./downlink-data.ts";
import type { Step } from "./step.ts";

type Reply = Arrival["reply"];

/** The downlink path at the UPF; false when the UPF refuses it or does not answer. */
async function downlink({ smf, session }: Step, an: Tunnel | undefined): Promise<boolean> {
  try {
    await setDownlink(session.held, smf.n4.ask, an);
    return true;
  } catch (error) {
    if (!(error instanceof Reject)) unanswered(error);
    session.log.warn("the downlink path is not changed", { why: error.message });
    return false;
  }
}

const none = (reply: Reply): void => reply(refuseWith(404, { error: { status: 404, cause: "CONTEXT_NOT_FOUND" } }));

/** AN release, TS 23.502 §4.2.6 steps 5-7: downlink packets wait at the UPF, and are reported. */
export async function deactivation(step: Step, reply: Reply): Promise<void> {
  const { session } = step;
  if (session.context === undefined) return none(reply);
  if (session.held.connection !== "DEACTIVATED") {
    await downlink(step, undefined); //                                                                        6a, 6b
    const { an: _, ...rest } = session.held;
    await session.commit({ ...rest, connection: "DEACTIVATED" });
  }
  reply(answer({ upCnxState: "DEACTIVATED" })); //                                                              7
}

/** Service Request, TS 23.502 §4.2.3.2 steps 4-11: the gNB is asked for resources with the tunnel that the session has at its UPF. */
export async function activation({ smf, session }: Step, reply: Reply): Promise<void> {
  const c = session.context;
  if (c === undefined) return none(reply);
  if (c.state !== "ACTIVE" || smf.n4.nodes.get(c.n4.upf)?.state !== "ASSOCIATED") {
    reply(refuseWith(504, { error: { status: 504, cause: "UPF_NOT_RESPONDING" }, upCnxState: "DEACTIVATED" }));
    return;
  }
  const { an: _, ...rest } = c;
  await session.commit({ ...rest, connection: "ACTIVATING" });
  reply(answer({ upCnxState: "ACTIVATING", n2SmInfo: setupRequest(c), n2SmInfoType: "PDU_RES_SETUP_REQ" })); // 11
}

/** Service Request, steps 15-19: the gNB's tunnel is known, or there is none. */
export async function resourcesAnswered(step: Step, said: N2Information, reply: Reply): Promise<void> {
  const { session } = step;
  const c = session.context;
  if (c === undefined) return none(reply);
  if (c.state !== "ACTIVE" || (said.is !== "setup" && said.is !== "setup failed")) return reply(answer(undefined, 204));
  if (said.is === "setup" && (await downlink(step, said.tunnel))) {
    await session.change({ connection: "ACTIVATED", an: said.tunnel });
    reply(answer({ upCnxState: "ACTIVATED" }));
    return;
  }
  if (said.is === "setup failed") session.log.warn("the gNB gives no resources", { why: said.why });
  const { an: _, ...rest } = session.held;
  await session.commit({ ...rest, connection: "DEACTIVATED" });
  reply(answer({ upCnxState: "DEACTIVATED" }));
  // TS 38.413 §8.2.1.4: the gNB has the session still, whose answer we have never heard: it gives it up, and is asked anew.
  if (said.is === "setup failed" && said.cause?.value === "multiple-PDU-session-ID-instances") {
    await giveUpResources(step, c);
    reportAgain(step.smf, session);
  }
}

/** The gNB gives up what it has for the session; the phone keeps it. */
async function giveUpResources({ smf, session, scope }: Step, c: SessionContext): Promise<void> {
  const octets = releaseCommand({ choice: "radioNetwork", value: "release-due-to-5gc-generated-reason" });
  await transfer(smf, session, c, { n2: { type: "PDU_RES_REL_CMD", octets }, skip: true }, scope);
}

/** The gNB does not know its end of the tunnel any more, TS 23.527 §5.3.3 (unchecked): downlink packets wait, and the gNB gives up the rest. */
export async function errorIndication(
  step: Step,
  ends: NonNullable<(typeof ies.ErrorIndicationReport)["~type"]>["remoteFTeid"],
): Promise<void> {
  const { session } = step;
  const c = session.context;
  const ours = ends.some(
    (end) => end.is === "fTeid" && end.teid === c?.an?.teid && (end.ipv4 === c.an.address || end.ipv6 === c.an.address),
  );
  if (c?.state !== "ACTIVE" || !ours) return;
  session.log.warn("the gNB has lost its end of the tunnel", { gnb: c.an?.address });
  await downlink(step, undefined);
  const { an: _, ...rest } = session.held;
  await session.commit({ ...rest, connection: "DEACTIVATED" });
  await giveUpResources(step, c);
}
