import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compile, EncodeFault, Per } from "@freehold/asn1";
import { hex, toHex } from "@freehold/wire";

const modules = compile(`M DEFINITIONS AUTOMATIC TAGS ::= BEGIN
  Bit ::= BOOLEAN
  R255 ::= INTEGER (0..254)
  R256 ::= INTEGER (3..258)
  R257 ::= INTEGER (0..256)
  R64K ::= INTEGER (0..65535)
  Wide ::= INTEGER (0..1099511627775)
  Huge ::= INTEGER (0..18446744073709551615)
  Semi ::= INTEGER (1..MAX)
  Free ::= INTEGER
  Ext ::= INTEGER (0..7, ...)
  Colour ::= ENUMERATED { red, green, blue, ..., mauve }
  Bits4 ::= BIT STRING (SIZE (4))
  Bits16 ::= BIT STRING (SIZE (16, ...))
  Bits20 ::= BIT STRING (SIZE (20))
  BitsV ::= BIT STRING (SIZE (22..32))
  BitsF ::= BIT STRING
  Oct2 ::= OCTET STRING (SIZE (2))
  Oct3 ::= OCTET STRING (SIZE (3))
  OctV ::= OCTET STRING (SIZE (0..4))
  OctF ::= OCTET STRING
  Name ::= PrintableString (SIZE (1..150, ...))
  Letters ::= VisibleString (FROM ("a".."d")) (SIZE (3))
  Text ::= UTF8String
  Digits ::= NumericString
  Oid ::= OBJECT IDENTIFIER
  List ::= SEQUENCE (SIZE (0..3)) OF BOOLEAN
  ListF ::= SEQUENCE OF INTEGER (0..255)
  Pair ::= SEQUENCE { lead BOOLEAN, body Oct3 }
  Opt ::= SEQUENCE { a BOOLEAN OPTIONAL, b INTEGER (0..7) DEFAULT 3, c NULL }
  Old ::= SEQUENCE { a BOOLEAN, ... }
  New ::= SEQUENCE { a BOOLEAN, ..., b INTEGER (0..255), [[ c BOOLEAN, d Oct2 OPTIONAL ]] }
  OldPick ::= CHOICE { a BOOLEAN, b NULL, ... }
  Pick ::= CHOICE { a BOOLEAN, b NULL, ..., c OctF }
  Nest ::= SEQUENCE { lead Bits4, inner Nest OPTIONAL }
END`);
const aligned = new Per(modules, "aligned");
const unaligned = new Per(modules, "unaligned");
const bits = (text: string, length: number) => ({ bits: hex(text), length });
const many = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => i & 255);

/** Type, value, aligned, unaligned: worked out by hand from X.691, clause in the title of the test. */
type Row = readonly [type: string, value: unknown, aligned: string, unaligned?: string];
function table(rows: readonly Row[]): void {
  for (const [type, value, a, u = a] of rows) {
    for (const [per, text] of [
      [aligned, a],
      [unaligned, u],
    ] as const) {
      const name = `${type} ${per.aligned ? "aligned" : "unaligned"}`;
      assert.equal(toHex(per.encode(type, value)), text.replaceAll(" ", ""), name);
      const decoded = per.decode(type, hex(text), { trailing: "refuse" });
      assert.ok(decoded.ok, name);
      assert.deepEqual(decoded.value, value, name);
    }
  }
}

describe("PER", () => {
  test("constrained whole numbers take bits, an octet, two, or counted octets (11.5.7)", () => {
    table([
      ["R255", 254, "fe"],
      ["R256", 258, "ff"],
      ["R257", 256, "0100", "8000"],
      ["R64K", 513, "0201"],
      ["Wide", 1, "00 01", "00 00 00 00 01"],
      ["Wide", 1_099_511_627_775, "80 ffffffffff", "ffffffffff"],
      ["Wide", 256, "20 0100", "0000000100"],
      ["Huge", 18_446_744_073_709_551_615n, "e0 ffffffffffffffff", "ffffffffffffffff"],
      ["Huge", 5n, "00 05", "0000000000000005"],
    ]);
  });

  test("other whole numbers are counted octets (12.2.5, 12.2.6), extensions unconstrained (12.1)", () => {
    table([
      ["Semi", 1, "01 00"],
      ["Semi", 257, "02 0100"],
      ["Free", 0, "01 00"],
      ["Free", -1, "01 ff"],
      ["Free", 128, "02 0080"],
      ["Free", -129, "02 ff7f"],
      ["Ext", 7, "70"],
      ["Ext", 8, "80 01 08", "80 84 00"],
    ]);
  });

  test("enumerations (14) and booleans (12)", () => {
    table([
      ["Bit", true, "80"],
      ["Colour", "blue", "40"],
      ["Colour", "mauve", "80"],
    ]);
  });

  test("bit strings of up to 16 bits are not aligned, others are (16)", () => {
    table([
      ["Bits4", bits("a0", 4), "a0"],
      ["Bits16", bits("abcd", 16), "55e680"],
      ["Bits16", bits("abcd80", 17), "80 11 abcd80", "88 d5e6 c0"],
      ["Bits20", bits("abcde0", 20), "abcde0"],
      ["BitsV", bits("abcdef", 24), "20 abcdef", "2abcdef0"],
      ["BitsF", bits("", 0), "00"],
      ["BitsF", bits("80", 1), "01 80"],
    ]);
  });

  test("octet strings of up to 2 octets are not aligned, others are, and nothing aligns for none (17)", () => {
    table([
      ["Oct2", hex("abcd"), "abcd"],
      ["Pair", { lead: true, body: hex("abcdef") }, "80 abcdef", "d5e6f780"],
      ["OctV", hex(""), "00"],
      ["OctV", hex("ab"), "20 ab", "3560"],
      ["OctF", many(200), `80c8${toHex(many(200))}`],
    ]);
  });

  test("lengths of 16K and more come in fragments (11.9.3.8)", () => {
    const value = many(16384 * 5 + 3);
    for (const per of [aligned, unaligned]) {
      for (const count of [16383, 16384, 16385, 32768, 65536, value.length]) {
        const bytes = per.encode("OctF", value.subarray(0, count));
        assert.equal(bytes.length, count + (count === value.length ? 3 : 2));
        const decoded = per.decode("OctF", bytes, { trailing: "refuse" });
        assert.ok(decoded.ok);
        assert.deepEqual(decoded.value, value.slice(0, count));
      }
      const list = Array.from(value);
      const decoded = per.decode("ListF", per.encode("ListF", list));
      assert.deepEqual(decoded.ok && decoded.value, list);
      const choice = { choice: "c", value: value.slice(0, 40_000) };
      const read = per.decode("Pick", per.encode("Pick", choice));
      assert.deepEqual(read.ok && read.value, choice, "an open type in fragments");
      const long = { bits: value.slice(0, 20_000), length: 160_000 };
      const string = per.decode("BitsF", per.encode("BitsF", long));
      assert.deepEqual(string.ok && string.value, long);
    }
    assert.equal(toHex(aligned.encode("OctF", value)).slice(0, 2), "c4");
  });

  test("strings with a known width take 8, 4 or 2 bits a character when aligned (30)", () => {
    table([
      ["Name", "ab", "00 80 6162", "00 e1 c4"],
      ["Letters", "abd", "1c"],
      ["Digits", "19", "02 2a"],
      ["Text", "é", "02 c3a9"],
      ["Oid", "1.2.840.113549", "06 2a864886f70d"],
    ]);
  });

  test("sequences: presence bits, defaults left out, additions and groups as open types (19)", () => {
    table([
      ["Opt", { a: true, b: 3, c: null }, "a0"],
      ["Opt", { b: 4, c: null }, "60"],
      ["New", { a: true }, "40"],
      ["New", { a: true, b: 7, c: true, d: hex("0102") }, "c0e0 0107 03c04080", "c0e020e078081000"],
    ]);
    for (const per of [aligned, unaligned]) {
      const value = { a: true, b: 7, c: true, d: hex("0102") };
      const bytes = per.encode("New", value);
      assert.deepEqual(per.decode("New", bytes, { trailing: "refuse" }), { ok: true, value, findings: [] });
      assert.deepEqual(
        per.decode("Old", bytes, { trailing: "refuse" }),
        { ok: true, value: { a: true }, findings: [] },
        "unknown additions are skipped",
      );
      const only = { a: false, c: false };
      assert.deepEqual(
        per.decode("New", per.encode("New", only)),
        { ok: true, value: only, findings: [] },
        "a group without the addition before it",
      );
    }
  });

  test("lists and choices (20, 23)", () => {
    table([
      ["List", [true, false, true], "e8"],
      ["List", [], "00"],
      ["Pick", { choice: "a", value: true }, "20"],
      ["Pick", { choice: "c", value: hex("ab") }, "80 02 01ab"],
    ]);
  });

  test("a value of a later version is unknown, not invalid", () => {
    const later = aligned.decode("OldPick", hex("800201ab"));
    assert.ok(!later.ok);
    assert.deepEqual(later.error.kind, "unknown");
    const name = aligned.decode("Colour", hex("81"));
    assert.ok(!name.ok);
    assert.equal(name.error.kind, "unknown");
  });

  test("errors name the field by its path and the octet", () => {
    const decoded = aligned.decode("Pair", hex("80abcd"));
    assert.ok(!decoded.ok);
    assert.deepEqual(decoded.error, { kind: "truncated", field: "Pair.body", at: 1, detail: "needs 24 bits, 16 left" });
    const character = aligned.decode("Name", hex("00807f62"));
    assert.ok(!character.ok);
    assert.equal(character.error.kind, "invalid");
    const above = aligned.decode("R255", hex("ff"));
    assert.ok(!above.ok);
    assert.equal(above.error.detail, "255 is above 254");
    const after = aligned.decode("Bit", hex("80ff"), { trailing: "refuse" });
    assert.ok(!after.ok);
    assert.deepEqual(after.error, { kind: "unexpected", field: "Bit", at: 1, detail: "1 octets after the value" });
    assert.ok(aligned.decode("Bit", hex("80ff")).ok);
  });

  test("nesting and the number of list elements are bounded", () => {
    const deep = aligned.decode("Nest", new Uint8Array(4096).fill(0xff));
    assert.ok(!deep.ok);
    assert.equal(deep.error.kind, "limit");
    const nulls = new Per({ types: { Nulls: { k: "list", of: { k: "null" } } }, sets: {} }, "aligned");
    const wide = nulls.decode("Nulls", new Uint8Array(4096).fill(0xc4));
    assert.ok(!wide.ok);
    assert.equal(wide.error.kind, "limit");
  });

  test("a value that its type does not allow is a fault that names the field", () => {
    for (const [type, value, message] of [
      ["R255", 255, /255 is not in 0\.\.254/],
      ["R255", 1.5, /not an integer/],
      ["Pair", { lead: true, body: hex("00") }, /body: a size of 1 is not in 3\.\.3/],
      ["Pair", { lead: true }, /body: is mandatory and absent/],
      ["Colour", "pink", /pink is not a value/],
      ["List", [true, 1], /\[1\]: 1 is not a boolean/],
      ["Pick", { choice: "z", value: 1 }, /z is not an alternative/],
      ["BitsV", { bits: hex("00"), length: 24 }, /as many octets/],
      ["Name", "a\u0000", /is not a character of PrintableString/],
      ["Oid", "x", /not an object identifier/],
    ] as const) {
      assert.throws(
        () => aligned.encode(type, value),
        (fault) => fault instanceof EncodeFault && message.test(fault.message),
        type,
      );
    }
  });
});
