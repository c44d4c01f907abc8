import { blankOf, fromBlank, type Plain, type Schema } from "@freehold/wire";

/** Formats of TS 24.007 §11.2.1.1.1 (unchecked); TV1 is TV with IEI and value in one octet (type 1). */
export type Format = "half" | "V" | "LV" | "LV-E" | "TV" | "TV1" | "TLV" | "TLV-E";

/** One row of a message table of TS 24.501 §8: how an IE lies in the message. Lengths are the table's, of the whole IE in octets. */
export interface Row<out T = unknown> {
  readonly format: Format;
  /** For TV1 the digit, 0x8 to 0xf. */
  readonly iei: number | undefined;
  readonly presence: "M" | "O" | "C";
  readonly min: number;
  readonly max: number;
  readonly schema: Schema<T>;
  /** Of a row with presence C: it must be there when the row named has one of these values. */
  readonly condition?: Condition;
}
export interface Condition {
  readonly row: string;
  readonly values: readonly unknown[];
}
export interface Mandatory<out T> extends Row<T> {
  readonly presence: "M";
}
export interface Optional<out T> extends Row<T> {
  readonly presence: "O" | "C";
}

/** "n" in a table: as long as the length field can say. */
const n = { LV: 256, "LV-E": 65_537, TLV: 257, "TLV-E": 65_538 } as const;

const mandatory = <T>(format: Format, schema: Schema<T>, min: number, max: number): Mandatory<T> => ({
  format,
  iei: undefined,
  presence: "M",
  min,
  max,
  schema,
});
const optional = <T>(format: Format, iei: number, schema: Schema<T>, min: number, max: number): Optional<T> => ({
  format,
  iei,
  presence: "O",
  min,
  max,
  schema,
});

/** Half an octet, M V 1/2. The first of two in a row has bits 4 to 1; one alone is followed by a spare half octet. */
export const half = <T>(schema: Schema<T>): Mandatory<T> => mandatory("half", schema, 0.5, 0.5);
/** Value of fixed length. */
export const V = <T>(schema: Schema<T>, length: number): Mandatory<T> => mandatory("V", schema, length, length);
/** Length of one octet and value. Without `max`: n. */
export const LV = <T>(schema: Schema<T>, min: number, max: number = n.LV): Mandatory<T> => mandatory("LV", schema, min, max);
/** Length of two octets and value. */
export const LV_E = <T>(schema: Schema<T>, min: number, max: number = n["LV-E"]): Mandatory<T> => mandatory("LV-E", schema, min, max);
/** IEI and value of fixed length. */
export const TV = <T>(iei: number, schema: Schema<T>, length: number): Optional<T> => optional("TV", iei, schema, length, length);
/** IEI of four bits and value of four bits. */
export const TV1 = <T>(iei: number, schema: Schema<T>): Optional<T> => optional("TV1", iei, schema, 1, 1);
/** IEI, length of one octet, value. */
export const TLV = <T>(iei: number, schema: Schema<T>, min: number, max: number = n.TLV): Optional<T> =>
  optional("TLV", iei, schema, min, max);
/** IEI, length of two octets, value. */
export const TLV_E = <T>(iei: number, schema: Schema<T>, min: number, max: number = n["TLV-E"]): Optional<T> =>
  optional("TLV-E", iei, schema, min, max);
/** A row whose presence column says C, and the static condition of its clause (TS 24.007 §11.2.1.1.3, unchecked). */
export const conditional = <T>(row: Optional<T>, condition: Condition): Optional<T> => ({ ...row, presence: "C", condition });

/** An IE that the receiver does not know in this message, as received; it is written back after the known ones. */
export interface UnknownIe {
  /** As on the wire; for an IE of one octet with its bits 4 to 1 cleared. */
  readonly iei: number;
  /** Its value; for an IE of one octet the four bits. */
  readonly octets: Uint8Array;
}

export type Rows = { readonly [name: string]: Row };
type Presences<R extends Rows> = {
  [K in keyof R as R[K] extends Mandatory<unknown> ? K : never]: R[K] extends Row<infer T> ? T : never;
} & {
  [K in keyof R as R[K] extends Mandatory<unknown> ? never : K]?: R[K] extends Row<infer T> ? T : never;
} & {
  /** IEs that this release does not know in the message. */
  rest?: readonly UnknownIe[];
};
/** What is given to build a message. */
export type FieldsOf<R extends Rows> = Plain<{ readonly [K in keyof Presences<R>]: Presences<R>[K] }>;

/** Protocols by their extended protocol discriminator, TS 24.501 §9.2 and TS 24.007 §11.2.3.1.1A (unchecked). */
export const Epd = { mm: 0x7e, sm: 0x2e } as const;

export type Direction = "UE to network" | "network to UE" | "both";

export interface NamedRow extends Row {
  readonly name: string;
  readonly index: number;
}

/** What the walks know of a message: plain data, with the tables they need made once. */
export interface Shape {
  readonly name: string;
  readonly type: number;
  readonly epd: number;
  readonly direction: Direction;
  readonly rows: readonly NamedRow[];
  /** Rows without IEI, in order. */
  readonly imperative: readonly NamedRow[];
  readonly conditional: readonly NamedRow[];
  /** Row by first octet; an IE of one octet stands at sixteen places. */
  readonly byIei: readonly (NamedRow | undefined)[];
  /** A message with every key and no value: decoded messages of a kind have one hidden class. */
  readonly blank: Readonly<Record<string, unknown>>;
}

/** A declared message: a function that builds one, and its shape. */
export interface Message<in F, out M> {
  (fields: F): M;
  readonly shape: Shape;
}
export type MessageOf<D> = D extends (fields: never) => infer M ? M : never;

function declare(name: string, type: number, epd: number, direction: Direction, rows: Rows, header: readonly string[]): Shape {
  const named = Object.entries(rows).map(([key, row], index): NamedRow => ({ ...row, name: key, index }));
  const byIei = new Array<NamedRow | undefined>(256).fill(undefined);
  for (const row of named) {
    if (row.iei === undefined) continue;
    const [from, to] = row.format === "TV1" ? [row.iei << 4, (row.iei << 4) | 15] : [row.iei, row.iei];
    for (let octet = from; octet <= to; octet++) {
      if (byIei[octet] !== undefined) throw new TypeError(`${name}: two rows with IEI ${octet.toString(16)}`);
      byIei[octet] = row;
    }
  }
  const keys = [...header, ...named.map((row) => row.name), "rest"];
  const blank = { ...blankOf(["is", ...keys]), is: name };
  return {
    name,
    type,
    epd,
    direction,
    rows: named,
    imperative: named.filter((row) => row.iei === undefined),
    conditional: named.filter((row) => row.condition !== undefined),
    byIei,
    blank,
  };
}

/** A 5GMM message, TS 24.501 §8.2: the rows after the message type in the order of its table. */
export function message<const Is extends string, const R extends Rows>(
  name: Is,
  type: number,
  direction: Direction,
  rows: R,
): Message<FieldsOf<R>, Plain<{ readonly is: Is } & FieldsOf<R>>> {
  const shape = declare(name, type, Epd.mm, direction, rows, []);
  const build = (fields: FieldsOf<R>) =>
    Object.assign(fromBlank(shape.blank), fields) as unknown as Plain<{ readonly is: Is } & FieldsOf<R>>;
  return Object.assign(build, { shape });
}

/** Header of a 5GSM message, TS 24.501 §9.1.1. */
export interface SessionHeader {
  /** §9.4: 1 to 15; 0 for none. */
  readonly pduSessionId: number;
  /** §9.6: procedure transaction identity, 1 to 254; 0 for none. */
  readonly pti: number;
}

/** A 5GSM message, TS 24.501 §8.3. */
export function sessionMessage<const Is extends string, const R extends Rows>(
  name: Is,
  type: number,
  direction: Direction,
  rows: R,
): Message<Plain<SessionHeader & FieldsOf<R>>, Plain<{ readonly is: Is } & SessionHeader & FieldsOf<R>>> {
  const shape = declare(name, type, Epd.sm, direction, rows, ["pduSessionId", "pti"]);
  const build = (fields: Plain<SessionHeader & FieldsOf<R>>) =>
    Object.assign(fromBlank(shape.blank), fields) as unknown as Plain<{ readonly is: Is } & SessionHeader & FieldsOf<R>>;
  return Object.assign(build, { shape });
}

/** Four bits as an octet, for the schemas of half octets. */
export const nibbles = Uint8Array.from({ length: 16 }, (_, i) => i);
