/** Security mode, states and COUNTs: families 23 to 26. */
import assert from "node:assert/strict";
import type { NasMessage } from "@freehold/nas";
import { encode, NasSecurity } from "@freehold/nas";
import { hex, toHex } from "@freehold/wire";
import { amfOf } from "../src/by-hand.ts";
import { type Attacker, n1Attack, unlimited } from "../src/n1-attack.ts";
import { residents } from "../src/survivors.ts";

const registered = ({ system, self }: Attacker): boolean =>
  amfOf(system).ues.some(({ ue, rm }) => rm === "REGISTERED" && ue === system.core.functions.get("amf")!.amf!.amf.pseudonym(self.supi));

n1Attack(
  "attack 23: SECURITY MODE COMPLETE with no container, garbage, other messages, or a request of somebody else in it",
  async (attacker) => {
    const { system, self } = attacker;
    const victim = attacker.phone(residents[0]);
    const deregistration: NasMessage = {
      is: "Deregistration request (UE originating)",
      deregistrationType: { switchOff: true, reRegistrationRequired: false, accessType: "3GPP access" },
      ngKsi: 7,
      mobileIdentity: { is: "SUCI", suci: victim.suci },
    };
    const plain: readonly (readonly [container: Uint8Array | undefined, served: boolean])[] = [
      [undefined, true],
      [new Uint8Array(1), false],
      [new Uint8Array(2_000).fill(0xa5), false],
      [encode({ is: "Registration complete" }), false],
      [encode({ is: "5GMM status", cause: 111 }), false],
      [encode(deregistration), false],
      [hex("7e025f7400000000007e0041"), false],
      // Whose registration it is was proven before: what the container names changes nothing of that.
      [encode(victim.registrationRequest()), true],
      [encode({ ...victim.registrationRequest(), ueSecurityCapability: { nea: [0], nia: [0] } }), true],
    ];
    for (const [nasMessageContainer, served] of plain) {
      const phone = attacker.phone();
      await phone.toSecurityMode();
      phone.say({ is: "Security mode complete", ...(nasMessageContainer === undefined ? {} : { nasMessageContainer }) }, 4);
      await system.clock.advance(2_000);
      const container = toHex(nasMessageContainer ?? new Uint8Array());
      assert.equal(phone.names().includes("Registration accept"), served, container);
      if (!served) {
        assert.ok(phone.names().includes("Registration reject") && phone.released, container);
        continue;
      }
      phone.say({ is: "Registration complete" }, 2);
      await system.clock.advance(100);
      assert.ok(registered(attacker), container);
      await system.until(system.core.functions.get("amf")!.amf!.deregister(self.supi));
    }
  },
);

const id = { is: "SUCI" } as const;
/** Every 5GMM message that a phone may send, in a form that reads. */
const every = (attacker: Attacker): readonly NasMessage[] => {
  const { suci } = attacker.phone();
  return [
    { is: "Registration complete" },
    { is: "Authentication response", resStar: new Uint8Array(16) },
    { is: "Authentication failure", cause: 20 },
    { is: "Authentication failure", cause: 71 },
    { is: "Identity response", mobileIdentity: { ...id, suci } },
    { is: "Security mode complete" },
    { is: "Security mode reject", cause: 23 },
    { is: "Configuration update complete" },
    { is: "Notification response" },
    { is: "Deregistration accept (UE terminated)" },
    { is: "5GMM status", cause: 98 },
    {
      is: "Service request",
      ngKsi: 0,
      serviceType: "signalling",
      sTmsi: { is: "5G-S-TMSI", sTmsi: { amfSetId: 1, amfPointer: 0, tmsi: 1 } },
    },
    {
      is: "UL NAS transport",
      payloadContainerType: "N1 SM information",
      payloadContainer: hex("2e0101c1ffff91"),
      pduSessionId: 1,
      requestType: "initial request",
    },
    { is: "UL NAS transport", payloadContainerType: "SMS", payloadContainer: hex("0901"), pduSessionId: undefined },
  ];
};

n1Attack(
  "attack 24: each message of a phone as the first of a connection, REGISTRATION COMPLETE at once among them: dropped, released",
  async (attacker) => {
    for (const message of every(attacker)) {
      const heard = await attacker.first(encode(message));
      assert.equal(heard.at(-1), "released", message.is);
      assert.ok(heard.length === 1 || heard[0] === "Service reject #9", `${message.is}: ${heard.join(", ")}`);
    }
  },
);

n1Attack(
  "attack 24: each message of a phone that the state does not allow, in clear and under protection, at each point of a registration and after",
  async (attacker) => {
    const { system, self } = attacker;
    const points = ["Identity request", "Authentication request", "Security mode command", "Registration accept", "registered"] as const;
    for (const point of points) {
      for (const message of every(attacker)) {
        const phone = attacker.phone();
        if (point === "Identity request") {
          phone.guti = { plmn: { mcc: "999", mnc: "99" }, amfRegionId: 1, amfSetId: 1, amfPointer: 1, tmsi: 1 };
          phone.say(phone.registrationRequest());
          await phone.next(point);
        } else if (point === "Authentication request") {
          phone.say(phone.registrationRequest());
          await phone.next(point);
        } else if (point === "Security mode command") await phone.toSecurityMode();
        else if (point === "Registration accept") await phone.toAccept();
        else await phone.register();
        phone.say(message);
        if (phone.security !== undefined) phone.say(message, 2);
        await system.clock.advance(200);
        if (point === "registered") assert.ok(registered(attacker), `${message.is} while registered`);
        await system.clock.advance(40_000);
        await system.until(system.core.functions.get("amf")!.amf!.deregister(self.supi));
      }
    }
  },
);

n1Attack(
  "attack 25: integrity of none offered alone: #23; what a gNB gives as establishment cause changes nothing",
  async (attacker) => {
    for (const rrcEstablishmentCause of ["mo-Signalling", "emergency"] as const) {
      const phone = attacker.phone();
      phone.capability = { nea: [0, 1, 2], nia: [0] };
      const { ies } = attacker.gnb.initialUeMessage(phone.ranUeNgapId, encode(phone.registrationRequest()));
      attacker.gnb.send({ is: "InitialUEMessage", ies: { ...ies, rrcEstablishmentCause } });
      const { message } = await phone.next("Authentication request");
      attacker.gnb.send(
        attacker.gnb.uplinkNas(
          phone.amfUeNgapId!,
          phone.ranUeNgapId,
          encode({ is: "Authentication response", resStar: phone.challenged(message).resStar }),
        ),
      );
      assert.equal((await phone.next("Registration reject")).message.cause, 23);
    }
  },
  { config: `${unlimited}\nsecurity: { nullIntegrityForEmergency: true }` },
);

for (const allowed of [false, true]) {
  n1Attack(
    `attack 25: a registration for an emergency with 5G-IA0 alone, nullIntegrityForEmergency: ${allowed}`,
    async (attacker) => {
      const { system } = attacker;
      const phone = attacker.phone();
      phone.capability = { nea: [0, 2], nia: [0] };
      const request = phone.registrationRequest({ registrationType: { type: "emergency registration", followOnRequest: true } });
      if (!allowed) {
        phone.say(request);
        const { message } = await phone.next("Authentication request");
        phone.say({ is: "Authentication response", resStar: phone.challenged(message).resStar });
        assert.equal((await phone.next("Registration reject")).message.cause, 23);
        return;
      }
      const { message } = await phone.toSecurityMode(request);
      assert.deepEqual(message.selectedNasSecurityAlgorithms, { ciphering: 0, integrity: 0 });
      phone.say({ is: "Security mode complete", nasMessageContainer: encode(request) }, 4);
      assert.equal((await phone.accepted()).registrationResult.emergencyRegistered, true);
      phone.say({ is: "Registration complete" }, 2);
      await system.clock.advance(100);
      assert.ok(registered(attacker));
      // On another connection nothing proves who it is: whoever knows the 5G-GUTI is asked for the SUCI, and must authenticate.
      const thief = attacker.again(phone);
      thief.say(thief.registrationRequest(), 1);
      await thief.next("Identity request");
      assert.equal(phone.released, false);
    },
    { config: `${unlimited}\nsecurity: { nullIntegrityForEmergency: ${allowed} }` },
  );
}

n1Attack(
  "attack 25: whoever supports integrity gets it, also for an emergency",
  async (attacker) => {
    const phone = attacker.phone();
    phone.capability = { nea: [0, 2], nia: [0, 1] };
    const { message } = await phone.toSecurityMode(
      phone.registrationRequest({ registrationType: { type: "emergency registration", followOnRequest: true } }),
    );
    assert.equal(message.selectedNasSecurityAlgorithms.integrity, 1);
  },
  { config: `${unlimited}\nsecurity: { nullIntegrityForEmergency: true }` },
);

n1Attack(
  "attack 26: everything that the residents ever said, from another gNB, as first message and on a connection that stands",
  async (attacker) => {
    const { system } = attacker;
    const said = system.tape.entries().flatMap(({ interface: where, from, bytes }) => {
      const at = where === "N2" && from === "gNB" ? toHex(bytes) : "";
      return [...at.matchAll(/7e0[1-4][0-9a-f]{10}[0-9a-f]{6,}/g)].map(([nas]) => hex(nas.slice(0, nas.length & ~1)));
    });
    assert.ok(said.length >= 6);
    for (const nas of said) {
      for (const one of await attacker.first(nas))
        assert.match(one, /^(Identity request|Service reject #9|Registration reject #96|Deregistration accept.*|released)$/);
    }
    const phone = attacker.phone();
    await phone.register();
    const heard = phone.heard.length;
    for (const nas of said) phone.put(nas);
    await system.clock.settle();
    assert.deepEqual(
      phone.names(heard).filter((is) => is !== "Configuration update command"),
      [],
    );
    assert.ok(registered(attacker));
  },
);

n1Attack("attack 26: each protected message of a phone of ours again, at once and later: taken once", async (attacker) => {
  const { system } = attacker;
  const phone = attacker.phone();
  await phone.toSecurityMode();
  const say = async (message: NasMessage, header: 2 | 4, answer?: "Registration accept"): Promise<void> => {
    const bytes = phone.security!.protect(encode(message), header);
    phone.put(bytes);
    if (answer !== undefined) await phone.accepted();
    const heard = phone.heard.length;
    for (let i = 0; i < 5; i++) phone.put(bytes);
    await system.clock.advance(500);
    assert.deepEqual(
      phone.names(heard).filter((is) => is !== "Configuration update command"),
      [],
      message.is,
    );
  };
  await say({ is: "Security mode complete", nasMessageContainer: encode(phone.registrationRequest()) }, 4, "Registration accept");
  await say({ is: "Registration complete" }, 2);
  await say({ is: "5GMM status", cause: 111 }, 2);
  assert.ok(registered(attacker));
});

n1Attack(
  "attack 26: a COUNT near its end: the next initial message authenticates, and both begin at 0 again; on a connection that stands it ends",
  async (attacker) => {
    const { system, self } = attacker;
    const phone = attacker.phone();
    await phone.register();
    const wear = (receive: number): void => {
      const ue = system.core.functions.get("amf")!.amf!.amf.ues.bySupi(self.supi)!;
      const { nea, nia } = ue.security!.nas;
      const send = ue.security!.nas.counts().send;
      const other = { send: 0, receive: 0 };
      const at = (side: "network" | "UE", count: { send: number; receive: number }): NasSecurity =>
        new NasSecurity({ side, nea, nia, ...phone.keys(), counts: { "3GPP_ACCESS": count, NON_3GPP_ACCESS: other } });
      ue.security = { ...ue.security!, nas: at("network", { send, receive }) };
      phone.security = at("UE", { send: receive, receive: send });
    };
    const end = 2 ** 24;
    wear(end - 3);
    const later = attacker.again(phone);
    later.say(later.registrationRequest(), 1);
    const { message } = await later.next("Authentication request");
    assert.notEqual(message.ngKsi, phone.ngKsi);
    later.say({ is: "Authentication response", resStar: later.challenged(message).resStar });
    later.takeSecurity(await later.next("Security mode command"));
    later.say({ is: "Security mode complete", nasMessageContainer: encode(later.registrationRequest()) }, 4);
    await later.accepted();
    later.say({ is: "Registration complete" }, 2);
    await system.clock.advance(100);
    assert.ok(registered(attacker) && later.security!.counts().send < 10);

    phone.security = later.security;
    phone.kamf = later.kamf;
    wear(end - 2);
    later.security = phone.security;
    later.say({ is: "5GMM status", cause: 111 }, 2);
    await system.clock.advance(1_000);
    assert.ok(later.released);
    assert.ok(registered(attacker));
  },
);
