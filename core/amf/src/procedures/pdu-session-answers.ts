import type { Pdu } from "@freehold/ngap";
import type { SmContextUpdateData } from "@freehold/sbi";
import type { Amf } from "../amf.ts";
import type { N2Connection } from "../ran.ts";
import type { Ue } from "../ue.ts";
import { update } from "./pdu-session.ts";

/** What the gNB says of a session goes to its SMF, in the session's lane: behind the creation, whose 201 may still be on its way. */
function tell(
  amf: Amf,
  ue: Ue | undefined,
  pduSessionId: number,
  n2SmInfoType: NonNullable<SmContextUpdateData["n2SmInfoType"]>,
  n2SmInfo: Uint8Array,
): void {
  if (ue === undefined) return;
  amf.start(`PDU session ${pduSessionId}`, () =>
    ue.sessionLane(pduSessionId).run(n2SmInfoType, async () => {
      const session = ue.context?.sessions[pduSessionId];
      if (session === undefined) ue.log.warn("the gNB answers for a PDU session that is not here", { pduSessionId });
      else await update(amf, ue, session, { n2SmInfoType, n2SmInfo });
    }),
  );
}

/** PDU SESSION RESOURCE SETUP RESPONSE: per session set up or failed. A session in neither list failed without a word. */
export function resourceSetupResponse(amf: Amf, { ue }: N2Connection, { ies }: Pdu<"PDUSessionResourceSetupResponse">): void {
  for (const item of ies.pduSessionResourceSetupListSURes ?? [])
    tell(amf, ue, item.pDUSessionID, "PDU_RES_SETUP_RSP", item.pDUSessionResourceSetupResponseTransfer);
  for (const item of ies.pduSessionResourceFailedToSetupListSURes ?? [])
    tell(amf, ue, item.pDUSessionID, "PDU_RES_SETUP_FAIL", item.pDUSessionResourceSetupUnsuccessfulTransfer);
}

/** The answer to Initial Context Setup: for who waits for it, and for the SMFs of the sessions in its lists. */
export function contextSetupAnswer(
  amf: Amf,
  connection: N2Connection,
  pdu: Pdu<"InitialContextSetupResponse"> | Pdu<"InitialContextSetupFailure">,
): void {
  connection.inbox.deliver(pdu);
  const { ue } = connection;
  if (pdu.is === "InitialContextSetupResponse") {
    for (const item of pdu.ies.pduSessionResourceSetupListCxtRes ?? [])
      tell(amf, ue, item.pDUSessionID, "PDU_RES_SETUP_RSP", item.pDUSessionResourceSetupResponseTransfer);
    for (const item of pdu.ies.pduSessionResourceFailedToSetupListCxtRes ?? [])
      tell(amf, ue, item.pDUSessionID, "PDU_RES_SETUP_FAIL", item.pDUSessionResourceSetupUnsuccessfulTransfer);
  } else {
    for (const item of pdu.ies.pduSessionResourceFailedToSetupListCxtFail ?? [])
      tell(amf, ue, item.pDUSessionID, "PDU_RES_SETUP_FAIL", item.pDUSessionResourceSetupUnsuccessfulTransfer);
  }
}

/** PDU SESSION RESOURCE RELEASE RESPONSE. */
export function resourceReleaseResponse(amf: Amf, { ue }: N2Connection, { ies }: Pdu<"PDUSessionResourceReleaseResponse">): void {
  for (const item of ies.pduSessionResourceReleasedListRelRes ?? [])
    tell(amf, ue, item.pDUSessionID, "PDU_RES_REL_RSP", item.pDUSessionResourceReleaseResponseTransfer);
}
