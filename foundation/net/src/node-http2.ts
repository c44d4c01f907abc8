import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { connect as connectTcp } from "node:net";
import { type Log, silentLog } from "@freehold/runtime";
import { familyOf, portError, showAddress } from "./address.ts";
import type { Address, Http2Port, HttpListener, HttpRequest, HttpResponse } from "./ports.ts";
import { PortError } from "./ports.ts";

export interface Http2Options {
  readonly log?: Log;
  /** Largest body taken, octets: a longer request is answered 413, a longer response rejects with EMSGSIZE. */
  readonly maxBody?: number;
  /** Streams that a peer may have open on one connection. */
  readonly maxStreams?: number;
  /** Connections that a listener holds, and those that one address may hold of them. */
  readonly maxConnections?: number;
  readonly maxConnectionsPerHost?: number;
  /** Milliseconds in which a new connection must have sent its preface and SETTINGS. */
  readonly greeting?: number;
  /** Milliseconds: a connection on which nothing moves is closed after the first, a request that stalls after the second. */
  readonly idle?: number;
  readonly stall?: number;
}

type Limits = Required<Omit<Http2Options, "log">>;
const preface = { maxHeaderListPairs: 64, maxSessionInvalidFrames: 64, maxSessionRejectedStreams: 64, maxSessionMemory: 16 };

/** HTTP/2 over cleartext TCP with prior knowledge (TS 29.500 §5.2.1), by node:http2. Client connections are kept, one per address. */
export function nodeHttp2(options: Http2Options = {}): Http2Port {
  const { log = silentLog, maxBody = 1 << 20, maxStreams = 1000, maxConnections = 1000, idle = 300_000, stall = 30_000 } = options;
  const { maxConnectionsPerHost = Math.ceil(maxConnections / 4), greeting = 5_000 } = options;
  const limits: Limits = { maxBody, maxStreams, maxConnections, maxConnectionsPerHost, greeting, idle, stall };
  const kept = new Map<string, Kept>();
  let closed = false;
  return {
    listen: (local, serve) => listen(local, serve, limits, log),
    async request(to, request, signal) {
      familyOf(to.host);
      for (let attempt = 1; ; attempt++) {
        if (closed) throw new PortError("ECANCELED", "the HTTP/2 port is closed");
        const connection = connectionTo(to, kept, limits);
        try {
          return await exchange(connection, to, request, limits, signal);
        } catch (error) {
          // A kept connection may have died since its last use; what the peer has certainly not processed is sent once more.
          if (attempt > 1 || !(error instanceof Unprocessed)) throw error instanceof Unprocessed ? error.error : error;
        }
      }
    },
    async close() {
      closed = true;
      const sessions = [...kept.values()];
      kept.clear();
      await Promise.all(
        sessions.map(({ session }) => {
          if (session.destroyed) return undefined;
          const { promise, resolve } = Promise.withResolvers<void>();
          session.once("close", resolve);
          session.destroy();
          return promise;
        }),
      );
    },
  };
}

/** The peer has not begun to process the request (RFC 9113 §8.7): it may be sent again. */
class Unprocessed extends Error {
  readonly error: PortError;
  constructor(error: PortError) {
    super(error.message);
    this.error = error;
  }
}

// ---- client ----------------------------------------------------------------------------------------------------

/** A connection kept for further requests. */
interface Kept {
  readonly session: ClientHttp2Session;
  /** Requests under way. */
  active: number;
  /** Of the peer's GOAWAY: streams above it were not processed. */
  lastStream: number;
}

function connectionTo(to: Address, kept: Map<string, Kept>, limits: Limits): Kept {
  const authority = showAddress(to);
  const found = kept.get(authority);
  if (found !== undefined && !found.session.closed && !found.session.destroyed) return found;
  const session = connect(`http://${authority}`, {
    ...preface,
    // The only place where this binding opens a connection.
    createConnection: () => connectTcp({ host: to.host, port: to.port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }),
    settings: { enablePush: false, initialWindowSize: 1 << 20, maxHeaderListSize: 32_768 },
  });
  const connection: Kept = { session, active: 0, lastStream: Number.POSITIVE_INFINITY };
  const forget = (): void => {
    if (kept.get(authority) === connection) kept.delete(authority);
  };
  session.on("error", forget); // each request hears of it by its own stream
  session.on("close", forget);
  session.on("goaway", (_code: number, lastStream: number) => {
    connection.lastStream = lastStream;
    forget();
  });
  session.setTimeout(limits.idle, () => session.close());
  session.unref(); // an idle connection keeps no process alive
  kept.set(authority, connection);
  return connection;
}

function exchange(connection: Kept, to: Address, request: HttpRequest, limits: Limits, signal?: AbortSignal): Promise<HttpResponse> {
  const { session } = connection;
  const what = `${request.method} http://${showAddress(to)}${request.path}`;
  return new Promise((resolve, reject) => {
    const aborted = (): PortError => new PortError("ABORT_ERR", `${what}: aborted`, { cause: signal?.reason });
    if (signal?.aborted) return reject(aborted());
    const open = (): ClientHttp2Stream | undefined => {
      try {
        const fields = { ":method": request.method, ":path": request.path, ...request.headers };
        return session.request(fields, { endStream: request.body.length === 0 });
      } catch (error) {
        const fault = portError(what, error);
        reject(session.closed || session.destroyed ? new Unprocessed(fault) : fault);
        return undefined;
      }
    };
    const stream = open();
    if (stream === undefined) return;
    if (connection.active++ === 0) session.ref();

    let response: { status: number; headers: Record<string, string> } | undefined;
    let complete = false;
    let fault: PortError | undefined;
    const body = new Body(limits.maxBody);
    const cancel = (error: PortError): void => {
      fault ??= error;
      stream.close(constants.NGHTTP2_CANCEL);
      reject(fault);
    };
    const onAbort = (): void => cancel(aborted());
    signal?.addEventListener("abort", onAbort, { once: true });
    stream.on("response", (received, flags) => {
      complete = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      response = { status: Number(received[":status"]), headers: plainHeaders(received) };
    });
    stream.on("data", (part: Uint8Array) => {
      if (!body.take(part)) cancel(new PortError("EMSGSIZE", `${what}: the response is longer than ${limits.maxBody} octets`));
    });
    stream.on("end", () => {
      complete = true;
    });
    stream.on("error", (error) => {
      fault ??= portError(what, error);
    });
    stream.on("close", () => {
      signal?.removeEventListener("abort", onAbort);
      if (--connection.active === 0) session.unref();
      if (fault === undefined && response !== undefined && complete) return resolve({ ...response, body: body.octets() });
      fault ??= new PortError("ECONNRESET", `${what}: the stream ended before the response (error code ${stream.rstCode})`);
      const unprocessed = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || (stream.id ?? 0) > connection.lastStream;
      reject(unprocessed ? new Unprocessed(fault) : fault);
    });
    if (request.body.length > 0) stream.end(request.body);
  });
}

// ---- server ----------------------------------------------------------------------------------------------------

type Serve = (request: HttpRequest, from: Address) => Promise<HttpResponse>;

async function listen(local: Address, serve: Serve, limits: Limits, log: Log): Promise<HttpListener> {
  const family = familyOf(local.host);
  const server = createServer({
    ...preface,
    // until the peer has acknowledged it, a header list is held to 65,535 octets instead
    settings: { enablePush: false, maxConcurrentStreams: limits.maxStreams, initialWindowSize: 1 << 18, maxHeaderListSize: 32_768 },
    // rapid reset: a peer that cancels faster than this loses its connection
    streamResetBurst: 1000,
    streamResetRate: 100,
    unknownProtocolTimeout: 1000,
  });
  server.maxConnections = limits.maxConnections;
  const sessions = new Set<ServerHttp2Session>();
  const perHost = new Map<string, number>();
  server.on("session", (session) => {
    const host = session.socket?.remoteAddress ?? "";
    const held = perHost.get(host) ?? 0;
    if (held >= limits.maxConnectionsPerHost) {
      log.debug("HTTP/2 connection refused: its host holds as many as it may", { local: showAddress(local), host });
      session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return;
    }
    perHost.set(host, held + 1);
    sessions.add(session);
    // Who says nothing would hold its place for as long as it likes: `idle` is for those that have spoken.
    const silent = setTimeout(() => session.destroy(), limits.greeting);
    session.once("remoteSettings", () => clearTimeout(silent));
    session.on("close", () => {
      clearTimeout(silent);
      sessions.delete(session);
      const left = (perHost.get(host) ?? 1) - 1;
      if (left > 0) perHost.set(host, left);
      else perHost.delete(host);
    });
    session.setTimeout(limits.idle, () => session.close());
  });
  server.on("sessionError", (error) => log.warn("HTTP/2 connection", { local: showAddress(local), error }));
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => take(stream, headers, serve, limits, log));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // The only place where this binding opens a listening socket.
    server.listen({ host: local.host, port: local.port, ipv6Only: family === 6, exclusive: true, backlog: 511 }, resolve);
  }).catch((error: unknown) => {
    throw portError(`listen HTTP/2 ${showAddress(local)}`, error);
  });
  server.on("error", (error) => log.warn("HTTP/2 listener", { local: showAddress(local), error }));
  return new NodeHttpListener(server, sessions);
}

class NodeHttpListener implements HttpListener {
  readonly local: Address;
  readonly #server: Http2Server;
  readonly #sessions: Set<ServerHttp2Session>;
  #closed: Promise<void> | undefined;

  constructor(server: Http2Server, sessions: Set<ServerHttp2Session>) {
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new PortError("EINVAL", "a listener without an address");
    this.local = { host: bound.address, port: bound.port };
    this.#server = server;
    this.#sessions = sessions;
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const session of this.#sessions) session.destroy();
    });
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The body of a 413 that no handler gets to answer, RFC 9457. */
const tooLarge = new TextEncoder().encode('{"title":"Content Too Large","status":413,"cause":"PAYLOAD_TOO_LARGE"}');

function take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, serve: Serve, limits: Limits, log: Log): void {
  const body = new Body(limits.maxBody);
  const answer = (status: number, fields: Readonly<Record<string, string>>, octets: Uint8Array): void => {
    if (stream.destroyed || stream.headersSent) return;
    stream.setTimeout(limits.stall, cancel);
    stream.respond({ ":status": status, ...fields }, { endStream: octets.length === 0 });
    if (octets.length > 0) stream.end(octets);
  };
  const cancel = (): void => stream.close(constants.NGHTTP2_CANCEL);
  const socket = stream.session?.socket;
  const from: Address = { host: socket?.remoteAddress ?? "", port: socket?.remotePort ?? 0 };
  stream.on("error", (error) => log.debug("HTTP/2 stream", { from: showAddress(from), error }));
  stream.setTimeout(limits.stall, cancel);
  stream.on("data", (part: Uint8Array) => {
    if (body.take(part)) return;
    if (stream.headersSent) return;
    answer(413, { "content-type": "application/problem+json" }, tooLarge);
    setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR)); // at once, the reset would overtake the answer
  });
  stream.on("end", () => {
    if (body.over || stream.closed || stream.destroyed) return; // cancelled in the middle
    stream.setTimeout(0); // the whole request is here; how long we take is ours to bound
    const request = { method: headers[":method"] ?? "", path: headers[":path"] ?? "", headers: plainHeaders(headers), body: body.octets() };
    const served = async (): Promise<void> => {
      const response = await serve(request, from);
      answer(response.status, response.headers, response.body);
    };
    served().catch((error: unknown) => {
      log.error("a request was not served", { method: request.method, path: request.path, error });
      answer(500, {}, new Uint8Array(0));
    });
  });
}

// ---- both ------------------------------------------------------------------------------------------------------

/** Gathers a body up to its bound. */
class Body {
  readonly #limit: number;
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get over(): boolean {
    return this.#length > this.#limit;
  }

  /** False once the bound is passed. */
  take(part: Uint8Array): boolean {
    this.#length += part.length;
    if (this.over) this.#parts.length = 0;
    else this.#parts.push(part);
    return !this.over;
  }

  octets(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(":") && value !== undefined) plain[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return plain;
}
