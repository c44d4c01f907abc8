import { fromText } from "./octets.ts";
import { type BitField, type Codes, type NamedBits, type Node, nodeOf, type Schema } from "./schema.ts";
import { Writer } from "./writer.ts";

/** Octets of a value. The value is ours: one that does not fit the schema is a bug, a RangeError. */
export function encode<T>(schema: Schema<T>, value: NoInfer<T>): Uint8Array {
  const writer = new Writer();
  write(schema, writer, value);
  return writer.done();
}

export const write = <T>(schema: Schema<T>, writer: Writer, value: NoInfer<T>): void => walk(nodeOf(schema), writer, value);

type Row = Record<string, unknown>;

function codeOf(codes: Codes, value: unknown): number {
  if (typeof value === "number") return value;
  const code = codes[String(value)];
  if (code === undefined) throw new RangeError(`${String(value)} is not one of ${Object.keys(codes).join(", ")}`);
  return code;
}

function bitsOf(bits: BitField, value: unknown): number {
  if (bits.flag) return value === true ? 1 : 0;
  const number = bits.codes === undefined ? (value as number) : codeOf(bits.codes, value);
  if (!Number.isInteger(number) || number < 0 || number >= 2 ** bits.width)
    throw new RangeError(`${number} does not fit ${bits.width} bit(s)`);
  return number;
}

function put(into: Uint8Array, bits: BitField, value: unknown): void {
  const number = bitsOf(bits, value);
  if (bits.first === bits.last) {
    into[bits.first]! |= number << bits.shift;
    return;
  }
  let rest = number * 2 ** bits.shift;
  for (let i = bits.last; i >= bits.first; i--) {
    into[i]! |= rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** A field that is not there is 0. */
function putAll(fields: readonly NamedBits[], octets: number, value: Row): Uint8Array {
  const into = new Uint8Array(octets);
  for (const { name, bits } of fields) {
    const one = value[name];
    if (one !== undefined) put(into, bits, one);
  }
  return into;
}

/** Feature bits: as many steps as there are bits set, not as the table has rows. */
function putSparse(node: Extract<Node, { kind: "bits" }>, value: Row): Uint8Array {
  const into = new Uint8Array(node.octets);
  for (const name in value) {
    const bits = node.byName.get(name);
    if (bits !== undefined && value[name] !== undefined) put(into, bits, value[name]);
  }
  return into;
}

/** The octet of a schema of one octet. */
export const octetOf = <T>(schema: Schema<T>, value: NoInfer<T>): number => octetOfNode(nodeOf(schema), value);

function octetOfNode(node: Node, value: unknown): number {
  if (node.kind === "mapped") return octetOfNode(node.of, node.mapping.write(value));
  if (node.kind === "bits" && node.octets === 1) {
    let octet = 0;
    for (const { name, bits } of node.fields) {
      const one = (value as Row)[name];
      if (one !== undefined) octet |= bitsOf(bits, one) << bits.shift;
    }
    return octet;
  }
  const writer = new Writer(1);
  walk(node, writer, value);
  if (writer.length !== 1) throw new RangeError(`${writer.length} octets, not 1`);
  return writer.done()[0]!;
}

function bounded(octets: Uint8Array, { min, max }: { readonly min: number; readonly max: number }): Uint8Array {
  if (octets.length < min || octets.length > max) throw new RangeError(`${octets.length} octets, not ${min} to ${max}`);
  return octets;
}

function walk(node: Node, writer: Writer, value: unknown): void {
  switch (node.kind) {
    case "uint":
      if ((value as number) > node.max) throw new RangeError(`${String(value)} is above ${node.max}`);
      writer.uint(value as number, node.octets);
      return;
    case "u64":
      writer.u64(value as bigint);
      return;
    case "codes":
      writer.uint(codeOf(node.codes, value), node.octets);
      return;
    case "octets":
      writer.octets(bounded(value as Uint8Array, node));
      return;
    case "text":
      writer.octets(bounded(fromText(value as string), node));
      return;
    case "spare":
      writer.octets(new Uint8Array(node.octets));
      return;
    case "bits": {
      if (node.octets === 1) {
        writer.u8(octetOfNode(node, value));
        return;
      }
      const into = node.sparse ? putSparse(node, value as Row) : putAll(node.fields, node.octets, value as Row);
      let length = node.octets;
      while (length > node.least && into[length - 1] === 0) length--;
      writer.octets(length === node.octets ? into : into.subarray(0, length));
      return;
    }
    case "flagged": {
      const row = value as Row;
      const into = putAll(node.flags, node.octets, row);
      for (const one of node.fields) {
        const present = row[one.name] !== undefined;
        if (present === one.when && !one.shared) put(into, one.bit, true);
      }
      writer.octets(into);
      for (const one of node.fields) {
        const present = row[one.name] !== undefined;
        const bit = ((into[one.bit.first]! >> one.bit.shift) & 1) === 1;
        // Two rows may share a bit (present or absent together): one without the other cannot be said on the wire.
        if (present !== (bit === one.when)) throw new RangeError(`${one.name} contradicts the flag that announces it`);
        if (present) walk(one.schema, writer, row[one.name]);
      }
      return;
    }
    case "struct": {
      const row = value as Row;
      let closed = false;
      for (const one of node.fields) {
        if (one.schema.kind === "tail") {
          if (row[one.name] === undefined) {
            closed = true;
            continue;
          }
          if (closed) throw new RangeError(`${one.name} without the optional field before it`);
        }
        walk(one.schema, writer, row[one.name]);
      }
      return;
    }
    case "tail":
      if (value !== undefined) walk(node.of, writer, value);
      return;
    case "sized":
      writer.counted(node.octets, () => walk(node.of, writer, value));
      return;
    case "list": {
      const values = value as readonly unknown[];
      if (values.length < node.min || values.length > node.max)
        throw new RangeError(`${values.length} values, not ${node.min} to ${node.max}`);
      if (node.count > 0) writer.uint(values.length, node.count);
      for (const one of values) walk(node.of, writer, one);
      return;
    }
    case "choice": {
      const { is, value: inner } = value as { is: string; value: unknown };
      const chosen = node.cases.find((one) => one.name === is);
      if (chosen === undefined) throw new RangeError(`${is} is not one of ${node.cases.map((one) => one.name).join(", ")}`);
      const into = new Uint8Array(node.octets);
      put(into, node.bits, chosen.code);
      writer.octets(into);
      walk(chosen.schema, writer, inner);
      return;
    }
    case "mapped":
      walk(node.of, writer, node.mapping.write(value));
      return;
    case "custom":
      node.custom.write(writer, value);
      return;
  }
}
