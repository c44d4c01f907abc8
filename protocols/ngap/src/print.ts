/** Messages as text for people: a tree with the names of the standard, octets in hex. */
import type { BitString } from "@freehold/asn1";
import { toHex } from "@freehold/wire";
import type { Message, Pdu } from "./codec.ts";

const isBits = (value: object): value is BitString =>
  "bits" in value && "length" in value && value.bits instanceof Uint8Array && typeof value.length === "number";

function scalar(value: unknown): string | undefined {
  if (value instanceof Uint8Array) return value.length === 0 ? "(no octets)" : toHex(value);
  if (value === null) return "NULL";
  if (typeof value === "string") return value;
  if (typeof value !== "object") return String(value);
  if (isBits(value)) return `${toHex(value.bits)} (${value.length} bits)`;
  if (Array.isArray(value) && value.length === 0) return "(empty)";
  return undefined;
}

function lines(name: string, value: unknown, indent: string, out: string[]): void {
  const text = scalar(value);
  if (text !== undefined) out.push(`${indent}${name}: ${text}`);
  else if (Array.isArray(value)) {
    out.push(`${indent}${name}: ${value.length}`);
    for (const [i, item] of value.entries()) lines(`[${i}]`, item, `${indent}  `, out);
  } else {
    const record = value as Readonly<Record<string, unknown>>;
    if (typeof record["choice"] === "string") lines(`${name}: ${record["choice"]}`, record["value"], indent, out);
    else {
      out.push(`${indent}${name}`);
      for (const [key, each] of Object.entries(record)) if (each !== undefined && key !== "received") lines(key, each, `${indent}  `, out);
    }
  }
}

/** A message, one field a line. */
export function print(pdu: Message | Pdu): string {
  const header = "procedureCode" in pdu ? `${pdu.is} (${pdu.kind}, procedure ${pdu.procedureCode}, ${pdu.criticality})` : pdu.is;
  const out: string[] = [];
  lines(header, pdu.ies, "", out);
  return out.join("\n");
}

/** Any value of an NGAP type, such as a decoded transfer, under a name. */
export function printValue(name: string, value: unknown): string {
  const out: string[] = [];
  lines(name, value, "", out);
  return out.join("\n");
}
