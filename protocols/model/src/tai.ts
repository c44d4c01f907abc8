import { bad, good, type Reader, type Result, Writer } from "@freehold/wire";
import { type Plmn, plmnFromJson, plmnOctets, plmnText, readPlmn } from "./plmn.ts";
import { whole } from "./whole.ts";

/** Tracking Area Identity, TS 23.003 §28.6; `tac` is a number of 24 bits; `nid` (eleven hexadecimal digits) only for an SNPN. */
export interface Tai {
  readonly plmn: Plmn;
  readonly tac: number;
  readonly nid?: string;
}

/** RangeError when the TAC does not fit 24 bits. */
export function tai(p: Plmn, tac: number): Tai {
  if (!Number.isInteger(tac) || tac < 0 || tac > 0xffffff) throw new RangeError(`TAC ${tac} does not fit 24 bits`);
  return { plmn: p, tac };
}

/** TAC as in JSON, TS 29.571: six hexadecimal digits. */
export const tacText = (tac: number): string => tac.toString(16).padStart(6, "0");

/** "00101-000001"; also the key of a TAI in a Map. */
export const taiText = (t: Tai): string => `${plmnText(t.plmn)}-${tacText(t.tac)}${t.nid === undefined ? "" : `-${t.nid.toLowerCase()}`}`;
export const sameTai = (a: Tai, b: Tai): boolean => taiText(a) === taiText(b);

/** Tai of TS 29.571. */
export interface TaiJson {
  readonly plmnId: { readonly mcc: string; readonly mnc: string };
  readonly tac: string;
  readonly nid?: string;
}
export const taiJson = (t: Tai): TaiJson => ({
  plmnId: { mcc: t.plmn.mcc, mnc: t.plmn.mnc },
  tac: tacText(t.tac),
  ...(t.nid === undefined ? {} : { nid: t.nid }),
});
export function taiFromJson(value: unknown): Result<Tai> {
  const json = (typeof value === "object" && value !== null ? value : {}) as { plmnId?: unknown; tac?: unknown; nid?: unknown };
  const p = plmnFromJson(json.plmnId);
  if (!p.ok) return p;
  if (typeof json.tac !== "string" || !/^(?:[0-9a-fA-F]{4}|[0-9a-fA-F]{6})$/.test(json.tac)) {
    return bad("invalid", "tai.tac", 0, "wants four or six hexadecimal digits");
  }
  if (json.nid !== undefined && (typeof json.nid !== "string" || !/^[0-9a-fA-F]{11}$/.test(json.nid))) {
    return bad("invalid", "tai.nid", 0, "wants eleven hexadecimal digits");
  }
  return good({ plmn: p.value, tac: Number.parseInt(json.tac, 16), ...(json.nid === undefined ? {} : { nid: json.nid }) });
}

/** Six octets: PLMN in the NAS order, TAC (TS 24.501 §9.11.3.8 after the IEI). */
export const taiOctets = (t: Tai): Uint8Array => new Writer(6).octets(plmnOctets(t.plmn)).u24(t.tac).done();
export const readTai = (r: Reader, field = "tai"): Tai => ({ plmn: readPlmn(r, `${field}.plmn`), tac: r.u24(`${field}.tac`) });
export const taiFromOctets = (octets: Uint8Array): Result<Tai> => whole(octets, "tai", (r) => readTai(r));
