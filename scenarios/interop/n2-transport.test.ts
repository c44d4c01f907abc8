/** NGAP on SCTP (TS 38.412 §7). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "@freehold/system";
import { alice, amfOf } from "../src/by-hand.ts";
import { FiveGC, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

test("INTEROP 1: the port is 38412 unless configured, and every message leaves with PPID 60", async () => {
  assert.equal(readConfig("", "nothing").n2.port, 38_412);
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system);
  await new ScriptedPhone(system, gnb, alice).register();
  gnb.raw(Uint8Array.of(0));
  gnb.send({ is: "RANConfigurationUpdate", ies: {} });
  await system.clock.advance(60_000);
  assert.deepEqual([...new Set(gnb.carriage.map(({ ppid }) => ppid))], [60]);
  assert.ok(gnb.carriage.length >= 7);
});

for (const streams of [1, 2, 3, 16]) {
  test(`INTEROP 1: a gNB with ${streams} stream${streams === 1 ? "" : "s"} is served: each phone stays on one, stream 0 is kept for the rest where there are more`, async () => {
    const people = Array.from({ length: 5 }, (_, i) => subscriber(i + 1));
    await using system = await FiveGC.start({ subscribers: people });
    const gnb = await OddGnb.connect(system, { streams });
    assert.equal(gnb.association.outbound, streams);
    // All uplink on stream 0, as some gNBs do.
    for (const [i, one] of people.entries()) await new ScriptedPhone(system, gnb, one, i + 1).register();
    gnb.send({ is: "RANConfigurationUpdate", ies: {} });
    await gnb.next("RANConfigurationUpdateAcknowledge");
    const used = new Map<number | undefined, Set<number>>();
    for (const [i, { ies }] of gnb.heard.entries()) {
      const { ranUeNgapId } = ies as { ranUeNgapId?: number };
      used.set(ranUeNgapId, (used.get(ranUeNgapId) ?? new Set()).add(gnb.carriage[i]!.stream));
    }
    assert.deepEqual([...used.get(undefined)!], [0]);
    const ofPhones = people.map((_, i) => [...used.get(i + 1)!]);
    assert.ok(ofPhones.every((one) => one.length === 1));
    assert.deepEqual(
      new Set(ofPhones.flat()),
      new Set(streams === 1 ? [0] : Array.from({ length: Math.min(streams - 1, people.length) }, (_, i) => i + 1)),
    );
    assert.equal(amfOf(system).connections, people.length);
  });
}

test("INTEROP 1: what is said about a phone that nobody knows leaves on the stream on which it came", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system);
  gnb.send(gnb.uplinkNas(99, 7, Uint8Array.of(0x7e, 0, 0x43)), 3);
  await gnb.next("ErrorIndication");
  assert.equal(gnb.carriage.at(-1)?.stream, 3);
});
