import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TimerWheel } from "../src/timer-wheel.ts";

const fail = (error: unknown): void => {
  throw error;
};

test("timers fire in order of tick, then of arming, whatever steps the wheel is turned in", () => {
  const tick = fc.oneof(
    fc.nat(200),
    fc.nat(70_000),
    fc.nat(20_000_000),
    fc.maxSafeNat().map((n) => n % 2 ** 41),
  );
  fc.assert(
    fc.property(
      fc.array(fc.record({ tick, cancel: fc.boolean() }), { maxLength: 60 }),
      fc.array(tick, { maxLength: 20 }),
      (timers, stops) => {
        const wheel = new TimerWheel();
        const fired: { tick: number; index: number; at: number }[] = [];
        const armed = timers.map((timer, index) =>
          wheel.arm(timer.tick, () => fired.push({ tick: Math.max(timer.tick, 1), index, at: wheel.now })),
        );
        timers.forEach((timer, index) => {
          if (timer.cancel) assert.equal(wheel.cancel(armed[index]!), true);
        });
        for (const stop of [...stops].sort((a, b) => a - b)) {
          wheel.turn(stop, fail);
          assert.ok(fired.every((f) => f.tick <= stop));
          assert.equal(wheel.size, timers.filter((t) => !t.cancel).length - fired.length);
        }
        wheel.turn(2 ** 42, fail);
        assert.equal(wheel.next(), undefined);
        const expected = timers
          .map((t, index) => ({ tick: Math.max(t.tick, 1), index, cancel: t.cancel }))
          .filter((t) => !t.cancel)
          .sort((a, b) => a.tick - b.tick || a.index - b.index)
          .map(({ tick: t, index }) => ({ tick: t, index, at: t }));
        assert.deepEqual(fired, expected);
      },
    ),
  );
});

test("a timer armed by a firing timer waits for a later tick, and one cancelled by it does not fire", () => {
  const wheel = new TimerWheel();
  const seen: string[] = [];
  wheel.arm(5, () => {
    seen.push("first");
    wheel.cancel(second);
    wheel.arm(5, () => seen.push(`armed inside at ${wheel.now}`));
  });
  const second = wheel.arm(5, () => seen.push("second"));
  wheel.turn(5, fail);
  assert.deepEqual(seen, ["first"]);
  wheel.turn(6, fail);
  assert.deepEqual(seen, ["first", "armed inside at 6"]);
});

test("a limit leaves what is due for the next turn; a throwing timer does not stop the others", () => {
  const wheel = new TimerWheel();
  const seen: number[] = [];
  const faults: unknown[] = [];
  for (let i = 0; i < 5; i++)
    wheel.arm(3, () => {
      if (i === 1) throw new Error("one");
      seen.push(i);
    });
  assert.equal(
    wheel.turn(10, (e) => faults.push(e), 2),
    true,
  );
  assert.deepEqual(seen, [0]);
  assert.equal(wheel.next(), 3);
  assert.equal(
    wheel.turn(10, (e) => faults.push(e), 10),
    false,
  );
  assert.deepEqual(seen, [0, 2, 3, 4]);
  assert.equal(faults.length, 1);
});

test("three hundred thousand timers are armed, half of them cancelled, and the rest fire", () => {
  const wheel = new TimerWheel();
  let fired = 0;
  const armed = Array.from({ length: 300_000 }, (_, i) => wheel.arm(1 + ((i * 7919) % 3_600_000), () => fired++));
  for (let i = 0; i < armed.length; i += 2) wheel.cancel(armed[i]!);
  wheel.turn(3_600_000, fail);
  assert.equal(fired, 150_000);
});
