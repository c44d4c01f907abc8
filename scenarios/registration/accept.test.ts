import assert from "node:assert/strict";
import { test } from "node:test";
import { gutiText } from "@freehold/model";
import { encode } from "@freehold/nas";
import { provision } from "@freehold/udr";
import { alice, amfOf, faults, scenario } from "../src/by-hand.ts";
import { FiveGC } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

const operations = (system: FiveGC, from = 0): string[] =>
  system.tape
    .entries()
    .slice(from)
    .map(({ message }) => message);

scenario(
  "INTEROP 17: T3550 expires five times: the accept five times, then registered, and both 5G-GUTIs are known",
  async (phone, system, gnb) => {
    await phone.register();
    const first = phone.guti!;
    const second = phone.again(2);
    second.say(second.registrationRequest(), 1);
    await second.accepted();
    const fresh = second.guti!;
    assert.notEqual(gutiText(fresh), gutiText(first));
    await system.clock.advance(31_000);
    assert.equal(second.names().filter((is) => is === "Registration accept").length, 5);
    assert.ok(second.released);
    assert.deepEqual(
      amfOf(system).ues.map(({ rm, cm }) => [rm, cm]),
      [["REGISTERED", "IDLE"]],
    );
    for (const [i, guti] of [first, fresh].entries()) {
      const later = second.again(3 + i, gnb);
      later.guti = guti;
      later.say(later.registrationRequest(), 1);
      await later.accepted();
      if (i === 1) later.say({ is: "Registration complete" }, 2);
      else
        gnb.send({
          is: "NGReset",
          ies: {
            cause: { choice: "misc", value: "unspecified" },
            resetType: { choice: "partOfNG-Interface", value: [{ rANUENGAPID: 3 }] },
          },
        });
      await system.clock.advance(100);
    }
  },
);

scenario("TS 24.501 §5.5.1.2.8: the same request again while it runs goes on: one challenge, one registration", async (phone, system) => {
  const request = phone.registrationRequest();
  phone.say(request);
  await phone.next("Authentication request");
  phone.say(request);
  await system.clock.settle();
  assert.deepEqual(phone.names(), ["Authentication request"]);
  const { message } = phone.heard[0] as never as { message: Parameters<typeof phone.challenged>[0] };
  phone.say({ is: "Authentication response", resStar: phone.challenged(message).resStar });
  phone.takeSecurity(await phone.next("Security mode command"));
  phone.say(request);
  phone.say({ is: "Security mode complete" }, 4);
  await phone.accepted();
  phone.say({ is: "Registration complete" }, 2);
});

scenario(
  "TS 24.501 §5.5.1.2.8: a request with other contents takes the place of the one that runs, at each of its points",
  async (phone, system, gnb) => {
    const other = phone.registrationRequest({ ngKsi: 3 });
    phone.say(phone.registrationRequest());
    await phone.next("Authentication request");
    phone.say(other);
    const second = await phone.next("Authentication request");
    phone.say({ is: "Authentication response", resStar: phone.challenged(second.message).resStar });
    await phone.next("Security mode command");
    phone.say(phone.registrationRequest({ ngKsi: 5 }));
    const third = await phone.next("Authentication request");
    phone.say({ is: "Authentication response", resStar: phone.challenged(third.message).resStar });
    phone.takeSecurity(await phone.next("Security mode command"));
    phone.say({ is: "Security mode complete" }, 4);
    await phone.accepted();
    phone.say({ is: "Registration complete" }, 2);
    await system.clock.advance(100);
    assert.deepEqual([amfOf(system).ues.length, amfOf(system).connections, gnb.ended], [1, 1, undefined]);
  },
);

scenario("a deregistration in the middle of a registration ends it, and nothing is left at the UDM or the PCF", async (phone, system) => {
  await phone.toAccept();
  phone.say(
    {
      is: "Deregistration request (UE originating)",
      deregistrationType: { switchOff: false, reRegistrationRequired: false, accessType: "3GPP access" },
      ngKsi: phone.ngKsi,
      mobileIdentity: { is: "5G-GUTI", guti: phone.guti! },
    },
    2,
  );
  await phone.next("Deregistration accept (UE originating)");
  await system.clock.advance(100);
  assert.ok(phone.released);
  assert.deepEqual([amfOf(system).ues[0]?.rm, amfOf(system).connections], ["DEREGISTERED", 0]);
  assert.ok(operations(system).includes("Npcf_AMPolicyControl_Delete"));
});

scenario(
  "TS 24.501 §5.5.1.2.8 a: the gNB's association lost before REGISTRATION COMPLETE: registered, the UDM and the PCF keep it, both 5G-GUTIs hold",
  async (phone, system, gnb) => {
    await phone.toAccept();
    const from = system.tape.length;
    gnb.send({
      is: "NGReset",
      ies: { cause: { choice: "misc", value: "unspecified" }, resetType: { choice: "nG-Interface", value: "reset-all" } },
    });
    await gnb.next("NGResetAcknowledge");
    await system.clock.advance(60_000);
    assert.deepEqual(
      amfOf(system).ues.map(({ rm, cm }) => [rm, cm]),
      [["REGISTERED", "IDLE"]],
    );
    assert.deepEqual(
      operations(system, from).filter((m) => /Nudm_UECM|Delete|Unsubscribe/.test(m)),
      [],
    );
    const later = phone.again(2);
    later.say(later.registrationRequest(), 1);
    await later.accepted();
    later.say({ is: "Registration complete" }, 2);
  },
);

for (const at of ["Authentication request", "Security mode command", "Registration accept"] as const) {
  test(`the gNB's association is lost at ${at}: no connection stays, and the phone registers at another gNB`, async () => {
    await using system = await FiveGC.start({ carrier: "contrary" });
    const gnb = await OddGnb.connect(system);
    const phone = new ScriptedPhone(system, gnb, alice);
    if (at === "Authentication request") {
      phone.say(phone.registrationRequest());
      await phone.next(at);
    } else if (at === "Security mode command") await phone.toSecurityMode();
    else await phone.toAccept();
    gnb.association.abort("the cable is pulled");
    await system.clock.advance(120_000);
    assert.deepEqual([amfOf(system).connections, amfOf(system).gnbs.length], [0, 0]);
    const other = await OddGnb.connect(system, { gnbId: 2, host: "127.1.9.10" });
    await new ScriptedPhone(system, other, alice).register();
    assert.deepEqual([amfOf(system).ues.map(({ rm, cm }) => `${rm} ${cm}`), faults(system)], [["REGISTERED CONNECTED"], []]);
  });
}

scenario(
  "TS 38.413 §8.3.1.3: a gNB that refuses Initial Context Setup: the connection is released, and the phone may try again",
  async (phone, system) => {
    phone.contextSetup = "failure";
    await phone.toAccept();
    await system.clock.advance(100);
    assert.ok(phone.released);
    assert.equal(amfOf(system).connections, 0);
    const later = new ScriptedPhone(system, phone.gnb, alice, 2);
    await later.register();
  },
);

scenario("a gNB that never answers Initial Context Setup is not waited for for ever", async (phone, system) => {
  phone.contextSetup = "silence";
  await phone.toAccept();
  await system.clock.advance(11_000);
  assert.ok(phone.released);
  assert.equal(amfOf(system).connections, 0);
});

scenario(
  "a SUPI that registers from another gNB takes its registration along: the old connection is released, one UE remains",
  async (phone, system, gnb) => {
    await phone.register();
    const other = await OddGnb.connect(system, { gnbId: 2, host: "127.1.9.10" });
    await new ScriptedPhone(system, other, alice, 1).register();
    await system.clock.advance(100);
    assert.ok(phone.released);
    assert.deepEqual(
      amfOf(system).ues.map(({ rm, cm }) => `${rm} ${cm}`),
      ["REGISTERED CONNECTED"],
    );
    assert.deepEqual([amfOf(system).connections, gnb.names().filter((is) => is === "UEContextReleaseCommand").length], [1, 1]);
  },
);

scenario(
  "INTEROP 18: with a follow-on request the connection is kept; without, it is released after five seconds",
  async (phone, system) => {
    await phone.register();
    await system.clock.advance(60_000);
    assert.equal(phone.released, false);
    const later = phone.again(2);
    later.say(later.registrationRequest({ registrationType: { type: "mobility registration updating", followOnRequest: false } }), 1);
    await later.accepted();
    later.say({ is: "Registration complete" }, 2);
    await system.clock.advance(4_000);
    assert.equal(later.released, false);
    await system.clock.advance(1_500);
    assert.ok(later.released);
    assert.equal(amfOf(system).ues[0]?.cm, "IDLE");
  },
);

scenario("INTEROP 20: REGISTRATION COMPLETE and UL NAS TRANSPORT in clear count for nothing", async (phone, system) => {
  await phone.toAccept();
  phone.say({ is: "Registration complete" });
  await system.clock.advance(6_500);
  assert.equal(phone.names().filter((is) => is === "Registration accept").length, 2);
  phone.say({ is: "Registration complete" }, 2);
  await system.clock.settle();
  const from = system.tape.length;
  phone.say({
    is: "UL NAS transport",
    payloadContainerType: "N1 SM information",
    payloadContainer: Uint8Array.of(0x2e, 1, 1, 0xc1, 0xff, 0xff),
    pduSessionId: 1,
  });
  await system.clock.advance(1_000);
  assert.equal(
    operations(system, from).some((m) => /PDUSession/.test(m)),
    false,
  );
});

scenario("TS 24.501 §5.4.4: a repeated protected message is taken once: COUNT goes up only", async (phone, system) => {
  await phone.toAccept();
  const bytes = phone.security!.protect(encode({ is: "Registration complete" }), 2);
  phone.put(bytes);
  await system.clock.settle();
  const from = phone.heard.length;
  phone.put(bytes);
  await system.clock.settle();
  assert.deepEqual(phone.names(from), []);
  assert.ok(system.log.lines.some(({ event }) => /not verified/.test(event)));
});

scenario(
  "TS 24.501 §5.5.1.3.5: a registered phone whose new registration is rejected is not registered any more, and nothing of it is left elsewhere",
  async (phone, system) => {
    await phone.register();
    const later = phone.again(2);
    const moved = { ...alice, slices: alice.slices.map((slice) => ({ ...slice, sst: 3 })) };
    await system.until(provision(moved, system.world));
    later.say(later.registrationRequest(), 1);
    await later.next("Registration reject");
    await system.clock.advance(1_000);
    assert.deepEqual(
      amfOf(system).ues.map(({ rm, cm }) => `${rm} ${cm}`),
      ["DEREGISTERED IDLE"],
    );
    assert.ok(operations(system).includes("Npcf_AMPolicyControl_Delete"));
  },
);
