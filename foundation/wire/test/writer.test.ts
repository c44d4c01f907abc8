import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hex, Pen, parseHex, Reader, Writer } from "../src/index.ts";

test("an unsigned number of 1 to 6 octets is read as it was written", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.maxSafeNat(), (octets, any) => {
      const value = any % 256 ** octets;
      const written = new Writer(1).uint(value, octets).done();
      assert.equal(written.length, octets);
      assert.equal(new Reader(written).uint(octets, "value"), value);
    }),
  );
  assert.throws(() => new Writer().uint(2 ** 48, 6), RangeError);
});

test("a length says how many octets came after it, also where the buffer grew meanwhile", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat({ max: 3 }), (octets, zeros) => {
      const writer = new Writer(2);
      const start = writer.u8(7).open(2);
      const written = writer.octets(octets).zeros(zeros).close(start, 2).done();
      const reader = new Reader(written, 1);
      assert.equal(reader.u16("length"), octets.length + zeros);
      assert.deepEqual(reader.octets(octets.length, "octets"), octets);
      assert.deepEqual(reader.rest(), new Uint8Array(zeros));
    }),
  );
  const writer = new Writer();
  const start = writer.open(1);
  assert.throws(() => writer.octets(new Uint8Array(256)).close(start, 1), RangeError);
});

test("octets that a pen wrote stay what they are when it writes again, within a writing too, and after one that failed", () => {
  const pen = new Pen();
  let inner: Uint8Array | undefined;
  const outer = pen.write((writer) => {
    writer.u16(0x0102);
    inner = pen.write((other) => other.u16(0x0304));
    writer.u8(3);
  });
  assert.throws(() => pen.write((writer) => writer.u8(256)), RangeError);
  // As many octets as the buffer has: they are the buffer itself.
  const full = pen.write((writer) => writer.octets(new Uint8Array(512).fill(9)));
  const after = pen.write((writer) => writer.zeros(600));
  assert.deepEqual([outer, inner], [hex("010203"), hex("0304")]);
  assert.deepEqual(full, new Uint8Array(512).fill(9));
  assert.deepEqual(after, new Uint8Array(600));
});

test("hexadecimal digits of either case, with white space and colons between, are octets, and nothing else is", () => {
  assert.deepEqual(parseHex("00 0aF9:fF"), Uint8Array.of(0, 0x0a, 0xf9, 0xff));
  assert.deepEqual(parseHex(""), new Uint8Array(0));
  for (const wrong of ["0", "0g", "g0", "0x01", "--", "@@", "٠٠", "00 0", "`a"]) assert.equal(parseHex(wrong), undefined, wrong);
});
