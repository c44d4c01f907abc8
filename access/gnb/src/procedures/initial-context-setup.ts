/** TS 38.413 §8.3.1 Initial Context Setup: the phone proves that its KgNB is the one that the AMF gave. */
import type { Pdu } from "@freehold/ngap";
import { Superseded } from "@freehold/runtime";
import type { GnbNode } from "../node.ts";
import type { UeConnection } from "../ue-connection.ts";
import { causeText, protocol } from "../values.ts";
import { activateSecurity, type Fault, materialFault } from "./as-security.ts";
import { reportRadioCapability } from "./nas-transport.ts";
import {
  type Admitted,
  admitAll,
  airCause,
  ieId,
  missing,
  type Refused,
  responseTransfer,
  unsuccessfulTransfer,
  withdraw,
} from "./pdu-session-resource.ts";

type Request = Pdu<"InitialContextSetupRequest">["ies"];

/** What can be refused before a word to the phone. */
function fault(gnb: GnbNode, ue: UeConnection, ies: Request): Fault | undefined {
  if (ies.pduSessionResourceSetupListCxtReq !== undefined && ies.ueAggregateMaximumBitRate === undefined) {
    gnb.refusals.count("UE AMBR missing", { ranUeNgapId: ue.ranUeNgapId });
    return {
      cause: protocol("abstract-syntax-error-reject"),
      why: "UE Aggregate Maximum Bit Rate is missing beside a PDU session list",
      criticalityDiagnostics: missing(ieId.ueAggregateMaximumBitRate),
    };
  }
  const wrong = materialFault(gnb, ue, ies);
  if (wrong === undefined && !gnb.isNewKey(ies.securityKey.bits)) {
    gnb.refusals.count("KgNB given before", { ranUeNgapId: ue.ranUeNgapId });
    return { cause: protocol("semantic-error"), why: "the Security Key has been given before" };
  }
  return wrong;
}

function fail(gnb: GnbNode, ue: UeConnection, { cause, why, criticalityDiagnostics }: Fault, ies: Request): void {
  gnb.world.log.warn("Initial Context Setup failed", { ranUeNgapId: ue.ranUeNgapId, cause: causeText(cause), why });
  const sessions = ies.pduSessionResourceSetupListCxtReq;
  gnb.send(
    {
      is: "InitialContextSetupFailure",
      ies: {
        ...ue.ids,
        ...(sessions === undefined
          ? {}
          : {
              pduSessionResourceFailedToSetupListCxtFail: sessions.map(({ pDUSessionID }) => ({
                pDUSessionID,
                pDUSessionResourceSetupUnsuccessfulTransfer: unsuccessfulTransfer({ ok: false, id: pDUSessionID, cause, why }),
              })),
            }),
        cause,
        ...(criticalityDiagnostics === undefined ? {} : { criticalityDiagnostics }),
      },
    },
    ue.stream,
  );
}

export function initialContextSetup(gnb: GnbNode, ue: UeConnection, { ies }: Pdu<"InitialContextSetupRequest">): void {
  ue.active();
  ue.run("Initial Context Setup", async (scope) => {
    const refusedAtOnce = fault(gnb, ue, ies);
    if (refusedAtOnce !== undefined) return fail(gnb, ue, refusedAtOnce, ies);
    let admitted: Admitted[] = [];
    let refused: Refused[] = [];
    try {
      const insecure = await activateSecurity(gnb, ue, ies, scope);
      if (insecure !== undefined) return fail(gnb, ue, insecure, ies);
      if (ies.ueAggregateMaximumBitRate !== undefined) ue.hasAmbr = true;
      ({ admitted, refused } = admitAll(gnb, ue, ies.pduSessionResourceSetupListCxtReq ?? []));
      const nas = [
        ...(ies.nasPdu === undefined ? [] : [ies.nasPdu]),
        ...admitted.flatMap((one) => (one.nas === undefined ? [] : [one.nas])),
      ];
      if (admitted.length > 0 || nas.length > 0) await ue.reconfigure(scope, { add: admitted.map(({ session }) => session), nas });
    } catch (error) {
      const failed = airCause(error);
      withdraw(gnb, ue, admitted, failed.cause, failed.why);
      if (error instanceof Superseded) throw error;
      gnb.refusals.count("no answer on the air", { ranUeNgapId: ue.ranUeNgapId, why: failed.why });
      return fail(gnb, ue, failed, ies);
    }
    gnb.send(
      {
        is: "InitialContextSetupResponse",
        ies: {
          ...ue.ids,
          ...(admitted.length === 0
            ? {}
            : {
                pduSessionResourceSetupListCxtRes: admitted.map((one) => ({
                  pDUSessionID: one.id,
                  pDUSessionResourceSetupResponseTransfer: responseTransfer(gnb, one),
                })),
              }),
          ...(refused.length === 0
            ? {}
            : {
                pduSessionResourceFailedToSetupListCxtRes: refused.map((one) => ({
                  pDUSessionID: one.id,
                  pDUSessionResourceSetupUnsuccessfulTransfer: unsuccessfulTransfer(one),
                })),
              }),
        },
      },
      ue.stream,
    );
    // §8.14.1: only when the AMF did not bring it from an earlier connection.
    if (ies.ueRadioCapability === undefined) reportRadioCapability(gnb, ue);
  });
}
