/** TS 29.244 §8.2.1, table 8.2.1-1: causes. 1 to 63 accept, 64 and above refuse. */
export const Cause = {
  requestAccepted: 1,
  moreUsageReportToSend: 2,
  requestPartiallyAccepted: 3,
  requestRejected: 64,
  sessionContextNotFound: 65,
  mandatoryIeMissing: 66,
  conditionalIeMissing: 67,
  invalidLength: 68,
  mandatoryIeIncorrect: 69,
  invalidForwardingPolicy: 70,
  invalidFTeidAllocationOption: 71,
  noEstablishedPfcpAssociation: 72,
  ruleCreationModificationFailure: 73,
  pfcpEntityInCongestion: 74,
  noResourcesAvailable: 75,
  serviceNotSupported: 76,
  systemFailure: 77,
  redirectionRequested: 78,
  allDynamicAddressesAreOccupied: 79,
  unknownPreDefinedRule: 80,
  unknownApplicationId: 81,
} as const;
export type Cause = (typeof Cause)[keyof typeof Cause];

export const isAccepted = (cause: number): boolean => cause > 0 && cause < 64;

/** TS 29.244 §8.2.2 and §8.2.24: interface values; 4 differs between the two. */
export const SourceInterfaces = { access: 0, core: 1, "SGi-LAN/N6-LAN": 2, "CP-function": 3, "5G VN internal": 4 } as const;
export const DestinationInterfaces = {
  access: 0,
  core: 1,
  "SGi-LAN/N6-LAN": 2,
  "CP-function": 3,
  "LI function": 4,
  "5G VN internal": 5,
} as const;

/** TS 29.244 §8.2.56, table 8.2.56-1: octets 5 and 6 as one number. */
export const OuterHeader = {
  gtpuUdpIpv4: 0x0100,
  gtpuUdpIpv6: 0x0200,
  udpIpv4: 0x0400,
  udpIpv6: 0x0800,
  ipv4: 0x1000,
  ipv6: 0x2000,
  cTag: 0x4000,
  sTag: 0x8000,
  n19Indication: 0x0001,
  n6Indication: 0x0002,
  lowLayerSsmAndCTeid: 0x0004,
} as const;

/** TS 29.244 §8.2.64, table 8.2.64-1. */
export const OuterHeaderRemovals = {
  gtpuUdpIpv4: 0,
  gtpuUdpIpv6: 1,
  udpIpv4: 2,
  udpIpv6: 3,
  ipv4: 4,
  ipv6: 5,
  gtpuUdpIp: 6,
  vlanTagPop: 7,
  vlanTagsPopPop: 8,
} as const;

/** TS 29.244 §8.2.79. */
export const PdnTypes = { ipv4: 1, ipv6: 2, ipv4v6: 3, nonIp: 4, ethernet: 5 } as const;

/** TS 29.244 §8.2.80. */
export const RuleTypes = { pdr: 0, far: 1, qer: 2, urr: 3, bar: 4, mar: 5, srr: 6 } as const;

/** TS 29.244 §8.2.7. */
export const Gates = { open: 0, closed: 1 } as const;

/** TS 29.244 §8.2.61. */
export const FlowDirections = { unspecified: 0, downlink: 1, uplink: 2, bidirectional: 3 } as const;

/** TS 29.244 §4.2.1 (unchecked): the registered UDP port. */
export const pfcpPort = 8805;

/** Seconds between 1900, where the time stamps of PFCP begin (TS 29.244 §8.2.65), and 1970. */
const ntpOffset = 2_208_988_800;
/** Milliseconds since 1970 as the 32-bit seconds since 1900 that PFCP carries. */
export const ntpSeconds = (ms: number): number => (Math.floor(ms / 1000) + ntpOffset) % 2 ** 32;
