import { sameSNssai } from "@freehold/model";
import { type NasMessage, type RegistrationRequest, type RejectedSNssai, taiList } from "@freehold/nas";
import type { UeContext } from "../ue-context.ts";
import type { Step } from "./step.ts";
import { type Item, notReactivated } from "./user-planes.ts";

/** REGISTRATION ACCEPT, TS 24.501 §5.5.1.2.4, §8.2.7: what the UE may do here from now on. */
export function registrationAccept(
  { amf, ue }: Step,
  request: RegistrationRequest,
  context: UeContext,
  rejected: readonly RejectedSNssai[],
  reactivated: readonly Item[],
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
      emergencyRegistered: ue.security?.nas.nia === 0,
      nssaaToBePerformed: false,
      smsAllowed: false,
      result: "3GPP access",
    },
    guti: { is: "5G-GUTI", guti: context.guti },
    taiList: taiList(context.registrationArea),
    allowedNssai: context.allowed.map((s) => ({ ...s })),
    ...rejectedNssai(rejected.slice(0, 8), request.capability5gmm?.erNssai === true),
    ...(sameConfigured ? {} : { configuredNssai: context.configured.slice(0, 16).map((s) => ({ ...s })) }),
    networkFeatureSupport: { imsVops3gpp: config.imsVoiceOverPs },
    ...(request.pduSessionStatus === undefined ? {} : { pduSessionStatus: sessions }),
    ...(request.uplinkDataStatus === undefined
      ? {}
      : { pduSessionReactivationResult: notReactivated(request.uplinkDataStatus, reactivated) }),
    ...(request.requestedDrxParameters === undefined ? {} : { negotiatedDrxParameters: request.requestedDrxParameters }),
    t3512: config.t3512Seconds,
    t3502: config.t3502Seconds,
  };
}

/** In the form that the UE supports (TS 24.501 §4.6.2.5 (unchecked), §9.11.3.75). */
const rejectedNssai = (rejected: readonly RejectedSNssai[], extended: boolean) => {
  if (rejected.length === 0) return {};
  return extended ? { extendedRejectedNssai: [{ backOff: undefined, slices: rejected }] } : { rejectedNssai: [...rejected] };
};
