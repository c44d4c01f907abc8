import type { Scope } from "@freehold/runtime";
import type { JsonSchema } from "@freehold/wire";
import type { Answer } from "./answer.ts";

/** One parameter of a path or query, as its OpenAPI row says. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required?: boolean;
  /** The value is a JSON text (OpenAPI `content`). */
  readonly json?: boolean;
  /** An array: values parted by commas, or the name repeated. */
  readonly list?: "comma" | "repeat";
  readonly schema: JsonSchema;
}

/** One operation of a service: data, plus the types of what it takes and gives. `Refusal` is an error body of its own, beside ProblemDetails. */
export interface Operation<Input = unknown, Value = unknown, Refusal = unknown> {
  /** 3GPP's service operation: the name on the tape. */
  readonly name: string;
  readonly method: string;
  /** Below `/{serviceName}/{version}`, with `{parameters}`; of a callback, what follows the given URI. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly request?: { readonly media: readonly string[]; readonly schema: JsonSchema; readonly required?: boolean };
  /** Per status: its JSON, where it has one. Errors are listed only where they are more than ProblemDetails. */
  readonly answers: { readonly [status: string]: { readonly schema?: JsonSchema; readonly media?: string } };
  /** Types only; never there. */
  readonly "~types"?: { readonly input: Input; readonly value: Value; readonly refusal: Refusal };
}

export type Operations = { readonly [key: string]: Operation };

/** A service of an NF, or (`callback`) what the consumer of one listens to at a URI that it gave. */
export interface Service<Ops extends Operations = Operations> {
  readonly name: string;
  /** Who produces it; of a callback, who usually listens. */
  readonly nf: string;
  readonly callback?: true;
  /** "nausf-auth" and "v1"; a callback has none. */
  readonly serviceName?: string;
  readonly version?: string;
  readonly operations: Ops;
}

/** What a consumer may say about one call. */
export interface CallOptions {
  /** Whose call it is, for the tape, where input does not tell: a SUPI. */
  readonly ue?: string;
  readonly signal?: AbortSignal;
  /** The call ends with this scope: it rejects with the scope's reason, and what is under way is given up. */
  readonly scope?: Scope;
  /** Virtual milliseconds until the call is given up (10 s). */
  readonly timeout?: number;
}

/** What a producer is told about one call. */
export interface Call {
  /** The producer's own apiRoot: `Location` and callback URIs begin with it. */
  readonly apiRoot: string;
  /** NF type of the caller, from its User-Agent: "AMF". */
  readonly caller: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly ue?: string;
}

/** TS 29.500 §5.2.2.2: User-Agent begins with the NF type, then perhaps a hyphen and the instance. */
export const callerOf = (headers: Readonly<Record<string, string>>): string =>
  /^[A-Za-z0-9_]{2,24}/.exec(headers["user-agent"] ?? "")?.[0] ?? "?";

/** What a consumer calls: one function per operation. Rejects only with `SbiTransportError`, or the reason of an aborted signal. */
export type Face<S> =
  S extends Service<infer Ops>
    ? {
        readonly [K in keyof Ops]: Ops[K] extends Operation<infer Input, infer Value, infer Refusal>
          ? (input: Input, options?: CallOptions) => Promise<Answer<Value, Refusal>>
          : never;
      }
    : never;

/** What a producer implements: the same functions. An operation left out is answered 501. `Extra` are the parameters of a callback's own path. */
export type Producer<S, Extra = unknown> =
  S extends Service<infer Ops>
    ? {
        readonly [K in keyof Ops]?: Ops[K] extends Operation<infer Input, infer Value, infer Refusal>
          ? (input: Input & Extra, call: Call) => Answer<Value, Refusal> | Promise<Answer<Value, Refusal>>
          : never;
      }
    : never;

export type InputOf<Op> = Op extends Operation<infer Input, unknown, unknown> ? Input : never;
export type ValueOf<Op> = Op extends Operation<unknown, infer Value, unknown> ? Value : never;

/** `/nausf-auth/v1` */
export const rootOf = (service: Service): string => (service.callback ? "" : `/${service.serviceName}/${service.version}`);
