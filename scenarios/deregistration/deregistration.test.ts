import assert from "node:assert/strict";
import { encode, type NasMessage } from "@freehold/nas";
import { Nudm_UECM_Callback } from "@freehold/sbi";
import { alice, amfOf, scenario } from "../src/by-hand.ts";
import type { FiveGC } from "../src/index.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

const request = (phone: ScriptedPhone, switchOff = false): NasMessage => ({
  is: "Deregistration request (UE originating)",
  deregistrationType: { switchOff, reRegistrationRequired: false, accessType: "3GPP access" },
  ngKsi: phone.ngKsi,
  mobileIdentity: { is: "5G-GUTI", guti: phone.guti! },
});

const operations = (system: FiveGC): string[] => system.tape.entries().map(({ message }) => message);

/** The UE is known to nobody any more but for its security context: TS 23.502 §4.2.2.3. */
async function gone(system: FiveGC): Promise<void> {
  await system.clock.advance(200);
  assert.deepEqual(
    amfOf(system).ues.map(({ rm, cm, sessions }) => [rm, cm, sessions]),
    [["DEREGISTERED", "IDLE", []]],
  );
  assert.equal(amfOf(system).connections, 0);
  assert.ok(operations(system).includes("Npcf_AMPolicyControl_Delete"));
  assert.ok(operations(system).includes("Nudm_SDM_Unsubscribe"));
  assert.deepEqual(await purged(system), true);
}

/** What the UDR keeps of who serves the UE: purged (TS 29.503 §5.3.2.4). */
async function purged(system: FiveGC): Promise<boolean> {
  const rows = await system.store.all("context-ue");
  return rows.every(({ value }) => JSON.stringify(value).includes('"purgeFlag":true')) && rows.length > 0;
}

scenario(
  "INTEROP 26: a deregistration is accepted, the connection released, and nothing is left at the PCF or the UDM",
  async (phone, system) => {
    await phone.register();
    phone.say(request(phone), 2);
    await phone.next("Deregistration accept (UE originating)");
    await gone(system);
    assert.ok(phone.released);
  },
);

scenario("INTEROP 26: switch-off is not answered, and ends as much", async (phone, system) => {
  await phone.register();
  phone.say(request(phone, true), 2);
  await gone(system);
  assert.ok(phone.released);
  assert.equal(phone.names().includes("Deregistration accept (UE originating)"), false);
});

scenario("an idle phone deregisters with a protected initial message", async (phone, system, gnb) => {
  await phone.register();
  gnb.send({
    is: "UEContextReleaseRequest",
    ies: { amfUeNgapId: phone.amfUeNgapId!, ranUeNgapId: 1, cause: { choice: "radioNetwork", value: "user-inactivity" } },
  });
  await gnb.next("UEContextReleaseCommand");
  await system.clock.settle();
  const later = phone.again(2);
  later.say(request(later), 1);
  await later.next("Deregistration accept (UE originating)");
  await gone(system);
});

for (const switchOff of [false, true]) {
  scenario(
    `a deregistration${switchOff ? " for switch-off" : ""} by somebody who only knows the phone's 5G-GUTI, in clear or with a wrong MAC, does not touch it (FIELD C2 27)`,
    async (phone, system) => {
      await phone.register();
      const thief = new ScriptedPhone(system, phone.gnb, alice, 2);
      thief.guti = phone.guti;
      thief.say(request(thief, switchOff));
      await system.clock.advance(1_000);
      const second = new ScriptedPhone(system, phone.gnb, alice, 3);
      second.guti = phone.guti;
      second.put(Uint8Array.of(0x7e, 1, 0xde, 0xad, 0xbe, 0xef, 9, ...encode(request(second, switchOff))));
      await system.clock.advance(60_000);
      assert.deepEqual(
        amfOf(system).ues.map(({ rm, cm }) => `${rm} ${cm}`),
        ["REGISTERED CONNECTED"],
      );
      assert.deepEqual([amfOf(system).connections, phone.released], [1, false]);
      phone.say(request(phone), 2);
      await phone.next("Deregistration accept (UE originating)");
      await gone(system);
    },
  );
}

const byOperator = (system: FiveGC): Promise<boolean> => system.core.functions.get("amf")!.amf!.deregister(alice.supi);

scenario("TS 24.501 §5.5.2.3: the operator deregisters a phone, which accepts", async (phone, system) => {
  await phone.register();
  const done = byOperator(system);
  const { message, header } = await phone.next("Deregistration request (UE terminated)");
  assert.deepEqual([message.deregistrationType.reRegistrationRequired, header], [false, 2]);
  phone.say({ is: "Deregistration accept (UE terminated)" }, 2);
  assert.equal(await system.until(done), true);
  await gone(system);
  assert.equal(await system.until(byOperator(system)), false);
});

scenario("INTEROP 26: T3522 expires five times: deregistered here all the same", async (phone, system) => {
  await phone.register();
  assert.equal(await system.until(byOperator(system)), true);
  assert.equal(phone.names().filter((is) => is === "Deregistration request (UE terminated)").length, 5);
  await gone(system);
  assert.ok(phone.released);
});

scenario("the operator deregisters an idle phone: here alone, without paging", async (phone, system, gnb) => {
  await phone.register();
  gnb.send({
    is: "NGReset",
    ies: { cause: { choice: "misc", value: "unspecified" }, resetType: { choice: "nG-Interface", value: "reset-all" } },
  });
  await gnb.next("NGResetAcknowledge");
  assert.equal(await system.until(byOperator(system)), true);
  await gone(system);
});

scenario(
  "TS 24.501 §5.5.2.3.5: the gNB is lost while the network deregisters: deregistered here all the same",
  async (phone, system, gnb) => {
    await phone.register();
    const done = byOperator(system);
    await phone.next("Deregistration request (UE terminated)");
    gnb.send({
      is: "NGReset",
      ies: { cause: { choice: "misc", value: "unspecified" }, resetType: { choice: "nG-Interface", value: "reset-all" } },
    });
    assert.equal(await system.until(done), true);
    await gone(system);
  },
);

for (const switchOff of [false, true]) {
  scenario(
    `TS 24.501 §5.5.2.3.5: the phone deregisters${switchOff ? " for switch-off" : ""} while the network deregisters it: both come to their end`,
    async (phone, system) => {
      await phone.register();
      const done = byOperator(system);
      await phone.next("Deregistration request (UE terminated)");
      phone.say(request(phone, switchOff), 2);
      assert.equal(await system.until(done), true);
      await gone(system);
      assert.equal(phone.names().includes("Deregistration accept (UE originating)"), !switchOff);
    },
  );
}

scenario("INTEROP 26: the UDM ends a registration whose subscription is withdrawn: #7, and nothing is left", async (phone, system) => {
  await phone.register();
  const { amf } = system.core.functions.get("amf")!.amf!;
  const told = amf.world.sbi
    .consume(Nudm_UECM_Callback, amf.callbacks.deregistration(alice.supi))
    .deregistrationNotification({ body: { deregReason: "SUBSCRIPTION_WITHDRAWN", accessType: "3GPP_ACCESS" } });
  assert.equal((await system.until(told)).ok, true);
  const { message } = await phone.next("Deregistration request (UE terminated)");
  assert.equal(message.cause, 7);
  phone.say({ is: "Deregistration accept (UE terminated)" }, 2);
  await gone(system);
});

scenario("the UDM's word about a UE that nobody knows is taken and changes nothing", async (phone, system) => {
  await phone.register();
  const { amf } = system.core.functions.get("amf")!.amf!;
  const told = amf.world.sbi
    .consume(Nudm_UECM_Callback, amf.callbacks.deregistration("imsi-001019999999999"))
    .deregistrationNotification({ body: { deregReason: "SUBSCRIPTION_WITHDRAWN", accessType: "3GPP_ACCESS" } });
  assert.equal((await system.until(told)).ok, true);
  assert.equal(amfOf(system).ues[0]?.rm, "REGISTERED");
});
