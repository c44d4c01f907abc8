import assert from "node:assert/strict";
import { test } from "node:test";
import { Cause, ChunkType, Flag, ParameterType } from "../src/codes.ts";
import { parseInit } from "../src/init.ts";
import { chunk, octets32, typed, u16, u32 } from "../src/packet.ts";
import { Bench, causes, data, initChunk, packetFrom, packetOf, peerHop, peerPort, peerTag, peerTsn, readPacket, readSack } from "./kit.ts";

const { COOKIE_ACK, COOKIE_ECHO, INIT, INIT_ACK } = ChunkType;
const echo = (cookie: Uint8Array) => chunk(COOKIE_ECHO, 0, cookie);

test("§5.1.3: an INIT costs no state: only the cookie that comes back makes an association", () => {
  const bench = new Bench();
  for (let i = 0; i < 1_000; i++) bench.in(packetOf(0, initChunk(INIT, { tag: i + 1 })));
  assert.equal(bench.endpoint.size, 0);
  assert.equal(bench.clock.armed, 0);
  assert.equal(bench.out().length, 1_000);
  bench.open();
  assert.equal(bench.endpoint.size, 1);
});

test("§5.1 B: INIT ACK carries the initiator's tag, and our own tag, TSN, window and streams cut to the peer's", () => {
  const bench = new Bench();
  const { packet } = bench.invite({ inbound: 3, outbound: 50 });
  assert.equal(packet.tag, peerTag);
  assert.deepEqual([packet.source, packet.destination], [38_412, peerPort]);
  const init = parseInit(packet.octets, 12, packet.octets.length);
  assert.ok(init.ok);
  assert.notEqual(init.value.tag, 0);
  assert.deepEqual([init.value.window, init.value.outbound, init.value.inbound], [1 << 20, 3, 16]);
});

test("§5.1 D: data in the packet of the COOKIE ECHO is delivered after onAssociation, and answered with COOKIE ACK first", () => {
  const bench = new Bench();
  const { tag, cookie } = bench.invite();
  bench.in(packetOf(tag, echo(cookie), data(peerTsn, new Uint8Array([1, 2, 3]))));
  assert.deepEqual(bench.messages, [{ stream: 0, ppid: 60, data: new Uint8Array([1, 2, 3]) }]);
  const reply = bench.one();
  assert.deepEqual(
    reply.chunks.map((c) => c.type),
    [COOKIE_ACK, ChunkType.SACK],
  );
  assert.equal(readSack(reply.chunks[1]!).cumulative, peerTsn);
});

test("§5.1.5: a cookie with one bit changed, for another port, another tag or from another address makes nothing", () => {
  const bench = new Bench();
  const { tag, cookie } = bench.invite();
  for (let i = 0; i < cookie.length; i++) {
    const forged = cookie.slice();
    forged[i]! ^= 1;
    bench.in(packetOf(tag, echo(forged)));
  }
  bench.in(packetOf(tag, echo(cookie.subarray(0, 20))));
  bench.in(packetOf(tag + 1, echo(cookie)));
  bench.in(packetFrom(peerPort + 1, 38_412, tag, echo(cookie)));
  bench.in(packetOf(tag, echo(cookie)), { host: "10.0.0.3" });
  assert.deepEqual([bench.endpoint.size, bench.out().length], [0, 0]);
  assert.equal(bench.endpoint.counters.badCookie, cookie.length + 4);
  bench.in(packetOf(tag, echo(cookie)));
  assert.equal(bench.endpoint.size, 1);
});

test("§5.2.6: a cookie older than its life is answered with ERROR Stale Cookie and by how many microseconds", async () => {
  const bench = new Bench();
  const { tag, cookie } = bench.invite();
  await bench.clock.advance(60_250);
  bench.in(packetOf(tag, echo(cookie)));
  const reply = bench.one();
  assert.equal(reply.tag, peerTag);
  assert.equal(reply.chunks[0]!.type, ChunkType.ERROR);
  const [cause] = causes(reply.chunks[0]!);
  assert.equal(cause!.code, Cause.staleCookie);
  assert.equal(u32(cause!.value, 0), 250_000);
  assert.equal(bench.endpoint.size, 0);
});

test("§3.3.2.1: a Cookie Preservative lengthens the life of the cookie", async () => {
  const bench = new Bench();
  const { tag, cookie } = bench.invite({ preservative: 5_000 });
  await bench.clock.advance(64_000);
  bench.in(packetOf(tag, echo(cookie)));
  assert.equal(bench.endpoint.size, 1);
});

test("the cookie secret changes every hour, and cookies of the hour before are still good", async () => {
  const bench = new Bench({ validCookieLife: 7_200_000 });
  const first = bench.invite({ tag: 11 });
  await bench.clock.advance(3_601_000);
  bench.invite({ tag: 12 });
  bench.in(packetOf(first.tag, echo(first.cookie)));
  assert.equal(bench.endpoint.size, 1);
});

test("§5.2.6: our cookie reported stale makes us ask for a longer one, once", () => {
  const bench = new Bench();
  const association = bench.endpoint.connect(peerHop, peerPort, 4);
  const tag = u32(bench.one().chunks[0]!.body, 0);
  const stale = chunk(ChunkType.ERROR, 0, typed(Cause.staleCookie, octets32(400_000)));
  bench.in(packetOf(tag, initChunk(INIT_ACK, { cookie: new Uint8Array(8) })));
  bench.out();
  bench.in(packetOf(tag, stale));
  const again = bench.one();
  assert.deepEqual([again.tag, again.chunks[0]!.type], [0, INIT]);
  const init = parseInit(again.octets, 12, again.octets.length);
  assert.ok(init.ok && init.value.preservative !== undefined && init.value.preservative >= 400);
  bench.in(packetOf(tag, initChunk(INIT_ACK, { cookie: new Uint8Array(8) })));
  bench.in(packetOf(tag, stale));
  assert.equal(association.over, true);
  assert.deepEqual(bench.settled, ["ETIMEDOUT"]);
});

test("§5.1 A: INIT is sent again with T1 doubling up to RTO.Max, and given up after Max.Init.Retransmits", async () => {
  const bench = new Bench();
  bench.endpoint.connect(peerHop, peerPort, 4);
  const start = bench.clock.now();
  await bench.clock.advance(120_000);
  const times = bench.out().map((p) => p.at - start);
  assert.deepEqual(times, [0, 1_000, 3_000, 7_000, 12_000, 17_000, 22_000, 27_000, 32_000]);
  assert.deepEqual(bench.settled, ["ETIMEDOUT"]);
  assert.equal(bench.clock.armed, 0);
});

test("§5.1 C: COOKIE ECHO carries the cookie unchanged, is sent again, and COOKIE ACK establishes", async () => {
  const bench = new Bench();
  const association = bench.endpoint.connect(peerHop, peerPort, 4);
  const tag = u32(bench.one().chunks[0]!.body, 0);
  const cookie = Uint8Array.from({ length: 33 }, (_, i) => i);
  bench.in(packetOf(tag, initChunk(INIT_ACK, { cookie })));
  await bench.clock.advance(1_500);
  const echoes = bench.out();
  assert.equal(echoes.length, 2);
  for (const packet of echoes) assert.deepEqual([packet.tag, packet.chunks[0]!.body], [peerTag, cookie]);
  bench.in(packetOf(tag, chunk(COOKIE_ACK, 0)));
  assert.equal(association.state, "ESTABLISHED");
  assert.deepEqual(bench.settled, [undefined]);
});

test("§5.2.3: an INIT ACK outside COOKIE-WAIT is discarded", () => {
  const bench = new Bench();
  const { tag, association } = bench.dial();
  bench.in(packetOf(tag, initChunk(INIT_ACK, { tag: 5, cookie: new Uint8Array(4) })));
  assert.deepEqual([association.peerTag, bench.out().length], [peerTag, 0]);
});

test("§3.3.3: INIT ACK without cookie, without streams or with a host name is answered with ABORT and its cause", () => {
  const refused: [Parameters<typeof initChunk>[1], number][] = [
    [{}, Cause.missingMandatoryParameter],
    [{ cookie: new Uint8Array(4), outbound: 0 }, Cause.invalidMandatoryParameter],
    [{ cookie: new Uint8Array(4), more: [typed(ParameterType.hostNameAddress, new Uint8Array(4))] }, Cause.unresolvableAddress],
  ];
  for (const [options, code] of refused) {
    const bench = new Bench();
    bench.endpoint.connect(peerHop, peerPort, 4);
    const tag = u32(bench.one().chunks[0]!.body, 0);
    bench.in(packetOf(tag, initChunk(INIT_ACK, options)));
    const reply = bench.one();
    assert.deepEqual([reply.tag, reply.chunks[0]!.type, causes(reply.chunks[0]!)[0]!.code], [peerTag, ChunkType.ABORT, code]);
    assert.deepEqual(bench.settled, ["ECONNABORTED"]);
  }
});

test("§3.3.2: an INIT without streams is refused, one with Initiate Tag 0 is not answered", () => {
  const bench = new Bench();
  bench.in(packetOf(0, initChunk(INIT, { inbound: 0 })));
  assert.equal(causes(bench.one().chunks[0]!)[0]!.code, Cause.invalidMandatoryParameter);
  bench.in(packetOf(0, initChunk(INIT, { tag: 0 })));
  assert.equal(bench.out().length, 0);
});

test("§3.2.1: the two high bits of an unknown parameter say whether to go on and whether to report it", () => {
  const unknown = (type: number) => typed(type, new Uint8Array([type >> 8, type]));
  const reported = (bench: Bench) => {
    const packet = bench.one();
    const types: number[] = [];
    for (let at = 32; at < packet.octets.length; at += (u16(packet.octets, at + 2) + 3) & ~3) {
      if (u16(packet.octets, at) === ParameterType.unrecognizedParameter) types.push(u16(packet.octets, at + 4));
    }
    return types;
  };
  const bench = new Bench();
  bench.in(packetOf(0, initChunk(INIT, { more: [unknown(0x8abc), unknown(0xcabc), unknown(0xc123)] })));
  assert.deepEqual(reported(bench), [0xcabc, 0xc123]);
  bench.in(packetOf(0, initChunk(INIT, { more: [unknown(0x4abc), unknown(0xc123)] })));
  assert.deepEqual(reported(bench), [0x4abc]);
  bench.in(packetOf(0, initChunk(INIT, { more: [unknown(0x0abc), unknown(0xc123)] })));
  assert.deepEqual(reported(bench), []);
});

test("§3.2.2: parameters of an INIT ACK not known to us are reported in an ERROR behind the COOKIE ECHO", () => {
  const bench = new Bench();
  bench.endpoint.connect(peerHop, peerPort, 4);
  const tag = u32(bench.one().chunks[0]!.body, 0);
  const strange = typed(0xc0de, new Uint8Array(4));
  bench.in(packetOf(tag, initChunk(INIT_ACK, { cookie: new Uint8Array(8), more: [strange] })));
  const { chunks } = bench.one();
  assert.deepEqual(
    chunks.map((c) => c.type),
    [COOKIE_ECHO, ChunkType.ERROR],
  );
  assert.deepEqual(causes(chunks[1]!), [{ code: Cause.unrecognizedParameters, value: strange }]);
});

test("§5.1.2: what a kernel's INIT carries besides is understood or skipped", () => {
  const bench = new Bench();
  const more = [
    typed(ParameterType.supportedAddressTypes, new Uint8Array([0, 5, 0, 6])),
    typed(0x8000, new Uint8Array(0)), // ECN
    typed(0xc000, new Uint8Array(0)), // Forward-TSN-Supported, RFC 3758
    typed(0x8008, new Uint8Array([0xc1, 0x80, 0x82])), // Supported Extensions, RFC 5061
  ];
  const { tag, cookie } = bench.invite({ addresses: ["10.0.0.2", "10.0.9.2", "fe80::1"], more });
  bench.in(packetOf(tag, echo(cookie)));
  assert.equal(bench.endpoint.size, 1);
  const [association] = bench.accepted;
  assert.deepEqual(
    association!.paths.map((p) => [p.host, p.confirmed]),
    [
      ["10.0.0.2", true],
      ["10.0.9.2", false],
    ],
  );
});

test("an endpoint full of associations refuses one more with Out of Resource", () => {
  const bench = new Bench({ maxAssociations: 2 });
  for (let i = 0; i < 3; i++) {
    bench.in(packetFrom(6_000 + i, 38_412, 0, initChunk(INIT, { tag: 100 + i })));
    const ack = bench.one();
    const init = parseInit(ack.octets, 12, ack.octets.length);
    assert.ok(init.ok);
    bench.in(packetFrom(6_000 + i, 38_412, init.value.tag, echo(init.value.cookie!)));
    const reply = bench.one();
    assert.equal(reply.chunks[0]!.type, i < 2 ? COOKIE_ACK : ChunkType.ABORT);
  }
  assert.equal(bench.endpoint.size, 2);
});

test("§5.2.4 D: a COOKIE ECHO sent twice, even after its life, gets COOKIE ACK twice and makes one association", async () => {
  const bench = new Bench();
  const { tag, cookie } = bench.invite();
  bench.in(packetOf(tag, echo(cookie)));
  await bench.clock.advance(3_000);
  bench.out();
  bench.in(packetOf(tag, echo(cookie)));
  assert.deepEqual(bench.types(), [[COOKIE_ACK]]);
  assert.deepEqual([bench.endpoint.size, bench.accepted.length, bench.ends], [1, 1, []]);
});

test("§5.2.4 A: a peer that restarted ends the old association as restart and brings a new one", () => {
  const bench = new Bench();
  const old = bench.open();
  const { tag, cookie } = bench.invite({ tag: 0x11111111, tsn: 77 });
  assert.equal(old.association.state, "ESTABLISHED", "the INIT alone changes nothing");
  assert.notEqual(tag, old.tag);
  bench.in(packetOf(tag, echo(cookie)));
  assert.deepEqual(bench.ends, [["restart", "peer restarted"]]);
  assert.equal(bench.accepted.length, 2);
  assert.deepEqual([bench.one().tag, bench.endpoint.size], [0x11111111, 1]);
  bench.in(packetOf(tag, data(77, new Uint8Array([9]))));
  assert.equal(bench.messages.length, 1);
  assert.equal(old.association.send({ stream: 0, ppid: 60, data: new Uint8Array(1) }), false);
});

test("§5.2.2: a restart that brings a new address is refused, and the association stays", () => {
  const bench = new Bench();
  const { association } = bench.open();
  bench.in(packetOf(0, initChunk(INIT, { tag: 5, addresses: ["10.6.6.6"] })));
  const reply = bench.one();
  assert.deepEqual([reply.tag, causes(reply.chunks[0]!)[0]!.code], [5, Cause.restartWithNewAddresses]);
  assert.equal(association.state, "ESTABLISHED");
});

test("§5.2.4: a cookie of an earlier time, whose tags are neither the association's nor its tie-tags, is discarded", () => {
  const bench = new Bench();
  const stray = bench.invite({ tag: 0x22222222 });
  const { association } = bench.open();
  bench.in(packetOf(stray.tag, echo(stray.cookie)));
  assert.deepEqual([bench.out().length, association.state, bench.accepted.length], [0, "ESTABLISHED", 1]);
});

test("§5.2.4 C: a cookie with the peer's tag but another of ours, made before there was an association, is discarded", () => {
  const bench = new Bench();
  const early = bench.invite();
  const { association } = bench.open();
  bench.in(packetOf(early.tag, echo(early.cookie)));
  assert.deepEqual([bench.out().length, association.state, bench.accepted.length], [0, "ESTABLISHED", 1]);
});

test("§5.2.4 A: a restart while we wait for SHUTDOWN COMPLETE gets SHUTDOWN ACK again, with the cause", () => {
  const bench = new Bench();
  const { tag, association } = bench.open();
  const { tag: newTag, cookie } = bench.invite({ tag: 6 });
  bench.in(packetOf(tag, chunk(ChunkType.SHUTDOWN, 0, octets32(association.id.localTsn - 1))));
  assert.deepEqual(bench.types(), [[ChunkType.SHUTDOWN_ACK]]);
  bench.in(packetOf(newTag, echo(cookie)));
  const { chunks } = bench.one();
  assert.deepEqual(
    chunks.map((c) => c.type),
    [ChunkType.SHUTDOWN_ACK, ChunkType.ERROR],
  );
  assert.equal(causes(chunks[1]!)[0]!.code, Cause.cookieReceivedWhileShuttingDown);
  bench.in(packetOf(0, initChunk(INIT, { tag: 7 })));
  assert.deepEqual(bench.types(), [[ChunkType.SHUTDOWN_ACK]]);
});

test("§5.2.1: two endpoints that call each other at once end up with one association", async () => {
  const a = new Bench({}, false, 1);
  const b = new Bench({}, false, 2);
  const dial = (bench: Bench, host: string) => bench.endpoint.connect({ local: "10.0.0.9", host, udpPort: 0 }, 38_412, 4);
  const [from, to] = [dial(a, "10.0.0.2"), dial(b, "10.0.0.1")];
  a.watch(from);
  b.watch(to);
  for (let round = 0; round < 20; round++) {
    const [fromA, fromB] = [a.out(), b.out()];
    for (const { octets } of fromA) b.in(octets, { host: "10.0.0.1" });
    for (const { octets } of fromB) a.in(octets, { host: "10.0.0.2" });
  }
  assert.deepEqual([from.state, to.state], ["ESTABLISHED", "ESTABLISHED"]);
  assert.deepEqual([from.peerTag, to.peerTag], [to.id.localTag, from.id.localTag]);
  assert.deepEqual([a.endpoint.size, b.endpoint.size], [1, 1]);
  from.send({ stream: 1, ppid: 60, data: new Uint8Array([1]) });
  to.send({ stream: 1, ppid: 60, data: new Uint8Array([2]) });
  for (const { octets } of a.out()) b.in(octets, { host: "10.0.0.1" });
  for (const { octets } of b.out()) a.in(octets, { host: "10.0.0.2" });
  assert.deepEqual([a.messages[0]!.data[0], b.messages[0]!.data[0]], [2, 1]);
});

test("§5.2.1: an INIT in COOKIE-WAIT is answered with the tag, TSN and streams of our own INIT", () => {
  const bench = new Bench({}, false);
  bench.endpoint.connect(peerHop, peerPort, 4);
  const { octets } = bench.one();
  const ours = parseInit(octets, 12, octets.length);
  const { tag, tsn } = bench.invite();
  assert.ok(ours.ok);
  assert.deepEqual([tag, tsn], [ours.value.tag, ours.value.tsn]);
});

test("RFC 6951 §5.4: the peer's UDP port is that of its last packet with a valid tag", () => {
  const bench = new Bench();
  const { tag, association } = bench.open();
  assert.equal(association.path.udpPort, 9_899);
  bench.in(packetOf(tag, chunk(ChunkType.HEARTBEAT, 0, typed(1, new Uint8Array(8)))), { udpPort: 40_001 });
  assert.equal(bench.one().hop.udpPort, 40_001);
  bench.in(packetOf(tag ^ 1, chunk(ChunkType.HEARTBEAT, 0, typed(1, new Uint8Array(8)))), { udpPort: 6_666 });
  assert.equal(association.path.udpPort, 40_001);
});

test("§6.10: an INIT that is not alone in its packet, or that has a verification tag, is discarded", () => {
  const bench = new Bench();
  bench.in(packetOf(0, initChunk(INIT), data(1, new Uint8Array(1))));
  bench.in(packetOf(9, initChunk(INIT)));
  bench.in(packetOf(0, data(1, new Uint8Array(1))));
  assert.deepEqual([bench.out().length, bench.endpoint.counters.wrongTag], [0, 3]);
});

test("§8.5.1 E: a SHUTDOWN ACK while we are setting up is answered with SHUTDOWN COMPLETE, its tag sent back", () => {
  const bench = new Bench();
  const association = bench.endpoint.connect(peerHop, peerPort, 4);
  bench.out();
  bench.in(packetOf(0x99, chunk(ChunkType.SHUTDOWN_ACK, 0)));
  const reply = bench.one();
  assert.deepEqual([reply.tag, reply.chunks[0]!.type, reply.chunks[0]!.flags], [0x99, ChunkType.SHUTDOWN_COMPLETE, Flag.reflected]);
  assert.equal(association.state, "COOKIE-WAIT");
  assert.equal(readPacket(reply.octets).chunks.length, 1);
});
