import assert from "node:assert/strict";
import { test } from "node:test";
import type { SctpAssociation } from "@freehold/net";
import { numbered, numberOf, pair, type Watched } from "./compliance.ts";
import { type MemoryGround, memoryGround } from "./ground.ts";

/** Sends `count` messages, going on whenever the queue has room. */
async function pump(ground: MemoryGround, from: SctpAssociation, count: number, streams: number, length: (n: number) => number) {
  for (let n = 0; n < count; ) {
    if (from.send({ stream: n % streams, ppid: 60, data: numbered(n, length(n)) })) n++;
    else await ground.clock.sleep(50);
  }
}

function exactlyOnceInOrder(seen: Watched, count: number, streams: number, length: (n: number) => number): void {
  assert.equal(seen.messages.length, count, String(seen.why));
  const next = Array.from({ length: streams }, (_, s) => s);
  for (const { stream, data } of seen.messages) {
    const n = numberOf(data);
    assert.equal(n, next[stream]);
    assert.equal(data.length, length(n));
    assert.deepEqual(data, numbered(n, length(n)));
    next[stream]! += streams;
  }
}

test("10,000 messages on 8 streams both ways under loss, reordering and duplication arrive exactly once, in order per stream", async () => {
  const ground = memoryGround({ delay: 5, jitter: 10, loss: 0.05, duplication: 0.03 });
  const { client, server, atClient, atServer } = await pair(ground, 8);
  const length = (n: number) => 4 + ((n * 37) % 600);
  await ground.clock.until(Promise.all([pump(ground, client, 10_000, 8, length), pump(ground, server, 10_000, 8, length)]));
  await ground.clock.until(Promise.all([client.shutdown(), server.shutdown()]));
  exactlyOnceInOrder(atServer, 10_000, 8, length);
  exactlyOnceInOrder(atClient, 10_000, 8, length);
  assert.deepEqual([atClient.ends, atServer.ends], [["shutdown"], ["shutdown"]]);
});

for (const seed of [1, 2, 3, 4, 5]) {
  test(`messages up to 60 kB survive a quarter of the packets lost (seed ${seed})`, async () => {
    const ground = memoryGround({ delay: 2, jitter: 30, loss: 0.25, duplication: 0.2 }, {}, seed);
    const { client, server, atClient, atServer } = await pair(ground, 3);
    const length = (n: number) => [5, 60_000, 700, 9_000][n % 4]!;
    await ground.clock.until(Promise.all([pump(ground, client, 40, 3, length), pump(ground, server, 40, 3, length)]));
    await ground.clock.until(Promise.all([client.shutdown(), server.shutdown()]));
    exactlyOnceInOrder(atServer, 40, 3, length);
    exactlyOnceInOrder(atClient, 40, 3, length);
  });
}
