import assert from "node:assert/strict";
import { test } from "node:test";
import { formatIp, hex, parseIp, toHex } from "@freehold/wire";
import fc from "fast-check";

test("addresses print as RFC 5952 says", () => {
  const cases: [string, string][] = [
    ["0a2d0001", "10.45.0.1"],
    ["20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
    ["20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"],
    ["00000000000000000000000000000000", "::"],
    ["00000000000000000000000000000001", "::1"],
    ["fe800000000000000000000000000000", "fe80::"],
  ];
  for (const [octets, text] of cases) {
    assert.equal(formatIp(hex(octets)), text);
    assert.equal(toHex(parseIp(text)!), octets);
  }
  assert.equal(formatIp(hex("0a2d00")), undefined);
});

test("what is not an address literal is refused", () => {
  const wrong = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "256.0.0.1",
    "1.2.3.4 ",
    ":",
    ":::",
    "1::2::3",
    "::g",
    "12345::",
    "1:2:3:4:5:6:7:8::",
    "a",
    "fe80::1%eth0",
  ];
  for (const text of wrong) assert.equal(parseIp(text), undefined, text);
  assert.equal(toHex(parseIp("::ffff:10.0.0.1")!), "00000000000000000000ffff0a000001");
});

test("parse is the inverse of format", () => {
  const address = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }));
  fc.assert(fc.property(address, (octets) => assert.deepEqual(parseIp(formatIp(octets)!), octets)));
});
