import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock, VirtualClock } from "../src/index.ts";

test("advance fires a chain of sleeps that each begin after the last", async () => {
  const clock = new VirtualClock();
  const start = clock.now();
  const at: number[] = [];
  const chain = (async () => {
    for (let i = 0; i < 5; i++) {
      await clock.sleep(100);
      at.push(clock.now() - start);
    }
  })();
  await clock.advance(250);
  assert.deepEqual(at, [100, 200]);
  assert.equal(clock.now() - start, 250);
  await clock.advance(250);
  await chain;
  assert.deepEqual(at, [100, 200, 300, 400, 500]);
});

test("nothing passes on its own, and a cancelled timer does not fire", async () => {
  const clock = new VirtualClock(0);
  let fired = 0;
  const cancel = clock.after(10, () => fired++);
  clock.after(20, () => fired++);
  await clock.settle();
  assert.equal(fired, 0);
  cancel();
  cancel();
  await clock.advance(20);
  assert.equal(fired, 1);
  assert.equal(clock.armed, 0);
});

test("a sleep rejects with the signal's reason and leaves no timer", async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const slept = clock.sleep(1000, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(slept, /enough/);
  assert.equal(clock.armed, 0);
  await assert.rejects(clock.sleep(1, stop.signal), /enough/);
});

test("settle follows a chain of soon to its end without time passing", async () => {
  const clock = new VirtualClock(0);
  let hops = 0;
  const hop = (): void => {
    if (++hops < 50) clock.soon(hop);
  };
  clock.soon(hop);
  await clock.settle();
  assert.equal(hops, 50);
  assert.equal(clock.now(), 0);
});

test("what a timer throws comes out of advance", async () => {
  const clock = new VirtualClock();
  clock.after(5, () => {
    throw new Error("in a timer");
  });
  await assert.rejects(clock.advance(10), /in a timer/);
});

test("until passes just the time a promise needs, and says so when none will do", async () => {
  const clock = new VirtualClock(0);
  assert.equal(await clock.until(clock.sleep(6000).then(() => "done")), "done");
  assert.equal(clock.now(), 6000);
  await assert.rejects(clock.until(new Promise(() => {})), /no timer is armed/);
  await assert.rejects(clock.until(clock.sleep(5000), 1000), /after 1000 ms/);
});

test("the system clock never calls synchronously nor early, in order, and forgets what was cancelled", async () => {
  const clock = systemClock();
  const seen: string[] = [];
  const begin = performance.now();
  await new Promise<void>((resolve) => {
    clock.after(12, () => {
      assert.ok(performance.now() - begin >= 12);
      seen.push("12");
      clock.after(0, () => {
        seen.push("inner");
        resolve();
      });
    });
    clock.after(3, () => seen.push("3"));
    clock.after(0, () => seen.push("0"));
    clock.after(5, () => seen.push("never"))();
    assert.deepEqual(seen, []);
  });
  assert.deepEqual(seen, ["0", "3", "12", "inner"]);
  assert.ok(Math.abs(clock.now() - Date.now()) < 50);
});

test("a throwing timer of the system clock is reported and the others fire", async () => {
  const faults: unknown[] = [];
  const clock = systemClock((fault) => faults.push(fault));
  clock.after(1, () => {
    throw new Error("bug");
  });
  await clock.sleep(2);
  assert.match(String(faults[0]), /bug/);
});
