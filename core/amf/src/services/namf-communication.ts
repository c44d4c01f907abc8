import {
  type Answer,
  answer,
  type N1N2MessageTransferError,
  type N1N2MessageTransferReqData,
  type N1N2MessageTransferRspData,
  type Namf_Communication,
  type Producer,
  refuse,
  refuseWith,
} from "@freehold/sbi";
import type { Amf } from "../amf.ts";
import { waitFor } from "../procedures/paging.ts";
import { deliverN1Sm } from "../procedures/pdu-session.ts";
import { releaseResource, setUpResource } from "../procedures/pdu-session-resource.ts";
import { threeGpp } from "../procedures/step.ts";
import type { Ue } from "../ue.ts";

/**
 * Namf_Communication, TS 29.518 §5.2.2. N1N2MessageTransfer is answered from the UE's state, never by waiting for a lane: an SMF may call
 * it before its answer to CreateSMContext arrives.
 */
export function namfCommunication(amf: Amf): Producer<typeof Namf_Communication> {
  return {
    async n1n2MessageTransfer({ ueContextId, body }) {
      const ue = amf.ues.bySupi(ueContextId);
      if (ue?.context === undefined) return refuse(404, "CONTEXT_NOT_FOUND");
      const pduSessionId = body.pduSessionId ?? body.n2InfoContainer?.smInfo?.pduSessionId;
      if (pduSessionId === undefined) return refuse(400, "MANDATORY_IE_MISSING", "pduSessionId");
      if (body.n1MessageContainer === undefined && body.n2InfoContainer?.smInfo?.n2InfoContent === undefined)
        return refuse(400, "MANDATORY_IE_MISSING", "n1MessageContainer or n2InfoContainer");
      const { n2 } = ue;
      if (n2?.settled && !n2.releasing) return await transfer(amf, ue, n2, pduSessionId, body);
      if (n2 !== undefined && ue.mobility.current?.name === "registration")
        return refuseWith(409, { error: { status: 409, cause: "TEMPORARY_REJECT_REGISTRATION_ONGOING" } });
      return keep(amf, ue, pduSessionId, body);
    },
  };
}

/** TS 29.518 §5.2.2.3.1.1: the UE is idle and is paged, or it is just coming or going: it is given it when it is here. */
function keep(
  amf: Amf,
  ue: Ue,
  pduSessionId: number,
  { n1MessageContainer, n2InfoContainer, skipInd, arp, n1n2FailureTxfNotifURI: failure }: N1N2MessageTransferReqData,
): Answer<N1N2MessageTransferRspData, N1N2MessageTransferError> {
  if (ue.context?.access[threeGpp].rm !== "REGISTERED" || ue.reach.lost)
    return refuseWith(504, { error: { status: 504, cause: "UE_NOT_REACHABLE", detail: "the UE is idle and is not paged" } });
  if (skipInd === true) return answer({ cause: "N1_MSG_NOT_TRANSFERRED" });
  const sm = n2InfoContainer?.smInfo;
  const content = sm?.n2InfoContent;
  const uri = `${amf.world.sbi.apiRoot}/namf-comm/v1/ue-contexts/${encodeURIComponent(ue.context.supi)}/n1-n2-messages/${pduSessionId}`;
  waitFor(amf, ue, {
    pduSessionId,
    n1: n1MessageContainer?.n1MessageContent,
    n2: content && { type: content.ngapIeType ?? "", octets: content.ngapData, sNssai: sm?.sNssai },
    uri,
    failure,
    priority: arp?.priorityLevel ?? undefined,
  });
  return { ...answer({ cause: "ATTEMPTING_TO_REACH_UE" } as const, 202), location: uri };
}

const initiated: Answer<N1N2MessageTransferRspData> = answer({ cause: "N1_N2_TRANSFER_INITIATED" });

async function transfer(
  amf: Amf,
  ue: Ue,
  n2: NonNullable<Ue["n2"]>,
  pduSessionId: number,
  { n1MessageContainer, n2InfoContainer }: N1N2MessageTransferReqData,
): Promise<Answer<N1N2MessageTransferRspData, never>> {
  const n1 = n1MessageContainer?.n1MessageContent;
  const sm = n2InfoContainer?.smInfo;
  const content = sm?.n2InfoContent;
  if (sm === undefined || content === undefined) {
    if (n1 === undefined) return refuse(400, "MANDATORY_IE_MISSING", "n1MessageContainer or n2InfoContainer");
    await deliverN1Sm(ue, pduSessionId, n1);
    return initiated;
  }
  switch (content.ngapIeType) {
    case "PDU_RES_SETUP_REQ": {
      const sNssai = sm.sNssai ?? ue.context?.sessions[pduSessionId]?.sNssai;
      if (sNssai === undefined) return refuse(400, "MANDATORY_IE_MISSING", "smInfo.sNssai");
      // Not awaited: the gNB's answer goes to the SMF by an update of its own.
      amf.start("PDU session resource set-up", () => setUpResource(amf, ue, n2, { pduSessionId, sNssai, transfer: content.ngapData, n1 }));
      return initiated;
    }
    case "PDU_RES_REL_CMD":
      await releaseResource(amf, ue, pduSessionId, content.ngapData, n1);
      return initiated;
    default:
      return refuse(501, "UNSPECIFIED", `N2 information ${content.ngapIeType ?? "without a type"} is not offered`);
  }
}
