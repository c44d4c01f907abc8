import { fromText, toText } from "@freehold/wire";
import { NoAnswer } from "../errors.ts";
import type { Session } from "../sm/session.ts";
import type { IpWorld } from "./stack.ts";
import { exchange } from "./tcp.ts";

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Octets of a response that a phone takes. */
const limit = 4 << 20;

/** Where the head ends, or -1. */
function headEnd(bytes: Uint8Array): number {
  for (let i = 0; i + 3 < bytes.length; i++) {
    if (bytes[i] === 13 && bytes[i + 1] === 10 && bytes[i + 2] === 13 && bytes[i + 3] === 10) return i;
  }
  return -1;
}

/** HTTP/1.0 GET (RFC 1945) over a session's own TCP: the server closes at the end. Rejects with NoAnswer. */
export async function httpGet(
  session: Session,
  world: IpWorld,
  address: string,
  path = "/",
  { port = 80, host = address }: { readonly port?: number; readonly host?: string } = {},
): Promise<HttpResponse> {
  if (/[\r\n ]/.test(path) || /[\r\n ]/.test(host)) throw new RangeError("no line break or space in a path or host");
  const request = fromText(`GET ${path} HTTP/1.0\r\nHost: ${host}\r\nUser-Agent: Freehold\r\nConnection: close\r\n\r\n`);
  const bytes = await exchange(session, world, { address, port }, request, limit);
  const end = headEnd(bytes);
  const [statusLine = "", ...lines] = toText(bytes.subarray(0, Math.max(end, 0))).split("\r\n");
  const status = /^HTTP\/1\.[01] ([0-9]{3})/.exec(statusLine)?.[1];
  if (end < 0 || status === undefined) throw new NoAnswer("HTTP", "what came back is not a response");
  const headers = Object.fromEntries(
    lines.flatMap((line) => {
      const colon = line.indexOf(":");
      return colon < 1 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]];
    }),
  );
  const body = bytes.slice(end + 4);
  const said = Number(headers["content-length"]);
  if (Number.isInteger(said) && body.length < said) throw new NoAnswer("HTTP", `${body.length} of ${said} octets of body`);
  return { status: Number(status), headers, body };
}
