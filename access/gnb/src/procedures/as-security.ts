/** TS 33.501 §6.7.4, §6.9.4 (unchecked): AS security of one phone, begun or changed. */
import { type SecurityModeContents, securityCommandInput, securityCompleteInput, securityModeOctets } from "@freehold/air";
import { AlgorithmType, deriveAlgorithmKey, mac, type Nea, type Nia, sameMac } from "@freehold/crypto";
import { Secret } from "@freehold/model";
import { algorithmsOf, type Cause, type CriticalityDiagnostics, type SecurityKey, type UESecurityCapabilities } from "@freehold/ngap";
import type { Scope } from "@freehold/runtime";
import { concat } from "@freehold/wire";
import type { GnbNode } from "../node.ts";
import type { UeConnection } from "../ue-connection.ts";
import { protocol, radio } from "../values.ts";

export interface Fault {
  readonly cause: Cause;
  readonly why: string;
  readonly criticalityDiagnostics?: CriticalityDiagnostics;
}

/** What the AMF gives for it. */
export interface SecurityMaterial {
  readonly ueSecurityCapabilities: UESecurityCapabilities;
  readonly securityKey: SecurityKey;
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
export function materialFault(gnb: GnbNode, ue: UeConnection, ies: SecurityMaterial): Fault | undefined {
  const where = { ranUeNgapId: ue.ranUeNgapId };
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
export async function activateSecurity(gnb: GnbNode, ue: UeConnection, ies: SecurityMaterial, scope: Scope): Promise<Fault | undefined> {
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
  ue.securityCapabilities = ies.ueSecurityCapabilities;
  return undefined;
}
