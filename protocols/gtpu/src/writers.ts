import { ExtensionType, IeType, MessageType, PduType, supportedExtensions } from "./codes.ts";

/** Octets in front of the payload of a G-PDU with the shortest PDU Session Container. */
export const gpduHeader = 16;

/**
 * TS 29.281 §5.1 and TS 38.415 §5.5.2: writes a G-PDU header with the shortest PDU Session Container at `at`, for `payload` octets that
 * stand or will stand at `at + gpduHeader`. A data path leaves that room in front of a packet and copies nothing.
 */
export function writeGpduHeader(
  into: Uint8Array,
  at: number,
  teid: number,
  qfi: number,
  payload: number,
  pduType: PduType = PduType.downlink,
  rqi = false,
): void {
  const length = payload + 8;
  into[at] = 0x34;
  into[at + 1] = MessageType.gPdu;
  into[at + 2] = length >> 8;
  into[at + 3] = length;
  into[at + 4] = teid >>> 24;
  into[at + 5] = teid >> 16;
  into[at + 6] = teid >> 8;
  into[at + 7] = teid;
  into[at + 8] = 0;
  into[at + 9] = 0;
  into[at + 10] = 0;
  into[at + 11] = ExtensionType.pduSessionContainer;
  into[at + 12] = 1;
  into[at + 13] = pduType << 4;
  into[at + 14] = rqi ? qfi | 0x40 : qfi;
  into[at + 15] = ExtensionType.none;
}

/** Writes a whole G-PDU at the start of `into` and returns its octets. Throws RangeError when `into` is too small or the payload above 65,527. */
export function writeGpdu(
  into: Uint8Array,
  teid: number,
  qfi: number,
  payload: Uint8Array,
  pduType: PduType = PduType.downlink,
  rqi = false,
): number {
  const octets = gpduHeader + payload.length;
  if (octets > into.length || payload.length > 65_527) throw new RangeError(`a G-PDU of ${octets} octets does not fit`);
  writeGpduHeader(into, 0, teid, qfi, payload.length, pduType, rqi);
  into.set(payload, gpduHeader);
  return octets;
}

/** The 12 octets of a header with S set (TS 29.281 §5.1: signalling messages carry a sequence number) and `length` octets behind them. */
function signalling(type: number, teid: number, sequenceNumber: number, length: number): Uint8Array {
  const octets = new Uint8Array(12 + length);
  octets[0] = 0x32;
  octets[1] = type;
  octets[2] = (length + 4) >> 8;
  octets[3] = length + 4;
  octets[4] = teid >>> 24;
  octets[5] = teid >> 16;
  octets[6] = teid >> 8;
  octets[7] = teid;
  octets[8] = sequenceNumber >> 8;
  octets[9] = sequenceNumber;
  return octets;
}

/** TS 29.281 §7.2.1. */
export const echoRequest = (sequenceNumber: number): Uint8Array => signalling(MessageType.echoRequest, 0, sequenceNumber, 0);

/** TS 29.281 §7.2.2: Recovery is 0 always and not interpreted. */
export function echoResponse(sequenceNumber: number): Uint8Array {
  const octets = signalling(MessageType.echoResponse, 0, sequenceNumber, 2);
  octets[12] = IeType.recovery;
  return octets;
}

/** TS 29.281 §7.3.1: `teid` is that of the G-PDU refused, `peerAddress` (4 or 16 octets) where that G-PDU was sent to. */
export function errorIndication(teid: number, peerAddress: Uint8Array): Uint8Array {
  const octets = signalling(MessageType.errorIndication, 0, 0, 8 + peerAddress.length);
  octets[12] = IeType.teidDataI;
  octets[13] = teid >>> 24;
  octets[14] = teid >> 16;
  octets[15] = teid >> 8;
  octets[16] = teid;
  octets[17] = IeType.peerAddress;
  octets[18] = 0;
  octets[19] = peerAddress.length;
  octets.set(peerAddress, 20);
  return octets;
}

/** TS 29.281 §7.2.3. */
export function supportedExtensionHeadersNotification(sequenceNumber: number): Uint8Array {
  const octets = signalling(MessageType.supportedExtensionHeadersNotification, 0, sequenceNumber, 2 + supportedExtensions.length);
  octets[12] = IeType.extensionHeaderTypeList;
  octets[13] = supportedExtensions.length;
  octets.set(supportedExtensions, 14);
  return octets;
}

/** TS 29.281 §7.3.2: no more G-PDUs follow in the tunnel of the receiver's `teid`. */
export function endMarker(teid: number): Uint8Array {
  const octets = new Uint8Array(8);
  octets[0] = 0x30;
  octets[1] = MessageType.endMarker;
  octets[4] = teid >>> 24;
  octets[5] = teid >> 16;
  octets[6] = teid >> 8;
  octets[7] = teid;
  return octets;
}
