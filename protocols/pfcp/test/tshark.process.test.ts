import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { declarations, encode, sample } from "@freehold/pfcp";
import { seededRandom } from "@freehold/runtime";
import { concat } from "@freehold/wire";

/** A capture file of UDP datagrams between two loopback addresses, link type 101 (raw IP). */
function pcap(datagrams: readonly Uint8Array[], port: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const u32 = (...values: number[]): Uint8Array => {
    const octets = new Uint8Array(4 * values.length);
    for (const [i, value] of values.entries()) new DataView(octets.buffer).setUint32(4 * i, value);
    return octets;
  };
  parts.push(u32(0xa1b2c3d4, 0x00020004, 0, 0, 65_535, 101));
  for (const data of datagrams) {
    const length = 28 + data.length;
    const head = Uint8Array.of(0x45, 0, length >> 8, length, 0, 0, 0x40, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2);
    const udp = Uint8Array.of(port >> 8, port, port >> 8, port, (length - 20) >> 8, length - 20, 0, 0);
    parts.push(u32(0, 0, length, length), head, udp, data);
  }
  return concat(...parts);
}

test("Wireshark reads random messages of every type without a malformed IE", {
  skip: spawnSync("tshark", ["-v"]).status === 0 ? false : "tshark not installed",
}, () => {
  const random = seededRandom("pfcp tshark");
  const pick = (n: number): number => {
    const [a, b, c, d] = random(4);
    return (((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0) % n;
  };
  // Wireshark 4.0 calls a Source IP Address with a prefix length (MPL) malformed
  const messages = declarations
    .flatMap(({ type }) => Array.from({ length: 12 }, () => sample(type, pick)))
    .filter(({ message }) => !("sourceIpAddress" in message && message.sourceIpAddress?.prefixLength !== undefined));
  const folder = mkdtempSync(join(tmpdir(), "freehold-pfcp-"));
  try {
    const file = join(folder, "random.pcap");
    writeFileSync(
      file,
      pcap(
        messages.map((m) => encode(m.header, m.message)),
        8805,
      ),
    );
    const tshark = (...args: string[]): string =>
      execFileSync("tshark", ["-n", "-r", file, ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
    assert.equal(tshark("-Y", "_ws.malformed", "-T", "fields", "-e", "frame.number", "-e", "pfcp.msg_type", "-e", "pfcp.ie_type"), "");
    const read = tshark("-T", "fields", "-e", "pfcp.msg_type", "-e", "pfcp.seqno").trim().split("\n");
    assert.deepEqual(
      read,
      messages.map((m) => `${declarations.find((d) => d.is === m.message.is)!.type}\t${m.header.sequenceNumber}`),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
