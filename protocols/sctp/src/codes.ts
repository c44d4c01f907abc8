/** Chunk types, RFC 9260 §3.2 table 1. */
export const ChunkType = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  SACK: 3,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  ERROR: 9,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  SHUTDOWN_COMPLETE: 14,
} as const;

/** Flags of DATA (§3.3.1) and of ABORT and SHUTDOWN COMPLETE (§3.3.7, §3.3.13). */
export const Flag = {
  /** E: last fragment. */
  end: 0x01,
  /** B: first fragment. */
  begin: 0x02,
  /** U: unordered. */
  unordered: 0x04,
  /** I: acknowledge at once. */
  immediate: 0x08,
  /** T: the verification tag is the receiver's own, sent back. */
  reflected: 0x01,
} as const;

/** Parameters of INIT and INIT ACK, §3.3.2 and §3.3.3. */
export const ParameterType = {
  heartbeatInfo: 1,
  ipv4Address: 5,
  ipv6Address: 6,
  stateCookie: 7,
  unrecognizedParameter: 8,
  cookiePreservative: 9,
  hostNameAddress: 11,
  supportedAddressTypes: 12,
  /** RFC 3168 for SCTP was taken out of RFC 9260, but peers still offer it: known, and not used. */
  ecnCapable: 0x8000,
} as const;

/** Error causes of ERROR and ABORT, §3.3.10. */
export const Cause = {
  invalidStreamIdentifier: 1,
  missingMandatoryParameter: 2,
  staleCookie: 3,
  outOfResource: 4,
  unresolvableAddress: 5,
  unrecognizedChunkType: 6,
  invalidMandatoryParameter: 7,
  unrecognizedParameters: 8,
  noUserData: 9,
  cookieReceivedWhileShuttingDown: 10,
  restartWithNewAddresses: 11,
  userInitiatedAbort: 12,
  protocolViolation: 13,
} as const;
export type Cause = (typeof Cause)[keyof typeof Cause];

const causeNames: Readonly<Record<number, string>> = {
  1: "Invalid Stream Identifier",
  2: "Missing Mandatory Parameter",
  3: "Stale Cookie",
  4: "Out of Resource",
  5: "Unresolvable Address",
  6: "Unrecognized Chunk Type",
  7: "Invalid Mandatory Parameter",
  8: "Unrecognized Parameters",
  9: "No User Data",
  10: "Cookie Received While Shutting Down",
  11: "Restart of an Association with New Addresses",
  12: "User-Initiated Abort",
  13: "Protocol Violation",
};

export const causeName = (code: number): string => causeNames[code] ?? `cause ${code}`;
