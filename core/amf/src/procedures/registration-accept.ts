import { type SNssai, sameSNssai } from "@freehold/model";
import type { NasMessage, RegistrationRequest } from "@freehold/nas";
import { RejectedSNssaiCause, taiList } from "@freehold/nas";
import type { UeContext } from "../ue-context.ts";
import type { Step } from "./step.ts";

/** REGISTRATION ACCEPT, TS 24.501 §5.5.1.2.4, §8.2.7: what the UE may do here from now on. */
export function registrationAccept(
  { amf, ue }: Step,
  request: RegistrationRequest,
  context: UeContext,
  rejected: readonly SNssai[],
): NasMessage {
  const { config } = amf;
  const sessions = Object.keys(context.sessions).map(Number);
  const sameConfigured =
    request.requestedNssai !== undefined && context.configured.every((s) => request.requestedNssai?.some((r) => sameSNssai(r, s)));
  ue.log.debug("registration accept", { allowed: context.allowed.length, rejected: rejected.length });
  return {
    is: "Registration accept",
    registrationResult: {
      disasterRoaming: false,
      emergencyRegistered: false,
      nssaaToBePerformed: false,
      smsAllowed: false,
      result: "3GPP access",
    },
    guti: { is: "5G-GUTI", guti: context.guti },
    taiList: taiList(context.registrationArea),
    allowedNssai: context.allowed.map((s) => ({ ...s })),
    ...(rejected.length > 0
      ? {
          rejectedNssai: rejected
            .slice(0, 8)
            .map((s) => ({ ...s, cause: RejectedSNssaiCause["not available in the current PLMN or SNPN"] })),
        }
      : {}),
    ...(sameConfigured ? {} : { configuredNssai: context.configured.slice(0, 16).map((s) => ({ ...s })) }),
    networkFeatureSupport: { imsVops3gpp: config.imsVoiceOverPs },
    ...(request.pduSessionStatus === undefined ? {} : { pduSessionStatus: sessions }),
    ...(request.uplinkDataStatus === undefined
      ? {}
      : // User planes come up by a service request or a new session alone here: every one asked for is told as not reactivated.
        { pduSessionReactivationResult: request.uplinkDataStatus }),
    t3512: config.t3512Seconds,
    t3502: config.t3502Seconds,
  };
}
