import type { InvalidParam, ProblemDetails } from "./generated/types.js";

/** What a call gives: a 404 USER_NOT_FOUND is an answer too; only a broken transport throws. */
export type Answer<Value, Refusal = never> = Answered<Value> | Refused<Refusal>;

export interface Answered<Value> {
  readonly ok: true;
  readonly status: number;
  readonly value: Value;
  /** Absolute URI of the resource made. */
  readonly location?: string;
}

export interface Refused<Refusal = never> {
  readonly ok: false;
  readonly status: number;
  readonly problem: ProblemDetails;
  /** The operation's own error body where it has one, such as SmContextCreateError with the N1 message in it. */
  readonly refusal?: Refusal;
  /** What the method may be, with 405. */
  readonly allow?: string;
}

/** 200 */
export const answer = <T>(value: T, status = 200): Answered<T> => ({ ok: true, status, value });
/** 201; `location` is absolute, or a path that the door completes with its own apiRoot. */
export const created = <T>(value: T, location: string): Answered<T> => ({ ok: true, status: 201, value, location });
/** 204 */
export const noContent = (): Answered<undefined> => ({ ok: true, status: 204, value: undefined });

/** A ProblemDetails: `cause` is the application error of the service's TS or of TS 29.500 table 5.2.7.2-1. */
export function refuse(status: number, cause: string, detail?: string, invalidParams?: readonly InvalidParam[]): Refused {
  return { ok: false, status, problem: { status, cause, ...(detail && { detail }), ...(invalidParams?.length && { invalidParams }) } };
}

/** An error with a body of its own: its `error` member is the problem. */
export function refuseWith<R extends { readonly error?: ProblemDetails }>(status: number, refusal: R): Refused<R> {
  return { ok: false, status, problem: { status, ...refusal.error }, refusal };
}

/** Thrown inside a producer to stop and answer a problem; the door turns it into one. */
export class SbiReject extends Error {
  readonly failure: Refused;
  constructor(status: number, cause: string, detail?: string) {
    super(detail ?? cause);
    this.name = "SbiReject";
    this.failure = refuse(status, cause, detail);
  }
}

/** No answer: refused, reset, timed out, or not understood. Whether the producer acted is not known unless `acted` is false. */
export class SbiTransportError extends Error {
  readonly operation: string;
  readonly acted: boolean;
  constructor(operation: string, detail: string, acted = true) {
    super(`${operation}: ${detail}`);
    this.name = "SbiTransportError";
    this.operation = operation;
    this.acted = acted;
  }
}
