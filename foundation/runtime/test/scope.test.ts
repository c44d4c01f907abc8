import assert from "node:assert/strict";
import { test } from "node:test";
import { Scope, ScopeEnded, Superseded, VirtualClock } from "../src/index.ts";

test("closing rejects what waits, aborts the signal, stops timers and runs deferred work last first", async () => {
  const clock = new VirtualClock();
  const scope = new Scope(clock, "registration");
  const order: string[] = [];
  scope.defer(() => void order.push("first pushed"));
  scope.undo(async () => {
    await Promise.resolve();
    order.push("undo");
  });
  scope.defer(() => void order.push("last pushed"));
  scope.after(5, () => order.push("timer"));
  const waits = [scope.sleep(10), scope.guard(new Promise<never>(() => {})), scope.race([new Promise<never>(() => {})])];
  const { signal } = scope;
  const closed = scope.close(new Superseded("Deregistration request"));
  for (const wait of waits) await assert.rejects(wait, Superseded);
  await closed;
  assert.equal(scope.close(), closed);
  assert.ok(signal.aborted && signal.reason instanceof Superseded);
  assert.deepEqual(order, ["last pushed", "undo", "first pushed"]);
  await clock.advance(20);
  assert.equal(order.length, 3);
  assert.equal(clock.armed, 0);
});

test("finish runs what was deferred and forgets what would undo", async () => {
  const scope = new Scope(new VirtualClock());
  const order: string[] = [];
  scope.defer(() => void order.push("defer"));
  scope.undo(() => void order.push("undo"));
  await scope.finish();
  assert.deepEqual(order, ["defer"]);
});

test("a guarded promise gives its own value or rejection while the scope lives, and the reason at once when it has ended", async () => {
  const scope = new Scope(new VirtualClock(), "s");
  assert.equal(await scope.guard(Promise.resolve(7)), 7);
  await assert.rejects(scope.guard(Promise.reject(new Error("own"))), /own/);
  await scope.close();
  await assert.rejects(scope.guard(Promise.reject(new Error("unheard"))), ScopeEnded);
  await assert.rejects(scope.sleep(1), ScopeEnded);
  assert.throws(() => scope.check(), ScopeEnded);
  assert.ok(scope.signal.aborted);
});

test("a child ends with its parent, before the parent's own work is undone", async () => {
  const scope = new Scope(new VirtualClock(), "parent");
  const order: string[] = [];
  scope.defer(() => void order.push("parent"));
  const child = scope.child("child");
  child.defer(() => void order.push("child"));
  const wait = child.sleep(10);
  const closing = scope.close(new Error("why"));
  await assert.rejects(wait, /why/);
  await closing;
  assert.deepEqual(order, ["child", "parent"]);
  assert.throws(() => scope.child("late"), /why/);
});

test("a child that closed alone leaves its parent alone", async () => {
  const scope = new Scope(new VirtualClock());
  await scope.child("child").close();
  assert.equal(scope.ended, false);
});

test("closing waits for what was started; a failure closes the scope with its error", async () => {
  const clock = new VirtualClock();
  const scope = new Scope(clock);
  const order: string[] = [];
  scope.defer(() => void order.push("deferred"));
  scope.start(async (s) => {
    await s.sleep(1000).catch(() => {});
    await clock.sleep(5);
    order.push("task");
  });
  scope.start(() => Promise.reject(new Error("task failed")));
  await assert.rejects(scope.sleep(1), /task failed/);
  await clock.until(scope.close());
  assert.deepEqual(order, ["task", "deferred"]);
});

test("work deferred after the end runs at once and close waits for it", async () => {
  const scope = new Scope(new VirtualClock());
  await scope.close();
  let ran = false;
  scope.undo(async () => {
    await Promise.resolve();
    ran = true;
  });
  await scope.close();
  assert.ok(ran);
});

test("all deferred work runs although some of it throws, and close says what was thrown", async () => {
  const scope = new Scope(new VirtualClock());
  let ran = 0;
  scope.defer(() => void ran++);
  scope.defer(() => {
    throw new Error("one");
  });
  scope.defer(() => Promise.reject(new Error("two")));
  await assert.rejects(scope.close(), (e) => e instanceof AggregateError && e.errors.length === 2);
  assert.equal(ran, 1);
});
