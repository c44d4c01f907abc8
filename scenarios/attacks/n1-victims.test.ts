/** Somebody else's identity, somebody else's turn, and failure without end: families 27 to 29. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Guti, parseGuti } from "@freehold/model";
import { encode, type NasMessage } from "@freehold/nas";
import { concat, toHex } from "@freehold/wire";
import { alice, amfOf, faults } from "../src/by-hand.ts";
import { type CarrierName, FiveGC } from "../src/index.ts";
import { type Attacker, n1Attack, unlimited } from "../src/n1-attack.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";
import { residents, survives } from "../src/survivors.ts";

/** The 5G-GUTIs of the residents, as anybody may have read them off the air. */
const stolen = ({ system }: Attacker): readonly Guti[] =>
  amfOf(system).ues.map(({ guti }) => {
    const read = parseGuti(guti);
    if (!read.ok) throw new Error(`${guti} is no 5G-GUTI`);
    return read.value;
  });

const deregistration = (guti: Guti, switchOff: boolean): NasMessage => ({
  is: "Deregistration request (UE originating)",
  deregistrationType: { switchOff, reRegistrationRequired: false, accessType: "3GPP access" },
  ngKsi: 0,
  mobileIdentity: { is: "5G-GUTI", guti },
});

const forged = (plain: Uint8Array, header: number, sqn: number): Uint8Array =>
  concat(Uint8Array.of(0x7e, header, 0xde, 0xad, 0xbe, 0xef, sqn), plain);

n1Attack(
  "attack 27: deregistrations, service requests and registrations with the residents' 5G-GUTIs, in clear and under wrong MACs, from another gNB",
  async (attacker) => {
    const { system, self } = attacker;
    const before = amfOf(system).ues;
    for (const guti of stolen(attacker)) {
      const { amfSetId, amfPointer, tmsi } = guti;
      const serviceRequest: NasMessage = {
        is: "Service request",
        ngKsi: 0,
        serviceType: "signalling",
        sTmsi: { is: "5G-S-TMSI", sTmsi: { amfSetId, amfPointer, tmsi } },
      };
      const registration = { ...attacker.phone().registrationRequest(), ngKsi: 0, mobileIdentity: { is: "5G-GUTI", guti } } as NasMessage;
      for (const message of [deregistration(guti, false), deregistration(guti, true), serviceRequest, registration]) {
        const plain = encode(message);
        await attacker.first(plain);
        for (const header of [1, 2, 4]) for (const sqn of [0, 1, 7, 200, 255]) await attacker.first(forged(plain, header, sqn));
        assert.deepEqual(amfOf(system).ues, before, message.is);
      }
      // Asked for the SUCI, it gives its own: it can end its own registration, and nobody else's.
      const thief = attacker.phone();
      thief.say(deregistration(guti, false));
      await thief.next("Identity request");
      thief.say({ is: "Identity response", mobileIdentity: { is: "SUCI", suci: thief.suci } });
      const { message } = await thief.next("Authentication request");
      thief.say({ is: "Authentication response", resStar: thief.challenged(message).resStar });
      await system.clock.advance(1_000);
      // Or the victim's SUCI, without its key.
      const other = attacker.phone({ ...self, supi: residents[0].supi });
      other.guti = guti;
      other.say(deregistration(guti, false));
      await other.next("Identity request");
      other.say({ is: "Identity response", mobileIdentity: { is: "SUCI", suci: other.suci } });
      await other.next("Authentication request");
      other.say({ is: "Authentication response", resStar: new Uint8Array(16) });
      await other.next("Authentication reject");
      assert.deepEqual(amfOf(system).ues, before);
    }
  },
);

n1Attack(
  "attack 27: on a victim's own connection a deregistration in clear or under a wrong MAC changes nothing, for switch-off or not",
  async (attacker) => {
    const { system } = attacker;
    const victim = attacker.phone();
    await victim.register();
    const before = amfOf(system);
    for (const switchOff of [false, true]) {
      const plain = encode(deregistration(victim.guti!, switchOff));
      victim.put(plain);
      for (const header of [1, 2, 3, 4]) for (const sqn of [0, 2, 3, 255]) victim.put(forged(plain, header, sqn));
      await system.clock.advance(5_000);
      assert.deepEqual(amfOf(system), before);
      assert.equal(victim.released, false);
    }
  },
);

n1Attack("attack 27: an establishment cause that a gNB gives makes nothing in clear acceptable", async (attacker) => {
  const { system, gnb } = attacker;
  const before = amfOf(system).ues;
  for (const rrcEstablishmentCause of ["emergency", "highPriorityAccess", "mt-Access", "mo-Signalling", "mps-PriorityAccess"] as const) {
    for (const guti of stolen(attacker)) {
      for (const message of [deregistration(guti, true), deregistration(guti, false), { is: "Registration complete" } as const]) {
        const phone = attacker.phone();
        const { ies } = gnb.initialUeMessage(phone.ranUeNgapId, encode(message));
        gnb.send({ is: "InitialUEMessage", ies: { ...ies, rrcEstablishmentCause } });
        await system.clock.advance(10);
        assert.deepEqual(amfOf(system).ues, before, `${rrcEstablishmentCause}, ${message.is}`);
      }
    }
  }
});

/** A phone that answers everything by itself, as it comes. */
function automatic(phone: ScriptedPhone): void {
  let read = 0;
  phone.gnb.doors.push(() => {
    for (; read < phone.heard.length; read++) {
      const heard = phone.heard[read]!;
      const { message } = heard;
      if (message.is === "Identity request") phone.say({ is: "Identity response", mobileIdentity: { is: "SUCI", suci: phone.suci } });
      else if (message.is === "Authentication request")
        phone.say({ is: "Authentication response", resStar: phone.challenged(message).resStar });
      else if (message.is === "Security mode command") {
        phone.takeSecurity({ ...heard, message });
        phone.say({ is: "Security mode complete", nasMessageContainer: encode(phone.registrationRequest()) }, 4);
      } else if (message.is === "Registration accept") {
        phone.guti = message.guti?.guti ?? phone.guti;
        phone.say({ is: "Registration complete" }, 2);
      }
    }
  });
}

/** How many entries the tape has from the first registration's first message to its end. */
async function length(carrier: CarrierName): Promise<number> {
  await using system = await FiveGC.start({ carrier });
  const gnb = await OddGnb.connect(system);
  const phone = new ScriptedPhone(system, gnb, alice);
  automatic(phone);
  const from = system.tape.length;
  phone.say(phone.registrationRequest());
  await system.clock.advance(5_000);
  assert.ok(phone.names().includes("Registration accept"));
  return system.tape.length - from;
}

for (const carrier of ["local", "contrary"] as const) {
  for (const where of ["on the same connection", "on another connection of its gNB", "at another gNB"] as const) {
    test(`attack 28: a second registration at every point of the first, ${where}: one UE in the end, registered, and served, over the ${carrier} carrier`, {
      timeout: 60_000,
    }, async () => {
      const points = await length(carrier);
      assert.ok(points > 20);
      await survives(
        async (system) => {
          const gnb = await OddGnb.connect(system);
          const other = await OddGnb.connect(system, { gnbId: 0x778, host: "127.1.9.10", name: "other" });
          for (let point = 1; point <= points; point++) {
            gnb.doors.length = 0;
            other.doors.length = 0;
            const first = new ScriptedPhone(system, gnb, alice, 2 * point);
            automatic(first);
            const at = where === "at another gNB" ? other : gnb;
            const second = where === "on the same connection" ? first : new ScriptedPhone(system, at, alice, 2 * point + 1);
            if (second !== first) automatic(second);
            let seen = 0;
            const stop = system.tape.subscribe(() => {
              if (++seen === point) queueMicrotask(() => second.say(second.registrationRequest({ ngKsi: 5 })));
            });
            first.say(first.registrationRequest());
            await system.clock.advance(70_000);
            stop();
            const name = `point ${point} of ${points}`;
            const { ues, connections } = amfOf(system);
            const mine = ues.filter(({ ue }) => ue === system.core.functions.get("amf")!.amf!.amf.pseudonym(alice.supi));
            assert.deepEqual(
              mine.map(({ rm, cm }) => `${rm} ${cm}`),
              ["REGISTERED CONNECTED"],
              name,
            );
            assert.equal(connections, 3, name);
            // Whoever proved itself last is served; answers of other functions may overtake each other.
            const served = [...new Set([first, second])].filter((one) => one.names().includes("Registration accept") && !one.released);
            assert.equal(
              served.length,
              1,
              `${name}: ${first.names().join(", ")} ${first.released}; ${second.names().join(", ")} ${second.released}`,
            );
            await system.until(system.core.functions.get("amf")!.amf!.deregister(alice.supi));
            assert.deepEqual(faults(system), [], name);
          }
          for (const one of [gnb, other]) one.association.abort("the attack is over");
          await system.clock.advance(1_000);
        },
        { config: unlimited, carrier, subscribers: [alice] },
      );
    });
  }
}

test("attack 28: the gNB is gone at every point of a registration: answers that come late find no context, and nothing is left", {
  timeout: 60_000,
}, async () => {
  const carrier = "contrary";
  const points = await length(carrier);
  await survives(
    async (system) => {
      for (let point = 1; point <= points; point++) {
        const gnb = await OddGnb.connect(system);
        const phone = new ScriptedPhone(system, gnb, alice, point);
        automatic(phone);
        let seen = 0;
        const stop = system.tape.subscribe(() => {
          if (++seen === point) queueMicrotask(() => gnb.association.abort("gone"));
        });
        phone.say(phone.registrationRequest());
        await system.clock.advance(70_000);
        stop();
        if (gnb.ended === undefined) gnb.association.abort("gone at last");
        await system.clock.advance(1_000);
        assert.deepEqual([amfOf(system).connections, faults(system)], [2, []], `point ${point}`);
        await system.until(system.core.functions.get("amf")!.amf!.deregister(alice.supi));
      }
    },
    { config: unlimited, carrier, subscribers: [alice] },
  );
});

n1Attack(
  "attack 29: answers without RES* and with a wrong one, and failures with every cause: an end within bounds, whoever goes on",
  async (attacker) => {
    const { system } = attacker;
    const answers: readonly NasMessage[] = [
      { is: "Authentication response" },
      { is: "Authentication response", resStar: new Uint8Array(16) },
      ...[3, 20, 21, 26, 71, 22, 111, 255].map((cause): NasMessage => ({ is: "Authentication failure", cause })),
      { is: "Authentication failure", cause: 21, auts: new Uint8Array(14) },
    ];
    for (const answer of answers) {
      const phone = attacker.phone();
      phone.say(phone.registrationRequest());
      let challenges = 0;
      for (; challenges < 20 && !phone.released; challenges++) {
        await phone.next("Authentication request");
        phone.say(answer);
        await system.clock.advance(2_000);
        if (phone.names().includes("Authentication reject") || phone.names().includes("Registration reject")) break;
      }
      assert.ok(challenges < 4, `${answer.is}: ${challenges} challenges`);
      await system.clock.advance(40_000);
      assert.ok(phone.released);
    }
  },
);

n1Attack(
  "attack 29: synchronisation failures without end, each with a right AUTS: two challenges a registration, and the phone still registers when it means it",
  async (attacker) => {
    const { system } = attacker;
    for (let round = 1; round <= 10; round++) {
      const phone = attacker.phone();
      phone.say(phone.registrationRequest());
      for (let i = 0; i < 2; i++) {
        const { message } = await phone.next("Authentication request");
        phone.say({
          is: "Authentication failure",
          cause: 21,
          auts: phone.milenage.auts({ rand: message.rand!, sqnMs: 32 * (1_000 * round + i) }),
        });
      }
      await phone.next("Authentication reject");
      await system.clock.advance(100);
    }
    await attacker.phone().register();
  },
);

n1Attack(
  "attack 29: wrong MACs without end on a connection that waits for SECURITY MODE COMPLETE: T3560 alone ends it",
  async (attacker) => {
    const { system } = attacker;
    const phone = attacker.phone();
    await phone.toSecurityMode();
    const complete = phone.security!.protect(encode({ is: "Security mode complete" }), 4);
    for (let i = 0; i < 2_000; i++) {
      const wrong = complete.slice();
      wrong[2 + (i % 4)]! ^= 1 + (i % 255);
      phone.put(wrong);
      if (i % 100 === 0) await system.clock.advance(100);
    }
    assert.equal(phone.names().includes("Registration accept"), false, toHex(complete));
    await system.clock.advance(40_000);
    assert.ok(phone.released);
    assert.equal(phone.names().filter((is) => is === "Security mode command").length, 5);
  },
);
