import { toHex } from "./octets.ts";
import { type BitField, type Node, nodeOf, type Schema } from "./schema.ts";

/** A value for people: one line for a leaf, one indented line per field for the rest; `indent` counts steps of two spaces. */
export const print = <T>(schema: Schema<T>, value: NoInfer<T>, indent = 0): string => walk(nodeOf(schema), value, indent);

type Row = Record<string, unknown>;

const margin = (indent: number): string => `\n${"  ".repeat(indent + 1)}`;

/** Any plain value without a schema: what `custom` and `mapped` fields fall back to. */
export function printPlain(value: unknown, indent = 0): string {
  if (value instanceof Uint8Array) return value.length === 0 ? "(no octets)" : toHex(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return "(none)";
    if (value.every((one) => typeof one !== "object")) return value.join(", ");
    return value.map((one, i) => `${margin(indent)}[${i}] ${printPlain(one, indent + 1)}`).join("");
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([name, one]) => `${margin(indent)}${name}: ${printPlain(one, indent + 1)}`)
      .join("");
  }
  return String(value);
}

function bit(bits: BitField, value: unknown): string {
  return bits.flag ? (value === true ? "yes" : "no") : named(bits.names, value);
}

function named(names: ReadonlyMap<number, string> | undefined, value: unknown): string {
  if (typeof value !== "number") return String(value);
  const name = names?.get(value);
  return name === undefined ? String(value) : `${name} (${value})`;
}

const line = (name: string, indent: number, shown: string): string => `${margin(indent)}${name}: ${shown}`;

function walk(node: Node, value: unknown, indent: number): string {
  if (value === undefined) return "(absent)";
  switch (node.kind) {
    case "uint":
      return named(node.names, value);
    case "codes":
      return named(node.names, value);
    case "u64":
    case "octets":
    case "spare":
      return printPlain(value, indent);
    case "text":
      return JSON.stringify(value);
    case "bits": {
      const row = value as Row;
      const shown = node.sparse ? node.fields.filter(({ name }) => row[name] !== undefined) : node.fields;
      if (shown.length === 0) return "(none)";
      return shown.map(({ name, bits }) => line(name, indent, bit(bits, row[name]))).join("");
    }
    case "flagged": {
      const row = value as Row;
      return [
        ...node.flags.map(({ name, bits }) => line(name, indent, bit(bits, row[name]))),
        ...node.fields
          .filter(({ name }) => row[name] !== undefined)
          .map(({ name, schema }) => line(name, indent, walk(schema, row[name], indent + 1))),
      ].join("");
    }
    case "struct": {
      const row = value as Row;
      return node.fields
        .filter(({ name }) => row[name] !== undefined)
        .map(({ name, schema }) => line(name, indent, walk(schema, row[name], indent + 1)))
        .join("");
    }
    case "tail":
    case "sized":
      return walk(node.of, value, indent);
    case "list": {
      const values = value as readonly unknown[];
      if (values.length === 0) return "(none)";
      return values.map((one, i) => `${margin(indent)}[${i}] ${walk(node.of, one, indent + 1)}`).join("");
    }
    case "choice": {
      const { is, value: inner } = value as { is: string; value: unknown };
      const chosen = node.cases.find((one) => one.name === is);
      return chosen === undefined ? is : `${is} ${walk(chosen.schema, inner, indent)}`;
    }
    case "mapped":
      return node.mapping.print?.(value) ?? printPlain(value, indent);
    case "custom":
      return node.custom.print?.(value, indent) ?? printPlain(value, indent);
  }
}
