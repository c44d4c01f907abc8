import { bad, good, parseHex, type Reader, type Result, Writer } from "@freehold/wire";
import { whole } from "./whole.ts";

/** Single NSSAI, TS 23.003 §28.4.2; its JSON form is Snssai of TS 29.571. `sd` is six lower-case hexadecimal digits; FFFFFF means none and is never kept. */
export interface SNssai {
  readonly sst: number;
  readonly sd?: string;
}

/** Normalised: SD FFFFFF becomes absent, letters lower case. RangeError when it is none. */
export function sNssai(sst: number, sd?: string): SNssai {
  const made = checked(sst, sd);
  if (!made.ok) throw new RangeError(made.error.detail);
  return made.value;
}

/** `{sst, sd?}` from JSON or configuration of outside. */
export function sNssaiFromJson(value: unknown): Result<SNssai> {
  const { sst, sd } = (typeof value === "object" && value !== null ? value : {}) as { sst?: unknown; sd?: unknown };
  return checked(sst, sd);
}

function checked(sst: unknown, sd: unknown): Result<SNssai> {
  if (typeof sst !== "number" || !Number.isInteger(sst) || sst < 0 || sst > 255) return bad("invalid", "sNssai.sst", 0, "wants 0 to 255");
  if (sd === undefined) return good({ sst });
  if (typeof sd !== "string" || !/^[0-9a-fA-F]{6}$/.test(sd)) return bad("invalid", "sNssai.sd", 0, "wants six hexadecimal digits");
  const lower = sd.toLowerCase();
  return good(lower === "ffffff" ? { sst } : { sst, sd: lower });
}

/** "1" or "1-010203"; also the key of an S-NSSAI in a Map. */
export const sNssaiText = (s: SNssai): string => {
  const { sst, sd } = sNssai(s.sst, s.sd);
  return sd === undefined ? `${sst}` : `${sst}-${sd}`;
};
export function parseSNssai(text: string): Result<SNssai> {
  const m = /^([0-9]{1,3})(?:-([0-9a-fA-F]{6}))?$/.exec(text);
  return m === null
    ? bad("invalid", "sNssai", 0, "wants SST or SST-SD, for example 1-010203")
    : sNssaiFromJson({ sst: Number(m[1]), sd: m[2] });
}
export const sameSNssai = (a: SNssai, b: SNssai): boolean => sNssaiText(a) === sNssaiText(b);

/** SD as three octets, or undefined when there is none. */
export const sdOctets = (s: SNssai): Uint8Array | undefined => {
  const { sd } = sNssai(s.sst, s.sd);
  return sd === undefined ? undefined : parseHex(sd);
};

/** One octet, or four with SD: the contents without mapped values (TS 24.501 §9.11.2.8 from octet 3). */
export function sNssaiOctets(s: SNssai): Uint8Array {
  const sd = sdOctets(s);
  const w = new Writer(4).u8(s.sst);
  return (sd === undefined ? w : w.octets(sd)).done();
}

/** SST of one octet and, when `withSd`, SD of three. */
export function readSNssai(r: Reader, withSd: boolean, field = "sNssai"): SNssai {
  const sst = r.u8(`${field}.sst`);
  return withSd ? sNssai(sst, r.u24(`${field}.sd`).toString(16).padStart(6, "0")) : { sst };
}
/** One or four octets, nothing else. */
export const sNssaiFromOctets = (octets: Uint8Array): Result<SNssai> => whole(octets, "sNssai", (r) => readSNssai(r, octets.length > 1));
