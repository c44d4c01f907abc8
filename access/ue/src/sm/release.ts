/** TS 24.501 §6.4.3 UE-requested and §6.3.3 network-requested PDU session release. */
import { Cause5gsm } from "@freehold/model";
import { type PduSessionReleaseCommand, PduSessionReleaseComplete, PduSessionReleaseRequest, Status5gsm } from "@freehold/nas";
import { ask, TimerExpired } from "@freehold/runtime";
import { mmCauseText, NoAnswer, Rejected, smCauseText } from "../errors.ts";
import { uplinkNasTransport } from "../mm/uplink-transport.ts";
import type { Phone } from "../phone.ts";
import { timers } from "../timers.ts";
import type { PduSession } from "./session.ts";

/** Rejects with a `UeError`. At the fifth expiry of T3582 the phone releases alone (§6.4.3.5). */
export async function release(phone: Phone, session: PduSession): Promise<void> {
  await phone.wake("signalling");
  try {
    await requestRelease(phone, session.id, Cause5gsm.regularDeactivation);
  } catch (error) {
    if (error instanceof NoAnswer) session.gone("T3582 expired");
    throw error;
  }
}

/** The procedure itself, also for a session that the phone never took. Rejects with a `UeError`. */
export async function requestRelease(phone: Phone, id: number, cause: number): Promise<void> {
  const pti = phone.takePti();
  const scope = phone.scope.child(`PDU session ${id} release`);
  try {
    const answer = await ask({
      inbox: phone.smInbox,
      scope,
      timer: timers.T3582,
      send: () => uplinkNasTransport(phone, PduSessionReleaseRequest({ pduSessionId: id, pti, cause })),
      expect: (delivery) => {
        if (delivery.is === "not forwarded") return delivery.pduSessionId === id ? delivery : undefined;
        const { message } = delivery;
        if (message.pduSessionId !== id || message.pti !== pti) return undefined;
        return message.is === "PDU session release command" || message.is === "PDU session release reject" ? message : undefined;
      },
    });
    if (answer.is === "not forwarded") {
      throw new Rejected("PDU session release", `not forwarded by the AMF: ${mmCauseText(answer.cause)}`, { cause: answer.cause });
    }
    if (answer.is === "PDU session release reject") {
      throw new Rejected("PDU session release reject", smCauseText(answer.cause), { cause: answer.cause });
    }
    uplinkNasTransport(phone, PduSessionReleaseComplete({ pduSessionId: id, pti }));
    phone.sessions.get(id)?.gone(smCauseText(answer.cause));
  } catch (error) {
    if (!(error instanceof TimerExpired)) throw error;
    throw new NoAnswer("PDU session release", "T3582 expired: the network does not answer", { error });
  } finally {
    phone.releasePti(pti);
    await scope.close();
  }
}

/** §6.3.3.3; a command for a session that is not there is answered by §7.3.2 c. */
export function complete(phone: Phone, { pduSessionId, pti, cause }: PduSessionReleaseCommand): void {
  const session = phone.sessions.get(pduSessionId);
  if (session === undefined) {
    phone.refuse("5GSM message", { message: "PDU session release command", pduSessionId });
    return uplinkNasTransport(phone, Status5gsm({ pduSessionId, pti, cause: Cause5gsm.invalidPduSessionIdentity }));
  }
  uplinkNasTransport(phone, PduSessionReleaseComplete({ pduSessionId, pti }));
  session.gone(smCauseText(cause));
}
