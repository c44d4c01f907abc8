import type { Nea, Nia } from "@freehold/crypto";
import { Cause5gmm } from "@freehold/model";
import { type RegistrationRequest, SecurityHeaderType } from "@freehold/nas";
import { T3560 } from "../config.ts";
import { Abandon, Reject } from "../reject.ts";
import { nasSecurity } from "../security.ts";
import type { LiveSecurity } from "../ue.ts";
import type { Authenticated } from "./authentication.ts";
import type { Step } from "./step.ts";

/** What of the UE's initial message counts for security mode control. */
export type Capabilities = Partial<
  Pick<RegistrationRequest, "registrationType" | "ueSecurityCapability" | "capability5gmm" | "s1UeNetworkCapability">
>;

/** What security mode control gives: the whole initial message, the IMEISV, and the uplink COUNT that KgNB takes. */
export interface Secured {
  /** The NAS message container of SECURITY MODE COMPLETE: the whole initial message (TS 24.501 §4.4.6). */
  readonly container: Uint8Array | undefined;
  readonly imeisv: string | undefined;
  readonly uplinkCount: number;
}

/**
 * NAS security mode control, TS 24.501 §5.4.2, TS 33.501 §6.7.2: algorithms by our order of preference among the UE's, its capabilities
 * replayed octet for octet. `whole` asks for the whole initial message again (RINMR) when it came protected but could not be verified.
 */
export async function secure(step: Step, { kamf, ngKsi }: Authenticated, initial: Capabilities, whole: boolean): Promise<Secured> {
  const { ue, scope, amf } = step;
  const capability = initial.ueSecurityCapability;
  if (capability === undefined)
    throw new Reject(Cause5gmm.invalidMandatoryInformation, "no UE security capability in the initial registration", "TS 24.501 §8.2.6.4");
  const { nea, nia } = select(step, capability, initial.registrationType?.type === "emergency registration");
  const before = { security: ue.security, secured: ue.secured };
  const live: LiveSecurity = {
    ngKsi,
    kamf,
    nas: nasSecurity(kamf, nea, nia),
    ueSecurityCapability: capability,
    downlinkBound: Number.POSITIVE_INFINITY,
  };
  ue.security = live;
  ue.secured = false;
  let established = false;
  // Until the phone has taken the new context the one before is current; then the new one is, and a later reject is protected with it
  // (TS 24.501 §5.4.2.4, §4.4.4.2: an unprotected one would be discarded).
  scope.undo(() => {
    if (!established && ue.security === live) Object.assign(ue, before);
  });
  const s1 = initial.capability5gmm?.s1Mode === true || initial.s1UeNetworkCapability !== undefined;
  const answer = await ue.n1.ask(
    scope,
    {
      is: "Security mode command",
      selectedNasSecurityAlgorithms: { ciphering: nea, integrity: nia },
      ngKsi,
      replayedUeSecurityCapabilities: capability,
      imeisvRequest: true,
      // TS 24.501 §8.2.25.3: for a UE with S1 mode; the algorithms of EPS that carry the same numbers.
      ...(s1 ? { selectedEpsNasSecurityAlgorithms: { ciphering: nea, integrity: nia } } : {}),
      ...(whole
        ? { additionalSecurityInformation: { horizontalDerivation: false, retransmissionOfInitialNasMessageRequested: true } }
        : {}),
    },
    T3560,
    (heard, arrival) => {
      if (heard.is === "Security mode complete") return arrival.verified ? { complete: heard, count: arrival.count } : undefined;
      return heard.is === "Security mode reject" ? heard : undefined;
    },
    SecurityHeaderType.integrityProtectedWithNewContext,
  );
  if (!("complete" in answer)) {
    Object.assign(ue, before);
    throw new Abandon(`the phone rejects the security mode: cause ${answer.cause}`, "TS 24.501 §5.4.2.5");
  }
  established = true;
  ue.secured = true;
  ue.countsUncertain = false;
  amf.world.log.debug("secure exchange of NAS messages established", { ue: ue.name, nea, nia });
  const { imeisv, nasMessageContainer } = answer.complete;
  return {
    container: nasMessageContainer,
    imeisv: imeisv?.is === "IMEISV" ? imeisv.imeisv : undefined,
    uplinkCount: answer.count,
  };
}

/**
 * The first of ours that the UE supports. NIA0 only where the configuration has it, and for who registers for an emergency: that the phone
 * says itself; what a gNB gives as establishment cause counts for nothing here.
 */
function select(
  { amf }: Step,
  capability: { nea: readonly number[]; nia: readonly number[] },
  forEmergency: boolean,
): { nea: Nea; nia: Nia } {
  const { security } = amf.config;
  const emergency = forEmergency && security.nullIntegrityForEmergency;
  const nia = security.nia.find((n) => n !== 0 && capability.nia.includes(n)) ?? (emergency ? 0 : undefined);
  const nea = nia === 0 ? 0 : security.nea.find((n) => capability.nea.includes(n) || n === 0);
  if (nea === undefined || nia === undefined)
    throw new Reject(Cause5gmm.ueSecurityCapabilitiesMismatch, "no algorithm in common", "TS 33.501 §6.7.1");
  return { nea: nea as Nea, nia: nia as Nia };
}
