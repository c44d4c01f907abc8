/** A validator for the part of JSON Schema that OpenAPI 3.0 uses; also what configuration is checked with. Schemas are plain data. */

export interface JsonSchema {
  /** A name in the definitions given to `JsonValidator`. */
  readonly $ref?: string;
  readonly type?: "object" | "array" | "string" | "number" | "integer" | "boolean";
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean | number;
  readonly exclusiveMaximum?: boolean | number;
  readonly multipleOf?: number;
  readonly required?: readonly string[];
  readonly properties?: { readonly [key: string]: JsonSchema };
  readonly additionalProperties?: boolean | JsonSchema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  /** For people: printed, never checked. */
  readonly description?: string;
  /** Filled in by `withDefaults`. */
  readonly default?: unknown;
  /** Octets beside the JSON: the value is a Uint8Array of this media type. */
  readonly binary?: string;
}

export type JsonFault = "missing" | "type" | "value" | "unknown";

export interface JsonError {
  /** JSON pointer (RFC 6901) to the value, or to the member that is missing. */
  readonly pointer: string;
  readonly fault: JsonFault;
  readonly detail: string;
}

/** Patterns come from a schema, but the text does not: longer text than this is refused unread. */
const LONGEST_PATTERN_TEXT = 16_384;
const MOST_ERRORS = 8;
const DEEPEST = 64;

const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const DATE_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):?[0-5]\d)$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const TEXT_FORMATS: { readonly [format: string]: RegExp } = { uuid: UUID, date: DATE, "date-time": DATE_TIME, byte: BASE64 };

const kind = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : value instanceof Uint8Array ? "octets" : typeof value;

const escapeKey = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");

const isObject = (value: unknown): value is Record<string, unknown> => kind(value) === "object";

/** Equality of JSON values, whatever the order of members. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((x, i) => sameJson(x, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((k) => Object.hasOwn(b, k) && sameJson(a[k], b[k]));
}

/** Code points, as JSON Schema counts them. */
function length(text: string): number {
  let points = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      points--;
      i++;
    }
  }
  return points;
}

export class JsonValidator {
  readonly #definitions: { readonly [name: string]: JsonSchema };
  readonly #patterns = new Map<string, RegExp>();

  constructor(definitions: { readonly [name: string]: JsonSchema } = {}) {
    this.#definitions = definitions;
  }

  /** Every error found (at most eight); an empty list when `value` fits. Never throws on a value from outside. */
  validate(schema: JsonSchema, value: unknown, pointer = ""): readonly JsonError[] {
    const errors: JsonError[] = [];
    this.#check(schema, value, pointer, errors, 0);
    return errors;
  }

  /** A copy of `value` with the defaults of `schema` where members are absent. */
  withDefaults(schema: JsonSchema, value: unknown): unknown {
    const target = this.resolve(schema);
    if (value === undefined) {
      if (target.default !== undefined) return this.withDefaults({ ...target, default: undefined }, target.default);
      return undefined;
    }
    if (Array.isArray(value)) return target.items ? value.map((item) => this.withDefaults(target.items ?? {}, item)) : value;
    if (!isObject(value)) return value;
    const out: Record<string, unknown> = { ...value };
    for (const [key, member] of Object.entries(target.properties ?? {})) {
      const filled = this.withDefaults(member, value[key]);
      if (filled !== undefined) out[key] = filled;
    }
    if (typeof target.additionalProperties === "object") {
      for (const key of Object.keys(value)) {
        if (target.properties?.[key] === undefined) out[key] = this.withDefaults(target.additionalProperties, value[key]);
      }
    }
    return out;
  }

  /** The schema itself, `$ref`s followed. Throws TypeError when the definitions lack one. */
  resolve(schema: JsonSchema): JsonSchema {
    let here = schema;
    for (let hops = 0; here.$ref !== undefined; hops++) {
      const next = this.#definitions[here.$ref];
      if (next === undefined || hops > DEEPEST) throw new TypeError(`no definition ${here.$ref}`);
      here = next;
    }
    return here;
  }

  #pattern(source: string): RegExp {
    let compiled = this.#patterns.get(source);
    if (compiled === undefined) {
      compiled = new RegExp(source, "u");
      this.#patterns.set(source, compiled);
    }
    return compiled;
  }

  #fits(schema: JsonSchema, value: unknown, depth: number): boolean {
    const errors: JsonError[] = [];
    this.#check(schema, value, "", errors, depth);
    return errors.length === 0;
  }

  #check(given: JsonSchema, value: unknown, pointer: string, errors: JsonError[], depth: number): void {
    if (errors.length >= MOST_ERRORS) return;
    if (depth > DEEPEST) {
      errors.push({ pointer, fault: "value", detail: "nested too deeply" });
      return;
    }
    const schema = this.resolve(given);
    const fail = (fault: JsonFault, detail: string): void => {
      if (errors.length < MOST_ERRORS) errors.push({ pointer, fault, detail });
    };
    if (value === null && schema.nullable) return;
    if (schema.binary !== undefined) {
      if (!(value instanceof Uint8Array)) fail("type", "no body part with this Content-ID");
      return;
    }
    if (schema.type !== undefined && !this.#hasType(schema.type, value)) {
      fail("type", `${kind(value)} where ${schema.type} is expected`);
      return;
    }
    if (schema.enum !== undefined && !schema.enum.some((allowed) => sameJson(allowed, value))) {
      fail("value", `not one of ${schema.enum.slice(0, 6).map(String).join(", ")}`);
    }
    if (typeof value === "string") this.#checkText(schema, value, fail);
    else if (typeof value === "number") this.#checkNumber(schema, value, fail);
    else if (Array.isArray(value)) this.#checkArray(schema, value, pointer, errors, depth, fail);
    else if (isObject(value)) this.#checkObject(schema, value, pointer, errors, depth, fail);
    this.#checkCombinations(schema, value, pointer, errors, depth, fail);
  }

  #hasType(type: NonNullable<JsonSchema["type"]>, value: unknown): boolean {
    switch (type) {
      case "object":
        return isObject(value);
      case "array":
        return Array.isArray(value);
      case "number":
        return typeof value === "number" && Number.isFinite(value);
      case "integer":
        return typeof value === "number" && Number.isInteger(value);
      case "string":
      case "boolean":
        return typeof value === type;
    }
  }

  #checkText(schema: JsonSchema, value: string, fail: (fault: JsonFault, detail: string) => void): void {
    if (schema.minLength !== undefined && length(value) < schema.minLength) fail("value", `shorter than ${schema.minLength} characters`);
    if (schema.maxLength !== undefined && length(value) > schema.maxLength) fail("value", `longer than ${schema.maxLength} characters`);
    const format = schema.format === undefined ? undefined : TEXT_FORMATS[schema.format];
    if (schema.pattern !== undefined || format !== undefined) {
      if (value.length > LONGEST_PATTERN_TEXT && schema.format !== "byte") fail("value", "too long");
      else if (schema.pattern !== undefined && !this.#pattern(schema.pattern).test(value))
        fail("value", `does not match ${schema.pattern}`);
      else if (format !== undefined && !format.test(value)) fail("value", `not a ${schema.format}`);
    }
  }

  #checkNumber(schema: JsonSchema, value: number, fail: (fault: JsonFault, detail: string) => void): void {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
    if (minimum !== undefined && (value < minimum || (exclusiveMinimum === true && value === minimum))) fail("value", `below ${minimum}`);
    if (maximum !== undefined && (value > maximum || (exclusiveMaximum === true && value === maximum))) fail("value", `above ${maximum}`);
    if (typeof exclusiveMinimum === "number" && value <= exclusiveMinimum) fail("value", `not above ${exclusiveMinimum}`);
    if (typeof exclusiveMaximum === "number" && value >= exclusiveMaximum) fail("value", `not below ${exclusiveMaximum}`);
    if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) fail("value", `not a multiple of ${multipleOf}`);
    if (schema.format === "int32" && (value < -2_147_483_648 || value > 2_147_483_647)) fail("value", "beyond 32 bits");
  }

  #checkArray(
    schema: JsonSchema,
    value: readonly unknown[],
    pointer: string,
    errors: JsonError[],
    depth: number,
    fail: (fault: JsonFault, detail: string) => void,
  ): void {
    if (schema.minItems !== undefined && value.length < schema.minItems) fail("value", `fewer than ${schema.minItems} items`);
    if (schema.maxItems !== undefined && value.length > schema.maxItems) fail("value", `more than ${schema.maxItems} items`);
    if (schema.uniqueItems && value.some((a, i) => value.slice(0, i).some((b) => sameJson(a, b)))) fail("value", "items repeat");
    if (schema.items !== undefined) {
      for (let i = 0; i < value.length && errors.length < MOST_ERRORS; i++)
        this.#check(schema.items, value[i], `${pointer}/${i}`, errors, depth + 1);
    }
  }

  #checkObject(
    schema: JsonSchema,
    value: Record<string, unknown>,
    pointer: string,
    errors: JsonError[],
    depth: number,
    fail: (fault: JsonFault, detail: string) => void,
  ): void {
    const missing = schema.required?.filter((key) => !Object.hasOwn(value, key) || value[key] === undefined);
    for (const key of missing ?? []) errors.push({ pointer: `${pointer}/${escapeKey(key)}`, fault: "missing", detail: "is required" });
    const { properties, additionalProperties } = schema;
    let count = 0;
    for (const key of Object.keys(value)) {
      const member = value[key];
      if (member === undefined) continue;
      count++;
      const declared = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
      if (declared !== undefined) this.#check(declared, member, `${pointer}/${escapeKey(key)}`, errors, depth + 1);
      else if (additionalProperties === false)
        errors.push({ pointer: `${pointer}/${escapeKey(key)}`, fault: "unknown", detail: "is not known here" });
      else if (typeof additionalProperties === "object")
        this.#check(additionalProperties, member, `${pointer}/${escapeKey(key)}`, errors, depth + 1);
      if (errors.length >= MOST_ERRORS) return;
    }
    if (schema.minProperties !== undefined && count < schema.minProperties) fail("value", `fewer than ${schema.minProperties} members`);
    if (schema.maxProperties !== undefined && count > schema.maxProperties) fail("value", `more than ${schema.maxProperties} members`);
  }

  #checkCombinations(
    schema: JsonSchema,
    value: unknown,
    pointer: string,
    errors: JsonError[],
    depth: number,
    fail: (fault: JsonFault, detail: string) => void,
  ): void {
    for (const part of schema.allOf ?? []) this.#check(part, value, pointer, errors, depth + 1);
    if (schema.anyOf !== undefined && !schema.anyOf.some((part) => this.#fits(part, value, depth + 1))) {
      fail("value", "none of the alternatives fits");
    }
    if (schema.oneOf !== undefined) {
      const fitting = schema.oneOf.filter((part) => this.#fits(part, value, depth + 1)).length;
      if (fitting !== 1) fail("value", fitting === 0 ? "none of the alternatives fits" : `${fitting} alternatives fit where one may`);
    }
    if (schema.not !== undefined && this.#fits(schema.not, value, depth + 1)) fail("value", "has what it may not have");
  }
}
