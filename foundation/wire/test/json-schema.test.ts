import assert from "node:assert/strict";
import { test } from "node:test";
import { type JsonSchema, JsonValidator, sameJson } from "@freehold/wire";
import { Ajv } from "ajv";
import fc from "fast-check";

const definitions: { readonly [name: string]: JsonSchema } = {
  Tree: { type: "object", properties: { below: { type: "array", items: { $ref: "Tree" } } } },
};
const validator = new JsonValidator(definitions);
const faults = (schema: JsonSchema, value: unknown): string[] => validator.validate(schema, value).map((e) => `${e.pointer} ${e.fault}`);

test("every error names the place by a JSON pointer, a missing member by where it should be", () => {
  const schema: JsonSchema = {
    type: "object",
    required: ["a", "b/c"],
    properties: {
      a: { type: "integer", minimum: 1 },
      "b/c": { type: "string" },
      list: { type: "array", items: { type: "string", pattern: "^x" } },
    },
    additionalProperties: false,
  };
  assert.deepEqual(faults(schema, { a: 0, list: ["x", "y"], extra: 1 }), ["/b~1c missing", "/a value", "/list/1 value", "/extra unknown"]);
  assert.deepEqual(faults(schema, { a: 1, "b/c": "" }), []);
  assert.deepEqual(faults(schema, null), [" type"]);
  assert.deepEqual(faults(schema, ["a"]), [" type"]);
});

test("numbers that JSON does not have, and other types, stop at the type", () => {
  for (const value of [Number.POSITIVE_INFINITY, Number.NaN, "1", true, {}]) assert.equal(faults({ type: "number" }, value).length, 1);
  assert.deepEqual(faults({ type: "integer" }, 1.5), [" type"]);
  assert.deepEqual(faults({ type: "integer", format: "int32" }, 2 ** 31), [" value"]);
  assert.deepEqual(faults({ type: "object" }, new Uint8Array(3)), [" type"]);
  assert.deepEqual(faults({ binary: "application/octet-stream" }, new Uint8Array(3)), []);
  assert.deepEqual(faults({ binary: "application/octet-stream" }, { contentId: "x" }), [" type"]);
});

test("null passes only where it is said to", () => {
  assert.deepEqual(faults({ type: "string", nullable: true }, null), []);
  assert.deepEqual(faults({ type: "string" }, null), [" type"]);
});

test("members that every object inherits are no members", () => {
  const schema: JsonSchema = { type: "object", required: ["constructor"], properties: { toString: { type: "integer" as const } } };
  assert.deepEqual(faults(schema, {}), ["/constructor missing"]);
  assert.deepEqual(faults({ type: "object", additionalProperties: { type: "integer" } }, JSON.parse('{"__proto__": "x"}')), [
    "/__proto__ type",
  ]);
});

test("a recursive schema meets its match: nesting is bounded, so is the number of errors", () => {
  let deep: unknown = {};
  for (let i = 0; i < 500; i++) deep = { below: [deep] };
  assert.equal(faults({ $ref: "Tree" }, deep).length, 1);
  assert.ok(faults({ type: "array", items: { type: "string" } }, new Array(10_000).fill(0)).length <= 8);
});

test("defaults are filled in through arrays and maps, and change nothing that is there", () => {
  const schema: JsonSchema = {
    type: "object",
    default: {},
    properties: {
      port: { type: "integer", default: 8080 },
      list: { type: "array", default: [{}], items: { type: "object", properties: { x: { type: "integer", default: 1 } } } },
    },
    additionalProperties: { type: "object", properties: { y: { type: "string", default: "z" } } },
  };
  assert.deepEqual(validator.withDefaults(schema, undefined), { port: 8080, list: [{ x: 1 }] });
  assert.deepEqual(validator.withDefaults(schema, { port: 1, list: [{ x: 2 }, {}], other: {} }), {
    port: 1,
    list: [{ x: 2 }, { x: 1 }],
    other: { y: "z" },
  });
});

// ---- Ajv as the oracle ----------------------------------------------------------------------------------------------

const json = fc.jsonValue({ maxDepth: 3 }).map((v) => JSON.parse(JSON.stringify(v)) as unknown);
const leaf: fc.Arbitrary<JsonSchema> = fc.oneof(
  fc.record({ type: fc.constantFrom("string" as const, "number" as const, "integer" as const, "boolean" as const, "object" as const) }),
  fc.record({ type: fc.constant("string" as const), minLength: fc.nat(3), maxLength: fc.nat(6) }),
  fc.record({ type: fc.constant("string" as const), pattern: fc.constantFrom("^[a-z]*$", "\\d", "^.{1,3}$") }),
  fc.record({ type: fc.constant("number" as const), minimum: fc.integer({ min: -5, max: 5 }), maximum: fc.integer({ min: -5, max: 5 }) }),
  fc.record({ enum: fc.uniqueArray(fc.constantFrom<unknown>("a", "b", 1, null, true), { minLength: 1 }) }),
  fc.constant({}),
);
const { schema: schemas } = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.record({
      type: fc.constant("object" as const),
      properties: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("schema"), { noNullPrototype: true }),
      required: fc.uniqueArray(fc.constantFrom("a", "b", "c")),
      additionalProperties: fc.oneof(fc.boolean(), tie("schema")),
      minProperties: fc.nat(2),
    }),
    fc.record({ type: fc.constant("array" as const), items: tie("schema"), minItems: fc.nat(2), uniqueItems: fc.boolean() }),
    fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ oneOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ allOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie("schema") }),
  ),
}));
const values = fc.oneof(
  json,
  fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.oneof(json, fc.constantFrom<unknown>("a", "abcd", 1, null)), {
    noNullPrototype: true,
  }),
  fc.array(fc.constantFrom<unknown>("a", 1, 1, null, { a: 1 }, { a: 1 })),
);

test("random schemas and values: what Ajv takes is taken, what it refuses is refused", () => {
  const ajv = new Ajv({ strict: false, logger: false });
  fc.assert(
    fc.property(schemas, fc.array(values, { minLength: 1, maxLength: 8 }), (schema, list) => {
      const oracle = ajv.compile(schema as object);
      for (const value of list) assert.equal(faults(schema, value).length === 0, oracle(value), JSON.stringify([schema, value]));
    }),
    { numRuns: 200 },
  );
});

test("equality of JSON ignores the order of members and nothing else", () => {
  assert.ok(sameJson({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }));
  const unequal: [unknown, unknown][] = [
    [{ a: 1 }, { a: 1, b: 2 }],
    [
      [1, 2],
      [2, 1],
    ],
    [{}, []],
    [null, {}],
    [{ toString: 1 }, {}],
  ];
  for (const [a, b] of unequal) assert.ok(!sameJson(a, b));
});
