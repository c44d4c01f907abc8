import assert from "node:assert/strict";
import { test } from "node:test";
import type { AmfState } from "@freehold/amf";
import { FiveGC, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

const amf = (system: FiveGC): AmfState => system.core.state()["amf"] as AmfState;
const people = [subscriber(1), subscriber(2), subscriber(3)];
const cause = { choice: "misc", value: "om-intervention" } as const;

/** Two phones at one gNB and one at another, all registered. */
async function three(system: FiveGC) {
  const here = await OddGnb.connect(system, { gnbId: 1 });
  const there = await OddGnb.connect(system, { gnbId: 2, host: "127.1.9.10" });
  const phones = [
    new ScriptedPhone(system, here, people[0]!, 1),
    new ScriptedPhone(system, here, people[1]!, 2),
    new ScriptedPhone(system, there, people[2]!, 1),
  ] as const;
  for (const phone of phones) await phone.register();
  return { here, there, phones };
}

test("INTEROP 5: NG Reset of the whole interface frees every UE of that gNB, and of no other", async () => {
  await using system = await FiveGC.start({ subscribers: people });
  const { here } = await three(system);
  here.send({ is: "NGReset", ies: { cause, resetType: { choice: "nG-Interface", value: "reset-all" } } });
  const { ies } = await here.next("NGResetAcknowledge");
  assert.equal(ies.ueAssociatedLogicalNGConnectionList, undefined);
  assert.deepEqual([amf(system).connections, ...amf(system).gnbs.map(({ ues }) => ues)], [1, 0, 1]);
  assert.deepEqual(
    amf(system)
      .ues.map(({ rm, cm }) => `${rm} ${cm}`)
      .sort(),
    ["REGISTERED CONNECTED", "REGISTERED IDLE", "REGISTERED IDLE"],
  );
});

test("INTEROP 5: NG Reset of a part frees what it names, is acknowledged with the same list, and foreign IDs in it change nothing", async () => {
  await using system = await FiveGC.start({ subscribers: people });
  const { here, phones } = await three(system);
  const list = [
    { aMFUENGAPID: phones[0].amfUeNgapId! },
    { aMFUENGAPID: phones[2].amfUeNgapId!, rANUENGAPID: 1 }, // another gNB's
    { rANUENGAPID: 4_294_967_295 },
    { aMFUENGAPID: 2 ** 40 - 1 },
    {},
  ];
  here.send({ is: "NGReset", ies: { cause, resetType: { choice: "partOfNG-Interface", value: list } } });
  const { ies } = await here.next("NGResetAcknowledge");
  assert.deepEqual(
    ies.ueAssociatedLogicalNGConnectionList?.map(({ aMFUENGAPID, rANUENGAPID }) => [aMFUENGAPID, rANUENGAPID]),
    list.map(({ aMFUENGAPID, rANUENGAPID }) => [aMFUENGAPID, rANUENGAPID]),
  );
  assert.deepEqual([amf(system).connections, ...amf(system).gnbs.map(({ ues }) => ues)], [2, 1, 1]);
  assert.ok(!phones[1].released && !phones[2].released);
});

test("TS 38.413 §8.7.4: NG Reset in the middle of a registration ends it, and the phone may begin again", async () => {
  await using system = await FiveGC.start({ subscribers: people });
  const gnb = await OddGnb.connect(system);
  const phone = new ScriptedPhone(system, gnb, people[0]!, 1);
  phone.say(phone.registrationRequest());
  await phone.next("Authentication request");
  gnb.send({ is: "NGReset", ies: { cause, resetType: { choice: "nG-Interface", value: "reset-all" } } });
  await gnb.next("NGResetAcknowledge");
  await system.clock.advance(60_000);
  assert.deepEqual([amf(system).connections, amf(system).ues.length], [0, 0]);
  assert.equal(phone.names().filter((is) => is === "Authentication request").length, 1);
  await phone.again(2).register();
});
