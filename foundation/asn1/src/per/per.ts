/** PER of a compiled module (ITU-T X.691), basic, aligned or unaligned. */
import { bad, type Result } from "@freehold/wire";
import type { CompiledModule, Schema, TypeOf } from "../schema.ts";
import { choiceCodec, listCodec, openCodec, sequenceCodec, wrappedCodec } from "./constructed.ts";
import { ieCodec, iesCodec } from "./containers.ts";
import { PerFault } from "./fault.ts";
import { type Finding, PerReader } from "./reader.ts";
import { bitsCodec, booleanCodec, type Codec, enumCodec, integerCodec, nullCodec, octetsCodec, oidCodec, textCodec } from "./scalars.ts";
import { PerWriter } from "./writer.ts";

export interface DecodeOptions {
  /** Octets after the value: taken as padding unless they are to be refused. */
  readonly trailing?: "ignore" | "refuse";
}

/** A decoded value, and what was noticed about the protocol IEs in it. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T; readonly findings: readonly Finding[] }
  | (Extract<Result<T>, { ok: false }> & {
      readonly findings: readonly Finding[];
      /** What the outermost protocol IE container held before the error. */
      readonly partial?: Readonly<Record<string, unknown>>;
    });

/**
 * Encodes and decodes the types of one module. Codecs are made when a type is first met and kept: making an instance costs
 * nothing, and a node pays only for the types that it uses.
 */
export class Per {
  readonly module: CompiledModule;
  readonly aligned: boolean;
  readonly #codecs = new Map<string, Codec>();
  #spare: PerWriter | undefined;

  constructor(module: CompiledModule, variant: "aligned" | "unaligned") {
    this.module = module;
    this.aligned = variant === "aligned";
  }

  /** The codec of a type of the module. Throws TypeError when the module has no such type. */
  codec(type: string): Codec {
    return this.#codecs.get(type) ?? this.#make(type);
  }

  #make(type: string): Codec {
    const schema = this.module.types[type];
    if (schema === undefined) throw new TypeError(`no type ${type}`);
    // Stands in the table before its parts are made, so that a type may contain itself.
    const codec: Codec = { decode: booleanCodec.decode, encode: booleanCodec.encode };
    this.#codecs.set(type, codec);
    return Object.assign(codec, this.#build(schema));
  }

  readonly #link = (type: TypeOf): Codec => (typeof type === "string" ? this.codec(type) : this.#build(type));

  #build(s: Schema): Codec {
    switch (s.k) {
      case "boolean":
        return booleanCodec;
      case "null":
        return nullCodec;
      case "oid":
        return oidCodec;
      case "integer":
        return integerCodec(s);
      case "enum":
        return enumCodec(s);
      case "bits":
        return bitsCodec(s);
      case "octets":
        return octetsCodec(s);
      case "text":
        return textCodec(s);
      case "sequence":
        return sequenceCodec(s, this.#link);
      case "wrapped":
        return wrappedCodec(s, this.#link);
      case "list":
        return listCodec(s, this.#link);
      case "choice":
        return choiceCodec(s, this.#link);
      case "open":
        return openCodec(s, this.#link);
      case "ies":
        return iesCodec(s, this.module.sets[s.set] ?? [], this.#link);
      case "ie":
        return ieCodec(this.module.sets[s.set] ?? [], this.#link);
    }
  }

  /** Decodes one value; never throws for what is in the bytes. */
  decode(type: string, bytes: Uint8Array, options: DecodeOptions = {}): Decoded<unknown> {
    const codec = this.codec(type);
    return this.read(type, bytes, options, (r) => codec.decode(r));
  }

  /** Runs a decoder over bytes with the same door: a fault becomes an error, with `name` in front of its path. */
  read<T>(name: string, bytes: Uint8Array, options: DecodeOptions, decode: (r: PerReader) => T): Decoded<T> {
    const r = new PerReader(bytes, this.aligned);
    try {
      const value = decode(r);
      const used = Math.max(1, (r.at + 7) >>> 3);
      if (options.trailing === "refuse" && used < bytes.length) {
        return { ...bad("unexpected", name, used, `${bytes.length - used} octets after the value`), findings: r.findings };
      }
      return { ok: true, value, findings: r.findings };
    } catch (fault) {
      if (!(fault instanceof PerFault)) throw fault;
      const path = [name, ...fault.path].join(".").replaceAll(".[", "[");
      return { ...bad(fault.kind, path, fault.at, fault.message), findings: r.findings, partial: fault.partial };
    }
  }

  /** Encodes one value. Throws `EncodeFault`, a RangeError, naming the field that its type does not allow. */
  encode(type: string, value: unknown): Uint8Array {
    const codec = this.codec(type);
    return this.write((w) => codec.encode(w, value));
  }

  /** The octets that `fill` writes. The buffer of one encoding serves the next: making one costs as much as filling it. */
  write(fill: (w: PerWriter) => void): Uint8Array {
    const w = this.#spare ?? new PerWriter(this.aligned);
    this.#spare = undefined;
    w.at = 0;
    fill(w);
    const bytes = w.done();
    if (bytes.length <= spareLimit) this.#spare = w;
    return bytes;
  }
}

/** A buffer that a giant message has grown is not kept. */
const spareLimit = 65_536;
