/** An HTTP/1.0 responder: RFC 1945, one request a connection. */
import { concat, fromText, toText } from "@freehold/wire";
import type { TcpConnection, TcpHandler } from "./tcp.ts";

export interface WebRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  /** The client's address, "10.45.0.2". */
  readonly client: string;
}
export interface WebResponse {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array;
}

const maxRequest = 8_192;
const phrases: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
};

const dotted = (address: number): string => `${address >>> 24}.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`;
const plain = (status: number): WebResponse => ({ status, type: "text/plain", body: fromText(`${status} ${phrases[status] ?? ""}\n`) });

/** Reads the request of a connection, answers it and closes. */
export function httpHandler(connection: TcpConnection, respond: (request: WebRequest) => WebResponse): TcpHandler {
  let received = new Uint8Array(0);
  let answered = false;
  const answer = ({ status, type, body }: WebResponse, withBody = true): void => {
    answered = true;
    const head = `HTTP/1.0 ${status} ${phrases[status] ?? "Status"}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    connection.write(fromText(head));
    if (withBody) connection.write(body);
    connection.end();
  };
  return {
    onData(octets) {
      if (answered) return;
      received = concat(received, octets) as Uint8Array<ArrayBuffer>;
      const text = toText(received);
      const end = text.search(/\r?\n\r?\n/);
      if (end < 0) {
        if (received.length > maxRequest) answer(plain(413));
        return;
      }
      const [line = "", ...headers] = text.slice(0, end).split(/\r?\n/);
      const request = /^([A-Z]+) (\S+)(?: HTTP\/1\.[01])?$/.exec(line);
      if (request === null) answer(plain(400));
      else if (request[1] !== "GET" && request[1] !== "HEAD") answer(plain(405));
      else {
        const host = headers.map((header) => /^host:\s*(\S+)/i.exec(header)?.[1]).find((one) => one !== undefined);
        answer(respond({ method: request[1], path: request[2]!, host, client: dotted(connection.client) }), request[1] === "GET");
      }
    },
    onEnd() {
      if (!answered) answer(plain(400));
    },
  };
}

/** A page that says who asked; `/octets/N` gives N octets, for measuring (10 million at most). */
export function demoPage({ path, client, host }: WebRequest): WebResponse {
  const octets = /^\/octets\/(\d{1,8})$/.exec(path);
  if (octets !== null) {
    const count = Number(octets[1]);
    if (count > 10_000_000) return plain(413);
    return { status: 200, type: "application/octet-stream", body: new Uint8Array(count).map((_, i) => 48 + (i % 10)) };
  }
  if (path !== "/" && path !== "/index.html") return plain(404);
  return {
    status: 200,
    type: "text/plain",
    body: fromText(`Hello from the data network${host === undefined ? "" : ` (${host})`}.\nYour phone's address is ${client}.\n`),
  };
}
