import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/**
 * A wire format as plain data with a phantom type. Decoder (`read`, `decode`), encoder (`write`, `encode`), printer (`print`) and
 * the generator of random values (`sample`) all come from this data; the TypeScript type is `TypeOf<typeof schema>`. Decoder and
 * encoder are made of it once, when first used, as functions in functions; the other two walk over it.
 */
export interface Schema<out T = unknown> {
  readonly kind: Node["kind"];
  /** Never present: carries the type only. */
  readonly "~type"?: T;
}

export type TypeOf<S> = S extends Schema<infer T> ? T : never;

/** Names of code points: `{ initial: 1, mobility: 2 }`. */
export type Codes = { readonly [name: string]: number };

/** Chooses an integer from 0 to n - 1; the only source of randomness of `sample`. */
export type Pick = (n: number) => number;

/** The escape for what is irregular. `read` gets a reader that ends where the field ends at the latest. */
export interface Custom<T> {
  readonly name: string;
  readonly read: (reader: Reader) => T;
  readonly write: (writer: Writer, value: T) => void;
  readonly print?: (value: T, indent: number) => string;
  readonly sample: (pick: Pick) => T;
}

export interface Mapping<Raw, T> {
  /** May throw what `reader.fault` gives when the raw value stands for nothing. */
  readonly read: (raw: Raw, reader: Reader) => T;
  readonly write: (value: T) => Raw;
  readonly print?: (value: T) => string;
}

// ---- the nodes: what the walks switch on -------------------------------------------------------------------------------------

export interface BitField<out T = unknown> {
  readonly first: number;
  readonly last: number;
  readonly shift: number;
  readonly width: number;
  readonly flag: boolean;
  readonly codes: Codes | undefined;
  readonly names: ReadonlyMap<number, string> | undefined;
  readonly "~type"?: T;
}

/** A field of `flagged` whose presence is a bit. */
export interface Presence<out T = unknown> {
  readonly bit: BitField;
  readonly when: boolean;
  readonly schema: Schema<T>;
}

export interface NamedBits {
  readonly name: string;
  readonly bits: BitField;
}
export interface NamedSchema {
  readonly name: string;
  readonly schema: Node;
}

export interface FlaggedField extends NamedSchema {
  readonly bit: BitField;
  readonly when: boolean;
  /** The bit is also a row of its own, which alone says what it is. */
  readonly shared: boolean;
}

export type Node =
  | { readonly kind: "uint"; readonly octets: number; readonly names: ReadonlyMap<number, string> | undefined; readonly max: number }
  | { readonly kind: "u64" }
  | { readonly kind: "codes"; readonly octets: number; readonly codes: Codes; readonly names: ReadonlyMap<number, string> }
  | { readonly kind: "octets"; readonly min: number; readonly max: number }
  | { readonly kind: "text"; readonly min: number; readonly max: number }
  | { readonly kind: "spare"; readonly octets: number }
  | {
      readonly kind: "bits";
      readonly octets: number;
      readonly least: number;
      readonly fields: readonly NamedBits[];
      readonly byName: ReadonlyMap<string, BitField>;
      readonly sparse: boolean;
    }
  | {
      readonly kind: "flagged";
      readonly octets: number;
      readonly flags: readonly NamedBits[];
      readonly fields: readonly FlaggedField[];
    }
  | { readonly kind: "struct"; readonly fields: readonly NamedSchema[] }
  | { readonly kind: "tail"; readonly of: Node }
  | { readonly kind: "sized"; readonly octets: number; readonly of: Node; readonly extendable: boolean }
  | { readonly kind: "list"; readonly of: Node; readonly count: number; readonly min: number; readonly max: number }
  | {
      readonly kind: "choice";
      readonly octets: number;
      readonly bits: BitField;
      readonly cases: readonly { readonly name: string; readonly code: number; readonly schema: Node }[];
    }
  | { readonly kind: "mapped"; readonly of: Node; readonly mapping: Mapping<unknown, unknown> }
  | { readonly kind: "custom"; readonly custom: Custom<unknown> };

/** Reads a value of one node; what is wrong is thrown as a fault of `field`. */
export type Read = (reader: Reader, field: string) => unknown;
/** Writes a value of one node; one that does not fit is a RangeError. */
export type Write = (writer: Writer, value: unknown) => void;

/** What a schema is inside. All have this one shape, so that using one costs the same whatever it says. */
export interface Compiled {
  readonly kind: Node["kind"];
  readonly node: Node;
  /** Made when first used: a node meets few of the fields that are declared. */
  read: Read | undefined;
  write: Write | undefined;
}
export const compiledOf = (schema: Schema): Compiled => schema as unknown as Compiled;

/** The plain data behind a schema, for a walk. */
export const nodeOf = (schema: Schema): Node => compiledOf(schema).node;
function schemaOf<T>(node: Node): Schema<T> {
  const compiled: Compiled = { kind: node.kind, node, read: undefined, write: undefined };
  return compiled as unknown as Schema<T>;
}

// ---- types ---------------------------------------------------------------------------------------------------------------------

type Spare = { readonly "~spare": true };
/** Spelled out, so that a hover shows the fields. */
export type Plain<T> = { [K in keyof T]: T[K] } & {};
type OptionalKeys<F> = { [K in keyof F]: undefined extends F[K] ? K : never }[keyof F];
/** A key whose type includes undefined may be left out when building; a decoder always sets it. */
export type Loose<F> = Plain<{ -readonly [K in Exclude<keyof F, OptionalKeys<F>>]: F[K] } & { -readonly [K in OptionalKeys<F>]?: F[K] }>;

type Fields = { readonly [name: string]: Schema };
type StructOf<F extends Fields> = Loose<{ [K in keyof F as TypeOf<F[K]> extends Spare ? never : K]: TypeOf<F[K]> }>;
type BitsOf<F> = { -readonly [K in keyof F]: F[K] extends BitField<infer T> ? T : never };
type FeaturesOf<F> = { [K in keyof F]?: F[K] extends BitField<infer T> ? T : never } & {};
type FlaggedOf<F> = Loose<{ [K in keyof F]: F[K] extends BitField<infer T> ? T : F[K] extends Presence<infer T> ? T | undefined : never }>;
type ChoiceOf<C> = { [K in keyof C]: C[K] extends readonly [number, Schema<infer T>] ? { is: K; value: T } : never }[keyof C];

/** The numbers of a table with their names (a number named twice keeps its first name). */
export function namesOf(codes: Codes): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [name, code] of Object.entries(codes)) if (!names.has(code)) names.set(code, name);
  return names;
}

// ---- leaves --------------------------------------------------------------------------------------------------------------------

/** Unsigned of 1 to 6 octets as a number; `names` only for the printer. */
export const uint = (octets: number, { names, max = 256 ** octets - 1 }: { names?: Codes; max?: number } = {}): Schema<number> =>
  schemaOf({ kind: "uint", octets, names: names && namesOf(names), max });

/** Unsigned of 8 octets. */
export const u64: Schema<bigint> = schemaOf({ kind: "u64" });

/** A code point by its name; one that the table does not name stays a number. */
export const codes = <const C extends Codes>(octets: number, table: C): Schema<(keyof C & string) | number> =>
  schemaOf({ kind: "codes", octets, codes: table, names: namesOf(table) });

/** `octets(4)`: exactly four. `octets(1, 15)`: what is left of the field, 1 to 15. */
export const octets = (min: number, max: number = min): Schema<Uint8Array> => schemaOf({ kind: "octets", min, max });

/** UTF-8 (so also ASCII) to the end of the field. */
export const text = (min: number, max: number): Schema<string> => schemaOf({ kind: "text", min, max });

/** Octets of a struct that are sent as zero and not looked at. */
export const spare = (count: number): Schema<Spare> => schemaOf({ kind: "spare", octets: count });

// ---- bits ----------------------------------------------------------------------------------------------------------------------

/** One bit as boolean: bits are 8 (high) to 1, octets count from 1, as the tables print them. */
export const flag = (bit: number, octet = 1): BitField<boolean> => ({ ...place(bit, bit, octet, octet), flag: true });

/** Bits `high` to `low` as a number, all in one octet or from `high` of `octet` to `low` of `lastOctet`. */
export const field = (high: number, low: number, octet = 1, lastOctet = octet): BitField<number> => place(high, low, octet, lastOctet);

/** Bits `high` to `low` by name; a code that the table does not name stays a number. */
export const coded = <const C extends Codes>(table: C, high: number, low: number, octet = 1): BitField<(keyof C & string) | number> => ({
  ...place(high, low, octet, octet),
  codes: table,
  names: namesOf(table),
});

const place = (high: number, low: number, octet: number, lastOctet: number) => ({
  first: octet - 1,
  last: lastOctet - 1,
  shift: low - 1,
  width: (lastOctet - octet) * 8 + high - low + 1,
  flag: false,
  codes: undefined,
  names: undefined,
});

/**
 * Named bits of `octets` octets; bits without a name are spare: not looked at, sent as 0. With `least` the field may be shorter:
 * absent octets count as 0, and zero octets at the end beyond `least` are not sent.
 */
export const bits = <const F extends { readonly [name: string]: BitField }>(
  octets: number,
  fields: F,
  { least = octets }: { least?: number } = {},
): Schema<Plain<BitsOf<F>>> => bitsNode(octets, least, fields, false);

/**
 * Feature bits over `least` to `octets` octets: the value has only what is not 0, so `{ lpp: true }` is a whole capability. Absent
 * octets count as 0, and zero octets at the end beyond `least` are not sent.
 */
export const features = <const F extends { readonly [name: string]: BitField }>(
  least: number,
  octets: number,
  fields: F,
): Schema<FeaturesOf<F>> => bitsNode(octets, least, fields, true);

function bitsNode<T>(octets: number, least: number, fields: { readonly [name: string]: BitField }, sparse: boolean): Schema<T> {
  const named = Object.entries(fields).map(([name, of]) => ({ name, bits: of }));
  return schemaOf({ kind: "bits", octets, least, fields: named, byName: new Map(Object.entries(fields)), sparse });
}

/** Present when the bit is 1. */
export const on = <T>(bit: number, schema: Schema<T>, octet = 1): Presence<T> => ({ bit: flag(bit, octet), when: true, schema });
/** Present when the bit is 0. */
export const off = <T>(bit: number, schema: Schema<T>, octet = 1): Presence<T> => ({ bit: flag(bit, octet), when: false, schema });

/**
 * Flag octets, then the fields that they announce, in the order declared: `on(1, ipv4)` is present when bit 1 is 1, and writing sets
 * the bit when the value is there. `flag(…)` and `field(…)` rows are further bits of the flag octets; where one stands on the bit of a
 * field, it says what the bit is, and a field that contradicts it is a RangeError.
 */
export const flagged = <const F extends { readonly [name: string]: BitField | Presence }>(
  octets: number,
  rows: F,
): Schema<FlaggedOf<F>> => {
  const flags: NamedBits[] = [];
  for (const [name, row] of Object.entries(rows)) if (!("schema" in row)) flags.push({ name, bits: row });
  const fields: FlaggedField[] = [];
  for (const [name, row] of Object.entries(rows)) {
    if (!("schema" in row)) continue;
    const { bit, when, schema } = row;
    const shared = flags.some(({ bits }) => bits.first === bit.first && bits.shift === bit.shift);
    fields.push({ name, bit, when, schema: nodeOf(schema), shared });
  }
  return schemaOf({ kind: "flagged", octets, flags, fields });
};

// ---- branches ------------------------------------------------------------------------------------------------------------------

/** Fields one after the other. `tail(…)` fields may only follow all others. */
export const struct = <const F extends Fields>(fields: F): Schema<StructOf<F>> =>
  schemaOf({ kind: "struct", fields: Object.entries(fields).map(([name, schema]) => ({ name, schema: nodeOf(schema) })) });

/** Present when octets are left in the field. */
export const tail = <T>(of: Schema<T>): Schema<T | undefined> => schemaOf({ kind: "tail", of: nodeOf(of) });

/** A length of `octets` octets, then the value in exactly that many; `extendable`: further octets in it are skipped. */
export const sized = <T>(octets: number, of: Schema<T>, { extendable = false }: { extendable?: boolean } = {}): Schema<T> =>
  schemaOf({ kind: "sized", octets, of: nodeOf(of), extendable });

/** Values to the end of the field, or after a count of `count` octets. */
export const list = <T>(
  of: Schema<T>,
  { count = 0, min = 0, max = 65_535 }: { count?: number; min?: number; max?: number } = {},
): Schema<T[]> => schemaOf({ kind: "list", of: nodeOf(of), count, min, max });

/** Octets with a type (`bits`: where in them), then what the type says: `{ is: "ipv4", value }`. Another type is a fault. */
export const choice = <const C extends { readonly [name: string]: readonly [number, Schema] }>(
  octets: number,
  where: BitField<number>,
  cases: C,
): Schema<ChoiceOf<C>> =>
  schemaOf({
    kind: "choice",
    octets,
    bits: where,
    cases: Object.entries(cases).map(([name, [code, schema]]) => ({ name, code, schema: nodeOf(schema) })),
  });

/** The same octets seen as another value. */
export const mapped = <Raw, T>(of: Schema<Raw>, mapping: Mapping<Raw, T>): Schema<T> =>
  schemaOf({ kind: "mapped", of: nodeOf(of), mapping: mapping as unknown as Mapping<unknown, unknown> });

export const custom = <T>(it: Custom<T>): Schema<T> => schemaOf({ kind: "custom", custom: it as unknown as Custom<unknown> });
