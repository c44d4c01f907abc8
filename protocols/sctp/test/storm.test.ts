import assert from "node:assert/strict";
import { test } from "node:test";
import { pair } from "./compliance.ts";
import { memoryGround } from "./ground.ts";
import { exactlyOnceInOrder, pump } from "./traffic.ts";

test("10,000 messages on 8 streams both ways under loss, reordering and duplication arrive exactly once, in order per stream", async () => {
  const ground = memoryGround({ delay: 5, jitter: 10, loss: 0.05, duplication: 0.03 });
  const { client, server, atClient, atServer } = await pair(ground, 8);
  const rest = () => ground.clock.sleep(50);
  const length = (n: number) => 4 + ((n * 37) % 600);
  await ground.clock.until(Promise.all([pump(client, 10_000, 8, length, rest), pump(server, 10_000, 8, length, rest)]));
  await ground.clock.until(Promise.all([client.shutdown(), server.shutdown()]));
  exactlyOnceInOrder(atServer, 10_000, 8, length);
  exactlyOnceInOrder(atClient, 10_000, 8, length);
  assert.deepEqual([atClient.ends, atServer.ends], [["shutdown"], ["shutdown"]]);
});

for (const seed of [1, 2, 3, 4, 5]) {
  test(`messages up to 60 kB survive a quarter of the packets lost (seed ${seed})`, async () => {
    const ground = memoryGround({ delay: 2, jitter: 30, loss: 0.25, duplication: 0.2 }, {}, seed);
    const { client, server, atClient, atServer } = await pair(ground, 3);
    const rest = () => ground.clock.sleep(50);
    const length = (n: number) => [5, 60_000, 700, 9_000][n % 4]!;
    await ground.clock.until(Promise.all([pump(client, 40, 3, length, rest), pump(server, 40, 3, length, rest)]));
    await ground.clock.until(Promise.all([client.shutdown(), server.shutdown()]));
    exactlyOnceInOrder(atServer, 40, 3, length);
    exactlyOnceInOrder(atClient, 40, 3, length);
  });
}
