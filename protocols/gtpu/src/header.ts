import { ExtensionType, isKnownExtension, mayBeSkipped } from "./codes.ts";

/** What `GtpuHeader.parse` found. Everything but `ok` leaves the fields after the fault unset. */
export const HeaderVerdict = {
  ok: 0,
  /** The octets end before the header, the length field or an extension header says. */
  truncated: 1,
  /** Not version 1, or GTP' (PT 0). */
  notGtpu: 2,
  /** An extension header of length 0: the chain would never end. */
  emptyExtension: 3,
  /** More than `maxExtensions` extension headers. */
  tooManyExtensions: 4,
  /** An extension header that asks for comprehension and is none of ours; `unsupported` names it (TS 29.281 §5.2.1). */
  unsupportedExtension: 5,
} as const;
export type HeaderVerdict = (typeof HeaderVerdict)[keyof typeof HeaderVerdict];

/** No sender has a reason for more; a bound keeps a chain of 4-octet headers from costing a packet's length in steps. */
export const maxExtensions = 8;

/**
 * TS 29.281 §5.1: the header of one datagram, read in place. One instance is reused for every packet: fields are small integers,
 * -1 where absent, and offsets into the octets that `parse` was given. Nothing is copied or allocated.
 */
export class GtpuHeader {
  type = 0;
  teid = 0;
  sequenceNumber = -1;
  /** Offset of the payload, behind all extension headers. */
  payload = 0;
  /** Offset behind the message as its length field says; octets beyond are not part of it. */
  end = 0;
  /** PDU Session Container, TS 38.415 §5.5.2: -1 when there is none. */
  pduType = -1;
  qfi = -1;
  rqi = false;
  /** Paging Policy Indicator, -1 when absent. */
  ppi = -1;
  /** Type of the extension header that could not be understood. */
  unsupported = 0;

  parse(bytes: Uint8Array, from = 0, to: number = bytes.length): HeaderVerdict {
    this.sequenceNumber = -1;
    this.pduType = -1;
    this.qfi = -1;
    this.rqi = false;
    this.ppi = -1;
    if (to - from < 8) return HeaderVerdict.truncated;
    const flags = bytes[from]!;
    if (flags >> 4 !== 3) return HeaderVerdict.notGtpu;
    this.type = bytes[from + 1]!;
    const end = from + 8 + ((bytes[from + 2]! << 8) | bytes[from + 3]!);
    this.teid = ((bytes[from + 4]! << 24) | (bytes[from + 5]! << 16) | (bytes[from + 6]! << 8) | bytes[from + 7]!) >>> 0;
    if (end > to) return HeaderVerdict.truncated;
    this.end = end;
    let at = from + 8;
    // S, PN and E: any of them brings all four octets
    if ((flags & 7) !== 0) {
      if (end - at < 4) return HeaderVerdict.truncated;
      if ((flags & 2) !== 0) this.sequenceNumber = (bytes[at]! << 8) | bytes[at + 1]!;
      let next = (flags & 4) !== 0 ? bytes[at + 3]! : ExtensionType.none;
      at += 4;
      for (let count = 0; next !== ExtensionType.none; count++) {
        if (count === maxExtensions) return HeaderVerdict.tooManyExtensions;
        if (at === end) return HeaderVerdict.truncated;
        const octets = bytes[at]! * 4;
        if (octets === 0) return HeaderVerdict.emptyExtension;
        if (octets > end - at) return HeaderVerdict.truncated;
        if (next === ExtensionType.pduSessionContainer) this.#pduSessionContainer(bytes, at);
        else if (!isKnownExtension(next) && !mayBeSkipped(next)) {
          this.unsupported = next;
          return HeaderVerdict.unsupportedExtension;
        }
        at += octets;
        next = bytes[at - 1]!;
      }
    }
    this.payload = at;
    return HeaderVerdict.ok;
  }

  /** TS 38.415 §5.5.2.1 and §5.5.2.2: what both frames begin with; anything after it is later releases' or measurement. */
  #pduSessionContainer(bytes: Uint8Array, at: number): void {
    this.pduType = bytes[at + 1]! >> 4;
    const second = bytes[at + 2]!;
    this.qfi = second & 0x3f;
    if (this.pduType !== 0) return;
    this.rqi = (second & 0x40) !== 0;
    // the shortest container has no octet left for a PPI: its fourth octet is the next type
    if ((second & 0x80) !== 0 && bytes[at]! > 1) this.ppi = bytes[at + 3]! >> 5;
  }
}
