/** TS 29.281 §6.1, table 6.1-1: message types of GTP-U. */
export const MessageType = {
  echoRequest: 1,
  echoResponse: 2,
  errorIndication: 26,
  supportedExtensionHeadersNotification: 31,
  tunnelStatus: 253,
  endMarker: 254,
  gPdu: 255,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** TS 29.281 §5.2.1, table 5.2.1-3: next extension header types. */
export const ExtensionType = {
  none: 0x00,
  longPdcpPduNumber: 0x03,
  serviceClassIndicator: 0x20,
  udpPort: 0x40,
  ranContainer: 0x81,
  longPdcpPduNumber82: 0x82,
  xwRanContainer: 0x83,
  nrRanContainer: 0x84,
  pduSessionContainer: 0x85,
  pdcpPduNumber: 0xc0,
} as const;
export type ExtensionType = (typeof ExtensionType)[keyof typeof ExtensionType];

/** TS 29.281 §8.1, table 8.1-1: information elements. Types below 128 are TV, the others TLV. */
export const IeType = {
  recovery: 14,
  teidDataI: 16,
  peerAddress: 133,
  extensionHeaderTypeList: 141,
  tunnelStatusInformation: 230,
  recoveryTimeStamp: 231,
  privateExtension: 255,
} as const;

/** TS 38.415 §5.5.2: PDU types of the PDU session user plane protocol. */
export const PduType = { downlink: 0, uplink: 1 } as const;
export type PduType = (typeof PduType)[keyof typeof PduType];

/** TS 29.281 §4.4.2: the registered UDP port. */
export const gtpuPort = 2152;

const known: readonly number[] = Object.values(ExtensionType);

/** True when a receiving endpoint that does not know `type` may pass over it: bit 8 clear, TS 29.281 §5.2.1, figure 5.2.1-2. */
export const mayBeSkipped = (type: number): boolean => type < 0x80;

const isKnown = new Uint8Array(256);
for (const type of known) isKnown[type] = 1;
/** True for the extension headers of table 5.2.1-3; their contents are taken or passed over without harm. */
export const isKnownExtension = (type: number): boolean => isKnown[type] === 1;

/** What a Supported Extension Headers Notification of ours lists. */
export const supportedExtensions: readonly number[] = known.filter((type) => type !== ExtensionType.none);
