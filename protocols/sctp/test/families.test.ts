// What attackers and broken gNBs did to other cores (the families of docs/attacks.md), at the level of SCTP.
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "@freehold/runtime";
import { fromText } from "@freehold/wire";
import { ChunkType, Flag } from "../src/codes.ts";
import { chunk, octets32 } from "../src/packet.ts";
import { numbered, pair, watch } from "./compliance.ts";
import { hosts, memoryGround } from "./ground.ts";
import { Bench, causes, data, packetOf, readSack } from "./kit.ts";

test("attack 2: thousands of short associations, each with a message of one octet, leave no timer, no tag and no octet behind", async () => {
  const bench = new Bench({ associationsPerSecond: 100_000 });
  const armed = bench.clock.armed;
  for (let i = 0; i < 2_000; i++) {
    const { tag } = bench.open({ tag: 0x1000 + i });
    bench.in(packetOf(tag, data(1_000, Uint8Array.of(0))));
    bench.in(packetOf(tag, chunk(i % 2 === 0 ? ChunkType.ABORT : ChunkType.SHUTDOWN, 0, octets32(0))));
    if (i % 2 === 1) bench.in(packetOf(tag, chunk(ChunkType.SHUTDOWN_COMPLETE, 0)));
    bench.out();
  }
  await bench.clock.advance(10);
  assert.equal(bench.messages.length, 2_000);
  assert.equal(bench.ends.length, 2_000);
  assert.equal(bench.endpoint.size, 0);
  assert.equal(bench.clock.armed, armed);
});

test("attack 2: a host that sets associations up faster than it may is met with silence, and one that keeps its pace gets in", async () => {
  const bench = new Bench({ associationsPerSecond: 50 });
  const opened = (host: string, source: number): boolean => {
    const { tag, cookie } = bench.invite({ tag: source }, { host });
    bench.in(packetOf(tag, chunk(ChunkType.COOKIE_ECHO, 0, cookie)), { host });
    const up = bench.out().some((p) => p.chunks[0]!.type === ChunkType.COOKIE_ACK);
    if (up) bench.in(packetOf(tag, chunk(ChunkType.ABORT, 0)), { host });
    return up;
  };
  let up = 0;
  for (let i = 1; i <= 1_000; i++) if (opened("10.0.0.66", i)) up++;
  assert.equal(up, 50);
  assert.equal(bench.endpoint.counters.tooSoon, 950);
  assert.equal(opened("10.0.0.2", 5_000), true, "another host is not held to it");
  await bench.clock.advance(100);
  assert.equal(opened("10.0.0.66", 6_000), true, "and it is not locked out");
});

test("attack 2: hosts without number do not make what is remembered of them grow, nor what it costs", () => {
  const bench = new Bench({ associationsPerSecond: 1 });
  for (let i = 0; i < 1_500; i++) {
    const host = `10.1.${i >> 8}.${i & 255}`;
    const { tag, cookie } = bench.invite({ tag: 1 + i }, { host });
    bench.in(packetOf(tag, chunk(ChunkType.COOKIE_ECHO, 0, cookie)), { host });
    assert.equal(bench.one().chunks[0]!.type, ChunkType.COOKIE_ACK);
    bench.in(packetOf(tag, chunk(ChunkType.ABORT, 0)), { host });
  }
  assert.equal(bench.endpoint.size, 0);
});

test("attack 16: a peer with one stream is served on it, whatever it asked for, and data on a stream that is not there is refused", () => {
  const bench = new Bench();
  const { tag, association } = bench.open({ outbound: 1, inbound: 1 });
  assert.deepEqual([association.outbound, association.inbound], [1, 1]);
  assert.equal(association.send({ stream: 1, ppid: 60, data: fromText("no") }), false);
  bench.in(packetOf(tag, data(1_000, fromText("a"), { ssn: 0 })));
  bench.in(packetOf(tag, data(1_001, fromText("b"), { stream: 1 })));
  bench.in(packetOf(tag, data(1_002, fromText("c"), { ssn: 1 })));
  assert.deepEqual(
    bench.messages.map((m) => m.data),
    [fromText("a"), fromText("c")],
  );
  assert.equal(association.state, "ESTABLISHED");
});

test("attack 16: a message longer than we take ends its association with Out of Resource, and no other", () => {
  const bench = new Bench({ maxMessage: 10_000 });
  const victim = bench.open({ tag: 7 });
  bench.in(packetOf(victim.tag, data(1_000, fromText("hello"))));
  bench.out();
  const attacker = bench.invite({ tag: 9 }, { host: "10.0.0.66" });
  bench.in(packetOf(attacker.tag, chunk(ChunkType.COOKIE_ECHO, 0, attacker.cookie)), { host: "10.0.0.66" });
  bench.out();
  let abort: ReturnType<typeof bench.out>[number] | undefined;
  for (let n = 0; n < 20 && abort === undefined; n++) {
    const fragment = data(1_000 + n, new Uint8Array(1_000), { flags: n === 0 ? Flag.begin : 0 });
    bench.in(packetOf(attacker.tag, fragment), { host: "10.0.0.66" });
    abort = bench.out().find((p) => p.chunks.some((c) => c.type === ChunkType.ABORT));
  }
  assert.equal(causes(abort!.chunks.find((c) => c.type === ChunkType.ABORT)!)[0]!.code, 4);
  assert.equal(bench.endpoint.size, 1);
  assert.equal(victim.association.state, "ESTABLISHED");
});

test("attack 16: messages begun and never ended hold no more than the window, which says so, and nothing once the association is over", async () => {
  const bench = new Bench({ receiveWindow: 50_000, maxMessage: 20_000 });
  const armed = bench.clock.armed;
  const { tag, association } = bench.open();
  let window = 50_000;
  // Every second TSN begins a message of its own that nothing follows.
  for (let n = 0; n < 500; n++) {
    bench.in(packetOf(tag, data(1_001 + 2 * n, new Uint8Array(1_000), { flags: Flag.begin, stream: n % 4, ssn: n >> 2 })));
    for (const { chunks } of bench.out()) for (const c of chunks) if (c.type === ChunkType.SACK) window = readSack(c).window;
  }
  assert.ok(window < 1_200, `the window is ${window}`);
  assert.deepEqual(bench.messages, []);
  bench.in(packetOf(tag, chunk(ChunkType.ABORT, 0)));
  await bench.clock.advance(10);
  assert.equal(association.over, true);
  assert.deepEqual([bench.endpoint.size, bench.clock.armed], [0, armed]);
});

test("attack 16: an association that flaps is a new one each time, and its user is told of each end once", async () => {
  const bench = new Bench({ associationsPerSecond: 1_000 });
  for (let i = 0; i < 200; i++) bench.open({ tag: 100 + i });
  await bench.clock.advance(10);
  assert.equal(bench.accepted.length, 200);
  assert.deepEqual(
    bench.ends.map(([how]) => how),
    new Array(199).fill("restart"),
  );
  assert.equal(bench.endpoint.size, 1);
});

test("attack 16: an abort while an answer is pending ends the association; the answer has nowhere to go and does no harm", async () => {
  const ground = memoryGround();
  const { client, server, atServer, remote } = await pair(ground, 2);
  client.send({ stream: 0, ppid: 60, data: numbered(1, 100) });
  await ground.until(() => atServer.messages.length === 1);
  client.abort("gone");
  await ground.until(() => atServer.ends.length === 1);
  assert.equal(server.send({ stream: 0, ppid: 60, data: numbered(2, 100) }), false);
  await ground.wait(server.shutdown());
  const again = await ground.wait(ground.near.connect({ local: { host: hosts[0], port: 0 }, remote, streams: 2 }));
  const seen = watch(again);
  assert.equal(again.send({ stream: 0, ppid: 60, data: numbered(3, 100) }), true);
  await ground.wait(again.shutdown());
  assert.deepEqual(seen.messages, []);
});

test("attack 16: chunks of every kind in any order from a peer that knows the tags end at most its own association", async () => {
  const random = seededRandom("attack 16");
  const bench = new Bench({ associationsPerSecond: 10_000 });
  const victim = bench.open({ tag: 1 });
  for (let i = 0; i < 300; i++) {
    const host = "10.0.0.66";
    const { tag, cookie } = bench.invite({ tag: 1_000 + i }, { host });
    bench.in(packetOf(tag, chunk(ChunkType.COOKIE_ECHO, 0, cookie)), { host });
    for (let n = 0; n < 20; n++) {
      const [type, flags, length] = random(3);
      bench.in(packetOf(tag, chunk(type! % 16, flags! & 15, random(length! & 63))), { host });
    }
    bench.in(packetOf(tag, chunk(ChunkType.ABORT, 0)), { host });
    bench.out();
  }
  await bench.clock.advance(10);
  assert.equal(victim.association.state, "ESTABLISHED");
  assert.equal(bench.endpoint.size, 1);
});
