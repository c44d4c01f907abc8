// docs/interop.md and docs/attacks.md against the tests themselves: no row names a file that does not prove it, no proof goes unnamed.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";

const files = globSync("{foundation,protocols,core,access,product,scenarios}/**/*.test.ts", { exclude: (f) => f.includes("node_modules") });

/** The rows that a title claims: `INTEROP 5: …`, `INTEROP 5, 6: …`. */
const claims = (source, word) =>
  [...source.matchAll(new RegExp(`["'\`]${word} ((?:\\d+)(?:, \\d+)*):`, "g"))].flatMap(([, list]) => list.split(", ").map(Number));

/** Row number -> the files that its line of the table names. */
const table = (path) =>
  new Map(
    readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => /^\| \d+ \|/.test(line))
      .map((line) => [Number(line.split("|")[1]), [...line.matchAll(/`([\w/.-]+\.test\.ts)`/g)].map(([, file]) => file)]),
  );

for (const [path, word, count] of [
  ["docs/interop.md", "INTEROP", 40],
  ["docs/attacks.md", "attack", 52],
]) {
  test(`${path} has ${count} rows, and each names just the tests whose titles carry its number`, () => {
    const rows = table(path);
    assert.deepEqual(
      [...rows.keys()],
      Array.from({ length: count }, (_, at) => at + 1),
    );
    const proofs = new Map([...rows.keys()].map((row) => [row, []]));
    for (const file of files) {
      for (const row of new Set(claims(readFileSync(file, "utf8"), word))) {
        assert.ok(proofs.has(row), `${file}: there is no row ${word} ${row}`);
        proofs.get(row).push(file);
      }
    }
    const wrong = [...rows].flatMap(([row, named]) => {
      const proven = proofs.get(row).sort();
      return named.toSorted().join() === proven.join()
        ? []
        : [`row ${row} names ${named.join(", ") || "none"}; its tests are in ${proven.join(", ") || "none"}`];
    });
    assert.deepEqual(wrong, []);
  });
}

test("a title's numbers are read from each way of writing them", () => {
  assert.deepEqual(claims('test("INTEROP 5: a", f); test(`INTEROP 6, 7: b`, g); test("an INTEROP 8: c")', "INTEROP"), [5, 6, 7]);
});
