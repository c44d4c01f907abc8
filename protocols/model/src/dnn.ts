import { bad, good, type Result } from "@freehold/wire";
import type { Brand } from "./brand.ts";

/** Data Network Name, TS 23.003 §9A: labels with dots between them, "internet" or "internet.mnc001.mcc001.gprs". Compare with `sameDnn`: case does not count. */
export type Dnn = Brand<string, "Dnn">;

const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;
/** Longest coded DNN, TS 23.003 §9.1. */
const maxOctets = 100;
const operatorIdentifier = /\.mnc[0-9]{3}\.mcc[0-9]{3}\.gprs$/i;

export function parseDnn(text: string): Result<Dnn> {
  const labels = text.split(".");
  let at = 0;
  for (const part of labels) {
    if (part.length === 0) return bad("invalid", "dnn", at, "empty label");
    if (part.length > 63) return bad("limit", "dnn", at, `label of ${part.length} octets, 63 at most`);
    if (!label.test(part)) return bad("invalid", "dnn", at, "a label has letters, digits and hyphens, and a hyphen neither first nor last");
    at += part.length + 1;
  }
  if (at > maxOctets) return bad("limit", "dnn", 0, `${at} octets coded, ${maxOctets} at most`);
  return good(text as Dnn);
}

/** A DNN of our own configuration or code; RangeError when it is none. */
export function dnn(text: string): Dnn {
  const made = parseDnn(text);
  if (!made.ok) throw new RangeError(`DNN "${text}": ${made.error.detail}`);
  return made.value;
}

/** Key of a DNN in a Map: its network identifier in lower case. */
export const dnnKey = (d: Dnn): string => d.replace(operatorIdentifier, "").toLowerCase();
/** Equal whatever the case; the operator identifier counts only when both have one. */
export function sameDnn(a: Dnn, b: Dnn): boolean {
  if (operatorIdentifier.test(a) && operatorIdentifier.test(b)) return a.toLowerCase() === b.toLowerCase();
  return dnnKey(a) === dnnKey(b);
}

/** Each label after its length (TS 23.003 §9.1, contents of TS 24.501 §9.11.2.1B). */
export function dnnOctets(d: Dnn): Uint8Array {
  const octets = new Uint8Array(d.length + 1);
  // A dot becomes the length of the label after it.
  for (let at = 0; at < octets.length; ) {
    const dot = d.indexOf(".", at);
    const end = dot < 0 ? d.length : dot;
    octets[at] = end - at;
    for (let i = at; i < end; i++) octets[i + 1] = d.charCodeAt(i);
    at = end + 1;
  }
  return octets;
}

export function dnnFromOctets(octets: Uint8Array): Result<Dnn> {
  if (octets.length === 0) return bad("truncated", "dnn", 0, "no label");
  if (octets.length > maxOctets) return bad("limit", "dnn", 0, `${octets.length} octets, ${maxOctets} at most`);
  const labels: string[] = [];
  for (let at = 0; at < octets.length; ) {
    const length = octets[at]!;
    if (length === 0) return bad("invalid", "dnn", at, "empty label");
    if (length > 63) return bad("limit", "dnn", at, `label of ${length} octets, 63 at most`);
    if (at + 1 + length > octets.length) return bad("truncated", "dnn", at, `label of ${length} octets, ${octets.length - at - 1} left`);
    let part = "";
    for (let i = at + 1; i <= at + length; i++) part += String.fromCharCode(octets[i]!);
    if (!label.test(part))
      return bad("invalid", "dnn", at + 1, "a label has letters, digits and hyphens, and a hyphen neither first nor last");
    labels.push(part);
    at += 1 + length;
  }
  return good(labels.join(".") as Dnn);
}
