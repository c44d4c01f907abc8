import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import type { Log } from "@freehold/runtime";
import { forward, merge, Tape, type TapeEntry } from "../src/index.ts";
import { registration } from "./registration.ts";

const entry = (at: number, octets = 1, ue?: string): TapeEntry => ({
  at,
  interface: "N1",
  from: "UE",
  to: "AMF",
  message: `m${at}`,
  ue,
  bytes: new Uint8Array(octets),
  carriage: { kind: "nas" },
});

const times = (entries: readonly TapeEntry[]): number[] => entries.map((e) => e.at);

test("a tape keeps the newest entries within its count, in order, and says how many it dropped", () => {
  const tape = new Tape({ entries: 3 });
  for (let i = 1; i <= 5000; i++) tape.record(entry(i));
  assert.deepEqual(times(tape.entries()), [4998, 4999, 5000]);
  assert.equal(tape.length, 3);
  assert.equal(tape.dropped, 4997);
});

test("a tape keeps within its octets, and always the newest entry", () => {
  const tape = new Tape({ octets: 3000 });
  for (let i = 1; i <= 10; i++) tape.record(entry(i, 744));
  assert.deepEqual(times(tape.entries()), [8, 9, 10]);
  tape.record(entry(11, 50_000));
  assert.deepEqual(times(tape.entries()), [11]);
  tape.record(entry(12));
  assert.deepEqual(times(tape.entries()), [12]);
  tape.clear();
  assert.equal(tape.length, 0);
  for (let i = 13; i <= 16; i++) tape.record(entry(i, 744));
  assert.deepEqual(times(tape.entries()), [14, 15, 16]);
});

test("a window on a larger buffer is copied, whole octets are kept as they are", () => {
  const tape = new Tape();
  const received = new Uint8Array(2048).fill(7);
  tape.record({ ...entry(1), bytes: received.subarray(10, 14) });
  const whole = new Uint8Array(100);
  tape.record({ ...entry(2), bytes: whole });
  received.fill(0);
  const [first, second] = tape.entries();
  assert.deepEqual(first?.bytes, Uint8Array.of(7, 7, 7, 7));
  assert.equal(first?.bytes.buffer.byteLength, 4);
  assert.equal(second?.bytes, whole);
});

test("the entries of one phone are found by its identities", () => {
  const tape = new Tape();
  for (const e of [entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "a"), entry(4)]) tape.record(e);
  assert.deepEqual(times(tape.of("a")), [1, 3]);
  assert.deepEqual(times(tape.of("a", "b")), [1, 2, 3]);
  assert.deepEqual(times(tape.of()), []);
});

test("a subscriber sees what is recorded from then on, until cancelled; one that fails is taken off and costs the others nothing", () => {
  const lines: string[] = [];
  const tape = new Tape({ log: { error: (line: string) => lines.push(line) } as unknown as Log });
  tape.record(entry(1));
  const seen: number[] = [];
  const view = (e: TapeEntry): void => void seen.push(e.at);
  const cancel = tape.subscribe(view);
  tape.subscribe(() => {
    throw new Error("broken view");
  });
  tape.subscribe(view);
  tape.record(entry(2));
  cancel();
  cancel();
  tape.record(entry(3));
  assert.deepEqual(seen, [2, 2, 3]);
  assert.deepEqual(lines, ["a view of the tape failed and was taken off"]);
  assert.equal(tape.length, 3);
});

test("forwarded entries arrive on another thread's tape as they were, one post per turn, without the buffers around them", async () => {
  const { port1, port2 } = new MessageChannel();
  const tape = new Tape();
  let posts = 0;
  const arrived = new Promise<void>((resolve) => {
    port2.on("message", (entries: readonly TapeEntry[]) => {
      posts++;
      for (const e of entries) tape.record(e);
      if (tape.length === sent.length) resolve();
    });
  });
  const sent = registration();
  const sink = forward((entries) => port1.postMessage(entries));
  const large = new Uint8Array(1_000_000);
  for (const e of sent) {
    large.set(e.bytes);
    sink.record({ ...e, bytes: large.subarray(0, e.bytes.length) });
  }
  await arrived;
  port1.close();
  assert.equal(posts, 1);
  assert.deepEqual(tape.entries(), sent);
  assert.ok(tape.entries().every((e) => e.bytes.buffer.byteLength === e.bytes.length));
});

test("tapes merge by time, and keep their own order within an instant", () => {
  const a = [entry(1), { ...entry(2), message: "a" }, { ...entry(2), message: "b" }, entry(5)];
  const b = [{ ...entry(2), message: "c" }, entry(4)];
  assert.deepEqual(
    merge(a, b).map((e) => e.message),
    ["m1", "a", "b", "c", "m4", "m5"],
  );
});

test("an entry that makes its octets when looked at is not looked at to be kept, and counts as what it says it holds", () => {
  let made = 0;
  const unwritten = (at: number): TapeEntry => ({
    ...entry(at),
    unwritten: 744,
    get bytes() {
      made++;
      return new Uint8Array(2);
    },
  });
  const tape = new Tape({ octets: 3000 });
  for (let i = 1; i <= 10; i++) tape.record(unwritten(i));
  assert.equal(made, 0);
  const kept = tape.entries();
  assert.deepEqual(times(kept), [8, 9, 10]);
  assert.equal(kept[0]?.bytes.length, 2);
  assert.equal(made, 1);
});
