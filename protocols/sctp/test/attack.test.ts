import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryNetwork } from "@freehold/net";
import { seededRandom, silentLog, VirtualClock } from "@freehold/runtime";
import fc from "fast-check";
import { Cause, ChunkType, Flag } from "../src/codes.ts";
import { setChecksum } from "../src/crc32c.ts";
import { type SctpOptions, sctpOverIp } from "../src/index.ts";
import { chunk, octets32, typed } from "../src/packet.ts";
import { Bench, data, initChunk, packetFrom, packetOf, peerPort, peerTag, peerTsn, readPacket, sack } from "./kit.ts";

const { ABORT, COOKIE_ACK, COOKIE_ECHO, ERROR, HEARTBEAT, HEARTBEAT_ACK, INIT, INIT_ACK, SHUTDOWN, SHUTDOWN_ACK, SHUTDOWN_COMPLETE } =
  ChunkType;
const one = new Uint8Array([1]);
const bare = (type: number, flags = 0) => chunk(type, flags);
const userAbort = (flags = 0) => chunk(ABORT, flags, typed(Cause.userInitiatedAbort, new Uint8Array(0)));

/** One chunk of every kind that could do something to an association. */
const every = (tsn: number): Uint8Array[] => [
  data(peerTsn, one),
  sack(tsn),
  sack(tsn + 50),
  chunk(HEARTBEAT, 0, typed(1, new Uint8Array(8))),
  chunk(HEARTBEAT_ACK, 0, typed(1, new Uint8Array(8))),
  userAbort(),
  userAbort(Flag.reflected),
  chunk(SHUTDOWN, 0, octets32(tsn)),
  bare(SHUTDOWN_ACK),
  bare(SHUTDOWN_COMPLETE),
  bare(SHUTDOWN_COMPLETE, Flag.reflected),
  chunk(ERROR, 0, typed(Cause.staleCookie, octets32(1))),
  bare(COOKIE_ACK),
  chunk(COOKIE_ECHO, 0, new Uint8Array(100)),
  initChunk(INIT_ACK, { cookie: new Uint8Array(8) }),
  initChunk(INIT),
  bare(0xff),
];

test("§8.5: whatever comes blind, with another tag, changes nothing and gets no answer", () => {
  for (const state of ["ESTABLISHED", "SHUTDOWN-SENT", "SHUTDOWN-ACK-SENT"]) {
    const bench = new Bench();
    const { tag, tsn, association } = bench.open();
    if (state === "SHUTDOWN-SENT") void association.shutdown();
    if (state === "SHUTDOWN-ACK-SENT") bench.in(packetOf(tag, chunk(SHUTDOWN, 0, octets32(tsn - 1))));
    if (state === "ESTABLISHED") association.send({ stream: 0, ppid: 60, data: one });
    bench.out();
    assert.equal(association.state, state);
    for (const wrong of [tag ^ 1, (tag + 1) >>> 0, 0xffffffff, 1]) {
      for (const octets of every(tsn)) bench.in(packetOf(wrong, octets));
    }
    // The peer's own tag with the T bit is allowed for ABORT and SHUTDOWN COMPLETE, without it or for anything else it is not.
    for (const octets of every(tsn)) {
      if (!(octets[1]! & Flag.reflected)) bench.in(packetOf(peerTag, octets));
    }
    // Our own tag with the T bit is not allowed.
    bench.in(packetOf(tag, userAbort(Flag.reflected)));
    bench.in(packetOf(tag, bare(SHUTDOWN_COMPLETE, Flag.reflected)));
    assert.deepEqual([association.state, bench.out().length, bench.ends, bench.messages], [state, 0, [], []]);
  }
});

test("the right tag from another address is another's packet", () => {
  const bench = new Bench();
  const { tag, tsn, association } = bench.open();
  for (const octets of every(tsn)) bench.in(packetOf(tag, octets), { host: "10.9.9.9" });
  assert.deepEqual([association.state, bench.messages.length], ["ESTABLISHED", 0]);
});

test("§8.5.1 B: ABORT is taken with our tag, or with the peer's own and T", () => {
  for (const [tagOf, flags] of [
    [(ours: number) => ours, 0],
    [() => peerTag, Flag.reflected],
  ] as const) {
    const bench = new Bench();
    const { tag } = bench.open();
    bench.in(packetOf(tagOf(tag), userAbort(flags)));
    assert.deepEqual(
      bench.ends.map(([how]) => how),
      ["abort"],
    );
    assert.equal(bench.out().length, 0);
  }
});

test("§8.5.1 C: SHUTDOWN COMPLETE counts only in SHUTDOWN-ACK-SENT, with our tag, or with the peer's own and T", () => {
  for (const reflected of [false, true]) {
    const bench = new Bench();
    const { tag, tsn, association } = bench.open();
    const complete = packetOf(reflected ? peerTag : tag, bare(SHUTDOWN_COMPLETE, reflected ? Flag.reflected : 0));
    bench.in(complete);
    assert.equal(association.state, "ESTABLISHED");
    bench.in(packetOf(tag, chunk(SHUTDOWN, 0, octets32(tsn - 1))));
    bench.in(complete);
    assert.deepEqual(
      bench.ends.map(([how]) => how),
      ["shutdown"],
    );
  }
});

test("§8.4: a packet out of the blue is answered by its kind, always with its tag sent back", () => {
  const rows: [string, Uint8Array, number | undefined][] = [
    ["DATA", data(1, one), ABORT],
    ["SACK", sack(5), ABORT],
    ["HEARTBEAT", chunk(HEARTBEAT, 0, typed(1, one)), ABORT],
    ["SHUTDOWN ACK", bare(SHUTDOWN_ACK), SHUTDOWN_COMPLETE],
    ["ABORT", userAbort(), undefined],
    ["SHUTDOWN COMPLETE", bare(SHUTDOWN_COMPLETE), undefined],
    ["COOKIE ACK", bare(COOKIE_ACK), undefined],
    ["a forged COOKIE ECHO", chunk(COOKIE_ECHO, 0, new Uint8Array(90)), undefined],
    ["ERROR Stale Cookie", chunk(ERROR, 0, typed(Cause.staleCookie, octets32(1))), undefined],
  ];
  for (const [what, octets, answer] of rows) {
    const bench = new Bench();
    bench.in(packetOf(0x1234, octets));
    const packets = bench.out();
    assert.deepEqual(
      packets.map((p) => [p.tag, p.chunks[0]!.type, p.chunks[0]!.flags]),
      answer === undefined ? [] : [[0x1234, answer, 1]],
      what,
    );
  }
  const bench = new Bench();
  bench.in(packetOf(0x1234, data(1, one), userAbort()));
  assert.equal(bench.out().length, 0, "an ABORT anywhere in the packet silences us");
});

test("§8.4: an INIT for a port where nobody listens is answered with ABORT to the tag it brought", () => {
  const bench = new Bench({}, false);
  bench.in(packetOf(0, initChunk(INIT)));
  const reply = bench.one();
  assert.deepEqual([reply.tag, reply.chunks[0]!.type, reply.chunks[0]!.flags], [peerTag, ABORT, 0]);
});

test("on raw IP, where a port that is not ours may be another stack's, packets for it are met with silence", async () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock);
  const stack = sctpOverIp(network.rawIp(), { clock, random: seededRandom(2), log: silentLog });
  await using _listener = await stack.listen({ addresses: ["10.0.0.1"], port: 38_412, onAssociation: () => {} });
  await using stranger = await network.rawIp().open({ protocol: 132, addresses: ["10.0.0.2"] });
  const seen: Uint8Array[] = [];
  stranger.onPacket = (packet) => void seen.push(packet);
  for (const octets of [data(1, one), bare(SHUTDOWN_ACK)]) stranger.send(packetFrom(peerPort, 7_777, 5, octets), "10.0.0.1");
  stranger.send(packetFrom(peerPort, 7_777, 0, initChunk(INIT)), "10.0.0.1");
  await clock.settle();
  assert.equal(seen.length, 0);
  stranger.send(packetFrom(peerPort, 38_412, 5, data(1, one)), "10.0.0.1");
  await clock.settle();
  assert.deepEqual(
    seen.map((p) => readPacket(p).chunks[0]!.type),
    [ABORT],
  );
});

test("§6.8: a wrong checksum is discarded; a zero one is taken only where the option says so", () => {
  const packet = packetOf(0, initChunk(INIT));
  const spoilt = packet.slice();
  spoilt[9]! ^= 0x10;
  const zero = packet.slice();
  zero.fill(0, 8, 12);
  const answers = (options: Partial<SctpOptions>, octets: Uint8Array) => {
    const bench = new Bench(options);
    bench.in(octets);
    return [bench.out().length, bench.endpoint.counters.badChecksum];
  };
  assert.deepEqual(answers({}, packet), [1, 0]);
  assert.deepEqual(answers({}, spoilt), [0, 1]);
  assert.deepEqual(answers({}, zero), [0, 1]);
  assert.deepEqual(answers({ acceptZeroChecksum: true }, zero), [1, 0]);
  assert.deepEqual(answers({ acceptZeroChecksum: true }, spoilt), [0, 1]);
});

/** The packets of a peer's whole life: set-up, data, heartbeat, SACK, shutdown; each with the state it arrives in. */
function life(): { packets: Uint8Array[]; replay(until: number): Bench } {
  // The INIT that is sent must be the INIT that the cookie is for.
  const init = { addresses: ["10.0.9.2"], more: [typed(0xc123, one)] };
  const { tag, tsn, cookie } = new Bench().invite(init);
  const packets = [
    packetOf(0, initChunk(INIT, init)),
    packetOf(tag, chunk(COOKIE_ECHO, 0, cookie), data(peerTsn, new Uint8Array(9))),
    packetOf(tag, data(peerTsn + 1, new Uint8Array(20), { ssn: 1, flags: Flag.begin }), sack(tsn - 1, 9_000)),
    packetOf(tag, data(peerTsn + 3, new Uint8Array(20), { stream: 1 })),
    packetOf(tag, chunk(HEARTBEAT, 0, typed(1, new Uint8Array(12))), chunk(HEARTBEAT_ACK, 0, typed(1, new Uint8Array(8)))),
    packetOf(tag, sack(tsn, 9_000, [[tsn + 2, tsn + 3]])),
    packetOf(tag, chunk(ERROR, 0, typed(Cause.invalidStreamIdentifier, new Uint8Array(4))), bare(COOKIE_ACK)),
    packetOf(tag, chunk(SHUTDOWN, 0, octets32(tsn + 4))),
    packetOf(tag, bare(SHUTDOWN_COMPLETE)),
    packetOf(tag, userAbort()),
  ];
  return {
    packets,
    replay(until) {
      const bench = new Bench(); // the same seed: the same tags, so the packets fit
      for (let i = 0; i < until; i++) {
        bench.in(packets[i]!);
        const [association] = bench.accepted;
        if (i === 1) for (let n = 0; n < 5; n++) association?.send({ stream: 0, ppid: 60, data: new Uint8Array(50) });
      }
      return bench;
    },
  };
}

test("every packet of an association cut off at each length, with a right checksum, never throws", () => {
  const { packets, replay } = life();
  for (const [i, packet] of packets.entries()) {
    for (let length = 0; length < packet.length; length++) {
      const cut = packet.slice(0, length);
      if (length >= 12) setChecksum(cut);
      assert.doesNotThrow(() => replay(i).in(cut));
    }
  }
});

test("every packet of an association with each octet turned over, with a right checksum, never throws", async () => {
  const { packets, replay } = life();
  assert.equal(replay(packets.length).ends.length, 1, "the packets as they are do what they should");
  for (const [i, packet] of packets.entries()) {
    for (let at = 0; at < packet.length; at++) {
      for (const change of [0xff, 0x01, 0x80]) {
        const changed = packet.slice();
        changed[at]! ^= change;
        setChecksum(changed);
        const bench = replay(i);
        assert.doesNotThrow(() => bench.in(changed));
        assert.equal(
          bench.log.lines.some((line) => line.level === "error"),
          false,
        );
      }
    }
  }
});

test("packets of any chunks at all, with the right tag, never throw, and what we hold stays bounded", async () => {
  const anyChunk = fc
    .tuple(fc.integer({ min: 0, max: 16 }), fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 60 }))
    .map(([type, flags, body]) => chunk(type, flags, body));
  const nearTsn = fc
    .tuple(
      fc.integer({ min: -3, max: 40 }),
      fc.integer({ min: 0, max: 15 }),
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 0, max: 5 }),
    )
    .map(([ahead, flags, stream, ssn]) => data(peerTsn + ahead, new Uint8Array(30), { flags, stream, ssn }));
  const step = fc.array(fc.oneof(anyChunk, nearTsn, nearTsn), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const bench = new Bench({ receiveWindow: 4_000 });
      const { tag, association } = bench.open();
      for (const [i, chunks] of steps.entries()) {
        if (i % 5 === 0) association.send({ stream: 0, ppid: 60, data: new Uint8Array(700) });
        bench.in(packetOf(tag, ...chunks));
        if (i % 7 === 0) await bench.clock.advance(300);
      }
      association.abort("done");
      assert.equal(bench.clock.armed, 0);
      assert.equal(bench.endpoint.size, 0);
    }),
    { numRuns: 150 },
  );
});

test("octets that are no packet at all are counted and forgotten", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
      const bench = new Bench();
      if (octets.length >= 12) setChecksum(octets);
      bench.in(octets);
      assert.equal(bench.endpoint.size, 0);
    }),
  );
});

test("a user who throws on a message, on a new association or at the end is logged, and the stack lives", () => {
  const bench = new Bench();
  bench.greet = (association) => {
    association.onMessage = () => {
      throw new Error("user");
    };
    association.onEnd = () => {
      throw new Error("user");
    };
  };
  const { tag } = bench.open();
  bench.in(packetOf(tag, data(peerTsn, one), data(peerTsn + 1, one, { ssn: 1 })));
  bench.in(packetOf(tag, userAbort()));
  assert.equal(bench.log.lines.filter((line) => line.level === "error").length, 3);
  bench.greet = () => {
    throw new Error("user");
  };
  bench.out();
  const { tag: next, cookie } = bench.invite({ tag: 3 });
  bench.in(packetOf(next, chunk(COOKIE_ECHO, 0, cookie)));
  assert.equal(bench.endpoint.size, 0);
  assert.deepEqual(bench.types().at(-1), [ABORT]);
});
