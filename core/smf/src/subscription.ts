import { Cause5gsm, type SNssai, sameSNssai, sNssaiFromJson } from "@freehold/model";
import { PduSessionTypes } from "@freehold/nas";
import { type DnnConfiguration, Nudm_SDM, SbiTransportError, type SessionManagementSubscriptionData, type SmSubsData } from "@freehold/sbi";
import { problemReject, Reject, type SessionCause } from "./reject.ts";
import type { Smf } from "./smf.ts";

export interface Asked {
  readonly supi: string;
  readonly sNssai: SNssai;
  readonly dnn: string;
  readonly plmn: { readonly mcc: string; readonly mnc: string };
}

/** Session management subscription of a DNN in a slice, TS 29.503 §5.2.2.2.6 (unchecked). Rejects with `Reject`: #27, #33, what TS 29.524 says, #38. */
export async function subscribed(smf: Smf, { supi, sNssai, dnn, plmn }: Asked): Promise<DnnConfiguration> {
  const data = await read(smf, { supi, sNssai, dnn, plmn });
  // Asked for the slice alone, so that an answer tells an unknown slice from an unknown DNN.
  const slice = data.find(({ singleNssai }) => {
    const known = sNssaiFromJson(singleNssai);
    return known.ok && sameSNssai(known.value, sNssai);
  });
  if (slice === undefined) throw new Reject(Cause5gsm.requestedServiceOptionNotSubscribed, "the slice is not subscribed");
  const configurations = Object.entries(slice.dnnConfigurations ?? {});
  const named = configurations.find(([name]) => name.toLowerCase() === dnn.toLowerCase()) ?? configurations.find(([name]) => name === "*");
  if (named === undefined) throw new Reject(Cause5gsm.missingOrUnknownDnn, "the DNN is not subscribed in the slice");
  return named[1];
}

async function read(smf: Smf, { supi, sNssai, plmn }: Asked): Promise<readonly SessionManagementSubscriptionData[]> {
  try {
    const given = await smf.peers.peer(Nudm_SDM).getSmData({ supi, "single-nssai": { ...sNssai }, "plmn-id": plmn }, { ue: supi });
    if (given.ok) return listOf(given.value);
    throw problemReject("Nudm_SDM", given);
  } catch (error) {
    if (!(error instanceof SbiTransportError)) throw error;
    throw new Reject(Cause5gsm.networkFailure, error.message);
  }
}

const listOf = (data: SmSubsData): readonly SessionManagementSubscriptionData[] =>
  "sharedSmSubsDataIds" in data ? (data.individualSmSubsData ?? []) : data;

/** PDU session type as the phone named it: a value that is not used, or none, is IPv4v6 (TS 24.501 §8.3.1, §9.11.4.11). */
const named = (type: string | number | undefined): keyof typeof PduSessionTypes =>
  typeof type === "string" && type in PduSessionTypes ? (type as keyof typeof PduSessionTypes) : "IPv4v6";

/**
 * The type that a session gets on a data network with IPv4 alone, and the cause that says why it is not the one asked for
 * (TS 24.501 §6.4.1.3, §6.4.1.4.1 (unchecked)): #50 with the accept for IPv4v6, #50 with the reject for IPv6, #28 for what is no IP at all.
 */
export function selectType(
  asked: string | number | undefined,
  subscription: DnnConfiguration["pduSessionTypes"],
): { cause?: SessionCause } {
  const { defaultSessionType, allowedSessionTypes = [] } = subscription;
  const allowed = [...allowedSessionTypes, ...(defaultSessionType === undefined ? [] : [defaultSessionType])];
  const type = named(asked);
  if (type === "Unstructured" || type === "Ethernet") throw new Reject(Cause5gsm.unknownPduSessionType, `${type} is not served`);
  if (allowed.length > 0 && !allowed.includes("IPV4") && !allowed.includes("IPV4V6")) {
    throw new Reject(Cause5gsm.unknownPduSessionType, "the subscription has no IPv4");
  }
  if (type === "IPv6") throw new Reject(Cause5gsm.pduSessionTypeIpv4OnlyAllowed, "only IPv4 is served");
  return type === "IPv4" ? {} : { cause: Cause5gsm.pduSessionTypeIpv4OnlyAllowed };
}

/** The phone's wish was for a mode that is not subscribed: the reject names those that are. */
export class SscModeReject extends Reject {
  readonly allowed: readonly number[];
  constructor(mode: number, allowed: readonly number[]) {
    super(Cause5gsm.notSupportedSscMode, `SSC mode ${mode} is not subscribed`);
    this.allowed = allowed;
  }
}

/** TS 24.501 §9.11.4.16: 4, 5 and 6 stand for 1, 2 and 3; TS 23.501 §5.6.9.3: without a wish the subscription's default. */
export function selectSscMode(asked: number | undefined, { defaultSscMode, allowedSscModes = [] }: DnnConfiguration["sscModes"]): number {
  const modeOf = (text: string): number => Number(/^SSC_MODE_([123])$/.exec(text)?.[1] ?? 1);
  const byDefault = modeOf(defaultSscMode);
  const mode = asked === undefined || asked === 0 || asked === 7 ? byDefault : asked > 3 ? asked - 3 : asked;
  const allowed = [...new Set([byDefault, ...allowedSscModes.map(modeOf)])];
  if (!allowed.includes(mode)) throw new SscModeReject(mode, allowed);
  return mode;
}
