import { fromText, parseJson, type Result, toText } from "@freehold/wire";
import { type Part, readMultipart, writeMultipart } from "./multipart.ts";

/** JSON values whose Uint8Array members travel as binary parts: in the JSON stands `{contentId}` (RefToBinaryData, TS 29.571). */

const NAS = "application/vnd.3gpp.5gnas";
const NGAP = "application/vnd.3gpp.ngap";
/** The attribute's name tells what it holds: n1SmMsg, n1MessageContent, unknownN1SmInfo are NAS; n2SmInfo, ngapData are NGAP. */
const mediaOf = (property: string): string => (/^(unknown)?n1/i.test(property) ? NAS : NGAP);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** The same value with each Uint8Array replaced; a part that holds none is shared, not copied. */
function extract(value: unknown, property: string, parts: Part[]): unknown {
  if (value instanceof Uint8Array) {
    let id = property === "" ? "binary" : property;
    for (let n = 2; parts.some((p) => p.id === id); n++) id = `${property}-${n}`;
    parts.push({ type: mediaOf(property), id, content: value });
    return { contentId: id };
  }
  if (Array.isArray(value)) {
    const before = parts.length;
    const items = value.map((item) => extract(item, property, parts));
    return parts.length === before ? value : items;
  }
  if (!isObject(value)) return value;
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (typeof member !== "object" || member === null) continue;
    const replaced = extract(member, key, parts);
    if (replaced !== member) {
      copy ??= { ...value };
      copy[key] = replaced;
    }
  }
  return copy ?? value;
}

export function writeBody(value: unknown, media = "application/json"): { contentType: string; body: Uint8Array } {
  const parts: Part[] = [];
  const json = fromText(JSON.stringify(extract(value, "", parts)));
  if (parts.length === 0) return { contentType: media, body: json };
  return writeMultipart([{ type: "application/json", content: json }, ...parts]);
}

function restore(value: unknown, parts: ReadonlyMap<string, Uint8Array>): unknown {
  if (Array.isArray(value)) return value.map((item) => restore(item, parts));
  if (!isObject(value)) return value;
  const id = value["contentId"];
  if (typeof id === "string" && parts.has(id)) return parts.get(id);
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (typeof member === "object" && member !== null) value[key] = restore(member, parts);
  }
  return value;
}

export const mediaType = (contentType: string): string => contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";

/** JSON of any `+json` type, or multipart/related. The error's `field` is what was wrong: the multipart or the JSON. */
export function readBody(contentType: string, body: Uint8Array): Result<unknown> {
  if (mediaType(contentType) !== "multipart/related") return parseJson(toText(body));
  const read = readMultipart(contentType, body);
  if (typeof read === "string") return { ok: false, error: { kind: "invalid", field: "multipart", at: 0, detail: read } };
  const [first, ...rest] = read;
  const root = read.find((p) => /^application\/([\w.]+\+)?json/i.test(p.type)) ?? first;
  const parts = new Map(rest.concat(first ?? []).flatMap((p) => (p === root || p.id === undefined ? [] : [[p.id, p.content] as const])));
  const json = parseJson(toText(root?.content ?? new Uint8Array()));
  return json.ok ? { ok: true, value: restore(json.value, parts) } : json;
}
