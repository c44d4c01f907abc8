import assert from "node:assert/strict";
import { test } from "node:test";
import { aliases, line } from "../src/index.ts";
import { Recorder, registration, supi } from "./registration.ts";

test("a line has the time to the microsecond, the direction, the message, the status of an answer and the note", () => {
  const entries = registration();
  assert.equal(line(entries[0]!), "09:30:00.123456  gNB → AMF  InitialUEMessage");
  const failed = entries.find((e) => e.note === "no slice is subscribed")!;
  assert.match(line(failed), /^09:30:00\.\d{6} {2}UDM → AMF {2}Nudm_SDM_Get 404 {2}· no slice is subscribed$/);
});

test("a line never has the identity of a phone, only the alias that was asked for", () => {
  const [first] = registration();
  assert.equal(line(first!).includes(supi), false);
  assert.equal(line(first!, aliases()), "09:30:00.123456  gNB → AMF  InitialUEMessage  · phone 1");
});

test("aliases number phones in order of appearance", () => {
  const alias = aliases();
  assert.deepEqual(["x", "y", "x"].map(alias), ["phone 1", "phone 2", "phone 1"]);
});

test("fractions of a millisecond carry into the next second rightly", () => {
  const tape = new Recorder();
  tape.at = Date.UTC(2026, 0, 1, 23, 59, 59, 999) + 0.9375;
  tape.n1("UE", "AMF", "Registration request");
  assert.match(line(tape.entries[0]!), /^23:59:59\.999937/);
});
