import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32c, fromText, hex, toHex } from "@freehold/wire";
import { ends, ipPacket, parseAddress, udpPacket } from "../../src/pcapng/ip.ts";

test("address literals of both families, and nothing else", () => {
  const good: [string, string][] = [
    ["127.0.0.5", "7f000005"],
    ["255.255.255.255", "ffffffff"],
    ["::", "00000000000000000000000000000000"],
    ["::1", "00000000000000000000000000000001"],
    ["2001:db8::ff00:42:8329", "20010db8000000000000ff0000428329"],
    ["fe80::1%eth0", "fe800000000000000000000000000001"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["::ffff:192.0.2.1", "00000000000000000000ffffc0000201"],
    ["1::", "00010000000000000000000000000000"],
  ];
  for (const [text, octets] of good) assert.equal(toHex(parseAddress(text)!), octets, text);
  for (const text of [
    "",
    "amf",
    "1.2.3",
    "1.2.3.256",
    "1.2.3.4.5",
    "1::2::3",
    "12345::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    ":1::",
    "::g",
    "::1.2.3",
  ]) {
    assert.equal(parseAddress(text), undefined, text);
  }
});

test("CRC32c gives the published check value and that of RFC 3720 B.4", () => {
  assert.equal(crc32c(fromText("123456789")), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
});

test("an IPv4 header has the checksum of a published example", () => {
  // 45 00 00 73 00 00 40 00 40 11 b8 61 c0 a8 00 01 c0 a8 00 c7: the example of most texts on RFC 1071
  const packet = ipPacket(ends(Uint8Array.of(192, 168, 0, 1), Uint8Array.of(192, 168, 0, 199)), 17, new Uint8Array(0x73 - 20), 0);
  assert.equal(toHex(packet.subarray(0, 20)), "45000073000040004011b861c0a80001c0a800c7");
});

test("a UDP datagram sums to FFFF with its pseudo-header, odd lengths too", () => {
  for (const length of [0, 1, 2, 7, 1000]) {
    const both = ends(hex("c0000201"), hex("c0000202"));
    const datagram = udpPacket(both, 8805, 8805, new Uint8Array(length).fill(0xa5), 1).subarray(20);
    const pseudo = [...both.src, ...both.dst, 0, 17, datagram.length >> 8, datagram.length & 255];
    const octets = [...pseudo, ...datagram, 0];
    let sum = 0;
    for (let i = 0; i + 1 < octets.length; i += 2) sum += octets[i]! * 256 + octets[i + 1]!;
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    assert.equal(sum, 0xffff, `length ${length}`);
  }
});

test("an IPv4 address beside an IPv6 one is mapped", () => {
  const { src, dst } = ends(parseAddress("192.0.2.1")!, parseAddress("2001:db8::1")!);
  assert.equal(toHex(src), "00000000000000000000ffffc0000201");
  assert.equal(toHex(dst), "20010db8000000000000000000000001");
});
