import assert from "node:assert/strict";
import { test } from "node:test";
import { Lane, LaneFull, Superseded, VirtualClock } from "../src/index.ts";

test("procedures of a lane run one at a time in the order they came", async () => {
  const clock = new VirtualClock();
  const lane = new Lane(clock, "mobility");
  const order: string[] = [];
  const procedure = (name: string) =>
    lane.run(name, async (scope) => {
      assert.equal(lane.current?.name, name);
      order.push(`${name} begins`);
      await scope.sleep(10);
      order.push(`${name} ends`);
      return name;
    });
  const all = Promise.all([procedure("a"), procedure("b"), procedure("c")]);
  assert.equal(lane.queued, 2);
  assert.deepEqual(await clock.until(all), ["a", "b", "c"]);
  assert.deepEqual(order, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  assert.equal(lane.current, undefined);
});

test("a procedure that rejects is undone before the next begins", async () => {
  const clock = new VirtualClock();
  const lane = new Lane(clock, "mobility");
  const order: string[] = [];
  const first = lane.run("first", async (scope) => {
    scope.undo(async () => {
      await clock.sleep(5);
      order.push("undone");
    });
    throw new Error("cause 111");
  });
  const second = lane.run("second", async () => void order.push("second"));
  first.catch(() => {});
  await clock.until(second);
  await assert.rejects(first, /cause 111/);
  assert.deepEqual(order, ["undone", "second"]);
});

test("a superseding procedure ends the running one, waits for its undo, and goes before those that wait", async () => {
  const clock = new VirtualClock();
  const lane = new Lane(clock, "mobility");
  const order: string[] = [];
  const registration = lane.run("Registration", async (scope) => {
    scope.undo(async () => {
      await clock.sleep(5);
      order.push("undone");
    });
    scope.defer(() => void order.push("deferred"));
    await scope.sleep(1000);
  });
  registration.catch(() => {});
  const waiting = lane.run("Service", async () => void order.push("service"));
  const older = lane.supersede("Deregistration request", "Deregistration", async () => void order.push("never"));
  older.catch(() => {});
  const newer = lane.supersede("Registration request", "Registration", async () => void order.push("newer"));
  await clock.until(Promise.all([newer, waiting]));
  await assert.rejects(registration, (e) => e instanceof Superseded && e.by === "Deregistration request");
  await assert.rejects(older, (e) => e instanceof Superseded && e.by === "Registration request");
  assert.deepEqual(order, ["deferred", "undone", "newer", "service"]);
});

test("a superseded procedure that goes on to its end is undone after it, and counts as superseded", async () => {
  const clock = new VirtualClock();
  const lane = new Lane(clock, "mobility");
  const order: string[] = [];
  const first = lane.run("first", async (scope) => {
    scope.undo(() => void order.push("undone"));
    await clock.sleep(20); // not through the scope
    order.push("went on");
  });
  first.catch(() => {});
  await clock.until(lane.supersede("newer", "second", async () => void order.push("second")));
  await assert.rejects(first, Superseded);
  assert.deepEqual(order, ["went on", "undone", "second"]);
});

test("a full lane refuses, a closed one refuses with the reason, and closing ends what runs", async () => {
  const clock = new VirtualClock();
  const lane = new Lane(clock, "session 1", { limit: 1 });
  const running = lane.run("a", (scope) => scope.sleep(10));
  const waiting = lane.run("b", async () => {});
  await assert.rejects(
    lane.run("c", async () => {}),
    LaneFull,
  );
  const gone = new Error("UE is gone");
  const closed = lane.close(gone);
  await assert.rejects(running, gone);
  await assert.rejects(waiting, gone);
  await closed;
  await assert.rejects(
    lane.run("d", async () => {}),
    gone,
  );
});

test("an undo that fails is told together with what failed the procedure", async () => {
  const lane = new Lane(new VirtualClock(), "mobility");
  const failed = lane.run("a", async (scope) => {
    scope.undo(() => Promise.reject(new Error("undo")));
    throw new Error("procedure");
  });
  await assert.rejects(
    failed,
    (e) => e instanceof SuppressedError && /procedure/.test(String(e.suppressed)) && /undo/.test(String(e.error)),
  );
  assert.equal(await lane.run("b", async () => 1), 1);
});

test("superseding in an idle lane runs at once and is not itself superseded", async () => {
  const clock = new VirtualClock();
  const lane = new Lane(clock, "mobility");
  const done = lane.supersede("nothing runs", "deregistration", async (scope) => {
    await scope.sleep(10);
    return "done";
  });
  assert.equal(lane.current?.name, "deregistration");
  assert.equal(await clock.until(done), "done");
});
