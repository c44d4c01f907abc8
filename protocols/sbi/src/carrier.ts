import { type Http2Port, type HttpListener, type HttpRequest, type HttpResponse, PortError } from "@freehold/net";
import { type Answer, SbiTransportError } from "./answer.ts";
import type { SbiServer } from "./server.ts";
import type { Operation } from "./service.ts";
import { parseUri, type Target } from "./uri.ts";
import { readAnswer, writeRequest } from "./wire-form.ts";

/** One call on its way: the operation at an absolute base (apiRoot and service, or a callback URI). */
export interface Outgoing {
  readonly op: Operation;
  readonly base: string;
  /** `base` in its parts; undefined where it is no absolute http URI. */
  readonly target: Target | undefined;
  readonly input: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** How calls travel. Rejects with `SbiTransportError` or the signal's reason. Carriers wrap carriers. */
export interface Carrier {
  call(out: Outgoing): Promise<Answer<unknown, unknown>>;
}

/** Sends one request and gives the response; rejects with `SbiTransportError`. */
type Transport = (target: Target, request: HttpRequest, out: Outgoing) => Promise<HttpResponse>;

const MOST_REDIRECTS = 5;

/** A call in the wire's form over any transport: 307 and 308 are followed, the method kept (TS 29.500 §6.10.9, unchecked). */
async function exchange(out: Outgoing, transport: Transport): Promise<Answer<unknown, unknown>> {
  const { op, input, headers } = out;
  let { target } = out;
  if (target === undefined) throw new SbiTransportError(op.name, "not an absolute http URI", false);
  let request = writeRequest(op, target.path, input, headers);
  for (let hops = 0; ; hops++) {
    const response = await transport(target, request, out);
    if (response.status !== 307 && response.status !== 308) {
      const given = readAnswer(op, response);
      if (typeof given === "string") throw new SbiTransportError(op.name, given);
      return given;
    }
    const next = parseUri(response.headers["location"] ?? "");
    if (next === undefined) throw new SbiTransportError(op.name, `${response.status} without an absolute Location`, false);
    if (hops === MOST_REDIRECTS) throw new SbiTransportError(op.name, `more than ${MOST_REDIRECTS} redirections`, false);
    target = next;
    request = { ...request, path: next.path };
  }
}

/** The NFs of one process by origin. */
export class LocalNetwork {
  readonly #servers = new Map<string, SbiServer>();

  /** RangeError when another has this origin. */
  attach(server: SbiServer): Disposable {
    const { origin } = server;
    if (this.#servers.has(origin)) throw new RangeError(`${origin} is taken`);
    this.#servers.set(origin, server);
    return { [Symbol.dispose]: () => void this.#servers.delete(origin) };
  }

  at(origin: string): SbiServer | undefined {
    return this.#servers.get(origin);
  }
}

/**
 * In one process. `form: "frozen"` hands values over by reference, frozen, so that whoever changes what it was handed is found out; `"shared"`
 * is the same without the proof, which costs more than the call; `"wire"` writes and reads the whole HTTP form and passes the same door as a
 * stranger would. What is not in the process goes to `otherwise`, or is unreachable.
 */
export function local(
  network: LocalNetwork,
  { form = "frozen", otherwise }: { form?: "frozen" | "shared" | "wire"; otherwise?: Carrier } = {},
): Carrier {
  const nothingAt = (op: Operation, where: string): Error => new SbiTransportError(op.name, `nothing at ${where}`, false);
  return {
    call(out) {
      const { op, target } = out;
      if (target === undefined) return Promise.reject(nothingAt(op, "a URI that is not absolute"));
      const server = network.at(target.origin);
      if (server === undefined) return otherwise === undefined ? Promise.reject(nothingAt(op, target.origin)) : otherwise.call(out);
      if (form !== "wire") return server.direct(op, target.path, out.input, out, form);
      return exchange(out, (to, request) => network.at(to.origin)?.handle(request) ?? Promise.reject(nothingAt(op, to.origin)));
    },
  };
}

/** Nobody heard of a request that failed so. */
const neverLeft: ReadonlySet<string> = new Set(["ECONNREFUSED", "UNDECLARED", "EINVAL"]);

/** HTTP/2 with prior knowledge. The port takes addresses only: a name is refused there, by a function's door as a question that nobody declared. */
export function http2(port: Http2Port): Carrier {
  return {
    call: (out) =>
      exchange(out, async (target, request) => {
        if (target.secure) throw new SbiTransportError(out.op.name, `wants http, not ${target.origin}`, false);
        try {
          return await port.request({ host: target.host, port: target.port }, request, out.signal);
        } catch (error) {
          if (out.signal.aborted) throw out.signal.reason;
          if (!(error instanceof PortError)) throw error;
          // Not the port's own words: they hold the path, and the path a subscriber's identity.
          throw new SbiTransportError(out.op.name, `${error.code} at ${target.origin}`, !neverLeft.has(error.code));
        }
      }),
  };
}

/** Puts a server on a socket at the address of its apiRoot. Rejects with `PortError`. */
export function listen(port: Http2Port, server: SbiServer, record?: ServerRecorder): Promise<HttpListener> {
  const target = parseUri(server.apiRoot);
  if (target === undefined) throw new RangeError(server.apiRoot);
  const { host, port: number } = target;
  return port.listen({ host, port: number }, (request, from) => (record ? record(server, request, from) : server.handle(request)));
}

/** Serves one request and writes it down. */
export type ServerRecorder = (
  server: SbiServer,
  request: HttpRequest,
  from: { readonly host: string; readonly port: number },
) => Promise<HttpResponse>;
