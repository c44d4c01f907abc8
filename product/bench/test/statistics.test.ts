import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bounded, median, percentile, rounded } from "@freehold/bench";
import fc from "fast-check";

describe("Statistics of a benchmark", () => {
  it("takes the middle, whatever the order", () => {
    assert.equal(median([30, 10, 20]), 20);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([7]), 7);
  });

  it("takes percentiles by the nearest rank: always a value that was measured", () => {
    const values = Array.from({ length: 200 }, (_, i) => 200 - i);
    assert.equal(percentile(values, 50), 100);
    assert.equal(percentile(values, 99), 198);
    assert.equal(percentile(values, 100), 200);
    assert.equal(percentile(values, 0), 1);
    assert.equal(percentile([5], 99), 5);
  });

  it("leaves p per cent of any values at or below the percentile", () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (all, p) => {
        const at = percentile(all, p);
        assert.ok(all.includes(at));
        assert.ok(all.filter((value) => value <= at).length >= (p / 100) * all.length);
        assert.ok(all.filter((value) => value < at).length < (p / 100) * all.length);
      }),
    );
  });

  it("refuses a statistic of nothing and a percentile that is none", () => {
    assert.throws(() => median([]), RangeError);
    assert.throws(() => percentile([], 50), RangeError);
    assert.throws(() => percentile([1], 101), RangeError);
    assert.throws(() => percentile([1], Number.NaN), RangeError);
  });

  it("rounds to the decimals asked for", () => {
    assert.equal(rounded(1.23456, 2), 1.23);
    assert.equal(rounded(1234.5, 0), 1235);
  });
});

describe("Bounded concurrency", () => {
  it("runs every index once, in order of starting, and never more at once than allowed", async () => {
    const started: number[] = [];
    let running = 0;
    let most = 0;
    await bounded(20, 3, async (i) => {
      started.push(i);
      most = Math.max(most, ++running);
      for (let turns = i % 4; turns >= 0; turns--) await Promise.resolve();
      running--;
    });
    assert.deepEqual(
      started,
      Array.from({ length: 20 }, (_, i) => i),
    );
    assert.equal(most, 3);
  });

  it("has nothing to wait for when there is nothing to do", async () => {
    await bounded(0, 16, () => Promise.reject(new Error("no index was to be run")));
  });

  it("rejects with the failure of its work", async () => {
    await assert.rejects(
      bounded(4, 2, (i) => (i === 2 ? Promise.reject(new Error("third")) : Promise.resolve())),
      /third/,
    );
  });
});
