// A core on real sockets, recorded; and its recording run again.
import assert from "node:assert/strict";

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { end, Terminal } from "./terminal.ts";

const terminal = new Terminal();
after(() => terminal[Symbol.asyncDispose]());

before(async () => {
  terminal.prepare(5);
  const core = await terminal.stays(/Ctrl-C stops it/, "up", "--record", "evening.rec");
  assert.match(core.said(), /recording into evening\.rec, sealed with the master key of the state/);
  const gnb = await terminal.stays(/on the air/, "gnb", "-c", "gnb.yaml");
  const first = terminal.run("ue", "-c", "ue.yaml", "-n", "5", "--once", "--ping", "1.1.1.1");
  assert.equal(first.status, 0, first.out);
  await end(gnb.child);
  await end(core.child);
  // A second core on the same state: what it reads of its store at the start is in its recording. It is killed with phones registered.
  const second = await terminal.stays(/Ctrl-C stops it/, "up", "--record", "killed.rec");
  const cell = await terminal.stays(/on the air/, "gnb", "-c", "gnb.yaml");
  const phones = await terminal.stays(/3 of 3 phones are registered/, "ue", "-c", "ue.yaml", "-n", "3");
  await end(second.child, "SIGKILL");
  await end(phones.child, "SIGKILL");
  await end(cell.child);
});

test("a recorded core run again says same, for a run that ended and for one that was killed", () => {
  for (const file of ["evening.rec", "killed.rec"]) {
    const { status, out } = terminal.run("replay", file);
    assert.equal(status, 0, out);
    assert.match(out, /^✓ same: \d+ messages, \d+ inputs over [\d.]+ s\n/);
  }
  const json = JSON.parse(/^\{.*$/m.exec(terminal.run("replay", "evening.rec", "--json").out)![0]);
  assert.equal(json.same, true);
  // Setup, five registrations with sessions and releases: NGAP, PFCP and the NAS messages in clear.
  assert.ok(json.messages > 80 && json.inputs > 100, JSON.stringify(json));
});

test("under another configuration the first message that differs is shown as a tree, and the phone by an alias", () => {
  const changed = terminal.read("freehold.yaml").replace(/t3512Seconds: \d+/, "t3512Seconds: 720");
  const { status, out } = terminal.run("replay", "evening.rec", "--with", terminal.write("changed.yaml", changed));
  assert.equal(status, 1);
  assert.match(out, /^✗ differs at [\d:.]+, after \d+ messages: NAS of phone \d, Registration accept\n/);
  assert.match(out, /^ {4}- {3}t3512: 3600 s\n {4}\+ {3}t3512: 720 s$/m);
  assert.equal(out.includes("00101000000000"), false, "no SUPI in it");
});

test("a recording shows nothing without the master key, and says when it was changed", () => {
  const path = join(terminal.folder, "evening.rec");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const octets = readFileSync(path);
  for (const secret of ["imsi-00101", "freehold-amf", "internet"]) assert.equal(octets.includes(secret), false, secret);
  octets[octets.length >> 1]! ^= 1;
  writeFileSync(join(terminal.folder, "changed.rec"), octets);
  const changed = terminal.run("replay", "changed.rec");
  assert.deepEqual(
    [changed.status, /^freehold: changed\.rec: chunk \d+ at octet \d+ was changed\n$/.test(changed.out)],
    [2, true],
    changed.out,
  );
  const other = new Terminal();
  other.prepare(1);
  const foreign = other.run("replay", path);
  assert.equal(foreign.status, 2);
  assert.match(foreign.out, /sealed with another master key: name by -c the configuration whose state it was made beside\n$/);
  return other[Symbol.asyncDispose]();
});

test("what is no recording, and a file that is there already, are told in one line", () => {
  assert.deepEqual(terminal.run("replay", "freehold.yaml"), {
    status: 2,
    out: "freehold: freehold.yaml: not a recording of this version\n",
  });
  assert.deepEqual(terminal.run("replay", "none.rec"), { status: 2, out: "freehold: none.rec: there is no such file; check the path\n" });
  const again = terminal.run("up", "--record", "evening.rec");
  assert.equal(again.status, 2);
  assert.match(again.out, /freehold: .*evening\.rec: it is there already: name another, or remove it\n$/);
});
