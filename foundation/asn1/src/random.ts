/** Random values of a compiled type, for property tests and fuzzing. Equal choices give equal values. */
import { alphabetOf } from "./per/scalars.ts";
import type { Addition, CompiledModule, Field, Int, Schema, TypeOf } from "./schema.ts";

/** A whole number from 0 to `below` - 1. */
export type Choose = (below: number) => number;
type Values = Record<string, unknown>;

export interface RandomOptions {
  /** Beyond this depth only what is mandatory is made, and lists are as short as they may be. */
  readonly depth?: number;
  /** Values of extensible types outside their roots, one in so many; 0 for none. */
  readonly extensions?: number;
}

/** A value of a type of the module. It holds no IE that the module does not know, unless a CHOICE leaves nothing else. */
export function randomValue(module: CompiledModule, type: string, choose: Choose, options: RandomOptions = {}): unknown {
  return new Walk(module, choose, options.depth ?? 8, options.extensions ?? 8).value(type, 0);
}

class Walk {
  readonly #module: CompiledModule;
  readonly #choose: Choose;
  readonly #depth: number;
  readonly #extensions: number;

  constructor(module: CompiledModule, choose: Choose, depth: number, extensions: number) {
    this.#module = module;
    this.#choose = choose;
    this.#depth = depth;
    this.#extensions = extensions;
  }

  #schema(type: TypeOf): Schema {
    if (typeof type !== "string") return type;
    const schema = this.#module.types[type];
    if (schema === undefined) throw new TypeError(`no type ${type}`);
    return schema;
  }

  #outside(x: 1 | undefined): boolean {
    return x === 1 && this.#extensions > 0 && this.#choose(this.#extensions) === 0;
  }

  #optional(depth: number): boolean {
    return depth < this.#depth && this.#choose(2 + depth) === 0;
  }

  #size(s: { readonly lo?: number; readonly hi?: number; readonly x?: 1 }, depth: number, usual: number): number {
    const lo = s.lo ?? 0;
    const hi = s.hi ?? lo + usual;
    if (depth >= this.#depth) return lo;
    if (this.#outside(s.x)) return hi + 1 + this.#choose(3);
    return lo + this.#choose(Math.min(hi - lo, usual) + 1);
  }

  #octets(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#choose(256));
  }

  #integer(s: { readonly lo?: Int; readonly hi?: Int; readonly x?: 1 }): number | bigint {
    const big = typeof s.lo === "string" || typeof s.hi === "string";
    const lo = BigInt(s.lo ?? (s.hi === undefined ? -100_000 : Number(s.hi) - 100_000));
    const hi = BigInt(s.hi ?? lo + 1_000_000n);
    let value = lo;
    if (this.#outside(s.x)) value = hi + 1n + BigInt(this.#choose(100_000));
    else if (this.#choose(4) === 0) value = hi;
    else {
      let any = 0n;
      for (let i = 0; i < 8; i++) any = (any << 8n) | BigInt(this.#choose(256));
      // Small values and wide ones take other paths: cut to a random number of octets.
      value = lo + ((any >> BigInt(8 * this.#choose(8))) % (hi - lo + 1n));
    }
    return big ? value : Number(value);
  }

  #members(fields: readonly Field[], depth: number, into: Values): void {
    for (const [key, type, presence] of fields) {
      if (presence === 1 && !this.#optional(depth)) continue;
      const schema = this.#schema(type);
      if (schema.k === "open" && schema.rows.length > 0) {
        const [on, held] = schema.rows[this.#choose(schema.rows.length)]!;
        into[schema.on] = on;
        into[key] = this.value(held, depth + 1);
      } else into[key] = this.value(schema, depth + 1);
    }
  }

  #additions(more: readonly Addition[], depth: number, into: Values): void {
    for (const addition of more) {
      if (this.#extensions === 0 || !this.#optional(depth + 1)) continue;
      if (!("group" in addition)) into[addition[0]] = this.value(addition[1], depth + 1);
      else this.#members(addition.group, depth, into);
    }
  }

  value(type: TypeOf, depth: number): unknown {
    const s = this.#schema(type);
    switch (s.k) {
      case "boolean":
        return this.#choose(2) === 1;
      case "null":
        return null;
      case "oid":
        return `${this.#choose(2)}.${this.#choose(40)}.${this.#choose(100_000)}`;
      case "integer":
        return this.#integer(s);
      case "enum": {
        const names = this.#extensions > 0 ? [...s.root, ...(s.more ?? [])] : s.root;
        return names[this.#choose(names.length)];
      }
      case "bits": {
        const length = this.#size(s, depth, 40);
        const bits = this.#octets((length + 7) >> 3);
        if (length & 7) bits[bits.length - 1]! &= 0xff << (8 - (length & 7));
        return { bits, length };
      }
      case "octets":
        return this.#octets(this.#size(s, depth, 20));
      case "text": {
        const alphabet = s.of === "UTF8String" ? "aZ9 éß漢🜛" : alphabetOf(s);
        const characters = [...alphabet];
        return Array.from({ length: this.#size(s, depth, 20) }, () => characters[this.#choose(characters.length)]).join("");
      }
      case "sequence": {
        const into: Values = {};
        this.#members(s.fields, depth, into);
        this.#additions(s.more ?? [], depth, into);
        return into;
      }
      case "wrapped":
        return this.value(s.of, depth);
      case "list": {
        const list: unknown[] = [];
        for (let left = this.#size(s, depth, 3); left > 0; left--) list.push(this.value(s.of, depth + 1));
        return list;
      }
      case "choice": {
        const all = this.#extensions > 0 ? [...s.root, ...(s.more ?? [])] : s.root;
        const filled = all.filter(([, of]) => {
          const held = this.#schema(of);
          return held.k !== "ie" || (this.#module.sets[held.set] ?? []).length > 0;
        });
        const [choice, of] = depth >= this.#depth ? filled[0]! : filled[this.#choose(filled.length)]!;
        return { choice, value: this.value(of, depth + 1) };
      }
      case "open":
        return this.#octets(1 + this.#choose(9));
      case "ies": {
        const into: Values = {};
        const rows = this.#module.sets[s.set] ?? [];
        for (const [, key, , of, presence] of rows) {
          if (presence === "mandatory" || this.#optional(depth)) into[key] = this.value(of, depth + 1);
        }
        if (Object.keys(into).length < (s.lo ?? 0)) {
          const [row] = rows;
          if (row === undefined) return { unknown: [this.#unknown()], received: [{ id: 65535, criticality: "ignore" }] };
          into[row[1]] = this.value(row[3], depth + 1);
        }
        return into;
      }
      case "ie": {
        const rows = this.#module.sets[s.set] ?? [];
        if (rows.length === 0) return { unknown: [this.#unknown()] };
        const [, key, , of] = rows[this.#choose(rows.length)]!;
        return { [key]: this.value(of, depth + 1) };
      }
    }
  }

  #unknown(): { id: number; criticality: string; bytes: Uint8Array } {
    return { id: 65535, criticality: "ignore", bytes: this.#octets(1 + this.#choose(5)) };
  }
}
