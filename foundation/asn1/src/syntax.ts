/** What the parser hands to the compiler: the assignments of a module, names not yet resolved. */
import type { Token } from "./tokens.ts";

export type Value =
  | { readonly v: "number"; readonly number: bigint }
  | { readonly v: "name"; readonly name: string }
  | { readonly v: "boolean"; readonly boolean: boolean }
  | { readonly v: "text"; readonly text: string }
  /** A braced value, or one in another notation, that only the governing type can read. */
  | { readonly v: "other"; readonly text: string };

export type Bound = Value | "MIN" | "MAX";

export type Element =
  | { readonly e: "range"; readonly lo: Bound; readonly hi: Bound }
  | { readonly e: "size"; readonly of: Constraint }
  | { readonly e: "from"; readonly of: Constraint }
  | { readonly e: "containing"; readonly type: Type }
  | { readonly e: "table"; readonly set: Actual; readonly at?: string }
  /** A constraint that PER does not see (X.691 9.3). */
  | { readonly e: "invisible" }
  | { readonly e: "all"; readonly of: readonly Element[] };

/** Alternatives of a constraint; `extensible` when a marker follows them. */
export interface Constraint {
  readonly root: readonly Element[];
  readonly extensible: boolean;
}

export interface Component {
  readonly name: string;
  readonly type: Type;
  readonly optional: boolean;
  readonly initial?: Value;
}

export interface Components {
  readonly root: readonly Component[];
  readonly extensible: boolean;
  /** Extension additions; a group in double brackets is an array. */
  readonly more: readonly (Component | readonly Component[])[];
  /** Components after a second extension marker belong to the root. */
}

export type Named = readonly [name: string, number: Value | undefined];

export type Type = { readonly constraints: readonly Constraint[]; readonly line: number } & (
  | { readonly t: "BOOLEAN" | "NULL" | "OBJECT IDENTIFIER" }
  | { readonly t: "INTEGER" | "BIT STRING"; readonly names: readonly Named[] }
  | { readonly t: "OCTET STRING" }
  | { readonly t: "string"; readonly of: string }
  | { readonly t: "ENUMERATED"; readonly root: readonly Named[]; readonly more?: readonly Named[] }
  | { readonly t: "SEQUENCE"; readonly components: Components }
  | { readonly t: "CHOICE"; readonly components: Components }
  | { readonly t: "SEQUENCE OF"; readonly of: Type }
  | { readonly t: "field"; readonly class: string; readonly field: string }
  | { readonly t: "reference"; readonly name: string; readonly actual: readonly Actual[] }
);

/** An actual parameter, or the set of a table constraint: tokens are read again once it is known what the formal one wants. */
export type Actual =
  | { readonly a: "type"; readonly type: Type }
  | { readonly a: "value"; readonly value: Value }
  | { readonly a: "set"; readonly tokens: readonly Token[] };

export interface ClassField {
  readonly name: string;
  /** A fixed type of a value field; absent for a type field. */
  readonly type?: Type;
  readonly optional: boolean;
  readonly unique: boolean;
  readonly initial?: Value;
}

/** WITH SYNTAX: words, fields and optional groups in order. */
export type Syntax = readonly (string | { readonly field: string } | { readonly group: Syntax })[];

export interface Formal {
  readonly governor?: string;
  readonly name: string;
}

export type Assignment =
  | { readonly is: "type"; readonly formal: readonly Formal[]; readonly type: Type }
  | { readonly is: "value"; readonly type: Type; readonly value: Value }
  | { readonly is: "class"; readonly fields: readonly ClassField[]; readonly syntax: Syntax }
  /** An information object, or a set of them; which one is seen by the case of the name. */
  | { readonly is: "objects"; readonly class: string; readonly tokens: readonly Token[] };

export interface Module {
  readonly name: string;
  /** Imported name to the module that it comes from. */
  readonly imports: ReadonlyMap<string, string>;
  readonly assignments: ReadonlyMap<string, Assignment>;
}
