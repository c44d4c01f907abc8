import assert from "node:assert/strict";
import { test } from "node:test";
import { timeOf, timeText } from "@freehold/wire";
import fc from "fast-check";

test("the calendar is that of Date, over four thousand years", () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_135_596_800_000, max: 64_092_211_200_000 }), (ms) => {
      assert.equal(timeText(ms), new Date(ms).toISOString());
      assert.equal(timeOf(timeText(ms)), ms);
    }),
    { numRuns: 500 },
  );
});

test("offsets, fractions and lower-case letters are read; anything else is not a number", () => {
  assert.equal(timeOf("1970-01-01T01:00:00+01:00"), 0);
  assert.equal(timeOf("1969-12-31t19:00:00.5-05:00"), 500);
  assert.equal(timeOf("2026-02-28T23:59:60Z"), Date.parse("2026-03-01T00:00:00Z"));
  for (const text of ["", "2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00", "x2026-01-01T00:00:00Z"]) {
    assert.ok(Number.isNaN(timeOf(text)), text);
  }
});
