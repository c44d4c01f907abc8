/** Information elements: TS 29.244 table 8.1.2-1, and the groups of §7.4 and §7.5 with the rows of their tables. */
import { octets, text, uint } from "@freehold/wire";
import { C, grouped, ie, M, many, O } from "./kit.ts";
import * as v from "./values.ts";

// ---- values ---------------------------------------------------------------------------------------------------------------------

export const Cause = ie("Cause", 19, v.cause);
export const SourceInterface = ie("Source Interface", 20, v.sourceInterface);
export const FTeid = ie("F-TEID", 21, v.fTeid);
export const NetworkInstance = ie("Network Instance", 22, v.networkInstance);
export const SdfFilter = ie("SDF Filter", 23, v.sdfFilter);
export const ApplicationId = ie("Application ID", 24, text(0, 65_535));
export const GateStatus = ie("Gate Status", 25, v.gateStatus);
export const Mbr = ie("MBR", 26, v.bitRates);
export const Gbr = ie("GBR", 27, v.bitRates);
export const QerCorrelationId = ie("QER Correlation ID", 28, uint(4));
export const Precedence = ie("Precedence", 29, uint(4));
export const TransportLevelMarking = ie("Transport Level Marking", 30, uint(2));
export const VolumeThreshold = ie("Volume Threshold", 31, v.volumes);
export const TimeThreshold = ie("Time Threshold", 32, uint(4));
export const MonitoringTime = ie("Monitoring Time", 33, uint(4));
export const SubsequentVolumeThreshold = ie("Subsequent Volume Threshold", 34, v.volumes);
export const SubsequentTimeThreshold = ie("Subsequent Time Threshold", 35, uint(4));
export const InactivityDetectionTime = ie("Inactivity Detection Time", 36, uint(4));
export const ReportingTriggers = ie("Reporting Triggers", 37, v.reportingTriggers);
export const RedirectInformation = ie("Redirect Information", 38, v.opaque("00000831302e302e302e31"));
export const ReportType = ie("Report Type", 39, v.reportType);
export const OffendingIe = ie("Offending IE", 40, uint(2));
export const ForwardingPolicy = ie("Forwarding Policy", 41, v.forwardingPolicy);
export const DestinationInterface = ie("Destination Interface", 42, v.destinationInterface);
export const UpFunctionFeatures = ie("UP Function Features", 43, v.upFunctionFeatures);
export const ApplyAction = ie("Apply Action", 44, v.applyAction);
export const DownlinkDataServiceInformation = ie("Downlink Data Service Information", 45, v.downlinkDataServiceInformation);
export const DownlinkDataNotificationDelay = ie("Downlink Data Notification Delay", 46, uint(1));
export const DlBufferingDuration = ie("DL Buffering Duration", 47, v.timer);
export const DlBufferingSuggestedPacketCount = ie("DL Buffering Suggested Packet Count", 48, octets(1, 2));
export const PfcpSmReqFlags = ie("PFCPSMReq-Flags", 49, v.pfcpSmReqFlags);
export const PfcpSrRspFlags = ie("PFCPSRRsp-Flags", 50, v.pfcpSrRspFlags);
export const SequenceNumber = ie("Sequence Number", 52, uint(4));
export const Metric = ie("Metric", 53, uint(1));
export const Timer = ie("Timer", 55, v.timer);
export const PdrId = ie("PDR ID", 56, uint(2));
export const FSeid = ie("F-SEID", 57, v.fSeid);
export const NodeId = ie("Node ID", 60, v.nodeId);
export const PfdContents = ie("PFD Contents", 61, v.opaque("01000007 7065726d697420"));
export const MeasurementMethod = ie("Measurement Method", 62, v.measurementMethod);
export const UsageReportTrigger = ie("Usage Report Trigger", 63, v.usageReportTrigger);
export const MeasurementPeriod = ie("Measurement Period", 64, uint(4));
export const FqCsid = ie("FQ-CSID", 65, v.opaque("017f0000010001"));
export const VolumeMeasurement = ie("Volume Measurement", 66, v.volumeMeasurement);
export const DurationMeasurement = ie("Duration Measurement", 67, uint(4));
export const TimeOfFirstPacket = ie("Time of First Packet", 69, uint(4));
export const TimeOfLastPacket = ie("Time of Last Packet", 70, uint(4));
export const QuotaHoldingTime = ie("Quota Holding Time", 71, uint(4));
export const DroppedDlTrafficThreshold = ie("Dropped DL Traffic Threshold", 72, v.droppedDlTrafficThreshold);
export const VolumeQuota = ie("Volume Quota", 73, v.volumes);
export const TimeQuota = ie("Time Quota", 74, uint(4));
export const StartTime = ie("Start Time", 75, uint(4));
export const EndTime = ie("End Time", 76, uint(4));
export const UrrId = ie("URR ID", 81, uint(4));
export const LinkedUrrId = ie("Linked URR ID", 82, uint(4));
export const OuterHeaderCreation = ie("Outer Header Creation", 84, v.outerHeaderCreation);
export const BarId = ie("BAR ID", 88, uint(1));
export const CpFunctionFeatures = ie("CP Function Features", 89, v.cpFunctionFeatures);
export const UsageInformation = ie("Usage Information", 90, v.usageInformation);
export const ApplicationInstanceId = ie("Application Instance ID", 91, text(0, 65_535));
export const FlowInformation = ie("Flow Information", 92, v.flowInformation);
export const UeIpAddress = ie("UE IP Address", 93, v.ueIpAddress);
export const PacketRate = ie("Packet Rate", 94, v.opaque("01000064"));
export const OuterHeaderRemoval = ie("Outer Header Removal", 95, v.outerHeaderRemoval);
export const RecoveryTimeStamp = ie("Recovery Time Stamp", 96, uint(4));
export const HeaderEnrichment = ie("Header Enrichment", 98, v.opaque("00016101 62"));
export const MeasurementInformation = ie("Measurement Information", 100, v.measurementInformation);
export const NodeReportType = ie("Node Report Type", 101, v.nodeReportType);
export const RemoteGtpuPeer = ie("Remote GTP-U Peer", 103, v.remoteGtpuPeer);
export const UrSeqn = ie("UR-SEQN", 104, uint(4));
export const ActivatePredefinedRules = ie("Activate Predefined Rules", 106, text(0, 65_535));
export const DeactivatePredefinedRules = ie("Deactivate Predefined Rules", 107, text(0, 65_535));
export const FarId = ie("FAR ID", 108, uint(4));
export const QerId = ie("QER ID", 109, uint(4));
export const OciFlags = ie("OCI Flags", 110, uint(1));
export const PfcpAssociationReleaseRequest = ie("PFCP Association Release Request", 111, v.pfcpAssociationReleaseRequest);
export const GracefulReleasePeriod = ie("Graceful Release Period", 112, v.timer);
export const PdnType = ie("PDN Type", 113, v.pdnType);
export const FailedRuleId = ie("Failed Rule ID", 114, v.failedRuleId);
/** Reserved since V16; V15 peers send it in association messages. */
export const UserPlaneIpResourceInformation = ie("User Plane IP Resource Information", 116, v.userPlaneIpResourceInformation);
export const UserPlaneInactivityTimer = ie("User Plane Inactivity Timer", 117, uint(4));
export const SubsequentVolumeQuota = ie("Subsequent Volume Quota", 121, v.volumes);
export const SubsequentTimeQuota = ie("Subsequent Time Quota", 122, uint(4));
export const Rqi = ie("RQI", 123, v.rqi);
export const Qfi = ie("QFI", 124, v.qfi);
export const QueryUrrReference = ie("Query URR Reference", 125, uint(4));
export const AdditionalUsageReportsInformation = ie("Additional Usage Reports Information", 126, uint(2));
export const TrafficEndpointId = ie("Traffic Endpoint ID", 131, uint(1));
export const SuggestedBufferingPacketsCount = ie("Suggested Buffering Packets Count", 140, uint(1));
export const UserId = ie("User ID", 141, v.opaque("010800110000000010f0"));
export const FramedRoute = ie("Framed-Route", 153, text(0, 65_535));
export const FramedRouting = ie("Framed-Routing", 154, uint(4));
export const FramedIpv6Route = ie("Framed-IPv6-Route", 155, text(0, 65_535));
export const AveragingWindow = ie("Averaging Window", 157, uint(4));
export const PagingPolicyIndicator = ie("Paging Policy Indicator", 158, uint(1));
export const ApnDnn = ie("APN/DNN", 159, v.dnn);
export const InterfaceType3gpp = ie("3GPP Interface Type", 160, uint(1));
export const PfcpSrReqFlags = ie("PFCPSRReq-Flags", 161, v.pfcpSrReqFlags);
export const PfcpAuReqFlags = ie("PFCPAUReq-Flags", 162, v.pfcpAuReqFlags);
export const ActivationTime = ie("Activation Time", 163, uint(4));
export const DeactivationTime = ie("Deactivation Time", 164, uint(4));
export const UeIpAddressPoolIdentity = ie("UE IP address Pool Identity", 177, v.ueIpAddressPoolIdentity);
export const AlternativeSmfIpAddress = ie("Alternative SMF IP Address", 178, v.alternativeSmfIpAddress);
export const SmfSetId = ie("SMF Set ID", 180, v.smfSetId);
export const QuotaValidityTime = ie("Quota Validity Time", 181, uint(4));
export const NumberOfReports = ie("Number of Reports", 182, uint(2));
export const PfcpAsRspFlags = ie("PFCPASRsp-Flags", 184, v.pfcpAsRspFlags);
export const CpPfcpEntityIpAddress = ie("CP PFCP Entity IP Address", 185, v.cpPfcpEntityIpAddress);
export const PfcpSeReqFlags = ie("PFCPSEReq-Flags", 186, v.pfcpSeReqFlags);
export const SourceIpAddress = ie("Source IP Address", 192, v.sourceIpAddress);
export const QerControlIndications = ie("QER Control Indications", 251, uint(1));
export const SNssai = ie("S-NSSAI", 257, v.sNssai);
export const IpVersion = ie("IP version", 258, uint(1));
export const PfcpAsReqFlags = ie("PFCPASReq-Flags", 259, v.pfcpAsReqFlags);
export const DataStatus = ie("Data Status", 260, uint(1));
export const RatType = ie("RAT Type", 275, uint(1));
export const OffendingIeInformation = ie("Offending IE Information", 274, v.offendingIeInformation);
export const NfInstanceId = ie("NF Instance ID", 253, octets(16));

// ---- groups of node messages ------------------------------------------------------------------------------------------------------

/** Table 7.4.3.1-3. */
export const PfdContext = grouped(59, "PFD context", { pfdContents: many(M(PfdContents)) });
/** Table 7.4.3.1-2. */
export const ApplicationIdsPfds = grouped(58, "Application ID's PFDs", {
  applicationId: M(ApplicationId),
  pfdContext: many(C(PfdContext)),
});
/** Table 7.4.4.1-3. */
/** Table 7.4.4.1-2. */
export const PfcpSessionRetentionInformation = grouped(183, "PFCP Session Retention Information", {
  cpPfcpEntityIpAddress: many(O(CpPfcpEntityIpAddress)),
});
export const UeIpAddressPoolInformation = grouped(233, "UE IP address Pool Information", {
  ueIpAddressPoolIdentity: many(M(UeIpAddressPoolIdentity)),
  networkInstance: O(NetworkInstance),
  sNssai: many(O(SNssai)),
  ipVersion: O(IpVersion),
});
/** Table 7.4.5.1.2-1. */
export const UserPlanePathFailureReport = grouped(102, "User Plane Path Failure Report", { remoteGtpuPeer: many(M(RemoteGtpuPeer)) });
/** Table 7.4.5.1.3-1. */
export const UserPlanePathRecoveryReport = grouped(187, "User Plane Path Recovery Report", { remoteGtpuPeer: many(M(RemoteGtpuPeer)) });

// ---- rules --------------------------------------------------------------------------------------------------------------------------

/** Table 7.5.2.2-2. */
export const Pdi = grouped(2, "PDI", {
  sourceInterface: M(SourceInterface),
  localFTeid: O(FTeid),
  networkInstance: O(NetworkInstance),
  ueIpAddress: many(O(UeIpAddress)),
  trafficEndpointId: C(TrafficEndpointId),
  sdfFilter: many(O(SdfFilter)),
  applicationId: O(ApplicationId),
  qfi: many(O(Qfi)),
  framedRoute: many(O(FramedRoute)),
  framedRouting: O(FramedRouting),
  framedIpv6Route: many(O(FramedIpv6Route)),
  sourceInterfaceType: C(InterfaceType3gpp),
});
/** Table 7.5.2.2-1. */
export const CreatePdr = grouped(1, "Create PDR", {
  pdrId: M(PdrId),
  precedence: M(Precedence),
  pdi: M(Pdi),
  outerHeaderRemoval: C(OuterHeaderRemoval),
  farId: C(FarId),
  urrId: many(C(UrrId)),
  qerId: many(C(QerId)),
  activatePredefinedRules: many(C(ActivatePredefinedRules)),
  activationTime: O(ActivationTime),
  deactivationTime: O(DeactivationTime),
  ueIpAddressPoolIdentity: O(UeIpAddressPoolIdentity),
  ratType: O(RatType),
});
/** Table 7.5.2.3-2. */
export const ForwardingParameters = grouped(4, "Forwarding Parameters", {
  destinationInterface: M(DestinationInterface),
  networkInstance: O(NetworkInstance),
  redirectInformation: C(RedirectInformation),
  outerHeaderCreation: C(OuterHeaderCreation),
  transportLevelMarking: C(TransportLevelMarking),
  forwardingPolicy: C(ForwardingPolicy),
  headerEnrichment: O(HeaderEnrichment),
  linkedTrafficEndpointId: C(TrafficEndpointId),
  destinationInterfaceType: C(InterfaceType3gpp),
});
/** Table 7.5.2.3-1. */
export const CreateFar = grouped(3, "Create FAR", {
  farId: M(FarId),
  applyAction: M(ApplyAction),
  forwardingParameters: C(ForwardingParameters),
  barId: O(BarId),
});
const measurement = {
  measurementPeriod: C(MeasurementPeriod),
  volumeThreshold: C(VolumeThreshold),
  volumeQuota: C(VolumeQuota),
  timeThreshold: C(TimeThreshold),
  timeQuota: C(TimeQuota),
  quotaHoldingTime: C(QuotaHoldingTime),
  droppedDlTrafficThreshold: C(DroppedDlTrafficThreshold),
  quotaValidityTime: C(QuotaValidityTime),
} as const;
/** Table 7.5.2.4-1. */
export const CreateUrr = grouped(6, "Create URR", {
  urrId: M(UrrId),
  measurementMethod: M(MeasurementMethod),
  reportingTriggers: M(ReportingTriggers),
  ...measurement,
  monitoringTime: O(MonitoringTime),
  subsequentVolumeThreshold: O(SubsequentVolumeThreshold),
  subsequentTimeThreshold: O(SubsequentTimeThreshold),
  subsequentVolumeQuota: O(SubsequentVolumeQuota),
  subsequentTimeQuota: O(SubsequentTimeQuota),
  inactivityDetectionTime: C(InactivityDetectionTime),
  linkedUrrId: many(C(LinkedUrrId)),
  measurementInformation: C(MeasurementInformation),
  farIdForQuotaAction: C(FarId),
  numberOfReports: O(NumberOfReports),
  userPlaneInactivityTimer: C(UserPlaneInactivityTimer),
});
/** Table 7.5.2.5-1. */
export const CreateQer = grouped(7, "Create QER", {
  qerId: M(QerId),
  qerCorrelationId: C(QerCorrelationId),
  gateStatus: M(GateStatus),
  maximumBitrate: C(Mbr),
  guaranteedBitrate: C(Gbr),
  packetRate: C(PacketRate),
  qosFlowIdentifier: C(Qfi),
  reflectiveQos: C(Rqi),
  pagingPolicyIndicator: C(PagingPolicyIndicator),
  averagingWindow: O(AveragingWindow),
  qerControlIndications: C(QerControlIndications),
});
/** Table 7.5.2.6-1. */
export const CreateBar = grouped(85, "Create BAR", {
  barId: M(BarId),
  downlinkDataNotificationDelay: C(DownlinkDataNotificationDelay),
  suggestedBufferingPacketsCount: C(SuggestedBufferingPacketsCount),
  dlBufferingDuration: C(DlBufferingDuration),
  dlBufferingSuggestedPacketCount: O(DlBufferingSuggestedPacketCount),
});
/** Table 7.5.2.7-1. */
export const CreateTrafficEndpoint = grouped(127, "Create Traffic Endpoint", {
  trafficEndpointId: M(TrafficEndpointId),
  localFTeid: O(FTeid),
  networkInstance: O(NetworkInstance),
  ueIpAddress: many(O(UeIpAddress)),
  framedRoute: many(O(FramedRoute)),
  framedRouting: O(FramedRouting),
  framedIpv6Route: many(O(FramedIpv6Route)),
  qfi: many(O(Qfi)),
  sourceInterfaceType: C(InterfaceType3gpp),
});
/** Table 7.5.3.2-1. */
export const CreatedPdr = grouped(8, "Created PDR", {
  pdrId: M(PdrId),
  localFTeid: C(FTeid),
  ueIpAddress: many(C(UeIpAddress)),
});
/** Table 7.5.3.5-1. */
export const CreatedTrafficEndpoint = grouped(128, "Created Traffic Endpoint", {
  trafficEndpointId: M(TrafficEndpointId),
  localFTeid: C(FTeid),
  ueIpAddress: many(C(UeIpAddress)),
});
/** Table 7.5.3.3-1. */
export const LoadControlInformation = grouped(51, "Load Control Information", {
  loadControlSequenceNumber: M(SequenceNumber),
  loadMetric: M(Metric),
});
/** Table 7.5.3.4-1. */
export const OverloadControlInformation = grouped(54, "Overload Control Information", {
  overloadControlSequenceNumber: M(SequenceNumber),
  overloadReductionMetric: M(Metric),
  periodOfValidity: M(Timer),
  overloadControlInformationFlags: C(OciFlags),
});
/** Table 7.5.3.1-2. */
export const PartialFailureInformation = grouped(272, "Partial Failure Information", {
  failedRuleId: M(FailedRuleId),
  failureCause: M(Cause),
  offendingIeInformation: many(M(OffendingIeInformation)),
});

// ---- modification -------------------------------------------------------------------------------------------------------------------

/** Table 7.5.4.2-1. */
export const UpdatePdr = grouped(9, "Update PDR", {
  pdrId: M(PdrId),
  outerHeaderRemoval: C(OuterHeaderRemoval),
  precedence: C(Precedence),
  pdi: C(Pdi),
  farId: C(FarId),
  urrId: many(C(UrrId)),
  qerId: many(C(QerId)),
  activatePredefinedRules: many(C(ActivatePredefinedRules)),
  deactivatePredefinedRules: many(C(DeactivatePredefinedRules)),
  activationTime: O(ActivationTime),
  deactivationTime: O(DeactivationTime),
  ratType: O(RatType),
});
/** Table 7.5.4.3-2. */
export const UpdateForwardingParameters = grouped(11, "Update Forwarding Parameters", {
  destinationInterface: C(DestinationInterface),
  networkInstance: C(NetworkInstance),
  redirectInformation: C(RedirectInformation),
  outerHeaderCreation: C(OuterHeaderCreation),
  transportLevelMarking: C(TransportLevelMarking),
  forwardingPolicy: C(ForwardingPolicy),
  headerEnrichment: C(HeaderEnrichment),
  pfcpSmReqFlags: C(PfcpSmReqFlags),
  linkedTrafficEndpointId: C(TrafficEndpointId),
  destinationInterfaceType: C(InterfaceType3gpp),
});
/** Table 7.5.4.3-1. */
export const UpdateFar = grouped(10, "Update FAR", {
  farId: M(FarId),
  applyAction: C(ApplyAction),
  updateForwardingParameters: C(UpdateForwardingParameters),
  barId: C(BarId),
});
/** Table 7.5.4.4-1. */
export const UpdateUrr = grouped(13, "Update URR", {
  urrId: M(UrrId),
  measurementMethod: C(MeasurementMethod),
  reportingTriggers: C(ReportingTriggers),
  ...measurement,
  monitoringTime: C(MonitoringTime),
  subsequentVolumeThreshold: C(SubsequentVolumeThreshold),
  subsequentTimeThreshold: C(SubsequentTimeThreshold),
  subsequentVolumeQuota: C(SubsequentVolumeQuota),
  subsequentTimeQuota: C(SubsequentTimeQuota),
  inactivityDetectionTime: C(InactivityDetectionTime),
  linkedUrrId: many(C(LinkedUrrId)),
  measurementInformation: C(MeasurementInformation),
  farIdForQuotaAction: C(FarId),
  numberOfReports: O(NumberOfReports),
  userPlaneInactivityTimer: C(UserPlaneInactivityTimer),
});
/** Table 7.5.4.5-1. */
export const UpdateQer = grouped(14, "Update QER", {
  qerId: M(QerId),
  qerCorrelationId: C(QerCorrelationId),
  gateStatus: C(GateStatus),
  maximumBitrate: C(Mbr),
  guaranteedBitrate: C(Gbr),
  packetRate: C(PacketRate),
  qosFlowIdentifier: C(Qfi),
  reflectiveQos: C(Rqi),
  pagingPolicyIndicator: C(PagingPolicyIndicator),
  averagingWindow: O(AveragingWindow),
  qerControlIndications: C(QerControlIndications),
});
/** Table 7.5.4.11-1. */
export const UpdateBar = grouped(86, "Update BAR", {
  barId: M(BarId),
  downlinkDataNotificationDelay: C(DownlinkDataNotificationDelay),
  suggestedBufferingPacketsCount: C(SuggestedBufferingPacketsCount),
  dlBufferingDuration: C(DlBufferingDuration),
  dlBufferingSuggestedPacketCount: O(DlBufferingSuggestedPacketCount),
});
/** Table 7.5.4.13-1. */
export const UpdateTrafficEndpoint = grouped(129, "Update Traffic Endpoint", {
  trafficEndpointId: M(TrafficEndpointId),
  localFTeid: C(FTeid),
  networkInstance: O(NetworkInstance),
  ueIpAddress: many(C(UeIpAddress)),
  framedRoute: many(C(FramedRoute)),
  framedRouting: C(FramedRouting),
  framedIpv6Route: many(C(FramedIpv6Route)),
  qfi: many(C(Qfi)),
  sourceInterfaceType: C(InterfaceType3gpp),
});
/** Tables 7.5.4.6-1 to 7.5.4.9-1, 7.5.4.12-1, 7.5.4.14-1, 7.5.4.10-1. */
export const RemovePdr = grouped(15, "Remove PDR", { pdrId: M(PdrId) });
export const RemoveFar = grouped(16, "Remove FAR", { farId: M(FarId) });
export const RemoveUrr = grouped(17, "Remove URR", { urrId: M(UrrId) });
export const RemoveQer = grouped(18, "Remove QER", { qerId: M(QerId) });
export const RemoveBar = grouped(87, "Remove BAR", { barId: M(BarId) });
export const RemoveTrafficEndpoint = grouped(130, "Remove Traffic Endpoint", { trafficEndpointId: M(TrafficEndpointId) });
export const QueryUrr = grouped(77, "Query URR", { urrId: M(UrrId) });

// ---- reports ------------------------------------------------------------------------------------------------------------------------

const usage = {
  urrId: M(UrrId),
  urSeqn: M(UrSeqn),
  usageReportTrigger: M(UsageReportTrigger),
  startTime: C(StartTime),
  endTime: C(EndTime),
  volumeMeasurement: C(VolumeMeasurement),
  durationMeasurement: C(DurationMeasurement),
} as const;
const usageTail = {
  timeOfFirstPacket: C(TimeOfFirstPacket),
  timeOfLastPacket: C(TimeOfLastPacket),
  usageInformation: C(UsageInformation),
} as const;
/** Table 7.5.5.2-1. */
export const UsageReportInModification = grouped(78, "Usage Report", { ...usage, ...usageTail, queryUrrReference: C(QueryUrrReference) });
/** Table 7.5.7.2-1. */
export const UsageReportInDeletion = grouped(79, "Usage Report", { ...usage, ...usageTail });
/** Table 7.5.8.3-2. */
export const ApplicationDetectionInformation = grouped(68, "Application Detection Information", {
  applicationId: M(ApplicationId),
  applicationInstanceId: C(ApplicationInstanceId),
  flowInformation: C(FlowInformation),
  pdrId: O(PdrId),
});
/** Table 7.5.8.3-1. */
export const UsageReportInReport = grouped(80, "Usage Report", {
  ...usage,
  applicationDetectionInformation: C(ApplicationDetectionInformation),
  ueIpAddress: C(UeIpAddress),
  networkInstance: C(NetworkInstance),
  ...usageTail,
  queryUrrReference: C(QueryUrrReference),
});
/** Table 7.5.8.2-1. */
export const DownlinkDataReport = grouped(83, "Downlink Data Report", {
  pdrId: many(M(PdrId)),
  downlinkDataServiceInformation: many(C(DownlinkDataServiceInformation)),
  dlDataStatus: O(DataStatus),
});
/** Table 7.5.8.4-1. */
export const ErrorIndicationReport = grouped(99, "Error Indication Report", { remoteFTeid: many(M(FTeid)) });
/** Table 7.5.9.2-1. */
export const UpdateBarInReport = grouped(12, "Update BAR", {
  barId: M(BarId),
  downlinkDataNotificationDelay: C(DownlinkDataNotificationDelay),
  dlBufferingDuration: C(DlBufferingDuration),
  dlBufferingSuggestedPacketCount: O(DlBufferingSuggestedPacketCount),
  suggestedBufferingPacketsCount: C(SuggestedBufferingPacketsCount),
});
