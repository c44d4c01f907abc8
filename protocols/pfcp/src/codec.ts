/** One message in one datagram: TS 29.244 §7.2.2. */
import { type Seid, seid as seidOf } from "@freehold/model";
import { Pen, Reader, type WireError, WireFault } from "@freehold/wire";
import { Cause, isAccepted } from "./codes.ts";
import { type Message, PfcpFault, printGroup, readGroup, sampleGroup, writeGroup } from "./kit.ts";
import { declarations, type PfcpMessage } from "./messages.ts";

export interface PfcpHeader {
  /** Present in session messages only: the receiver's SEID, 0 when it is not known yet. */
  readonly seid?: Seid | undefined;
  /** 24 bits. */
  readonly sequenceNumber: number;
  /** 0 (highest) to 15. */
  readonly priority?: number | undefined;
}

export interface Pfcp {
  readonly header: PfcpHeader;
  readonly message: PfcpMessage;
}

/** Why a datagram is not a message, and enough of it to answer (TS 29.244 §7.6). */
export interface PfcpError extends WireError {
  /** The cause a response would carry. */
  readonly cause: Cause;
  readonly offendingIe: number | undefined;
  /** The message type and header, where they could be read. */
  readonly type: number | undefined;
  readonly header: PfcpHeader | undefined;
  /** The version that the sender speaks, when it is not 1. */
  readonly version: number;
  /** The Cause of a response that refuses and is wrong besides. */
  readonly refused: number | undefined;
}

export type PfcpResult = { readonly ok: true; readonly value: Pfcp } | { readonly ok: false; readonly error: PfcpError };

const byType: ReadonlyMap<number, Message> = new Map(declarations.map((d) => [d.type, d as unknown as Message]));
const byName: ReadonlyMap<string, Message> = new Map(declarations.map((d) => [d.is, d as unknown as Message]));
/** Session messages carry a SEID (TS 29.244 §7.2.2.4.2). */
export const isSessionType = (type: number): boolean => type >= 50 && type < 100;
/** The number of a message by its name. */
export const typeOf = (is: PfcpMessage["is"]): number => byName.get(is)!.type;
/** The type of the response to a request, undefined for a type that is no request of table 7.3-1. */
export function responseType(request: number): number | undefined {
  const name = byType.get(request)?.is;
  return name?.endsWith("Request") ? request + 1 : undefined;
}

/** Decodes one datagram. Messages that follow on (FO, TS 29.244 §7.2.2.1) are refused: BUNDL is not announced. */
export function decode(bytes: Uint8Array): PfcpResult {
  const reader = new Reader(bytes);
  let type: number | undefined;
  let header: PfcpHeader | undefined;
  let version = 1;
  let refused: number | undefined;
  try {
    const flags = reader.u8("flags");
    version = flags >> 5;
    type = reader.u8("messageType");
    if (version !== 1) throw reader.fault("invalid", "version", `version ${version}`, 0);
    const length = reader.u16("length");
    const hasSeid = (flags & 1) !== 0;
    const seid = hasSeid ? seidOf(reader.u64("seid")) : undefined;
    const sequenceNumber = reader.u24("sequenceNumber");
    const last = reader.u8("messagePriority");
    header = { seid, sequenceNumber, priority: (flags & 2) !== 0 ? last >> 4 : undefined };
    const declared = byType.get(type);
    if (declared === undefined) throw reader.fault("unknown", "messageType", `message type ${type}`, 1);
    if (length !== bytes.length - 4) {
      const detail = `length ${length}, the datagram has ${bytes.length - 4}`;
      throw new PfcpFault(Cause.invalidLength, undefined, { kind: "invalid", field: "length", at: 2, detail });
    }
    if (hasSeid !== isSessionType(type)) {
      throw reader.fault("invalid", "flags", hasSeid ? "a SEID in a node message" : "a session message without SEID", 0);
    }
    const body = reader.at;
    const name = declared.is;
    const rejects = name.endsWith("Response") ? causeAt(bytes, body) : undefined;
    if (rejects !== undefined && !isAccepted(rejects)) refused = rejects;
    const message = readMessage(declared, reader) as unknown as PfcpMessage;
    return { ok: true, value: { header, message } };
  } catch (fault) {
    if (!(fault instanceof WireFault)) throw fault;
    const known = fault instanceof PfcpFault;
    const cause = known ? fault.pfcpCause : fault.error.kind === "truncated" ? Cause.invalidLength : Cause.requestRejected;
    const offendingIe = known ? fault.offendingIe : undefined;
    return { ok: false, error: { ...fault.error, cause, offendingIe, type, header, version, refused } };
  }
}

function readMessage({ is, table }: Message, reader: Reader): Record<string, unknown> {
  try {
    const message = readGroup(table, reader);
    message["is"] = is;
    return message;
  } catch (fault) {
    throw fault instanceof PfcpFault ? fault.under(is.replace(/^PFCP /, "")) : fault;
  }
}

/** The value of the Cause IE among well-formed IEs from `at` on. */
function causeAt(bytes: Uint8Array, at: number): number | undefined {
  while (at + 5 <= bytes.length) {
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (bytes[at] === 0 && bytes[at + 1] === 19 && length > 0) return bytes[at + 4];
    at += 4 + length;
  }
  return undefined;
}

/** Encodes a message. The values are ours: a missing mandatory IE, or a SEID where none belongs, is a RangeError. */
export function encode(header: PfcpHeader, message: PfcpMessage): Uint8Array {
  const declared = byName.get(message.is)!;
  const session = isSessionType(declared.type);
  if (session !== (header.seid !== undefined)) throw new RangeError(`${message.is} ${session ? "needs" : "has no"} SEID`);
  const { priority } = header;
  return pen.write((writer) => {
    const start = writer
      .u8(0x20 | (session ? 1 : 0) | (priority === undefined ? 0 : 2))
      .u8(declared.type)
      .open(2);
    if (header.seid !== undefined) writer.u64(header.seid);
    writer.u24(header.sequenceNumber).u8((priority ?? 0) << 4);
    writeGroup(declared.table, writer, message as unknown as Record<string, unknown>);
    writer.close(start, 2);
  });
}

const pen = new Pen();

/** The header and one line per IE. */
export function print({ header, message }: Pfcp): string {
  const declared = byName.get(message.is)!;
  const seid = header.seid === undefined ? "" : `, SEID ${header.seid.toString(16).padStart(16, "0")}`;
  const first = `${message.is}${seid}, sequence ${header.sequenceNumber}`;
  return first + printGroup(declared.rows, message as unknown as Record<string, unknown>, 1);
}

/** A random message of one type; `pick(n)` gives an integer from 0 to n - 1. */
export function sample(type: number, pick: (n: number) => number): Pfcp {
  const declared = byType.get(type);
  if (declared === undefined) throw new RangeError(`no message of type ${type}`);
  const message = { is: declared.is, ...sampleGroup(declared.rows, pick) } as unknown as PfcpMessage;
  const seid = isSessionType(type) ? seidOf((BigInt(pick(2 ** 31)) << 32n) | BigInt(pick(2 ** 31))) : undefined;
  return { header: { seid, sequenceNumber: pick(2 ** 24), priority: pick(4) === 0 ? pick(16) : undefined }, message };
}
