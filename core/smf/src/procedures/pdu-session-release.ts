import { Cause5gsm } from "@freehold/model";
import { encode, PduSessionReleaseCommand, type PduSessionReleaseComplete } from "@freehold/nas";
import { ask, TimerExpired } from "@freehold/runtime";
import { answer } from "@freehold/sbi";
import { N2_ANSWER_MS, T3592 } from "../config.ts";
import { type Transferred, transfer } from "../n1n2.ts";
import { releaseCommand } from "../n2.ts";
import type { SessionCause } from "../reject.ts";
import type { Arrival } from "../session.ts";
import type { Step } from "./step.ts";
import { removeN4, tearDown } from "./tear-down.ts";

/** Why a session is released with the phone's knowledge: the phone asked (1a), the AMF asks for N1 and N2 signalling (1f), or we do (1b, 1e). */
export type ReleaseTrigger =
  | { readonly by: "UE"; readonly pti: number; readonly cause?: SessionCause; readonly reply: Arrival["reply"] }
  | { readonly by: "AMF"; readonly cause?: SessionCause; readonly reply: Arrival["reply"] }
  /** `unsure`: a restart has interrupted the session: phone, gNB and UPF may have it, or not. */
  | { readonly by: "network"; readonly cause?: SessionCause | undefined; readonly unsure?: boolean };

/**
 * PDU Session Release, TS 23.502 §4.3.4.2, figure 4.3.4.2-1; TS 24.501 §6.3.3 and §6.4.3. The SMF's part; numbers are the figure's.
 * However the phone and its gNB answer, the session is gone in the end.
 */
export async function release({ smf, session, scope }: Step, trigger: ReleaseTrigger): Promise<void> {
  const c = session.context;
  if (c === undefined) {
    if (trigger.by !== "network") trigger.reply(answer(undefined, 204));
    return;
  }
  await session.change({ state: "RELEASING" });
  scope.undo(() => tearDown(smf, session, {})); // pushed aside by an end without signalling
  const unsure = trigger.by === "network" && trigger.unsure === true;
  const n4Gone = await removeN4(smf, session, unsure); //                                                              2a, 2b

  const { pduSessionId } = c;
  const pti = trigger.by === "UE" ? trigger.pti : 0;
  const cause = trigger.cause ?? Cause5gsm.regularDeactivation;
  const n1 = encode(PduSessionReleaseCommand({ pduSessionId, pti, cause }));
  session.releasing = { pti, command: n1 };
  const resources = c.connection === "DEACTIVATED" && !unsure ? undefined : releaseCommand({ choice: "nas", value: "normal-release" });
  const n2 = resources && ({ type: "PDU_RES_REL_CMD", octets: resources } as const);

  let sent = "sent" as Transferred;
  const send = async (transmission: number): Promise<void> => {
    if (trigger.by !== "network" && transmission === 1) {
      trigger.reply(answer({ n1SmMsg: n1, ...(n2 && { n2SmInfo: n2.octets, n2SmInfoType: n2.type }) })); //    3a, 3d
      return;
    }
    sent = await transfer(smf, session, c, { n1, ...(n2 && transmission === 1 && { n2 }), skip: true }, scope); // 3b, 4
    if (sent === "gone" || sent === "not sent" || sent === "failed") throw new NotSent();
  };
  const acknowledged = n2 && session.inbox.expect(resourcesReleased, { scope, timer: { name: "N2 answer", ms: N2_ANSWER_MS } }); // 6-7
  acknowledged?.catch(() => {});
  try {
    await ask({ send, timer: T3592, expect: (arrival: Arrival) => releaseComplete(arrival, pti), inbox: session.inbox, scope }); // 8-10
    await acknowledged?.catch((error: unknown) => {
      if (!(error instanceof TimerExpired)) throw error;
      session.log.warn("the gNB does not say that it has released the resources");
    });
  } catch (error) {
    if (error instanceof TimerExpired) session.log.warn("the phone does not complete the release", { timer: error.timer });
    else if (!(error instanceof NotSent)) throw error;
  }
  await tearDown(smf, session, { notify: sent === "gone" ? undefined : "RELEASED", n4Gone }); //                11, 12
}

/** There is nobody to wait for: the phone is idle, or its AMF does not know it or does not answer. */
class NotSent extends Error {}

/** PDU SESSION RELEASE COMPLETE of this transaction; a 5GSM STATUS that says that the phone has no such session will do (TS 24.501 §6.5.3 (unchecked)). */
function releaseComplete({ n1, reply }: Arrival, pti: number): PduSessionReleaseComplete | true | undefined {
  if (n1?.is === "5GSM status" && n1.cause === Cause5gsm.invalidPduSessionIdentity) {
    reply(answer(undefined, 204));
    return true;
  }
  if (n1?.is !== "PDU session release complete" || n1.pti !== pti) return undefined;
  reply(answer(undefined, 204));
  return n1;
}

function resourcesReleased({ n2, reply }: Arrival): true | undefined {
  if (n2?.is !== "released" && n2?.is !== "setup failed") return undefined;
  reply(answer(undefined, 204));
  return true;
}
