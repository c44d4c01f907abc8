/**
 * What a recording holds, declared once: everything that reached a control plane from outside (inputs), everything it drew or read, and every
 * message that it sent. The writer, the reader and the types are walks over this table.
 */
import { fromText, type Reader, toText, WireFault, type Writer } from "@freehold/wire";

/** `n` a number below 2^32, `t` text, `o` octets, `j` a value as JSON. */
type Field = "n" | "t" | "o" | "j";
interface Fields {
  readonly [name: string]: Field;
}

/** Inputs: they begin a turn, at a time. `id` counts the calls of the core that they answer, or what they opened. */
const inputs = {
  timer: { id: "n" },
  bound: { id: "n", host: "t", port: "n" },
  datagram: { socket: "n", host: "t", port: "n", data: "o" },
  listening: { id: "n", host: "t", port: "n" },
  association: { listener: "n", id: "n", ends: "j" },
  message: { association: "n", stream: "n", ppid: "n", data: "o" },
  ended: { association: "n", how: "t", why: "t" },
  done: { id: "n" },
  failed: { id: "n", fault: "j" },
  committed: { id: "n", versions: "j" },
  request: { listener: "n", id: "n", from: "j", head: "j", body: "o" },
  answered: { id: "n", head: "j", body: "o" },
} as const satisfies Record<string, Fields>;

/** What the core asked of its world within a turn and was given at once. A row that the recording has shown before is named, not repeated. */
const given = {
  drawn: { octets: "o" },
  read: { rows: "j" },
} as const satisfies Record<string, Fields>;

/** What it sent: replay compares these. `nas` is a NAS message in clear, for a reader cannot see through the ciphering of N2. */
const outputs = {
  sctp: { association: "n", stream: "n", ppid: "n", accepted: "n", data: "o" },
  aborted: { association: "n" },
  udp: { socket: "n", host: "t", port: "n", data: "o" },
  asked: { id: "n", to: "j", head: "j", body: "o" },
  answer: { id: "n", head: "j", body: "o" },
  nas: { ue: "t", from: "t", message: "t", data: "o" },
} as const satisfies Record<string, Fields>;

const table = { ...inputs, ...given, ...outputs } as const;
type Table = typeof table;
type Value<F> = F extends "n" ? number : F extends "t" ? string : F extends "o" ? Uint8Array : unknown;
type RecordOf<K extends keyof Table> = K extends keyof Table
  ? { readonly is: K } & { readonly [N in keyof Table[K]]: Value<Table[K][N]> }
  : never;

export type InputRecord = RecordOf<keyof typeof inputs>;
export type GivenRecord = RecordOf<keyof typeof given>;
export type OutputRecord = RecordOf<keyof typeof outputs>;
export type AnyRecord = InputRecord | GivenRecord | OutputRecord;

const names = Object.keys(table) as (keyof Table)[];
const codes = new Map(names.map((name, i) => [name, i]));
const rows = names.map((name) => Object.entries(table[name]) as [string, Field][]);
const inputNames: ReadonlySet<string> = new Set(Object.keys(inputs));
export const isInput = (record: AnyRecord): record is InputRecord => inputNames.has(record.is);

/** In the first octet, beside the code: this input opens a turn, and its time follows. */
const opensTurn = 0x80;

/** `at`: milliseconds of an input that opens a turn since the recording began. */
export function writeRecord(w: Writer, record: AnyRecord, at?: number): void {
  const code = codes.get(record.is)!;
  w.u8(at === undefined ? code : code | opensTurn);
  // Microseconds in six octets: eight years.
  if (at !== undefined) w.uint(Math.round(at * 1_000), 6);
  for (const [name, field] of rows[code]!) {
    const value = (record as unknown as Record<string, unknown>)[name];
    if (field === "n") w.u32(value as number);
    else {
      const octets = field === "o" ? (value as Uint8Array) : fromText(field === "t" ? (value as string) : JSON.stringify(value));
      w.u32(octets.length).octets(octets);
    }
  }
}

/** Reads one record. Throws `WireFault`. */
export function readRecord(r: Reader): { readonly record: AnyRecord; readonly at: number | undefined } {
  const start = r.at;
  const first = r.u8("record");
  const code = first & ~opensTurn;
  const name = names[code];
  if (name === undefined) throw new WireFault("invalid", "record", start, `code ${code}`);
  const at = first === code ? undefined : r.uint(6, `${name}.at`) / 1_000;
  const record: Record<string, unknown> = { is: name };
  for (const [field, kind] of rows[code]!) {
    const what = `${name}.${field}`;
    if (kind === "n") record[field] = r.u32(what);
    else {
      const octets = r.octets(r.u32(what), what);
      record[field] = kind === "o" ? octets : kind === "t" ? toText(octets) : json(octets, what, r.at);
    }
  }
  return { record: record as AnyRecord, at };
}

function json(octets: Uint8Array, field: string, at: number): unknown {
  try {
    return JSON.parse(toText(octets));
  } catch {
    throw new WireFault("invalid", field, at, "not JSON");
  }
}
