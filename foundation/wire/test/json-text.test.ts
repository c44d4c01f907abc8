import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "@freehold/wire";
import fc from "fast-check";

const fault = (text: string): string | undefined => {
  const result = parseJson(text, { depth: 8 });
  return result.ok ? undefined : result.error.kind;
};

test("what JSON.parse reads, this reads the same, but for duplicates, __proto__ and deep nesting", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value);
      if (text.includes('"__proto__"')) return;
      const result = parseJson(text);
      assert.ok(result.ok);
      assert.deepEqual(result.value, JSON.parse(text));
    }),
  );
});

test("a member named twice, however it is written, and __proto__ are refused where they stand", () => {
  const texts = ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '[{"x":{"a":1,"b":2,"a":3}}]', '{"__proto__":1}', '{"a":{"\\u005f_proto__":1}}'];
  for (const text of texts) assert.equal(fault(text), "invalid", text);
  assert.equal(fault('{"a":{"a":{"a":["a","a"]}},"b":"a"}'), undefined);
  const result = parseJson('{"ab":1,"ab":2}');
  assert.ok(!result.ok);
  assert.equal(result.error.at, 8);
});

test("nesting has a bound, and brackets in text are no nesting", () => {
  assert.equal(fault("[".repeat(8) + "]".repeat(8)), undefined);
  assert.equal(fault("[".repeat(9) + "]".repeat(9)), "limit");
  assert.equal(fault('{"a":'.repeat(100_000)), "limit");
  assert.equal(fault(JSON.stringify("[{".repeat(50))), undefined);
});

test("any text is a value or an error, never an exception", () => {
  const noise = fc.string({ unit: fc.constantFrom("{", "}", "[", "]", '"', "\\", ":", ",", "a", "1", " ") });
  fc.assert(
    fc.property(fc.oneof(fc.string(), noise), (text) => {
      let parsed = true;
      try {
        JSON.parse(text);
      } catch {
        parsed = false;
      }
      const result = parseJson(text);
      if (result.ok) assert.ok(parsed);
      else if (parsed) assert.match(result.error.detail, /twice|__proto__|nested/);
    }),
    { numRuns: 500 },
  );
});

test("a number that would become Infinity is refused where it stands; the largest that there is stays", () => {
  for (const text of ['{"a":1e999}', '{"a":-1e400}', `[${"9".repeat(400)}]`, "[1.5E+309]"]) {
    const read = parseJson(text);
    assert.deepEqual([read.ok, !read.ok && read.error.detail], [false, "a number too large"], text.slice(0, 20));
  }
  for (const text of ["[1.7976931348623157e308]", "[1e-999]", '["1e999"]', '{"1e999":1}', "[123456789012345678901234567890]"])
    assert.ok(parseJson(text).ok, text);
});
