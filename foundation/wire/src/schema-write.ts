import { fromText } from "./octets.ts";
import { type BitField, type Codes, compiledOf, type NamedBits, type Node, nodeOf, type Schema, type Write } from "./schema.ts";
import { Writer } from "./writer.ts";

/** Octets of a value. The value is ours: one that does not fit the schema is a bug, a RangeError. */
export function encode<T>(schema: Schema<T>, value: NoInfer<T>): Uint8Array {
  const writer = new Writer();
  write(schema, writer, value);
  return writer.done();
}

export const write = <T>(schema: Schema<T>, writer: Writer, value: NoInfer<T>): void => writerOf(schema)(writer, value);

/** The writer of a schema, made when it is first wanted. */
export function writerOf(schema: Schema): Write {
  const compiled = compiledOf(schema);
  compiled.write ??= compile(compiled.node);
  return compiled.write;
}

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

function octetOfBits(fields: readonly NamedBits[], value: Row): number {
  let octet = 0;
  for (const { name, bits } of fields) {
    const one = value[name];
    if (one !== undefined) octet |= bitsOf(bits, one) << bits.shift;
  }
  return octet;
}

/** The octet of a schema of one octet. */
export function octetOf<T>(schema: Schema<T>, value: NoInfer<T>): number {
  const octet = octetOfNode(nodeOf(schema), value);
  if (octet !== undefined) return octet;
  const writer = new Writer(1);
  writerOf(schema)(writer, value);
  if (writer.length !== 1) throw new RangeError(`${writer.length} octets, not 1`);
  return writer.done()[0]!;
}

/** What needs no writer. */
function octetOfNode(node: Node, value: unknown): number | undefined {
  switch (node.kind) {
    case "mapped":
      return octetOfNode(node.of, node.mapping.write(value));
    case "bits":
      return node.octets === 1 ? octetOfBits(node.fields, value as Row) : undefined;
    default:
      return undefined;
  }
}

function bounded(octets: Uint8Array, { min, max }: { readonly min: number; readonly max: number }): Uint8Array {
  if (octets.length < min || octets.length > max) throw new RangeError(`${octets.length} octets, not ${min} to ${max}`);
  return octets;
}

/** Makes the writer of a node out of those of its parts. */
function compile(node: Node): Write {
  switch (node.kind) {
    case "uint": {
      const { octets, max } = node;
      return (writer, value) => {
        if ((value as number) > max) throw new RangeError(`${String(value)} is above ${max}`);
        writer.uint(value as number, octets);
      };
    }
    case "u64":
      return (writer, value) => {
        writer.u64(value as bigint);
      };
    case "codes": {
      const { octets, codes } = node;
      return (writer, value) => {
        writer.uint(codeOf(codes, value), octets);
      };
    }
    case "octets":
      return (writer, value) => {
        writer.octets(bounded(value as Uint8Array, node));
      };
    case "text":
      return (writer, value) => {
        writer.octets(bounded(fromText(value as string), node));
      };
    case "spare": {
      const { octets } = node;
      return (writer) => {
        writer.zeros(octets);
      };
    }
    case "bits":
      return bitsWriter(node);
    case "flagged":
      return flaggedWriter(node);
    case "struct":
      return structWriter(node);
    case "tail": {
      const of = compile(node.of);
      return (writer, value) => {
        if (value !== undefined) of(writer, value);
      };
    }
    case "sized": {
      const { octets } = node;
      const of = compile(node.of);
      return (writer, value) => {
        const start = writer.open(octets);
        of(writer, value);
        writer.close(start, octets);
      };
    }
    case "list": {
      const { count, min, max } = node;
      const of = compile(node.of);
      return (writer, value) => {
        const values = value as readonly unknown[];
        if (values.length < min || values.length > max) throw new RangeError(`${values.length} values, not ${min} to ${max}`);
        if (count > 0) writer.uint(values.length, count);
        for (const one of values) of(writer, one);
      };
    }
    case "choice":
      return choiceWriter(node);
    case "mapped": {
      const { mapping } = node;
      const of = compile(node.of);
      return (writer, value) => of(writer, mapping.write(value));
    }
    case "custom": {
      const { custom } = node;
      return (writer, value) => custom.write(writer, value);
    }
  }
}

function bitsWriter(node: Extract<Node, { kind: "bits" }>): Write {
  const { octets, least, fields, sparse } = node;
  if (octets === 1) {
    return (writer, value) => {
      writer.u8(octetOfBits(fields, value as Row));
    };
  }
  return (writer, value) => {
    const into = sparse ? putSparse(node, value as Row) : putAll(fields, octets, value as Row);
    let length = octets;
    while (length > least && into[length - 1] === 0) length--;
    writer.octets(length === octets ? into : into.subarray(0, length));
  };
}

function flaggedWriter({ octets, flags, fields }: Extract<Node, { kind: "flagged" }>): Write {
  const rows = fields.map((field) => ({ ...field, of: compile(field.schema) }));
  return (writer, value) => {
    const row = value as Row;
    const into = putAll(flags, octets, row);
    for (const one of rows) {
      const present = row[one.name] !== undefined;
      if (present === one.when && !one.shared) put(into, one.bit, true);
    }
    writer.octets(into);
    for (const one of rows) {
      const inner = row[one.name];
      const present = inner !== undefined;
      const bit = ((into[one.bit.first]! >> one.bit.shift) & 1) === 1;
      // Two rows may share a bit (present or absent together): one without the other cannot be said on the wire.
      if (present !== (bit === one.when)) throw new RangeError(`${one.name} contradicts the flag that announces it`);
      if (present) one.of(writer, inner);
    }
  };
}

function structWriter({ fields }: Extract<Node, { kind: "struct" }>): Write {
  const rows = fields.map(({ name, schema }) => ({ name, tail: schema.kind === "tail", of: compile(schema) }));
  return (writer, value) => {
    const row = value as Row;
    let closed = false;
    for (const { name, tail, of } of rows) {
      const inner = row[name];
      if (tail) {
        if (inner === undefined) {
          closed = true;
          continue;
        }
        if (closed) throw new RangeError(`${name} without the optional field before it`);
      }
      of(writer, inner);
    }
  };
}

function choiceWriter({ octets, bits, cases }: Extract<Node, { kind: "choice" }>): Write {
  const byName = new Map(
    cases.map(({ name, code, schema }) => {
      const head = new Uint8Array(octets);
      put(head, bits, code);
      return [name, { head, of: compile(schema) }];
    }),
  );
  return (writer, value) => {
    const { is, value: inner } = value as { is: string; value: unknown };
    const chosen = byName.get(is);
    if (chosen === undefined) throw new RangeError(`${is} is not one of ${cases.map((one) => one.name).join(", ")}`);
    writer.octets(chosen.head);
    chosen.of(writer, inner);
  };
}
