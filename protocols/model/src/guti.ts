import { bad, good, type Reader, type Result, Writer } from "@freehold/wire";
import { type Plmn, parsePlmn, plmnFromJson, plmnOctets, plmnText, readPlmn, samePlmn } from "./plmn.ts";
import { whole } from "./whole.ts";

/** AMF Identifier, TS 23.003 §2.10.1: 8 bits of region, 10 of set, 6 of pointer. */
export interface AmfIdentifier {
  readonly amfRegionId: number;
  readonly amfSetId: number;
  readonly amfPointer: number;
}

/** Globally Unique AMF Identifier, TS 23.003 §2.10.1. `nid` only for an SNPN. */
export interface Guami extends AmfIdentifier {
  readonly plmn: Plmn;
  readonly nid?: string;
}

/** 5G Globally Unique Temporary Identifier, TS 23.003 §2.10; `tmsi` is the 5G-TMSI, 32 bits. */
export interface Guti extends AmfIdentifier {
  readonly plmn: Plmn;
  readonly tmsi: number;
}

/** 5G-S-TMSI, TS 23.003 §2.11: 48 bits. */
export interface STmsi {
  readonly amfSetId: number;
  readonly amfPointer: number;
  readonly tmsi: number;
}

const fits = (value: number, bits: number): boolean => Number.isInteger(value) && value >= 0 && value < 2 ** bits;

/** RangeError when a part does not fit its bits. */
export function guami(p: Plmn, amfRegionId: number, amfSetId: number, amfPointer: number): Guami {
  if (!fits(amfRegionId, 8) || !fits(amfSetId, 10) || !fits(amfPointer, 6)) {
    throw new RangeError(`AMF identifier ${amfRegionId}/${amfSetId}/${amfPointer} does not fit 8/10/6 bits`);
  }
  return { plmn: p, amfRegionId, amfSetId, amfPointer };
}

/** The GUTI that the AMF `g` gives with this 5G-TMSI. */
export function gutiOf(g: Guami, tmsi: number): Guti {
  if (!fits(tmsi, 32)) throw new RangeError(`5G-TMSI ${tmsi} does not fit 32 bits`);
  return { plmn: g.plmn, amfRegionId: g.amfRegionId, amfSetId: g.amfSetId, amfPointer: g.amfPointer, tmsi };
}

export const guamiOfGuti = (g: Guti): Guami => ({
  plmn: g.plmn,
  amfRegionId: g.amfRegionId,
  amfSetId: g.amfSetId,
  amfPointer: g.amfPointer,
});
export const sTmsiOf = (g: Guti): STmsi => ({ amfSetId: g.amfSetId, amfPointer: g.amfPointer, tmsi: g.tmsi });

/** AmfId of TS 29.571: six hexadecimal digits, for example "020040". */
export const amfIdText = (a: AmfIdentifier): string =>
  (a.amfRegionId * 0x10000 + a.amfSetId * 0x40 + a.amfPointer).toString(16).padStart(6, "0");

export function parseAmfId(text: string): Result<AmfIdentifier> {
  if (!/^[0-9a-fA-F]{6}$/.test(text)) return bad("invalid", "amfId", 0, "wants six hexadecimal digits");
  const n = Number.parseInt(text, 16);
  return good({ amfRegionId: n >> 16, amfSetId: (n >> 6) & 0x3ff, amfPointer: n & 0x3f });
}

export const sameGuami = (a: Guami, b: Guami): boolean =>
  samePlmn(a.plmn, b.plmn) && amfIdText(a) === amfIdText(b) && a.nid?.toLowerCase() === b.nid?.toLowerCase();
export const guamiText = (g: Guami): string => `${plmnText(g.plmn)}-${amfIdText(g)}${g.nid === undefined ? "" : `-${g.nid}`}`;

/** Guami of TS 29.571. */
export interface GuamiJson {
  readonly plmnId: { readonly mcc: string; readonly mnc: string; readonly nid?: string };
  readonly amfId: string;
}
export const guamiJson = (g: Guami): GuamiJson => ({
  plmnId: { mcc: g.plmn.mcc, mnc: g.plmn.mnc, ...(g.nid === undefined ? {} : { nid: g.nid }) },
  amfId: amfIdText(g),
});
export function guamiFromJson(value: unknown): Result<Guami> {
  const { plmnId, amfId } = (typeof value === "object" && value !== null ? value : {}) as { plmnId?: unknown; amfId?: unknown };
  const p = plmnFromJson(plmnId);
  if (!p.ok) return p;
  const id = parseAmfId(typeof amfId === "string" ? amfId : "");
  if (!id.ok) return id;
  const { nid } = plmnId as { nid?: unknown };
  if (nid !== undefined && (typeof nid !== "string" || !/^[0-9a-fA-F]{11}$/.test(nid))) {
    return bad("invalid", "plmnId.nid", 0, "wants eleven hexadecimal digits");
  }
  return good({ plmn: p.value, ...id.value, ...(nid === undefined ? {} : { nid }) });
}

const tmsiHex = (tmsi: number): string => tmsi.toString(16).padStart(8, "0");

/** ueContextId of TS 29.518: "5g-guti-00101" + six digits of AMF + eight of 5G-TMSI; also the key of a GUTI in a Map. */
export const gutiText = (g: Guti): string => `5g-guti-${plmnText(g.plmn)}${amfIdText(g)}${tmsiHex(g.tmsi)}`;

export function parseGuti(text: string): Result<Guti> {
  const m = /^5g-guti-([0-9]{5,6})([0-9a-fA-F]{6})([0-9a-fA-F]{8})$/.exec(text);
  if (m === null) return bad("invalid", "guti", 0, "wants 5g-guti-, PLMN, six and eight hexadecimal digits");
  const p = parsePlmn(m[1]!);
  const amf = parseAmfId(m[2]!);
  if (!p.ok) return p;
  if (!amf.ok) return amf;
  return good({ plmn: p.value, ...amf.value, tmsi: Number.parseInt(m[3]!, 16) });
}

export const sameGuti = (a: Guti, b: Guti): boolean => gutiText(a) === gutiText(b);

/** Ten octets: PLMN in the NAS order, region, set and pointer, 5G-TMSI (TS 24.501 §9.11.3.4, figure 9.11.3.4.1 from octet 5). */
export const gutiOctets = (g: Guti): Uint8Array =>
  new Writer(10)
    .octets(plmnOctets(g.plmn))
    .u8(g.amfRegionId)
    .u16(g.amfSetId * 64 + g.amfPointer)
    .u32(g.tmsi)
    .done();

export function readGuti(r: Reader, field = "guti"): Guti {
  const p = readPlmn(r, `${field}.plmn`);
  const amfRegionId = r.u8(`${field}.amfRegionId`);
  return { plmn: p, amfRegionId, ...readSTmsi(r, field) };
}
export const gutiFromOctets = (octets: Uint8Array): Result<Guti> => whole(octets, "guti", (r) => readGuti(r));

/** Six octets: set and pointer, 5G-TMSI (TS 24.501 §9.11.3.4, figure 9.11.3.4.5 from octet 5). */
export const sTmsiOctets = (s: STmsi): Uint8Array =>
  new Writer(6)
    .u16(s.amfSetId * 64 + s.amfPointer)
    .u32(s.tmsi)
    .done();

export function readSTmsi(r: Reader, field = "sTmsi"): STmsi {
  const setAndPointer = r.u16(`${field}.amfSetId`);
  return { amfSetId: setAndPointer >> 6, amfPointer: setAndPointer & 0x3f, tmsi: r.u32(`${field}.tmsi`) };
}
export const sTmsiFromOctets = (octets: Uint8Array): Result<STmsi> => whole(octets, "sTmsi", (r) => readSTmsi(r));

/** Twelve hexadecimal digits; also the key of a 5G-S-TMSI in a Map. */
export const sTmsiText = (s: STmsi): string => (s.amfSetId * 64 + s.amfPointer).toString(16).padStart(4, "0") + tmsiHex(s.tmsi);
