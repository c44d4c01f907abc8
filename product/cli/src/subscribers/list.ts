import type { Subscriber } from "@freehold/udr";
import { isMap, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { type Defaults, type Entry, EntryFault, subscriberOf } from "./entry.ts";
import { fromOpen5gs, isOpen5gs } from "./open5gs.ts";

/** What is wrong with a list, a line of the file each. */
export class ListFault extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.faults = faults;
  }
}

interface Record {
  readonly line: number;
  readonly fields: { readonly [key: string]: unknown };
}

const columns = "supi or imsi, k, opc or op, amf, sqn, msisdn, ambr, sessionAmbr, dnn, sst, sd, slice, staticIp";

/**
 * Subscribers of a list: CSV with a header line, or a YAML or JSON list of objects with the same names, or what mongoexport writes of Open5GS.
 * `name` is how messages call the file. Throws `ListFault`: one wrong entry and the list is not taken.
 */
export function readSubscribers(text: string, name: string, defaults: Defaults): Subscriber[] {
  const records = /\.csv$/i.test(name) || looksLikeCsv(text) ? readCsv(text, name) : readDocuments(text, name);
  if (records.length === 0) throw new ListFault([`${name}: no subscriber in it`]);
  const faults: string[] = [];
  const seen = new Map<string, number>();
  const subscribers = records.flatMap(({ line, fields }) => {
    try {
      const subscriber = subscriberOf(isOpen5gs(fields) ? fromOpen5gs(fields) : entryOf(fields), defaults);
      const before = seen.get(subscriber.supi);
      if (before !== undefined) throw new EntryFault(`${subscriber.supi} stands in line ${before} already`);
      seen.set(subscriber.supi, line);
      return [subscriber];
    } catch (error) {
      if (!(error instanceof EntryFault)) throw error;
      faults.push(`${name}:${line}: ${error.message}`);
      return [];
    }
  });
  if (faults.length > 0) throw new ListFault(faults);
  return subscribers;
}

const names: { readonly [column: string]: keyof Entry } = {
  supi: "supi",
  imsi: "supi",
  k: "k",
  key: "k",
  ki: "k",
  opc: "opc",
  op: "op",
  amf: "amf",
  sqn: "sqn",
  msisdn: "msisdn",
  ambr: "ambr",
  sessionambr: "sessionAmbr",
  staticip: "staticIp",
};
const lists: { readonly [column: string]: "slices" | "dnns" } = {
  slice: "slices",
  slices: "slices",
  dnn: "dnns",
  dnns: "dnns",
  apn: "dnns",
};

/** A flat record: one text a column; lists are given as lists or parted by `;`. */
function entryOf(fields: { readonly [key: string]: unknown }): Entry {
  const entry: { -readonly [K in keyof Entry]: Entry[K] } = {};
  const slice: { sst?: string; sd?: string } = {};
  for (const [key, value] of Object.entries(fields)) {
    const column = key.toLowerCase().replaceAll(/[\s_-]/g, "");
    const several = (Array.isArray(value) ? value : [value]).map((one) => {
      if (typeof one === "string") return one.trim();
      throw new EntryFault(`${key}: text is wanted; known are ${columns}`);
    });
    const parts = several.flatMap((one) => one.split(";")).map((one) => one.trim());
    const given = parts.filter((one) => one !== "" && one !== "null");
    if (given.length === 0) continue;
    const plain = names[column] as Exclude<keyof Entry, "slices" | "dnns" | "whole"> | undefined;
    const list = lists[column];
    if (plain !== undefined) entry[plain] = given.join(";");
    else if (list !== undefined) entry[list] = given;
    else if (column === "sst" || column === "sd") slice[column] = given.join(";");
    else throw new EntryFault(`"${key}" is no column: known are ${columns}`);
  }
  if (slice.sd !== undefined && slice.sst === undefined) throw new EntryFault("an SD without an SST");
  if (slice.sst !== undefined) entry.slices = [...(entry.slices ?? []), slice.sd === undefined ? slice.sst : `${slice.sst}-${slice.sd}`];
  return entry;
}

const looksLikeCsv = (text: string): boolean => /^\uFEFF?"?(?:supi|imsi|k|key|ki|opc|op)"?\s*,/i.test(text);

function readCsv(text: string, name: string): Record[] {
  const rows = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line, i) => ({ line: i + 1, cells: cellsOf(line) }))
    .filter(({ cells }) => cells.some((cell) => cell !== "") && !cells[0]?.startsWith("#"));
  const [header, ...rest] = rows;
  if (header === undefined) return [];
  const faults = rest.filter(({ cells }) => cells.length > header.cells.length);
  if (faults.length > 0) {
    throw new ListFault(
      faults.map(({ line, cells }) => `${name}:${line}: ${cells.length} columns; the first line has ${header.cells.length}`),
    );
  }
  return rest.map(({ line, cells }) => ({ line, fields: Object.fromEntries(header.cells.map((key, i) => [key, cells[i] ?? ""])) }));
}

/** RFC 4180 without line breaks inside quotes. */
const cellsOf = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:\s*"((?:[^"]|"")*)"\s*|([^,]*))/g)].map(([, quoted, bare]) =>
    quoted === undefined ? (bare ?? "").trim() : quoted.replaceAll('""', '"'),
  );

function readDocuments(text: string, name: string): Record[] {
  const lines = text.split("\n");
  const full = lines.map((line, i) => ({ line, at: i })).filter(({ line }) => line.trim() !== "");
  // mongoexport without --jsonArray: a document a line.
  if (full.length > 1 && full.every(({ line }) => /^\s*\{.*\}\s*$/.test(line))) {
    return full.flatMap(({ line, at }) => readDocument(line, name, at));
  }
  return readDocument(text, name, 0);
}

/** YAML of which JSON is a part; every scalar stays text: a key of digits alone is not a number. */
function readDocument(text: string, name: string, linesBefore: number): Record[] {
  const counter = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", lineCounter: counter, prettyErrors: false });
  const lineAt = (offset: number): number => linesBefore + counter.linePos(offset).line;
  const [broken] = document.errors;
  if (broken !== undefined) throw new ListFault([`${name}:${lineAt(broken.pos[0])}: neither CSV with a header line nor YAML nor JSON`]);
  let root = document.contents as Node | null;
  if (isMap(root) && root.items.length === 1 && isSeq(root.items[0]?.value)) root = root.items[0].value as Node;
  const items = isSeq(root) ? root.items : root === null ? [] : [root];
  return items.map((item) => {
    const node = item as Node;
    const line = lineAt(node.range?.[0] ?? 0);
    if (!isMap(node)) throw new ListFault([`${name}:${line}: a subscriber is an object of ${columns}`]);
    return { line, fields: node.toJS(document, { maxAliasCount: 100 }) as Record["fields"] };
  });
}
