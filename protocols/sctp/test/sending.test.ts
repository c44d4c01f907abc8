import assert from "node:assert/strict";
import { test } from "node:test";
import { ChunkType, Flag } from "../src/codes.ts";
import { defaults } from "../src/options.ts";
import { chunk, octets32, typed } from "../src/packet.ts";
import { Path } from "../src/path.ts";
import { Bench, causes, data, packetOf, peerTsn, type ReadPacket, readData, sack } from "./kit.ts";

const say = (octets: number, stream = 0) => ({ stream, ppid: 60, data: new Uint8Array(octets).fill(octets) });
const dataOf = (packets: readonly ReadPacket[]) => packets.flatMap((p) => p.chunks.filter((c) => c.type === ChunkType.DATA).map(readData));
const tsnsOf = (packets: readonly ReadPacket[]) => dataOf(packets).map((d) => d.tsn);
/** User data that fills a packet. */
const full = new Path("", "", 0, true, defaults).dataSize;

test("§6.9: a long message leaves in fragments with B first, E last, one SSN and TSNs in a row", () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  association.send(say(3 * full + 10, 2));
  association.send(say(5, 2));
  const seen = dataOf(bench.out());
  bench.in(packetOf(tag, sack(tsn + 2)));
  seen.push(...dataOf(bench.out()));
  assert.deepEqual(
    seen.map((d) => [d.tsn - tsn, d.flags & 3, d.ssn, d.octets.length]),
    [
      [0, Flag.begin, 0, full],
      [1, 0, 0, full],
      [2, 0, 0, full],
      [3, Flag.end, 0, 10],
      [4, Flag.begin | Flag.end, 1, 5],
    ],
  );
});

test("what the user does with the octets after sending them changes nothing", async () => {
  const bench = new Bench();
  const { association } = bench.open();
  const message = say(10);
  association.send(message);
  message.data.fill(0);
  await bench.clock.advance(1_000);
  assert.deepEqual(
    dataOf(bench.out()).map((d) => d.octets),
    [say(10).data, say(10).data],
  );
});

test("§6.10: small messages waiting for the window share a packet, no packet is larger than the path takes", () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  for (let i = 0; i < 60; i++) association.send(say(200, i % 4));
  const before = tsnsOf(bench.out()).length;
  bench.in(packetOf(tag, sack(tsn + before - 1)));
  const packets = bench.out();
  assert.ok(packets.every((p) => p.octets.length <= defaults.packetSize));
  assert.ok(packets[0]!.chunks.length >= 5);
});

test("§7.2.1: the first window is that of RFC 9260, and slow start opens it by a packet for each acknowledged one", () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  association.send(say(100 * full));
  const first = tsnsOf(bench.out()).length;
  assert.equal(first, Math.ceil(4_404 / full));
  assert.equal(association.path.cwnd, 4_404);
  bench.in(packetOf(tag, sack(tsn + 1)));
  assert.equal(association.path.cwnd, 4_404 + full);
});

test("§7.2.2: above ssthresh the window opens by one packet for each window acknowledged", () => {
  const path = new Path("", "", 0, true, defaults);
  path.ssthresh = path.cwnd = 10 * full;
  path.grow(full, 10 * full);
  path.ssthresh = 9 * full;
  path.cwnd = 10 * full;
  path.partialBytesAcked = 0;
  for (let i = 0; i < 9; i++) path.grow(full, 10 * full);
  assert.equal(path.cwnd, 10 * full);
  path.grow(full, 10 * full);
  assert.equal(path.cwnd, 11 * full);
});

test("§7.2.1: a window that was not used does not grow", () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  association.send(say(10));
  bench.in(packetOf(tag, sack(tsn)));
  assert.equal(association.path.cwnd, 4_404);
});

test("§6.1 D: one acknowledgement lets at most Max.Burst packets go", () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  association.path.cwnd = 50 * full;
  association.send(say(100 * full));
  assert.equal(bench.out().length, 4);
  bench.in(packetOf(tag, sack(tsn + 3, 1_000_000)));
  assert.equal(bench.out().length, 4);
});

test("§6.3.1: RTO follows SRTT and RTTVAR between RTO.Min and RTO.Max", () => {
  const path = new Path("", "", 0, true, { ...defaults, rtoMin: 100 });
  assert.equal(path.rto, 1_000);
  path.measured(200); // SRTT 200, RTTVAR 100
  assert.equal(path.rto, 600);
  path.measured(280); // RTTVAR 100 + (80 - 100)/4 = 95, SRTT 210
  assert.deepEqual([path.srtt, path.rto], [210, 590]);
  for (let i = 0; i < 100; i++) path.measured(1);
  assert.equal(path.rto, 100);
  path.measured(1_000_000);
  assert.equal(path.rto, 5_000);
});

test("§6.3.1 C5: a chunk sent twice measures no round trip", async () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  association.send(say(10));
  await bench.clock.advance(1_200); // T3 has expired once
  bench.in(packetOf(tag, sack(tsn)));
  assert.equal(association.path.srtt, undefined);
  association.send(say(10));
  await bench.clock.advance(70);
  bench.in(packetOf(tag, sack(tsn + 1)));
  assert.equal(association.path.srtt, 70);
});

test("§6.3.3: T3 sends the earliest outstanding data again in one packet, backs off, and shuts the window to one packet", async () => {
  const bench = new Bench();
  const { tsn, association } = bench.open();
  association.send(say(3 * full));
  bench.out();
  const start = bench.clock.now();
  await bench.clock.advance(9_000);
  const again = bench.out();
  assert.deepEqual(tsnsOf(again), [tsn, tsn, tsn]);
  assert.deepEqual(
    again.map((p) => p.at - start),
    [1_000, 3_000, 7_000],
  );
  assert.deepEqual([association.path.cwnd, association.path.ssthresh], [full, 4 * full]);
});

test("§6.3.2 R3: an acknowledgement of the earliest data starts T3 anew, and of all data stops it", async () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  association.send(say(2 * full));
  bench.out();
  await bench.clock.advance(900);
  bench.in(packetOf(tag, sack(tsn)));
  await bench.clock.advance(900);
  assert.equal(bench.out().length, 0);
  bench.in(packetOf(tag, sack(tsn + 1)));
  await bench.clock.advance(4_000);
  assert.equal(bench.out().length, 0);
});

test("§8.1: after Association.Max.Retrans expiries without an answer the association is lost", async () => {
  const bench = new Bench();
  const { association } = bench.open();
  association.send(say(10));
  await bench.clock.advance(120_000);
  assert.equal(bench.ends[0]![0], "lost");
  assert.equal(dataOf(bench.out()).length, 1 + defaults.associationMaxRetrans);
  assert.deepEqual([bench.clock.armed, bench.endpoint.size, association.send(say(1))], [0, 0, false]);
});

test("§7.2.4: the third report of a missing chunk sends it again at once and halves the window, once per loss", () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  association.path.cwnd = 20 * full;
  association.path.lastUsed = bench.clock.now();
  association.send(say(20 * full));
  association.send(say(20 * full));
  const sent = tsnsOf(bench.out());
  assert.equal(sent.length, 8);
  bench.in(packetOf(tag, sack(tsn - 1, 1_000_000, [[tsn + 1, tsn + 1]])));
  bench.in(packetOf(tag, sack(tsn - 1, 1_000_000, [[tsn + 1, tsn + 2]])));
  assert.equal(tsnsOf(bench.out()).includes(tsn), false);
  bench.in(packetOf(tag, sack(tsn - 1, 1_000_000, [[tsn + 1, tsn + 3]])));
  assert.equal(tsnsOf(bench.out())[0], tsn);
  assert.deepEqual([association.path.cwnd, association.path.ssthresh], [10 * full, 10 * full]);
  for (let i = 4; i < 8; i++) bench.in(packetOf(tag, sack(tsn - 1, 1_000_000, [[tsn + 1, tsn + i]])));
  assert.equal(tsnsOf(bench.out()).includes(tsn), false, "it is fast-retransmitted once only");
  assert.equal(association.path.cwnd, 10 * full);
});

test("§7.2.4: SACKs that acknowledge nothing new report nothing missing", () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  association.send(say(3 * full));
  bench.out();
  for (let i = 0; i < 10; i++) bench.in(packetOf(tag, sack(tsn - 1, 100_000, [[tsn + 1, tsn + 1]])));
  assert.equal(tsnsOf(bench.out()).includes(tsn), false);
});

test("§6.2.1 D iii: what the peer gap-acknowledged and takes back is sent again", async () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  association.send(say(3 * full));
  bench.out();
  bench.in(packetOf(tag, sack(tsn, 100_000, [[tsn + 2, tsn + 2]])));
  bench.in(packetOf(tag, sack(tsn, 100_000)));
  await bench.clock.advance(400);
  bench.in(packetOf(tag, sack(tsn + 1)));
  assert.deepEqual(tsnsOf(bench.out()), [tsn + 1, tsn + 2]);
});

test("§6.2.1 D i: a SACK older than the last is ignored; one for data never sent ends the association", () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  association.send(say(2 * full));
  bench.in(packetOf(tag, sack(tsn + 1)));
  bench.in(packetOf(tag, sack(tsn, 0)));
  assert.equal(association.outboundData!.cumulativeAck, tsn + 1);
  bench.out();
  bench.in(packetOf(tag, sack(tsn + 2)));
  const [abort] = bench.one().chunks;
  assert.deepEqual([abort!.type, causes(abort!)[0]!.code], [ChunkType.ABORT, 13]);
});

test("§6.1 A: a closed window is probed with one chunk as long as the peer answers, and the association lives", async () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open({ window: 2 * full });
  association.send(say(2 * full));
  bench.in(packetOf(tag, sack(tsn + 1, 0)));
  bench.out();
  association.send(say(100));
  association.send(say(100));
  assert.deepEqual(tsnsOf(bench.out()), [tsn + 2]);
  for (let i = 0; i < 40; i++) {
    await bench.clock.advance(5_000);
    const probes = tsnsOf(bench.out());
    assert.ok(probes.every((t) => t === tsn + 2));
    if (probes.length > 0) bench.in(packetOf(tag, sack(tsn + 1, 0)));
  }
  assert.equal(association.state, "ESTABLISHED");
  bench.in(packetOf(tag, sack(tsn + 2, 50_000)));
  assert.deepEqual(tsnsOf(bench.out()), [tsn + 3]);
});

test("§6.1 A: no new data leaves beyond the peer's window", () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open({ window: 3_000 });
  association.send(say(10 * full));
  assert.equal(tsnsOf(bench.out()).length, Math.floor(3_000 / full));
  bench.in(packetOf(tag, sack(tsn + 1, full)));
  assert.equal(tsnsOf(bench.out()).length, 1);
});

test("§7.2.1: an idle window shrinks towards four packets", async () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  association.path.cwnd = 64 * full;
  association.send(say(10));
  await bench.clock.advance(10);
  bench.in(packetOf(tag, sack(tsn)));
  await bench.clock.advance(4_000);
  association.send(say(10));
  assert.equal(association.path.cwnd, 4 * full);
});

test("§8.3: an idle path is sent a HEARTBEAT with a nonce, whose answer clears the error counters and measures the path", async () => {
  const bench = new Bench();
  const { tag, association } = bench.open();
  await bench.clock.advance(5_000 + 1_500);
  const [packet] = bench.out();
  const beat = packet!.chunks[0]!;
  assert.equal(beat.type, ChunkType.HEARTBEAT);
  await bench.clock.advance(30);
  association.path.errors = 3;
  bench.in(packetOf(tag, chunk(ChunkType.HEARTBEAT_ACK, 0, typed(1, new Uint8Array(8)))));
  assert.equal(association.path.errors, 3, "another nonce is no answer");
  bench.in(packetOf(tag, chunk(ChunkType.HEARTBEAT_ACK, 0, beat.body)));
  assert.equal(association.path.errors, 0);
  assert.ok(association.path.srtt !== undefined);
});

test("§8.3: a peer that answers no HEARTBEAT is lost", async () => {
  const bench = new Bench();
  const { association } = bench.open();
  await bench.clock.advance(200_000);
  assert.equal(bench.ends[0]![0], "lost");
  assert.equal(association.path.active, false);
  assert.equal(bench.out().length, 1 + defaults.associationMaxRetrans);
  assert.equal(bench.clock.armed, 0);
});

test("§8.3: a path that carries data is not sent HEARTBEATs", async () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  for (let i = 0; i < 30; i++) {
    association.send(say(10));
    await bench.clock.advance(20);
    bench.in(packetOf(tag, sack(tsn + i)));
    await bench.clock.advance(1_000);
  }
  assert.ok(bench.types().every((types) => types[0] === ChunkType.DATA));
});

test("§5.4, §8.2: a second address is confirmed by HEARTBEAT and takes over when the first is silent", async () => {
  const bench = new Bench();
  const { tag, cookie } = bench.invite({ addresses: ["10.0.9.2"] });
  bench.in(packetOf(tag, chunk(ChunkType.COOKIE_ECHO, 0, cookie)));
  const probe = bench.out().find((p) => p.hop.host === "10.0.9.2")!;
  assert.equal(probe.chunks[0]!.type, ChunkType.HEARTBEAT);
  const [association] = bench.accepted;
  const second = association!.paths[1]!;
  assert.equal(second.usable, false);
  const answer = (p: ReadPacket) => {
    for (const c of p.chunks) {
      if (c.type === ChunkType.HEARTBEAT) bench.in(packetOf(tag, chunk(ChunkType.HEARTBEAT_ACK, 0, c.body)), { host: p.hop.host });
    }
  };
  answer(probe);
  assert.equal(second.usable, true);
  association!.send(say(10));
  const moved: number[] = [];
  for (let i = 0; i < 60 && association!.path !== second; i++) {
    await bench.clock.advance(500);
    for (const p of bench.out()) {
      if (p.hop.host !== "10.0.9.2") continue;
      answer(p);
      moved.push(...tsnsOf([p]));
    }
  }
  assert.deepEqual(moved, [association!.id.localTsn]);
  assert.equal(association!.path, second);
  assert.deepEqual([association!.remote.host, association!.state], ["10.0.9.2", "ESTABLISHED"]);
  bench.in(packetOf(tag, sack(association!.id.localTsn)), { host: "10.0.9.2" });
  assert.equal(association!.outboundData!.done, true);
});

test("data that waits for a SACK of the peer's own data goes with ours when we speak", async () => {
  const bench = new Bench();
  const { tag, association } = bench.open();
  bench.in(packetOf(tag, data(peerTsn, new Uint8Array(3))));
  bench.in(packetOf(tag, data(peerTsn + 1, new Uint8Array(3), { ssn: 1 })));
  bench.out();
  await bench.clock.advance(100);
  association.send(say(full));
  assert.deepEqual(bench.types(), [[ChunkType.DATA]], "a chunk that fills the packet goes alone");
  await bench.clock.advance(200);
  assert.deepEqual(bench.types(), [[ChunkType.SACK]]);
});

test("§9.2: SHUTDOWN waits until all is acknowledged, carries the cumulative TSN, and COMPLETE follows the ACK", async () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  bench.in(packetOf(tag, data(peerTsn, new Uint8Array(1))));
  association.send(say(10));
  bench.out();
  const done = association.shutdown();
  assert.deepEqual([association.state, bench.out().length], ["SHUTDOWN-PENDING", 0]);
  bench.in(packetOf(tag, sack(tsn)));
  const shutdown = bench.one().chunks[0]!;
  assert.deepEqual([shutdown.type, shutdown.body], [ChunkType.SHUTDOWN, octets32(peerTsn)]);
  await bench.clock.advance(1_000);
  assert.deepEqual(bench.types().at(-1), [ChunkType.SHUTDOWN], "T2");
  bench.in(packetOf(tag, chunk(ChunkType.SHUTDOWN_ACK, 0)));
  assert.deepEqual(bench.types(), [[ChunkType.SHUTDOWN_COMPLETE]]);
  await done;
  assert.deepEqual([bench.ends, bench.clock.armed], [[["shutdown", "shut down"]], 0]);
});

test("§9.2: SHUTDOWN received with data outstanding: the data is still sent and acknowledged before SHUTDOWN ACK", () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  association.send(say(5 * full));
  const before = tsnsOf(bench.out()).length;
  bench.in(packetOf(tag, chunk(ChunkType.SHUTDOWN, 0, octets32(tsn - 1))));
  assert.deepEqual([association.state, association.send(say(1))], ["SHUTDOWN-RECEIVED", false]);
  bench.in(packetOf(tag, chunk(ChunkType.SHUTDOWN, 0, octets32(tsn + before - 1))));
  assert.deepEqual(tsnsOf(bench.out()), [tsn + 4]);
  bench.in(packetOf(tag, sack(tsn + 4)));
  assert.deepEqual(bench.types(), [[ChunkType.SHUTDOWN_ACK]]);
  bench.in(packetOf(tag, chunk(ChunkType.SHUTDOWN_COMPLETE, 0)));
  assert.deepEqual(bench.ends, [["shutdown", "peer shut down"]]);
});

test("§9.2: data that comes while we wait for SHUTDOWN ACK is delivered, and answered with SACK and SHUTDOWN at once", () => {
  const bench = new Bench();
  const { tag, association } = bench.open();
  void association.shutdown();
  bench.out();
  bench.in(packetOf(tag, data(peerTsn, new Uint8Array(2))));
  const types = bench.one().chunks.map((c) => c.type);
  assert.deepEqual(types, [ChunkType.SHUTDOWN, ChunkType.SACK]);
  assert.equal(bench.messages.length, 1);
});

test("§9.2: a SHUTDOWN that nobody answers is sent again and then given up as lost", async () => {
  const bench = new Bench({ rtoMax: 60_000 });
  const { association } = bench.open();
  const done = association.shutdown();
  await bench.clock.until(done);
  assert.equal(bench.ends[0]![0], "lost");
  assert.ok(bench.types().length > 5);
});

test("T5: a peer that answers SHUTDOWN with everything but its end is cut off", async () => {
  const bench = new Bench();
  const { tag, association } = bench.open();
  const done = association.shutdown();
  for (let i = 0; i < 30; i++) {
    await bench.clock.advance(1_000);
    for (const p of bench.out()) {
      for (const c of p.chunks) if (c.type === ChunkType.HEARTBEAT) bench.in(packetOf(tag, chunk(ChunkType.HEARTBEAT_ACK, 0, c.body)));
    }
  }
  await done;
  assert.equal(bench.ends.length, 1);
});

test("§6.1 A: into a closed window goes one chunk at a time, also of those sent again, and the next as soon as it is acknowledged", async () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open({ window: 20_000 });
  for (let n = 0; n < 6; n++) association.send(say(500));
  bench.out();
  // What left was dropped but for its middle: a Linux kernel whose buffer is full says so and means it.
  bench.in(packetOf(tag, sack(tsn, 0, [[tsn + 3, tsn + 3]])));
  bench.out();
  await bench.clock.advance(400);
  assert.deepEqual(tsnsOf(bench.out()), [tsn + 1]);
  bench.in(packetOf(tag, sack(tsn + 1, 0, [[tsn + 3, tsn + 3]])));
  assert.deepEqual(tsnsOf(bench.out()), [tsn + 2]);
  bench.in(packetOf(tag, sack(tsn + 3, 30_000)));
  assert.deepEqual(tsnsOf(bench.out()), [tsn + 4, tsn + 5]);
});

test("§6.2.1: a small chunk counts for 1,024 octets of the peer's window, for that is what it may cost", () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open({ window: 10_240 });
  association.path.cwnd = 100_000;
  bench.in(packetOf(tag, sack(tsn - 1, 10_240)));
  for (let n = 0; n < 50; n++) association.send(say(10));
  assert.equal(tsnsOf(bench.out()).length, 10);
  bench.in(packetOf(tag, sack(tsn + 9, 4_096)));
  assert.equal(tsnsOf(bench.out()).length, 4);
});
