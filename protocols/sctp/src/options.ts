/** Protocol parameters, RFC 9260 §16, and our bounds. Times in milliseconds, sizes in octets. */
export interface SctpOptions {
  readonly rtoInitial: number;
  readonly rtoMin: number;
  readonly rtoMax: number;
  readonly rtoAlpha: number;
  readonly rtoBeta: number;
  readonly maxBurst: number;
  readonly validCookieLife: number;
  readonly associationMaxRetrans: number;
  readonly pathMaxRetrans: number;
  readonly maxInitRetransmits: number;
  readonly heartbeatInterval: number;
  readonly sackDelay: number;
  /** How long a SACK for several packets may wait for data to ride on; 0 sends it at once. */
  readonly sackGather: number;
  /** Packets after which it waits no longer. */
  readonly sackPackets: number;
  /** Largest SCTP packet that we send, common header included. */
  readonly packetSize: number;
  /** Streams offered each way when `listen` or `connect` does not say. */
  readonly streams: number;
  /** Octets of messages accepted from the user and not yet acknowledged; beyond it `send` says false. */
  readonly sendQueue: number;
  /** Octets buffered for reassembly, ordering and a user who has not set `onMessage`; what a_rwnd announces. */
  readonly receiveWindow: number;
  /** Longest message accepted from a peer; a longer one ends the association with Out of Resource. */
  readonly maxMessage: number;
  /** Associations of one endpoint; beyond it a COOKIE ECHO is answered with ABORT, Out of Resource. */
  readonly maxAssociations: number;
  /** New associations taken from one host in a second, and at once after a pause; what comes faster waits for the peer's next COOKIE ECHO. */
  readonly associationsPerSecond: number;
  /** Take packets whose checksum field is zero: only for a peer on the same host behind checksum offload. */
  readonly acceptZeroChecksum: boolean;
}

/**
 * The rows of RFC 9260 §16 with the values for N2. Two differ from the RFC's, both towards noticing loss and a dead gNB sooner:
 * RTO.Min is 300 ms, above the 200 ms for which a peer may hold its SACK (§6.2) so that a lone message is not sent twice, where the RFC
 * says 1 s; RTO.Max is 5 s and HB.interval 5 s, where it says 60 s and 30 s and 5G cores in the field set about 5 s.
 */
export const defaults: SctpOptions = {
  rtoInitial: 1_000,
  rtoMin: 300,
  rtoMax: 5_000,
  rtoAlpha: 1 / 8,
  rtoBeta: 1 / 4,
  maxBurst: 4,
  validCookieLife: 60_000,
  associationMaxRetrans: 10,
  pathMaxRetrans: 5,
  maxInitRetransmits: 8,
  heartbeatInterval: 5_000,
  sackDelay: 200,
  sackGather: 2,
  sackPackets: 4,
  packetSize: 1_352, // path MTU 1400 less IPv6 and UDP headers
  streams: 16,
  sendQueue: 1 << 20,
  receiveWindow: 1 << 20,
  maxMessage: 256 << 10,
  maxAssociations: 4_096,
  associationsPerSecond: 200,
  acceptZeroChecksum: false,
};
