import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, type GtpuMessage, PduType, writeGpdu } from "@freehold/gtpu";
import { hex, toHex } from "@freehold/wire";
import fc from "fast-check";

test("a downlink G-PDU carries the shortest PDU Session Container", () => {
  const into = new Uint8Array(64);
  const octets = writeGpdu(into, 0x01020304, 9, hex("4500"));
  assert.equal(toHex(into.subarray(0, octets)), "34ff000a0102030400000085010009004500");
  const reflective = writeGpdu(into, 1, 9, hex("4500"), PduType.downlink, true);
  assert.equal(toHex(into.subarray(12, reflective)), "010049004500");
  const uplink = writeGpdu(into, 1, 5, hex("4500"), PduType.uplink);
  assert.equal(toHex(into.subarray(12, uplink)), "011005004500");
});

test("the writer of the packet path and the value encoder write the same octets", () => {
  const into = new Uint8Array(2000);
  const any = fc.record({
    teid: fc.integer({ min: 0, max: 0xffff_ffff }),
    qfi: fc.integer({ min: 0, max: 63 }),
    rqi: fc.boolean(),
    pduType: fc.constantFrom(PduType.downlink, PduType.uplink),
    payload: fc.uint8Array({ maxLength: 1500 }),
  });
  fc.assert(
    fc.property(any, ({ teid, qfi, rqi, pduType, payload }) => {
      const octets = into.slice(0, writeGpdu(into, teid, qfi, payload, pduType, rqi));
      const content = Uint8Array.of(pduType << 4, rqi ? qfi | 0x40 : qfi);
      const value: GtpuMessage = {
        is: "G-PDU",
        teid,
        sequenceNumber: undefined,
        nPduNumber: undefined,
        extensions: [{ type: 0x85, content }],
        payload,
      };
      assert.deepEqual(octets, encode(value));
      assert.ok(decode(octets).ok);
    }),
  );
});

test("a G-PDU that does not fit its buffer is a RangeError, not a cut packet", () => {
  assert.throws(() => writeGpdu(new Uint8Array(17), 1, 1, new Uint8Array(2)), RangeError);
});
