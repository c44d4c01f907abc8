import assert from "node:assert/strict";
import { test } from "node:test";
import { applyPatch, mergePatch, type PatchOp } from "@freehold/wire";

const patched = (document: unknown, ...operations: PatchOp[]): unknown => {
  const result = applyPatch(document, operations);
  return result.ok ? result.value : `${result.at}: ${result.detail}`;
};

test("RFC 6902 appendix A: add, remove, replace, move, copy, test", () => {
  assert.deepEqual(patched({ foo: "bar" }, { op: "add", path: "/baz", value: "qux" }), { foo: "bar", baz: "qux" });
  assert.deepEqual(patched({ foo: ["bar", "baz"] }, { op: "add", path: "/foo/1", value: "qux" }), { foo: ["bar", "qux", "baz"] });
  assert.deepEqual(patched({ foo: ["bar"] }, { op: "add", path: "/foo/-", value: ["abc", "def"] }), { foo: ["bar", ["abc", "def"]] });
  assert.deepEqual(patched({ baz: "qux", foo: "bar" }, { op: "remove", path: "/baz" }), { foo: "bar" });
  assert.deepEqual(patched({ foo: ["bar", "qux", "baz"] }, { op: "remove", path: "/foo/1" }), { foo: ["bar", "baz"] });
  assert.deepEqual(patched({ baz: "qux", foo: "bar" }, { op: "replace", path: "/baz", value: "boo" }), { baz: "boo", foo: "bar" });
  assert.deepEqual(patched({ foo: { waldo: "fred" }, qux: { corge: 1 } }, { op: "move", from: "/foo/waldo", path: "/qux/thud" }), {
    foo: {},
    qux: { corge: 1, thud: "fred" },
  });
  assert.deepEqual(patched({ foo: ["all", "grass", "cows", "eat"] }, { op: "move", from: "/foo/1", path: "/foo/3" }), {
    foo: ["all", "cows", "eat", "grass"],
  });
  assert.deepEqual(patched({ a: { b: 1 } }, { op: "copy", from: "/a", path: "/c" }), { a: { b: 1 }, c: { b: 1 } });
  assert.deepEqual(patched({ "/": 9, "~1": 10 }, { op: "test", path: "/~01", value: 10 }), { "/": 9, "~1": 10 });
});

test("an operation that cannot be is an error with its index, and nothing of the patch is done", () => {
  const document = Object.freeze({ a: Object.freeze([1]), b: Object.freeze({}) });
  const wrongs: PatchOp[] = [
    { op: "remove", path: "/c" },
    { op: "replace", path: "/c", value: 1 },
    { op: "add", path: "/a/5", value: 1 },
    { op: "add", path: "/a/01", value: 1 },
    { op: "add", path: "/c/d", value: 1 },
    { op: "add", path: "a", value: 1 },
    { op: "test", path: "/a/0", value: 2 },
    { op: "move", path: "/b/c", from: "/b" },
    { op: "move", path: "/b/c" },
    { op: "add", path: "/__proto__/x", value: 1 },
    { op: "add", path: "/b/__proto__", value: 1 },
    { op: "replace", path: "/constructor", value: 1 },
    { op: "explode", path: "/a" },
    { op: "remove", path: "" },
  ];
  for (const wrong of wrongs) {
    const result = applyPatch(document, [{ op: "add", path: "/b/x", value: 1 }, wrong]);
    assert.ok(!result.ok, JSON.stringify(wrong));
    assert.equal(result.at, 1);
  }
  assert.deepEqual(document, { a: [1], b: {} });
  assert.equal(({} as { x?: number }).x, undefined);
  assert.ok(!applyPatch({}, new Array<PatchOp>(1_000).fill({ op: "add", path: "/a", value: 1 })).ok);
});

test("RFC 7396 appendix A: merge patch", () => {
  const rows: [unknown, unknown, unknown][] = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [["a"], ["c"], ["c"]],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of rows) assert.deepEqual(mergePatch(target, patch), result);
  assert.equal((mergePatch({}, JSON.parse('{"__proto__": {"polluted": 1}}')) as { polluted?: number }).polluted, undefined);
});

test("copies of copies end where they would fill the memory: all of a patch together, and however deep", () => {
  const doubling = (n: number) => Array.from({ length: n }, (_, i) => ({ op: "copy", from: "/a", path: `/a/${i}` }));
  assert.equal(applyPatch({ a: {} }, doubling(8)).ok, true);
  const patched = applyPatch({ a: {} }, doubling(40));
  assert.deepEqual([patched.ok, !patched.ok && patched.detail], [false, "copies too much"]);
  const long = Array.from({ length: 100 }, (_, i) => ({ op: "copy", from: "/a", path: `/b/${i}` }));
  assert.equal(applyPatch({ a: "x".repeat(1_000), b: {} }, long).ok, false);
  const nested = Array.from({ length: 60 }, () => ({ op: "copy", from: "/a", path: "/a/a" }));
  const deep = applyPatch({ a: {} }, nested);
  assert.deepEqual([deep.ok, !deep.ok && deep.detail], [false, "copies what is nested too deeply"]);
});
