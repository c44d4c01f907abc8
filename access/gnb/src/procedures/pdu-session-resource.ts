/** TS 38.413 §8.2.1 PDU Session Resource Setup, §8.2.2 Release. */
import { samePlmn, sameSNssai } from "@freehold/model";
import {
  type Cause,
  type CriticalityDiagnostics,
  decodeType,
  encodeType,
  type Finding,
  type PDUSessionResourceSetupItemCxtReq,
  type PDUSessionResourceSetupItemSUReq,
  type PDUSessionResourceSetupRequestTransfer,
  type Pdu,
  type QosFlowSetupRequestItem,
  type SecurityIndication,
} from "@freehold/ngap";
import { Superseded } from "@freehold/runtime";
import type { GnbNode } from "../node.ts";
import { RadioLost, type SessionResource, type UeConnection } from "../ue-connection.ts";
import { causeText, ngapTunnel, protocol, radio, sNssaiOf, transport, tunnelOf } from "../values.ts";

export interface Refused {
  readonly ok: false;
  readonly id: number;
  readonly cause: Cause;
  readonly why: string;
  readonly criticalityDiagnostics?: CriticalityDiagnostics;
}
export interface Admitted {
  readonly ok: true;
  readonly id: number;
  readonly session: SessionResource;
  readonly transfer: PDUSessionResourceSetupRequestTransfer;
  readonly nas: Uint8Array | undefined;
}
type Item = PDUSessionResourceSetupItemCxtReq | PDUSessionResourceSetupItemSUReq;

/** Standardised 5QIs with a guaranteed bit rate and without (TS 23.501 table 5.7.4-1, unchecked); 128 to 254 are the operator's. */
const gbr5qis = new Set([1, 2, 3, 4, 65, 66, 67, 71, 72, 73, 74, 75, 76, 82, 83, 84, 85, 86, 87, 88, 89, 90]);
const nonGbr5qis = new Set([5, 6, 7, 8, 9, 10, 69, 70, 79, 80]);

/** Identifier of an IE in criticality diagnostics. */
export const ieId = { pduSessionAggregateMaximumBitRate: 130, ueAggregateMaximumBitRate: 110 } as const;
export const missing = (iEID: number): CriticalityDiagnostics =>
  ({
    iEsCriticalityDiagnostics: [{ iECriticality: "reject", iEID, typeOfError: "missing" }],
  }) as CriticalityDiagnostics;

function diagnostics(findings: readonly Finding[]): CriticalityDiagnostics | undefined {
  const ies = findings
    .filter((f) => f.criticality !== "ignore" && (f.kind === "missing" || f.kind === "not-understood"))
    .map((f) => ({ iECriticality: f.criticality, iEID: f.id, typeOfError: f.kind as "missing" | "not-understood" }));
  return ies.length === 0 ? undefined : { iEsCriticalityDiagnostics: ies };
}

const isGbr = ({ qosFlowLevelQosParameters: { qosCharacteristics, gBRQosInformation } }: QosFlowSetupRequestItem): boolean =>
  qosCharacteristics.choice === "nonDynamic5QI" && gbr5qis.has(qosCharacteristics.value.fiveQI) ? true : gBRQosInformation !== undefined;

/** What is wrong with the QoS flows, or undefined. */
function flowFault(transfer: PDUSessionResourceSetupRequestTransfer): Omit<Refused, "ok" | "id"> | undefined {
  const flows = transfer.qosFlowSetupRequestList;
  const seen = new Set<number>();
  for (const flow of flows) {
    const { qosFlowIdentifier: qfi, qosFlowLevelQosParameters: qos } = flow;
    if (seen.has(qfi)) return { cause: radio("multiple-qos-flow-ID-instances"), why: `QFI ${qfi} twice` };
    seen.add(qfi);
    if (qfi === 0) return { cause: radio("unkown-qos-flow-ID"), why: "QFI 0 names no flow" };
    if (qos.qosCharacteristics.choice === "nonDynamic5QI") {
      const { fiveQI } = qos.qosCharacteristics.value;
      const known = gbr5qis.has(fiveQI) || nonGbr5qis.has(fiveQI) || (fiveQI >= 128 && fiveQI <= 254);
      if (!known) return { cause: radio("not-supported-5QI-value"), why: `5QI ${fiveQI}` };
    }
    if (isGbr(flow) && qos.gBRQosInformation === undefined) {
      return { cause: radio("invalid-qos-combination"), why: `QFI ${qfi} has a guaranteed bit rate, and none is given` };
    }
  }
  // §9.3.4.1: present when at least one non-GBR flow is set up.
  if (flows.some((flow) => !isGbr(flow)) && transfer.pduSessionAggregateMaximumBitRate === undefined) {
    return {
      cause: protocol("abstract-syntax-error-reject"),
      why: "PDU Session Aggregate Maximum Bit Rate is missing, with a non-GBR flow",
      criticalityDiagnostics: missing(ieId.pduSessionAggregateMaximumBitRate),
    };
  }
  return undefined;
}

function securityFault(indication: SecurityIndication | undefined): Omit<Refused, "ok" | "id"> | undefined {
  // The simulated air protects no user data, so it cannot promise to.
  if (indication?.integrityProtectionIndication === "required")
    return { cause: radio("up-integrity-protection-not-possible"), why: "user plane integrity is required" };
  if (indication?.confidentialityProtectionIndication === "required")
    return { cause: radio("up-confidentiality-protection-not-possible"), why: "user plane confidentiality is required" };
  return undefined;
}

/** Judges one PDU session of a list; takes a TEID for it when it can be set up. */
function admit(gnb: GnbNode, ue: UeConnection, item: Item, earlier: ReadonlySet<number>): Admitted | Refused {
  const id = item.pDUSessionID;
  const refuse = (fault: Omit<Refused, "ok" | "id">): Refused => ({ ok: false, id, ...fault });
  if (earlier.has(id) || ue.sessions.has(id)) {
    return refuse({ cause: radio("multiple-PDU-session-ID-instances"), why: `PDU session ${id} is there already` });
  }
  const sNssai = sNssaiOf(item.sNSSAI);
  const slices = gnb.config.plmns.find(({ plmn }) => samePlmn(plmn, ue.plmn))?.slices ?? [];
  if (!slices.some((slice) => sameSNssai(slice, sNssai))) {
    return refuse({ cause: radio("slice-not-supported"), why: `slice ${sNssai.sst}-${sNssai.sd ?? ""} is not ours` });
  }
  const read = decodeType("PDUSessionResourceSetupRequestTransfer", item.pDUSessionResourceSetupRequestTransfer);
  if (!read.ok) {
    const found = diagnostics(read.findings);
    return refuse({
      cause: protocol(read.cause),
      why: `${read.error.field}: ${read.error.detail}`,
      ...(found === undefined ? {} : { criticalityDiagnostics: found }),
    });
  }
  const transfer = read.value;
  const fault = flowFault(transfer) ?? securityFault(transfer.securityIndication);
  if (fault !== undefined) return refuse(fault);
  const uplink = tunnelOf(transfer.ulNguUpTNLInformation, gnb.userPlane.family);
  if (uplink === undefined || uplink.teid === 0) {
    return refuse({ cause: transport("transport-resource-unavailable"), why: "no usable uplink tunnel: address or TEID" });
  }
  const downlinkTeid = gnb.userPlane.takeTeid();
  if (downlinkTeid === undefined) return refuse({ cause: transport("transport-resource-unavailable"), why: "no TEID left" });
  const session: SessionResource = {
    id,
    sNssai,
    type: transfer.pduSessionType,
    downlinkTeid,
    uplink,
    qfis: new Set(transfer.qosFlowSetupRequestList.map(({ qosFlowIdentifier }) => qosFlowIdentifier)),
    packets: { uplink: 0, downlink: 0 },
  };
  const nas = "pDUSessionNASPDU" in item ? item.pDUSessionNASPDU : "nASPDU" in item ? item.nASPDU : undefined;
  return { ok: true, id, session, transfer, nas };
}

/** Judges a list; those admitted have their tunnel open. */
export function admitAll(gnb: GnbNode, ue: UeConnection, items: readonly Item[]): { admitted: Admitted[]; refused: Refused[] } {
  const admitted: Admitted[] = [];
  const refused: Refused[] = [];
  const seen = new Set<number>();
  for (const item of items) {
    const verdict = admit(gnb, ue, item, seen);
    seen.add(item.pDUSessionID);
    if (verdict.ok) {
      admitted.push(verdict);
      ue.sessions.set(verdict.id, verdict.session);
      gnb.userPlane.open(ue, verdict.session);
    } else {
      refused.push(verdict);
      gnb.refusals.count("PDU session refused", { pduSessionId: verdict.id, cause: causeText(verdict.cause), why: verdict.why });
    }
  }
  return { admitted, refused };
}

/** Takes back what was admitted when the phone did not take it. */
export function withdraw(gnb: GnbNode, ue: UeConnection, admitted: readonly Admitted[], cause: Cause, why: string): Refused[] {
  return admitted.map(({ id, session }) => {
    gnb.userPlane.close(session);
    ue.sessions.delete(id);
    return { ok: false, id, cause, why };
  });
}

export function responseTransfer(gnb: GnbNode, { session, transfer }: Admitted): Uint8Array {
  const { securityIndication } = transfer;
  return encodeType("PDUSessionResourceSetupResponseTransfer", {
    dLQosFlowPerTNLInformation: {
      uPTransportLayerInformation: ngapTunnel({ host: gnb.userPlane.local.host, teid: session.downlinkTeid }),
      associatedQosFlowList: [...session.qfis].map((qosFlowIdentifier) => ({ qosFlowIdentifier })),
    },
    ...(securityIndication === undefined
      ? {}
      : {
          securityResult: {
            integrityProtectionResult: "not-performed",
            confidentialityProtectionResult: "not-performed",
          },
        }),
  });
}

export const unsuccessfulTransfer = ({ cause, criticalityDiagnostics }: Refused): Uint8Array =>
  encodeType("PDUSessionResourceSetupUnsuccessfulTransfer", {
    cause,
    ...(criticalityDiagnostics === undefined ? {} : { criticalityDiagnostics }),
  });

/** Why a procedure on the air did not end well, as a cause. */
export function airCause(error: unknown): { cause: Cause; why: string } {
  if (error instanceof RadioLost) return { cause: radio("radio-connection-with-ue-lost"), why: error.message };
  if (error instanceof Superseded) return { cause: radio("interaction-with-other-procedure"), why: error.message };
  return { cause: radio("failure-in-radio-interface-procedure"), why: error instanceof Error ? error.message : String(error) };
}

/** §8.2.1 */
export function pduSessionResourceSetup(gnb: GnbNode, ue: UeConnection, { ies }: Pdu<"PDUSessionResourceSetupRequest">): void {
  ue.active();
  ue.run("PDU Session Resource Setup", async (scope) => {
    if (ies.ueAggregateMaximumBitRate !== undefined) ue.hasAmbr = true;
    let admitted: Admitted[] = [];
    let refused: Refused[];
    const refuseAll = (cause: Cause, why: string): Refused[] =>
      ies.pduSessionResourceSetupListSUReq.map(({ pDUSessionID: id }) => ({ ok: false, id, cause, why }));
    if (ue.security === undefined) {
      gnb.refusals.count("no security context", { ranUeNgapId: ue.ranUeNgapId });
      refused = refuseAll(protocol("message-not-compatible-with-receiver-state"), "Initial Context Setup has not run");
    } else if (!ue.hasAmbr) {
      // §8.2.1.2: the UE AMBR comes with the first session at the latest.
      gnb.refusals.count("UE AMBR missing", { ranUeNgapId: ue.ranUeNgapId });
      refused = refuseAll(protocol("abstract-syntax-error-reject"), "no UE Aggregate Maximum Bit Rate so far").map((one) => ({
        ...one,
        criticalityDiagnostics: missing(ieId.ueAggregateMaximumBitRate),
      }));
    } else {
      ({ admitted, refused } = admitAll(gnb, ue, ies.pduSessionResourceSetupListSUReq));
      const nas = [
        ...(ies.nasPdu === undefined ? [] : [ies.nasPdu]),
        ...admitted.flatMap((one) => (one.nas === undefined ? [] : [one.nas])),
      ];
      if (admitted.length > 0 || nas.length > 0) {
        try {
          await ue.reconfigure(scope, { add: admitted.map(({ session }) => session), nas });
        } catch (error) {
          const { cause, why } = airCause(error);
          gnb.refusals.count("no answer on the air", { ranUeNgapId: ue.ranUeNgapId, why });
          refused = [...refused, ...withdraw(gnb, ue, admitted, cause, why)];
          admitted = [];
        }
      }
    }
    gnb.send(
      {
        is: "PDUSessionResourceSetupResponse",
        ies: {
          ...ue.ids,
          ...(admitted.length === 0
            ? {}
            : {
                pduSessionResourceSetupListSURes: admitted.map((one) => ({
                  pDUSessionID: one.id,
                  pDUSessionResourceSetupResponseTransfer: responseTransfer(gnb, one),
                })),
              }),
          ...(refused.length === 0
            ? {}
            : {
                pduSessionResourceFailedToSetupListSURes: refused.map((one) => ({
                  pDUSessionID: one.id,
                  pDUSessionResourceSetupUnsuccessfulTransfer: unsuccessfulTransfer(one),
                })),
              }),
        },
      },
      ue.stream,
    );
  });
}

/** §8.2.2: sessions that are not there count as released (§8.2.2.2, unchecked). */
export function pduSessionResourceRelease(gnb: GnbNode, ue: UeConnection, { ies }: Pdu<"PDUSessionResourceReleaseCommand">): void {
  ue.active();
  ue.run("PDU Session Resource Release", async (scope) => {
    const ids = ies.pduSessionResourceToReleaseListRelCmd.map(({ pDUSessionID }) => pDUSessionID);
    for (const id of ids) {
      const session = ue.sessions.get(id);
      if (session !== undefined) gnb.userPlane.close(session);
      ue.sessions.delete(id);
    }
    try {
      await ue.reconfigure(scope, { release: ids, ...(ies.nasPdu === undefined ? {} : { nas: [ies.nasPdu] }) });
    } catch (error) {
      gnb.refusals.count("no answer on the air", { ranUeNgapId: ue.ranUeNgapId, why: airCause(error).why });
    }
    gnb.send(
      {
        is: "PDUSessionResourceReleaseResponse",
        ies: {
          ...ue.ids,
          pduSessionResourceReleasedListRelRes: ids.map((pDUSessionID) => ({
            pDUSessionID,
            pDUSessionResourceReleaseResponseTransfer: encodeType("PDUSessionResourceReleaseResponseTransfer", {}),
          })),
          userLocationInformation: ue.location,
        },
      },
      ue.stream,
    );
  });
}
