import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom, systemRandom } from "../src/index.ts";

const text = (octets: Uint8Array): string => [...octets].join();

test("the kernel's randomness gives as many octets as asked for, never the same twice, across every draw ahead", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 2_000; i++) {
    const given = systemRandom(16);
    assert.equal(given.length, 16);
    assert.equal(given.buffer.byteLength, 16); // its own octets, not a window on those of others
    seen.add(text(given));
  }
  assert.equal(seen.size, 2_000);
  for (const octets of [0, 1, 255, 256, 257, 5_000]) assert.equal(systemRandom(octets).length, octets);
});

test("octets that were given out keep their value when more are drawn", () => {
  const first = systemRandom(32);
  const before = text(first);
  for (let i = 0; i < 500; i++) systemRandom(32).fill(0);
  assert.equal(text(first), before);
  assert.notEqual(before, text(new Uint8Array(32)));
});

test("the same seed gives the same octets, however they are asked for", () => {
  const [once, twice] = [seededRandom(7), seededRandom(7)];
  assert.equal(text(once(40)), `${text(twice(16))},${text(twice(24))}`);
  assert.notEqual(text(seededRandom(8)(16)), text(seededRandom(7)(16)));
});
