import assert from "node:assert/strict";
import { test } from "node:test";
import { algorithmsOf, bitsOf, decode, numberOf, print, printValue, ueSecurityCapabilities } from "@freehold/ngap";
import { hex, toHex } from "@freehold/wire";
import { bytesOf } from "./corpus.ts";

test("numbers stand in bit strings highest bit first", () => {
  assert.deepEqual(bitsOf(1, 10), { bits: hex("0040"), length: 10 });
  assert.deepEqual(bitsOf(0x10, 36), { bits: hex("0000000100"), length: 36 });
  assert.equal(numberOf(bitsOf(0x3ff, 10)), 0x3ff);
  assert.equal(numberOf(bitsOf(2 ** 36 - 1, 36)), 2 ** 36 - 1);
  assert.throws(() => bitsOf(1024, 10), RangeError);
  assert.throws(() => numberOf({ bits: new Uint8Array(8), length: 64 }), RangeError);
});

test("security capabilities move by one bit between NAS and NGAP", () => {
  // NAS: 5G-EA0, EA1, EA2, EA3; 5G-IA1, IA2; EEA0 to EEA2; EIA1
  const capabilities = ueSecurityCapabilities(hex("f060e040"));
  assert.deepEqual(algorithmsOf(capabilities.nRencryptionAlgorithms), [1, 2, 3]);
  assert.deepEqual(algorithmsOf(capabilities.nRintegrityProtectionAlgorithms), [1, 2]);
  assert.equal(toHex(capabilities.eUTRAencryptionAlgorithms.bits), "c000");
  assert.equal(toHex(capabilities.eUTRAintegrityProtectionAlgorithms.bits), "8000");
  assert.deepEqual(algorithmsOf(ueSecurityCapabilities(hex("e0e0")).eUTRAencryptionAlgorithms), []);
});

test("a message prints as a tree with the names of the standard", () => {
  const decoded = decode(bytesOf("HandoverCancel"));
  assert.ok(decoded.ok);
  assert.equal(
    print(decoded.value),
    [
      "HandoverCancel (initiatingMessage, procedure 10, reject)",
      "  amfUeNgapId: 776276781756",
      "  ranUeNgapId: 1",
      "  cause: radioNetwork: handover-cancelled",
    ].join("\n"),
  );
  assert.equal(print({ is: "OverloadStop", ies: {} }), "OverloadStop");
  assert.equal(
    printValue("x", { a: [], b: [{ c: null }, { d: bitsOf(5, 3) }], e: 2n, f: new Uint8Array(0) }),
    "x\n  a: (empty)\n  b: 2\n    [0]\n      c: NULL\n    [1]\n      d: a0 (3 bits)\n  e: 2\n  f: (no octets)",
  );
});
