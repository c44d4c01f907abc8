import { portError, showAddress } from "./address.ts";
import { type Fabric, sourceOf } from "./fabric.ts";
import type { Address, Http2Port, HttpListener, HttpRequest, HttpResponse } from "./ports.ts";
import { PortError } from "./ports.ts";

const maxBody = 1 << 20;
type Serve = (request: HttpRequest, from: Address) => Promise<HttpResponse>;

/** HTTP without octets on a wire, but with its bounds: nothing shared between the sides, lower-case names, bodies up to 1 MiB. */
export class MemoryHttp2 implements Http2Port {
  readonly #fabric: Fabric;
  readonly #own: readonly string[];
  #closed = false;

  constructor(fabric: Fabric, own: readonly string[]) {
    this.#fabric = fabric;
    this.#own = own;
  }

  async listen(local: Address, serve: Serve): Promise<HttpListener> {
    return new MemoryHttpListener(this.#fabric, this.#own, local, serve);
  }

  request(to: Address, request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
    const what = `${request.method} http://${showAddress(to)}${request.path}`;
    const from = { host: sourceOf(this.#own, to.host), port: 49_151 };
    const fabric = this.#fabric;
    return new Promise<HttpResponse>((resolve, reject) => {
      const fail = (code: string, why: string, options?: ErrorOptions): void => {
        over();
        reject(new PortError(code, `${what}: ${why}`, options));
      };
      const onAbort = (): void => fail("ABORT_ERR", "aborted", { cause: signal?.reason });
      const offCut = fabric.onCut((host) => {
        if (host === from.host || host === to.host) fail("ECONNRESET", "the connection is lost");
      });
      const over = (): void => {
        signal?.removeEventListener("abort", onAbort);
        offCut();
      };
      if (signal?.aborted) return onAbort();
      if (this.#closed) return fail("ECANCELED", "the HTTP/2 port is closed");
      signal?.addEventListener("abort", onAbort, { once: true });
      const copy = { method: request.method, path: request.path, headers: lower(request.headers), body: request.body.slice() };
      fabric.later(() => {
        if (signal?.aborted) return;
        const there = fabric.at<MemoryHttpListener>("http2", to);
        if (there === undefined || !fabric.reaches(from.host, to.host)) return fail("ECONNREFUSED", "nobody listens");
        there.serve(copy, from).then(
          (response) =>
            fabric.later(() => {
              if (response === undefined || !there.open) return fail("ECONNRESET", "the connection ended before the response");
              if (response.body.length > maxBody) return fail("EMSGSIZE", `the response is longer than ${maxBody} octets`);
              over();
              resolve({ status: response.status, headers: lower(response.headers), body: response.body.slice() });
            }),
          (error: unknown) => {
            over();
            reject(portError(what, error));
          },
        );
      });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

class MemoryHttpListener implements HttpListener {
  readonly local: Address;
  readonly #fabric: Fabric;
  readonly #serve: Serve;
  open = true;

  constructor(fabric: Fabric, own: readonly string[], local: Address, serve: Serve) {
    this.#fabric = fabric;
    this.#serve = serve;
    this.local = { host: local.host, port: fabric.bind("http2", own, [local.host], local.port, this) };
  }

  async serve(request: HttpRequest, from: Address): Promise<HttpResponse> {
    if (request.body.length > maxBody) return { status: 413, headers: {}, body: new Uint8Array(0) };
    try {
      return await this.#serve(request, from);
    } catch {
      return { status: 500, headers: {}, body: new Uint8Array(0) }; // as the binding does, which logs it
    }
  }

  async close(): Promise<void> {
    if (this.open) this.#fabric.unbind("http2", [this.local.host], this.local.port);
    this.open = false;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const lower = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
