/** TS 38.413 §8.2.3 PDU Session Resource Modify and §8.3.4 UE Context Modification. */
import { type Cause, decodeType, encodeType, type PDUSessionResourceModifyItemModReq, type Pdu } from "@freehold/ngap";
import type { GnbNode } from "../node.ts";
import type { SessionResource, UeConnection } from "../ue-connection.ts";
import { causeText, protocol, radio, transport, tunnelOf } from "../values.ts";
import { activateSecurity, type Fault, materialFault } from "./as-security.ts";
import { airCause } from "./pdu-session-resource.ts";

interface Change {
  readonly session: SessionResource;
  readonly added: readonly number[];
  readonly removed: readonly number[];
  readonly uplink: SessionResource["uplink"] | undefined;
  readonly nas: Uint8Array | undefined;
}
type Verdict = { readonly ok: true; readonly id: number; readonly change: Change } | ({ readonly ok: false; readonly id: number } & Fault);

/** What an item asks for, or why it cannot be; nothing changes yet. */
function judge(gnb: GnbNode, ue: UeConnection, item: PDUSessionResourceModifyItemModReq): Verdict {
  const id = item.pDUSessionID;
  const refuse = (cause: Cause, why: string): Verdict => ({ ok: false, id, cause, why });
  const session = ue.sessions.get(id);
  if (session === undefined) return refuse(radio("unknown-PDU-session-ID"), `there is no PDU session ${id}`);
  const read = decodeType("PDUSessionResourceModifyRequestTransfer", item.pDUSessionResourceModifyRequestTransfer);
  if (!read.ok) return refuse(protocol(read.cause), `${read.error.field}: ${read.error.detail}`);
  const { qosFlowAddOrModifyRequestList = [], qosFlowToReleaseList = [], ulNguUpTNLModifyList } = read.value;
  const asked = qosFlowAddOrModifyRequestList.map(({ qosFlowIdentifier }) => qosFlowIdentifier);
  const removed = qosFlowToReleaseList.map(({ qosFlowIdentifier }) => qosFlowIdentifier);
  if (new Set([...asked, ...removed]).size < asked.length + removed.length) {
    return refuse(radio("multiple-qos-flow-ID-instances"), "a QFI twice");
  }
  const unknown = removed.find((qfi) => !session.qfis.has(qfi));
  if (unknown !== undefined) return refuse(radio("unkown-qos-flow-ID"), `QFI ${unknown} is not of the session`);
  const bare = qosFlowAddOrModifyRequestList.find(
    ({ qosFlowIdentifier, qosFlowLevelQosParameters }) => !session.qfis.has(qosFlowIdentifier) && qosFlowLevelQosParameters === undefined,
  );
  if (bare !== undefined) return refuse(radio("unkown-qos-flow-ID"), `QFI ${bare.qosFlowIdentifier} is new and has no QoS parameters`);
  if ([...session.qfis].every((qfi) => removed.includes(qfi)) && asked.length === 0) {
    return refuse(radio("invalid-qos-combination"), "no QoS flow would be left");
  }
  const [first] = ulNguUpTNLModifyList ?? [];
  const uplink = first === undefined ? undefined : tunnelOf(first.uLNGUUPTNLInformation, gnb.userPlane.family);
  if (first !== undefined && (uplink === undefined || uplink.teid === 0)) {
    return refuse(transport("transport-resource-unavailable"), "no usable uplink tunnel: address or TEID");
  }
  return { ok: true, id, change: { session, added: asked, removed, uplink, nas: item.nASPDU } };
}

/** §8.2.3 */
export function pduSessionResourceModify(gnb: GnbNode, ue: UeConnection, { ies }: Pdu<"PDUSessionResourceModifyRequest">): void {
  ue.active();
  ue.run("PDU Session Resource Modify", async (scope) => {
    const verdicts = ies.pduSessionResourceModifyListModReq.map((item) => judge(gnb, ue, item));
    const taken = verdicts.filter((one) => one.ok);
    const refused: ({ readonly id: number } & Fault)[] = verdicts.filter((one) => !one.ok);
    for (const { id, cause, why } of refused) {
      gnb.refusals.count("PDU session refused", { pduSessionId: id, cause: causeText(cause), why });
    }
    for (const { change } of taken) {
      for (const qfi of change.added) change.session.qfis.add(qfi);
      for (const qfi of change.removed) change.session.qfis.delete(qfi);
      if (change.uplink !== undefined) change.session.uplink = change.uplink;
    }
    const nas = taken.flatMap(({ change }) => (change.nas === undefined ? [] : [change.nas]));
    try {
      if (taken.length > 0) await ue.reconfigure(scope, { add: taken.map(({ change }) => change.session), nas });
    } catch (error) {
      gnb.refusals.count("no answer on the air", { ranUeNgapId: ue.ranUeNgapId, why: airCause(error).why });
    }
    gnb.send(
      {
        is: "PDUSessionResourceModifyResponse",
        ies: {
          ...ue.ids,
          ...(taken.length === 0
            ? {}
            : {
                pduSessionResourceModifyListModRes: taken.map(({ id, change }) => ({
                  pDUSessionID: id,
                  pDUSessionResourceModifyResponseTransfer: encodeType("PDUSessionResourceModifyResponseTransfer", {
                    ...(change.added.length === 0
                      ? {}
                      : { qosFlowAddOrModifyResponseList: change.added.map((qosFlowIdentifier) => ({ qosFlowIdentifier })) }),
                  }),
                })),
              }),
          ...(refused.length === 0
            ? {}
            : {
                pduSessionResourceFailedToModifyListModRes: refused.map(({ id, cause }) => ({
                  pDUSessionID: id,
                  pDUSessionResourceModifyUnsuccessfulTransfer: encodeType("PDUSessionResourceModifyUnsuccessfulTransfer", { cause }),
                })),
              }),
        },
      },
      ue.stream,
    );
  });
}

/** §8.3.4: a new AMBR, or a new KgNB, which the phone must have too. */
export function ueContextModification(gnb: GnbNode, ue: UeConnection, { ies }: Pdu<"UEContextModificationRequest">): void {
  ue.active();
  ue.run("UE Context Modification", async (scope) => {
    const fail = ({ cause, why }: Fault): void => {
      gnb.world.log.warn("UE Context Modification failed", { ranUeNgapId: ue.ranUeNgapId, cause: causeText(cause), why });
      gnb.send({ is: "UEContextModificationFailure", ies: { ...ue.ids, cause } }, ue.stream);
    };
    if (ies.ueAggregateMaximumBitRate !== undefined) ue.hasAmbr = true;
    const { securityKey } = ies;
    const ueSecurityCapabilities = ies.ueSecurityCapabilities ?? ue.securityCapabilities;
    if (securityKey !== undefined) {
      if (ueSecurityCapabilities === undefined) {
        return fail({ cause: protocol("message-not-compatible-with-receiver-state"), why: "Initial Context Setup has not run" });
      }
      const material = { securityKey, ueSecurityCapabilities };
      try {
        const fault = materialFault(gnb, ue, material) ?? (await activateSecurity(gnb, ue, material, scope));
        if (fault !== undefined) return fail(fault);
      } catch (error) {
        scope.check();
        return fail(airCause(error));
      }
    }
    if (ies.newAMFUeNgapId !== undefined) ue.amfUeNgapId = ies.newAMFUeNgapId;
    gnb.send({ is: "UEContextModificationResponse", ies: ue.ids }, ue.stream);
  });
}
