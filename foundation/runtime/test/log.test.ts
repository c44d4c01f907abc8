import assert from "node:assert/strict";
import { test } from "node:test";
import { consoleLog, memoryLog, silentLog } from "../src/index.ts";

const now = (): number => 1_767_225_600_123;

test("a line carries time, level, event and fields, and lines below the level are not written", () => {
  const lines: string[] = [];
  const log = consoleLog((line) => lines.push(line), { now }).child({ ue: "imsi-…0001" });
  log.debug("unseen");
  log.info("UE registers", { slice: { sst: 1 }, ms: 12.5, note: "two words", absent: undefined });
  assert.deepEqual(lines, ['00:00:00.123 info  UE registers ue=imsi-…0001 slice={"sst":1} ms=12.5 note="two words"']);
});

test("foreign text cannot make a line of its own or colour it", () => {
  const lines: string[] = [];
  consoleLog((line) => lines.push(line), { now }).warn("name\nforged", { name: "gnb\x1b[31m\r\nerror  all lost" });
  assert.equal(lines.length, 1);
  assert.ok(!["\n", "\r", "\x1b"].some((c) => lines[0]!.includes(c)));
});

test("octets print as their number, secrets as what they say of themselves, and nothing that is logged throws", () => {
  const lines: string[] = [];
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  const secret = new (class {
    readonly octets = "00112233";
    toString(): string {
      return "‹key›";
    }
  })();
  const wicked = {
    toJSON(): never {
      throw new Error("no");
    },
  };
  const log = consoleLog((line) => lines.push(line), { now, json: true, level: "debug" });
  log.error("all kinds", { key: new Uint8Array(16), secret, circle, wicked, big: 2n ** 64n, error: new TypeError("bad") });
  const line = JSON.parse(lines[0]!) as Record<string, unknown>;
  assert.equal(line["key"], "‹16 octets›");
  assert.equal(line["secret"], "‹key›");
  assert.equal(line["wicked"], "‹unprintable›");
  assert.equal(line["big"], "18446744073709551616");
  assert.equal(line["error"], "bad");
  assert.ok(!lines[0]!.includes("00112233"));
  silentLog.child({}).error("nowhere");
});

test("the memory log keeps its newest lines with their fields", () => {
  const log = memoryLog(2);
  log.info("one");
  log.child({ ue: 1 }).warn("two", { cause: 91 });
  log.error("three");
  assert.deepEqual(log.lines, [
    { level: "warn", event: "two", fields: { ue: 1, cause: 91 } },
    { level: "error", event: "three", fields: {} },
  ]);
});
