import type { AccessType, Ambr, Guti, Pei, Plmn, SNssai, Supi, Tai } from "@freehold/model";
import type { NasSecurityState, UeSecurityCapability } from "@freehold/nas";
import type { PagingDRX } from "@freehold/ngap";

/**
 * What the AMF knows of one registered UE (TS 23.502 table 5.2.2.2.2-1, the parts used): plain data, changed as a whole at named commit
 * points, so that what is committed is what the store holds and what another replica would go on from.
 */
export interface UeContext {
  readonly supi: Supi;
  readonly pei: Pei | undefined;
  /** The home network's PLMN, from the SUPI. Never the serving one. */
  readonly homePlmn: Plmn;
  /** Where the UE registered: the PLMN of the TAI. */
  readonly servingPlmn: Plmn;
  readonly guti: Guti;
  /** Still valid until REGISTRATION COMPLETE or T3550's end. */
  readonly formerGuti: Guti | undefined;
  readonly access: Readonly<Record<AccessType, AccessState>>;
  readonly security: SecurityContext | undefined;
  readonly subscribed: Subscribed;
  readonly allowed: readonly SNssai[];
  readonly configured: readonly SNssai[];
  readonly registrationArea: readonly Tai[];
  readonly sessions: Readonly<Record<string, SessionRoute>>;
  /** Resource URI of the AM policy association. */
  readonly amPolicy: string | undefined;
  readonly sdmSubscription: string | undefined;
  readonly peers: { readonly ausf: string; readonly udm: string; readonly pcf: string | undefined };
  /** DRX cycle that the UE asked for, as gNBs are told it when they page. */
  readonly drx?: PagingDRX | undefined;
  /** UE radio capability as the gNB gave it: given back in the next set-up. */
  readonly radioCapability: Uint8Array | undefined;
}

/** RM and CM state per access type (TS 23.501 §5.3.2, §5.3.3). */
export interface AccessState {
  readonly rm: "DEREGISTERED" | "REGISTERED";
  readonly cm: "IDLE" | "CONNECTED";
}

/** A native 5G NAS security context (TS 33.501 §3.1). `kamf` is sealed: keys at rest are never in clear. */
export interface SecurityContext {
  readonly ngKsi: number;
  readonly kamf: Uint8Array;
  /** As the UE sent it, loses nothing: replayed to it octet for octet, and given to gNBs. */
  readonly ueSecurityCapability: UeSecurityCapability;
  readonly nas: NasSecurityState;
  /** Downlink COUNT values below this one may have been used; a restart goes on here. */
  readonly downlinkBound: number;
}

export interface Subscribed {
  readonly ueAmbr: Ambr | undefined;
  readonly defaults: readonly SNssai[];
  readonly slices: readonly SNssai[];
}

/** Where a PDU session lives: what the AMF needs to route N1 SM and N2 SM. */
export interface SessionRoute {
  readonly pduSessionId: number;
  readonly dnn: string;
  readonly sNssai: SNssai;
  readonly smfRoot: string;
  /** Resource URI of the SM context. */
  readonly smContext: string;
}

export const deregistered: AccessState = { rm: "DEREGISTERED", cm: "IDLE" };
