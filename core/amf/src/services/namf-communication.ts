import {
  type Answer,
  answer,
  type N1N2MessageTransferReqData,
  type N1N2MessageTransferRspData,
  type Namf_Communication,
  type Producer,
  refuse,
} from "@freehold/sbi";
import type { Amf } from "../amf.ts";
import { deliverN1Sm } from "../procedures/pdu-session.ts";
import { releaseResource, setUpResource } from "../procedures/pdu-session-resource.ts";
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
      const { n2 } = ue;
      if (n2 === undefined) return refuse(504, "UE_NOT_REACHABLE", "the UE is in CM-IDLE and is not paged");
      const pduSessionId = body.pduSessionId ?? body.n2InfoContainer?.smInfo?.pduSessionId;
      if (pduSessionId === undefined) return refuse(400, "MANDATORY_IE_MISSING", "pduSessionId");
      return await transfer(amf, ue, n2, pduSessionId, body);
    },
  };
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
