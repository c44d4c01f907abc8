import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decode, decodeType, encode, errorIndication, print } from "@freehold/ngap";
import { hex } from "@freehold/wire";
import fc from "fast-check";
import { bytesOf, vectors } from "./corpus.ts";

/** Whatever the octets are: a value that can be written again, or an error inside the octets that can be answered. */
function survives(bytes: Uint8Array): boolean {
  const decoded = decode(bytes);
  if (!decoded.ok) {
    assert.ok(decoded.error.at >= 0 && decoded.error.at <= bytes.length, decoded.error.detail);
    assert.ok(decoded.error.field.length > 0);
    const answer = decode(encode(errorIndication(decoded)));
    assert.ok(answer.ok && answer.value.is === "ErrorIndication");
    return false;
  }
  const again = decode(encode(decoded.value));
  assert.ok(again.ok);
  assert.deepEqual(again.value, decoded.value);
  return true;
}

describe("octets from outside", () => {
  test("a message cut at any octet is an error", () => {
    for (const vector of vectors) {
      const bytes = hex(vector.hex);
      for (let length = 0; length < bytes.length; length++) assert.ok(!survives(bytes.slice(0, length)), `${vector.n} cut to ${length}`);
    }
  });

  test("a message with any octet changed is a value or an error", () => {
    let values = 0;
    for (const vector of vectors) {
      const bytes = hex(vector.hex);
      for (let i = 0; i < bytes.length; i++) {
        for (const flip of [0xff, 0x80, 0x01]) {
          const changed = bytes.slice();
          changed[i]! ^= flip;
          if (survives(changed)) values++;
        }
      }
    }
    assert.ok(values > 1000, `${values} were still messages`);
  });

  test("octets of no kind are a value or an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void survives(bytes)),
      { numRuns: 2000 },
    );
    const header = fc.tuple(fc.constantFrom(0x00, 0x20, 0x40), fc.integer({ min: 0, max: 90 }), fc.constantFrom(0x00, 0x40, 0x80));
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 120 }), ([kind, code, criticality], rest) => {
        survives(Uint8Array.of(kind, code, criticality, rest.length, ...rest));
      }),
      { numRuns: 2000 },
    );
  });

  test("a container that claims 65535 IEs, and one that repeats an IE as often, end quickly", () => {
    const claims = decode(hex("00154007000000ffff0000"));
    assert.ok(!claims.ok);
    const ie = hex("005540020001");
    const many = 20_000;
    const body = new Uint8Array(4 + 3 + many * ie.length);
    body.set([0, many >> 8, many & 255], 0);
    for (let i = 0; i < many; i++) body.set(ie, 3 + i * ie.length);
    const content = body.subarray(0, 3 + many * ie.length);
    // 16K fragments: c4 = 64K each, then c1 to c3, then the rest
    const parts: Uint8Array[] = [hex("000f40")];
    let at = 0;
    while (content.length - at >= 16384) {
      const n = Math.min(4, (content.length - at) >> 14);
      parts.push(Uint8Array.of(0xc0 | n), content.subarray(at, at + n * 16384));
      at += n * 16384;
    }
    const rest = content.length - at;
    parts.push(rest < 128 ? Uint8Array.of(rest) : Uint8Array.of(0x80 | (rest >> 8), rest & 255), content.subarray(at));
    const repeated = decode(Uint8Array.from(parts.flatMap((part) => [...part])));
    assert.ok(!repeated.ok);
    assert.equal(repeated.cause, "abstract-syntax-error-falsely-constructed-message");
    assert.equal(repeated.findings.filter((f) => f.kind === "repeated").length, many - 1);
    assert.ok(encode(errorIndication(repeated)).length < 400);
  });

  test("transfers are as hard as messages", () => {
    const message = decode(bytesOf("PDUSessionResourceSetupRequest"));
    assert.ok(message.ok && message.value.is === "PDUSessionResourceSetupRequest");
    const bytes = message.value.ies.pduSessionResourceSetupListSUReq[0]!.pDUSessionResourceSetupRequestTransfer;
    assert.ok(decodeType("PDUSessionResourceSetupRequestTransfer", bytes, { trailing: "refuse" }).ok);
    for (let i = 0; i < bytes.length; i++) {
      for (const flip of [0xff, 0x40]) {
        const changed = bytes.slice();
        changed[i]! ^= flip;
        const decoded = decodeType("PDUSessionResourceSetupRequestTransfer", changed);
        assert.ok(decoded.ok || decoded.error.at <= bytes.length);
      }
      assert.ok(!decodeType("PDUSessionResourceSetupRequestTransfer", bytes.slice(0, i)).ok);
    }
  });

  test("every message of the corpus can be printed", () => {
    for (const vector of vectors) {
      const decoded = decode(hex(vector.hex), { order: "any" });
      if (decoded.ok) assert.match(print(decoded.value), new RegExp(`^${vector.is} \\(`));
    }
  });
});
