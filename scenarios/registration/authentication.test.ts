import assert from "node:assert/strict";
import { test } from "node:test";
import type { AmfState } from "@freehold/amf";
import { Cause5gmm, Secret } from "@freehold/model";
import { readConfig } from "@freehold/system";
import { FiveGC, type FiveGCOptions, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

const amf = (system: FiveGC): AmfState => system.core.state()["amf"] as AmfState;
const alice = subscriber(1);

/** A core, a gNB and Alice's phone, by hand; every test ends with nothing of ours at fault and no connection left. */
function scenario(
  name: string,
  play: (phone: ScriptedPhone, system: FiveGC, gnb: OddGnb) => Promise<void>,
  options: FiveGCOptions = {},
): void {
  for (const carrier of ["local", "contrary"] as const) {
    test(`${name}, over the ${carrier} carrier`, async () => {
      await using system = await FiveGC.start({ carrier, ...options });
      const gnb = await OddGnb.connect(system);
      const phone = new ScriptedPhone(system, gnb, alice);
      await play(phone, system, gnb);
      assert.deepEqual(
        system.log.lines.filter(({ level }) => level === "error"),
        [],
      );
      assert.deepEqual([amf(system).connections, gnb.ended], [0, undefined]);
    });
  }
}

const wrong = new Uint8Array(16).fill(1);

/** Begins a registration and gives the first challenge. */
async function challenge(phone: ScriptedPhone) {
  phone.say(phone.registrationRequest());
  return (await phone.next("Authentication request")).message;
}

async function rejected(phone: ScriptedPhone, system: FiveGC): Promise<void> {
  const { header } = await phone.next("Authentication reject");
  assert.equal(header, 0);
  await system.clock.advance(100);
  assert.ok(phone.released);
  assert.deepEqual(amf(system).ues, []);
}

scenario(
  "TS 24.501 §5.4.1.3.5: a wrong RES* to a SUCI is answered by AUTHENTICATION REJECT, and the connection is released",
  async (phone, system) => {
    await challenge(phone);
    phone.say({ is: "Authentication response", resStar: wrong });
    await rejected(phone, system);
  },
);

scenario("TS 24.501 §5.4.1.3.5: an AUTHENTICATION RESPONSE without RES* is a wrong one", async (phone, system) => {
  await challenge(phone);
  phone.say({ is: "Authentication response" });
  await rejected(phone, system);
});

scenario(
  "INTEROP 8, 10: a 5G-GUTI that nobody knows is asked for its SUCI before any challenge; a wrong RES* then ends it (TS 24.501 §5.4.3.2)",
  async (phone, system) => {
    phone.guti = { plmn: { mcc: "999", mnc: "99" }, amfRegionId: 9, amfSetId: 9, amfPointer: 9, tmsi: 0x12345678 };
    phone.say(phone.registrationRequest());
    const { message } = await phone.next("Identity request");
    assert.equal(message.identityType, "SUCI");
    phone.say({ is: "Identity response", mobileIdentity: { is: "SUCI", suci: phone.suci } });
    await phone.next("Authentication request");
    phone.say({ is: "Authentication response", resStar: wrong });
    await rejected(phone, system);
  },
);

scenario(
  "INTEROP 8: T3570 expires five times without an IDENTITY RESPONSE: the registration is abandoned, the connection released",
  async (phone, system) => {
    phone.guti = { plmn: { mcc: "001", mnc: "01" }, amfRegionId: 1, amfSetId: 1, amfPointer: 0, tmsi: 1 };
    phone.say(phone.registrationRequest());
    await phone.next("Identity request");
    // What is asked for is the SUCI: a GUTI again is no answer.
    phone.say({ is: "Identity response", mobileIdentity: { is: "5G-GUTI", guti: phone.guti } });
    await system.clock.advance(31_000);
    assert.deepEqual(phone.names(), Array(5).fill("Identity request"));
    assert.ok(phone.released);
  },
);

for (const [name, cause] of [
  ["#20, MAC failure", Cause5gmm.macFailure],
  ["#26, non-5G authentication unacceptable", Cause5gmm.non5gAuthenticationUnacceptable],
  ["a cause that this message cannot have", Cause5gmm.illegalUe],
] as const) {
  scenario(`INTEROP 10: AUTHENTICATION FAILURE with ${name} of a SUCI ends in AUTHENTICATION REJECT`, async (phone, system) => {
    await challenge(phone);
    phone.say({ is: "Authentication failure", cause });
    await rejected(phone, system);
  });
}

scenario(
  "INTEROP 10: #21 with a right AUTS brings one new challenge, which is ahead of the phone's SQN, and the phone registers",
  async (phone, system) => {
    const first = await challenge(phone);
    const { sqn } = phone.challenged(first);
    const sqnMs = sqn + 32 * 50_000;
    phone.say({ is: "Authentication failure", cause: Cause5gmm.synchFailure, auts: phone.milenage.auts({ rand: first.rand!, sqnMs }) });
    const { message: second } = await phone.next("Authentication request");
    const answered = phone.challenged(second);
    assert.ok(answered.sqn > sqnMs);
    phone.say({ is: "Authentication response", resStar: answered.resStar });
    phone.takeSecurity(await phone.next("Security mode command"));
    phone.say({ is: "Security mode complete" }, 4);
    await phone.accepted();
    phone.say({ is: "Registration complete" }, 2);
    await system.clock.settle();
    assert.equal(amf(system).ues[0]?.rm, "REGISTERED");
    phone.say({ is: "Deregistration request (UE originating)", ...leave(phone) }, 2);
    await phone.next("Deregistration accept (UE originating)");
    await system.clock.advance(100);
  },
);

const leave = (phone: ScriptedPhone, switchOff = false) => ({
  deregistrationType: { switchOff, reRegistrationRequired: false, accessType: "3GPP access" as const },
  ngKsi: phone.ngKsi,
  mobileIdentity: { is: "5G-GUTI" as const, guti: phone.guti! },
});

scenario(
  "INTEROP 10: a second #21 in a row ends in AUTHENTICATION REJECT: nobody makes the network resynchronise for ever",
  async (phone, system) => {
    for (let i = 0; i < 2; i++) {
      const { message } = i === 0 ? { message: await challenge(phone) } : await phone.next("Authentication request");
      const auts = phone.milenage.auts({ rand: message.rand!, sqnMs: 32 * 90_000 + i });
      phone.say({ is: "Authentication failure", cause: Cause5gmm.synchFailure, auts });
    }
    await rejected(phone, system);
    assert.equal(phone.names().filter((is) => is === "Authentication request").length, 2);
  },
);

scenario("TS 24.501 §5.4.1.3.7: #21 without AUTS ends in AUTHENTICATION REJECT", async (phone, system) => {
  await challenge(phone);
  phone.say({ is: "Authentication failure", cause: Cause5gmm.synchFailure });
  await rejected(phone, system);
});

scenario("TS 33.102 §6.3.5: an AUTS with a wrong MAC moves no sequence number, and the phone is not served", async (phone, system) => {
  const first = await challenge(phone);
  const auts = phone.milenage.auts({ rand: first.rand!, sqnMs: 32 * 90_000 });
  auts[13]! ^= 1;
  phone.say({ is: "Authentication failure", cause: Cause5gmm.synchFailure, auts });
  await system.clock.advance(60_000);
  assert.ok(phone.released);
  assert.deepEqual(amf(system).ues, []);
  const second = new ScriptedPhone(system, phone.gnb, alice, 2);
  second.say(second.registrationRequest());
  const { sqn } = second.challenged((await second.next("Authentication request")).message);
  assert.ok(sqn < 32 * 90_000);
  second.say({ is: "Authentication response", resStar: wrong });
  await rejected(second, system);
});

scenario(
  "INTEROP 10: #71 brings the same challenge under another ngKSI, a bound of times (TS 24.501 §5.4.1.3.7 e)",
  async (phone, system) => {
    const first = await challenge(phone);
    const ksis = new Set([first.ngKsi]);
    for (let i = 0; i < 2; i++) {
      phone.say({ is: "Authentication failure", cause: Cause5gmm.ngKsiAlreadyInUse });
      const { message } = await phone.next("Authentication request");
      assert.deepEqual([message.rand, message.autn], [first.rand, first.autn]);
      ksis.add(message.ngKsi);
    }
    assert.equal(ksis.size, 3);
    phone.say({ is: "Authentication failure", cause: Cause5gmm.ngKsiAlreadyInUse });
    await rejected(phone, system);
  },
);

for (const named of [0, 5, 6, 7]) {
  scenario(`INTEROP 9: a phone that names ngKSI ${named} is challenged with another one of 0 to 6`, async (phone, system) => {
    phone.say(phone.registrationRequest({ ngKsi: named }));
    const { message } = await phone.next("Authentication request");
    assert.ok(message.ngKsi !== named && message.ngKsi <= 6);
    phone.say({ is: "Authentication response" });
    await rejected(phone, system);
  });
}

scenario(
  "TS 24.501 §5.4.1.3.7 b: T3560 expires five times: the same challenge five times, then the connection is released",
  async (phone, system) => {
    const first = await challenge(phone);
    await system.clock.advance(31_000);
    const challenges = phone.heard.map(({ message }) => message);
    assert.equal(challenges.length, 5);
    assert.ok(challenges.every((one) => one.is === "Authentication request" && Buffer.from(one.rand!).equals(first.rand!)));
    assert.ok(phone.released);
    assert.deepEqual(amf(system).ues, []);
  },
);

scenario(
  "an answer to an earlier transmission of the challenge counts: a late phone registers after four expiries of T3560",
  async (phone, system) => {
    const first = await challenge(phone);
    await system.clock.advance(25_000);
    phone.say({ is: "Authentication response", resStar: phone.challenged(first).resStar });
    await phone.next("Security mode command");
    await system.clock.advance(31_000);
  },
);

/** The function stops; whoever asks for it finds nobody. */
for (const absent of ["ausf", "udm", "udr", "nrf"] as const) {
  scenario(
    `INTEROP 20: with the ${absent.toUpperCase()} gone a registration is rejected with #22 and T3346, and another is served once it is back`,
    async (phone, system) => {
      await system.stop(absent);
      phone.say(phone.registrationRequest());
      const { message } = await phone.next("Registration reject");
      assert.equal(message.cause, Cause5gmm.congestion);
      assert.notEqual(message.t3346, undefined);
      await system.clock.advance(100);
      assert.ok(phone.released);
      assert.deepEqual(amf(system).ues, []);
      assert.ok(system.log.lines.some(({ level, event }) => level === "warn" && /registration rejected/.test(event)));
      if (absent === "nrf") return; // the others find it again by themselves, which is the NRF's own scenario
      await system.begin(absent);
      const later = new ScriptedPhone(system, phone.gnb, alice, 2);
      await later.toSecurityMode();
      later.say({ is: "Security mode reject", cause: Cause5gmm.securityModeRejectedUnspecified });
      await system.clock.advance(100);
    },
  );
}

scenario("INTEROP 20: a serving network that the home network does not authorise is #73", async (phone, system) => {
  // The AUSF starts again, and its list has another network.
  await system.stop("ausf");
  const elsewhere = readConfig(`network: { plmns: [{ mcc: "999", mnc: "70" }] }`, "the scenario");
  await system.begin("ausf", elsewhere);
  phone.say(phone.registrationRequest());
  const { message } = await phone.next("Registration reject");
  assert.equal(message.cause, Cause5gmm.servingNetworkNotAuthorized);
  await system.clock.advance(100);
});

scenario(
  "INTEROP 20: a SUPI that nobody has is #7, and a SUCI of a key that nobody has AUTHENTICATION REJECT",
  async (phone, system, gnb) => {
    const nobody = new ScriptedPhone(system, gnb, { ...subscriber(99), k: Secret.fromHex("00".repeat(16)) }, 5);
    nobody.say(nobody.registrationRequest());
    assert.equal((await nobody.next("Registration reject")).message.cause, Cause5gmm.fiveGsServicesNotAllowed);
    const suci = { ...phone.suci, protectionScheme: 1, homeNetworkPublicKeyId: 250, schemeOutput: new Uint8Array(45) };
    phone.say(phone.registrationRequest({ mobileIdentity: { is: "SUCI", suci: suci as never } }));
    await rejected(phone, system);
  },
);
