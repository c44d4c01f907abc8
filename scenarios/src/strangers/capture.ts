/** Other people's traces: what a gNB and an AMF that nobody here wrote said to each other, with the keys of the phone. */
import { existsSync, readFileSync } from "node:fs";
import { decode as decodeNas, decodeSecured, isSecured, type NasMessage } from "@freehold/nas";
import { decode, type Pdu } from "@freehold/ngap";
import { explain, hex } from "@freehold/wire";

/** One NGAP PDU of a trace. */
export interface TracedPdu {
  readonly frame: number;
  readonly bytes: Uint8Array;
  readonly pdu: Pdu;
}

/** The phone of a trace, as the chains file gives it. */
export interface TracedPhone {
  readonly supi: string;
  readonly k: string;
  readonly opc: string;
  /** Authentication management field, four hexadecimal digits. */
  readonly amf: string;
  /** Where the challenge that it answered stands. */
  readonly authRequestFrame: number;
}

export interface Trace {
  readonly name: string;
  readonly pdus: readonly TracedPdu[];
  readonly phones: readonly TracedPhone[];
}

/** A trace as plain data: what `loadTrace` reads from the specs, and what a vector file of ours holds. */
export interface TraceFile {
  readonly name: string;
  readonly pdus: readonly { readonly frame: number; readonly ngap: string }[];
  readonly phones: readonly TracedPhone[];
}

/** Where the specification folder lies, if it does. */
export function specsFolder(): string | undefined {
  const folder = process.env["FREEHOLD_SPECS"] ?? new URL("../../../../shared/specs", import.meta.url).pathname;
  return existsSync(`${folder}/oracle/captures`) ? folder : undefined;
}

interface OracleFrame {
  readonly frame: number;
  readonly ngapHex?: string | readonly string[];
  readonly pfcpHex?: string | readonly string[];
}

const framesOf = (specs: string, capture: string): readonly OracleFrame[] =>
  (JSON.parse(readFileSync(`${specs}/oracle/captures/${capture}.json`, "utf8")) as { frames: OracleFrame[] }).frames;

const listed = (hexes: string | readonly string[] | undefined): readonly string[] =>
  hexes === undefined ? [] : typeof hexes === "string" ? [hexes] : hexes;

/** NGAP of a capture between two frames, and the phones of the chains file whose challenges lie there. */
export function loadTrace(specs: string, capture: string, [first, last]: readonly [number, number]): Trace {
  const pdus = framesOf(specs, capture)
    .filter(({ frame }) => frame >= first && frame <= last)
    .flatMap(({ frame, ngapHex }) => listed(ngapHex).map((ngap) => ({ frame, ngap })));
  const { chains } = JSON.parse(readFileSync(`${specs}/vectors/5gaka-nas-chains.json`, "utf8")) as {
    chains: { capture: string; authRequestFrame: number; supi: string; K: string; OPc: string; amf: string }[];
  };
  const phones = chains
    .filter((c) => c.capture === capture && c.authRequestFrame >= first && c.authRequestFrame <= last)
    .map(({ supi, K, OPc, amf, authRequestFrame }) => ({ supi, k: K, opc: OPc, amf, authRequestFrame }));
  return readTrace({ name: capture, pdus, phones });
}

export function readTrace({ name, pdus, phones }: TraceFile): Trace {
  return {
    name,
    phones,
    pdus: pdus.map(({ frame, ngap }) => {
      const bytes = hex(ngap);
      // Some cores put IEs in another order than the table's; that is part of what a stranger does.
      const read = decode(bytes, { order: "any" });
      if (!read.ok) throw new Error(`${name} frame ${frame}: ${explain(read.error)}`);
      return { frame, bytes, pdu: read.value };
    }),
  };
}

/** NGAP messages of a capture. */
export const ngapOf = (specs: string, capture: string): readonly { readonly frame: number; readonly bytes: Uint8Array }[] =>
  framesOf(specs, capture).flatMap(({ frame, ngapHex }) => listed(ngapHex).map((bytes) => ({ frame, bytes: hex(bytes) })));

/** PFCP messages of a capture. */
export const pfcpOf = (specs: string, capture: string): readonly { readonly frame: number; readonly bytes: Uint8Array }[] =>
  framesOf(specs, capture).flatMap(({ frame, pfcpHex }) => listed(pfcpHex).map((bytes) => ({ frame, bytes: hex(bytes) })));

const fromAmf = new Set<string>([
  "NGSetupResponse",
  "DownlinkNASTransport",
  "InitialContextSetupRequest",
  "PDUSessionResourceSetupRequest",
  "PDUSessionResourceReleaseCommand",
  "UEContextReleaseCommand",
]);
export const isDownlink = (pdu: Pdu): boolean => fromAmf.has(pdu.is);

/** One NAS message as it stood in an NGAP PDU. */
export interface CarriedNas {
  /** Its name; that of what cannot be read says why. */
  readonly is: string;
  readonly message: NasMessage | undefined;
  readonly secured: { readonly headerType: number; readonly sqn: number; readonly mac: Uint8Array } | undefined;
  /** Security header type of the message under protection: 0 unless the sender is wrong. */
  readonly innerHeaderType: number;
  readonly plain: Uint8Array;
}

/** Reads NAS that is not ciphered (all captures have NEA0). */
export function readNas(bytes: Uint8Array): CarriedNas {
  const header = isSecured(bytes) ? decodeSecured(bytes) : undefined;
  if (header !== undefined && !header.ok) {
    return { is: `unreadable: ${header.error.detail}`, message: undefined, secured: undefined, innerHeaderType: 0, plain: bytes };
  }
  const plain = header === undefined ? bytes : header.value.payload;
  const secured =
    header === undefined ? undefined : { headerType: header.value.securityHeaderType, sqn: header.value.sqn, mac: header.value.mac };
  // A core of 2020 repeats the outer header type in the message under protection, where TS 24.501 §9.1.1 has 0.
  const innerHeaderType = secured === undefined ? 0 : (plain[1] ?? 0) & 15;
  const read = decodeNas(innerHeaderType === 0 ? plain : plain.with(1, plain[1]! & 0xf0));
  return read.ok
    ? { is: read.value.is, message: read.value, secured, innerHeaderType, plain }
    : { is: `unreadable: ${read.error.detail}`, message: undefined, secured, innerHeaderType, plain };
}

/** The NAS messages in a PDU: of itself, and of its PDU sessions. */
export function nasOf(pdu: Pdu): readonly CarriedNas[] {
  const found: Uint8Array[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
    for (const [key, inner] of Object.entries(value)) {
      if (inner instanceof Uint8Array && nasKeys.has(key)) found.push(inner);
      else visit(inner);
    }
  };
  visit(pdu.ies);
  return found.map(readNas);
}

/** The components of NGAP that hold NAS. */
export const nasKeys: ReadonlySet<string> = new Set(["nasPdu", "nASPDU", "pDUSessionNASPDU"]);
