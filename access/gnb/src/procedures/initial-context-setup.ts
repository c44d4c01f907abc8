/** TS 38.413 §8.3.1 Initial Context Setup: the phone proves that its KgNB is the one that the AMF gave. */
import { type SecurityModeContents, securityCommandInput, securityCompleteInput, securityModeOctets } from "@freehold/air";
import { AlgorithmType, deriveAlgorithmKey, mac, type Nea, type Nia, sameMac } from "@freehold/crypto";
import { Secret } from "@freehold/model";
import { algorithmsOf, type Cause, type CriticalityDiagnostics, type Pdu, type UESecurityCapabilities } from "@freehold/ngap";
import { type Scope, Superseded } from "@freehold/runtime";
import { concat } from "@freehold/wire";
import type { GnbNode } from "../node.ts";
import type { UeConnection } from "../ue-connection.ts";
import { causeText, protocol, radio } from "../values.ts";
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

interface Fault {
  readonly cause: Cause;
  readonly why: string;
  readonly criticalityDiagnostics?: CriticalityDiagnostics;
}

const octetsOf = (c: UESecurityCapabilities): Uint8Array =>
  concat(
    ...[c.nRencryptionAlgorithms, c.nRintegrityProtectionAlgorithms, c.eUTRAencryptionAlgorithms, c.eUTRAintegrityProtectionAlgorithms].map(
      ({ bits }) => bits.slice(0, 2),
    ),
  );

/** Our most preferred algorithms that the phone has as the AMF says; algorithm 0 has no bit, and every phone has NEA0. */
function select(gnb: GnbNode, capabilities: UESecurityCapabilities): { nea: Nea; nia: Nia } | undefined {
  const neas = algorithmsOf(capabilities.nRencryptionAlgorithms);
  const nias = algorithmsOf(capabilities.nRintegrityProtectionAlgorithms);
  const nia = gnb.config.nia.find((one) => nias.includes(one));
  return nia === undefined ? undefined : { nea: gnb.config.nea.find((one) => one === 0 || neas.includes(one)) ?? 0, nia };
}

/** What can be refused before a word to the phone. */
function fault(gnb: GnbNode, ue: UeConnection, ies: Request): Fault | undefined {
  const where = { ranUeNgapId: ue.ranUeNgapId };
  if (ies.pduSessionResourceSetupListCxtReq !== undefined && ies.ueAggregateMaximumBitRate === undefined) {
    gnb.refusals.count("UE AMBR missing", where);
    return {
      cause: protocol("abstract-syntax-error-reject"),
      why: "UE Aggregate Maximum Bit Rate is missing beside a PDU session list",
      criticalityDiagnostics: missing(ieId.ueAggregateMaximumBitRate),
    };
  }
  if (ies.securityKey.bits.every((octet) => octet === 0)) {
    gnb.refusals.count("security key is zero", where);
    return { cause: protocol("semantic-error"), why: "the Security Key is all zero" };
  }
  if (select(gnb, ies.ueSecurityCapabilities) === undefined) {
    gnb.refusals.count("no algorithm in common", {
      ...where,
      nia: algorithmsOf(ies.ueSecurityCapabilities.nRintegrityProtectionAlgorithms),
    });
    return {
      cause: radio("encryption-and-or-integrity-protection-algorithms-not-supported"),
      why: "no integrity algorithm of ours in the UE Security Capabilities",
    };
  }
  return undefined;
}

/** TS 38.331 §5.3.4 (unchecked): command and answer, each with a MAC under KRRCint of its sender's KgNB. */
async function activateSecurity(gnb: GnbNode, ue: UeConnection, ies: Request, scope: Scope): Promise<Fault | undefined> {
  const { nea, nia } = select(gnb, ies.ueSecurityCapabilities)!;
  const said: SecurityModeContents = { nea, nia, securityCapabilities: octetsOf(ies.ueSecurityCapabilities) };
  const key = deriveAlgorithmKey(new Secret(ies.securityKey.bits.slice()), AlgorithmType.rrcInt, nia);
  const covered = securityModeOctets(said);
  const answered = ue.answer(scope, "SecurityModeComplete", "SecurityModeFailure");
  ue.link.send({ is: "SecurityModeCommand", ...said, mac: mac(nia, key, securityCommandInput, covered) });
  const answer = await answered;
  const where = { ranUeNgapId: ue.ranUeNgapId };
  if (answer.is === "SecurityModeFailure") {
    const reason =
      answer.why === "MAC"
        ? "wrong KgNB"
        : answer.why === "capabilities"
          ? "security capabilities are not the phone's"
          : "AS security refused";
    gnb.refusals.count(reason, { ...where, phone: answer.why });
    return { cause: radio("failure-in-radio-interface-procedure"), why: `the phone refused the security mode command: ${reason}` };
  }
  if (!sameMac(answer.mac, mac(nia, key, securityCompleteInput, covered))) {
    gnb.refusals.count("wrong KgNB", where);
    return { cause: radio("failure-in-radio-interface-procedure"), why: "the phone's KgNB is another than the AMF's" };
  }
  ue.security = { nea, nia };
  return undefined;
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
