import { bad, good, type Result } from "@freehold/wire";
import type { Brand } from "./brand.ts";
import type { Plmn } from "./plmn.ts";

/** Subscription Permanent Identifier in its text of TS 29.571 §5.3.2: "imsi-001010000000001", "nai-user@realm". Log it as `pseudonym(supi)`. */
export type Supi = Brand<string, "Supi">;

// What follows "nai-", "gci-" or "gli-" goes into URIs and logs: visible ASCII only, no separators of a path or query.
const shape = /^(?:imsi-[0-9]{5,15}|(?:nai|gci|gli)-[!-~]{1,250})$/;

export function parseSupi(text: string): Result<Supi> {
  if (!shape.test(text) || /[/?#%\\]/.test(text))
    return bad("invalid", "supi", 0, "wants imsi- and 5 to 15 digits, or nai-, gci-, gli- and a name");
  return good(text as Supi);
}

/** A SUPI of our own configuration or code; RangeError when it is none. */
export function supi(text: string): Supi {
  const made = parseSupi(text);
  if (!made.ok) throw new RangeError(made.error.detail);
  return made.value;
}

/** The digits of an IMSI, or undefined for another kind of SUPI. */
export const imsiOf = (s: Supi): string | undefined => (s.startsWith("imsi-") ? s.slice(5) : undefined);

/** The part after the kind: digits of an IMSI, or the NAI, GCI or GLI. This is P0 of KAMF, TS 33.501 §A.7. */
export const supiValue = (s: Supi): string => s.slice(s.indexOf("-") + 1);

/** IMSI = MCC, MNC, MSIN (TS 23.003 §2.2). RangeError when the digits do not make one. */
export const supiOf = (home: Plmn, msin: string): Supi => supi(`imsi-${home.mcc}${home.mnc}${msin}`);

/** Splits an IMSI, which does not itself tell how long its MNC is. Undefined for another kind of SUPI or too few digits. */
export function splitImsi(s: Supi, mncDigits: 2 | 3): { home: Plmn; msin: string } | undefined {
  const imsi = imsiOf(s);
  if (imsi === undefined || imsi.length <= 3 + mncDigits) return undefined;
  return { home: { mcc: imsi.slice(0, 3), mnc: imsi.slice(3, 3 + mncDigits) }, msin: imsi.slice(3 + mncDigits) };
}

/** Gives the log name of a SUPI. */
export type Pseudonyms = (s: string) => string;

/** Log names of SUPIs: stable as long as `salt` is, different for every salt, not the identity: "imsi-00101…‹3f9a1c›".
 *  The salt is a secret of the process (16 random octets at start); whoever holds it can search for the identity. */
export function pseudonyms(salt: Uint8Array): Pseudonyms {
  return (s) => {
    let hash = 0x811c9dc5;
    const mix = (octet: number) => {
      hash = Math.imul(hash ^ octet, 0x01000193) >>> 0;
    };
    for (let i = 0; i < salt.length; i++) mix(salt[i]!);
    for (let i = 0; i < s.length; i++) mix(s.charCodeAt(i));
    for (let i = 0; i < salt.length; i++) mix(salt[i]!);
    const tag = ((hash >>> 8) ^ (hash & 0xff)).toString(16).padStart(6, "0");
    const shown = s.startsWith("imsi-") ? s.slice(0, 10) : s.slice(0, s.indexOf("-") + 1);
    return `${shown}…‹${tag}›`;
  };
}
