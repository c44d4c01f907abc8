import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, decodeSecured, encode, encodeSecured, isSecured, print } from "@freehold/nas";
import { hex, toHex } from "@freehold/wire";
import { absent, spec, vectors } from "./specs.ts";

interface Vector {
  n: number;
  info: string;
  hex: string;
}

const extension = "extended PCO sent with its extension bit 0, which we write as 1";
const filler = "5G-S-TMSI without the 1111 in bits 5 to 8 of its first octet";
const endMark = "IMEISV without the end mark 1111";
const spareOctets = "PDU session bitmap of 32 octets: the spare ones are not kept";
const fuzzed = "lengths that no field of the table can have: the IEs count as absent (§7.7.1)";

/** Why a vector does not come back octet for octet. */
const reasons: { readonly [n: number]: string } = {
  ...Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((n) => [n, extension])),
  18: "routing indicator with its filler in the first place",
  ...Object.fromEntries([36, 37, 38, 39, 40, 41, 96, 97, 98].map((n) => [n, filler])),
  ...Object.fromEntries([43, 46, 73].map((n) => [n, spareOctets])),
  47: fuzzed,
  74: fuzzed,
  ...Object.fromEntries([66, 67, 68, 69, 70, 71, 72, 138, 139, 140, 141, 142, 143, 144, 145].map((n) => [n, endMark])),
  133: "allowed NSSAI of no slice (absent, §7.7.1), feature octets of zeros at the end",
};

/** Vectors that are an error. */
const errors: { readonly [n: number]: { readonly is: string; readonly why: string } } = {
  31: { is: "mandatory IE missing or malformed", why: "a mandatory identity of type none in four octets: its length is 1 (§9.11.3.4)" },
};

/** The plain message of a vector; its header, when it has one, must come back too. */
function plain(vector: Vector): Uint8Array {
  const bytes = hex(vector.hex);
  if (!isSecured(bytes)) return bytes;
  const secured = decodeSecured(bytes);
  assert.ok(secured.ok);
  assert.equal(toHex(encodeSecured(secured.value)), vector.hex);
  return secured.value.payload;
}

for (const { which, all, skip } of [
  { which: "the selection here", all: vectors<Vector[]>("messages.json"), skip: false as const },
  { which: "all there are", all: absent ? [] : spec<Vector[]>("vectors/messages/nas5g.json"), skip: absent },
]) {
  test(`messages of other implementations (${which}) are decoded and written back octet for octet`, { skip }, () => {
    for (const vector of all) {
      const bytes = plain(vector);
      const read = decode(bytes);
      const error = errors[vector.n];
      if (error !== undefined) {
        assert.ok(!read.ok);
        assert.equal(read.error.is, error.is);
        continue;
      }
      assert.ok(read.ok, `${vector.n}: ${JSON.stringify(read)}`);
      const again = encode(read.value);
      const reason = reasons[vector.n];
      if (reason === undefined) assert.equal(toHex(again), toHex(bytes), `${vector.n}`);
      else assert.notEqual(toHex(again), toHex(bytes), `${vector.n} is listed (${reason}) and comes back all the same`);
      const second = decode(again);
      assert.ok(second.ok);
      assert.deepEqual(second.value, read.value, `${vector.n}`);
      assert.ok(print(read.value).startsWith(read.value.is));
    }
  });

  test(`messages of other implementations (${which}) cut at any octet or with any octet changed are a message or an error`, {
    skip,
  }, () => {
    for (const vector of all) {
      const bytes = plain(vector);
      if (bytes.length > 300) continue;
      for (let length = 0; length < bytes.length; length++) {
        const cut = decode(bytes.subarray(0, length));
        if (!cut.ok) assert.ok(cut.error.at <= length && cut.error.field !== "");
      }
      for (let at = 0; at < bytes.length; at++) {
        for (const change of [0x01, 0x08, 0x10, 0x80, 0xff]) {
          const other = bytes.slice();
          other[at]! ^= change;
          const read = decode(other);
          if (read.ok) encode(read.value);
          else assert.ok(read.error.at <= other.length);
        }
      }
    }
  });
}
