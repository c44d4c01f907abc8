import { octets } from "@freehold/wire";
import {
  Capability5gmm,
  DeregistrationType,
  DrxParameters,
  EapMessage,
  ExtendedRejectedNssai,
  flagOctet,
  GprsTimer2,
  GprsTimer3,
  GutiIdentity,
  halfOctet,
  KeySetIdentifier,
  MicoIndication,
  MmCause,
  MobileIdentity,
  NetworkFeatureSupport,
  NetworkSlicingIndication,
  Nssai,
  NssaiInclusionMode,
  PayloadContainerType,
  PduSessions,
  PlmnIe,
  PlmnList,
  ReactivationErrorCauses,
  RegistrationResult,
  RegistrationType,
  RejectedNssai,
  SecurityCapability,
  TaiIe,
  TaiList,
  UeStatus,
  UpdateType,
  UsageSetting,
} from "../ie/index.ts";
import { half, LV, LV_E, type MessageOf, message, TLV, TLV_E, TV, TV1, V } from "../rows.ts";

/* 5GMM messages of registration and de-registration. Rows, lengths and comments are those of the tables of TS 24.501 V19.6.2. */

/** TS 24.501 §8.2.6, table 8.2.6.1.1. */
export const RegistrationRequest = message("Registration request", 0x41, "UE to network", {
  registrationType: half(RegistrationType), // §9.11.3.7 M V 1/2
  ngKsi: half(KeySetIdentifier), // §9.11.3.32 M V 1/2
  mobileIdentity: LV_E(MobileIdentity, 6), // §9.11.3.4 M LV-E 6-n
  nonCurrentNativeNasKeySetIdentifier: TV1(0xc, KeySetIdentifier), // §9.11.3.32 O TV 1
  capability5gmm: TLV(0x10, Capability5gmm, 3, 15), // §9.11.3.1 O TLV 3-15
  ueSecurityCapability: TLV(0x2e, SecurityCapability, 4, 10), // §9.11.3.54 O TLV 4-10
  requestedNssai: TLV(0x2f, Nssai, 4, 74), // §9.11.3.37 O TLV 4-74
  lastVisitedRegisteredTai: TV(0x52, TaiIe, 7), // §9.11.3.8 O TV 7
  s1UeNetworkCapability: TLV(0x17, octets(2, 255), 4, 15), // §9.11.3.48 O TLV 4-15
  uplinkDataStatus: TLV(0x40, PduSessions, 4, 34), // §9.11.3.57 O TLV 4-34
  pduSessionStatus: TLV(0x50, PduSessions, 4, 34), // §9.11.3.44 O TLV 4-34
  micoIndication: TV1(0xb, MicoIndication), // §9.11.3.31 O TV 1
  ueStatus: TLV(0x2b, UeStatus, 3, 3), // §9.11.3.56 O TLV 3
  additionalGuti: TLV_E(0x77, MobileIdentity, 14, 14), // §9.11.3.4 O TLV-E 14
  allowedPduSessionStatus: TLV(0x25, PduSessions, 4, 34), // §9.11.3.13 O TLV 4-34
  usageSetting: TLV(0x18, UsageSetting, 3, 3), // §9.11.3.55 O TLV 3
  requestedDrxParameters: TLV(0x51, DrxParameters, 3, 3), // §9.11.3.2A O TLV 3
  epsNasMessageContainer: TLV_E(0x70, octets(1, 65535), 4), // §9.11.3.24 O TLV-E 4-n
  ladnIndication: TLV_E(0x74, octets(0, 65535), 3, 811), // §9.11.3.29 O TLV-E 3-811
  payloadContainerType: TV1(0x8, PayloadContainerType), // §9.11.3.40 O TV 1
  payloadContainer: TLV_E(0x7b, octets(1, 65535), 4, 65_538), // §9.11.3.39 O TLV-E 4-65538
  networkSlicingIndication: TV1(0x9, NetworkSlicingIndication), // §9.11.3.36 O TV 1
  updateType: TLV(0x53, UpdateType, 3, 3), // §9.11.3.9A O TLV 3
  mobileStationClassmark2: TLV(0x41, octets(3, 255), 5, 5), // §9.11.3.31C O TLV 5
  supportedCodecs: TLV(0x42, octets(3, 255), 5), // §9.11.3.51A O TLV 5-n
  nasMessageContainer: TLV_E(0x71, octets(1, 65535), 4), // §9.11.3.33 O TLV-E 4-n
  epsBearerContextStatus: TLV(0x60, octets(2, 255), 4, 4), // §9.11.3.23A O TLV 4
  requestedExtendedDrxParameters: TLV(0x6e, octets(1, 255), 3, 4), // §9.11.3.26A O TLV 3-4
  t3324: TLV(0x6a, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  ueRadioCapabilityId: TLV(0x67, octets(1, 255), 3), // §9.11.3.68 O TLV 3-n
  requestedMappedNssai: TLV(0x35, octets(1, 255), 3, 42), // §9.11.3.31B O TLV 3-42
  additionalInformationRequested: TLV(0x48, octets(1, 255), 3, 3), // §9.11.3.12A O TLV 3
  requestedWusAssistanceInformation: TLV(0x1a, octets(1, 255), 3, 3), // §9.11.3.71 O TLV 3
  n5gcIndication: TV1(0xa, flagOctet), // §9.11.3.72 O TV 1
  requestedNbN1ModeDrxParameters: TLV(0x30, octets(1, 255), 3, 3), // §9.11.3.73 O TLV 3
  ueRequestType: TLV(0x29, octets(1, 255), 3, 3), // §9.11.3.76 O TLV 3
  pagingRestriction: TLV(0x28, octets(1, 255), 3, 35), // §9.11.3.77 O TLV 3-35
  serviceLevelAaContainer: TLV_E(0x72, octets(1, 65535), 4, 65_538), // §9.11.2.10 O TLV-E 4-65538
  nid: TLV(0x32, octets(6, 255), 8, 8), // §9.11.3.79 O TLV 8
  ueDeterminedPlmnWithDisasterCondition: TLV(0x16, PlmnIe, 5, 5), // §9.11.3.85 O TLV 5
  requestedPeipsAssistanceInformation: TLV(0x2a, octets(1, 255), 3, 3), // §9.11.3.80 O TLV 3
  requestedT3512Value: TLV(0x3b, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  unavailabilityInformation: TLV(0x3c, octets(1, 255), 3, 9), // §9.11.2.20 O TLV 3-9
  non3gppPathSwitchingInformation: TLV(0x3f, octets(1, 255), 3, 3), // §9.11.3.102 O TLV 3
  aun3Indication: TLV(0x56, octets(1, 255), 3, 3), // §9.11.3.104 O TLV 3
  requestedLpWuspsAssistanceInformation: TLV(0x64, octets(1, 255), 3, 3), // §9.11.3.111 O TLV 3
});
export type RegistrationRequest = MessageOf<typeof RegistrationRequest>;

/** TS 24.501 §8.2.7, table 8.2.7.1.1. */
export const RegistrationAccept = message("Registration accept", 0x42, "network to UE", {
  registrationResult: LV(RegistrationResult, 2, 2), // §9.11.3.6 M LV 2
  guti: TLV_E(0x77, GutiIdentity, 14, 14), // §9.11.3.4 O TLV-E 14
  equivalentPlmns: TLV(0x4a, PlmnList, 5, 47), // §9.11.3.45 O TLV 5-47
  taiList: TLV(0x54, TaiList, 9, 114), // §9.11.3.9 O TLV 9-114
  allowedNssai: TLV(0x15, Nssai, 4, 74), // §9.11.3.37 O TLV 4-74
  rejectedNssai: TLV(0x11, RejectedNssai, 4, 42), // §9.11.3.46 O TLV 4-42
  configuredNssai: TLV(0x31, Nssai, 4, 146), // §9.11.3.37 O TLV 4-146
  networkFeatureSupport: TLV(0x21, NetworkFeatureSupport, 3, 6), // §9.11.3.5 O TLV 3-6
  pduSessionStatus: TLV(0x50, PduSessions, 4, 34), // §9.11.3.44 O TLV 4-34
  pduSessionReactivationResult: TLV(0x26, PduSessions, 4, 34), // §9.11.3.42 O TLV 4-34
  pduSessionReactivationResultErrorCause: TLV_E(0x72, ReactivationErrorCauses, 5, 515), // §9.11.3.43 O TLV-E 5-515
  ladnInformation: TLV_E(0x79, octets(10, 65535), 13, 1715), // §9.11.3.30 O TLV-E 13-1715
  micoIndication: TV1(0xb, MicoIndication), // §9.11.3.31 O TV 1
  networkSlicingIndication: TV1(0x9, NetworkSlicingIndication), // §9.11.3.36 O TV 1
  serviceAreaList: TLV(0x27, octets(4, 255), 6, 114), // §9.11.3.49 O TLV 6-114
  t3512: TLV(0x5e, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  non3gppDeRegistrationTimerValue: TLV(0x5d, GprsTimer2, 3, 3), // §9.11.2.4 O TLV 3
  t3502: TLV(0x16, GprsTimer2, 3, 3), // §9.11.2.4 O TLV 3
  emergencyNumberList: TLV(0x34, octets(3, 255), 5, 50), // §9.11.3.23 O TLV 5-50
  extendedEmergencyNumberList: TLV_E(0x7a, octets(4, 65535), 7, 65_538), // §9.11.3.26 O TLV-E 7-65538
  sorTransparentContainer: TLV_E(0x73, octets(17, 65535), 20), // §9.11.3.51 O TLV-E 20-n
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
  nssaiInclusionMode: TV1(0xa, NssaiInclusionMode), // §9.11.3.37A O TV 1
  operatorDefinedAccessCategoryDefinitions: TLV_E(0x76, octets(0, 65535), 3, 8323), // §9.11.3.38 O TLV-E 3-8323
  negotiatedDrxParameters: TLV(0x51, DrxParameters, 3, 3), // §9.11.3.2A O TLV 3
  non3gppNwPolicies: TV1(0xd, halfOctet), // §9.11.3.36A O TV 1
  epsBearerContextStatus: TLV(0x60, octets(2, 255), 4, 4), // §9.11.3.23A O TLV 4
  negotiatedExtendedDrxParameters: TLV(0x6e, octets(1, 255), 3, 4), // §9.11.3.26A O TLV 3-4
  t3447: TLV(0x6c, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  t3448: TLV(0x6b, GprsTimer2, 3, 3), // §9.11.2.4 O TLV 3
  t3324: TLV(0x6a, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  ueRadioCapabilityId: TLV(0x67, octets(1, 255), 3), // §9.11.3.68 O TLV 3-n
  ueRadioCapabilityIdDeletionIndication: TV1(0xe, halfOctet), // §9.11.3.69 O TV 1
  pendingNssai: TLV(0x39, Nssai, 4, 146), // §9.11.3.37 O TLV 4-146
  cipheringKeyData: TLV_E(0x74, octets(31, 65535), 34), // §9.11.3.18C O TLV-E 34-n
  cagInformationList: TLV_E(0x75, octets(0, 65535), 3), // §9.11.3.18A O TLV-E 3-n
  truncated5gSTmsiConfiguration: TLV(0x1b, octets(1, 255), 3, 3), // §9.11.3.70 O TLV 3
  negotiatedWusAssistanceInformation: TLV(0x1c, octets(1, 255), 3, 3), // §9.11.3.71 O TLV 3
  negotiatedNbN1ModeDrxParameters: TLV(0x29, octets(1, 255), 3, 3), // §9.11.3.73 O TLV 3
  extendedRejectedNssai: TLV(0x68, ExtendedRejectedNssai, 5, 90), // §9.11.3.75 O TLV 5-90
  serviceLevelAaContainer: TLV_E(0x7b, octets(1, 65535), 4, 65_538), // §9.11.2.10 O TLV-E 4-65538
  negotiatedPeipsAssistanceInformation: TLV(0x33, octets(1, 255), 3, 3), // §9.11.3.80 O TLV 3
  additionalRequestResult: TLV(0x35, octets(1, 255), 3, 3), // §9.11.3.81 O TLV 3
  nssrgInformation: TLV_E(0x70, octets(4, 65535), 7, 4099), // §9.11.3.82 O TLV-E 7-4099
  disasterRoamingWaitRange: TLV(0x14, octets(2, 255), 4, 4), // §9.11.3.84 O TLV 4
  disasterReturnWaitRange: TLV(0x2c, octets(2, 255), 4, 4), // §9.11.3.84 O TLV 4
  listOfPlmnsToBeUsedInDisasterCondition: TLV(0x13, octets(0, 255), 2), // §9.11.3.83 O TLV 2-n
  forbiddenTaisForRoaming: TLV(0x1d, TaiList, 9, 114), // §9.11.3.9 O TLV 9-114
  forbiddenTaisForRegionalProvisionOfService: TLV(0x1e, TaiList, 9, 114), // §9.11.3.9 O TLV 9-114
  extendedCagInformationList: TLV_E(0x71, octets(0, 65535), 3), // §9.11.3.86 O TLV-E 3-n
  nsagInformation: TLV_E(0x7c, octets(6, 65535), 9, 3143), // §9.11.3.87 O TLV-E 9-3143
  equivalentSnpns: TLV(0x3d, octets(9, 255), 11, 137), // §9.11.3.92 O TLV 11-137
  nid: TLV(0x32, octets(6, 255), 8, 8), // §9.11.3.79 O TLV 8
  registrationAcceptType6IeContainer: TLV_E(0x7d, octets(3, 65535), 6, 65_538), // §9.11.3.98 O TLV-E 6-65538
  ranTimingSynchronization: TLV(0x4b, octets(1, 255), 3, 3), // §9.11.3.95 O TLV 3
  alternativeNssai: TLV(0x4c, octets(0, 255), 2, 146), // §9.11.3.97 O TLV 2-146
  discontinuousCoverageMaximumTimeOffset: TLV(0x4f, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  sNssaiTimeValidityInformation: TLV(0x5b, octets(21, 255), 23, 257), // §9.11.3.101 O TLV 23-257
  unavailabilityConfiguration: TLV(0x3c, octets(1, 255), 3, 6), // §9.11.2.21 O TLV 3-6
  featureAuthorizationIndication: TLV(0x5c, octets(1, 255), 3, 257), // §9.11.3.105 O TLV 3-257
  onDemandNssai: TLV(0x61, octets(3, 255), 5, 210), // §9.11.3.108 O TLV 5-210
  accessTechnologyUtilizationControl: TLV(0x63, octets(2, 255), 4, 5), // §9.11.3.110 O TLV 4-5
  negotiatedLpWuspsAssistanceInformation: TLV(0x64, octets(1, 255), 3, 3), // §9.11.3.111 O TLV 3
  lpWusStatus: TV1(0x8, flagOctet), // §9.11.3.112 O TV 1
});
export type RegistrationAccept = MessageOf<typeof RegistrationAccept>;

/** TS 24.501 §8.2.8, table 8.2.8.1.1. */
export const RegistrationComplete = message("Registration complete", 0x43, "UE to network", {
  sorTransparentContainer: TLV_E(0x73, octets(17, 65535), 20, 20), // §9.11.3.51 O TLV-E 20
});
export type RegistrationComplete = MessageOf<typeof RegistrationComplete>;

/** TS 24.501 §8.2.9, table 8.2.9.1.1. */
export const RegistrationReject = message("Registration reject", 0x44, "network to UE", {
  cause: V(MmCause, 1), // §9.11.3.2 M V 1
  t3346: TLV(0x5f, GprsTimer2, 3, 3), // §9.11.2.4 O TLV 3
  t3502: TLV(0x16, GprsTimer2, 3, 3), // §9.11.2.4 O TLV 3
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
  rejectedNssai: TLV(0x69, RejectedNssai, 4, 42), // §9.11.3.46 O TLV 4-42
  cagInformationList: TLV_E(0x75, octets(0, 65535), 3), // §9.11.3.18A O TLV-E 3-n
  extendedRejectedNssai: TLV(0x68, ExtendedRejectedNssai, 5, 90), // §9.11.3.75 O TLV 5-90
  disasterReturnWaitRange: TLV(0x2c, octets(2, 255), 4, 4), // §9.11.3.84 O TLV 4
  extendedCagInformationList: TLV_E(0x71, octets(0, 65535), 3), // §9.11.3.86 O TLV-E 3-n
  lowerBoundTimerValue: TLV(0x3a, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  forbiddenTaisForRoaming: TLV(0x1d, TaiList, 9, 114), // §9.11.3.9 O TLV 9-114
  forbiddenTaisForRegionalProvisionOfService: TLV(0x1e, TaiList, 9, 114), // §9.11.3.9 O TLV 9-114
  n3iwfIdentifier: TLV(0x3e, octets(5, 255), 7), // §9.11.3.93 O TLV 7-n
  tnanInformation: TLV(0x4d, octets(1, 255), 3), // §9.11.3.94 O TLV 3-n
  extendedCause: TLV(0x62, octets(1, 255), 3, 3), // §9.11.3.109 O TLV 3
  accessTechnologyUtilizationControl: TLV(0x63, octets(2, 255), 4, 5), // §9.11.3.110 O TLV 4-5
});
export type RegistrationReject = MessageOf<typeof RegistrationReject>;

/** TS 24.501 §8.2.12, table 8.2.12.1.1. */
export const DeregistrationRequestUeOriginating = message("Deregistration request (UE originating)", 0x45, "UE to network", {
  deregistrationType: half(DeregistrationType), // §9.11.3.20 M V 1/2
  ngKsi: half(KeySetIdentifier), // §9.11.3.32 M V 1/2
  mobileIdentity: LV_E(MobileIdentity, 6), // §9.11.3.4 M LV-E 6-n
  unavailabilityInformation: TLV(0x3c, octets(1, 255), 3, 9), // §9.11.2.20 O TLV 3-9
  nasMessageContainer: TLV_E(0x71, octets(1, 65535), 4), // §9.11.3.33 O TLV-E 4-n
});
export type DeregistrationRequestUeOriginating = MessageOf<typeof DeregistrationRequestUeOriginating>;

/** TS 24.501 §8.2.13, table 8.2.13.1.1. */
export const DeregistrationAcceptUeOriginating = message("Deregistration accept (UE originating)", 0x46, "network to UE", {});
export type DeregistrationAcceptUeOriginating = MessageOf<typeof DeregistrationAcceptUeOriginating>;

/** TS 24.501 §8.2.14, table 8.2.14.1.1. */
export const DeregistrationRequestUeTerminated = message("Deregistration request (UE terminated)", 0x47, "network to UE", {
  deregistrationType: half(DeregistrationType), // §9.11.3.20 M V 1/2
  cause: TV(0x58, MmCause, 2), // §9.11.3.2 O TV 2
  t3346: TLV(0x5f, GprsTimer2, 3, 3), // §9.11.2.4 O TLV 3
  rejectedNssai: TLV(0x6d, RejectedNssai, 4, 42), // §9.11.3.46 O TLV 4-42
  cagInformationList: TLV_E(0x75, octets(0, 65535), 3), // §9.11.3.18A O TLV-E 3-n
  extendedRejectedNssai: TLV(0x68, ExtendedRejectedNssai, 5, 90), // §9.11.3.75 O TLV 5-90
  disasterReturnWaitRange: TLV(0x2c, octets(2, 255), 4, 4), // §9.11.3.84 O TLV 4
  extendedCagInformationList: TLV_E(0x71, octets(0, 65535), 3), // §9.11.3.86 O TLV-E 3-n
  lowerBoundTimerValue: TLV(0x3a, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  forbiddenTaisForRoaming: TLV(0x1d, TaiList, 9, 114), // §9.11.3.9 O TLV 9-114
  forbiddenTaisForRegionalProvisionOfService: TLV(0x1e, TaiList, 9, 114), // §9.11.3.9 O TLV 9-114
  accessTechnologyUtilizationControl: TLV(0x63, octets(2, 255), 4, 5), // §9.11.3.110 O TLV 4-5
});
export type DeregistrationRequestUeTerminated = MessageOf<typeof DeregistrationRequestUeTerminated>;

/** TS 24.501 §8.2.15, table 8.2.15.1.1.1. */
export const DeregistrationAcceptUeTerminated = message("Deregistration accept (UE terminated)", 0x48, "UE to network", {});
export type DeregistrationAcceptUeTerminated = MessageOf<typeof DeregistrationAcceptUeTerminated>;
