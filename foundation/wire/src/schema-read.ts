import { blankOf, fromBlank } from "./blank.ts";
import { toText } from "./octets.ts";
import { Reader } from "./reader.ts";
import { attempt, type Result, WireFault } from "./result.ts";
import { type BitField, compiledOf, type Node, type Read, type Schema } from "./schema.ts";

/** Decodes all of `octets`; octets left over are an error unless `extendable`. */
export function decode<T>(schema: Schema<T>, octets: Uint8Array, { extendable = false }: { extendable?: boolean } = {}): Result<T> {
  return attempt(() => {
    const reader = new Reader(octets);
    const value = read(schema, reader);
    if (!extendable) whole(reader, "value");
    return value;
  });
}

/** Reads a value where the reader stands; a fault is thrown and names the field. */
export const read = <T>(schema: Schema<T>, reader: Reader, field = "value"): T => readerOf(schema)(reader, field) as T;

/** The reader of a schema, made when it is first wanted. */
export function readerOf(schema: Schema): Read {
  const compiled = compiledOf(schema);
  compiled.read ??= compile(compiled.node);
  return compiled.read;
}

function whole(reader: Reader, field: string): void {
  if (reader.left > 0) throw reader.fault("unexpected", field, `${reader.left} octet(s) after the end`);
}

/** The fault with the name of the field around it. */
export function within(name: string, fault: unknown): unknown {
  if (!(fault instanceof WireFault)) return fault;
  const { kind, field, at, detail } = fault.error;
  const inside = field === "" || field === name || field.startsWith(`${name}[`);
  return new WireFault(kind, inside ? field || name : `${name}.${field}`, at, detail);
}

function bitsAt(bytes: Uint8Array, at: number, end: number, bits: BitField): number {
  if (bits.first === bits.last) return at + bits.first < end ? (bytes[at + bits.first]! >> bits.shift) & ((1 << bits.width) - 1) : 0;
  let value = 0;
  for (let i = bits.first; i <= bits.last; i++) value = value * 256 + (at + i < end ? bytes[at + i]! : 0);
  return Math.floor(value / 2 ** bits.shift) % 2 ** bits.width;
}

function bitValue(bytes: Uint8Array, at: number, end: number, bits: BitField): boolean | number | string {
  const number = bitsAt(bytes, at, end, bits);
  if (bits.flag) return number === 1;
  return bits.names === undefined ? number : (bits.names.get(number) ?? number);
}

/** Makes the reader of a node out of those of its parts: what can be known of a field before its octets come is looked at once. */
function compile(node: Node): Read {
  switch (node.kind) {
    case "uint":
      return uintReader(node);
    case "u64":
      return (reader, field) => reader.u64(field);
    case "codes": {
      const { octets, names } = node;
      return (reader, field) => {
        const value = reader.uint(octets, field);
        return names.get(value) ?? value;
      };
    }
    case "octets":
      return (reader, field) => reader.octets(extent(node, reader, field), field);
    case "text":
      return (reader, field) => toText(reader.octets(extent(node, reader, field), field));
    case "spare": {
      const { octets } = node;
      return (reader, field) => reader.skip(octets, field);
    }
    case "bits":
      return bitsReader(node);
    case "flagged":
      return flaggedReader(node);
    case "struct":
      return structReader(node);
    case "tail": {
      const of = compile(node.of);
      return (reader, field) => (reader.left > 0 ? of(reader, field) : undefined);
    }
    case "sized": {
      const { octets, extendable } = node;
      const of = compile(node.of);
      return (reader, field) => {
        const inner = reader.sub(reader.uint(octets, field), field);
        const value = of(inner, field);
        if (!extendable) whole(inner, field);
        return value;
      };
    }
    case "list":
      return listReader(node);
    case "choice": {
      const { octets, bits } = node;
      const cases = new Map(node.cases.map(({ name, code, schema }) => [code, { name, of: compile(schema) }]));
      return (reader, field) => {
        const { at, bytes } = reader;
        reader.skip(octets, field);
        const code = bitsAt(bytes, at, at + octets, bits);
        const chosen = cases.get(code);
        if (chosen !== undefined) return { is: chosen.name, value: chosen.of(reader, chosen.name) };
        throw reader.fault("unknown", field, `type ${code} is not one of ${node.cases.map((one) => one.code).join(", ")}`, at);
      };
    }
    case "mapped": {
      const { mapping } = node;
      const of = compile(node.of);
      return (reader, field) => mapping.read(of(reader, field), reader);
    }
    case "custom": {
      const { custom } = node;
      return (reader) => custom.read(reader);
    }
  }
}

function uintReader({ octets, max }: Extract<Node, { kind: "uint" }>): Read {
  if (max < 256 ** octets - 1) {
    return (reader, field) => {
      const at = reader.at;
      const value = reader.uint(octets, field);
      if (value > max) throw reader.fault("invalid", field, `${value} is above ${max}`, at);
      return value;
    };
  }
  switch (octets) {
    case 1:
      return (reader, field) => reader.u8(field);
    case 2:
      return (reader, field) => reader.u16(field);
    case 4:
      return (reader, field) => reader.u32(field);
    default:
      return (reader, field) => reader.uint(octets, field);
  }
}

function bitsReader({ octets, least, fields, sparse }: Extract<Node, { kind: "bits" }>): Read {
  const names = fields.map(({ name }) => name);
  const all = fields.map(({ bits }) => bits);
  const blank = blankOf(sparse ? [] : names);
  return (reader, field) => {
    reader.need(least, field);
    const { at, bytes } = reader;
    const end = Math.min(at + octets, reader.end);
    reader.at = end;
    const value = fromBlank(blank);
    for (let i = 0; i < all.length; i++) {
      const bits = all[i]!;
      if (sparse && (at + bits.first >= end || bitsAt(bytes, at, end, bits) === 0)) continue;
      value[names[i]!] = bitValue(bytes, at, end, bits);
    }
    return value;
  };
}

function flaggedReader({ octets, flags, fields }: Extract<Node, { kind: "flagged" }>): Read {
  const rows = fields.map(({ name, bit, when, schema }) => ({ name, bit, when, of: compile(schema) }));
  const blank = blankOf([...flags, ...fields].map(({ name }) => name));
  return (reader, field) => {
    const { at, bytes } = reader;
    reader.skip(octets, field);
    const end = at + octets;
    const value = fromBlank(blank);
    for (const { name, bits } of flags) value[name] = bitValue(bytes, at, end, bits);
    let i = 0;
    try {
      for (; i < rows.length; i++) {
        const { name, bit, when, of } = rows[i]!;
        if ((bitsAt(bytes, at, end, bit) === 1) === when) value[name] = of(reader, name);
      }
    } catch (fault) {
      throw within(rows[i]!.name, fault);
    }
    return value;
  };
}

function structReader({ fields }: Extract<Node, { kind: "struct" }>): Read {
  const rows = fields.map(({ name, schema }) => ({ name, spare: schema.kind === "spare", of: compile(schema) }));
  const blank = blankOf(rows.filter(({ spare }) => !spare).map(({ name }) => name));
  return (reader) => {
    const value = fromBlank(blank);
    let i = 0;
    try {
      for (; i < rows.length; i++) {
        const { name, spare, of } = rows[i]!;
        const one = of(reader, name);
        if (!spare) value[name] = one;
      }
    } catch (fault) {
      throw within(rows[i]!.name, fault);
    }
    return value;
  };
}

function extent(node: { readonly min: number; readonly max: number }, reader: Reader, field: string): number {
  if (node.min === node.max) return node.min;
  const { left } = reader;
  reader.need(node.min, field);
  if (left > node.max) throw reader.fault("limit", field, `${left} octets, at most ${node.max}`);
  return left;
}

function listReader({ of, count, min, max }: Extract<Node, { kind: "list" }>): Read {
  const one = compile(of);
  return (reader, field) => {
    const values: unknown[] = [];
    const start = reader.at;
    const announced = count > 0 ? reader.uint(count, field) : undefined;
    if ((announced ?? 0) > max) throw reader.fault("limit", field, `${announced} values, at most ${max}`, start);
    try {
      while (announced === undefined ? reader.left > 0 : values.length < announced) {
        if (values.length >= max) throw reader.fault("limit", "", `more than ${max} values`);
        const before = reader.at;
        values.push(one(reader, ""));
        // A value of no octets would let an announced count, not the octets, decide how much work there is.
        if (reader.at === before) throw reader.fault("invalid", "", "a value of no octets");
      }
    } catch (fault) {
      throw within(`${field}[${values.length}]`, fault);
    }
    if (values.length < min) throw reader.fault("invalid", field, `${values.length} values, at least ${min}`, start);
    return values;
  };
}
