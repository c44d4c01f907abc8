import { octets } from "@freehold/wire";
import {
  Abba,
  AdditionalSecurityInformation,
  Autn,
  Auts,
  EapMessage,
  EpsSecurityAlgorithms,
  IdentityType,
  ImeisvIdentity,
  ImeisvRequest,
  KeySetIdentifier,
  MmCause,
  MobileIdentity,
  Rand,
  ResStar,
  SecurityAlgorithms,
  SecurityCapability,
  SNssaiIe,
} from "../ie/index.ts";
import { half, LV, LV_E, type MessageOf, message, TLV, TLV_E, TV, TV1, V } from "../rows.ts";

/* 5GMM messages of authentication, identification and security mode control. Rows, lengths and comments are those of the tables of TS 24.501 V19.6.2. */

/** TS 24.501 §8.2.1, table 8.2.1.1.1. */
export const AuthenticationRequest = message("Authentication request", 0x56, "network to UE", {
  ngKsi: half(KeySetIdentifier), // §9.11.3.32 M V 1/2
  abba: LV(Abba, 3), // §9.11.3.10 M LV 3-n
  rand: TV(0x21, Rand, 17), // §9.11.3.16 O TV 17
  autn: TLV(0x20, Autn, 18, 18), // §9.11.3.15 O TLV 18
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
});
export type AuthenticationRequest = MessageOf<typeof AuthenticationRequest>;

/** TS 24.501 §8.2.2, table 8.2.2.1.1. */
export const AuthenticationResponse = message("Authentication response", 0x57, "UE to network", {
  resStar: TLV(0x2d, ResStar, 18, 18), // §9.11.3.17 O TLV 18
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
});
export type AuthenticationResponse = MessageOf<typeof AuthenticationResponse>;

/** TS 24.501 §8.2.3, table 8.2.3.1.1. */
export const AuthenticationResult = message("Authentication result", 0x5a, "network to UE", {
  ngKsi: half(KeySetIdentifier), // §9.11.3.32 M V 1/2
  eapMessage: LV_E(EapMessage, 6, 1502), // §9.11.2.2 M LV-E 6-1502
  abba: TLV(0x38, Abba, 4), // §9.11.3.10 O TLV 4-n
  aun3DeviceSecurityKey: TLV(0x55, octets(34, 255), 36), // §9.11.3.107 O TLV 36-n
});
export type AuthenticationResult = MessageOf<typeof AuthenticationResult>;

/** TS 24.501 §8.2.4, table 8.2.4.1.1. */
export const AuthenticationFailure = message("Authentication failure", 0x59, "UE to network", {
  cause: V(MmCause, 1), // §9.11.3.2 M V 1
  auts: TLV(0x30, Auts, 16, 16), // §9.11.3.14 O TLV 16
});
export type AuthenticationFailure = MessageOf<typeof AuthenticationFailure>;

/** TS 24.501 §8.2.5, table 8.2.5.1.1. */
export const AuthenticationReject = message("Authentication reject", 0x58, "network to UE", {
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
});
export type AuthenticationReject = MessageOf<typeof AuthenticationReject>;

/** TS 24.501 §8.2.21, table 8.2.21.1.1. */
export const IdentityRequest = message("Identity request", 0x5b, "network to UE", {
  identityType: half(IdentityType), // §9.11.3.3 M V 1/2
});
export type IdentityRequest = MessageOf<typeof IdentityRequest>;

/** TS 24.501 §8.2.22, table 8.2.22.1.1. */
export const IdentityResponse = message("Identity response", 0x5c, "UE to network", {
  mobileIdentity: LV_E(MobileIdentity, 3), // §9.11.3.4 M LV-E 3-n
});
export type IdentityResponse = MessageOf<typeof IdentityResponse>;

/** TS 24.501 §8.2.25, table 8.2.25.1.1. */
export const SecurityModeCommand = message("Security mode command", 0x5d, "network to UE", {
  selectedNasSecurityAlgorithms: V(SecurityAlgorithms, 1), // §9.11.3.34 M V 1
  ngKsi: half(KeySetIdentifier), // §9.11.3.32 M V 1/2
  replayedUeSecurityCapabilities: LV(SecurityCapability, 3, 9), // §9.11.3.54 M LV 3-9
  imeisvRequest: TV1(0xe, ImeisvRequest), // §9.11.3.28 O TV 1
  selectedEpsNasSecurityAlgorithms: TV(0x57, EpsSecurityAlgorithms, 2), // §9.11.3.25 O TV 2
  additionalSecurityInformation: TLV(0x36, AdditionalSecurityInformation, 3, 3), // §9.11.3.12 O TLV 3
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
  abba: TLV(0x38, Abba, 4), // §9.11.3.10 O TLV 4-n
  replayedS1UeSecurityCapabilities: TLV(0x19, octets(2, 255), 4, 7), // §9.11.3.48A O TLV 4-7
  aun3DeviceSecurityKey: TLV(0x55, octets(34, 255), 36, 257), // §9.11.3.107 O TLV 36-257
});
export type SecurityModeCommand = MessageOf<typeof SecurityModeCommand>;

/** TS 24.501 §8.2.26, table 8.2.26.1.1. */
export const SecurityModeComplete = message("Security mode complete", 0x5e, "UE to network", {
  imeisv: TLV_E(0x77, ImeisvIdentity, 12, 12), // §9.11.3.4 O TLV-E 12
  nasMessageContainer: TLV_E(0x71, octets(1, 65535), 4), // §9.11.3.33 O TLV-E 4-n
  nonImeisvPei: TLV_E(0x78, MobileIdentity, 7), // §9.11.3.4 O TLV-E 7-n
});
export type SecurityModeComplete = MessageOf<typeof SecurityModeComplete>;

/** TS 24.501 §8.2.27, table 8.2.27.1.1. */
export const SecurityModeReject = message("Security mode reject", 0x5f, "UE to network", {
  cause: V(MmCause, 1), // §9.11.3.2 M V 1
});
export type SecurityModeReject = MessageOf<typeof SecurityModeReject>;

/** TS 24.501 §8.2.31, table 8.2.31.1.1. */
export const NetworkSliceSpecificAuthenticationCommand = message("Network slice-specific authentication command", 0x50, "network to UE", {
  sNssai: LV(SNssaiIe, 2, 5), // §9.11.2.8 M LV 2-5
  eapMessage: LV_E(EapMessage, 6, 1502), // §9.11.2.2 M LV-E 6-1502
});
export type NetworkSliceSpecificAuthenticationCommand = MessageOf<typeof NetworkSliceSpecificAuthenticationCommand>;

/** TS 24.501 §8.2.32, table 8.2.32.1.1. */
export const NetworkSliceSpecificAuthenticationComplete = message("Network slice-specific authentication complete", 0x51, "UE to network", {
  sNssai: LV(SNssaiIe, 2, 5), // §9.11.2.8 M LV 2-5
  eapMessage: LV_E(EapMessage, 6, 1502), // §9.11.2.2 M LV-E 6-1502
});
export type NetworkSliceSpecificAuthenticationComplete = MessageOf<typeof NetworkSliceSpecificAuthenticationComplete>;

/** TS 24.501 §8.2.33, table 8.2.33.1.1. */
export const NetworkSliceSpecificAuthenticationResult = message("Network slice-specific authentication result", 0x52, "network to UE", {
  sNssai: LV(SNssaiIe, 2, 5), // §9.11.2.8 M LV 2-5
  eapMessage: LV_E(EapMessage, 6, 1502), // §9.11.2.2 M LV-E 6-1502
});
export type NetworkSliceSpecificAuthenticationResult = MessageOf<typeof NetworkSliceSpecificAuthenticationResult>;

/** TS 24.501 §8.2.34, table 8.2.34.1. */
export const RelayKeyRequest = message("Relay key request", 0x69, "UE to network", {
  prti: V(octets(1), 1), // §9.11.3.88 M V 1
  relayKeyRequestParameters: LV_E(octets(20, 65535), 22, 65_537), // §9.11.3.89 M LV-E 22-65537; the table says LV, the IE is of type 6
});
export type RelayKeyRequest = MessageOf<typeof RelayKeyRequest>;

/** TS 24.501 §8.2.35, table 8.2.35.1. */
export const RelayKeyAccept = message("Relay key accept", 0x6a, "network to UE", {
  prti: V(octets(1), 1), // §9.11.3.88 M V 1
  relayKeyResponseParameters: LV_E(octets(49, 65535), 51, 65_537), // §9.11.3.90 M LV-E 51-65537
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
});
export type RelayKeyAccept = MessageOf<typeof RelayKeyAccept>;

/** TS 24.501 §8.2.36, table 8.2.36.1. */
export const RelayKeyReject = message("Relay key reject", 0x6b, "network to UE", {
  prti: V(octets(1), 1), // §9.11.3.88 M V 1
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
});
export type RelayKeyReject = MessageOf<typeof RelayKeyReject>;

/** TS 24.501 §8.2.37, table 8.2.37.1. */
export const RelayAuthenticationRequest = message("Relay authentication request", 0x6c, "network to UE", {
  prti: V(octets(1), 1), // §9.11.3.88 M V 1
  eapMessage: LV_E(EapMessage, 7, 1503), // §9.11.2.2 M LV-E 7-1503
});
export type RelayAuthenticationRequest = MessageOf<typeof RelayAuthenticationRequest>;

/** TS 24.501 §8.2.38, table 8.2.38.1. */
export const RelayAuthenticationResponse = message("Relay authentication response", 0x6d, "UE to network", {
  prti: V(octets(1), 1), // §9.11.3.88 M V 1
  eapMessage: LV_E(EapMessage, 6, 1502), // §9.11.2.2 M LV-E 6-1502
});
export type RelayAuthenticationResponse = MessageOf<typeof RelayAuthenticationResponse>;
