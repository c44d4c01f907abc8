import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, Inbox, Scope, Superseded, TimerExpired, VirtualClock } from "../src/index.ts";

const T3560 = { name: "T3560", ms: 6000, tries: 5 };
interface Message {
  readonly is: string;
  readonly n?: number;
}
const expect = (m: Message): number | undefined => (m.is === "response" ? (m.n ?? 0) : undefined);

function bench() {
  const clock = new VirtualClock(0);
  return { clock, scope: new Scope(clock, "authentication"), inbox: new Inbox<Message>(), sent: [] as number[] };
}

test("ask resolves with the first expected message and leaves nothing behind", async () => {
  const { clock, scope, inbox, sent } = bench();
  const answer = ask({ send: (n) => void sent.push(n), timer: T3560, expect, inbox, scope });
  await clock.settle();
  assert.equal(inbox.deliver({ is: "other" }), false);
  assert.equal(inbox.deliver({ is: "response", n: 7 }), true);
  assert.equal(inbox.deliver({ is: "response", n: 8 }), false);
  assert.equal(await answer, 7);
  assert.deepEqual(sent, [1]);
  assert.equal(clock.armed, 0);
  assert.equal(inbox.size, 0);
});

test("ask sends again on each expiry and gives up on the last, naming the timer", async () => {
  const { clock, scope, inbox } = bench();
  const at: number[] = [];
  const answer = ask({ send: () => void at.push(clock.now()), timer: T3560, expect, inbox, scope });
  await assert.rejects(clock.until(answer), (e) => e instanceof TimerExpired && e.timer === "T3560");
  assert.deepEqual(at, [0, 6000, 12_000, 18_000, 24_000]);
  assert.equal(clock.now(), 30_000);
  assert.equal(inbox.size, 0);
});

test("an answer that comes while sending counts, and one after a retransmission too", async () => {
  const { clock, scope, inbox } = bench();
  assert.equal(await ask({ send: () => void inbox.deliver({ is: "response", n: 1 }), timer: T3560, expect, inbox, scope }), 1);
  const late = ask({ send: (n) => void (n === 3 && inbox.deliver({ is: "response", n })), timer: T3560, expect, inbox, scope });
  assert.equal(await clock.until(late), 3);
  assert.equal(clock.now(), 12_000);
  assert.equal(clock.armed, 0);
});

test("ask ends with its scope, with the reason", async () => {
  const { clock, scope, inbox } = bench();
  const answer = ask({ send: () => {}, timer: T3560, expect, inbox, scope });
  await Promise.all([assert.rejects(answer, Superseded), scope.close(new Superseded("Registration request"))]);
  assert.equal(clock.armed, 0);
  assert.equal(inbox.size, 0);
});

test("what send or expect throws rejects the ask; the message that made expect throw is taken", async () => {
  const { scope, inbox, clock } = bench();
  const unsent = ask({ send: () => Promise.reject(new Error("not sent")), timer: T3560, expect, inbox, scope });
  await assert.rejects(unsent, /not sent/);
  const refused = ask({
    send: () => {},
    timer: T3560,
    inbox,
    scope,
    expect: (): number => {
      throw new Error("cause 20");
    },
  });
  assert.equal(inbox.deliver({ is: "failure" }), true);
  await assert.rejects(refused, /cause 20/);
  assert.equal(clock.armed, 0);
});

test("a message goes to the expectation made first, and an expectation may have its own time", async () => {
  const { clock, scope, inbox } = bench();
  const first = inbox.expect(expect, { scope });
  const second = inbox.expect(expect, { scope, timer: { name: "T3550", ms: 100 } });
  inbox.deliver({ is: "response", n: 1 });
  assert.equal(await first, 1);
  await assert.rejects(clock.until(second), /T3550 expired/);
});
