import { Reader } from "./reader.ts";
import { type BitField, type Node, nodeOf, type Pick, type Schema } from "./schema.ts";

/** A random value of the schema; the same picks give the same value. Sizes stay small except now and then. */
export const sample = <T>(schema: Schema<T>, pick: Pick): T => walk(nodeOf(schema), pick) as T;

/** `count` random octets. */
export function sampleOctets(count: number, pick: Pick): Uint8Array {
  const octets = new Uint8Array(count);
  for (let i = 0; i < count; i++) octets[i] = pick(256);
  return octets;
}

/** A size from `min` to `max`: mostly near `min`, sometimes the bound itself where that is not large. */
export function sampleSize(min: number, max: number, pick: Pick, near = 12): number {
  if (max <= 300 && pick(16) === 0) return max;
  return min + pick(Math.min(max - min, near) + 1);
}

function below(limit: number, pick: Pick): number {
  let value = 0;
  let rest = limit - 1;
  while (rest > 0) {
    value = value * 256 + pick(256);
    rest = Math.floor(rest / 256);
  }
  return value % limit;
}

function bitValue(bits: BitField, pick: Pick): unknown {
  const number = below(2 ** bits.width, pick);
  if (bits.flag) return number === 1;
  return bits.names?.get(number) ?? number;
}

type Row = Record<string, unknown>;

function walk(node: Node, pick: Pick): unknown {
  switch (node.kind) {
    case "uint":
      return below(node.max + 1, pick);
    case "u64":
      return (BigInt(below(2 ** 32, pick)) << 32n) | BigInt(below(2 ** 32, pick));
    case "codes": {
      const number = pick(4) === 0 ? below(256 ** node.octets, pick) : [...node.names.keys()][pick(node.names.size)]!;
      return node.names.get(number) ?? number;
    }
    case "octets":
      return sampleOctets(sampleSize(node.min, node.max, pick), pick);
    case "text": {
      const letters = "abcdefghijklmnopqrstuvwxyz0123456789-.";
      return Array.from({ length: sampleSize(node.min, node.max, pick) }, () => letters[pick(letters.length)]).join("");
    }
    case "spare":
      return undefined;
    case "bits": {
      const row: Row = {};
      for (const { name, bits } of node.fields) {
        const value = bitValue(bits, pick);
        if (!node.sparse || (value !== 0 && value !== false && bits.codes?.[String(value)] !== 0)) row[name] = value;
      }
      return row;
    }
    case "flagged": {
      const row: Row = {};
      const shared = new Map<string, boolean>();
      const key = (bits: BitField): string => `${bits.first}.${bits.shift}`;
      for (const { name, bits } of node.flags) {
        row[name] = bitValue(bits, pick);
        if (bits.flag) shared.set(key(bits), row[name] as boolean);
      }
      for (const { name, bit, when, schema } of node.fields) {
        const set = shared.get(key(bit)) ?? pick(2) === 1;
        shared.set(key(bit), set);
        row[name] = set === when ? walk(schema, pick) : undefined;
      }
      return row;
    }
    case "struct": {
      const row: Row = {};
      let open = true;
      for (const { name, schema } of node.fields) {
        if (schema.kind === "spare") continue;
        if (schema.kind === "tail") open &&= pick(2) === 1;
        row[name] = schema.kind === "tail" && !open ? undefined : walk(schema, pick);
      }
      return row;
    }
    case "tail":
    case "sized":
      return walk(node.of, pick);
    case "list":
      return Array.from({ length: sampleSize(node.min, Math.min(node.max, node.min + 4), pick) }, () => walk(node.of, pick));
    case "choice": {
      const { name, schema } = node.cases[pick(node.cases.length)]!;
      return { is: name, value: walk(schema, pick) };
    }
    case "mapped":
      return node.mapping.read(walk(node.of, pick), new Reader(new Uint8Array()));
    case "custom":
      return node.custom.sample(pick);
  }
}
