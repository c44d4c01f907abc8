import { octets } from "@freehold/wire";
import {
  AccessTypeIe,
  AllowedSscMode,
  Capability5gsm,
  CongestionReAttemptIndicator,
  DnnIe,
  EapMessage,
  flagOctet,
  GprsTimer,
  GprsTimer3,
  IntegrityProtectionMaximumDataRate,
  MaximumNumberOfPacketFilters,
  NetworkFeatureSupport5gsm,
  PduAddressIe,
  PduSessionType,
  ProtocolConfigurationOptionsIe,
  QosFlowDescriptions,
  QosRules,
  ReAttemptIndicator,
  SessionAmbr,
  SmCause,
  SNssaiIe,
  SscMode,
} from "../ie/index.ts";
import { half, LV, LV_E, type MessageOf, sessionMessage, TLV, TLV_E, TV, TV1, V } from "../rows.ts";

/* 5GSM messages. Rows, lengths and comments are those of the tables of TS 24.501 V19.6.2. */

/** TS 24.501 §8.3.1, table 8.3.1.1.1. */
export const PduSessionEstablishmentRequest = sessionMessage("PDU session establishment request", 0xc1, "UE to network", {
  integrityProtectionMaximumDataRate: V(IntegrityProtectionMaximumDataRate, 2), // §9.11.4.7 M V 2
  pduSessionType: TV1(0x9, PduSessionType), // §9.11.4.11 O TV 1
  sscMode: TV1(0xa, SscMode), // §9.11.4.16 O TV 1
  capability5gsm: TLV(0x28, Capability5gsm, 3, 15), // §9.11.4.1 O TLV 3-15
  maximumNumberOfSupportedPacketFilters: TV(0x55, MaximumNumberOfPacketFilters, 3), // §9.11.4.9 O TV 3
  alwaysOnPduSessionRequested: TV1(0xb, flagOctet), // §9.11.4.4 O TV 1
  smPduDnRequestContainer: TLV(0x39, octets(1, 255), 3, 255), // §9.11.4.15 O TLV 3-255
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
  ipHeaderCompressionConfiguration: TLV(0x66, octets(3, 255), 5, 257), // §9.11.4.24 O TLV 5-257
  dsTtEthernetPortMacAddress: TLV(0x6e, octets(6, 255), 8, 8), // §9.11.4.25 O TLV 8
  ueDsTtResidenceTime: TLV(0x6f, octets(8, 255), 10, 10), // §9.11.4.26 O TLV 10
  portManagementInformationContainer: TLV_E(0x74, octets(5, 65535), 8, 65_538), // §9.11.4.27 O TLV-E 8-65538
  ethernetHeaderCompressionConfiguration: TLV(0x1f, octets(1, 255), 3, 3), // §9.11.4.28 O TLV 3
  suggestedInterfaceIdentifier: TLV(0x29, PduAddressIe, 11, 11), // §9.11.4.10 O TLV 11
  serviceLevelAaContainer: TLV_E(0x72, octets(1, 65535), 4, 65_538), // §9.11.2.10 O TLV-E 4-65538
  requestedMbsContainer: TLV_E(0x70, octets(5, 65535), 8, 65_538), // §9.11.4.30 O TLV-E 8-65538
  pduSessionPairId: TLV(0x34, octets(1, 255), 3, 3), // §9.11.4.32 O TLV 3
  rsn: TLV(0x35, octets(1, 255), 3, 3), // §9.11.4.33 O TLV 3
  urspRuleEnforcementReports: TLV(0x36, octets(2, 255), 4), // §9.11.4.38 O TLV 4-n
});
export type PduSessionEstablishmentRequest = MessageOf<typeof PduSessionEstablishmentRequest>;

/** TS 24.501 §8.3.2, table 8.3.2.1.1. */
export const PduSessionEstablishmentAccept = sessionMessage("PDU session establishment accept", 0xc2, "network to UE", {
  selectedPduSessionType: half(PduSessionType), // §9.11.4.11 M V 1/2
  selectedSscMode: half(SscMode), // §9.11.4.16 M V 1/2
  authorizedQosRules: LV_E(QosRules, 6, 65_538), // §9.11.4.13 M LV-E 6-65538
  sessionAmbr: LV(SessionAmbr, 7, 7), // §9.11.4.14 M LV 7
  cause: TV(0x59, SmCause, 2), // §9.11.4.2 O TV 2
  pduAddress: TLV(0x29, PduAddressIe, 7, 31), // §9.11.4.10 O TLV 7-31
  rqTimerValue: TV(0x56, GprsTimer, 2), // §9.11.2.3 O TV 2
  sNssai: TLV(0x22, SNssaiIe, 3, 10), // §9.11.2.8 O TLV 3-10
  alwaysOnPduSessionIndication: TV1(0x8, flagOctet), // §9.11.4.3 O TV 1
  mappedEpsBearerContexts: TLV_E(0x75, octets(4, 65535), 7, 65_538), // §9.11.4.8 O TLV-E 7-65538
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
  authorizedQosFlowDescriptions: TLV_E(0x79, QosFlowDescriptions, 6, 65_538), // §9.11.4.12 O TLV-E 6-65538
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
  dnn: TLV(0x25, DnnIe, 3, 102), // §9.11.2.1B O TLV 3-102
  networkFeatureSupport5gsm: TLV(0x17, NetworkFeatureSupport5gsm, 3, 15), // §9.11.4.18 O TLV 3-15
  servingPlmnRateControl: TLV(0x18, octets(2, 255), 4, 4), // §9.11.4.20 O TLV 4
  atsssContainer: TLV_E(0x77, octets(0, 65535), 3, 65_538), // §9.11.4.22 O TLV-E 3-65538
  controlPlaneOnlyIndication: TV1(0xc, flagOctet), // §9.11.4.23 O TV 1
  ipHeaderCompressionConfiguration: TLV(0x66, octets(3, 255), 5, 257), // §9.11.4.24 O TLV 5-257
  ethernetHeaderCompressionConfiguration: TLV(0x1f, octets(1, 255), 3, 3), // §9.11.4.28 O TLV 3
  serviceLevelAaContainer: TLV_E(0x72, octets(1, 65535), 4, 65_538), // §9.11.2.10 O TLV-E 4-65538
  receivedMbsContainer: TLV_E(0x71, octets(6, 65535), 9, 65_538), // §9.11.4.31 O TLV-E 9-65538
  n3qai: TLV_E(0x70, octets(6, 65535), 9), // §9.11.4.36 O TLV-E 9-n
  protocolDescription: TLV_E(0x73, octets(3, 65535), 6), // §9.11.4.39 O TLV-E 6-n
  ecnMarkingForL4sIndication: TLV(0x38, octets(0, 255), 2, 257), // §9.11.4.40 O TLV 2-257
});
export type PduSessionEstablishmentAccept = MessageOf<typeof PduSessionEstablishmentAccept>;

/** TS 24.501 §8.3.3, table 8.3.3.1.1. */
export const PduSessionEstablishmentReject = sessionMessage("PDU session establishment reject", 0xc3, "network to UE", {
  cause: V(SmCause, 1), // §9.11.4.2 M V 1
  backOffTimerValue: TLV(0x37, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  allowedSscMode: TV1(0xf, AllowedSscMode), // §9.11.4.5 O TV 1
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
  congestionReAttemptIndicator: TLV(0x61, CongestionReAttemptIndicator, 3, 3), // §9.11.4.21 O TLV 3
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
  reAttemptIndicator: TLV(0x1d, ReAttemptIndicator, 3, 3), // §9.11.4.17 O TLV 3
  serviceLevelAaContainer: TLV_E(0x72, octets(1, 65535), 4, 65_538), // §9.11.2.10 O TLV-E 4-65538
  atsssContainer: TLV_E(0x77, octets(0, 65535), 3, 65_538), // §9.11.4.22 O TLV-E 3-65538
});
export type PduSessionEstablishmentReject = MessageOf<typeof PduSessionEstablishmentReject>;

/** TS 24.501 §8.3.4, table 8.3.4.1.1. */
export const PduSessionAuthenticationCommand = sessionMessage("PDU session authentication command", 0xc5, "network to UE", {
  eapMessage: LV_E(EapMessage, 6, 1502), // §9.11.2.2 M LV-E 6-1502
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
});
export type PduSessionAuthenticationCommand = MessageOf<typeof PduSessionAuthenticationCommand>;

/** TS 24.501 §8.3.5, table 8.3.5.1.1. */
export const PduSessionAuthenticationComplete = sessionMessage("PDU session authentication complete", 0xc6, "UE to network", {
  eapMessage: LV_E(EapMessage, 6, 1502), // §9.11.2.2 M LV-E 6-1502
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
});
export type PduSessionAuthenticationComplete = MessageOf<typeof PduSessionAuthenticationComplete>;

/** TS 24.501 §8.3.6, table 8.3.6.1.1. */
export const PduSessionAuthenticationResult = sessionMessage("PDU session authentication result", 0xc7, "network to UE", {
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
});
export type PduSessionAuthenticationResult = MessageOf<typeof PduSessionAuthenticationResult>;

/** TS 24.501 §8.3.7, table 8.3.7.1.1. */
export const PduSessionModificationRequest = sessionMessage("PDU session modification request", 0xc9, "UE to network", {
  capability5gsm: TLV(0x28, Capability5gsm, 3, 15), // §9.11.4.1 O TLV 3-15
  cause: TV(0x59, SmCause, 2), // §9.11.4.2 O TV 2
  maximumNumberOfSupportedPacketFilters: TV(0x55, MaximumNumberOfPacketFilters, 3), // §9.11.4.9 O TV 3
  alwaysOnPduSessionRequested: TV1(0xb, flagOctet), // §9.11.4.4 O TV 1
  integrityProtectionMaximumDataRate: TV(0x13, IntegrityProtectionMaximumDataRate, 3), // §9.11.4.7 O TV 3
  requestedQosRules: TLV_E(0x7a, QosRules, 7, 65_538), // §9.11.4.13 O TLV-E 7-65538
  requestedQosFlowDescriptions: TLV_E(0x79, QosFlowDescriptions, 6, 65_538), // §9.11.4.12 O TLV-E 6-65538
  mappedEpsBearerContexts: TLV_E(0x75, octets(4, 65535), 7, 65_538), // §9.11.4.8 O TLV-E 7-65538
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
  portManagementInformationContainer: TLV_E(0x74, octets(1, 65535), 4, 65_538), // §9.11.4.27 O TLV-E 4-65538
  ipHeaderCompressionConfiguration: TLV(0x66, octets(3, 255), 5, 257), // §9.11.4.24 O TLV 5-257
  ethernetHeaderCompressionConfiguration: TLV(0x1f, octets(1, 255), 3, 3), // §9.11.4.28 O TLV 3
  requestedMbsContainer: TLV_E(0x70, octets(5, 65535), 8, 65_538), // §9.11.4.30 O TLV-E 8-65538
  serviceLevelAaContainer: TLV_E(0x72, octets(1, 65535), 4, 65_538), // §9.11.2.10 O TLV-E 4-65538
  non3gppDelayBudget: TLV_E(0x73, octets(3, 65535), 6), // §9.11.4.37 O TLV-E 6-n
  urspRuleEnforcementReports: TLV(0x36, octets(2, 255), 4), // §9.11.4.38 O TLV 4-n
  non3gppDeviceInformation: TLV_E(0x7c, octets(4, 65535), 7), // §9.11.4.41 O TLV-E 7-n
});
export type PduSessionModificationRequest = MessageOf<typeof PduSessionModificationRequest>;

/** TS 24.501 §8.3.8, table 8.3.8.1.1. */
export const PduSessionModificationReject = sessionMessage("PDU session modification reject", 0xca, "network to UE", {
  cause: V(SmCause, 1), // §9.11.4.2 M V 1
  backOffTimerValue: TLV(0x37, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  congestionReAttemptIndicator: TLV(0x61, CongestionReAttemptIndicator, 3, 3), // §9.11.4.21 O TLV 3
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
  reAttemptIndicator: TLV(0x1d, ReAttemptIndicator, 3, 3), // §9.11.4.17 O TLV 3
});
export type PduSessionModificationReject = MessageOf<typeof PduSessionModificationReject>;

/** TS 24.501 §8.3.9, table 8.3.9.1.1. */
export const PduSessionModificationCommand = sessionMessage("PDU session modification command", 0xcb, "network to UE", {
  cause: TV(0x59, SmCause, 2), // §9.11.4.2 O TV 2
  sessionAmbr: TLV(0x2a, SessionAmbr, 8, 8), // §9.11.4.14 O TLV 8
  rqTimerValue: TV(0x56, GprsTimer, 2), // §9.11.2.3 O TV 2
  alwaysOnPduSessionIndication: TV1(0x8, flagOctet), // §9.11.4.3 O TV 1
  authorizedQosRules: TLV_E(0x7a, QosRules, 7, 65_538), // §9.11.4.13 O TLV-E 7-65538
  mappedEpsBearerContexts: TLV_E(0x75, octets(4, 65535), 7, 65_538), // §9.11.4.8 O TLV-E 7-65538
  authorizedQosFlowDescriptions: TLV_E(0x79, QosFlowDescriptions, 6, 65_538), // §9.11.4.12 O TLV-E 6-65538
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
  atsssContainer: TLV_E(0x77, octets(0, 65535), 3, 65_538), // §9.11.4.22 O TLV-E 3-65538
  ipHeaderCompressionConfiguration: TLV(0x66, octets(3, 255), 5, 257), // §9.11.4.24 O TLV 5-257
  portManagementInformationContainer: TLV_E(0x74, octets(1, 65535), 4, 65_538), // §9.11.4.27 O TLV-E 4-65538
  servingPlmnRateControl: TLV(0x1e, octets(2, 255), 4, 4), // §9.11.4.20 O TLV 4
  ethernetHeaderCompressionConfiguration: TLV(0x1f, octets(1, 255), 3, 3), // §9.11.4.28 O TLV 3
  receivedMbsContainer: TLV_E(0x71, octets(6, 65535), 9, 65_538), // §9.11.4.31 O TLV-E 9-65538
  serviceLevelAaContainer: TLV_E(0x72, octets(1, 65535), 4, 65_538), // §9.11.2.10 O TLV-E 4-65538
  alternativeSNssai: TLV(0x5a, SNssaiIe, 3, 10), // §9.11.2.8 O TLV 3-10
  n3qai: TLV_E(0x70, octets(6, 65535), 9), // §9.11.4.36 O TLV-E 9-n
  protocolDescription: TLV_E(0x73, octets(3, 65535), 6), // §9.11.4.39 O TLV-E 6-n
  ecnMarkingForL4sIndication: TLV(0x38, octets(0, 255), 2, 257), // §9.11.4.40 O TLV 2-257
});
export type PduSessionModificationCommand = MessageOf<typeof PduSessionModificationCommand>;

/** TS 24.501 §8.3.10, table 8.3.10.1.1. */
export const PduSessionModificationComplete = sessionMessage("PDU session modification complete", 0xcc, "UE to network", {
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
  portManagementInformationContainer: TLV_E(0x74, octets(1, 65535), 4, 65_538), // §9.11.4.27 O TLV-E 4-65538
});
export type PduSessionModificationComplete = MessageOf<typeof PduSessionModificationComplete>;

/** TS 24.501 §8.3.11, table 8.3.11.1.1. */
export const PduSessionModificationCommandReject = sessionMessage("PDU session modification command reject", 0xcd, "UE to network", {
  cause: V(SmCause, 1), // §9.11.4.2 M V 1
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
});
export type PduSessionModificationCommandReject = MessageOf<typeof PduSessionModificationCommandReject>;

/** TS 24.501 §8.3.12, table 8.3.12.1.1. */
export const PduSessionReleaseRequest = sessionMessage("PDU session release request", 0xd1, "UE to network", {
  cause: TV(0x59, SmCause, 2), // §9.11.4.2 O TV 2
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
});
export type PduSessionReleaseRequest = MessageOf<typeof PduSessionReleaseRequest>;

/** TS 24.501 §8.3.13, table 8.3.13.1.1. */
export const PduSessionReleaseReject = sessionMessage("PDU session release reject", 0xd2, "network to UE", {
  cause: V(SmCause, 1), // §9.11.4.2 M V 1
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
});
export type PduSessionReleaseReject = MessageOf<typeof PduSessionReleaseReject>;

/** TS 24.501 §8.3.14, table 8.3.14.1.1. */
export const PduSessionReleaseCommand = sessionMessage("PDU session release command", 0xd3, "network to UE", {
  cause: V(SmCause, 1), // §9.11.4.2 M V 1
  backOffTimerValue: TLV(0x37, GprsTimer3, 3, 3), // §9.11.2.5 O TLV 3
  eapMessage: TLV_E(0x78, EapMessage, 7, 1503), // §9.11.2.2 O TLV-E 7-1503
  congestionReAttemptIndicator: TLV(0x61, CongestionReAttemptIndicator, 3, 3), // §9.11.4.21 O TLV 3
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
  accessType: TV1(0xd, AccessTypeIe), // §9.11.2.1A O TV 1
  serviceLevelAaContainer: TLV_E(0x72, octets(1, 65535), 4, 65_538), // §9.11.2.10 O TLV-E 4-65538
  alternativeSNssai: TLV(0x5a, SNssaiIe, 3, 10), // §9.11.2.8 O TLV 3-10
});
export type PduSessionReleaseCommand = MessageOf<typeof PduSessionReleaseCommand>;

/** TS 24.501 §8.3.15, table 8.3.15.1.1. */
export const PduSessionReleaseComplete = sessionMessage("PDU session release complete", 0xd4, "UE to network", {
  cause: TV(0x59, SmCause, 2), // §9.11.4.2 O TV 2
  extendedProtocolConfigurationOptions: TLV_E(0x7b, ProtocolConfigurationOptionsIe, 4, 65_538), // §9.11.4.6 O TLV-E 4-65538
});
export type PduSessionReleaseComplete = MessageOf<typeof PduSessionReleaseComplete>;

/** TS 24.501 §8.3.16, table 8.3.16.1.1. */
export const Status5gsm = sessionMessage("5GSM status", 0xd6, "both", {
  cause: V(SmCause, 1), // §9.11.4.2 M V 1
});
export type Status5gsm = MessageOf<typeof Status5gsm>;

/** TS 24.501 §8.3.17, table 8.3.17.1.1. */
export const ServiceLevelAuthenticationCommand = sessionMessage("Service-level authentication command", 0xd8, "network to UE", {
  serviceLevelAaContainer: LV_E(octets(3, 65535), 5, 65_538), // §9.11.2.10 M LV-E 5-65538
});
export type ServiceLevelAuthenticationCommand = MessageOf<typeof ServiceLevelAuthenticationCommand>;

/** TS 24.501 §8.3.18, table 8.3.18.1.1. */
export const ServiceLevelAuthenticationComplete = sessionMessage("Service-level authentication complete", 0xd9, "UE to network", {
  serviceLevelAaContainer: LV_E(octets(3, 65535), 5, 65_538), // §9.11.2.10 M LV-E 5-65538
});
export type ServiceLevelAuthenticationComplete = MessageOf<typeof ServiceLevelAuthenticationComplete>;

/** TS 24.501 §8.3.19, table 8.3.19.1. */
export const RemoteUeReport = sessionMessage("Remote UE report", 0xda, "UE to network", {
  remoteUeContextConnected: TLV_E(0x76, octets(13, 65535), 16, 65_538), // §9.11.4.29 O TLV-E 16-65538
  remoteUeContextDisconnected: TLV_E(0x70, octets(13, 65535), 16, 65_538), // §9.11.4.29 O TLV-E 16-65538
});
export type RemoteUeReport = MessageOf<typeof RemoteUeReport>;

/** TS 24.501 §8.3.20, table 8.3.20.1. */
export const RemoteUeReportResponse = sessionMessage("Remote UE report response", 0xdb, "network to UE", {});
export type RemoteUeReportResponse = MessageOf<typeof RemoteUeReportResponse>;
