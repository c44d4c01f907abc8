import assert from "node:assert/strict";
import { test } from "node:test";
import { concat } from "@freehold/wire";
import { Cause, ChunkType, Flag } from "../src/codes.ts";
import { chunk } from "../src/packet.ts";
import { Bench, causes, data, packetOf, peerTsn, readSack } from "./kit.ts";

const octets = (...values: number[]) => Uint8Array.from(values);
const T = peerTsn;

test("§6.2: the first data is acknowledged at once, then every second packet, a lone one after 200 ms", async () => {
  const bench = new Bench({ sackGather: 0 });
  const { tag } = bench.open();
  bench.in(packetOf(tag, data(T, octets(1))));
  assert.equal(readSack(bench.one().chunks[0]!).cumulative, T);
  bench.in(packetOf(tag, data(T + 1, octets(1), { ssn: 1 })));
  assert.equal(bench.out().length, 0);
  bench.in(packetOf(tag, data(T + 2, octets(1), { ssn: 2 })));
  assert.equal(readSack(bench.one().chunks[0]!).cumulative, T + 2);
  bench.in(packetOf(tag, data(T + 3, octets(1), { ssn: 3 })));
  await bench.clock.advance(199);
  assert.equal(bench.out().length, 0);
  await bench.clock.advance(1);
  assert.equal(readSack(bench.one().chunks[0]!).cumulative, T + 3);
});

test("§6.2: a SACK for two packets waits 2 ms for data to ride on, one for four packets does not", async () => {
  const bench = new Bench();
  const { tag, association } = bench.open();
  const take = (n: number) => bench.in(packetOf(tag, data(T + n, octets(1), { ssn: n })));
  take(0);
  bench.out();
  take(1);
  take(2);
  assert.equal(bench.out().length, 0);
  association.send({ stream: 0, ppid: 60, data: octets(9) });
  assert.deepEqual(bench.types(), [[ChunkType.SACK, ChunkType.DATA]]);
  take(3);
  take(4);
  await bench.clock.advance(2);
  assert.equal(readSack(bench.one().chunks[0]!).cumulative, T + 4);
  for (let n = 5; n < 9; n++) take(n);
  assert.equal(readSack(bench.one().chunks[0]!).cumulative, T + 8);
});

test("§3.3.1: the I bit asks for a SACK at once", () => {
  const bench = new Bench();
  const { tag } = bench.open();
  bench.in(packetOf(tag, data(T, octets(1))));
  bench.out();
  bench.in(packetOf(tag, data(T + 1, octets(1), { ssn: 1, flags: Flag.begin | Flag.end | Flag.immediate })));
  assert.equal(readSack(bench.one().chunks[0]!).cumulative, T + 1);
});

test("§6.2: a waiting SACK rides on data that we send, so a request and its answer are two packets", () => {
  const bench = new Bench();
  const { tag, association } = bench.open();
  bench.in(packetOf(tag, data(T, octets(1))));
  bench.out();
  association.onMessage = (message) => void association.send({ ...message, data: octets(7) });
  bench.in(packetOf(tag, data(T + 1, octets(2), { ssn: 1 })));
  assert.deepEqual(bench.types(), [[ChunkType.SACK, ChunkType.DATA]]);
});

test("§6.7: gaps are reported in blocks at once, and closing them moves the cumulative point", () => {
  const bench = new Bench();
  const { tag } = bench.open();
  const say = (n: number) => bench.in(packetOf(tag, data(T + n, octets(n), { ssn: n })));
  for (const n of [0, 2, 3, 6, 5]) say(n);
  assert.deepEqual(
    bench.out().map((p) => readSack(p.chunks[0]!).blocks),
    [
      [],
      [[T + 2, T + 2]],
      [[T + 2, T + 3]],
      [
        [T + 2, T + 3],
        [T + 6, T + 6],
      ],
      [
        [T + 2, T + 3],
        [T + 5, T + 6],
      ],
    ],
  );
  assert.deepEqual(
    bench.messages.map((m) => m.data[0]),
    [0],
  );
  say(1);
  say(4);
  const last = readSack(bench.out().at(-1)!.chunks[0]!);
  assert.deepEqual([last.cumulative, last.blocks], [T + 6, []]);
  assert.deepEqual(
    bench.messages.map((m) => m.data[0]),
    [0, 1, 2, 3, 4, 5, 6],
  );
});

test("§6.2: a duplicate is reported at once with its TSN and delivered once", () => {
  const bench = new Bench();
  const { tag } = bench.open();
  bench.in(packetOf(tag, data(T, octets(1))));
  bench.in(packetOf(tag, data(T + 2, octets(3), { ssn: 2 })));
  bench.out();
  bench.in(packetOf(tag, data(T, octets(1)), data(T + 2, octets(3), { ssn: 2 })));
  assert.deepEqual(readSack(bench.one().chunks[0]!).duplicates, [T, T + 2]);
  bench.in(packetOf(tag, data(T + 1, octets(2), { ssn: 1 })));
  assert.equal(bench.messages.length, 3);
});

test("§6.5: a loss on one stream does not hold up another", () => {
  const bench = new Bench();
  const { tag } = bench.open();
  bench.in(packetOf(tag, data(T + 1, octets(1), { stream: 1, ssn: 0 }), data(T + 2, octets(2), { stream: 0, ssn: 1 })));
  assert.deepEqual(
    bench.messages.map((m) => m.stream),
    [1],
  );
});

test("§6.6: unordered messages do not wait, whole or in fragments", () => {
  const bench = new Bench();
  const { tag } = bench.open();
  const { begin, end, unordered } = Flag;
  bench.in(packetOf(tag, data(T + 3, octets(9), { flags: begin | end | unordered })));
  bench.in(packetOf(tag, data(T + 6, octets(2), { flags: end | unordered }), data(T + 5, octets(1), { flags: begin | unordered })));
  assert.deepEqual(
    bench.messages.map((m) => [...m.data]),
    [[9], [1, 2]],
  );
});

test("§6.9: fragments in any order make the message", () => {
  const { begin, end } = Flag;
  const pieces = [0, 1, 2, 3, 4].map((i) =>
    data(T + i, octets(i, i), { flags: (i === 0 ? begin : 0) | (i === 4 ? end : 0), stream: 2, ppid: i + 1 }),
  );
  for (const order of [
    [0, 1, 2, 3, 4],
    [4, 3, 2, 1, 0],
    [2, 0, 4, 1, 3],
    [1, 3, 0, 2, 4],
  ]) {
    const bench = new Bench();
    const { tag } = bench.open();
    for (const i of order) bench.in(packetOf(tag, pieces[i]!));
    assert.deepEqual(bench.messages, [{ stream: 2, ppid: 1, data: octets(0, 0, 1, 1, 2, 2, 3, 3, 4, 4) }]);
  }
});

test("TSNs, SSNs and stream order go round their ends", () => {
  const bench = new Bench({ sackGather: 0 });
  const first = 0xffff_fff0;
  const { tag } = bench.open({ tsn: first });
  for (let n = 0; n < 70_000; n++) bench.in(packetOf(tag, data((first + n) >>> 0, octets(n & 255), { ssn: n & 0xffff })));
  assert.equal(bench.messages.length, 70_000);
  assert.equal(readSack(bench.out().at(-1)!.chunks[0]!).cumulative, (first + 69_998) >>> 0);
});

test("§6.5: data for a stream that there is not is acknowledged, reported and dropped", () => {
  const bench = new Bench();
  const { tag } = bench.open({ outbound: 2 });
  bench.in(packetOf(tag, data(T, octets(1), { stream: 2 })));
  const { chunks } = bench.one();
  assert.deepEqual(causes(chunks.find((c) => c.type === ChunkType.ERROR)!), [
    { code: Cause.invalidStreamIdentifier, value: octets(0, 2, 0, 0) },
  ]);
  assert.equal(readSack(chunks.find((c) => c.type === ChunkType.SACK)!).cumulative, T);
  assert.equal(bench.messages.length, 0);
});

test("§3.3.1: a peer that has one stream only, and uses stream 0 for all, is served", () => {
  const bench = new Bench();
  const { tag, association } = bench.open({ outbound: 1, inbound: 1 });
  assert.deepEqual([association.inbound, association.outbound], [1, 1]);
  bench.in(packetOf(tag, data(T, octets(1)), data(T + 1, octets(2), { ssn: 1 })));
  assert.equal(bench.messages.length, 2);
  assert.equal(association.send({ stream: 0, ppid: 60, data: octets(1) }), true);
});

test("§3.3.10.9: DATA without user data ends the association with No User Data and the TSN", () => {
  const bench = new Bench();
  const { tag } = bench.open();
  bench.in(packetOf(tag, data(T + 5, octets())));
  assert.deepEqual(causes(bench.one().chunks[0]!), [{ code: Cause.noUserData, value: octets(0, 0, (T + 5) >> 8, (T + 5) & 255) }]);
  assert.equal(bench.ends[0]![0], "abort");
});

test("a message longer than we take, and fragments that contradict each other, end the association", () => {
  const { begin, end } = Flag;
  const cases: [Uint8Array[], number][] = [
    [[data(T, new Uint8Array(600), { flags: begin }), data(T + 1, new Uint8Array(600), { flags: 0 })], Cause.outOfResource],
    [[data(T, octets(1), { flags: begin }), data(T + 1, octets(1), { flags: end, stream: 1 })], Cause.protocolViolation],
    [[data(T, octets(1), { flags: begin }), data(T + 1, octets(1), { flags: end, ssn: 1 })], Cause.protocolViolation],
    [[data(T, octets(1), { flags: 0 })], Cause.protocolViolation],
    [[data(T, octets(1)), data(T + 1, octets(1), { flags: end })], Cause.protocolViolation],
    [[data(T, octets(1)), data(T + 1, octets(1), { ssn: 0 })], Cause.protocolViolation],
  ];
  for (const [chunks, code] of cases) {
    const bench = new Bench({ maxMessage: 1_000 });
    const { tag } = bench.open();
    bench.in(packetOf(tag, ...chunks));
    const last = bench.out().at(-1)!.chunks.at(-1)!;
    assert.deepEqual([last.type, causes(last)[0]!.code], [ChunkType.ABORT, code]);
    assert.equal(bench.ends[0]![0], "abort");
  }
});

test("§6.2: a_rwnd shrinks by what is held; beyond it only the chunk that closes the first gap is taken", () => {
  const bench = new Bench({ receiveWindow: 4_000 });
  const { tag } = bench.open();
  const kilo = (n: number) => bench.in(packetOf(tag, data(T + n, new Uint8Array(1_000), { ssn: n })));
  for (const n of [1, 2, 3, 4, 5]) kilo(n);
  const sacks = bench.out().map((p) => readSack(p.chunks[0]!));
  assert.ok(sacks.every((s, i) => i === 0 || s.window <= sacks[i - 1]!.window));
  assert.deepEqual(sacks.at(-1)!.blocks, [[T + 1, T + 3]]);
  kilo(0);
  const sack = readSack(bench.one().chunks[0]!);
  assert.deepEqual([sack.cumulative, sack.window, bench.messages.length], [T + 3, 4_000, 4]);
});

test("a user who sets no handler shuts the window, and opens it by taking the messages", async () => {
  const bench = new Bench({ receiveWindow: 3_000 });
  bench.greet = () => {};
  const { tag, association } = bench.open();
  for (let n = 0; n < 5; n++) bench.in(packetOf(tag, data(T + n, new Uint8Array(1_000), { ssn: n })));
  const shut = readSack(bench.out().at(-1)!.chunks[0]!);
  assert.deepEqual([shut.cumulative, shut.window], [T + 2, 0]);
  bench.watch(association);
  await bench.clock.settle();
  assert.equal(bench.messages.length, 3);
  const opened = readSack(bench.one().chunks[0]!);
  assert.deepEqual([opened.cumulative, opened.window], [T + 2, 3_000]);
});

test("a peer whose SSNs leave a hole for ever cannot fill our memory", () => {
  const bench = new Bench({ receiveWindow: 20_000 });
  const { tag } = bench.open();
  for (let n = 0; n < 1_000 && bench.ends.length === 0; n++) bench.in(packetOf(tag, data(T + n, new Uint8Array(1_000), { ssn: n + 1 })));
  assert.deepEqual(
    bench.ends.map(([how]) => how),
    ["abort"],
  );
});

test("a peer whose TSNs leave every second one out is bounded, and no SACK is larger than a packet", () => {
  const bench = new Bench({ packetSize: 600 });
  const { tag } = bench.open();
  for (let n = 0; n < 2_000; n++) bench.in(packetOf(tag, data(T + 1 + 2 * n, octets(1), { ssn: n })));
  const packets = bench.out();
  assert.ok(packets.every((p) => p.octets.length <= 600));
  assert.equal(readSack(packets.at(-1)!.chunks[0]!).blocks.length, Math.floor((600 - 12 - 16) / 4));
  bench.in(packetOf(tag, data(T + 40_000, octets(1))));
  assert.equal(
    readSack(bench.one().chunks[0]!).blocks.some(([, last]) => last >= T + 40_000),
    false,
  );
});

test("§3.2: the two high bits of an unknown chunk type say whether to go on and whether to report it", () => {
  const rows: [number, boolean, boolean][] = [
    [0x3f, false, false],
    [0x7f, false, true],
    [0xbf, true, false],
    [0xff, true, true],
  ];
  for (const [type, goesOn, reports] of rows) {
    const bench = new Bench();
    const { tag } = bench.open();
    const strange = chunk(type, 0, octets(1, 2, 3));
    bench.in(packetOf(tag, strange, data(T, octets(1))));
    assert.equal(bench.messages.length, goesOn ? 1 : 0);
    const errors = bench.out().flatMap((p) => p.chunks.filter((c) => c.type === ChunkType.ERROR));
    assert.deepEqual(
      errors.map((e) => causes(e)[0]),
      reports ? [{ code: Cause.unrecognizedChunkType, value: strange }] : [],
    );
  }
});

test("§6.10: of a packet that ends within a chunk the whole chunks count", () => {
  const bench = new Bench();
  const { tag } = bench.open();
  const cut = chunk(ChunkType.DATA, 3, new Uint8Array(40));
  cut[3] = 200;
  bench.in(packetOf(tag, data(T, octets(1)), cut));
  assert.equal(bench.messages.length, 1);
  assert.equal(bench.endpoint.size, 1);
});

test("§8.3: HEARTBEAT is answered to where it came from with the same octets", () => {
  const bench = new Bench();
  const { tag } = bench.open();
  const information = concat(
    octets(0, 1, 0, 12),
    Uint8Array.from({ length: 8 }, (_, i) => i),
  );
  bench.in(packetOf(tag, chunk(ChunkType.HEARTBEAT, 0, information)));
  const reply = bench.one();
  assert.equal(reply.chunks[0]!.type, ChunkType.HEARTBEAT_ACK);
  assert.deepEqual(reply.chunks[0]!.body, information);
});
