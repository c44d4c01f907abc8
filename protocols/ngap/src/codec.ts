/** The bytes of NGAP: PDUs (TS 38.413 9.4), and types that travel inside octet strings, such as the transfers of PDU sessions. */
import { type DecodeOptions, type Finding, Per, type PerReader } from "@freehold/asn1";
import type { WireError } from "@freehold/wire";
import { procedures } from "./generated/procedures.js";
import { schema } from "./generated/schema.js";
import type { Cause, Criticality, MessageKind, MessageName, ReceivedTypes, Types } from "./generated/types.d.ts";

/** A message to send. `criticality` is that of the procedure unless given. */
export type Message<N extends MessageName = MessageName> = {
  readonly [M in N]: { readonly is: M; readonly ies: Types[M]; readonly criticality?: Criticality };
}[N];

/** A type as received: a mandatory IE whose criticality is not reject may be absent (10.3.5). */
export type ReceivedType<N extends keyof Types> = N extends keyof ReceivedTypes ? ReceivedTypes[N] : Types[N];

/** A message as received. */
export type Pdu<N extends MessageName = MessageName> = {
  readonly [M in N]: {
    readonly is: M;
    readonly procedureCode: number;
    readonly kind: MessageKind;
    readonly criticality: Criticality;
    readonly ies: ReceivedType<M>;
  };
}[N];

export type { Finding };
export type ProtocolCause = Extract<Cause, { choice: "protocol" }>["value"];

/** How clause 10.3 wants findings answered; `none`: in the log only. */
export type Answer = "none" | "response" | "unsuccessful-outcome" | "error-indication";

/** What is known of a message that cannot be used: enough to answer it by clauses 10.2 to 10.5. */
export interface Refusal {
  readonly ok: false;
  readonly error: WireError;
  /** The Cause to answer with. */
  readonly cause: ProtocolCause;
  readonly answer: Answer;
  readonly is?: MessageName;
  readonly procedureCode?: number;
  readonly kind?: MessageKind;
  readonly criticality?: Criticality;
  /** IEs read before the error, as far as there are any. */
  readonly ies: Readonly<Record<string, unknown>> & { readonly amfUeNgapId?: number; readonly ranUeNgapId?: number };
  readonly findings: readonly Finding[];
}

export interface Acceptance<T> {
  readonly ok: true;
  readonly value: T;
  /** IEs not understood or missing that do not stop the procedure (10.3.4.2, 10.3.5); empty as a rule. */
  readonly findings: readonly Finding[];
  /** Whether the peer wants to hear of them: not `none` when one has criticality notify. */
  readonly answer: Answer;
}

export interface PduOptions extends DecodeOptions {
  /** IEs in another order than that of the table: refused (10.3.6) unless `any`. */
  readonly order?: "table" | "any";
}

/** A row of `procedures`. */
export interface Procedure {
  readonly name: string;
  readonly code: number;
  readonly criticality: Criticality;
  readonly initiatingMessage: MessageName;
  readonly successfulOutcome?: MessageName;
  readonly unsuccessfulOutcome?: MessageName;
}

const kinds = ["initiatingMessage", "successfulOutcome", "unsuccessfulOutcome"] as const;
const per = new Per(schema, "aligned");
const byCode: ReadonlyMap<number, Procedure> = new Map(procedures.map((row: Procedure) => [row.code, row]));
const byName: ReadonlyMap<string, { readonly row: Procedure; readonly kind: number }> = new Map(
  procedures.flatMap((row: Procedure) =>
    kinds.flatMap((kind, i) => (row[kind] === undefined ? [] : [[row[kind], { row, kind: i }] as const])),
  ),
);

/** The procedure of a code, if there is one in this version. */
export const procedureOf = (code: number): Procedure | undefined => byCode.get(code);

/** Which procedure a message belongs to, and as what. */
export function placeOf(is: MessageName): { readonly procedure: Procedure; readonly kind: MessageKind } {
  const place = byName.get(is);
  if (place === undefined) throw new TypeError(`no message ${is}`);
  return { procedure: place.row, kind: kinds[place.kind]! };
}

/** Encodes a message. Throws `EncodeFault`, a RangeError that names the field, when a value is not one that its type allows. */
export function encode(pdu: Message | Pdu): Uint8Array {
  const place = byName.get(pdu.is);
  if (place === undefined) throw new TypeError(`no message ${pdu.is}`);
  const { row, kind } = place;
  return per.write((w) => {
    w.bit(0);
    w.constrained(kind, kinds.length);
    w.constrained(row.code, 256);
    w.bits(criticalities.indexOf(pdu.criticality ?? row.criticality), 2);
    w.open(per.codec(pdu.is).encode, pdu.ies);
  });
}

const criticalities: readonly Criticality[] = ["reject", "ignore", "notify"];

interface Header {
  kind?: MessageKind;
  procedureCode?: number;
  criticality?: Criticality;
  is?: MessageName;
}

function readHeader(r: PerReader, header: Header): void {
  if (r.bit() === 1) throw r.invalid("a kind of message of a later version");
  header.kind = kinds[r.constrained(kinds.length)];
  if (header.kind === undefined) throw r.invalid("kind of message 3");
  header.procedureCode = r.constrained(256);
  header.criticality = criticalities[r.bits(2)];
  if (header.criticality === undefined) throw r.invalid("criticality 3");
  header.is = byCode.get(header.procedureCode)?.[header.kind];
}

/**
 * Decodes a message and judges it by clause 10.3: findings that must stop the procedure refuse it, others come with it.
 * Never throws for what is in the bytes. Octets after the PDU are ignored unless `trailing` is `refuse`.
 */
export function decode(bytes: Uint8Array, options: PduOptions = {}): Acceptance<Pdu> | Refusal {
  const header: Header = {};
  const decoded = per.read("ngapPdu", bytes, options, (r) => {
    readHeader(r, header);
    return r.open(header.is === undefined ? () => undefined : per.codec(header.is).decode);
  });
  const findings = options.order === "any" ? decoded.findings.filter((f) => f.kind !== "order") : decoded.findings;
  if (!decoded.ok) {
    const { partial } = decoded;
    const error = { ...decoded.error, field: decoded.error.field.replace(/^ngapPdu/, header.is ?? "ngapPdu") };
    return {
      ok: false,
      error,
      cause: causeOfFault(error),
      answer: header.is === "ErrorIndication" ? "none" : "error-indication",
      ...header,
      ies: partial ?? {},
      findings,
    };
  }
  const { is, kind, procedureCode, criticality } = header;
  if (is === undefined || kind === undefined || procedureCode === undefined || criticality === undefined) {
    const error: WireError = { kind: "unknown", field: "ngapPdu.procedureCode", at: 1, detail: `no ${kind} of procedure ${procedureCode}` };
    return {
      ok: false,
      error,
      cause: causeOf(criticality),
      answer: criticality === "ignore" ? "none" : "error-indication",
      ...header,
      ies: {},
      findings,
    };
  }
  const ies = decoded.value as Record<string, unknown>;
  const worst = gravest(findings);
  if (worst !== undefined) {
    return {
      ok: false,
      ...refusal(is, worst),
      answer: answerTo(is, "refused"),
      ...header,
      ies,
      findings,
    };
  }
  const notify = findings.some((f) => f.criticality === "notify");
  // The table of types says which message has which IEs; the decoder was the one of that message.
  const value = { is, procedureCode, kind, criticality, ies } as unknown as Pdu;
  return { ok: true, value, findings, answer: notify ? answerTo(is, "noted") : "none" };
}

/** The finding that refuses a message, if one does: falsely constructed before not understood. */
function gravest(findings: readonly Finding[]): Finding | undefined {
  return findings.find((f) => f.kind === "order" || f.kind === "repeated") ?? findings.find((f) => f.criticality === "reject");
}

function refusal(name: string, f: Finding): { error: WireError; cause: ProtocolCause } {
  const field = `${name}.${f.field}`;
  switch (f.kind) {
    case "order":
      return {
        error: { kind: "unexpected", field, at: f.at, detail: "in the wrong order" },
        cause: "abstract-syntax-error-falsely-constructed-message",
      };
    case "repeated":
      return {
        error: { kind: "unexpected", field, at: f.at, detail: "more than once" },
        cause: "abstract-syntax-error-falsely-constructed-message",
      };
    case "missing":
      return { error: { kind: "missing", field, at: f.at, detail: "mandatory and absent" }, cause: "abstract-syntax-error-reject" };
    case "not-understood":
      return {
        error: { kind: "unknown", field, at: f.at, detail: "not understood, and to be rejected" },
        cause: "abstract-syntax-error-reject",
      };
  }
}

const causeOf = (criticality: Criticality | undefined): ProtocolCause =>
  criticality === "reject" ? "abstract-syntax-error-reject" : "abstract-syntax-error-ignore-and-notify";

/** Outside of protocol IEs a value of a later version has no criticality of its own. */
const causeOfFault = (error: WireError): ProtocolCause =>
  error.kind === "unknown" ? "abstract-syntax-error-reject" : "transfer-syntax-error";

/** Clauses 10.3.4.2, 10.3.5, 10.3.6 and 10.5 in one place. */
function answerTo(is: MessageName, what: "refused" | "noted"): Answer {
  if (is === "ErrorIndication") return "none";
  const { procedure, kind } = placeOf(is);
  if (kind !== "initiatingMessage") return what === "noted" ? "error-indication" : "none";
  if (what === "noted") return procedure.successfulOutcome === undefined ? "error-indication" : "response";
  return procedure.unsuccessfulOutcome === undefined ? "error-indication" : "unsuccessful-outcome";
}

/** Encodes a named type, such as "PDUSessionResourceSetupRequestTransfer", to be carried in an octet string. Throws as `encode`. */
export function encodeType<N extends keyof Types>(type: N, value: Types[N]): Uint8Array {
  return per.encode(type, value);
}

export type DecodedType<T> =
  | { readonly ok: true; readonly value: T; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly error: WireError; readonly cause: ProtocolCause; readonly findings: readonly Finding[] };

/** Decodes a named type out of an octet string; IEs in it are judged as those of a message. */
export function decodeType<N extends keyof Types>(type: N, bytes: Uint8Array, options: PduOptions = {}): DecodedType<ReceivedType<N>> {
  const decoded = per.decode(type, bytes, options);
  const findings = options.order === "any" ? decoded.findings.filter((f) => f.kind !== "order") : decoded.findings;
  if (!decoded.ok) return { ok: false, error: decoded.error, cause: causeOfFault(decoded.error), findings };
  const worst = gravest(findings);
  if (worst !== undefined) return { ok: false, ...refusal(type, worst), findings };
  return { ok: true, value: decoded.value as ReceivedType<N>, findings };
}
