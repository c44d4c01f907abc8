import { cipher, type Direction, type Nea } from "@freehold/crypto";
import type { Secret } from "@freehold/model";
import {
  decode,
  decodeSecured,
  encode,
  encodeSecured,
  isSecured,
  type NasMessage,
  print,
  type Secured,
  SecurityHeaderType,
} from "@freehold/nas";
import { explain } from "@freehold/wire";
import { indented, plainJson } from "./plain.ts";
import type { Reading } from "./protocols.ts";

/** How to decipher NAS messages of 3GPP access (TS 33.501 §6.4.4). */
export interface Deciphering {
  readonly nea: Nea;
  readonly key: Secret;
  readonly direction: Direction;
  /** The NAS COUNT; left out, the sequence number of the message with overflow counter 0. */
  readonly count?: number;
}

const headerNames: Readonly<Record<number, string>> = {
  1: "integrity protected",
  2: "integrity protected and ciphered",
  3: "integrity protected with new 5G NAS security context",
  4: "integrity protected and ciphered with new 5G NAS security context",
};

const ciphered = ({ securityHeaderType: type }: Secured): boolean =>
  type === SecurityHeaderType.integrityProtectedAndCiphered || type === SecurityHeaderType.integrityProtectedAndCipheredWithNewContext;

/** A NAS message, plain or protected; what it contains in clear is shown one level down. */
export function readNas(octets: Uint8Array, deciphering?: Deciphering): Reading {
  return isSecured(octets) ? readSecured(octets, deciphering) : readPlain(octets);
}

function readPlain(octets: Uint8Array): Reading {
  const read = decode(octets);
  if (!read.ok) {
    const { is, epd, messageType, pduSessionId, pti } = read.error;
    const known = { epd, messageType, pduSessionId, pti };
    return { ok: false, message: undefined, text: `NAS: ${is}`, value: plainJson(known), error: read.error };
  }
  const inner = contained(read.value);
  return {
    ok: true,
    message: read.value.is,
    text: [
      print(read.value),
      ...[...inner].map(([name, one]) => `  in ${name}\n${indented(one.text, "    ")}`),
      ...read.diagnostics.map((one) => `  passed over: ${one.is}: ${explain(one)}`),
    ].join("\n"),
    value: {
      ...(plainJson(read.value) as object),
      ...(inner.size > 0 && { contained: Object.fromEntries([...inner].map(([name, one]) => [name, one.value])) }),
    },
    again: () => encode(read.value),
  };
}

/** Messages inside a message: a 5GSM message in a payload container, the whole initial message in a NAS message container. */
function contained(message: NasMessage): Map<string, Reading> {
  const found = new Map<string, Reading>();
  for (const name of ["payloadContainer", "nasMessageContainer"]) {
    const octets = (message as unknown as Readonly<Record<string, unknown>>)[name];
    if (!(octets instanceof Uint8Array)) continue;
    const one = readPlain(octets);
    if (one.ok) found.set(name, one);
  }
  return found;
}

function readSecured(octets: Uint8Array, deciphering: Deciphering | undefined): Reading {
  const read = decodeSecured(octets);
  if (!read.ok) return { ok: false, message: undefined, text: "protected NAS message", value: undefined, error: read.error };
  const secured = read.value;
  const { securityHeaderType, mac, sqn, payload } = secured;
  const header = [
    `Security protected 5GS NAS message (${headerNames[securityHeaderType]})`,
    `  message authentication code: ${plainJson(mac)}`,
    `  sequence number: ${sqn}`,
  ];
  const { how, inner } = open(secured, deciphering);
  const value = {
    securityHeaderType,
    mac: plainJson(mac),
    sqn,
    ...(inner?.ok ? { message: inner.value } : { payload: plainJson(payload) }),
  };
  if (inner === undefined) {
    const text = [...header, `  ${how}: ${plainJson(payload)}`].join("\n");
    return { ok: true, message: "Security protected 5GS NAS message", text, value, again: () => encodeSecured(secured) };
  }
  const text = [...header, `  ${how}`, indented(inner.text, "    ")].join("\n");
  if (!inner.ok) {
    const at = inner.error.at + octets.length - payload.length;
    return { ok: false, message: undefined, text, value, error: { ...inner.error, at } };
  }
  // A message that was deciphered here is not ciphered again: its own octets are in the header's hands.
  const again = (): Uint8Array => encodeSecured(how === "in clear" ? { ...secured, payload: inner.again() } : secured);
  return { ok: true, message: inner.message, text, value, again };
}

/** The payload as far as it can be read. */
function open(secured: Secured, deciphering: Deciphering | undefined): { how: string; inner: Reading | undefined } {
  const { payload, sqn } = secured;
  if (!ciphered(secured)) return { how: "in clear", inner: readPlain(payload) };
  if (deciphering !== undefined) {
    const { nea, key, direction, count = sqn } = deciphering;
    return { how: "deciphered", inner: readPlain(cipher(nea, key, { count, bearer: 1, direction }, payload)) };
  }
  // 5G-EA0 leaves the payload as it is (TS 33.501 §D.1): a payload that reads as a message is one.
  const inner = readPlain(payload);
  return inner.ok ? { how: "in clear", inner } : { how: "ciphered", inner: undefined };
}
