import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bits,
  choice,
  coded,
  codes,
  custom,
  decode,
  encode,
  features,
  field,
  flag,
  flagged,
  hex,
  list,
  mapped,
  octetOf,
  octets,
  off,
  on,
  type Pick,
  print,
  type Schema,
  sample,
  sized,
  spare,
  struct,
  type TypeOf,
  tail,
  text,
  toHex,
  u64,
  uint,
} from "@freehold/wire";
import fc from "fast-check";

/** The picks of `sample` from a seed, so that fast-check can shrink it and a failure can be run again. */
function picks(seed: number): Pick {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const Tunnel = flagged(1, {
  choose: flag(3),
  chooseId: on(4, uint(1)),
  teid: off(3, uint(4)),
  ipv4: on(1, octets(4)),
  ipv6: on(2, octets(16)),
});

const Everything = struct({
  small: uint(1, { max: 200 }),
  middle: uint(3),
  wide: uint(6),
  widest: u64,
  code: codes(1, { one: 1, two: 2 }),
  reserved: spare(2),
  bits: bits(3, { set: flag(8), kind: coded({ a: 0, b: 1 }, 7, 5), ten: field(4, 3, 1, 2), low: field(2, 1, 3) }),
  tunnel: Tunnel,
  name: sized(1, text(0, 40)),
  counted: list(sized(2, octets(0, 9)), { count: 1, max: 5 }),
  choice: choice(1, field(4, 1), { number: [1, uint(2)], nothing: [2, struct({})], octets: [5, octets(3)] }),
  twice: mapped(uint(1, { max: 100 }), { read: (raw) => raw * 2, write: (value) => value / 2 }),
  odd: custom<string>({
    name: "odd",
    read: (reader) => reader.u8("odd").toString(8),
    write: (writer, value) => writer.u8(Number.parseInt(value, 8)),
    sample: (pick) => pick(256).toString(8),
  }),
  first: tail(uint(1)),
  second: tail(list(uint(2), { min: 1, max: 3 })),
});

const schemas: { readonly [name: string]: Schema } = {
  everything: Everything,
  tunnel: Tunnel,
  features: features(1, 4, { a: flag(1), b: flag(8, 2), level: field(5, 2, 4) }),
  growing: bits(5, { a: flag(1), z: flag(1, 5) }, { least: 2 }),
  list: list(uint(1), { min: 2, max: 9 }),
};

for (const [name, schema] of Object.entries(schemas)) {
  test(`whatever is written of the schema "${name}" is read back the same, and can be printed`, () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const value = sample(schema, picks(seed));
        const read = decode(schema, encode(schema, value));
        assert.deepEqual(read, { ok: true, value });
        assert.equal(typeof print(schema, value), "string");
      }),
    );
  });

  test(`octets of any kind are a value of the schema "${name}" or an error inside them, never an exception`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const read = decode(schema, bytes);
        if (!read.ok) assert.ok(read.error.at <= bytes.length && read.error.field !== "", JSON.stringify(read.error));
      }),
    );
  });

  test(`a value of the schema "${name}" cut short or with one octet changed is a value or an error`, () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), fc.integer({ min: 1, max: 255 }), (seed, where, change) => {
        const bytes = encode(schema, sample(schema, picks(seed)));
        for (let length = 0; length < bytes.length; length++) decode(schema, bytes.subarray(0, length));
        const flipped = bytes.slice();
        const at = where % Math.max(1, bytes.length);
        if (bytes.length > 0) flipped[at]! ^= change;
        const read = decode(schema, flipped);
        assert.ok(read.ok || read.error.at <= flipped.length);
      }),
      { numRuns: 30 },
    );
  });
}

test("an error names the field by its path and the octet from the start", () => {
  const schema = struct({ head: uint(2), parts: list(struct({ size: sized(1, uint(2)) })) });
  const read = decode(schema, hex("0001 020003 0100"));
  assert.ok(!read.ok);
  assert.deepEqual(read.error, { kind: "truncated", field: "parts[1].size", at: 6, detail: "needs 2 octets, 1 left" });
});

test("octets after the end of a value are an error unless the field may grow in a later release", () => {
  assert.ok(!decode(uint(1), hex("0102")).ok);
  assert.deepEqual(decode(uint(1), hex("0102"), { extendable: true }), { ok: true, value: 1 });
  assert.ok(!decode(sized(1, uint(1)), hex("020102")).ok);
  assert.deepEqual(decode(sized(1, uint(1), { extendable: true }), hex("020102")), { ok: true, value: 1 });
});

test("an announced count cannot make work that its octets do not pay for", () => {
  const empty = custom({ name: "empty", read: () => 0, write: () => undefined, sample: () => 0 });
  const read = decode(list(empty, { count: 2 }), hex("ffff"));
  assert.ok(!read.ok);
  assert.equal(read.error.kind, "invalid");
});

test("flags follow from the fields that are there", () => {
  const value: TypeOf<typeof Tunnel> = { choose: false, teid: 0x01020304, ipv4: hex("0a000001") };
  assert.equal(toHex(encode(Tunnel, value)), "01010203040a000001");
  assert.equal(toHex(encode(Tunnel, { choose: true, chooseId: 7, ipv4: undefined })), "0c07");
  assert.throws(() => encode(Tunnel, { choose: true, teid: 1 }), /teid contradicts the flag/);
  assert.throws(() => encode(Tunnel, { choose: false }), /teid contradicts the flag/);
});

test("bits stand where the table prints them, octet by octet, high bit first", () => {
  const schema = bits(2, { high: field(8, 6), middle: flag(5), across: field(2, 7, 1, 2), low: field(1, 1, 2) });
  assert.equal(toHex(encode(schema, { high: 5, middle: true, across: 0b1011, low: 1 })), "b2c1");
  assert.deepEqual(decode(schema, hex("b2c1")), { ok: true, value: { high: 5, middle: true, across: 0b1011, low: 1 } });
  assert.throws(() => encode(schema, { high: 8, middle: false, across: 0, low: 0 }), RangeError);
});

test("feature bits hold only what is set and send no zero octets beyond the least", () => {
  const schema = features(1, 13, { s1Mode: flag(1), lcs: flag(6, 2), level: field(4, 3, 3) });
  assert.deepEqual(decode(schema, hex("01")), { ok: true, value: { s1Mode: true } });
  assert.deepEqual(decode(schema, hex("01200c00")), { ok: true, value: { s1Mode: true, lcs: true, level: 3 } });
  assert.equal(toHex(encode(schema, { lcs: true })), "0020");
  assert.equal(toHex(encode(schema, {})), "00");
});

test("a code without a name stays its number, both ways", () => {
  const schema = codes(1, { one: 1 });
  assert.deepEqual(decode(schema, hex("01")), { ok: true, value: "one" });
  assert.deepEqual(decode(schema, hex("09")), { ok: true, value: 9 });
  assert.equal(toHex(encode(schema, 9)), "09");
});

test("a value of ours that does not fit is a RangeError", () => {
  assert.throws(() => encode(octets(1, 3), new Uint8Array(4)), RangeError);
  assert.throws(() => encode(uint(1, { max: 9 }), 10), RangeError);
  assert.throws(() => encode(list(uint(1), { min: 1 }), []), RangeError);
  assert.throws(() => encode(codes(1, { one: 1 }) as Schema<string>, "two"), RangeError);
  assert.throws(() => encode(struct({ a: tail(uint(1)), b: tail(uint(1)) }), { b: 1 }), /b without the optional field before it/);
  assert.throws(() => octetOf(uint(2), 1), RangeError);
});

test("a value is printed a field a line, names beside numbers", () => {
  const schema = struct({ cause: uint(1, { names: { congestion: 22 } }), inner: struct({ key: octets(2) }), gone: tail(uint(1)) });
  assert.equal(print(schema, { cause: 22, inner: { key: hex("beef") } }), "\n  cause: congestion (22)\n  inner: \n    key: beef");
});
