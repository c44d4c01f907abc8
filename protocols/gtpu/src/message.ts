/** GTP-U messages as values: for the command line, the tape and tests. The packet path uses `GtpuHeader` instead. */
import { ipFromOctets } from "@freehold/model";
import { attempt, Reader, type Result, toHex, Writer } from "@freehold/wire";
import { ExtensionType, IeType, MessageType } from "./codes.ts";
import { maxExtensions } from "./header.ts";

export interface ExtensionHeader {
  readonly type: number;
  /** Without the length and the next type; 4n-2 octets. */
  readonly content: Uint8Array;
}

/** An IE that the message's own fields do not name, kept as it came. */
export interface OtherIe {
  readonly type: number;
  readonly value: Uint8Array;
}

interface Header {
  readonly teid: number;
  readonly sequenceNumber: number | undefined;
  readonly nPduNumber: number | undefined;
  readonly extensions: readonly ExtensionHeader[];
}

export interface GPdu extends Header {
  readonly is: "G-PDU";
  readonly payload: Uint8Array;
}
/** TS 29.281 §7.2.1. */
export interface EchoRequest extends Header {
  readonly is: "Echo Request";
  readonly rest: readonly OtherIe[];
}
/** TS 29.281 §7.2.2. */
export interface EchoResponse extends Header {
  readonly is: "Echo Response";
  readonly recovery: number;
  readonly rest: readonly OtherIe[];
}
/** TS 29.281 §7.3.1. */
export interface ErrorIndication extends Header {
  readonly is: "Error Indication";
  readonly teidDataI: number;
  /** 4 or 16 octets. */
  readonly peerAddress: Uint8Array;
  readonly rest: readonly OtherIe[];
}
/** TS 29.281 §7.2.3. */
export interface SupportedExtensionHeadersNotification extends Header {
  readonly is: "Supported Extension Headers Notification";
  readonly types: readonly number[];
  readonly rest: readonly OtherIe[];
}
/** TS 29.281 §7.3.2. */
export interface EndMarker extends Header {
  readonly is: "End Marker";
  readonly rest: readonly OtherIe[];
}
/** A type that is not GTP-U's, or Tunnel Status: the body as octets. */
export interface OtherMessage extends Header {
  readonly is: "Other";
  readonly type: number;
  readonly body: Uint8Array;
}

export type GtpuMessage =
  | GPdu
  | EchoRequest
  | EchoResponse
  | ErrorIndication
  | SupportedExtensionHeadersNotification
  | EndMarker
  | OtherMessage;

/** TS 38.415 §5.5.2: the fields of a PDU Session Container that concern every packet; `measurement` is what follows them. */
export interface PduSessionContainer {
  readonly pduType: number;
  readonly qfi: number;
  /** Reflective QoS Indicator; downlink frames only. */
  readonly rqi: boolean;
  /** Paging Policy Indicator; downlink frames only. */
  readonly ppi: number | undefined;
}

/** The container of a message, or undefined when it has none. */
export function pduSessionContainer(message: GtpuMessage): PduSessionContainer | undefined {
  const found = message.extensions.find((e) => e.type === ExtensionType.pduSessionContainer);
  if (found === undefined) return undefined;
  const { content } = found;
  const pduType = content[0]! >> 4;
  const second = content[1]!;
  const downlink = pduType === 0;
  return {
    pduType,
    qfi: second & 0x3f,
    rqi: downlink && (second & 0x40) !== 0,
    ppi: downlink && (second & 0x80) !== 0 && content.length > 2 ? content[2]! >> 5 : undefined,
  };
}

/** Decodes one datagram. Octets behind the message's length are an error here (a datagram holds one message). */
export const decode = (bytes: Uint8Array): Result<GtpuMessage> =>
  attempt(() => {
    const outer = new Reader(bytes);
    const flags = outer.u8("flags");
    if (flags >> 5 !== 1) throw outer.fault("invalid", "version", `version ${flags >> 5}`, 0);
    if ((flags & 0x10) === 0) throw outer.fault("invalid", "protocolType", "GTP' is not GTP-U", 0);
    const type = outer.u8("messageType");
    const length = outer.u16("length");
    const teid = outer.u32("teid");
    const reader = outer.sub(length, "body");
    if (outer.left > 0) throw outer.fault("unexpected", "length", `${outer.left} octets behind the message`);
    let sequenceNumber: number | undefined;
    let nPduNumber: number | undefined;
    const extensions: ExtensionHeader[] = [];
    if ((flags & 7) !== 0) {
      const sequence = reader.u16("sequenceNumber");
      const nPdu = reader.u8("nPduNumber");
      const next = reader.u8("nextExtensionHeaderType");
      if ((flags & 2) !== 0) sequenceNumber = sequence;
      if ((flags & 1) !== 0) nPduNumber = nPdu;
      if ((flags & 4) !== 0) readExtensions(reader, next, extensions);
    }
    return body(reader, type, { teid, sequenceNumber, nPduNumber, extensions });
  });

function readExtensions(reader: Reader, first: number, into: ExtensionHeader[]): void {
  let next = first;
  while (next !== ExtensionType.none) {
    if (into.length === maxExtensions) throw reader.fault("limit", "extensionHeaders", `more than ${maxExtensions}`);
    const at = reader.at;
    const length = reader.u8("extensionHeader.length");
    if (length === 0) throw reader.fault("invalid", "extensionHeader.length", "an extension header of length 0", at);
    into.push({ type: next, content: reader.octets(4 * length - 2, "extensionHeader.content") });
    next = reader.u8("extensionHeader.nextType");
  }
}

function body(reader: Reader, type: number, header: Header): GtpuMessage {
  if (type === MessageType.gPdu) return { is: "G-PDU", ...header, payload: reader.rest() };
  switch (type) {
    case MessageType.echoRequest:
      return { is: "Echo Request", ...header, rest: readIes(reader) };
    case MessageType.echoResponse: {
      const ies = readIes(reader);
      return { is: "Echo Response", ...header, recovery: take(reader, ies, IeType.recovery, "recovery", 1)[0]!, rest: ies };
    }
    case MessageType.errorIndication: {
      const ies = readIes(reader);
      const teid = take(reader, ies, IeType.teidDataI, "teidDataI", 4);
      const peerAddress = take(reader, ies, IeType.peerAddress, "peerAddress", 4, 16);
      return { is: "Error Indication", ...header, teidDataI: new Reader(teid).u32("teidDataI"), peerAddress, rest: ies };
    }
    case MessageType.supportedExtensionHeadersNotification: {
      const ies = readIes(reader);
      return {
        is: "Supported Extension Headers Notification",
        ...header,
        types: Array.from(take(reader, ies, IeType.extensionHeaderTypeList, "extensionHeaderTypeList")),
        rest: ies,
      };
    }
    case MessageType.endMarker:
      return { is: "End Marker", ...header, rest: readIes(reader) };
    default:
      return { is: "Other", ...header, type, body: reader.rest() };
  }
}

/** Octets of the value of a TV; types below 128 that are not listed here have no length that a receiver could know. */
const fixed: Readonly<Record<number, number>> = { [IeType.recovery]: 1, [IeType.teidDataI]: 4 };

function readIes(reader: Reader): OtherIe[] {
  const ies: OtherIe[] = [];
  while (reader.left > 0) {
    const at = reader.at;
    const type = reader.u8("ie.type");
    const octets = type < 128 ? fixed[type] : type === IeType.extensionHeaderTypeList ? reader.u8("ie.length") : reader.u16("ie.length");
    if (octets === undefined) throw reader.fault("unknown", "ie.type", `TV of type ${type}, whose length is not known`, at);
    ies.push({ type, value: reader.octets(octets, `ie${type}.value`) });
  }
  return ies;
}

/** Takes the first IE of `type` out of the list; `allowed` lists the lengths that it may have. */
function take(reader: Reader, ies: OtherIe[], type: number, field: string, ...allowed: readonly number[]): Uint8Array {
  const index = ies.findIndex((ie) => ie.type === type);
  const found = ies[index];
  if (found === undefined) throw reader.fault("missing", field, "mandatory IE missing");
  if (allowed.length > 0 && !allowed.includes(found.value.length)) throw reader.fault("invalid", field, `${found.value.length} octets`);
  ies.splice(index, 1);
  return found.value;
}

const types: Readonly<Record<Exclude<GtpuMessage["is"], "Other">, number>> = {
  "G-PDU": MessageType.gPdu,
  "Echo Request": MessageType.echoRequest,
  "Echo Response": MessageType.echoResponse,
  "Error Indication": MessageType.errorIndication,
  "Supported Extension Headers Notification": MessageType.supportedExtensionHeadersNotification,
  "End Marker": MessageType.endMarker,
};

/** Encodes a value; a value that no message can carry is a bug and throws RangeError. */
export function encode(message: GtpuMessage): Uint8Array {
  const writer = new Writer();
  const { extensions, sequenceNumber, nPduNumber } = message;
  const e = extensions.length > 0 ? 4 : 0;
  const s = sequenceNumber !== undefined ? 2 : 0;
  const pn = nPduNumber !== undefined ? 1 : 0;
  writer.u8(0x30 | e | s | pn).u8(message.is === "Other" ? message.type : types[message.is]);
  // the length counts from behind the TEID
  const rest = new Writer();
  if (e | s | pn) {
    rest.u16(sequenceNumber ?? 0).u8(nPduNumber ?? 0);
    rest.u8(extensions[0]?.type ?? ExtensionType.none);
    for (const [i, { content }] of extensions.entries()) {
      if (content.length % 4 !== 2) throw new RangeError(`an extension header's content has 4n-2 octets, not ${content.length}`);
      rest.u8((content.length + 2) / 4).octets(content);
      rest.u8(extensions[i + 1]?.type ?? ExtensionType.none);
    }
  }
  writeBody(rest, message);
  const octets = rest.done();
  return writer.u16(octets.length).u32(message.teid).octets(octets).done();
}

function writeBody(writer: Writer, message: GtpuMessage): void {
  switch (message.is) {
    case "G-PDU":
      writer.octets(message.payload);
      return;
    case "Other":
      writer.octets(message.body);
      return;
    case "Echo Response":
      writer.u8(IeType.recovery).u8(message.recovery);
      break;
    case "Error Indication":
      writer.u8(IeType.teidDataI).u32(message.teidDataI);
      writer.u8(IeType.peerAddress).u16(message.peerAddress.length).octets(message.peerAddress);
      break;
    case "Supported Extension Headers Notification":
      writer.u8(IeType.extensionHeaderTypeList).u8(message.types.length).octets(Uint8Array.from(message.types));
      break;
    case "Echo Request":
    case "End Marker":
      break;
  }
  for (const { type, value } of message.rest) {
    writer.u8(type);
    if (type === IeType.extensionHeaderTypeList) writer.u8(value.length);
    else if (type >= 128) writer.u16(value.length);
    writer.octets(value);
  }
}

function addressText(octets: Uint8Array): string {
  const address = ipFromOctets(octets);
  return address.ok ? address.value : toHex(octets);
}

const hex8 = (teid: number): string => teid.toString(16).padStart(8, "0");

/** One line for people. */
export function print(message: GtpuMessage): string {
  const parts: string[] = [message.is === "Other" ? `GTP-U message ${message.type}` : message.is, `TEID ${hex8(message.teid)}`];
  if (message.sequenceNumber !== undefined) parts.push(`sequence ${message.sequenceNumber}`);
  if (message.nPduNumber !== undefined) parts.push(`N-PDU ${message.nPduNumber}`);
  const container = pduSessionContainer(message);
  if (container !== undefined) {
    const direction = container.pduType === 0 ? "DL" : container.pduType === 1 ? "UL" : `PDU type ${container.pduType}`;
    parts.push(
      `${direction} QFI ${container.qfi}${container.rqi ? " RQI" : ""}${container.ppi === undefined ? "" : ` PPI ${container.ppi}`}`,
    );
  }
  for (const { type, content } of message.extensions) {
    if (type !== ExtensionType.pduSessionContainer) parts.push(`extension ${type.toString(16).padStart(2, "0")} ${toHex(content)}`);
  }
  switch (message.is) {
    case "G-PDU":
      parts.push(`${message.payload.length} octets`);
      break;
    case "Error Indication":
      parts.push(`for TEID ${hex8(message.teidDataI)} at ${addressText(message.peerAddress)}`);
      break;
    case "Supported Extension Headers Notification":
      parts.push(message.types.map((t) => t.toString(16).padStart(2, "0")).join(" "));
      break;
    case "Echo Response":
      parts.push(`recovery ${message.recovery}`);
      break;
    case "Other":
      parts.push(toHex(message.body));
      break;
    case "Echo Request":
    case "End Marker":
      break;
  }
  return parts.join(", ");
}
