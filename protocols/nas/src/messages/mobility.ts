import { octets, uint } from "@freehold/wire";
import {
  AccessTypeIe,
  ConfigurationUpdateIndication,
  DaylightSavingTime,
  DnnIe,
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
  NetworkNameIe,
  NetworkSlicingIndication,
  Nssai,
  PayloadContainerType,
  PduSessions,
  ReactivationErrorCauses,
  RegistrationResult,
  RejectedNssai,
  RequestType,
  ServiceType,
  SNssaiIe,
  STmsiIdentity,
  TaiList,
  TimeZone,
  TimeZoneAndTime,
} from "../ie/index.ts";
import { conditional, half, LV_E, type MessageOf, message, TLV, TLV_E, TV, TV1, V } from "../rows.ts";

/* 5GMM messages of transport, service request, configuration update and status. Rows, lengths and comments are those of the tables of TS 24.501 V19.6.2. */

/** §8.2.10.2, §8.2.11.2. */
const ofSession = { row: "payloadContainerType", values: ["N1 SM information", "CIoT user data container"] } as const;
/** §8.2.30.5. */
const ofUserData = { row: "payloadContainerType", values: ["CIoT user data container"] } as const;

/** TS 24.501 §8.2.10, table 8.2.10.1.1. */
export const UlNasTransport = message("UL NAS transport", 0x67, "UE to network", {
  payloadContainerType: half(PayloadContainerType), // §9.11.3.40 M V 1/2
  payloadContainer: LV_E(octets(1, 65535), 3, 65_537), // §9.11.3.39 M LV-E 3-65537
  pduSessionId: conditional(TV(0x12, uint(1), 2), ofSession), // §9.11.3.41 C TV 2
  oldPduSessionId: TV(0x59, uint(1), 2), // §9.11.3.41 O TV 2
  requestType: TV1(0x8, RequestType), // §9.11.3.47 O TV 1
  sNssai: TLV(0x22, SNssaiIe, 3, 10), // §9.11.2.8 O TLV 3-10
  dnn: TLV(0x25, DnnIe, 3, 102), // §9.11.2.1B O TLV 3-102
  additionalInformation: TLV(0x24, octets(1, 255), 3), // §9.11.2.1 O TLV 3-n
  maPduSessionInformation: TV1(0xa, halfOctet), // §9.11.3.31A O TV 1
  releaseAssistanceIndication: TV1(0xf, halfOctet), // §9.11.3.46A O TV 1
  non3gppAccessPathSwitchingIndication: TLV(0x4e, octets(1, 255), 3, 3), // §9.11.3.99 O TLV 3
  alternativeSNssai: TLV(0x5a, SNssaiIe, 3, 10), // §9.11.2.8 O TLV 3-10
  payloadContainerInformation: TV1(0x9, flagOctet), // §9.11.3.106 O TV 1
});
export type UlNasTransport = MessageOf<typeof UlNasTransport>;

/** TS 24.501 §8.2.11, table 8.2.11.1.1. */
export const DlNasTransport = message("DL NAS transport", 0x68, "network to UE", {
  payloadContainerType: half(PayloadContainerType), // §9.11.3.40 M V 1/2
  payloadContainer: LV_E(octets(1, 65535), 3, 65_537), // §9.11.3.39 M LV-E 3-65537
  pduSessionId: conditional(TV(0x12, uint(1), 2), ofSession), // §9.11.3.41 C TV 2
  additionalInformation: TLV(0x24, octets(1, 255), 3), // §9.11.2.1 O TLV 3-n
  cause: TV(0x58, MmCause, 2), // §9.11.3.2 O TV 2
  backOffTimerValue: TLV(0x37, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  lowerBoundTimerValue: TLV(0x3a, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
});
export type DlNasTransport = MessageOf<typeof DlNasTransport>;

/** TS 24.501 §8.2.16, table 8.2.16.1.1. */
export const ServiceRequest = message("Service request", 0x4c, "UE to network", {
  ngKsi: half(KeySetIdentifier), // §9.11.3.32 M V 1/2
  serviceType: half(ServiceType), // §9.11.3.50 M V 1/2
  sTmsi: LV_E(STmsiIdentity, 9, 9), // §9.11.3.4 M LV-E 9
  uplinkDataStatus: TLV(0x40, PduSessions, 4, 34), // §9.11.3.57 O TLV 4-34
  pduSessionStatus: TLV(0x50, PduSessions, 4, 34), // §9.11.3.44 O TLV 4-34
  allowedPduSessionStatus: TLV(0x25, PduSessions, 4, 34), // §9.11.3.13 O TLV 4-34
  nasMessageContainer: TLV_E(0x71, octets(1, 65535), 4), // §9.11.3.33 O TLV-E 4-n
  ueRequestType: TLV(0x29, octets(1, 255), 3, 3), // §9.11.3.76 O TLV 3
  pagingRestriction: TLV(0x28, octets(1, 255), 3, 35), // §9.11.3.77 O TLV 3-35
});
export type ServiceRequest = MessageOf<typeof ServiceRequest>;

/** TS 24.501 §8.2.17, table 8.2.17.1.1. */
export const ServiceAccept = message("Service accept", 0x4e, "network to UE", {
  pduSessionStatus: TLV(0x50, PduSessions, 4, 34), // §9.11.3.44 O TLV 4-34
  pduSessionReactivationResult: TLV(0x26, PduSessions, 4, 34), // §9.11.3.42 O TLV 4-34
  pduSessionReactivationResultErrorCause: TLV_E(0x72, ReactivationErrorCauses, 5, 515), // §9.11.3.43 O TLV-E 5-515
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
  t3448: TLV(0x6b, GprsTimer2, 3, 3), // §9.11.2.4 O TLV 3
  additionalRequestResult: TLV(0x34, octets(1, 255), 3, 3), // §9.11.3.81 O TLV 3
  forbiddenTaisForRoaming: TLV(0x1d, TaiList, 9, 114), // §9.11.3.9 O TLV 9-114
  forbiddenTaisForRegionalProvisionOfService: TLV(0x1e, TaiList, 9, 114), // §9.11.3.9 O TLV 9-114
});
export type ServiceAccept = MessageOf<typeof ServiceAccept>;

/** TS 24.501 §8.2.18, table 8.2.18.1.1. */
export const ServiceReject = message("Service reject", 0x4d, "network to UE", {
  cause: V(MmCause, 1), // §9.11.3.2 M V 1
  pduSessionStatus: TLV(0x50, PduSessions, 4, 34), // §9.11.3.44 O TLV 4-34
  t3346: TLV(0x5f, GprsTimer2, 3, 3), // §9.11.2.4 O TLV 3
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
  t3448: TLV(0x6b, GprsTimer2, 3, 3), // §9.11.2.4 O TLV 3
  cagInformationList: TLV_E(0x75, octets(0, 65535), 3), // §9.11.3.18A O TLV-E 3-n
  disasterReturnWaitRange: TLV(0x2c, octets(2, 255), 4, 4), // §9.11.3.84 O TLV 4
  extendedCagInformationList: TLV_E(0x71, octets(0, 65535), 3), // §9.11.3.86 O TLV-E 3-n
  lowerBoundTimerValue: TLV(0x3a, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  forbiddenTaisForRoaming: TLV(0x1d, TaiList, 9, 114), // §9.11.3.9 O TLV 9-114
  forbiddenTaisForRegionalProvisionOfService: TLV(0x1e, TaiList, 9, 114), // §9.11.3.9 O TLV 9-114
  accessTechnologyUtilizationControl: TLV(0x63, octets(2, 255), 4, 5), // §9.11.3.110 O TLV 4-5
});
export type ServiceReject = MessageOf<typeof ServiceReject>;

/** TS 24.501 §8.2.19, table 8.2.19.1.1. */
export const ConfigurationUpdateCommand = message("Configuration update command", 0x54, "network to UE", {
  configurationUpdateIndication: TV1(0xd, ConfigurationUpdateIndication), // §9.11.3.18 O TV 1
  guti: TLV_E(0x77, GutiIdentity, 14, 14), // §9.11.3.4 O TLV-E 14
  taiList: TLV(0x54, TaiList, 9, 114), // §9.11.3.9 O TLV 9-114
  allowedNssai: TLV(0x15, Nssai, 4, 74), // §9.11.3.37 O TLV 4-74
  serviceAreaList: TLV(0x27, octets(4, 255), 6, 114), // §9.11.3.49 O TLV 6-114
  fullNameForNetwork: TLV(0x43, NetworkNameIe, 3), // §9.11.3.35 O TLV 3-n
  shortNameForNetwork: TLV(0x45, NetworkNameIe, 3), // §9.11.3.35 O TLV 3-n
  localTimeZone: TV(0x46, TimeZone, 2), // §9.11.3.52 O TV 2
  universalTimeAndLocalTimeZone: TV(0x47, TimeZoneAndTime, 8), // §9.11.3.53 O TV 8
  networkDaylightSavingTime: TLV(0x49, DaylightSavingTime, 3, 3), // §9.11.3.19 O TLV 3
  ladnInformation: TLV_E(0x79, octets(0, 65535), 3, 1715), // §9.11.3.30 O TLV-E 3-1715
  micoIndication: TV1(0xb, MicoIndication), // §9.11.3.31 O TV 1
  networkSlicingIndication: TV1(0x9, NetworkSlicingIndication), // §9.11.3.36 O TV 1
  configuredNssai: TLV(0x31, Nssai, 4, 146), // §9.11.3.37 O TLV 4-146
  rejectedNssai: TLV(0x11, RejectedNssai, 4, 42), // §9.11.3.46 O TLV 4-42
  operatorDefinedAccessCategoryDefinitions: TLV_E(0x76, octets(0, 65535), 3, 8323), // §9.11.3.38 O TLV-E 3-8323
  smsIndication: TV1(0xf, flagOctet), // §9.11.3.50A O TV 1
  t3447: TLV(0x6c, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  cagInformationList: TLV_E(0x75, octets(0, 65535), 3), // §9.11.3.18A O TLV-E 3-n
  ueRadioCapabilityId: TLV(0x67, octets(1, 255), 3), // §9.11.3.68 O TLV 3-n
  ueRadioCapabilityIdDeletionIndication: TV1(0xa, halfOctet), // §9.11.3.69 O TV 1
  registrationResult: TLV(0x44, RegistrationResult, 3, 3), // §9.11.3.6 O TLV 3
  truncated5gSTmsiConfiguration: TLV(0x1b, octets(1, 255), 3, 3), // §9.11.3.70 O TLV 3
  additionalConfigurationIndication: TV1(0xc, flagOctet), // §9.11.3.74 O TV 1
  extendedRejectedNssai: TLV(0x68, ExtendedRejectedNssai, 5, 90), // §9.11.3.75 O TLV 5-90
  serviceLevelAaContainer: TLV_E(0x72, octets(1, 65535), 4, 65_538), // §9.11.2.10 O TLV-E 4-65538
  nssrgInformation: TLV_E(0x70, octets(4, 65535), 7, 4099), // §9.11.3.82 O TLV-E 7-4099
  disasterRoamingWaitRange: TLV(0x14, octets(2, 255), 4, 4), // §9.11.3.84 O TLV 4
  disasterReturnWaitRange: TLV(0x2c, octets(2, 255), 4, 4), // §9.11.3.84 O TLV 4
  listOfPlmnsToBeUsedInDisasterCondition: TLV(0x13, octets(0, 255), 2), // §9.11.3.83 O TLV 2-n
  extendedCagInformationList: TLV_E(0x71, octets(0, 65535), 3), // §9.11.3.86 O TLV-E 3-n
  updatedPeipsAssistanceInformation: TLV(0x1f, octets(1, 255), 3, 3), // §9.11.3.80 O TLV 3
  nsagInformation: TLV_E(0x73, octets(6, 65535), 9, 3143), // §9.11.3.87 O TLV-E 9-3143
  priorityIndicator: TV1(0xe, halfOctet), // §9.11.3.91 O TV 1
  ranTimingSynchronization: TLV(0x4b, octets(1, 255), 3, 3), // §9.11.3.95 O TLV 3
  extendedLadnInformation: TLV_E(0x78, octets(0, 65535), 3, 1787), // §9.11.3.96 O TLV-E 3-1787
  alternativeNssai: TLV(0x4c, octets(0, 255), 2, 146), // §9.11.3.97 O TLV 2-146
  sNssaiLocationValidityInformation: TLV_E(0x7b, octets(14, 65535), 17, 38611), // §9.11.3.100 O TLV-E 17-38611
  sNssaiTimeValidityInformation: TLV(0x5b, octets(21, 255), 23, 257), // §9.11.3.101 O TLV 23-257
  discontinuousCoverageMaximumTimeOffset: TLV(0x4f, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  partiallyAllowedNssai: TLV_E(0x74, octets(0, 65535), 3, 808), // §9.11.3.103 O TLV-E 3-808
  partiallyRejectedNssai: TLV_E(0x7a, octets(0, 65535), 3, 808), // §9.11.3.103 O TLV-E 3-808
  featureAuthorizationIndication: TLV(0x5c, octets(1, 255), 3, 257), // §9.11.3.105 O TLV 3-257
  onDemandNssai: TLV(0x61, octets(3, 255), 5, 210), // §9.11.3.108 O TLV 5-210
  accessTechnologyUtilizationControl: TLV(0x63, octets(0, 255), 2, 5), // §9.11.3.110 O TLV 2-5
  updatedLpWuspsAssistanceInformation: TLV(0x64, octets(0, 255), 2, 3), // §9.11.3.111 O TLV 2-3
  lpWusStatus: TV1(0x8, flagOctet), // §9.11.3.112 O TV 1
});
export type ConfigurationUpdateCommand = MessageOf<typeof ConfigurationUpdateCommand>;

/** TS 24.501 §8.2.20, table 8.2.20.1.1. */
export const ConfigurationUpdateComplete = message("Configuration update complete", 0x55, "UE to network", {});
export type ConfigurationUpdateComplete = MessageOf<typeof ConfigurationUpdateComplete>;

/** TS 24.501 §8.2.23, table 8.2.23.1.1. */
export const Notification = message("Notification", 0x65, "network to UE", {
  accessType: half(AccessTypeIe), // §9.11.2.1A M V 1/2
});
export type Notification = MessageOf<typeof Notification>;

/** TS 24.501 §8.2.24, table 8.2.2341.1. */
export const NotificationResponse = message("Notification response", 0x66, "UE to network", {
  pduSessionStatus: TLV(0x50, PduSessions, 4, 34), // §9.11.3.44 O TLV 4-34
});
export type NotificationResponse = MessageOf<typeof NotificationResponse>;

/** TS 24.501 §8.2.29, table 8.2.29.1.1. */
export const Status5gmm = message("5GMM status", 0x64, "both", {
  cause: V(MmCause, 1), // §9.11.3.2 M V 1
});
export type Status5gmm = MessageOf<typeof Status5gmm>;

/** TS 24.501 §8.2.30, table 8.2.30.1.1. */
export const ControlPlaneServiceRequest = message("Control plane service request", 0x4f, "UE to network", {
  controlPlaneServiceType: half(halfOctet), // §9.11.3.18D M V 1/2
  ngKsi: half(KeySetIdentifier), // §9.11.3.32 M V 1/2
  ciotSmallDataContainer: TLV(0x6f, octets(2, 255), 4, 257), // §9.11.3.18B O TLV 4-257
  payloadContainerType: TV1(0x8, PayloadContainerType), // §9.11.3.40 O TV 1
  payloadContainer: TLV_E(0x7b, octets(1, 65535), 4, 65_538), // §9.11.3.39 O TLV-E 4-65538
  pduSessionId: conditional(TV(0x12, uint(1), 2), ofUserData), // §9.11.3.41 C TV 2
  pduSessionStatus: TLV(0x50, PduSessions, 4, 34), // §9.11.3.44 O TLV 4-34
  releaseAssistanceIndication: TV1(0xf, halfOctet), // §9.11.3.46A O TV 1
  uplinkDataStatus: TLV(0x40, PduSessions, 4, 34), // §9.11.3.57 O TLV 4-34
  nasMessageContainer: TLV_E(0x71, octets(1, 65535), 4), // §9.11.3.33 O TLV-E 4-n
  additionalInformation: TLV(0x24, octets(1, 255), 3), // §9.11.2.1 O TLV 3-n
  allowedPduSessionStatus: TLV(0x25, PduSessions, 4, 34), // §9.11.3.13 O TLV 4-34
  ueRequestType: TLV(0x29, octets(1, 255), 3, 3), // §9.11.3.76 O TLV 3
  pagingRestriction: TLV(0x28, octets(1, 255), 3, 35), // §9.11.3.77 O TLV 3-35
});
export type ControlPlaneServiceRequest = MessageOf<typeof ControlPlaneServiceRequest>;
