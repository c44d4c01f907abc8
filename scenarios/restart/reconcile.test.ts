import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "@freehold/runtime";
import type { SmfState } from "@freehold/smf";
import { ping } from "@freehold/ue";
import type { UpfState } from "@freehold/upf";
import { Killable } from "../src/kills.ts";

const far = "198.51.100.1";

/** Alice's packets while `names` die and are started again: how many of how many came back, and what N4 said meanwhile. */
async function pingsThrough(all: Killable, names: readonly ("smf" | "amf" | "upf" | "udm")[], packets: number) {
  const { system, alice } = all;
  const { clock, lives } = system;
  const from = system.tape.length;
  const pings = ping(alice.ue.sessions[0]!, { clock, random: seededRandom(3) }, far, packets, { intervalMs: 100, timeoutMs: 200 });
  await clock.advance(1_000);
  lives.kill(names);
  await clock.advance(1_000);
  await system.until(lives.start());
  const { sent, received } = await system.until(pings);
  const n4 = system.tape
    .entries()
    .slice(from)
    .filter((entry) => entry.interface === "N4")
    .map(({ message }) => message);
  return { sent, received, n4 };
}

const upfOf = ({ system }: Killable): UpfState => system.core.state()["upf"] as UpfState;
const smfOf = ({ system }: Killable): SmfState => system.core.state()["smf"] as SmfState;

test("TS 29.244 §6.2.6.2.2: the SMF restarts and its sessions are retained: no packet is lost meanwhile, and the UPF's sessions are the same ones", async () => {
  await using all = await Killable.start();
  const before = upfOf(all).sessions.map(({ seid }) => seid);
  const { sent, received, n4 } = await pingsThrough(all, ["smf"], 60);
  assert.deepEqual([sent, received], [60, 60]);
  assert.deepEqual(
    upfOf(all).sessions.map(({ seid }) => seid),
    before,
  );
  assert.deepEqual(
    n4.filter((is) => is.startsWith("PFCP Session Establishment")),
    [],
  );
  assert.equal(n4.filter((is) => is === "PFCP Session Modification Request").length, before.length, "each is told what it should be");
  // Served on by the new SMF: the phone leaves, and everything of it goes.
  await all.nothingLeaks("after the SMF");
  all.nothingRepeated("after the SMF");
});

test("the AMF restarts: N3 goes on without it until the gNB lets the phones go, and afterwards the same sessions carry packets", async () => {
  await using all = await Killable.start();
  const before = smfOf(all).sessions.map(({ seid, ipv4 }) => `${seid} ${ipv4}`);
  await pingsThrough(all, ["amf"], 40);
  await all.bystandersGoOn("after the AMF");
  assert.deepEqual(
    smfOf(all).sessions.map(({ seid, ipv4 }) => `${seid} ${ipv4}`),
    before,
  );
});

test("TS 23.527 §4.3.2 (unchecked): the UPF restarts: its sessions are made again with the tunnels that the gNB knows, and packets go on without a word to the phone", async () => {
  await using all = await Killable.start();
  const before = smfOf(all).sessions.map(({ uplink, ipv4 }) => ({ uplink, ipv4 }));
  const asked = all.alice.asked.length;
  const { sent, received } = await pingsThrough(all, ["upf"], 60);
  assert.ok(received >= sent - 15 && received < sent, `${received} of ${sent}: a second was lost, and some`);
  assert.deepEqual(
    smfOf(all).sessions.map(({ uplink, ipv4 }) => ({ uplink, ipv4 })),
    before,
  );
  assert.deepEqual(all.alice.asked.slice(asked), []);
  all.reconciled("after the UPF");
});

test("SMF and UPF restart together: the sessions are made again from the SMF's store", async () => {
  await using all = await Killable.start();
  const { sent, received } = await pingsThrough(all, ["smf", "upf"], 60);
  assert.ok(received >= sent - 15, `${received} of ${sent}`);
  all.reconciled("after both");
});

test("TS 29.244 §6.2.2: an SMF that dies while the UPF restores its sessions has those that are missing made again by the next", async () => {
  await using all = await Killable.start();
  const { system } = all;
  const { lives, clock } = system;
  lives.kill(["upf"]);
  await clock.advance(500);
  let responses = 0;
  lives.onMoment = ({ what }) => {
    if (what === "N4 PFCP Session Establishment Response" && ++responses === 1) lives.kill(["smf"]);
  };
  await system.until(lives.start());
  await clock.advance(500);
  lives.onMoment = () => {};
  assert.equal(responses, 1);
  await system.until(lives.start());
  await clock.advance(1_000);
  all.reconciled("after both, one after the other");
  await all.bystandersGoOn("after both, one after the other");
});
