import type { HttpRequest, HttpResponse } from "@freehold/net";
import type { Clock, Log } from "@freehold/runtime";
import { type Answer, refuse, SbiReject, SbiTransportError } from "./answer.ts";
import { type Call, callerOf, type Operation, type Producer, rootOf, type Service } from "./service.ts";
import { decodeSegment, fill, type NamesOf, parseUri } from "./uri.ts";
import { handing, LONGEST_PATH, readRequest, writeAnswer } from "./wire-form.ts";

type Act = (input: unknown, call: Call) => Answer<unknown, unknown> | Promise<Answer<unknown, unknown>>;

interface Route {
  readonly op: Operation;
  /** Literal segments as they are, parameters as `{name}`. */
  readonly segments: readonly string[];
  readonly act: Act | undefined;
}

/** One request as the door understood it: for the tape. */
export interface Served {
  readonly op: Operation;
  readonly input: Readonly<Record<string, unknown>>;
}

const KEPT_MS = 30_000;
const MOST_KEPT = 4_096;

export interface ServerOptions {
  /** `http://127.0.0.5:8080`, perhaps with a path below which everything lies. */
  readonly apiRoot: string;
  readonly clock: Clock;
  readonly log: Log;
}

const segmentsOf = (path: string): string[] => path.split("/").filter((s) => s !== "");

/** What an NF produces, behind one apiRoot: routes, and the checks that any request passes before a producer sees it (TS 29.500 §5.2.7.2). */
export class SbiServer {
  readonly apiRoot: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #prefix: readonly string[];
  /** By the first two segments below the prefix. */
  readonly #routes = new Map<string, Route[]>();
  /** Of services only: a callback may be listened for at several paths. */
  readonly #byOperation = new Map<Operation, Route>();
  /** Answers to POSTs by caller and idempotency key: a repeat gets the same one. In order of arrival. */
  readonly #kept = new Map<string, { readonly until: number; readonly response: Promise<HttpResponse> }>();

  /** RangeError when `apiRoot` is no absolute URI. */
  constructor({ apiRoot, clock, log }: ServerOptions) {
    const target = parseUri(apiRoot);
    if (target === undefined || target.path.includes("?")) throw new RangeError(`not an apiRoot: ${apiRoot}`);
    this.apiRoot = apiRoot.replace(/\/$/, "");
    this.#prefix = segmentsOf(target.path);
    this.#clock = clock;
    this.#log = log;
  }

  get origin(): string {
    return parseUri(this.apiRoot)?.origin ?? this.apiRoot;
  }

  /** Takes requests for `service` until disposed of. An operation that `producer` lacks is answered 501. */
  produce<S extends Service>(service: S, producer: Producer<S>): Disposable {
    return this.#add(service, rootOf(service), producer as Readonly<Record<string, Act | undefined>>);
  }

  /**
   * Listens for a callback at a path of our own, such as `/namf-callback/v1/sm-context-status/{supi}/{pduSessionId}`: the first two
   * segments literal. `uri` gives the absolute URI to hand to a producer; what it fills in comes back beside the body.
   */
  callback<S extends Service, Path extends string>(
    service: S,
    path: Path,
    producer: Producer<S, Readonly<Record<NamesOf<Path>, string>>>,
  ): Disposable & { uri(values: Readonly<Record<NamesOf<Path>, string | number>>): string } {
    const mounted = this.#add(service, path, producer as Readonly<Record<string, Act | undefined>>);
    return {
      uri: (values) =>
        `${this.apiRoot}${path.replace(/\{([^}]*)\}/g, (_, name: NamesOf<Path>) => encodeURIComponent(String(values[name])))}`,
      [Symbol.dispose]: () => mounted[Symbol.dispose](),
    };
  }

  #add(service: Service, root: string, producer: Readonly<Record<string, Act | undefined>>): Disposable {
    const group = segmentsOf(root).slice(0, 2).join("/");
    if (group.includes("{") || !group.includes("/")) throw new RangeError(`${root}: two literal segments must come first`);
    const added = Object.entries(service.operations).map(([key, op]): Route => {
      const act = producer[key];
      return { op, segments: segmentsOf(`${root}${op.path}`), act: act && ((input, call) => act.call(producer, input, call)) };
    });
    this.#routes.set(group, [...(this.#routes.get(group) ?? []), ...added]);
    if (!service.callback) for (const route of added) this.#byOperation.set(route.op, route);
    return {
      [Symbol.dispose]: () => {
        const left = (this.#routes.get(group) ?? []).filter((r) => !added.includes(r));
        if (left.length > 0) this.#routes.set(group, left);
        else this.#routes.delete(group);
        for (const { op } of added) this.#byOperation.delete(op);
      },
    };
  }

  /**
   * A path that no route has, TS 29.500 table 5.2.7.2-1: an API or version that is not offered here, or one that is without this resource.
   */
  #nowhere(path: string): Answer<never> {
    const [api, version] = path.split("/").slice(1 + this.#prefix.length);
    return this.#routes.has(`${api}/${version}`) ? refuse(404, "RESOURCE_URI_STRUCTURE_NOT_FOUND") : refuse(400, "INVALID_API");
  }

  /** Routes that have this path, literal segments before parameters; `values` are still encoded. */
  #match(path: string): { route: Route; values: Record<string, string> }[] {
    const segments = path.split("/").slice(1);
    if (segments.at(-1) === "") segments.pop();
    if (this.#prefix.some((s, i) => segments[i] !== s)) return [];
    const below = segments.slice(this.#prefix.length);
    const found: { route: Route; values: Record<string, string>; literal: number }[] = [];
    for (const route of this.#routes.get(below.slice(0, 2).join("/")) ?? []) {
      if (route.segments.length !== below.length) continue;
      const values: Record<string, string> = {};
      let literal = 0;
      const fits = route.segments.every((s, i) => {
        const given = below[i] ?? "";
        if (s.startsWith("{")) values[s.slice(1, -1)] = given;
        else if (s === given) literal++;
        else return false;
        return true;
      });
      if (fits) found.push({ route, values, literal });
    }
    return found.sort((a, b) => b.literal - a.literal);
  }

  /** The wire's door: never rejects. `served` hears what was asked once it is understood. */
  async handle(request: HttpRequest, served?: (what: Served) => void): Promise<HttpResponse> {
    const key = this.#repeatKey(request);
    if (key === undefined) return this.#handle(request, served);
    const now = this.#clock.now();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > now) return kept.response;
    for (const [old, { until }] of this.#kept) {
      if (until > now && this.#kept.size < MOST_KEPT) break;
      this.#kept.delete(old);
    }
    const response = this.#handle(request, served);
    this.#kept.set(key, { until: now + KEPT_MS, response });
    return response;
  }

  #repeatKey({ method, path, headers }: HttpRequest): string | undefined {
    if (method !== "POST") return undefined;
    const key = /idempotency-key=([\w-]{8,64})/.exec(headers["3gpp-sbi-request-info"] ?? "")?.[1];
    return key && `${headers["user-agent"]} ${path} ${key}`;
  }

  async #handle(request: HttpRequest, served: ((what: Served) => void) | undefined): Promise<HttpResponse> {
    let op: Operation | undefined;
    const given = await this.#answer(request, (what) => {
      op = what.op;
      served?.(what);
    });
    try {
      return writeAnswer(given, this.apiRoot, op);
    } catch (error) {
      this.#log.error("an answer could not be written", { operation: op?.name, error });
      return writeAnswer(refuse(500, "UNSPECIFIED_NF_FAILURE"), this.apiRoot);
    }
  }

  async #answer(request: HttpRequest, served: (what: Served) => void): Promise<Answer<unknown, unknown>> {
    if (request.path.length > LONGEST_PATH) return refuse(414, "URI_TOO_LONG");
    const cut = request.path.indexOf("?");
    const path = cut < 0 ? request.path : request.path.slice(0, cut);
    const matches = this.#match(path);
    if (matches.length === 0) return this.#nowhere(path);
    const { method } = request;
    const match = matches.find((m) => m.route.op.method === method);
    if (match === undefined) {
      const allow = [...new Set(matches.map((m) => m.route.op.method))].join(", ");
      return { ...refuse(405, "METHOD_NOT_ALLOWED", `wants ${allow}`), allow };
    }
    const { op } = match.route;
    const read = readRequest(op, match.values, cut < 0 ? "" : request.path.slice(cut + 1), request);
    if (!read.ok) {
      this.#log.warn(`${op.name} refused`, { status: read.status, cause: read.problem.cause, detail: read.problem.detail });
      return read;
    }
    served({ op, input: read.input });
    return this.#run(match.route, read.input, new ServedCall(this.apiRoot, request));
  }

  /** `hand` is what the answer passes on its way out. */
  async #run({ op, act }: Route, input: unknown, call: Call, hand?: <T>(value: T) => T): Promise<Answer<unknown, unknown>> {
    if (act === undefined) return refuse(501, "NOT_IMPLEMENTED", op.name);
    try {
      const given = await act(input, call);
      if (hand === undefined) return given;
      return hand(given.ok && given.location?.startsWith("/") ? { ...given, location: `${this.apiRoot}${given.location}` } : given);
    } catch (error) {
      if (error instanceof SbiReject) return error.failure;
      if (error instanceof SbiTransportError) return refuse(504, "TARGET_NF_NOT_REACHABLE", error.operation);
      this.#log.error(`${op.name} failed`, { error });
      return refuse(500, "UNSPECIFIED_NF_FAILURE");
    }
  }

  /**
   * The in-process door: the typed call by reference, on the way in and out frozen or as it is (`form`). `base` is the path of the service's
   * root or of the callback URI.
   */
  direct(
    op: Operation,
    base: string,
    input: Readonly<Record<string, unknown>>,
    sent: Sent,
    form: "frozen" | "shared",
  ): Promise<Answer<unknown, unknown>> {
    const hand = handing(op, form);
    const call = new ServedCall(this.apiRoot, sent);
    const route = this.#byOperation.get(op);
    if (route !== undefined) return this.#run(route, hand(input), call, hand);
    // A callback: its path, which the producer of the URI chose, holds parameters of its own.
    const path = `${base.replace(/\/$/, "")}${fill(op.path, input)}`;
    const match = this.#match(path).find((m) => m.route.op === op);
    if (match === undefined) return Promise.resolve(this.#nowhere(path));
    const values = Object.entries(match.values).map(([name, raw]) => [name, decodeSegment(raw)] as const);
    if (values.some(([, value]) => value === undefined)) return Promise.resolve(refuse(400, "MANDATORY_IE_INCORRECT", "path"));
    return this.#run(match.route, hand({ ...input, ...Object.fromEntries(values) }), call, hand);
  }
}

/** What came with its headers, which may be made when asked for. */
interface Sent {
  readonly headers: Readonly<Record<string, string>>;
}

/** What a producer is told of a call; who called is looked for when it asks. */
class ServedCall implements Call {
  readonly apiRoot: string;
  readonly #sent: Sent;

  constructor(apiRoot: string, sent: Sent) {
    this.apiRoot = apiRoot;
    this.#sent = sent;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#sent.headers;
  }

  get caller(): string {
    return callerOf(this.headers);
  }
}
