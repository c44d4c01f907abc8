/** Messages: TS 29.244 §7.4 and §7.5, numbers of table 7.3-1. */
import * as ie from "./ies.ts";
import { C, M, type MessageOf, many, message, O } from "./kit.ts";

// ---- node messages ----------------------------------------------------------------------------------------------------------------

/** Table 7.4.2.1-1. */
export const HeartbeatRequest = message("PFCP Heartbeat Request", 1, {
  recoveryTimeStamp: M(ie.RecoveryTimeStamp),
  sourceIpAddress: O(ie.SourceIpAddress),
});
/** Table 7.4.2.2-1. */
export const HeartbeatResponse = message("PFCP Heartbeat Response", 2, { recoveryTimeStamp: M(ie.RecoveryTimeStamp) });
/** Table 7.4.3.1-1. */
export const PfdManagementRequest = message("PFCP PFD Management Request", 3, {
  applicationIdsPfds: many(C(ie.ApplicationIdsPfds)),
  nodeId: O(ie.NodeId),
});
/** Table 7.4.3.2-1. */
export const PfdManagementResponse = message("PFCP PFD Management Response", 4, {
  cause: M(ie.Cause),
  offendingIe: C(ie.OffendingIe),
  nodeId: O(ie.NodeId),
});
/** Table 7.4.4.1-1. */
export const AssociationSetupRequest = message("PFCP Association Setup Request", 5, {
  nodeId: M(ie.NodeId),
  recoveryTimeStamp: M(ie.RecoveryTimeStamp),
  upFunctionFeatures: C(ie.UpFunctionFeatures),
  cpFunctionFeatures: C(ie.CpFunctionFeatures),
  alternativeSmfIpAddress: many(O(ie.AlternativeSmfIpAddress)),
  smfSetId: C(ie.SmfSetId),
  pfcpSessionRetentionInformation: O(ie.PfcpSessionRetentionInformation),
  ueIpAddressPoolInformation: many(O(ie.UeIpAddressPoolInformation)),
  upfInstanceId: C(ie.NfInstanceId),
  pfcpAsReqFlags: O(ie.PfcpAsReqFlags),
  userPlaneIpResourceInformation: many(O(ie.UserPlaneIpResourceInformation)),
});
/** Table 7.4.4.2-1. */
export const AssociationSetupResponse = message("PFCP Association Setup Response", 6, {
  nodeId: M(ie.NodeId),
  cause: M(ie.Cause),
  recoveryTimeStamp: M(ie.RecoveryTimeStamp),
  upFunctionFeatures: C(ie.UpFunctionFeatures),
  cpFunctionFeatures: C(ie.CpFunctionFeatures),
  alternativeSmfIpAddress: many(O(ie.AlternativeSmfIpAddress)),
  smfSetId: C(ie.SmfSetId),
  pfcpAsRspFlags: O(ie.PfcpAsRspFlags),
  ueIpAddressPoolInformation: many(O(ie.UeIpAddressPoolInformation)),
  upfInstanceId: C(ie.NfInstanceId),
  userPlaneIpResourceInformation: many(O(ie.UserPlaneIpResourceInformation)),
});
/** Table 7.4.4.3-1. */
export const AssociationUpdateRequest = message("PFCP Association Update Request", 7, {
  nodeId: M(ie.NodeId),
  upFunctionFeatures: O(ie.UpFunctionFeatures),
  cpFunctionFeatures: O(ie.CpFunctionFeatures),
  pfcpAssociationReleaseRequest: C(ie.PfcpAssociationReleaseRequest),
  gracefulReleasePeriod: C(ie.GracefulReleasePeriod),
  pfcpAuReqFlags: O(ie.PfcpAuReqFlags),
  alternativeSmfIpAddress: many(O(ie.AlternativeSmfIpAddress)),
  smfSetId: O(ie.SmfSetId),
  ueIpAddressPoolInformation: many(O(ie.UeIpAddressPoolInformation)),
  userPlaneIpResourceInformation: many(O(ie.UserPlaneIpResourceInformation)),
});
/** Table 7.4.4.4-1. */
export const AssociationUpdateResponse = message("PFCP Association Update Response", 8, {
  nodeId: M(ie.NodeId),
  cause: M(ie.Cause),
  upFunctionFeatures: O(ie.UpFunctionFeatures),
  cpFunctionFeatures: O(ie.CpFunctionFeatures),
});
/** Table 7.4.4.5-1. */
export const AssociationReleaseRequest = message("PFCP Association Release Request", 9, { nodeId: M(ie.NodeId) });
/** Table 7.4.4.6-1. */
export const AssociationReleaseResponse = message("PFCP Association Release Response", 10, { nodeId: M(ie.NodeId), cause: M(ie.Cause) });
/** TS 29.244 §7.4.4.7: a header alone. */
export const VersionNotSupportedResponse = message("PFCP Version Not Supported Response", 11, {});
/** Table 7.4.5.1.1-1. */
export const NodeReportRequest = message("PFCP Node Report Request", 12, {
  nodeId: M(ie.NodeId),
  nodeReportType: M(ie.NodeReportType),
  userPlanePathFailureReport: C(ie.UserPlanePathFailureReport),
  userPlanePathRecoveryReport: C(ie.UserPlanePathRecoveryReport),
});
/** Table 7.4.5.2.1-1. */
export const NodeReportResponse = message("PFCP Node Report Response", 13, {
  nodeId: M(ie.NodeId),
  cause: M(ie.Cause),
  offendingIe: C(ie.OffendingIe),
});
/** Table 7.4.6.1-1: the FQ-CSIDs of all nodes, by their node type. */
export const SessionSetDeletionRequest = message("PFCP Session Set Deletion Request", 14, {
  nodeId: M(ie.NodeId),
  fqCsid: many(C(ie.FqCsid)),
});
/** Table 7.4.6.2-1. */
export const SessionSetDeletionResponse = message("PFCP Session Set Deletion Response", 15, {
  nodeId: M(ie.NodeId),
  cause: M(ie.Cause),
  offendingIe: C(ie.OffendingIe),
});

// ---- session messages -------------------------------------------------------------------------------------------------------------

/** Table 7.5.2.1-1. */
export const SessionEstablishmentRequest = message("PFCP Session Establishment Request", 50, {
  nodeId: M(ie.NodeId),
  cpFSeid: M(ie.FSeid),
  createPdr: many(M(ie.CreatePdr)),
  createFar: many(M(ie.CreateFar)),
  createUrr: many(C(ie.CreateUrr)),
  createQer: many(C(ie.CreateQer)),
  createBar: O(ie.CreateBar),
  createTrafficEndpoint: many(C(ie.CreateTrafficEndpoint)),
  pdnType: C(ie.PdnType),
  fqCsid: many(C(ie.FqCsid)),
  userPlaneInactivityTimer: O(ie.UserPlaneInactivityTimer),
  userId: O(ie.UserId),
  apnDnn: O(ie.ApnDnn),
  pfcpSeReqFlags: C(ie.PfcpSeReqFlags),
  recoveryTimeStamp: O(ie.RecoveryTimeStamp),
  sNssai: O(ie.SNssai),
  ratType: O(ie.RatType),
  alternativeSmfIpAddress: many(O(ie.AlternativeSmfIpAddress)),
});
/** Table 7.5.3.1-1. */
export const SessionEstablishmentResponse = message("PFCP Session Establishment Response", 51, {
  nodeId: M(ie.NodeId),
  cause: M(ie.Cause),
  offendingIe: C(ie.OffendingIe),
  upFSeid: C(ie.FSeid),
  createdPdr: many(C(ie.CreatedPdr)),
  loadControlInformation: O(ie.LoadControlInformation),
  overloadControlInformation: O(ie.OverloadControlInformation),
  fqCsid: many(O(ie.FqCsid)),
  failedRuleId: C(ie.FailedRuleId),
  createdTrafficEndpoint: many(C(ie.CreatedTrafficEndpoint)),
  partialFailureInformation: many(C(ie.PartialFailureInformation)),
});
/** Table 7.5.4.1-1. */
export const SessionModificationRequest = message("PFCP Session Modification Request", 52, {
  cpFSeid: C(ie.FSeid),
  removePdr: many(C(ie.RemovePdr)),
  removeFar: many(C(ie.RemoveFar)),
  removeUrr: many(C(ie.RemoveUrr)),
  removeQer: many(C(ie.RemoveQer)),
  removeBar: C(ie.RemoveBar),
  removeTrafficEndpoint: many(C(ie.RemoveTrafficEndpoint)),
  createPdr: many(C(ie.CreatePdr)),
  createFar: many(C(ie.CreateFar)),
  createUrr: many(C(ie.CreateUrr)),
  createQer: many(C(ie.CreateQer)),
  createBar: C(ie.CreateBar),
  createTrafficEndpoint: many(C(ie.CreateTrafficEndpoint)),
  updatePdr: many(C(ie.UpdatePdr)),
  updateFar: many(C(ie.UpdateFar)),
  updateUrr: many(C(ie.UpdateUrr)),
  updateQer: many(C(ie.UpdateQer)),
  updateBar: C(ie.UpdateBar),
  updateTrafficEndpoint: many(C(ie.UpdateTrafficEndpoint)),
  pfcpSmReqFlags: C(ie.PfcpSmReqFlags),
  queryUrr: many(C(ie.QueryUrr)),
  fqCsid: many(C(ie.FqCsid)),
  userPlaneInactivityTimer: C(ie.UserPlaneInactivityTimer),
  queryUrrReference: O(ie.QueryUrrReference),
  nodeId: C(ie.NodeId),
  sNssai: O(ie.SNssai),
  dnn: C(ie.ApnDnn),
});
/** Table 7.5.5.1-1. */
export const SessionModificationResponse = message("PFCP Session Modification Response", 53, {
  cause: M(ie.Cause),
  offendingIe: C(ie.OffendingIe),
  createdPdr: many(C(ie.CreatedPdr)),
  loadControlInformation: O(ie.LoadControlInformation),
  overloadControlInformation: O(ie.OverloadControlInformation),
  usageReport: many(C(ie.UsageReportInModification)),
  failedRuleId: C(ie.FailedRuleId),
  additionalUsageReportsInformation: C(ie.AdditionalUsageReportsInformation),
  createdTrafficEndpoint: many(C(ie.CreatedTrafficEndpoint)),
  partialFailureInformation: many(C(ie.PartialFailureInformation)),
});
/** Table 7.5.6-1. */
export const SessionDeletionRequest = message("PFCP Session Deletion Request", 54, { nodeId: C(ie.NodeId), cpFSeid: C(ie.FSeid) });
/** Table 7.5.7.1-1. */
export const SessionDeletionResponse = message("PFCP Session Deletion Response", 55, {
  cause: M(ie.Cause),
  offendingIe: C(ie.OffendingIe),
  loadControlInformation: O(ie.LoadControlInformation),
  overloadControlInformation: O(ie.OverloadControlInformation),
  usageReport: many(C(ie.UsageReportInDeletion)),
  additionalUsageReportsInformation: C(ie.AdditionalUsageReportsInformation),
});
/** Table 7.5.8.1-1. */
export const SessionReportRequest = message("PFCP Session Report Request", 56, {
  reportType: M(ie.ReportType),
  downlinkDataReport: C(ie.DownlinkDataReport),
  usageReport: many(C(ie.UsageReportInReport)),
  errorIndicationReport: C(ie.ErrorIndicationReport),
  loadControlInformation: O(ie.LoadControlInformation),
  overloadControlInformation: O(ie.OverloadControlInformation),
  additionalUsageReportsInformation: C(ie.AdditionalUsageReportsInformation),
  pfcpSrReqFlags: C(ie.PfcpSrReqFlags),
  oldCpFSeid: C(ie.FSeid),
  cause: O(ie.Cause),
});
/** Table 7.5.9.1-1. */
export const SessionReportResponse = message("PFCP Session Report Response", 57, {
  cause: M(ie.Cause),
  offendingIe: C(ie.OffendingIe),
  updateBar: C(ie.UpdateBarInReport),
  pfcpSrRspFlags: C(ie.PfcpSrRspFlags),
  cpFSeid: O(ie.FSeid),
  n4uFTeid: O(ie.FTeid),
  alternativeSmfIpAddress: many(O(ie.AlternativeSmfIpAddress)),
  fqCsid: many(O(ie.FqCsid)),
  nodeId: C(ie.NodeId),
});

export type HeartbeatRequest = MessageOf<typeof HeartbeatRequest>;
export type HeartbeatResponse = MessageOf<typeof HeartbeatResponse>;
export type PfdManagementRequest = MessageOf<typeof PfdManagementRequest>;
export type PfdManagementResponse = MessageOf<typeof PfdManagementResponse>;
export type AssociationSetupRequest = MessageOf<typeof AssociationSetupRequest>;
export type AssociationSetupResponse = MessageOf<typeof AssociationSetupResponse>;
export type AssociationUpdateRequest = MessageOf<typeof AssociationUpdateRequest>;
export type AssociationUpdateResponse = MessageOf<typeof AssociationUpdateResponse>;
export type AssociationReleaseRequest = MessageOf<typeof AssociationReleaseRequest>;
export type AssociationReleaseResponse = MessageOf<typeof AssociationReleaseResponse>;
export type VersionNotSupportedResponse = MessageOf<typeof VersionNotSupportedResponse>;
export type NodeReportRequest = MessageOf<typeof NodeReportRequest>;
export type NodeReportResponse = MessageOf<typeof NodeReportResponse>;
export type SessionSetDeletionRequest = MessageOf<typeof SessionSetDeletionRequest>;
export type SessionSetDeletionResponse = MessageOf<typeof SessionSetDeletionResponse>;
export type SessionEstablishmentRequest = MessageOf<typeof SessionEstablishmentRequest>;
export type SessionEstablishmentResponse = MessageOf<typeof SessionEstablishmentResponse>;
export type SessionModificationRequest = MessageOf<typeof SessionModificationRequest>;
export type SessionModificationResponse = MessageOf<typeof SessionModificationResponse>;
export type SessionDeletionRequest = MessageOf<typeof SessionDeletionRequest>;
export type SessionDeletionResponse = MessageOf<typeof SessionDeletionResponse>;
export type SessionReportRequest = MessageOf<typeof SessionReportRequest>;
export type SessionReportResponse = MessageOf<typeof SessionReportResponse>;

/** Each request with the response that answers it. */
export interface Exchanges {
  "PFCP Heartbeat Request": { request: HeartbeatRequest; response: HeartbeatResponse };
  "PFCP PFD Management Request": { request: PfdManagementRequest; response: PfdManagementResponse };
  "PFCP Association Setup Request": { request: AssociationSetupRequest; response: AssociationSetupResponse };
  "PFCP Association Update Request": { request: AssociationUpdateRequest; response: AssociationUpdateResponse };
  "PFCP Association Release Request": { request: AssociationReleaseRequest; response: AssociationReleaseResponse };
  "PFCP Node Report Request": { request: NodeReportRequest; response: NodeReportResponse };
  "PFCP Session Set Deletion Request": { request: SessionSetDeletionRequest; response: SessionSetDeletionResponse };
  "PFCP Session Establishment Request": { request: SessionEstablishmentRequest; response: SessionEstablishmentResponse };
  "PFCP Session Modification Request": { request: SessionModificationRequest; response: SessionModificationResponse };
  "PFCP Session Deletion Request": { request: SessionDeletionRequest; response: SessionDeletionResponse };
  "PFCP Session Report Request": { request: SessionReportRequest; response: SessionReportResponse };
}
export type PfcpRequest = Exchanges[keyof Exchanges]["request"];
export type PfcpResponse = Exchanges[keyof Exchanges]["response"] | VersionNotSupportedResponse;
export type PfcpMessage = PfcpRequest | PfcpResponse;
/** The response that answers a request of type `R`. */
export type ResponseTo<R extends PfcpRequest> = Exchanges[R["is"]]["response"];

/** Every message that is declared here. */
export const declarations = [
  HeartbeatRequest,
  HeartbeatResponse,
  PfdManagementRequest,
  PfdManagementResponse,
  AssociationSetupRequest,
  AssociationSetupResponse,
  AssociationUpdateRequest,
  AssociationUpdateResponse,
  AssociationReleaseRequest,
  AssociationReleaseResponse,
  VersionNotSupportedResponse,
  NodeReportRequest,
  NodeReportResponse,
  SessionSetDeletionRequest,
  SessionSetDeletionResponse,
  SessionEstablishmentRequest,
  SessionEstablishmentResponse,
  SessionModificationRequest,
  SessionModificationResponse,
  SessionDeletionRequest,
  SessionDeletionResponse,
  SessionReportRequest,
  SessionReportResponse,
] as const;
