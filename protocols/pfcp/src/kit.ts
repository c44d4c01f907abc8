/**
 * Messages and grouped IEs as declared rows. A row says what the table of TS 29.244 §7 says: the IE, its presence, and whether it may be
 * repeated. The walks below read and write any of them; what a table does not list is kept in `rest`.
 */
import {
  type Blank,
  blankOf,
  fromBlank,
  type Loose,
  nodeOf,
  printPlain,
  print as printValue,
  type Reader,
  read,
  type Schema,
  sample,
  sampleOctets,
  WireFault,
  type Writer,
  write,
} from "@freehold/wire";
import { Cause } from "./codes.ts";

/** An IE that the table does not list, that came more often than it may, or that was optional and wrong: kept as it came. */
export interface RawIe {
  readonly type: number;
  /** With the Enterprise ID in front when the type is 32768 or above (TS 29.244 §8.1.1). */
  readonly value: Uint8Array;
}

/** One IE type of table 8.1.2-1: a value (`schema`) or a group (`rows`). */
export interface Ie<out T = unknown> {
  readonly name: string;
  readonly type: number;
  readonly schema: Schema<T> | undefined;
  readonly rows: Rows | undefined;
  /** The rows as the walks want them. */
  readonly table: Table | undefined;
  readonly "~type"?: T;
}

export type Presence = "M" | "C" | "O";

export interface Row<out T = unknown> {
  readonly ie: Ie;
  readonly presence: Presence;
  readonly many: boolean;
  readonly "~type"?: T;
}

export type Rows = { readonly [name: string]: Row };
type RowType<R> = R extends Row<infer T> ? T : never;
export type GroupOf<R extends Rows> = Loose<{ [K in keyof R]: RowType<R[K]> } & { rest: readonly RawIe[] | undefined }>;

export const ie = <T>(name: string, type: number, schema: Schema<T>): Ie<T> => ({ name, type, schema, rows: undefined, table: undefined });
export const grouped = <const R extends Rows>(type: number, name: string, rows: R): Ie<GroupOf<R>> => ({
  name,
  type,
  schema: undefined,
  rows,
  table: tableOf(rows),
});

/** Mandatory, conditional, optional: the P column of the tables. */
export const M = <T>(of: Ie<T>): Row<T> => ({ ie: of, presence: "M", many: false });
export const C = <T>(of: Ie<T>): Row<T | undefined> => ({ ie: of, presence: "C", many: false });
export const O = <T>(of: Ie<T>): Row<T | undefined> => ({ ie: of, presence: "O", many: false });
/** "Several IEs within the same IE type may be present". Absent is undefined, never an empty list. */
export const many = <T>(row: Row<T>): Row<undefined extends T ? readonly Exclude<T, undefined>[] | undefined : readonly T[]> => ({
  ie: row.ie,
  presence: row.presence,
  many: true,
});

/** Why a message was refused: the PFCP cause and the IE at fault (TS 29.244 §7.6), besides what any wire fault says. */
export class PfcpFault extends WireFault {
  readonly pfcpCause: Cause;
  readonly offendingIe: number | undefined;
  constructor(
    cause: Cause,
    offendingIe: number | undefined,
    fault: { kind: WireFault["error"]["kind"]; field: string; at: number; detail: string },
  ) {
    super(fault.kind, fault.field, fault.at, fault.detail);
    this.name = "PfcpFault";
    this.pfcpCause = cause;
    this.offendingIe = offendingIe;
  }

  /** The fault seen from what is around: names are put together only once something is wrong. */
  under(path: string): PfcpFault {
    return new PfcpFault(this.pfcpCause, this.offendingIe, { ...this.error, field: path + this.error.field });
  }
}

/** IEs in one message or group: a datagram of 4-octet IEs is the most that there can be, a tenth of it the most that has a use. */
const maxIes = 1_600;
/** Groups in groups: PDI in Create PDR in a message is two. */
const maxDepth = 6;

type Group = Record<string, unknown>;

/** A row with the key that it has in the decoded group. */
interface Member {
  readonly name: string;
  readonly row: Row;
}

/** What the walks know of a group, made once. */
export interface Table {
  readonly members: readonly Member[];
  readonly mandatory: readonly Member[];
  readonly byType: ReadonlyMap<number, Member>;
  readonly blank: Blank;
}

function tableOf(rows: Rows, first: readonly string[] = []): Table {
  const members = Object.entries(rows).map(([name, row]): Member => ({ name, row }));
  return {
    members,
    mandatory: members.filter(({ row }) => row.presence === "M"),
    byType: new Map(members.map((member) => [member.row.ie.type, member])),
    blank: blankOf([...first, ...members.map(({ name }) => name), "rest"]),
  };
}

/** Reads IEs up to the end of the reader. The fields of a fault begin with a dot, or are empty for the group itself. */
export function readGroup({ mandatory, byType, blank }: Table, reader: Reader, depth = 0): Group {
  const group = fromBlank(blank);
  let rest: RawIe[] | undefined;
  for (let count = 1; reader.left > 0; count++) {
    const at = reader.at;
    if (reader.left < 4)
      throw new PfcpFault(Cause.invalidLength, undefined, { kind: "truncated", field: "", at, detail: "an IE header needs 4 octets" });
    const type = reader.u16("type");
    const length = reader.u16("length");
    const member = byType.get(type);
    if (length > reader.left) {
      const detail = `length ${length}, ${reader.left} left`;
      throw new PfcpFault(Cause.invalidLength, type, { kind: "truncated", field: fieldOf(member, type), at, detail });
    }
    if (count > maxIes)
      throw new PfcpFault(Cause.requestRejected, type, {
        kind: "limit",
        field: fieldOf(member, type),
        at,
        detail: `more than ${maxIes} IEs`,
      });
    const start = reader.at;
    const inner = reader.sub(length, "value");
    if (member === undefined) {
      rest ??= [];
      rest.push({ type, value: inner.rest() });
      continue;
    }
    const { name, row } = member;
    const before = group[name];
    const value = before !== undefined && !row.many ? absent : readIe(member, inner, depth);
    if (value === absent) {
      inner.at = start;
      rest ??= [];
      rest.push({ type, value: inner.rest() });
    } else if (!row.many) group[name] = value;
    else if (before === undefined) group[name] = [value];
    else (before as unknown[]).push(value);
  }
  for (const { name, row } of mandatory) {
    if (group[name] !== undefined) continue;
    const detail = `${row.ie.name} is mandatory`;
    throw new PfcpFault(Cause.mandatoryIeMissing, row.ie.type, { kind: "missing", field: `.${name}`, at: reader.at, detail });
  }
  if (rest !== undefined) group["rest"] = rest;
  return group;
}

const fieldOf = (member: Member | undefined, type: number): string => (member === undefined ? `.ie${type}` : `.${member.name}`);

const absent = Symbol("absent");

function readIe({ name, row }: Member, reader: Reader, depth: number): unknown {
  try {
    if (row.ie.table === undefined) return read(row.ie.schema!, reader, "value");
    if (depth === maxDepth) throw reader.fault("limit", "value", "groups nested too deeply");
    return readGroup(row.ie.table, reader, depth + 1);
  } catch (fault) {
    if (!(fault instanceof WireFault)) throw fault;
    // TS 29.244 §7.6.8: an optional IE that is wrong is treated as not present
    if (row.presence === "O") return absent;
    if (fault instanceof PfcpFault) throw fault.under(`.${name}`);
    const { kind, field, at, detail } = fault.error;
    const cause = kind === "truncated" ? Cause.invalidLength : Cause.mandatoryIeIncorrect;
    const inside = field === "value" ? `.${name}` : `.${name}.${field.replace(/^value\./, "")}`;
    throw new PfcpFault(cause, row.ie.type, { kind, field: inside, at, detail });
  }
}

/** Writes the rows that are present, then `rest`. A mandatory IE that is absent is a bug: RangeError. */
export function writeGroup({ members }: Table, writer: Writer, group: Group): void {
  for (let i = 0; i < members.length; i++) {
    const { name, row } = members[i]!;
    const value = group[name];
    if (value === undefined) {
      if (row.presence === "M") throw new RangeError(`${row.ie.name} is mandatory`);
    } else if (row.many) for (const one of value as readonly unknown[]) writeIe(row.ie, writer, one);
    else writeIe(row.ie, writer, value);
  }
  for (const raw of (group["rest"] as readonly RawIe[] | undefined) ?? []) {
    const start = writer.u16(raw.type).open(2);
    writer.octets(raw.value).close(start, 2);
  }
}

function writeIe(of: Ie, writer: Writer, value: unknown): void {
  const start = writer.u16(of.type).open(2);
  if (of.table === undefined) write(of.schema!, writer, value);
  else writeGroup(of.table, writer, value as Group);
  writer.close(start, 2);
}

/** Flags print as the names of those that are set. */
function printLeaf(schema: Schema, value: unknown, indent: number): string {
  if (nodeOf(schema).kind !== "bits") return printValue(schema, value, indent);
  const set = Object.entries(value as Group).filter(([, one]) => one !== false && one !== 0);
  return set.map(([name, one]) => (one === true ? name : `${name} ${one}`)).join(", ") || "none";
}

/** Indented lines, one per IE. */
export function printGroup(rows: Rows, group: Group, indent: number): string {
  let text = "";
  const margin = `\n${"  ".repeat(indent)}`;
  const one = (row: Row, value: unknown): void => {
    const shown =
      row.ie.rows === undefined ? printLeaf(row.ie.schema!, value, indent) : printGroup(row.ie.rows, value as Group, indent + 1);
    text += `${margin}${row.ie.name}:${shown.startsWith("\n") ? "" : " "}${shown}`;
  };
  for (const [name, row] of Object.entries(rows)) {
    const value = group[name];
    if (value === undefined) continue;
    if (row.many) for (const each of value as readonly unknown[]) one(row, each);
    else one(row, value);
  }
  for (const raw of (group["rest"] as readonly RawIe[] | undefined) ?? []) text += `${margin}IE ${raw.type}: ${printPlain(raw.value)}`;
  return text;
}

/** A random group: mandatory IEs always, the others now and then. `pick(n)` gives an integer from 0 to n - 1. */
export function sampleGroup(rows: Rows, pick: (n: number) => number): Group {
  const group: Group = {};
  const one = (row: Row): unknown => (row.ie.rows === undefined ? sample(row.ie.schema!, pick) : sampleGroup(row.ie.rows, pick));
  for (const [name, row] of Object.entries(rows)) {
    const present = row.presence === "M" || pick(3) === 0;
    group[name] = present ? (row.many ? Array.from({ length: 1 + pick(3) }, () => one(row)) : one(row)) : undefined;
  }
  group["rest"] = pick(8) === 0 ? [{ type: 500 + pick(100), value: sampleOctets(pick(6), pick) }] : undefined;
  return group;
}

/** A declared message: call it to build one. */
export interface Message<N extends string = string, R extends Rows = Rows> {
  (ies: GroupOf<R>): { readonly is: N } & GroupOf<R>;
  readonly is: N;
  readonly type: number;
  readonly rows: R;
  readonly table: Table;
}
export type MessageOf<D> = D extends Message<infer N, infer R> ? { readonly is: N } & GroupOf<R> : never;

export const message = <const N extends string, const R extends Rows>(is: N, type: number, rows: R): Message<N, R> =>
  Object.assign((ies: GroupOf<R>) => ({ is, ...ies }), { is, type, rows, table: tableOf(rows, ["is"]) });
