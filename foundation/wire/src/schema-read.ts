import { toText } from "./octets.ts";
import { Reader } from "./reader.ts";
import { attempt, type Result, WireFault } from "./result.ts";
import { type BitField, type Node, nodeOf, type Schema } from "./schema.ts";

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
export const read = <T>(schema: Schema<T>, reader: Reader, field = "value"): T => walk(nodeOf(schema), reader, field) as T;

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

function walk(node: Node, reader: Reader, field: string): unknown {
  switch (node.kind) {
    case "uint": {
      const at = reader.at;
      const value = reader.uint(node.octets, field);
      if (value > node.max) throw reader.fault("invalid", field, `${value} is above ${node.max}`, at);
      return value;
    }
    case "u64":
      return reader.u64(field);
    case "codes": {
      const value = reader.uint(node.octets, field);
      return node.names.get(value) ?? value;
    }
    case "octets":
      return reader.octets(extent(node, reader, field), field);
    case "text":
      return toText(reader.octets(extent(node, reader, field), field));
    case "spare":
      reader.skip(node.octets, field);
      return undefined;
    case "bits": {
      reader.need(node.least, field);
      const { at, bytes } = reader;
      const end = Math.min(at + node.octets, reader.end);
      reader.at = end;
      const value: Record<string, unknown> = {};
      for (const one of node.fields) {
        if (node.sparse && (at + one.bits.first >= end || bitsAt(bytes, at, end, one.bits) === 0)) continue;
        value[one.name] = bitValue(bytes, at, end, one.bits);
      }
      return value;
    }
    case "flagged": {
      const { at, bytes } = reader;
      reader.skip(node.octets, field);
      const end = at + node.octets;
      const value: Record<string, unknown> = {};
      for (const one of node.flags) value[one.name] = bitValue(bytes, at, end, one.bits);
      let name = "";
      try {
        for (const one of node.fields) {
          name = one.name;
          value[name] = (bitsAt(bytes, at, end, one.bit) === 1) === one.when ? walk(one.schema, reader, name) : undefined;
        }
      } catch (fault) {
        throw within(name, fault);
      }
      return value;
    }
    case "struct": {
      const value: Record<string, unknown> = {};
      let name = "";
      try {
        for (const one of node.fields) {
          name = one.name;
          if (one.schema.kind === "spare") reader.skip(one.schema.octets, name);
          else value[name] = walk(one.schema, reader, name);
        }
      } catch (fault) {
        throw within(name, fault);
      }
      return value;
    }
    case "tail":
      return reader.left > 0 ? walk(node.of, reader, field) : undefined;
    case "sized": {
      const inner = reader.sub(reader.uint(node.octets, field), field);
      const value = walk(node.of, inner, field);
      if (!node.extendable) whole(inner, field);
      return value;
    }
    case "list":
      return walkList(node, reader, field);
    case "choice": {
      const { at, bytes } = reader;
      reader.skip(node.octets, field);
      const code = bitsAt(bytes, at, at + node.octets, node.bits);
      for (const one of node.cases) if (one.code === code) return { is: one.name, value: walk(one.schema, reader, one.name) };
      throw reader.fault("unknown", field, `type ${code} is not one of ${node.cases.map((one) => one.code).join(", ")}`, at);
    }
    case "mapped":
      return node.mapping.read(walk(node.of, reader, field), reader);
    case "custom":
      return node.custom.read(reader);
  }
}

function extent(node: { readonly min: number; readonly max: number }, reader: Reader, field: string): number {
  if (node.min === node.max) return node.min;
  const { left } = reader;
  reader.need(node.min, field);
  if (left > node.max) throw reader.fault("limit", field, `${left} octets, at most ${node.max}`);
  return left;
}

function walkList(node: Extract<Node, { kind: "list" }>, reader: Reader, field: string): unknown[] {
  const values: unknown[] = [];
  const start = reader.at;
  const announced = node.count > 0 ? reader.uint(node.count, field) : undefined;
  if ((announced ?? 0) > node.max) throw reader.fault("limit", field, `${announced} values, at most ${node.max}`, start);
  try {
    while (announced === undefined ? reader.left > 0 : values.length < announced) {
      if (values.length >= node.max) throw reader.fault("limit", "", `more than ${node.max} values`);
      const before = reader.at;
      values.push(walk(node.of, reader, ""));
      // A value of no octets would let an announced count, not the octets, decide how much work there is.
      if (reader.at === before) throw reader.fault("invalid", "", "a value of no octets");
    }
  } catch (fault) {
    throw within(`${field}[${values.length}]`, fault);
  }
  if (values.length < node.min) throw reader.fault("invalid", field, `${values.length} values, at least ${node.min}`, start);
  return values;
}
