import type { HttpRequest, HttpResponse } from "@freehold/net";
import { type JsonError, type JsonSchema, JsonValidator, parseJson, type Result } from "@freehold/wire";
import { type Answer, type Refused, refuse, refuseWith } from "./answer.ts";
import { mediaType, readBody, writeBody } from "./body.ts";
import { schemas } from "./generated/schemas.js";
import type { InvalidParam, ProblemDetails } from "./generated/types.js";
import type { Operation, Parameter } from "./service.ts";
import { decodeSegment, fill } from "./uri.ts";

/** Typed calls to HTTP and back, TS 29.500 §5.2 and TS 29.501 §4. No state but compiled patterns. */

const validator = new JsonValidator(schemas);
const NOTHING = new Uint8Array();

export type Input = Readonly<Record<string, unknown>>;

/** Query parameters that one request may have, and how long a target may be. */
const MOST_PARAMETERS = 64;
export const LONGEST_PATH = 8_192;
export const MOST_OCTETS = 1_048_576;

// ---- requests, as the consumer writes them -------------------------------------------------------------------------

function queryText(parameter: Parameter, value: unknown): string[] {
  const name = encodeURIComponent(parameter.name);
  const one = (v: unknown): string => encodeURIComponent(typeof v === "object" ? JSON.stringify(v) : String(v));
  if (parameter.json) return [`${name}=${encodeURIComponent(JSON.stringify(value))}`];
  if (!Array.isArray(value)) return [`${name}=${one(value)}`];
  return parameter.list === "repeat" ? value.map((v) => `${name}=${one(v)}`) : [`${name}=${value.map(one).join(",")}`];
}

/** The request to `base` (path of the apiRoot and of the service, or of a callback URI); `headers` are added to those of content. */
export function writeRequest(op: Operation, base: string, input: Input, headers: Readonly<Record<string, string>>): HttpRequest {
  const query = op.parameters.filter((p) => p.in === "query" && input[p.name] !== undefined).flatMap((p) => queryText(p, input[p.name]));
  const path = `${base.replace(/\/$/, "")}${fill(op.path, input)}`;
  const target = query.length === 0 ? path : `${path}${path.includes("?") ? "&" : "?"}${query.join("&")}`;
  const accept = "application/json, application/problem+json, multipart/related";
  const body = input["body"];
  if (body === undefined) return { method: op.method, path: target || "/", headers: { ...headers, accept }, body: NOTHING };
  const media = op.request?.media.find((m) => m !== "multipart/related") ?? "application/json";
  const { contentType, body: octets } = writeBody(body, media);
  const length = String(octets.length);
  return {
    method: op.method,
    path: target || "/",
    headers: { ...headers, accept, "content-type": contentType, "content-length": length },
    body: octets,
  };
}

// ---- requests, as the door reads them ------------------------------------------------------------------------------

const invalid = (param: string, errors: readonly JsonError[]): InvalidParam[] =>
  errors.map((e) => ({ param: `${param}${e.pointer}`, reason: e.detail }));

/** Text of a path or query to the type that its schema wants; left a string where it cannot be. */
function typed(parameter: Parameter, text: string): unknown {
  const schema = validator.resolve(parameter.schema);
  const type = schema.type === "array" ? validator.resolve(schema.items ?? {}).type : schema.type;
  if ((type === "integer" || type === "number") && /^-?[0-9]{1,15}(\.[0-9]{1,9})?$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

function queryValue(parameter: Parameter, raw: readonly string[]): Result<unknown> {
  const decoded: string[] = [];
  const wrong = (detail: string): Result<unknown> => ({ ok: false, error: { kind: "invalid", field: parameter.name, at: 0, detail } });
  for (const text of raw) {
    try {
      decoded.push(decodeURIComponent(text.replaceAll("+", "%20")));
    } catch {
      return wrong("wrong percent-encoding");
    }
  }
  const [first = ""] = decoded;
  if (parameter.list !== undefined) {
    // Either form is taken: peers differ. A JSON array is taken too.
    if (first.startsWith("[")) return parseJson(first);
    const items = raw.length > 1 ? decoded : first.split(",");
    return items.length > 128 ? wrong("too many values") : { ok: true, value: items.map((item) => typed(parameter, item)) };
  }
  if (decoded.length > 1) return wrong("given more than once");
  if (parameter.json) {
    const read = parseJson(first, { depth: 16 });
    // One item where a list is wanted is how some peers write a list of one.
    const single = read.ok && validator.resolve(parameter.schema).type === "array" && !Array.isArray(read.value);
    return single ? { ok: true, value: [read.value] } : read;
  }
  return { ok: true, value: typed(parameter, first) };
}

function splitQuery(query: string): Map<string, string[]> | undefined {
  const values = new Map<string, string[]>();
  if (query === "") return values;
  const pairs = query.split("&");
  if (pairs.length > MOST_PARAMETERS) return undefined;
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    let name = at < 0 ? pair : pair.slice(0, at);
    try {
      name = decodeURIComponent(name);
    } catch {
      continue; // a name that no parameter has
    }
    const known = values.get(name);
    const value = at < 0 ? "" : pair.slice(at + 1);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return values;
}

/** Path parameters as matched (still encoded), query and body, checked against the operation: the input, or the problem to answer. */
export function readRequest(
  op: Operation,
  path: Readonly<Record<string, string>>,
  query: string,
  request: HttpRequest,
): { ok: true; input: Record<string, unknown> } | Refused {
  const input: Record<string, unknown> = {};
  const values = splitQuery(query);
  if (values === undefined) return refuse(400, "INVALID_QUERY_PARAM", `more than ${MOST_PARAMETERS} query parameters`);
  for (const [name, raw] of Object.entries(path)) {
    const text = decodeSegment(raw);
    if (text === undefined) return refuse(400, "MANDATORY_IE_INCORRECT", "path", [{ param: `{${name}}`, reason: "not a value of a path" }]);
    const parameter = op.parameters.find((p) => p.in === "path" && p.name === name);
    input[name] = parameter === undefined ? text : typed(parameter, text);
    const errors = parameter === undefined ? [] : validator.validate(parameter.schema, input[name]);
    if (errors.length > 0) return refuse(400, "MANDATORY_IE_INCORRECT", "path", invalid(`{${name}}`, errors));
  }
  for (const parameter of op.parameters) {
    if (parameter.in !== "query") continue;
    const { name } = parameter;
    const raw = values.get(name);
    if (raw === undefined) {
      if (!parameter.required) continue;
      return refuse(400, "MANDATORY_QUERY_PARAM_MISSING", undefined, [{ param: name, reason: "is required" }]);
    }
    const cause = parameter.required ? "MANDATORY_QUERY_PARAM_INCORRECT" : "OPTIONAL_QUERY_PARAM_INCORRECT";
    const value = queryValue(parameter, raw);
    if (!value.ok) return refuse(400, cause, undefined, [{ param: name, reason: value.error.detail }]);
    const errors = validator.validate(parameter.schema, value.value);
    if (errors.length > 0) return refuse(400, cause, undefined, invalid(name, errors));
    input[name] = value.value;
  }
  const failure = op.request && readRequestBody(op.request, request, input);
  return failure ?? { ok: true, input };
}

/** TS 29.500 table 5.2.7.2-1: a missing attribute is a mandatory one; incorrect ones are told apart by what holds them. */
function causeOf(schema: JsonSchema, errors: readonly JsonError[]): string {
  if (errors.some((e) => e.fault === "missing")) return "MANDATORY_IE_MISSING";
  const optional = errors.every(({ pointer }) => {
    const attribute = pointer.split("/")[1];
    return attribute !== undefined && !isRequired(schema, attribute);
  });
  return optional ? "OPTIONAL_IE_INCORRECT" : "MANDATORY_IE_INCORRECT";
}

/** A body's own attribute, by the schema or what it is put together from; items of a list always are. */
function isRequired(given: JsonSchema, attribute: string): boolean {
  const schema = validator.resolve(given);
  if (schema.type === "array" || schema.required?.includes(attribute)) return true;
  return [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].some((part) => isRequired(part, attribute));
}

function readRequestBody(of: NonNullable<Operation["request"]>, request: HttpRequest, input: Record<string, unknown>): Refused | undefined {
  const { body } = request;
  if (body.length > MOST_OCTETS) return refuse(413, "PAYLOAD_TOO_LARGE", `more than ${MOST_OCTETS} octets`);
  const contentType = request.headers["content-type"];
  if (body.length === 0) {
    if (!of.required && contentType === undefined) return undefined;
    return refuse(400, "INVALID_MSG_FORMAT", "a body is required");
  }
  const type = mediaType(contentType ?? "");
  // A body that may be multipart may be plain JSON when it has no binary part, and the other way round.
  const accepted = of.media.includes(type) || (type === "application/json" && of.media.includes("multipart/related"));
  if (!accepted) return refuse(415, "UNSUPPORTED_MEDIA_TYPE", `wants ${of.media.join(" or ")}`);
  const read = readBody(contentType ?? "", body);
  if (!read.ok) return refuse(400, "INVALID_MSG_FORMAT", `${read.error.field}: ${read.error.detail}`);
  const errors = validator.validate(of.schema, read.value);
  if (errors.length > 0) {
    return refuse(400, causeOf(of.schema, errors), errors[0]?.detail, invalid("", errors));
  }
  input["body"] = read.value;
  return undefined;
}

// ---- answers -------------------------------------------------------------------------------------------------------

/** The response to an answer; `apiRoot` completes a relative `Location`, `op` knows a media type of its own. */
export function writeAnswer(given: Answer<unknown, unknown>, apiRoot: string, op?: Operation): HttpResponse {
  const headers: Record<string, string> = {};
  if (given.ok) {
    if (given.location !== undefined) headers["location"] = given.location.startsWith("/") ? `${apiRoot}${given.location}` : given.location;
    if (given.value === undefined) return { status: given.status, headers, body: NOTHING };
    const { contentType, body } = writeBody(given.value, op?.answers[given.status]?.media);
    return { status: given.status, headers: { ...headers, "content-type": contentType, "content-length": String(body.length) }, body };
  }
  if (given.allow !== undefined) headers["allow"] = given.allow;
  const { contentType, body } =
    given.refusal === undefined ? writeBody(given.problem, "application/problem+json") : writeBody(given.refusal);
  return { status: given.status, headers: { ...headers, "content-type": contentType, "content-length": String(body.length) }, body };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** The answer in a response, or one sentence on why it is none. */
export function readAnswer(op: Operation, response: HttpResponse): Answer<unknown, unknown> | string {
  const { status, headers, body } = response;
  const location = headers["location"];
  if (body.length > MOST_OCTETS) return `a body of more than ${MOST_OCTETS} octets`;
  const contentType = headers["content-type"] ?? "";
  if (status >= 200 && status < 300) {
    const known = op.answers[String(status)] ?? Object.entries(op.answers).find(([s, a]) => s.startsWith("2") && a.schema)?.[1];
    let value: unknown;
    if (body.length > 0 && status !== 204) {
      const read = readBody(contentType, body);
      if (!read.ok) return `${read.error.field}: ${read.error.detail}`;
      const [error] = known?.schema === undefined ? [] : validator.validate(known.schema, read.value);
      if (error !== undefined) return `answer ${status}${error.pointer}: ${error.detail}`;
      value = read.value;
    } else if (known?.schema !== undefined && !Object.keys(op.answers).includes("204")) return `answer ${status} without its body`;
    return { ok: true, status, value, ...(location !== undefined && { location }) };
  }
  if (status < 400 || status > 599) return `status ${status}`;
  const read = body.length > 0 && /json|multipart/i.test(contentType) ? readBody(contentType, body) : undefined;
  if (!read?.ok || !isObject(read.value)) return { ok: false, status, problem: { status } };
  const schema = op.answers[String(status)]?.schema ?? Object.entries(op.answers).find(([s, a]) => s >= "4" && a.schema)?.[1].schema;
  if (
    schema !== undefined &&
    mediaType(contentType) !== "application/problem+json" &&
    validator.validate(schema, read.value).length === 0
  ) {
    return refuseWith(status, read.value as { readonly error?: ProblemDetails });
  }
  return { ok: false, status, problem: problemOf(status, read.value) };
}

/** The parts of another function's ProblemDetails that are what they must be, bounded; anything else of it is left out. */
function problemOf(status: number, given: Readonly<Record<string, unknown>>): ProblemDetails {
  const texts = ["cause", "detail", "title", "type", "instance", "supportedFeatures"].flatMap((key) => {
    const value = given[key];
    return typeof value === "string" ? [[key, value.slice(0, 1_024)]] : [];
  });
  const { invalidParams } = given;
  const params = Array.isArray(invalidParams) ? { invalidParams: invalidParams.slice(0, 32) as InvalidParam[] } : {};
  return { status, ...(Object.fromEntries(texts) as ProblemDetails), ...params };
}

/** How values pass the in-process door. A call without binary parts needs nothing where nobody has to prove that what is handed over stays as it is. */
export function handing(op: Operation, form: "frozen" | "shared"): <T>(value: T) => T {
  if (form === "frozen") return frozen;
  return op.request?.media.includes("multipart/related") ? withOwnOctets : asItIs;
}

const asItIs = <T>(value: T): T => value;

/** The value with each octet string copied, which may be a window on a buffer that others go on using. */
function withOwnOctets<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return value.slice() as T;
  let copy: Record<string, unknown> | undefined;
  const members = value as Record<string, unknown>;
  for (const key in members) {
    const member = members[key];
    if (typeof member !== "object" || member === null) continue;
    const own = withOwnOctets(member);
    if (own === member) continue;
    copy ??= (Array.isArray(value) ? value.slice() : { ...members }) as Record<string, unknown>;
    copy[key] = own;
  }
  return (copy ?? value) as T;
}

/** Freezes what a call hands over, so that neither side can change what the other holds; octets, which cannot be frozen, are copied. */
function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return value.slice() as T;
  if (Object.isFrozen(value) && !holdsOctets(value)) return value;
  if (Array.isArray(value)) {
    const items = value.map(frozen);
    return (items.some((item, i) => item !== value[i]) ? Object.freeze(items) : Object.freeze(value)) as T;
  }
  let copy: Record<string, unknown> | undefined;
  for (const [key, member] of Object.entries(value) as [string, unknown][]) {
    const handed = frozen(member);
    if (handed !== member) {
      copy ??= { ...(value as Record<string, unknown>) };
      copy[key] = handed;
    }
  }
  return Object.freeze(copy ?? value) as T;
}

function holdsOctets(value: object): boolean {
  return Object.values(value).some((v) => v instanceof Uint8Array || (typeof v === "object" && v !== null && holdsOctets(v)));
}
