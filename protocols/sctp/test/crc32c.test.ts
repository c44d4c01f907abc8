import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32c, fromText, hex } from "@freehold/wire";
import fc from "fast-check";
import { carriedChecksum, packetChecksum, setChecksum } from "../src/crc32c.ts";

test("CRC32c of the known vectors (RFC 3720 B.4)", () => {
  assert.equal(crc32c(fromText("123456789")), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c);
  assert.equal(crc32c(new Uint8Array(0)), 0);
});

test("eight octets a step give what one bit a step gives", () => {
  const slow = (octets: Uint8Array) => {
    let crc = 0xffffffff;
    for (const octet of octets) {
      crc ^= octet;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
    return ~crc >>> 0;
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => crc32c(octets) === slow(octets)));
});

test("§6.8: the checksum stands in the packet least significant octet first, itself counted as zero", () => {
  const packet = hex("960c 1388 00000001 00000000 06010004");
  setChecksum(packet);
  assert.equal(carriedChecksum(packet), packetChecksum(packet));
  const blank = packet.slice();
  blank.fill(0, 8, 12);
  assert.equal(crc32c(blank), carriedChecksum(packet));
});
