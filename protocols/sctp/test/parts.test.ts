import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@freehold/runtime";
import fc from "fast-check";
import { canonical, formatAddress, parseAddress } from "../src/addresses.ts";
import { Arrivals } from "../src/arrivals.ts";
import { PacketWriter, u16, u32 } from "../src/packet.ts";
import { Timer } from "../src/timer.ts";

test("addresses: every way to write one comes to one way, names and nonsense to nothing", () => {
  const same: [string, string][] = [
    ["10.0.0.1", "10.0.0.1"],
    ["FE80:0:0:0:0:0:0:1", "fe80::1"],
    ["::", "::"],
    ["1::", "1::"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:2:3:4:5:6:0:8", "1:2:3:4:5:6:0:8"],
    ["::ffff:10.1.2.3", "10.1.2.3"],
    ["fe80::1%eth0", "fe80::1"],
  ];
  for (const [written, one] of same) assert.equal(canonical(written), one);
  for (const wrong of [
    "",
    "localhost",
    "1.2.3",
    "1.2.3.256",
    "1.2.3.4.5",
    "1:2",
    ":::",
    "1::2::3",
    "12345::",
    "1:2:3:4:5:6:7:8:9",
    "::1.2.3",
    "g::",
  ]) {
    assert.equal(parseAddress(wrong), undefined, wrong);
  }
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (octets) => {
      const text = formatAddress(octets);
      assert.deepEqual(parseAddress(text), text.includes(":") ? octets : octets.subarray(12));
    }),
  );
});

test("arrivals: whatever the order, blocks are what a set of TSNs says", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 })), fc.integer({ min: 0, max: 0xffffffff }), (ahead, start) => {
      const arrivals = new Arrivals(start);
      const seen = new Set<number>();
      for (const n of ahead) {
        const tsn = (start + n) >>> 0;
        assert.equal(arrivals.look(tsn), seen.has(n) ? "duplicate" : "new");
        if (!seen.has(n)) arrivals.record(tsn);
        seen.add(n);
      }
      let cumulative = -1;
      while (seen.has(cumulative + 1)) cumulative++;
      const packet = new PacketWriter();
      packet.begin(1, 2, 3);
      arrivals.writeSack(packet, 5, 1_000);
      const b = packet.bytes;
      assert.equal(u32(b, 16), (start + cumulative) >>> 0);
      const covered = new Set<number>();
      for (let i = 0; i < u16(b, 24); i++) {
        for (let n = u16(b, 28 + 4 * i); n <= u16(b, 30 + 4 * i); n++) covered.add(cumulative + n);
      }
      assert.deepEqual(covered, new Set([...seen].filter((n) => n > cumulative)));
    }),
  );
});

test("a timer restarted to a later time and stopped costs the clock nothing, and is never early or late", async () => {
  const clock = new VirtualClock();
  const fired: number[] = [];
  const timer = new Timer(clock, () => void fired.push(clock.now() - start));
  const start = clock.now();
  timer.start(100);
  for (let i = 0; i < 9; i++) {
    await clock.advance(10);
    timer.start(100);
    assert.equal(clock.armed, 1);
  }
  await clock.advance(1_000);
  assert.deepEqual(fired, [190]);
  timer.start(500);
  timer.start(50);
  await clock.advance(50);
  assert.deepEqual(fired, [190, 1_140]);
  timer.start(10);
  timer.stop();
  await clock.advance(100);
  timer.start(10);
  timer.close();
  assert.deepEqual([clock.armed, fired.length], [0, 2]);
});
