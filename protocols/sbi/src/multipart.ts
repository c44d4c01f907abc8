import { concat, fromText, toText } from "@freehold/wire";

/** multipart/related as TS 29.500 §5.2.2.2 (unchecked) uses it: one JSON part, then binary parts named by Content-Id. */

export interface Part {
  readonly type: string;
  readonly id?: string;
  readonly content: Uint8Array;
}

const MOST_PARTS = 10;
const MOST_HEADER_OCTETS = 2_048;
const CRLF = fromText("\r\n");
const HEADER_END = fromText("\r\n\r\n");

function find(haystack: Uint8Array, needle: Uint8Array, from: number): number {
  const first = needle[0] ?? 0;
  for (let at = haystack.indexOf(first, from); at >= 0; at = haystack.indexOf(first, at + 1)) {
    let i = 1;
    while (i < needle.length && haystack[at + i] === needle[i]) i++;
    if (i === needle.length) return at;
  }
  return -1;
}

export function writeMultipart(parts: readonly Part[]): { contentType: string; body: Uint8Array } {
  // A boundary that no part contains; the first almost always will do.
  let boundary = "freehold";
  for (let n = 0; parts.some((p) => find(p.content, fromText(`--${boundary}`), 0) >= 0); n++) boundary = `freehold-${n}`;
  const chunks: Uint8Array[] = [];
  for (const { type, id, content } of parts) {
    const named = id === undefined ? "" : `Content-Id: ${id}\r\n`;
    chunks.push(fromText(`--${boundary}\r\nContent-Type: ${type}\r\n${named}\r\n`), content, CRLF);
  }
  chunks.push(fromText(`--${boundary}--\r\n`));
  return { contentType: `multipart/related; boundary=${boundary}`, body: concat(...chunks) };
}

/** The parts, or one sentence on what is wrong. */
export function readMultipart(contentType: string, body: Uint8Array): readonly Part[] | string {
  const named = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  const boundary = named?.[1] ?? named?.[2];
  if (boundary === undefined) return "no boundary, or one of more than 70 characters";
  const delimiter = fromText(`--${boundary}`);
  const parts: Part[] = [];
  let at = find(body, delimiter, 0);
  if (at < 0) return "the boundary does not occur";
  for (;;) {
    at += delimiter.length;
    if (body[at] === 0x2d && body[at + 1] === 0x2d) return parts.length > 0 ? parts : "no parts";
    while (body[at] === 0x20 || body[at] === 0x09) at++;
    if (body[at] !== 0x0d || body[at + 1] !== 0x0a) return "a boundary without a line end";
    // A part without headers begins with an empty line, so the line end of the boundary may be the first of the two.
    const headerEnd = find(body, HEADER_END, at);
    if (headerEnd < 0) return "a part whose headers do not end";
    if (headerEnd - at > MOST_HEADER_OCTETS) return "a part with too many headers";
    const start = headerEnd + HEADER_END.length;
    const end = find(body, concat(CRLF, delimiter), headerEnd + 2);
    if (end < 0) return "the closing boundary is missing";
    if (parts.length === MOST_PARTS) return `more than ${MOST_PARTS} parts`;
    const headers = toText(body.subarray(at, headerEnd));
    const header = (name: string): string | undefined => new RegExp(`\\r\\n${name}:[ \\t]*([^\\r\\n]*)`, "i").exec(headers)?.[1]?.trim();
    const id = header("content-id");
    parts.push({
      type: header("content-type") ?? "application/json",
      ...(id !== undefined && { id: id.replace(/^<(.*)>$/, "$1") }),
      content: body.slice(start, Math.max(start, end)),
    });
    at = end + CRLF.length;
  }
}
