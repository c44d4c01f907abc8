/**
 * A compiled module: plain data that can be written to a file and read back. Names of types stay names, so the
 * data is a table of types and a table of information object sets; `Per` links what it meets.
 */

/** A bound beyond 2^53 is a decimal string, and the values of its type are bigint. */
export type Int = number | string;

/** The name of a type in `CompiledModule.types`, or a type in place. */
export type TypeOf = string | Schema;

/** Key, type, and: 1 = OPTIONAL; 2 = DEFAULT, with the value after it. */
export type Field = readonly [key: string, type: TypeOf, presence?: 0 | 1 | 2, initial?: unknown];

/** An extension addition, or a group of them in double brackets. */
export type Addition = Field | { readonly group: readonly Field[] };

/** Size or value bounds as PER sees them; `x` when the constraint is extensible. */
export interface Bounds<T> {
  readonly lo?: T;
  readonly hi?: T;
  readonly x?: 1;
}

export type StringName = "PrintableString" | "VisibleString" | "UTF8String" | "IA5String" | "NumericString" | "UTCTime" | "GeneralizedTime";

export type Schema =
  | { readonly k: "boolean" }
  | { readonly k: "null" }
  | { readonly k: "oid" }
  | ({ readonly k: "integer" } & Bounds<Int>)
  /** Names in order of their numbers; `more` is there when extensible. */
  | { readonly k: "enum"; readonly root: readonly string[]; readonly more?: readonly string[] }
  | ({ readonly k: "bits"; readonly names?: Readonly<Record<string, number>>; readonly holds?: TypeOf } & Bounds<number>)
  | ({ readonly k: "octets"; readonly holds?: TypeOf } & Bounds<number>)
  | ({ readonly k: "text"; readonly of: StringName; readonly from?: string } & Bounds<number>)
  | { readonly k: "sequence"; readonly fields: readonly Field[]; readonly more?: readonly Addition[] }
  | ({ readonly k: "list"; readonly of: TypeOf } & Bounds<number>)
  | { readonly k: "choice"; readonly root: readonly Alternative[]; readonly more?: readonly Alternative[] }
  /** An open type whose type is found by a sibling component; octets when no row has its value. */
  | { readonly k: "open"; readonly on: string; readonly rows: readonly (readonly [number, TypeOf])[] }
  /** A protocol IE container: SEQUENCE OF { id, criticality, open type } of one information object set. */
  | ({ readonly k: "ies"; readonly set: string } & Bounds<number>)
  /** One protocol IE of the set. */
  | { readonly k: "ie"; readonly set: string }
  /** A SEQUENCE whose one component is a protocol IE container: its value is that container. */
  | { readonly k: "wrapped"; readonly of: TypeOf; readonly x?: 1 };

export type Alternative = readonly [name: string, type: TypeOf];

export type Criticality = "reject" | "ignore" | "notify";
export type Presence = "optional" | "conditional" | "mandatory";

/** A row of an information object set of protocol IEs or protocol extensions. */
export type IeRow = readonly [id: number, key: string, criticality: Criticality, type: TypeOf, presence: Presence, name: string];

export interface CompiledModule {
  readonly types: Readonly<Record<string, Schema>>;
  readonly sets: Readonly<Record<string, readonly IeRow[]>>;
}
