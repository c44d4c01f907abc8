import { schemas } from "@freehold/sbi";
import { type JsonSchema, JsonValidator } from "@freehold/wire";
import fc from "fast-check";

const validator = new JsonValidator(schemas);

export const isValid = (schema: JsonSchema, value: unknown): boolean => validator.validate(schema, value).length === 0;

/** Deeper than this only what is required. */
const SHALLOW = 1;

const without = (value: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined));

/** Built when drawn from: schemas are recursive, and some are very large. */
const later = (schema: JsonSchema, depth: number): fc.Arbitrary<unknown> => fc.constant(schema).chain((s) => valuesOf(s, depth));

const sometimes = (schema: JsonSchema, depth: number): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: depth === 0 ? 3 : 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: later(schema, depth + 1) });

/** An alternative that only says which members of the whole must be there. */
const isBare = (schema: JsonSchema): boolean => schema.$ref === undefined && schema.type === undefined && schema.properties === undefined;

function objectsOf(schema: JsonSchema, depth: number): fc.Arbitrary<unknown> {
  const alternatives = [...(schema.anyOf ?? schema.oneOf ?? []), ...(schema.allOf ?? []).flatMap((p) => p.anyOf ?? p.oneOf ?? [])];
  const required = new Set([...(schema.required ?? []), ...(alternatives[0]?.required ?? [])]);
  const rows = Object.entries(schema.properties ?? {}).filter(([name]) => required.has(name) || depth < SHALLOW);
  const model = rows.map(([name, member]) => [name, required.has(name) ? later(member, depth + 1) : sometimes(member, depth)]);
  const own = fc.record(Object.fromEntries(model) as Record<string, fc.Arbitrary<unknown>>, { noNullPrototype: true }).map(without);
  if (typeof schema.additionalProperties !== "object" || (schema.minProperties ?? 0) === 0) return own;
  return fc.record({ key: later(schema.additionalProperties, depth + 1) }, { noNullPrototype: true });
}

function textOf({ pattern, format, minLength = 0, maxLength = minLength + 8, allOf }: JsonSchema): fc.Arbitrary<unknown> {
  // The patterns of IPv6 addresses and prefixes come in pairs; few random texts fit both.
  const patterns = (allOf ?? []).map((p) => p.pattern ?? "");
  if (patterns.some((p) => p.includes(":")))
    return fc.constantFrom(...(patterns.some((p) => p.includes("\\/")) ? ["2001:db8::/48"] : ["2001:db8::1"]));
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern), { size: "xsmall" });
  if (format === "uuid") return fc.uuid();
  if (format === "date-time") return fc.constant("2026-01-01T00:00:00Z");
  if (format === "date") return fc.constant("2026-01-01");
  if (format === "byte") return fc.base64String({ maxLength: 8 });
  return fc.string({ unit: fc.constantFrom("a", "B", "7", "é", " ", "/"), minLength: Math.max(minLength, 1), maxLength });
}

/** Random values of a schema, most of them valid: required members always, optional ones now and then. */
export function valuesOf(given: JsonSchema, depth = 0): fc.Arbitrary<unknown> {
  const schema = validator.resolve(given);
  const { type, minimum = 0, maximum = minimum + 100, minItems = 0, maxItems = 9 } = schema;
  if (schema.binary !== undefined) return fc.uint8Array({ minLength: 1, maxLength: 12 });
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (type === "object" || schema.properties !== undefined) {
    const parts = (schema.allOf ?? []).filter((p) => !isBare(p)).map((p) => later(p, depth));
    return fc.tuple(objectsOf(schema, depth), ...parts).map((all) => Object.assign({}, ...all) as unknown);
  }
  if (type === "string") return textOf(schema);
  if (type === "integer" || type === "number") return fc.integer({ min: minimum, max: maximum });
  if (type === "boolean") return fc.boolean();
  if (type === "array") {
    return fc.array(later(schema.items ?? {}, depth + 1), { minLength: minItems, maxLength: Math.min(Math.max(minItems, 1), maxItems) });
  }
  const whole = (schema.allOf ?? []).filter((p) => !isBare(p));
  if (whole.length > 0) {
    return fc
      .tuple(...whole.map((p) => later(p, depth)))
      .map((all) => (typeof all[0] === "object" ? (Object.assign({}, ...all) as unknown) : all[0]));
  }
  if (schema.allOf?.some((p) => p.pattern !== undefined)) return textOf(schema);
  const alternatives = (schema.anyOf ?? schema.oneOf ?? []).filter((a) => !isBare(a) || a.enum !== undefined);
  if (alternatives.length > 0) return fc.oneof(...alternatives.map((a) => later(a, depth + 1)));
  return fc.constantFrom<unknown>("any", 1, true);
}
