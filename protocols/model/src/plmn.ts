import { bad, good, type Reader, type Result, type WireFault } from "@freehold/wire";
import { whole } from "./whole.ts";

/** PLMN identity, TS 23.003 §2.2; its JSON form is PlmnId of TS 29.571. The MNC keeps its two or three digits: "01" is not "001". */
export interface Plmn {
  readonly mcc: string;
  readonly mnc: string;
}

/** A PLMN of our own configuration or code; RangeError when it is none. */
export function plmn(mcc: string, mnc: string): Plmn {
  const made = parsePlmn(mcc + mnc);
  if (!made.ok || mcc.length !== 3) throw new RangeError(`not a PLMN: MCC "${mcc}", MNC "${mnc}"`);
  return made.value;
}

/** "00101" or "001001". */
export function parsePlmn(text: string): Result<Plmn> {
  if (!/^[0-9]{5,6}$/.test(text)) return bad("invalid", "plmn", 0, "wants three digits of MCC and two or three of MNC");
  return good({ mcc: text.slice(0, 3), mnc: text.slice(3) });
}

/** "00101"; also the key of a PLMN in a Map. */
export const plmnText = (p: Plmn): string => p.mcc + p.mnc;
export const samePlmn = (a: Plmn, b: Plmn): boolean => a.mcc === b.mcc && a.mnc === b.mnc;

/** `{mcc, mnc}` from JSON of outside. */
export function plmnFromJson(value: unknown): Result<Plmn> {
  const { mcc, mnc } = (typeof value === "object" && value !== null ? value : {}) as { mcc?: unknown; mnc?: unknown };
  if (typeof mcc !== "string" || mcc.length !== 3) return bad("invalid", "plmnId.mcc", 0, "wants a string of three digits");
  if (typeof mnc !== "string") return bad("invalid", "plmnId.mnc", 0, "wants a string of two or three digits");
  return parsePlmn(mcc + mnc);
}

// One PLMN has two codings, which agree only when the MNC has two digits.
// NAS (TS 24.501 §9.11.3.4, figure 9.11.3.4.1; also TS 29.244): octet 2 holds the *third* MNC digit.
// NGAP (TS 38.413 §9.3.3.5): digits in order, so octet 2 holds the *first* MNC digit.
const digit = (text: string, at: number): number => (at < text.length ? text.charCodeAt(at) - 48 : 0xf);

function pack(p: Plmn, fourth: number, fifth: number, sixth: number): Uint8Array {
  const { mcc } = p;
  const octets = new Uint8Array(3);
  octets[0] = (digit(mcc, 1) << 4) | digit(mcc, 0);
  octets[1] = (fourth << 4) | digit(mcc, 2);
  octets[2] = (sixth << 4) | fifth;
  return octets;
}

/** Three octets as in NAS, PFCP and GTP: MCC2 MCC1, MNC3 MCC3, MNC2 MNC1. */
export const plmnOctets = (p: Plmn): Uint8Array => pack(p, digit(p.mnc, 2), digit(p.mnc, 0), digit(p.mnc, 1));

/** Three octets as in NGAP, TS 38.413 §9.3.3.5: MCC2 MCC1, MNC1 (or filler) MCC3, MNC3 MNC2 (or MNC2 MNC1). */
export const ngapPlmnOctets = (p: Plmn): Uint8Array =>
  p.mnc.length === 3 ? pack(p, digit(p.mnc, 0), digit(p.mnc, 1), digit(p.mnc, 2)) : plmnOctets(p);

function wrong(r: Reader, field: string, at: number): WireFault {
  return r.fault("invalid", field, "not a PLMN: a nibble is no digit", at);
}

function read(r: Reader, field: string, ngap: boolean): Plmn {
  const at = r.at;
  r.need(3, field);
  const a = r.u8(field);
  const b = r.u8(field);
  const c = r.u8(field);
  const odd = b >> 4;
  if (!decimal(a) || (b & 15) > 9 || !decimal(c) || (odd > 9 && odd !== 0xf)) throw wrong(r, field, at);
  const two = `${c & 15}${c >> 4}`;
  return { mcc: `${a & 15}${a >> 4}${b & 15}`, mnc: odd === 0xf ? two : ngap ? `${odd}${two}` : `${two}${odd}` };
}

/** Both nibbles are digits. */
const decimal = (octet: number): boolean => (octet & 15) <= 9 && octet >> 4 <= 9;

/** Takes three octets in the NAS order; WireFault when a nibble is no digit. */
export const readPlmn = (r: Reader, field = "plmn"): Plmn => read(r, field, false);
/** Takes three octets in the NGAP order; WireFault when a nibble is no digit. */
export const readNgapPlmn = (r: Reader, field = "plmn"): Plmn => read(r, field, true);

export const plmnFromOctets = (octets: Uint8Array): Result<Plmn> => whole(octets, "plmn", (r) => readPlmn(r));
export const ngapPlmnFromOctets = (octets: Uint8Array): Result<Plmn> => whole(octets, "plmn", (r) => readNgapPlmn(r));
