/** Protocol IE containers: the open-ended lists of { id, criticality, open type } that NGAP and its kin put their IEs in. */
import type { Criticality, IeRow, Schema } from "../schema.ts";
import { deeper, type Link, readOpenOctets, writeOpenOctets } from "./constructed.ts";
import { inside, PerFault, within } from "./fault.ts";
import type { PerReader } from "./reader.ts";
import { type Codec, counting } from "./scalars.ts";
import type { PerWriter } from "./writer.ts";

/** An IE that is kept as it came: its id is not in the table, or its value is of a later version. */
export interface UnknownIe {
  readonly id: number;
  readonly criticality: Criticality;
  readonly bytes: Uint8Array;
}

/** What a container may hold beside its IEs. */
export interface ContainerExtras {
  readonly unknown?: readonly UnknownIe[];
  /** Ids and criticalities as received, there only when encoding by the table would give other ones. */
  readonly received?: readonly { readonly id: number; readonly criticality: Criticality }[];
}

type Values = Record<string, unknown>;
const criticalities = ["reject", "ignore", "notify"] as const;

class Row {
  readonly id: number;
  readonly key: string;
  readonly criticality: Criticality;
  readonly mandatory: boolean;
  readonly place: number;
  readonly #type: IeRow[3];
  readonly #link: Link;
  #codec: Codec | undefined;

  constructor([id, key, criticality, type, presence]: IeRow, place: number, link: Link) {
    this.id = id;
    this.key = key;
    this.criticality = criticality;
    this.mandatory = presence === "mandatory";
    this.place = place;
    this.#type = type;
    this.#link = link;
  }

  /** Linked when the IE is first met: a table names many types that a node never sees. */
  get codec(): Codec {
    this.#codec ??= this.#link(this.#type);
    return this.#codec;
  }
}

const header = {
  read(r: PerReader): { id: number; criticality: Criticality } {
    const id = r.constrained(65536);
    const criticality = criticalities[r.bits(2)];
    if (criticality === undefined) throw r.invalid("criticality 3");
    return { id, criticality };
  },
  write(w: PerWriter, id: number, criticality: Criticality): void {
    w.constrained(id, 65536);
    w.bits(criticalities.indexOf(criticality), 2);
  },
};

/** Reads the value of one IE into `into`, or, when it cannot be understood, into its `unknown`. */
function readValue(r: PerReader, row: Row | undefined, id: number, criticality: Criticality, at: number, into: Values): void {
  const keep = (bytes: Uint8Array): void => {
    r.findings.push({ kind: "not-understood", id, criticality, field: row?.key ?? `id-${id}`, at });
    ((into["unknown"] ??= []) as UnknownIe[]).push({ id, criticality, bytes });
  };
  if (row === undefined) {
    keep(readOpenOctets(r));
    return;
  }
  const depth = r.depth;
  const start = r.at;
  const end = r.end;
  const findings = r.findings.length;
  try {
    into[row.key] = r.open(row.codec.decode);
  } catch (fault) {
    if (!(fault instanceof PerFault) || fault.kind !== "unknown") throw within(fault, row.key);
    // A value of a later version makes the whole IE one that is not understood.
    r.depth = depth;
    r.at = start;
    r.end = end;
    r.findings.length = findings;
    keep(readOpenOctets(r));
  }
}

/** A count below that of a fragment is followed by all of its units. */
const atOnce = 16383;

function known(w: PerWriter, row: Row, criticality: Criticality, from: Values): void {
  header.write(w, row.id, criticality);
  try {
    w.open(row.codec.encode, from[row.key]);
  } catch (fault) {
    throw inside(fault, row.key);
  }
}

function kept(w: PerWriter, ie: UnknownIe): void {
  header.write(w, ie.id, ie.criticality);
  writeOpenOctets(w, ie.bytes);
}

export function iesCodec(s: Extract<Schema, { k: "ies" }>, set: readonly IeRow[], link: Link): Codec {
  const rows = set.map((row, place) => new Row(row, place, link));
  const byId = new Map(rows.map((row) => [row.id, row]));
  const mandatory = rows.filter((row) => row.mandatory);
  const count = counting(s);

  const decode = (r: PerReader): Values => {
    deeper(r);
    const into: Values = {};
    const received: { id: number; criticality: Criticality }[] = [];
    const seen = new Uint8Array(rows.length);
    let strange: Set<number> | undefined;
    let place = -1;
    let plain = true;
    const one = (): void => {
      const at = r.octet;
      const { id, criticality } = header.read(r);
      const row = byId.get(id);
      if (row === undefined ? strange?.has(id) : seen[row.place] === 1) {
        r.findings.push({ kind: "repeated", id, criticality, field: row?.key ?? `id-${id}`, at });
        readOpenOctets(r);
        return;
      }
      received.push({ id, criticality });
      if (row === undefined) {
        strange ??= new Set();
        strange.add(id);
      } else {
        seen[row.place] = 1;
        if (row.place < place) r.findings.push({ kind: "order", id, criticality, field: row.key, at });
        plain &&= row.place > place && row.criticality === criticality;
        place = Math.max(place, row.place);
      }
      readValue(r, row, id, criticality, at, into);
    };
    const read = (units: number): void => {
      r.spend(units);
      for (let i = 0; i < units; i++) one();
    };
    try {
      const n = count.decode(r);
      if (n >= 0) read(n);
      else r.fragments(read);
    } catch (fault) {
      if (fault instanceof PerFault) fault.partial = into;
      throw fault;
    }
    for (const row of mandatory) {
      if (seen[row.place] === 0)
        r.findings.push({ kind: "missing", id: row.id, criticality: row.criticality, field: row.key, at: r.octet });
    }
    if (!plain || into["unknown"] !== undefined) into["received"] = received;
    r.depth--;
    return into;
  };

  const encode = (w: PerWriter, value: unknown): void => {
    if (typeof value !== "object" || value === null) throw w.fault("is not an object");
    const from = value as Values & ContainerExtras;
    if (from.received === undefined && from.unknown === undefined) {
      let present = 0;
      for (let i = 0; i < rows.length; i++) if (from[rows[i]!.key] !== undefined) present++;
      if (present <= atOnce) {
        count.encode(w, present, () => {
          for (let i = 0; i < rows.length; i++) {
            const row = rows[i]!;
            if (from[row.key] !== undefined) known(w, row, row.criticality, from);
          }
        });
        return;
      }
    }
    const unknown = new Map(from.unknown?.map((ie) => [ie.id, ie]));
    const writes: (() => void)[] = [];
    const done = new Set<number>();
    for (const { id, criticality } of from.received ?? []) {
      const ie = unknown.get(id);
      const row = byId.get(id);
      if (ie !== undefined) writes.push(() => kept(w, ie));
      else if (row !== undefined && from[row.key] !== undefined) writes.push(() => known(w, row, criticality, from));
      done.add(id);
    }
    for (const row of rows) if (from[row.key] !== undefined && !done.has(row.id)) writes.push(() => known(w, row, row.criticality, from));
    for (const ie of unknown.values()) if (!done.has(ie.id)) writes.push(() => kept(w, ie));
    count.encode(w, writes.length, (first, last) => {
      for (let i = first; i < last; i++) writes[i]!();
    });
  };
  return { decode, encode };
}

/** One IE: an object with the one key of its row, or with `unknown`. */
export function ieCodec(set: readonly IeRow[], link: Link): Codec {
  const rows = set.map((row, place) => new Row(row, place, link));
  const byId = new Map(rows.map((row) => [row.id, row]));
  return {
    decode: (r) => {
      deeper(r);
      const into: Values = {};
      const at = r.octet;
      const { id, criticality } = header.read(r);
      const row = byId.get(id);
      readValue(r, row, id, criticality, at, into);
      if (row !== undefined && row.criticality !== criticality) into["received"] = [{ id, criticality }];
      r.depth--;
      return into;
    },
    encode: (w, value) => {
      const from = (value ?? {}) as Values & ContainerExtras;
      const ie = from.unknown?.[0];
      const row = rows.find((each) => from[each.key] !== undefined);
      if (ie !== undefined) kept(w, ie);
      else if (row !== undefined) known(w, row, from.received?.[0]?.criticality ?? row.criticality, from);
      else throw w.fault("holds no IE");
    },
  };
}
