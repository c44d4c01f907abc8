// The Linux kernel's SCTP as a peer, from captures: its packets as they were, our endpoint in the place of either side.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Random, seededRandom, silentLog, VirtualClock } from "@freehold/runtime";
import { equal, hex } from "@freehold/wire";
import type { Association } from "../src/association.ts";
import { ChunkType } from "../src/codes.ts";
import { carriedChecksum, packetChecksum } from "../src/crc32c.ts";
import { SctpEndpoint } from "../src/endpoint.ts";
import { parseInit } from "../src/init.ts";
import { defaults } from "../src/options.ts";
import { chunk, octets32, PacketWriter, u32 } from "../src/packet.ts";
import { packetFrom, type ReadPacket, readData, readPacket } from "./kit.ts";

/** INIT of a gNB's Linux kernel: supported address types, ECN, Forward TSN. */
const linuxInit = hex("c2f1960c0000000083 51dd97 010000248ffce7b80001a000000a000af5c00cc5 000c0008 00060005 80000004 c0000004");

test("a Linux kernel's INIT has the checksum that we compute and the parameters that we know or skip", () => {
  assert.equal(carriedChecksum(linuxInit), packetChecksum(linuxInit));
  const parsed = parseInit(linuxInit, 12, linuxInit.length);
  assert.ok(parsed.ok);
  const { tag, window, outbound, inbound, tsn, addressTypes, unrecognized } = parsed.value;
  assert.deepEqual([tag, window, outbound, inbound, tsn], [0x8ffce7b8, 106_496, 10, 10, 0xf5c00cc5]);
  assert.deepEqual(addressTypes, [6, 5]);
  assert.deepEqual(unrecognized, [hex("c0000004")]); // Forward TSN Supported: skipped, reported
});

interface Recorded {
  readonly from: string;
  readonly packet: ReadPacket;
  readonly octets: Uint8Array;
}

/** Every packet of one N2 association between two Linux kernels, in order. */
function recorded(): Recorded[] {
  const { packets } = JSON.parse(readFileSync(join(import.meta.dirname, "vectors/linux-association.json"), "utf8")) as {
    packets: { from: string; packet: string }[];
  };
  return packets.map(({ from, packet }) => ({ from, packet: readPacket(hex(packet)), octets: hex(packet) }));
}

for (const we of ["amf", "gnb"]) {
  const peer = we === "amf" ? "gnb" : "amf";
  test(`the Linux kernel's half of a recorded N2 association plays against our ${we.toUpperCase()} from INIT to SHUTDOWN COMPLETE`, () => {
    const packets = recorded();
    const ours = packets.find((p) => p.from === we)!; // INIT or INIT ACK: the same tag and TSN make the kernel's packets fit
    const init = parseInit(ours.octets, 12, ours.octets.length);
    assert.ok(init.ok);
    const drawn = [octets32(init.value.tag), octets32(init.value.tsn)];
    const seeded = seededRandom(1);
    const random: Random = (octets) => (octets === 4 ? drawn.shift() : undefined) ?? seeded(octets);
    const clock = new VirtualClock();
    const sent: ReadPacket[] = [];
    const received: Uint8Array[] = [];
    const ends: string[] = [];
    let association: Association | undefined;
    const watch = (a: Association) => {
      association = a;
      a.onMessage = (message) => void received.push(message.data);
      a.onEnd = (how) => void ends.push(how);
    };
    const streams = init.value.outbound;
    const endpoint = new SctpEndpoint(we === "amf" ? 38_412 : ours.packet.source, {
      world: { clock, random, log: silentLog },
      options: { ...defaults, streams: Math.max(streams, init.value.inbound) },
      packet: new PacketWriter(),
      transmit: (octets) => void sent.push(readPacket(octets)),
      onAssociation: watch,
    });
    const hop = { local: we, host: peer, udpPort: 0 };
    if (we === "gnb") watch(endpoint.connect(hop, 38_412, streams));

    const expected: Uint8Array[] = [];
    let said = 0;
    for (const { from, packet, octets } of packets) {
      if (from === we) {
        for (const c of packet.chunks) {
          if (c.type === ChunkType.SHUTDOWN) void association!.shutdown();
          if (c.type !== ChunkType.DATA) continue;
          const { tsn, stream, ppid, octets: message } = readData(c);
          if (tsn !== (init.value.tsn + said) >>> 0) continue; // sent again
          said++;
          assert.equal(association!.send({ stream, ppid, data: message }), true);
        }
        continue;
      }
      for (const c of packet.chunks) {
        if (c.type !== ChunkType.DATA) continue;
        const message = readData(c).octets;
        if (!expected.some((e) => equal(e, message))) expected.push(message);
      }
      const cookie = packet.chunks[0]!.type === ChunkType.COOKIE_ECHO;
      if (!cookie) endpoint.receive(octets, hop);
      else {
        // The kernel echoed another kernel's cookie: put ours in its place.
        const ack = sent.find((p) => p.chunks[0]!.type === ChunkType.INIT_ACK)!;
        const own = parseInit(ack.octets, 12, ack.octets.length);
        assert.ok(own.ok && own.value.cookie !== undefined);
        endpoint.receive(packetFrom(packet.source, packet.destination, packet.tag, chunk(ChunkType.COOKIE_ECHO, 0, own.value.cookie)), hop);
      }
    }
    assert.deepEqual(ends, ["shutdown"]);
    assert.ok(expected.length >= 6);
    assert.deepEqual(received, expected);
    const data = sent.flatMap((p) => p.chunks.filter((c) => c.type === ChunkType.DATA).map(readData));
    const theirs = packets
      .filter((p) => p.from === we)
      .flatMap((p) => p.packet.chunks.filter((c) => c.type === ChunkType.DATA).map(readData));
    assert.deepEqual(
      data.map((d) => [d.tsn, d.stream, d.ssn, d.ppid]),
      theirs.map((d) => [d.tsn, d.stream, d.ssn, d.ppid]),
    );
    const acknowledged = sent.flatMap((p) => p.chunks.filter((c) => c.type === ChunkType.SACK).map((c) => u32(c.body, 0)));
    assert.ok(acknowledged.length > 0);
    assert.equal(
      sent.some((p) =>
        p.chunks.some((c) => c.type === ChunkType.ABORT || (c.type === ChunkType.ERROR && p.chunks[0]!.type !== ChunkType.COOKIE_ECHO)),
      ),
      false,
    );
  });
}
