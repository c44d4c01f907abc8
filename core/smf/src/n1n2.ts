import type { Scope } from "@freehold/runtime";
import { type Arp, type Face, type N1N2MessageTransferReqData, Namf_Communication, SbiTransportError } from "@freehold/sbi";
import type { Session } from "./session.ts";
import type { Serving, SessionContext, SessionQos } from "./session-context.ts";
import type { Smf } from "./smf.ts";

/** What goes to the phone, to its gNB, or both (TS 29.518 §5.2.2.3.1). */
export interface Downlink {
  readonly n1?: Uint8Array;
  readonly n2?: { readonly type: "PDU_RES_SETUP_REQ" | "PDU_RES_REL_CMD"; readonly octets: Uint8Array };
  /** The AMF need not page for it. */
  readonly skip?: boolean;
  /** Where the AMF tells that it could not be given: it pages for the flow with this QoS. */
  readonly paging?: { readonly failure: string; readonly qos: SessionQos };
}

/** "sent": under way. "later": the AMF pages. "not sent": the phone is idle and was not to be paged. "gone": the AMF does not know it. "busy": not now. */
export type Transferred = "sent" | "later" | "not sent" | "gone" | "busy" | "failed";

const tries = 8;
const waitMs = 1_000;

type Receiver = Pick<SessionContext, "supi" | "pduSessionId" | "sNssai"> & { readonly serving: Serving };

function bodyOf({ pduSessionId, sNssai }: Receiver, { n1, n2, skip, paging }: Downlink): N1N2MessageTransferReqData {
  return {
    pduSessionId,
    ...(n1 && { n1MessageContainer: { n1MessageClass: "SM", n1MessageContent: n1 } }),
    ...(n2 && {
      n2InfoContainer: {
        n2InformationClass: "SM",
        smInfo: { pduSessionId, n2InfoContent: { ngapIeType: n2.type, ngapData: n2.octets }, sNssai },
      },
    }),
    ...(skip && { skipInd: true }),
    ...(paging && { n1n2FailureTxfNotifURI: paging.failure, "5qi": paging.qos.fiveQi, arp: arpJson(paging.qos) }),
  };
}

const arpJson = ({ arp }: SessionQos): Arp => ({
  priorityLevel: arp.priorityLevel,
  preemptCap: arp.mayPreempt ? "MAY_PREEMPT" : "NOT_PREEMPT",
  preemptVuln: arp.preemptable ? "PREEMPTABLE" : "NOT_PREEMPTABLE",
});

/**
 * Namf_Communication_N1N2MessageTransfer to the AMF that serves the UE. While a registration or handover runs the AMF refuses for a time
 * (TS 29.518 §5.2.2.3.1.2 (unchecked)): it is tried again as long as the scope lives, `most` times; "busy" when fewer are wanted than that takes.
 */
export async function transfer(
  smf: Smf,
  session: Session,
  to: Receiver,
  downlink: Downlink,
  scope: Scope,
  most = tries,
): Promise<Transferred> {
  const amf: Face<typeof Namf_Communication> = smf.peers.peer(Namf_Communication, { "target-nf-instance-id": to.serving.amfId });
  const body = bodyOf(to, downlink);
  for (let attempt = 1; ; attempt++) {
    let given: Awaited<ReturnType<typeof amf.n1n2MessageTransfer>>;
    try {
      given = await amf.n1n2MessageTransfer({ ueContextId: to.supi, body }, { ue: to.supi, scope });
    } catch (error) {
      if (!(error instanceof SbiTransportError)) throw error;
      session.log.warn("the AMF does not answer", { why: error.message });
      return "failed";
    }
    if (given.ok) {
      const { cause } = given.value;
      return cause === "N1_MSG_NOT_TRANSFERRED" ? "not sent" : cause === "ATTEMPTING_TO_REACH_UE" ? "later" : "sent";
    }
    const { cause = "" } = given.problem;
    if (given.status === 404) return "gone";
    const busy = cause.startsWith("TEMPORARY_REJECT");
    if (!busy || attempt >= most) {
      if (busy && most < tries) return "busy";
      session.log.warn("the AMF refuses a transfer", { status: given.status, cause });
      return "failed";
    }
    await scope.sleep(Math.max(waitMs, (given.refusal?.errInfo?.retryAfter ?? 0) * 1_000));
  }
}
