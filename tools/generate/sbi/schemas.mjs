// The closure of the schemas that the operations reach: compact schema data (names, structure, constraints; never prose) and TypeScript types.

const DROPPED = new Set([
  "description",
  "title",
  "example",
  "examples",
  "externalDocs",
  "deprecated",
  "readOnly",
  "writeOnly",
  "discriminator",
  "xml",
]);
/** Formats the validator knows; the others say nothing that a check could use. */
const FORMATS = new Set(["uuid", "date-time", "date", "byte", "int32"]);
/** TS 29.571 keeps its plain names, whoever comes first. */
const COMMON = "TS29571_CommonData.yaml";
const NGAP = "application/vnd.3gpp.ngap";
const NAS = "application/vnd.3gpp.5gnas";

const isEnum = (s) => s.enum !== undefined && (s.type === "string" || s.type === undefined);
/** Extensible enumerations come as `anyOf` the known values and any string; some rows of the set forget the second. */
const isExtensible = (alternatives) => alternatives?.some(isEnum) && (alternatives.length === 1 || alternatives.some(isBareString));
const isBareString = (s) => s.type === "string" && !s.enum && !s.pattern && s.$ref === undefined;

export class Schemas {
  #api;
  /** "file#Name" -> flat name */
  #names = new Map();
  #owners = new Map();
  #compact = new Map();
  #types = new Map();
  #queue = [];
  files = new Set();

  constructor(api) {
    this.#api = api;
  }

  /** The flat name of a schema: the specification's, or with its API in front where two files use one name for two things. */
  name(ref, file) {
    const at = this.#api.locate(ref, file);
    const own = at.path.at(-1);
    const id = `${at.file}#${own}`;
    const known = this.#names.get(id);
    if (known) return known;
    let flat = /^\d/.test(own) ? `_${own}` : own;
    flat = flat.replaceAll("-", "_");
    const common = at.file !== COMMON && this.#api.file(COMMON).components.schemas[own] !== undefined;
    if (common || this.#owners.has(flat)) flat = `${at.file.replace(/^TS\d+_|\.yaml$/g, "").replaceAll("-", "_")}_${flat}`;
    if (this.#owners.has(flat)) throw new Error(`two schemas want the name ${flat}: ${id}`);
    this.#owners.set(flat, id);
    this.#names.set(id, flat);
    this.files.add(at.file);
    this.#queue.push({ flat, ...at });
    return flat;
  }

  drain() {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      let node = this.#api.file(next.file);
      for (const segment of next.path) node = node?.[segment];
      if (node === undefined) throw new Error(`no schema ${next.path.join("/")} in ${next.file}`);
      this.#compact.set(next.flat, this.compact(node, next.file));
      this.#types.set(next.flat, this.type(node, next.file));
    }
  }

  #isBinaryRef(node, file) {
    return node?.$ref !== undefined && this.#api.locate(node.$ref, file).path.at(-1) === "RefToBinaryData";
  }

  /** Compact schema; `property` is the attribute it describes, which decides the media type of a binary part. */
  compact(node, file, property = "") {
    if (this.#isBinaryRef(node, file)) return { binary: /^(unknown)?n1/i.test(property) ? NAS : NGAP };
    if (node.$ref !== undefined) {
      if (this.#api.locate(node.$ref, file).path.at(-1) === "RefToBinaryDataRm") return { binary: NGAP, nullable: true };
      return { $ref: this.name(node.$ref, file) };
    }
    const alternatives = node.anyOf ?? node.oneOf;
    // An extensible enumeration (TS 29.501 §5.3.1.4, unchecked): any string is taken; the known values live in the type.
    if (isExtensible(alternatives) && !node.properties) {
      const others = alternatives.filter((a) => !isEnum(a) && !isBareString(a)).map((a) => this.compact(a, file));
      const text = { type: "string", ...(node.nullable && { nullable: true }) };
      return others.length === 0 ? text : { anyOf: [text, ...others] };
    }
    if (node.anyOf && node.oneOf) throw new Error(`${file}: anyOf beside oneOf at ${property}`);
    const out = {};
    for (const [key, value] of Object.entries(node)) {
      if (DROPPED.has(key) || key.startsWith("x-")) continue;
      if (key === "properties") {
        out.properties = Object.fromEntries(Object.entries(value).map(([k, v]) => [k, this.compact(v, file, k)]));
      } else if (key === "items" || key === "not") out[key] = this.compact(value, file, property);
      else if (key === "additionalProperties") {
        // `false` would refuse attributes of a later release; `true` says nothing.
        if (typeof value === "object") out.additionalProperties = this.compact(value, file);
      } else if (key === "allOf") out.allOf = value.map((v) => this.compact(v, file, property));
      // `oneOf` meant "one of these": peers send values that fit two (a subscription's condition by NF type and service), and mean no harm.
      else if (key === "anyOf" || key === "oneOf") out.anyOf = value.map((v) => this.compact(v, file, property));
      // An empty list or map says what its absence says, and peers send it.
      else if ((key === "minItems" || key === "minProperties") && value === 1) continue;
      else if (key === "format") {
        if (FORMATS.has(value)) out.format = value;
      } else if (key === "nullable") {
        if (value === true) out.nullable = true;
      } else out[key] = value;
    }
    return out;
  }

  /** TypeScript type of a schema. */
  type(node, file, indent = "") {
    const core = this.#typeCore(node, file, indent);
    return node.nullable === true && node.$ref === undefined ? `${core} | null` : core;
  }

  #typeCore(node, file, indent) {
    if (this.#isBinaryRef(node, file)) return "Uint8Array";
    if (node.$ref !== undefined) {
      if (this.#api.locate(node.$ref, file).path.at(-1) === "RefToBinaryDataRm") return "Uint8Array | null";
      return this.name(node.$ref, file);
    }
    const alternatives = node.anyOf ?? node.oneOf;
    const parts = [];
    if (alternatives) {
      const typed = alternatives.filter(
        (a) =>
          Object.keys(a).some((k) => !["required", "not", "description", "properties", "oneOf", "anyOf", "allOf"].includes(k)) ||
          a.properties,
      );
      if (isExtensible(typed)) {
        const literals = typed.filter(isEnum).flatMap((a) => a.enum.map((v) => JSON.stringify(v)));
        const others = typed.filter((a) => !isEnum(a) && !isBareString(a)).map((a) => this.type(a, file, indent));
        parts.push([...literals, "OtherValue", ...others].join(" | "));
      } else if (typed.length === alternatives.length) {
        parts.push(
          typed
            .map((a) => this.type(a, file, indent))
            .filter((t, i, all) => all.indexOf(t) === i)
            .join(" | "),
        );
      }
    }
    if (node.allOf) {
      const typed = node.allOf.map((a) => this.type(a, file, indent)).filter((t) => t !== "unknown");
      if (typed.length > 0) parts.push(typed.map((t) => (t.includes(" | ") ? `(${t})` : t)).join(" & "));
    }
    if (node.enum) parts.push(node.enum.map((v) => JSON.stringify(v)).join(" | "));
    else if (node.properties || node.type === "object" || node.additionalProperties) {
      const inner = `${indent}  `;
      const required = new Set(node.required ?? []);
      const rows = Object.entries(node.properties ?? {}).map(
        ([key, value]) =>
          `${inner}readonly ${/^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key)}${required.has(key) ? "" : "?"}: ${this.type(value, file, inner)};`,
      );
      if (rows.length > 0) parts.push(`{\n${rows.join("\n")}\n${indent}}`);
      else if (typeof node.additionalProperties === "object")
        parts.push(`{ readonly [key: string]: ${this.type(node.additionalProperties, file, indent)} }`);
      else if (parts.length === 0) parts.push("{ readonly [key: string]: unknown }");
    } else if (node.type === "array" || node.items)
      parts.push(`readonly (${node.items ? this.type(node.items, file, indent) : "unknown"})[]`);
    else if (node.type === "string" && parts.length === 0) parts.push("string");
    else if ((node.type === "integer" || node.type === "number") && parts.length === 0) parts.push("number");
    else if (node.type === "boolean" && parts.length === 0) parts.push("boolean");
    if (parts.length === 0) return "unknown";
    return parts.length === 1 ? parts[0] : parts.map((p) => (p.includes(" | ") && !p.startsWith("{") ? `(${p})` : p)).join(" & ");
  }

  /** Name order, so that a new release gives a readable diff. */
  compactEntries() {
    return [...this.#compact].sort(([a], [b]) => (a < b ? -1 : 1));
  }
  typeEntries() {
    return [...this.#types].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
