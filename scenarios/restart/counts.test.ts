import assert from "node:assert/strict";
import { test } from "node:test";
import { Killable } from "../src/kills.ts";

/** More messages than one commit reserves COUNT values for. */
const manyRequests = 80;

/**
 * The core dies, and its disk has forgotten what it called durable since the phones came up: what a power loss may leave behind where a cache
 * lied about syncing. Bob has asked for service many times meanwhile.
 */
async function forgetful(bootId: string): Promise<{ all: Killable; asked: number }> {
  const all = await Killable.start();
  const { system, gnb, bob } = all;
  const old = system.store.survivor();
  for (let i = 0; i < manyRequests; i++) {
    assert.equal(await all.reaches(bob), true);
    gnb.release(Math.max(...gnb.state().ues.map(({ ranUeNgapId }) => ranUeNgapId)));
    await system.clock.advance(100);
  }
  system.lives.kill();
  system.world = { ...system.world, store: old, bootId };
  await system.until(system.lives.start());
  await system.clock.advance(3_000); // the gNB is back
  return { all, asked: bob.asked.length };
}

test("the simulator's check can fail: of a core that lost what it had committed the phone takes no downlink COUNT a second time, and says so (TS 24.501 §4.4.3.2)", async () => {
  const { all, asked } = await forgetful("boot");
  await using _ = all;
  assert.equal(await all.reaches(all.bob), false);
  assert.deepEqual(all.bob.asked.slice(asked), ["Service request", "refused"]);
  assert.ok((all.bob.ue.state().refusals["downlink COUNT replayed"] ?? 0) >= 1, "the accept was one");
  assert.throws(() => all.nothingRepeated("a core made to repeat"), /downlink COUNT replayed/);
});

test("after a power loss (another boot id) COUNT is uncertain: a Service request is served after a new authentication, and no COUNT comes twice (TS 33.501 §6.4.3.1)", async () => {
  const { all, asked } = await forgetful("another boot");
  await using _ = all;
  assert.equal(await all.reachesAtLast(all.bob), true);
  assert.deepEqual(all.bob.asked.slice(asked), ["Service request", "Authentication request", "Security mode command", "Service accept"]);
  all.nothingRepeated("after a power loss");
  // Proven once, it is as any other from then on.
  all.gnb.release(Math.max(...all.gnb.state().ues.map(({ ranUeNgapId }) => ranUeNgapId)));
  await all.system.clock.advance(100);
  const before = all.bob.asked.length;
  assert.equal(await all.reaches(all.bob), true);
  assert.deepEqual(all.bob.asked.slice(before), ["Service request", "Service accept"]);
  await all.nothingLeaks("after a power loss");
});

test("after a power loss a registration with the 5G-GUTI authenticates without an identity request, and the next one does not", async () => {
  const { all, asked } = await forgetful("another boot");
  await using _ = all;
  await all.system.until(all.bob.ue.register());
  await all.system.clock.advance(100);
  assert.deepEqual(all.bob.asked.slice(asked, asked + 4), [
    "Registration request",
    "Authentication request",
    "Security mode command",
    "Registration accept",
  ]);
  const before = all.bob.asked.length;
  await all.system.until(all.bob.ue.register());
  assert.equal(all.bob.asked.slice(before).includes("Authentication request"), false);
  all.nothingRepeated("after a power loss");
});
