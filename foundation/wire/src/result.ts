/** What decoding outside bytes gives: a value, or an error that names the field and the octet. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: WireError };

export type WireErrorKind =
  /** the octets end before the field does */
  | "truncated"
  /** the value is not one that the field allows */
  | "invalid"
  /** a mandatory field or IE is absent */
  | "missing"
  /** octets or an IE where none may be */
  | "unexpected"
  /** a length, count or nesting beyond the bound of the field */
  | "limit"
  /** a message or type that is not declared here */
  | "unknown";

export interface WireError {
  readonly kind: WireErrorKind;
  /** Path of the field, dotted: `registrationRequest.mobileIdentity.length`. */
  readonly field: string;
  /** Octet offset in the bytes given to `decode`. */
  readonly at: number;
  readonly detail: string;
}

/** Carries a `WireError` up to the door inside a decoder; never leaves this repository's `decode` functions. */
export class WireFault extends Error {
  readonly error: WireError;
  constructor(kind: WireErrorKind, field: string, at: number, detail: string) {
    super(`${field} at octet ${at}: ${detail}`);
    this.name = "WireFault";
    this.error = { kind, field, at, detail };
  }
}

export const good = <T>(value: T): Result<T> => ({ ok: true, value });
export const bad = (kind: WireErrorKind, field: string, at: number, detail: string): { ok: false; error: WireError } => ({
  ok: false,
  error: { kind, field, at, detail },
});

/** Runs a decoder; a `WireFault` becomes an error value, anything else is a bug and goes on up. */
export function attempt<T>(decode: () => T): Result<T> {
  try {
    return { ok: true, value: decode() };
  } catch (fault) {
    if (fault instanceof WireFault) return { ok: false, error: fault.error };
    throw fault;
  }
}

export const explain = (e: WireError): string => `${e.field} at octet ${e.at}: ${e.detail} (${e.kind})`;
