import assert from "node:assert/strict";
import { Cause5gmm } from "@freehold/model";
import { encode } from "@freehold/nas";
import { alice, amfOf, scenario } from "../src/by-hand.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

const nothing = (system: Parameters<typeof amfOf>[0]) => assert.deepEqual([amfOf(system).ues, amfOf(system).connections], [[], 0]);

for (const [nea, nia, chosen] of [
  [
    [0, 1, 2, 3],
    [1, 2, 3],
    [2, 2],
  ],
  [
    [0, 1, 3],
    [1, 3],
    [1, 1],
  ],
  [[0, 3], [3], [3, 3]],
  [
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [2, 2],
  ],
] as const) {
  scenario(`INTEROP 11: of NEA ${nea} and NIA ${nia} the command takes NEA${chosen[0]} and NIA${chosen[1]}`, async (phone, system) => {
    phone.capability = { nea: [...nea], nia: [...nia] };
    const { message, header } = await phone.toSecurityMode();
    assert.deepEqual(message.selectedNasSecurityAlgorithms, { ciphering: chosen[0], integrity: chosen[1] });
    assert.equal(header, 3);
    assert.equal(message.imeisvRequest, true);
    phone.say({ is: "Security mode reject", cause: Cause5gmm.securityModeRejectedUnspecified });
    await system.clock.advance(100);
    nothing(system);
  });
}

scenario("INTEROP 11: the replayed capabilities are octet for octet those of the request, EPS octets and spare ones too", async (phone) => {
  phone.capability = { nea: [0, 2, 7], nia: [2, 5], eea: [0, 1, 2], eia: [1, 2], spare: Uint8Array.of(0xa5, 0x5a) };
  const request = encode(phone.registrationRequest());
  const { bytes } = await phone.toSecurityMode();
  const sent = Buffer.from(request).toString("hex");
  const ie = /2e06[0-9a-f]{12}/.exec(sent)?.[0];
  assert.ok(ie !== undefined);
  assert.ok(Buffer.from(bytes).toString("hex").includes(ie.slice(2)));
  phone.say({ is: "Security mode reject", cause: Cause5gmm.ueSecurityCapabilitiesMismatch });
});

for (const [name, nia] of [
  ["NIA0 alone", [0]],
  ["no integrity algorithm at all", []],
  ["algorithms of the future alone", [6, 7]],
] as const) {
  scenario(`TS 33.501 §6.7.1: a phone with ${name} is rejected with #23, and NIA0 is never chosen`, async (phone, system) => {
    phone.capability = { nea: [0, 1, 2, 3], nia: [...nia] };
    phone.say(phone.registrationRequest());
    const { message } = await phone.next("Authentication request");
    phone.say({ is: "Authentication response", resStar: phone.challenged(message).resStar });
    assert.equal((await phone.next("Registration reject")).message.cause, Cause5gmm.ueSecurityCapabilitiesMismatch);
    await system.clock.advance(100);
    nothing(system);
  });
}

scenario(
  "TS 24.501 §5.4.2.5: SECURITY MODE REJECT abandons the registration and releases the connection, and the phone may begin again",
  async (phone, system) => {
    await phone.toSecurityMode();
    phone.say({ is: "Security mode reject", cause: Cause5gmm.ueSecurityCapabilitiesMismatch });
    await system.clock.advance(100);
    assert.ok(phone.released);
    nothing(system);
    await new ScriptedPhone(system, phone.gnb, alice, 2).register();
  },
);

scenario("INTEROP 14: T3560 expires five times: five commands, each with a COUNT of its own, then the release", async (phone, system) => {
  await phone.toSecurityMode();
  await system.clock.advance(31_000);
  const commands = phone.heard.filter(({ message }) => message.is === "Security mode command");
  assert.deepEqual(
    commands.map(({ bytes }) => bytes[6]),
    [0, 1, 2, 3, 4],
  );
  assert.ok(phone.released);
  nothing(system);
});

scenario("TS 24.501 §4.4.6: a SECURITY MODE COMPLETE whose container holds another message is rejected with #95", async (phone, system) => {
  await phone.toSecurityMode();
  phone.say({ is: "Security mode complete", nasMessageContainer: encode({ is: "Registration complete" }) }, 4);
  assert.equal((await phone.next("Registration reject")).message.cause, Cause5gmm.semanticallyIncorrectMessage);
  await system.clock.advance(100);
  nothing(system);
});

scenario("INTEROP 12: a phone that sent everything in clear completes without a container, and is registered", async (phone, system) => {
  await phone.toSecurityMode();
  phone.say({ is: "Security mode complete" }, 4);
  await phone.accepted();
  phone.say({ is: "Registration complete" }, 2);
  await system.clock.advance(100);
  assert.equal(amfOf(system).ues[0]?.rm, "REGISTERED");
});

scenario("INTEROP 12: the request in the container takes the place of the first one", async (phone, system) => {
  await phone.toSecurityMode();
  const whole = phone.registrationRequest({ requestedNssai: [{ sst: 1 }, { sst: 77 }] });
  phone.say({ is: "Security mode complete", nasMessageContainer: encode(whole) }, 4);
  const accept = await phone.accepted();
  assert.deepEqual(
    accept.rejectedNssai?.map(({ sst }) => sst),
    [77],
  );
  phone.say({ is: "Registration complete" }, 2);
  await system.clock.settle();
});

scenario(
  "TS 24.501 §4.4.4.3: a SECURITY MODE COMPLETE in clear, or with a wrong MAC, is not taken; the right one then is",
  async (phone, system) => {
    await phone.toSecurityMode();
    phone.say({ is: "Security mode complete" });
    phone.put(Uint8Array.of(0x7e, 4, 1, 2, 3, 4, 0, 0x7e, 0, 0x5e));
    await system.clock.settle();
    assert.equal(phone.names().includes("Registration accept"), false);
    phone.say({ is: "Security mode complete" }, 4);
    await phone.accepted();
  },
);

scenario(
  "INTEROP 13: a known 5G-GUTI with a wrong MAC is authenticated, and the command asks for the whole request again",
  async (phone, system) => {
    await phone.register();
    const guti = amfOf(system).ues[0]?.guti;
    const later = phone.again(2);
    const bytes = later.security!.protect(encode(later.registrationRequest()), 1);
    bytes[3]! ^= 0xff;
    later.put(bytes);
    await later.next("Identity request");
    assert.equal(amfOf(system).ues[0]?.guti, guti);
    later.say({ is: "Identity response", mobileIdentity: { is: "SUCI", suci: later.suci } });
    const { message } = await later.next("Authentication request");
    assert.notEqual(message.ngKsi, phone.ngKsi);
    later.say({ is: "Authentication response", resStar: later.challenged(message).resStar });
    const command = await later.next("Security mode command");
    assert.equal(command.message.additionalSecurityInformation?.retransmissionOfInitialNasMessageRequested, true);
    later.takeSecurity(command);
    later.say({ is: "Security mode complete", nasMessageContainer: encode(later.registrationRequest()) }, 4);
    await later.accepted();
    later.say({ is: "Registration complete" }, 2);
    await system.clock.advance(100);
    assert.ok(phone.released);
    assert.deepEqual([amfOf(system).ues.length, amfOf(system).connections], [1, 1]);
  },
);

scenario(
  "TS 24.501 §4.4.5: a reject after the secure exchange is established is protected, also to a phone that nobody knew",
  async (phone) => {
    await phone.toSecurityMode();
    phone.say({ is: "Security mode complete", nasMessageContainer: encode(phone.registrationRequest()) }, 4);
    const { message, header } = await phone.next("Registration reject");
    assert.deepEqual([message.cause, header], [Cause5gmm.noNetworkSlicesAvailable, 2]);
  },
  { subscribers: [{ ...alice, slices: alice.slices.map((slice) => ({ ...slice, sst: 3 })) }] },
);
