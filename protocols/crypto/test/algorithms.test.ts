import assert from "node:assert/strict";
import { test } from "node:test";
import { type AlgorithmInput, cipher, type Direction, mac, type Nea, type Nia, sameMac } from "@freehold/crypto";
import { Secret } from "@freehold/model";
import { hex, toHex } from "@freehold/wire";
import fc from "fast-check";
import { load, sources } from "./vectors.ts";

interface AlgorithmSet {
  name: string;
  key: string;
  count: string;
  bearer: number;
  direction: Direction;
  bitLength: number;
  plaintext: string;
  ciphertext: string;
  message: string;
  mac: string;
}
const inputOf = (s: AlgorithmSet): AlgorithmInput => ({
  count: Number.parseInt(s.count, 16),
  bearer: s.bearer,
  direction: s.direction,
  bits: s.bitLength,
});

for (const { which, folder, skip } of sources) {
  for (const nea of [1, 2, 3] as const) {
    test(`128-NEA${nea} ciphers and deciphers every set as published (${which})`, { skip }, () => {
      const { sets } = load<{ sets: AlgorithmSet[] }>(folder, `nea${nea}`);
      assert.ok(sets.length >= 5);
      for (const s of sets) {
        const key = Secret.fromHex(s.key);
        assert.equal(toHex(cipher(nea, key, inputOf(s), hex(s.plaintext))), s.ciphertext, s.name);
        assert.equal(toHex(cipher(nea, key, inputOf(s), hex(s.ciphertext))), s.plaintext, s.name);
      }
    });
  }
  for (const nia of [1, 2, 3] as const) {
    test(`128-NIA${nia} gives the MAC of every set as published (${which})`, { skip }, () => {
      const { sets } = load<{ sets: AlgorithmSet[] }>(folder, `nia${nia}`);
      assert.ok(sets.length >= 3);
      for (const s of sets) assert.equal(toHex(mac(nia, Secret.fromHex(s.key), inputOf(s), hex(s.message))), s.mac, s.name);
    });
  }
}

const keys = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((k) => new Secret(k));
const algorithms = fc.constantFrom<Nea & Nia>(0, 1, 2, 3);
const inputs = fc.record(
  {
    count: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    bearer: fc.integer({ min: 0, max: 31 }),
    direction: fc.constantFrom<Direction>(0, 1),
  },
  { noNullPrototype: true },
);

test("deciphering undoes ciphering for every algorithm and length", () => {
  fc.assert(
    fc.property(algorithms, keys, inputs, fc.uint8Array({ maxLength: 200 }), (nea, key, input, octets) => {
      const there = cipher(nea, key, input, octets);
      assert.equal(there.length, octets.length);
      assert.deepEqual(cipher(nea, key, input, there), octets);
    }),
    { numRuns: 200 },
  );
});

test("COUNT, BEARER, DIRECTION and every octet of the message change the MAC", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Nia>(1, 2, 3),
      keys,
      inputs,
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
      fc.nat(),
      (nia, key, input, octets, where) => {
        const right = mac(nia, key, input, octets);
        const others = [
          mac(nia, key, { ...input, count: (input.count + 1) % 2 ** 32 }, octets),
          mac(nia, key, { ...input, bearer: (input.bearer + 1) % 32 }, octets),
          mac(nia, key, { ...input, direction: input.direction === 0 ? 1 : 0 }, octets),
          mac(
            nia,
            key,
            input,
            octets.map((o, i) => (i === where % octets.length ? o ^ 1 : o)),
          ),
        ];
        for (const other of others) assert.ok(!sameMac(right, other));
        assert.ok(sameMac(right, mac(nia, key, input, octets)));
      },
    ),
    { numRuns: 100 },
  );
});

test("a keystream never depends on the message: a longer message begins as a shorter one does", () => {
  const key = Secret.fromHex("2bd6459f82c5b300952c49104881ff48");
  const input: AlgorithmInput = { count: 7, bearer: 1, direction: 1 };
  for (const nea of [1, 2, 3] as const) {
    const long = cipher(nea, key, input, new Uint8Array(99));
    for (let n = 0; n < 99; n++) assert.deepEqual(cipher(nea, key, input, new Uint8Array(n)), long.slice(0, n));
  }
});

test("null algorithms leave the octets and give a zero MAC, in a copy", () => {
  const key = new Secret(new Uint8Array());
  const octets = hex("7e0041");
  const input: AlgorithmInput = { count: 0, bearer: 1, direction: 0 };
  const there = cipher(0, key, input, octets);
  assert.deepEqual(there, octets);
  assert.notEqual(there, octets);
  assert.deepEqual(mac(0, key, input, octets), new Uint8Array(4));
});

test("a wrong key length, COUNT, BEARER or LENGTH is a RangeError with its name", () => {
  const key = new Secret(new Uint8Array(16));
  const right: AlgorithmInput = { count: 0, bearer: 1, direction: 0 };
  for (const n of [1, 2, 3] as const) {
    assert.throws(() => cipher(n, new Secret(new Uint8Array(32)), right, hex("00")), /^RangeError: key has 32 octets, wants 16$/);
    assert.throws(() => mac(n, new Secret(new Uint8Array(15)), right, hex("00")), /^RangeError: key has 15 octets, wants 16$/);
    for (const input of [
      { ...right, count: 2 ** 32 },
      { ...right, count: -1 },
      { ...right, bearer: 32 },
      { ...right, bits: 9 },
      { ...right, bits: 0 },
    ]) {
      assert.throws(() => cipher(n, key, input, hex("00")), RangeError);
      assert.throws(() => mac(n, key, input, hex("00")), RangeError);
    }
  }
});

test("MACs of different lengths are different, not an exception", () => {
  assert.ok(!sameMac(hex("00"), hex("0000")));
  assert.ok(sameMac(hex(""), hex("")));
});
