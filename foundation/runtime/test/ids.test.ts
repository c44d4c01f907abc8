import assert from "node:assert/strict";
import { test } from "node:test";
import { EpochIds, seededRandom, systemRandom, UniqueIds } from "../src/index.ts";

test("unique ids are non-zero, fit their bits, and are not given twice", () => {
  const ids = new UniqueIds(seededRandom(1), { bits: 10, taken: (id) => id % 3 === 0 });
  const given = new Set<number>();
  for (let i = 0; i < 400; i++) {
    const id = ids.take();
    assert.ok(id !== undefined && id > 0 && id < 1024 && id % 3 !== 0 && !given.has(id));
    given.add(id);
  }
  assert.equal(ids.reserve([...given][0]!), false);
  ids.release([...given][0]!);
  assert.equal(ids.reserve([...given][0]!), true);
});

test("a full space gives undefined instead of going on for ever", () => {
  const ids = new UniqueIds(seededRandom(1), { bits: 1 });
  assert.equal(ids.take(), 1);
  assert.equal(ids.take(), undefined);
  assert.ok((new UniqueIds(systemRandom).take() ?? 0) > 0);
});

test("epoch ids say whose they are and come back only after all others", () => {
  const ids = new EpochIds(3, 200);
  const first = ids.take()!;
  assert.deepEqual(EpochIds.parse(first), { replica: 3, epoch: 200, index: 1 });
  ids.release(first);
  assert.equal(EpochIds.parse(ids.take()!).index, 2);
  assert.ok(first < 2 ** 40);
  assert.deepEqual(EpochIds.parse(2 ** 40 - 1), { replica: 255, epoch: 255, index: 2 ** 24 - 1 });
  assert.throws(() => new EpochIds(256, 0), RangeError);
});

test("epoch ids go round, over index 0 and over those in use", () => {
  const ids = new EpochIds(0, 1);
  const kept = ids.take()!;
  for (let i = 0; i < 2 ** 24 - 2; i++) ids.release(ids.take()!);
  assert.equal(EpochIds.parse(kept).index, 1);
  assert.equal(EpochIds.parse(ids.take()!).index, 2);
});

test("a seed repeats, whatever the sizes of the draws", () => {
  const a = seededRandom("x");
  const b = seededRandom("x");
  const whole = a(100);
  const parts = [b(3), b(40), b(57)].flatMap((p) => [...p]);
  assert.deepEqual([...whole], parts);
  assert.notDeepEqual(seededRandom("y")(16), seededRandom("x")(16));
  assert.equal(systemRandom(16).length, 16);
});
