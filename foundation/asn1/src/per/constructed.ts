/** Codecs of SEQUENCE, SEQUENCE OF, CHOICE and open types (ITU-T X.691 clauses 11.2, 19, 20, 23). */
import type { Addition, Field, Schema, TypeOf } from "../schema.ts";
import { inside, PerFault, within } from "./fault.ts";
import { depthLimit, type PerReader } from "./reader.ts";
import { type Codec, counting } from "./scalars.ts";
import type { PerWriter } from "./writer.ts";

/** Gives the codec of a type; named types are made once. */
export type Link = (type: TypeOf) => Codec;
type Values = Record<string, unknown>;

/** The octets of an open type, uninterpreted. */
export const readOpenOctets = (r: PerReader): Uint8Array => r.open((inner) => inner.octets((inner.end - inner.at) >> 3));
export const writeOpenOctets = (w: PerWriter, value: Uint8Array): void => {
  w.counted(value.length, (from, to) => w.octets(value.subarray(from, to)));
};

interface Member {
  readonly key: string;
  readonly codec: Codec;
  /** OPTIONAL or DEFAULT. */
  readonly optional: boolean;
  readonly initial: unknown;
}

class Members {
  readonly list: readonly Member[];
  readonly #optionals: number;

  constructor(fields: readonly Field[], link: Link) {
    this.list = fields.map(([key, type, presence, initial]) => ({
      key,
      codec: link(type),
      optional: !!presence,
      initial: presence === 2 ? initial : undefined,
    }));
    this.#optionals = this.list.filter((m) => m.optional).length;
  }

  decode(r: PerReader, into: Values): void {
    const list = this.list;
    const optionals = this.#optionals;
    // One number holds the presence bits of all but a few giant sequences.
    let present = 0;
    let bits: number[] | undefined;
    if (optionals <= 31) present = r.bits(optionals);
    else bits = Array.from({ length: optionals }, () => r.bit());
    let left = optionals;
    let i = 0;
    try {
      for (; i < list.length; i++) {
        const member = list[i]!;
        if (member.optional) {
          left--;
          const there = bits === undefined ? (present >>> left) & 1 : bits[optionals - 1 - left];
          if (!there) {
            if (member.initial !== undefined) into[member.key] = member.initial;
            continue;
          }
        }
        into[member.key] = member.codec.decode(r, into);
      }
    } catch (fault) {
      throw within(fault, list[i]!.key);
    }
  }

  encode(w: PerWriter, from: Values): void {
    const list = this.list;
    if (this.#optionals > 0) {
      for (const member of list) if (member.optional) w.bit(this.#there(member, from));
    }
    let i = 0;
    try {
      for (; i < list.length; i++) {
        const member = list[i]!;
        const value = from[member.key];
        if (member.optional) {
          if (this.#there(member, from)) member.codec.encode(w, value, from);
        } else {
          if (value === undefined) throw w.fault("is mandatory and absent");
          member.codec.encode(w, value, from);
        }
      }
    } catch (fault) {
      throw inside(fault, list[i]!.key);
    }
  }

  #there(member: Member, from: Values): boolean {
    const value = from[member.key];
    return value !== undefined && value !== member.initial;
  }

  /** Whether any member has a value: whether an addition group is written at all. */
  any(from: Values): boolean {
    return this.list.some((member) => this.#there(member, from));
  }
}

/** An addition of one component is a group of one that is not optional. */
class Additions {
  readonly #list: readonly Members[];
  constructor(more: readonly Addition[], link: Link) {
    this.#list = more.map((addition) => new Members("group" in addition ? addition.group : [[addition[0], addition[1]]], link));
  }

  decode(r: PerReader, into: Values): void {
    const count = r.bit() === 0 ? r.bits(6) + 1 : r.length();
    if (count < 1 || count > 4096) throw r.invalid(`${count} extension additions`);
    const bits = Array.from({ length: count }, () => r.bit());
    for (let i = 0; i < count; i++) {
      if (bits[i] === 0) continue;
      const addition = this.#list[i];
      r.open((inner) => addition?.decode(inner, into));
    }
  }

  any(from: Values): boolean {
    return this.#list.some((addition) => addition.any(from));
  }

  encode(w: PerWriter, from: Values): void {
    const present = this.#list.map((addition) => addition.any(from));
    if (present.length <= 64) w.bits(present.length - 1, 7);
    else {
      w.bit(1);
      w.counted(present.length, () => {});
    }
    for (const there of present) w.bit(there);
    for (const [i, addition] of this.#list.entries()) if (present[i]) w.open(() => addition.encode(w, from), from);
  }
}

export function deeper(r: PerReader): void {
  if (++r.depth > depthLimit) throw new PerFault("limit", r.octet, `nested more than ${depthLimit} deep`);
}

export function sequenceCodec(s: Extract<Schema, { k: "sequence" }>, link: Link): Codec {
  const members = new Members(s.fields, link);
  const additions = s.more === undefined ? undefined : new Additions(s.more, link);
  return {
    decode: (r) => {
      deeper(r);
      const extended = additions !== undefined && r.bit() === 1;
      const value: Values = {};
      members.decode(r, value);
      if (extended) additions.decode(r, value);
      r.depth--;
      return value;
    },
    encode: (w, value) => {
      if (typeof value !== "object" || value === null) throw w.fault("is not an object");
      const from = value as Values;
      const extended = additions?.any(from) ?? false;
      if (additions !== undefined) w.bit(extended);
      members.encode(w, from);
      if (extended) additions?.encode(w, from);
    },
  };
}

export function wrappedCodec(s: Extract<Schema, { k: "wrapped" }>, link: Link): Codec {
  const inner = link(s.of);
  const additions = new Additions([], link);
  const x = s.x === 1;
  return {
    decode: (r) => {
      deeper(r);
      const extended = x && r.bit() === 1;
      const value = inner.decode(r);
      if (extended) additions.decode(r, {});
      r.depth--;
      return value;
    },
    encode: (w, value) => {
      if (x) w.bit(0);
      inner.encode(w, value);
    },
  };
}

export function listCodec(s: Extract<Schema, { k: "list" }>, link: Link): Codec {
  const count = counting(s);
  const item = link(s.of);
  return {
    decode: (r) => {
      deeper(r);
      const list: unknown[] = [];
      const read = (units: number): void => {
        r.spend(units);
        try {
          for (let i = 0; i < units; i++) list.push(item.decode(r));
        } catch (fault) {
          throw within(fault, `[${list.length}]`);
        }
      };
      const n = count.decode(r);
      if (n >= 0) read(n);
      else r.fragments(read);
      r.depth--;
      return list;
    },
    encode: (w, value) => {
      if (!Array.isArray(value)) throw w.fault("is not a list");
      count.encode(w, value.length, (from, to) => {
        let i = from;
        try {
          for (; i < to; i++) item.encode(w, value[i]);
        } catch (fault) {
          throw inside(fault, `[${i}]`);
        }
      });
    },
  };
}

export function choiceCodec(s: Extract<Schema, { k: "choice" }>, link: Link): Codec {
  const all = [...s.root, ...(s.more ?? [])].map(([choice, type]) => ({ choice, codec: link(type) }));
  const index = new Map<unknown, number>(all.map(({ choice }, i) => [choice, i]));
  const roots = s.root.length;
  const extensible = s.more !== undefined;
  return {
    decode: (r) => {
      deeper(r);
      const extended = extensible && r.bit() === 1;
      const at = r.octet;
      const i = extended ? roots + r.small() : r.constrained(roots);
      const alternative = all[i];
      if (alternative === undefined) {
        if (extended) throw new PerFault("unknown", at, `extension alternative ${i - roots}, of a later version`);
        throw r.invalid(`alternative ${i} of ${roots}`);
      }
      const { choice, codec } = alternative;
      try {
        const value = extended ? r.open((inner) => codec.decode(inner)) : codec.decode(r);
        r.depth--;
        return { choice, value };
      } catch (fault) {
        throw within(fault, choice);
      }
    },
    encode: (w, value) => {
      const given = value as { readonly choice?: unknown; readonly value?: unknown } | null;
      const i = index.get(given?.choice);
      if (i === undefined) throw w.fault(`${String(given?.choice)} is not an alternative`);
      const { choice, codec } = all[i]!;
      const extended = i >= roots;
      if (extensible) w.bit(extended);
      try {
        if (extended) {
          w.small(i - roots);
          w.open(codec.encode, given?.value);
        } else {
          w.constrained(i, roots);
          codec.encode(w, given?.value);
        }
      } catch (fault) {
        throw inside(fault, choice);
      }
    },
  };
}

/** An open type that a sibling selects; octets when the sibling's value has no row. */
export function openCodec(s: Extract<Schema, { k: "open" }>, link: Link): Codec {
  const rows = new Map<unknown, Codec>();
  for (const [key, type] of s.rows) rows.set(key, link(type));
  return {
    decode: (r, siblings) => {
      const codec = rows.get(siblings?.[s.on]);
      return codec === undefined ? readOpenOctets(r) : r.open((inner) => codec.decode(inner));
    },
    encode: (w, value, siblings) => {
      const codec = rows.get(siblings?.[s.on]);
      if (codec !== undefined) w.open(codec.encode, value);
      else if (value instanceof Uint8Array) writeOpenOctets(w, value);
      else throw w.fault("is not octets, and no type is known for it");
    },
  };
}
