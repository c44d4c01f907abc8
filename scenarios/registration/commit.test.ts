import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "@freehold/nas";
import { memoryStore } from "@freehold/store";
import { alice, amfOf, faults } from "../src/by-hand.ts";
import { FiveGC, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

/** N1 and N2 messages of the AMF on the tape from `from` on. */
const emitted = (system: FiveGC, from: number): string[] =>
  system.tape
    .entries()
    .slice(from)
    .filter(({ from: who, interface: where }) => who === "AMF" && (where === "N1" || where === "N2"))
    .map(({ message }) => message);

for (const carrier of ["local", "contrary"] as const) {
  test(`INTEROP 10: while the store does not answer no vector, no KgNB and no 5G-GUTI leaves; then the registration goes on, over the ${carrier} carrier`, async () => {
    const store = memoryStore();
    await using system = await FiveGC.start({ carrier, store });
    const gnb = await OddGnb.connect(system);
    const phone = new ScriptedPhone(system, gnb, alice);

    // SQN before the vector.
    let from = system.tape.length;
    const first = store.hold();
    phone.say(phone.registrationRequest());
    await system.clock.advance(900);
    assert.deepEqual(emitted(system, from), []);
    first.release();
    const { message } = await phone.next("Authentication request");
    phone.say({ is: "Authentication response", resStar: phone.challenged(message).resStar });
    phone.takeSecurity(await phone.next("Security mode command"));

    // The context before KgNB and the 5G-GUTI: what others had committed meanwhile goes through first.
    const held = store.hold();
    from = system.tape.length;
    const commits = store.commits;
    phone.say({ is: "Security mode complete", nasMessageContainer: encode(phone.registrationRequest()) }, 4);
    await system.clock.advance(900);
    assert.deepEqual([emitted(system, from), store.commits], [[], commits]);
    held.release();
    await phone.accepted();

    phone.say({ is: "Registration complete" }, 2);
    await system.clock.settle();
    assert.deepEqual(faults(system), []);
  });
}

test("the AMF's own commit alone is held: neither INITIAL CONTEXT SETUP REQUEST nor REGISTRATION ACCEPT leaves before it", async () => {
  const store = memoryStore();
  await using system = await FiveGC.start({ store });
  const gnb = await OddGnb.connect(system);
  const phone = new ScriptedPhone(system, gnb, alice);
  await phone.toSecurityMode();
  let held: { release(): void } | undefined;
  const stop = system.tape.subscribe(({ message }) => {
    if (message === "Npcf_AMPolicyControl_Create") held ??= store.hold(); // the last call before the commit
  });
  phone.say({ is: "Security mode complete" }, 4);
  await system.clock.advance(5_000);
  stop();
  assert.deepEqual(
    phone.names().filter((is) => is === "Registration accept"),
    [],
  );
  assert.deepEqual(
    gnb.names().filter((is) => is === "InitialContextSetupRequest"),
    [],
  );
  assert.deepEqual(amfOf(system).ues, []);
  held!.release();
  await phone.accepted();
});

for (const carrier of ["local", "contrary"] as const) {
  test(`after a power loss the phone registers with its 5G-GUTI and no authentication; downlink COUNT goes on at or beyond what was used, over the ${carrier} carrier`, async () => {
    const store = memoryStore();
    let last = 0;
    let before: ScriptedPhone;
    {
      await using system = await FiveGC.start({ carrier, store });
      before = new ScriptedPhone(system, await OddGnb.connect(system), alice);
      await before.register();
      await system.clock.advance(1_000);
      last = before.heard.at(-1)!.bytes[6]!;
      assert.ok(last > 0);
    }
    await using system = await FiveGC.start({ carrier, store: store.survivor(), seed: 2, subscribers: [] });
    assert.deepEqual(
      amfOf(system).ues.map(({ rm, cm }) => `${rm} ${cm}`),
      ["REGISTERED IDLE"],
    );
    const gnb = await OddGnb.connect(system);
    const after = new ScriptedPhone(system, gnb, alice, 7);
    Object.assign(after, { security: before.security, kamf: before.kamf, ngKsi: before.ngKsi, guti: before.guti });
    after.say(after.registrationRequest(), 1);
    await after.accepted();
    after.say({ is: "Registration complete" }, 2);
    await system.clock.advance(5_000);
    assert.equal(after.names().includes("Authentication request"), false);
    assert.ok(after.heard[0]!.bytes[6]! > last, "downlink COUNT");
    assert.deepEqual(
      amfOf(system).ues.map(({ rm, cm }) => `${rm} ${cm}`),
      ["REGISTERED CONNECTED"],
    );
    assert.equal(after.names().includes("Deregistration request (UE terminated)"), false);
    assert.ok(after.amfUeNgapId !== before.amfUeNgapId, "an AMF UE NGAP ID of before is not given again");
    assert.deepEqual(faults(system), []);
  });
}

test("a power loss at every commit of a registration leaves a core in which the phone registers", async () => {
  const store = memoryStore();
  const moments: ReturnType<typeof store.survivor>[] = [];
  {
    await using system = await FiveGC.start({ store });
    let commits = store.commits;
    system.tape.subscribe(() => {
      if (store.commits > commits) moments.push(store.survivor());
      commits = store.commits;
    });
    const phone = new ScriptedPhone(system, await OddGnb.connect(system), alice);
    await phone.register();
  }
  assert.equal(moments.length, 2, "SQN; the context with what the UDM was told before");
  for (const [i, moment] of moments.entries()) {
    const [registered] = await moment.all<{ sdmSubscription?: string }>("amf.ue");
    const [told] = await moment.all<{ amf3gppAccess?: object; sdmSubscriptions?: object }>("context-ue");
    if (registered !== undefined) {
      assert.ok(told?.value.amf3gppAccess, "the AMF has a phone that the UDM does not know it has");
      const [subscription = ""] = Object.keys(told.value.sdmSubscriptions ?? {});
      assert.ok(registered.value.sdmSubscription?.endsWith(`/${subscription}`), "the AMF has a subscription that the UDM has not");
    }
    await using system = await FiveGC.start({ store: moment, seed: 100 + i, subscribers: [] });
    await new ScriptedPhone(system, await OddGnb.connect(system), subscriber(1)).register();
    assert.deepEqual([amfOf(system).ues.map(({ rm }) => rm), faults(system)], [["REGISTERED"], []]);
  }
});

test("a registration with a PDU session writes seven rows in five commits: what the UDM is told goes with the commit that relies on it", async () => {
  const store = memoryStore();
  await using system = await FiveGC.start({ store });
  await system.gnb();
  const ue = await system.ue(subscriber(1), { sessions: [{}] });
  const [rows, commits] = [store.rowWrites, store.commits];
  await system.until(ue.bringUp());
  await system.clock.advance(500);
  assert.deepEqual([store.rowWrites - rows, store.commits - commits], [7, 5]);
  const left = store.survivor();
  for (const table of ["amf.ue", "smf.session", "context-ue", "context-smf-registration"])
    assert.equal((await left.all(table)).length, 1, `${table} after a power loss`);
  const [session] = await left.all<{ state: string }>("smf.session");
  assert.equal(session?.value.state, "ACTIVE");
  assert.deepEqual(faults(system), []);
});
