import {
  type Guti,
  gutiOctets,
  parseSuciNai,
  plmnOctets,
  readGuti,
  readPlmn,
  readSTmsi,
  type STmsi,
  type Suci,
  SupiFormat,
  sTmsiOctets,
  suciNai,
} from "@freehold/model";
import {
  bits,
  coded,
  custom,
  fromText,
  mapped,
  type Pick,
  type Reader,
  type Schema,
  sampleOctets,
  toText,
  type Writer,
} from "@freehold/wire";
import { sampleGuti, samplePlmn, sampleSTmsi } from "./samples.ts";

/** Type of identity, §9.11.3.3 and table 9.11.3.4.1. */
export const TypeOfIdentity = {
  "No identity": 0,
  SUCI: 1,
  "5G-GUTI": 2,
  IMEI: 3,
  "5G-S-TMSI": 4,
  IMEISV: 5,
  "MAC address": 6,
  "EUI-64": 7,
} as const;

/** 5GS identity type, §9.11.3.3, in the half octet of the IDENTITY REQUEST. */
export const IdentityType = mapped(bits(1, { type: coded(TypeOfIdentity, 3, 1) }), {
  read: ({ type }) => type,
  write: (type: keyof typeof TypeOfIdentity | number) => ({ type }),
});

/** 5GS mobile identity, §9.11.3.4. */
export type MobileIdentity =
  | { readonly is: "No identity" }
  | { readonly is: "SUCI"; readonly suci: Suci }
  | { readonly is: "5G-GUTI"; readonly guti: Guti }
  /** Digits; an IMEI has 15 (the last one is the check digit or 0), an IMEISV 16. */
  | { readonly is: "IMEI"; readonly imei: string }
  | { readonly is: "5G-S-TMSI"; readonly sTmsi: STmsi }
  | { readonly is: "IMEISV"; readonly imeisv: string }
  | { readonly is: "MAC address"; readonly mac: Uint8Array; readonly usageRestricted: boolean }
  | { readonly is: "EUI-64"; readonly eui64: Uint8Array };

function digits(reader: Reader, first: number, odd: boolean, field: string): string {
  let text = String(first);
  const octets = reader.rest();
  octets.forEach((octet, i) => {
    const last = i === octets.length - 1;
    text += String(octet & 15);
    if (!last || odd) text += String(octet >> 4);
    if ((octet & 15) > 9 || ((!last || odd) && octet >> 4 > 9))
      throw reader.fault("invalid", field, "not a digit", reader.at - octets.length + i);
  });
  if (first > 9) throw reader.fault("invalid", field, "not a digit", reader.at - octets.length - 1);
  return text;
}

function writeDigits(writer: Writer, type: number, text: string): void {
  if (!/^[0-9]{1,32}$/.test(text)) throw new RangeError(`not digits: ${text}`);
  const odd = text.length % 2 === 1;
  const digit = (i: number): number => (i < text.length ? text.charCodeAt(i) - 48 : 15);
  writer.u8((digit(0) << 4) | (odd ? 8 : 0) | type);
  for (let i = 1; i < text.length; i += 2) writer.u8((digit(i + 1) << 4) | digit(i));
}

function readSuci(reader: Reader, format: number): Suci {
  if (format >= 1 && format <= 3) {
    const at = reader.at;
    const nai = parseSuciNai(toText(reader.rest()));
    if (!nai.ok) throw reader.fault(nai.error.kind, "suci.nai", nai.error.detail, at);
    return nai.value;
  }
  // "All other values are interpreted as IMSI", table 9.11.3.4.1.
  const home = readPlmn(reader, "suci.plmn");
  const low = reader.u8("suci.routingIndicator");
  const high = reader.u8("suci.routingIndicator");
  // Fillers are passed over wherever they stand (phones swap the digits of "0"); none configured counts as 0 (TS 23.003 §2.2B, unchecked).
  const routingIndicator = [low & 15, low >> 4, high & 15, high >> 4].filter((digit) => digit <= 9).join("") || "0";
  const protectionScheme = reader.u8("suci.protectionScheme") & 15;
  const homeNetworkPublicKeyId = reader.u8("suci.homeNetworkPublicKeyId");
  return { supiFormat: SupiFormat.imsi, home, routingIndicator, protectionScheme, homeNetworkPublicKeyId, schemeOutput: reader.rest() };
}

function writeSuci(writer: Writer, suci: Suci): void {
  const { home, routingIndicator } = suci;
  writer.u8((suci.supiFormat << 4) | TypeOfIdentity.SUCI);
  if (typeof home === "string") {
    writer.octets(fromText(suciNai(suci)));
    return;
  }
  if (!/^[0-9]{1,4}$/.test(routingIndicator)) throw new RangeError(`not a routing indicator: ${routingIndicator}`);
  const digit = (i: number): number => (i < routingIndicator.length ? routingIndicator.charCodeAt(i) - 48 : 15);
  writer
    .octets(plmnOctets(home))
    .u8((digit(1) << 4) | digit(0))
    .u8((digit(3) << 4) | digit(2))
    .u8(suci.protectionScheme)
    .u8(suci.homeNetworkPublicKeyId)
    .octets(suci.schemeOutput);
}

function readIdentity(reader: Reader): MobileIdentity {
  const head = reader.u8("type");
  switch (head & 7) {
    case 0:
      if (reader.left > 0) throw reader.fault("invalid", "type", "no identity in more than one octet");
      return { is: "No identity" };
    case 1:
      return { is: "SUCI", suci: readSuci(reader, (head >> 4) & 7) };
    case 2:
      return { is: "5G-GUTI", guti: readGuti(reader) };
    case 3:
      return { is: "IMEI", imei: digits(reader, head >> 4, (head & 8) !== 0, "imei") };
    case 4:
      return { is: "5G-S-TMSI", sTmsi: readSTmsi(reader) };
    case 5:
      return { is: "IMEISV", imeisv: digits(reader, head >> 4, (head & 8) !== 0, "imeisv") };
    case 6:
      return { is: "MAC address", mac: reader.octets(6, "mac"), usageRestricted: (head & 8) !== 0 };
    default:
      return { is: "EUI-64", eui64: reader.octets(8, "eui64") };
  }
}

function writeIdentity(writer: Writer, identity: MobileIdentity): void {
  switch (identity.is) {
    case "No identity":
      writer.u8(0);
      return;
    case "SUCI":
      writeSuci(writer, identity.suci);
      return;
    case "5G-GUTI":
      writer.u8(0xf2).octets(gutiOctets(identity.guti));
      return;
    case "IMEI":
      writeDigits(writer, TypeOfIdentity.IMEI, identity.imei);
      return;
    case "5G-S-TMSI":
      writer.u8(0xf4).octets(sTmsiOctets(identity.sTmsi));
      return;
    case "IMEISV":
      writeDigits(writer, TypeOfIdentity.IMEISV, identity.imeisv);
      return;
    case "MAC address":
      writer.u8((identity.usageRestricted ? 8 : 0) | TypeOfIdentity["MAC address"]).octets(identity.mac);
      return;
    case "EUI-64":
      writer.u8(TypeOfIdentity["EUI-64"]).octets(identity.eui64);
      return;
  }
}

function sampleSuci(pick: Pick): Suci {
  const routingIndicator = String(pick(10_000)).slice(0, 1 + pick(4));
  if (pick(5) === 0) {
    const user = `user${pick(1000)}`;
    const common = { supiFormat: SupiFormat.networkSpecificIdentifier, home: "example.com", routingIndicator } as const;
    return pick(2) === 0
      ? { ...common, protectionScheme: 0, homeNetworkPublicKeyId: 0, schemeOutput: fromText(user) }
      : { ...common, protectionScheme: 1, homeNetworkPublicKeyId: pick(255), schemeOutput: sampleOctets(32 + user.length + 8, pick) };
  }
  const protectionScheme = pick(3);
  const schemeOutput =
    protectionScheme === 0
      ? Uint8Array.from({ length: 5 }, () => (pick(10) << 4) | pick(10))
      : sampleOctets([0, 45, 46][protectionScheme]!, pick);
  const homeNetworkPublicKeyId = protectionScheme === 0 ? 0 : pick(255);
  return { supiFormat: SupiFormat.imsi, home: samplePlmn(pick), routingIndicator, protectionScheme, homeNetworkPublicKeyId, schemeOutput };
}

function sampleIdentity(pick: Pick): MobileIdentity {
  const someDigits = (count: number): string => Array.from({ length: count }, () => String(pick(10))).join("");
  switch (pick(8)) {
    case 0:
      return { is: "No identity" };
    case 1:
      return { is: "5G-GUTI", guti: sampleGuti(pick) };
    case 2:
      return { is: "IMEI", imei: someDigits(15) };
    case 3:
      return { is: "5G-S-TMSI", sTmsi: sampleSTmsi(pick) };
    case 4:
      return { is: "IMEISV", imeisv: someDigits(16) };
    case 5:
      return { is: "MAC address", mac: sampleOctets(6, pick), usageRestricted: pick(2) === 1 };
    case 6:
      return { is: "EUI-64", eui64: sampleOctets(8, pick) };
    default:
      return { is: "SUCI", suci: sampleSuci(pick) };
  }
}

export const MobileIdentity: Schema<MobileIdentity> = custom({
  name: "5GS mobile identity",
  read: readIdentity,
  write: writeIdentity,
  sample: sampleIdentity,
});

/** A 5GS mobile identity that can only be of one type in its row: §8.2.7.2, §8.2.16, §8.2.26. Another type is a fault. */
const only = <Is extends MobileIdentity["is"]>(is: Is, sampled: (pick: Pick) => Extract<MobileIdentity, { is: Is }>) =>
  custom<Extract<MobileIdentity, { is: Is }>>({
    name: is,
    read: (reader) => {
      const at = reader.at;
      const identity = readIdentity(reader);
      if (identity.is !== is) throw reader.fault("invalid", "type", `${identity.is} where only ${is} may be`, at);
      return identity as Extract<MobileIdentity, { is: Is }>;
    },
    write: writeIdentity,
    sample: sampled,
  });

export const GutiIdentity = only("5G-GUTI", (pick) => ({ is: "5G-GUTI", guti: sampleGuti(pick) }));
export const STmsiIdentity = only("5G-S-TMSI", (pick) => ({ is: "5G-S-TMSI", sTmsi: sampleSTmsi(pick) }));
export const ImeisvIdentity = only("IMEISV", (pick) => ({
  is: "IMEISV",
  imeisv: Array.from({ length: 16 }, () => String(pick(10))).join(""),
}));
