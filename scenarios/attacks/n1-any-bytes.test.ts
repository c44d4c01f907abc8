/** Any bytes at N1 where a phone is known: idle with a context, and in a live session. */
import assert from "node:assert/strict";
import { encode, type NasMessage } from "@freehold/nas";
import { hex } from "@freehold/wire";
import { faults } from "../src/by-hand.ts";
import { type Attacker, n1Attack } from "../src/n1-attack.ts";
import type { ScriptedPhone } from "../src/scripted-phone.ts";

/** The octets cut at every length, and with each octet turned over. */
function* mutations(bytes: Uint8Array, from = 0): Generator<Uint8Array> {
  for (let length = from; length < bytes.length; length++) yield bytes.slice(0, length);
  for (let at = from; at < bytes.length; at++) {
    for (const mask of [0xff, 0x01, 0x80]) {
      const flipped = bytes.slice();
      flipped[at]! ^= mask;
      yield flipped;
    }
  }
}

/** Initial messages of a phone that is known by its 5G-GUTI. */
const initial = (phone: ScriptedPhone): readonly NasMessage[] => {
  const { amfSetId, amfPointer, tmsi } = phone.guti!;
  return [
    {
      is: "Service request",
      ngKsi: phone.ngKsi,
      serviceType: "data",
      sTmsi: { is: "5G-S-TMSI", sTmsi: { amfSetId, amfPointer, tmsi } },
      uplinkDataStatus: [1],
      pduSessionStatus: [1],
    },
    {
      is: "Deregistration request (UE originating)",
      deregistrationType: { switchOff: false, reRegistrationRequired: false, accessType: "3GPP access" },
      ngKsi: phone.ngKsi,
      mobileIdentity: { is: "5G-GUTI", guti: phone.guti! },
    },
    phone.registrationRequest({
      registrationType: { type: "mobility registration updating", followOnRequest: false },
      pduSessionStatus: [1],
      uplinkDataStatus: [1],
    }),
  ];
};

/** A phone of the attacker's that is registered, on a connection of its own. */
async function registered(attacker: Attacker): Promise<ScriptedPhone> {
  const phone = attacker.phone();
  await phone.register();
  return phone;
}

n1Attack(
  "any bytes at N1: service requests, deregistrations and updates with a known 5G-GUTI, in clear and protected, cut and flipped: the phone itself stays",
  async (attacker) => {
    const { system } = attacker;
    const phone = await registered(attacker);
    for (const message of initial(phone)) {
      const plain = encode(message);
      const whole = phone.security!.protect(plain, 1);
      for (const mutation of mutations(plain)) await attacker.first(mutation, 0);
      for (const mutation of mutations(whole, 1)) {
        // The half octet beside the header type is covered by no MAC.
        if ((mutation[1]! & 15) !== 1 || mutation.length < whole.length || mutation.some((octet, i) => i > 1 && octet !== whole[i]))
          await attacker.first(mutation, 0);
      }
      await system.clock.advance(1_000);
      assert.deepEqual(faults(system), [], message.is);
      assert.equal(phone.released, false, message.is);
    }
  },
);

n1Attack("any bytes at N1: the same rightly protected and wrong inside: the phone itself is the attacker", async (attacker) => {
  const { system } = attacker;
  const one = await registered(attacker);
  for (let i = 0; i < 3; i++) {
    const plain = encode(initial(one)[i]!);
    for (const mutation of mutations(plain, 3)) {
      if (mutation.length < 4) continue;
      const next = attacker.again(one);
      next.put(next.security!.protect(mutation, 1));
      one.security = next.security;
    }
    await system.clock.advance(1_000);
    assert.deepEqual(faults(system), []);
  }
  await system.clock.advance(60_000);
});

/** 5GSM messages of a phone in a session, and what is none of them. */
const inSession = [
  "2e0105c92800",
  "2e0105c97b000100",
  "2e0106d1",
  "2e0107d459",
  "2e0105cc",
  "2e0105ca",
  "2e0100d60b",
  "2e0108c559000412345678",
  "2e0105c9790006010003220001",
  "2e0105c97a00092130310101ff0106001e",
];

n1Attack(
  "any bytes at N1: 5GSM messages in a live session, cut and flipped, rightly protected: the session is the phone's own affair",
  async (attacker) => {
    const { system, gnb } = attacker;
    const phone = await registered(attacker);
    const carry = (payloadContainer: Uint8Array, requestType?: "initial request"): NasMessage => ({
      is: "UL NAS transport",
      payloadContainerType: "N1 SM information",
      payloadContainer,
      pduSessionId: 1,
      ...(requestType === undefined ? {} : { requestType }),
    });
    phone.say(carry(hex("2e0101c1ffff91"), "initial request"), 2);
    await gnb.next("PDUSessionResourceSetupRequest");
    for (const octets of inSession) {
      for (const mutation of mutations(hex(octets), 1)) phone.say(carry(mutation), 2);
      await system.clock.advance(2_000);
      assert.deepEqual(faults(system), [], octets);
    }
    for (const mutation of mutations(encode(carry(hex(inSession[0]!))), 3)) phone.put(phone.security!.protect(mutation, 2));
    await system.clock.advance(60_000);
  },
);
