import { type Address, type HttpListener, type HttpResponse, nodeHttp2 } from "@freehold/net";
import type { SbiServer } from "@freehold/sbi";
import { apiRootOf, type FreeholdConfig } from "@freehold/system";
import { fromText, toText } from "@freehold/wire";
import type { FiveGC } from "./five-gc.ts";

type Name = keyof FreeholdConfig["sbi"]["addresses"];

/** An answer as its consumer reads it. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: Readonly<Record<string, unknown>>;
}

const answered = ({ status, headers, body }: HttpResponse): Answered => ({
  status,
  headers,
  json: body.length === 0 ? {} : (JSON.parse(toText(body)) as Record<string, unknown>),
});

/** The functions of a scenario at real sockets: what comes there passes the same doors as between hosts, and the rest stays on the virtual clock. */
export class SbiDoors implements AsyncDisposable {
  readonly #system: FiveGC;
  readonly #http2: ReturnType<typeof nodeHttp2>;
  readonly #listeners = new Map<Name, HttpListener>();

  private constructor(system: FiveGC, http2: ReturnType<typeof nodeHttp2>) {
    this.#system = system;
    this.#http2 = http2;
  }

  static async open(system: FiveGC, names: readonly Name[], options: Parameters<typeof nodeHttp2>[0] = {}): Promise<SbiDoors> {
    const doors = new SbiDoors(system, nodeHttp2({ log: system.log, ...options }));
    for (const name of names) {
      const listener = await doors.#http2.listen({ host: "127.0.0.1", port: 0 }, (request) => doors.server(name).handle(request));
      doors.#listeners.set(name, listener);
    }
    return doors;
  }

  server(name: Name): SbiServer {
    const server = this.#system.carriage.network.at(apiRootOf(this.#system.config, name));
    if (server === undefined) throw new Error(`${name} does not run`);
    return server;
  }

  at(name: Name): Address {
    const listener = this.#listeners.get(name);
    if (listener === undefined) throw new Error(`${name} has no door`);
    return listener.local;
  }

  /** One request as any function would send it, over HTTP/2. */
  async ask(
    name: Name,
    method: string,
    path: string,
    body: string | Uint8Array = "",
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered> {
    const octets = typeof body === "string" ? fromText(body) : body;
    const type: Record<string, string> = octets.length > 0 ? { "content-type": "application/json" } : {};
    const request = { method, path, headers: { "user-agent": "AMF", ...type, ...headers }, body: octets };
    return answered(await this.#http2.request(this.at(name), request));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#listeners.values()].map((listener) => listener.close()));
    await this.#http2.close();
  }
}
