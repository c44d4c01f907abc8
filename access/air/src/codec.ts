import { attempt, fromText, Reader, type Result, toText, WireFault, Writer } from "@freehold/wire";
import type { AirMessage, SystemInformation } from "./messages.ts";

/**
 * The octets of the simulated air. Messages travel as JSON with octet strings in base64 marked by a prefix: the air is ours alone, seldom
 * the bottleneck, and readable in a capture. User data has a binary header of its own (frame.ts).
 */
const mark = "\u0001";
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function text64(octets: Uint8Array): string {
  let out = "";
  for (let i = 0; i < octets.length; i += 3) {
    const group = (octets[i]! << 16) | ((octets[i + 1] ?? 0) << 8) | (octets[i + 2] ?? 0);
    out += alphabet[group >> 18]! + alphabet[(group >> 12) & 63]!;
    if (i + 1 < octets.length) out += alphabet[(group >> 6) & 63]!;
    if (i + 2 < octets.length) out += alphabet[group & 63]!;
  }
  return out;
}

const value64 = new Map([...alphabet].map((digit, i) => [digit, i]));

function octets64(text: string): Uint8Array {
  const octets = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of text) {
    const value = value64.get(digit);
    if (value === undefined) throw new WireFault("invalid", "air.octets", 0, `no base64 digit: ${digit}`);
    bits = ((bits << 6) | value) & 0xffffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      octets[at++] = (bits >> held) & 0xff;
    }
  }
  return octets;
}

const pack = (value: unknown): Uint8Array => fromText(JSON.stringify(value, (_, v) => (v instanceof Uint8Array ? mark + text64(v) : v)));
const unpack = (octets: Uint8Array): unknown =>
  JSON.parse(toText(octets), (_, v) => (typeof v === "string" && v.startsWith(mark) ? octets64(v.slice(1)) : v));

type Names = AirMessage["is"];
/** Required fields by message and the check each must pass, so that bytes from elsewhere never reach a procedure half-shaped. */
const octets = (v: unknown): boolean => v instanceof Uint8Array;
const text = (v: unknown): boolean => typeof v === "string";
const number = (v: unknown): boolean => Number.isInteger(v) && (v as number) >= 0;
const list = (v: unknown): boolean => Array.isArray(v) && v.length <= 64;
const bearers = (v: unknown): boolean =>
  list(v) &&
  (v as { pduSessionId?: unknown; qfis?: unknown }[]).every(
    (b) => typeof b === "object" && b !== null && number(b.pduSessionId) && list(b.qfis),
  );
const identity = (v: unknown): boolean =>
  typeof v === "object" && v !== null && (("random" in v && number(v.random)) || ("sTmsi" in v && text(v.sTmsi)));
const plmn = (v: unknown): boolean =>
  typeof v === "object" && v !== null && "mcc" in v && "mnc" in v && /^\d{3}$/.test(String(v.mcc)) && /^\d{2,3}$/.test(String(v.mnc));
const required: Record<Names, Record<string, (v: unknown) => boolean>> = {
  SetupRequest: { identity, cause: text },
  SetupComplete: { selectedPlmn: plmn, nas: octets },
  UlInformationTransfer: { nas: octets },
  SecurityModeComplete: { mac: octets },
  SecurityModeFailure: { why: text },
  UeCapabilityInformation: { capability: octets },
  ReconfigurationComplete: { transaction: number },
  Setup: {},
  Reject: { waitSeconds: number },
  DlInformationTransfer: { nas: octets },
  SecurityModeCommand: { nea: number, nia: number, securityCapabilities: octets, mac: octets },
  UeCapabilityEnquiry: {},
  Reconfiguration: { transaction: number, add: bearers, release: list, nas: (v) => list(v) && (v as unknown[]).every(octets) },
  Release: { cause: text },
  Paging: { sTmsi: text },
};

export const encodeMessage = (message: AirMessage): Uint8Array => pack(message);

export function decodeMessage(bytes: Uint8Array): Result<AirMessage> {
  return attempt(() => {
    const value = parse(bytes, "air.message");
    const is = value["is"];
    const fields = typeof is === "string" && Object.hasOwn(required, is) ? required[is as Names] : undefined;
    if (fields === undefined) throw new WireFault("unknown", "air.message.is", 0, `no such message: ${String(is)}`);
    for (const [name, holds] of Object.entries(fields)) {
      if (!holds(value[name])) throw new WireFault("invalid", `air.${String(is)}.${name}`, 0, "missing or of the wrong type");
    }
    return value as unknown as AirMessage;
  });
}

function parse(bytes: Uint8Array, field: string): Record<string, unknown> {
  try {
    const value = unpack(bytes);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (fault) {
    if (fault instanceof WireFault) throw fault;
  }
  throw new WireFault("invalid", field, 0, "not a JSON object");
}

export const encodeInformation = (information: SystemInformation): Uint8Array => pack(information);

export function decodeInformation(bytes: Uint8Array): Result<SystemInformation> {
  return attempt(() => {
    const value = parse(bytes, "air.systemInformation");
    const plmns = value["plmns"];
    if (!list(plmns) || (plmns as unknown[]).length === 0 || !(plmns as unknown[]).every(plmn))
      throw new WireFault("invalid", "air.plmns", 0, "a list of PLMNs");
    if (!number(value["tac"]) || !number(value["cellId"])) throw new WireFault("invalid", "air.tac", 0, "numbers");
    return value as unknown as SystemInformation;
  });
}

/** Frames of the UDP binding: kind, link id (chosen by the phone), then by kind. */
export const Frame = { search: 1, information: 2, message: 3, ack: 4, data: 5, end: 6, broadcast: 7 } as const;

export interface AirFrame {
  readonly kind: number;
  readonly link: number;
  /** Of a message: its number, from 1; of an ack: the highest number received in order. */
  readonly number: number;
  readonly pduSessionId: number;
  readonly qfi: number;
  readonly body: Uint8Array;
}

export function writeFrame(
  kind: number,
  link: number,
  fields: { number?: number; pduSessionId?: number; qfi?: number; body?: Uint8Array },
): Uint8Array {
  const w = new Writer(16 + (fields.body?.length ?? 0));
  w.u8(0xf5).u8(kind).u32(link);
  if (kind === Frame.message || kind === Frame.ack) w.u32(fields.number ?? 0);
  if (kind === Frame.data) w.u8(fields.pduSessionId ?? 0).u8(fields.qfi ?? 0);
  if (fields.body !== undefined) w.octets(fields.body);
  return w.done();
}

export function readFrame(bytes: Uint8Array): Result<AirFrame> {
  return attempt(() => {
    const r = new Reader(bytes);
    if (r.u8("air.magic") !== 0xf5) throw r.fault("invalid", "air.magic", "not a frame of the simulated air", 0);
    const kind = r.u8("air.kind");
    if (kind < Frame.search || kind > Frame.broadcast) throw r.fault("unknown", "air.kind", `kind ${kind}`, 1);
    const link = r.u32("air.link");
    const number_ = kind === Frame.message || kind === Frame.ack ? r.u32("air.number") : 0;
    const pduSessionId = kind === Frame.data ? r.u8("air.pduSessionId") : 0;
    const qfi = kind === Frame.data ? r.u8("air.qfi") : 0;
    return { kind, link, number: number_, pduSessionId, qfi, body: r.rest() };
  });
}
