import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex } from "@freehold/wire";
import { subjects } from "../src/codec/vectors.ts";

describe("Messages of the codec benchmark", () => {
  it("are each of a message once, and octets that nobody would write twice", () => {
    const all = subjects();
    assert.equal(new Set(all.map(({ message }) => message)).size, all.length);
    assert.equal(new Set(all.map(({ octets }) => toHex(octets))).size, all.length);
  });

  for (const { message, octets, decode, encode } of subjects()) {
    it(`${message} decodes, and what it encodes to is a message again`, () => {
      assert.notEqual(decode(), undefined);
      const again = encode();
      // The header of a G-PDU is written in place; every other message comes out as octets.
      if (message === "GTP-U G-PDU header") return;
      assert.ok(again instanceof Uint8Array);
      assert.equal(again[0], octets[0]);
      assert.ok(again.length > octets.length / 2, `${again.length} octets of ${octets.length}`);
    });
  }
});
