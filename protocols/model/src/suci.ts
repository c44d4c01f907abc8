import { bad, fromText, good, parseHex, type Result, toHex, toText } from "@freehold/wire";
import { bcdDigits, bcdOctets } from "./bcd.ts";
import { type Plmn, parsePlmn } from "./plmn.ts";

/** SUPI format, TS 23.003 §2.2B and table 9.11.3.4.1 of TS 24.501. */
export const SupiFormat = { imsi: 0, networkSpecificIdentifier: 1, gci: 2, gli: 3 } as const;
export type SupiFormat = (typeof SupiFormat)[keyof typeof SupiFormat];

/** Protection scheme identifier, TS 33.501 §C.1: null, ECIES profile A (X25519), ECIES profile B (P-256). 12 to 15 are the operator's. */
export const ProtectionScheme = { null: 0, profileA: 1, profileB: 2 } as const;
export type ProtectionScheme = (typeof ProtectionScheme)[keyof typeof ProtectionScheme];

/** Subscription Concealed Identifier, TS 23.003 §2.2B. */
export interface Suci {
  readonly supiFormat: SupiFormat;
  /** PLMN for an IMSI, realm otherwise. */
  readonly home: Plmn | string;
  /** One to four digits. */
  readonly routingIndicator: string;
  /** 0 to 15; ProtectionScheme names those of the standard. */
  readonly protectionScheme: number;
  /** 0 to 255; 0 with the null scheme. */
  readonly homeNetworkPublicKeyId: number;
  /** As on the wire: for the null scheme the MSIN in BCD or the user name in UTF-8; else ephemeral key, ciphertext and MAC. */
  readonly schemeOutput: Uint8Array;
}

/** TS 29.571 SupiOrSuci: "suci-0-001-01-0000-1-1-b2e9…"; the null scheme shows the MSIN or user name itself. */
export function suciText(s: Suci): string {
  const home = typeof s.home === "string" ? s.home : `${s.home.mcc}-${s.home.mnc}`;
  let output = toHex(s.schemeOutput);
  if (s.protectionScheme === ProtectionScheme.null) {
    const digits = s.supiFormat === SupiFormat.imsi ? bcdDigits(s.schemeOutput) : good(toText(s.schemeOutput));
    if (!digits.ok) throw new RangeError(`null scheme output is not an MSIN: ${digits.error.detail}`);
    output = digits.value;
  }
  return `suci-${s.supiFormat}-${home}-${s.routingIndicator}-${s.protectionScheme.toString(16)}-${s.homeNetworkPublicKeyId}-${output}`;
}

const tail = /^([0-9]{1,4})-([0-9a-fA-F])-([0-9]{1,3})-(.*)$/;
const imsiHome = /^([0-9]{3})-([0-9]{2,3})-(.*)$/;
// A realm may hold hyphens, so it ends at the first place where the rest has the form routing-scheme-key-output.
const realmHome = /^([A-Za-z0-9._-]+?)-([0-9]{1,4}-[0-9a-fA-F]-[0-9]{1,3}-.*)$/;

export function parseSuci(text: string): Result<Suci> {
  const wrong = (detail: string) => bad("invalid", "suci", 0, detail);
  const head = /^suci-([0-3])-(.*)$/.exec(text);
  if (head === null || text.length > 3000) return wrong("wants suci- and a SUPI format of 0 to 3");
  const supiFormat = Number(head[1]) as SupiFormat;
  let home: Plmn | string;
  let rest: string;
  if (supiFormat === SupiFormat.imsi) {
    const m = imsiHome.exec(head[2]!);
    const made = m === null ? undefined : parsePlmn(m[1]! + m[2]!);
    if (made === undefined || !made.ok) return wrong("wants MCC and MNC");
    home = made.value;
    rest = m![3]!;
  } else {
    const m = realmHome.exec(head[2]!);
    if (m === null) return wrong("wants a realm");
    home = m[1]!;
    rest = m[2]!;
  }
  const m = tail.exec(rest);
  if (m === null) return wrong("wants routing indicator, scheme, key and output");
  const protectionScheme = Number.parseInt(m[2]!, 16);
  const homeNetworkPublicKeyId = Number(m[3]);
  if (homeNetworkPublicKeyId > 255) return wrong("home network public key identifier is above 255");
  let schemeOutput: Uint8Array | undefined;
  if (protectionScheme !== ProtectionScheme.null) schemeOutput = parseHex(m[4]!);
  else if (supiFormat !== SupiFormat.imsi) schemeOutput = fromText(m[4]!);
  else if (/^[0-9]{1,10}$/.test(m[4]!)) schemeOutput = bcdOctets(m[4]!);
  if (schemeOutput === undefined || schemeOutput.length === 0)
    return wrong("scheme output is neither digits nor hexadecimal as its scheme wants");
  return good({ supiFormat, home, routingIndicator: m[1]!, protectionScheme, homeNetworkPublicKeyId, schemeOutput });
}

const ephemeralKeyOctets: Readonly<Record<number, number>> = { [ProtectionScheme.profileA]: 32, [ProtectionScheme.profileB]: 33 };

/** A SUCI of a network specific identifier as NAI, TS 23.003 §28.7.3: "type1.rid678.schid1.hnkey27.ecckey….cip….mac…@realm". RangeError for an IMSI's
 *  SUCI, or a scheme output too short for its scheme. */
export function suciNai(s: Suci): string {
  if (typeof s.home !== "string") throw new RangeError("an IMSI's SUCI has no NAI of this form");
  const start = `type${s.supiFormat}.rid${s.routingIndicator}.schid${s.protectionScheme}`;
  if (s.protectionScheme === ProtectionScheme.null) return `${start}.userid${toText(s.schemeOutput)}@${s.home}`;
  const key = ephemeralKeyOctets[s.protectionScheme];
  const output = s.schemeOutput;
  if (key === undefined) return `${start}.hnkey${s.homeNetworkPublicKeyId}.out${toHex(output)}@${s.home}`;
  if (output.length < key + 8) throw new RangeError(`${output.length} octets of scheme output are too few`);
  const part = (from: number, to: number) => toHex(output.subarray(from, to));
  const mac = output.length - 8;
  return `${start}.hnkey${s.homeNetworkPublicKeyId}.ecckey${part(0, key)}.cip${part(key, mac)}.mac${part(mac, output.length)}@${s.home}`;
}

export function parseSuciNai(text: string): Result<Suci> {
  const wrong = (detail: string) => bad("invalid", "suci", 0, detail);
  const m = /^type([1-3])\.rid([0-9]{1,4})\.schid([0-9]{1,2})\.(.+)@([A-Za-z0-9._-]{1,255})$/.exec(text);
  if (m === null || text.length > 3000) return wrong("wants type.rid.schid and a realm");
  const protectionScheme = Number(m[3]);
  const common = { supiFormat: Number(m[1]) as SupiFormat, home: m[5]!, routingIndicator: m[2]!, protectionScheme };
  if (protectionScheme === ProtectionScheme.null) {
    const user = /^userid(.+)$/.exec(m[4]!);
    return user === null ? wrong("wants userid") : good({ ...common, homeNetworkPublicKeyId: 0, schemeOutput: fromText(user[1]!) });
  }
  const out = /^hnkey([0-9]{1,3})\.(?:ecckey([0-9a-fA-F]+)\.cip([0-9a-fA-F]*)\.mac([0-9a-fA-F]{16})|out([0-9a-fA-F]+))$/.exec(m[4]!);
  if (out === null || protectionScheme > 15 || Number(out[1]) > 255) return wrong("wants hnkey and ecckey, cip, mac or out");
  const key = ephemeralKeyOctets[protectionScheme];
  if ((key === undefined) !== (out[2] === undefined) || (key !== undefined && out[2]!.length !== 2 * key)) {
    return wrong("ephemeral public key has a length that its scheme does not");
  }
  const schemeOutput = parseHex(out[5] ?? `${out[2]}${out[3]}${out[4]}`);
  if (schemeOutput === undefined) return wrong("scheme output has half an octet");
  return good({ ...common, homeNetworkPublicKeyId: Number(out[1]), schemeOutput });
}
