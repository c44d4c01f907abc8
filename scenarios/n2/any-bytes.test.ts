import assert from "node:assert/strict";
import { test } from "node:test";
import { encode as encodeNas, type NasMessage, noKey } from "@freehold/nas";
import { encode } from "@freehold/ngap";
import type { SmfState } from "@freehold/smf";
import type { UpfState } from "@freehold/upf";
import { equal } from "@freehold/wire";
import { alice, amfOf, faults } from "../src/by-hand.ts";
import { FiveGC, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

const [bob, carol] = [subscriber(2), subscriber(3)];
const config = "amf: { registrationsPerSecond: { perGnb: 1000000, all: 1000000 } }";

/** The octets cut at every length, and with each octet turned over. */
function* mutations(bytes: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < bytes.length; length++) yield bytes.slice(0, length);
  for (let at = 0; at < bytes.length; at++) {
    for (const mask of [0xff, 0x01, 0x80]) {
      const flipped = bytes.slice();
      flipped[at]! ^= mask;
      yield flipped;
    }
  }
}

/** What everybody holds. Of a UE that is deregistered the AMF keeps the security context, which is no state of a procedure. */
const tables = (system: FiveGC) => {
  const { smf, upf } = system.core.state() as { smf: SmfState; upf: UpfState };
  const { ues, ...amf } = amfOf(system);
  return {
    amf,
    ues: ues.filter(({ rm }) => rm === "REGISTERED"),
    smf: smf.sessions,
    leftovers: smf.leftovers,
    addresses: smf.addresses,
    upf: upf.sessions.map(({ seid }) => seid),
  };
};

/** A core with Bob registered and in a session, a stranger, and what everybody must find afterwards: the tables as they were, and service. */
async function survives(
  attack: (system: FiveGC, stranger: OddGnb, good: readonly (readonly [string, Uint8Array])[]) => Promise<void>,
): Promise<void> {
  await using system = await FiveGC.start({ config, subscribers: [alice, bob, carol] });
  await system.gnb();
  const ue = await system.ue(bob, { sessions: [{}] });
  await system.until(ue.bringUp());
  await system.clock.advance(20_000);
  const captured = new Map<string, Uint8Array>();
  for (const { interface: where, from, message, bytes } of system.tape.entries()) {
    if (where === "N2" && from === "gNB" && message !== "NGSetupRequest" && !captured.has(message)) captured.set(message, bytes);
  }
  const before = tables(system);
  const stranger = await OddGnb.connect(system);
  await attack(system, stranger, [...captured]);
  stranger.association.abort("the attack is over");
  await system.clock.advance(200_000);
  assert.deepEqual(faults(system), []);
  assert.deepEqual(tables(system), before);
  await using _ = ue;
  await system.until(ue.deregister());
  const newcomer = await system.ue(carol, { sessions: [{}] });
  await system.until(newcomer.bringUp());
  assert.equal(newcomer.state().sessions.length, 1);
}

test("any bytes at N2: every PDU of a registration and a session, cut at each length and with each octet flipped, from a stranger's association", async () => {
  await survives(async (system, stranger, captured) => {
    assert.ok(captured.length >= 5);
    for (const [message, bytes] of [...captured, ["NGSetupRequest", encode(stranger.setupRequest())] as const]) {
      for (const mutation of mutations(bytes)) stranger.raw(mutation);
      await system.clock.advance(100);
      assert.deepEqual(faults(system), [], message);
      assert.equal(stranger.ended, undefined, message);
    }
  });
});

test("any bytes at N2 before NG Setup: the same from an association that never sets up", async () => {
  await survives(async (system, stranger, captured) => {
    stranger.association.abort("begins anew");
    const mute = await OddGnb.connect(system, { setUp: false, host: "127.1.9.10" });
    for (const [message, bytes] of captured) {
      for (const mutation of mutations(bytes)) mute.raw(mutation);
      await system.clock.advance(100);
      assert.deepEqual(faults(system), [], message);
    }
    mute.association.abort("the attack is over");
  });
});

const initial = (phone: ScriptedPhone): NasMessage[] => {
  const guti = { plmn: { mcc: "001", mnc: "01" }, amfRegionId: 1, amfSetId: 1, amfPointer: 0, tmsi: 0xdeadbeef } as never;
  return [
    phone.registrationRequest({ requestedNssai: [{ sst: 1 }], capability5gmm: { s1Mode: true }, pduSessionStatus: [1] }),
    phone.registrationRequest({ mobileIdentity: { is: "5G-GUTI", guti } }),
    {
      is: "Deregistration request (UE originating)",
      deregistrationType: { switchOff: false, reRegistrationRequired: false, accessType: "3GPP access" },
      ngKsi: noKey,
      mobileIdentity: { is: "SUCI", suci: phone.suci },
    },
  ];
};

test("any bytes at N1: initial messages, cut and flipped, each on a connection of its own", async () => {
  await survives(async (system, stranger) => {
    let ran = 1;
    for (const message of initial(new ScriptedPhone(system, stranger, alice, 0))) {
      for (const mutation of mutations(encodeNas(message))) stranger.send(stranger.initialUeMessage(ran++, mutation));
      await system.clock.advance(100);
      assert.deepEqual(faults(system), [], message.is);
    }
  });
});

test("any bytes at N1: each answer of a phone, cut and flipped, at the moment when it is waited for", async () => {
  await survives(async (system, stranger) => {
    let ran = 1;
    const answers: readonly NasMessage[] = [
      { is: "Authentication response", resStar: new Uint8Array(16) },
      { is: "Authentication failure", cause: 21, auts: new Uint8Array(14).fill(3) },
      { is: "Identity response", mobileIdentity: { is: "IMEI", imei: "123456789012345" } },
      { is: "Security mode reject", cause: 24 },
    ];
    for (const answer of answers) {
      for (const mutation of mutations(encodeNas(answer))) {
        const phone = new ScriptedPhone(system, stranger, alice, ran++);
        phone.say(phone.registrationRequest());
        await phone.next("Authentication request");
        phone.put(mutation);
        stranger.doors.length = 0; // this phone is gone
      }
      await system.clock.advance(100);
      assert.deepEqual(faults(system), [], answer.is);
    }
  });
});

test("any bytes at N1: protected messages of a phone, cut and flipped, during security mode and after registration", async () => {
  await survives(async (system, stranger) => {
    const phone = new ScriptedPhone(system, stranger, alice, 1);
    await phone.toSecurityMode();
    const complete = phone.security!.protect(
      encodeNas({ is: "Security mode complete", nasMessageContainer: encodeNas(phone.registrationRequest()) }),
      4,
    );
    for (const mutation of mutations(complete)) {
      // The spare half octet beside the header type is covered by no MAC, and not looked at: that one is the message itself.
      const same = (mutation[1]! & 15) === 4 && equal(mutation.subarray(2), complete.subarray(2)) && mutation[0] === complete[0];
      if (!same) phone.put(mutation);
    }
    await system.clock.settle();
    assert.equal(phone.names().includes("Registration accept"), false);
    phone.put(complete);
    await phone.accepted();
    phone.say({ is: "Registration complete" }, 2);
    await system.clock.settle();
    // Rightly protected, wrong inside: the phone itself is the attacker.
    const inside: NasMessage[] = [
      {
        is: "UL NAS transport",
        payloadContainerType: "N1 SM information",
        payloadContainer: Uint8Array.of(0x2e, 1, 1, 0xc1, 0xff, 0xff),
        pduSessionId: 1,
        requestType: "initial request",
        dnn: "internet" as never,
      },
      { is: "5GMM status", cause: 111 },
    ];
    for (const message of inside) {
      for (const mutation of mutations(encodeNas(message))) {
        if (mutation.length >= 3 && mutation[0] === 0x7e && (mutation[1]! & 15) === 0) phone.put(phone.security!.protect(mutation, 2));
      }
      await system.clock.advance(1_000);
      assert.deepEqual(faults(system), [], message.is);
    }
    await system.until(system.core.functions.get("amf")!.amf!.deregister(alice.supi));
  });
});
