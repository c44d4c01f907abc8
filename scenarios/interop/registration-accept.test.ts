/** What a registered phone is told, and what ends: rows 15 to 20 and 26. */
import assert from "node:assert/strict";
import { Cause5gmm, gutiText } from "@freehold/model";
import { encode, type NasMessage, RejectedSNssaiCause } from "@freehold/nas";
import { Nudm_UECM_Callback } from "@freehold/sbi";
import { provision } from "@freehold/udr";
import { alice, amfOf, scenario, warned } from "../src/by-hand.ts";
import type { FiveGC } from "../src/index.ts";
import type { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

const sliced = {
  config: `network: { plmns: [{ mcc: "001", mnc: "01", slices: [{ sst: 1 }, { sst: 2, sd: "0000aa" }] }] }`,
  subscribers: [
    {
      ...alice,
      slices: [
        ...alice.slices,
        { ...alice.slices[0]!, sst: 2, sd: "0000aa", default: false },
        { ...alice.slices[0]!, sst: 7, default: false },
      ],
    },
  ],
};

scenario(
  "INTEROP 15: the accept has result, 5G-GUTI, the TAI list with the current TAI, allowed and configured NSSAI, features and timers",
  async (phone) => {
    await phone.toSecurityMode();
    phone.say({ is: "Security mode complete", nasMessageContainer: encode(phone.registrationRequest()) }, 4);
    const accept = await phone.accepted();
    assert.equal(accept.registrationResult.result, "3GPP access");
    assert.equal(accept.registrationResult.emergencyRegistered, false);
    assert.deepEqual(accept.guti?.guti.plmn, { mcc: "001", mnc: "01" });
    assert.deepEqual(accept.taiList, [{ is: "one PLMN", plmn: { mcc: "001", mnc: "01" }, tacs: [1] }]);
    assert.deepEqual(accept.allowedNssai, [{ sst: 1 }]);
    assert.deepEqual(accept.configuredNssai, [{ sst: 1 }, { sst: 2, sd: "0000aa" }]);
    assert.equal(accept.networkFeatureSupport?.imsVops3gpp ?? false, false);
    assert.deepEqual([accept.t3512, accept.t3502], [3_600, 720]); // 54 minutes in the next unit of §9.11.2.5
    assert.deepEqual(
      [accept.pduSessionStatus, accept.pduSessionReactivationResult, accept.rejectedNssai],
      [undefined, undefined, undefined],
    );
  },
  sliced,
);

for (const erNssai of [false, true]) {
  scenario(
    `INTEROP 15: slices that are not subscribed, or not served, are rejected with a cause, ${erNssai ? "in the extended form for a phone that supports it" : "and the rest is allowed"}`,
    async (phone) => {
      await phone.toSecurityMode();
      const requestedNssai = [{ sst: 2, sd: "0000aa" }, { sst: 7 }, { sst: 99 }];
      const whole = phone.registrationRequest({ requestedNssai, capability5gmm: { erNssai } });
      phone.say({ is: "Security mode complete", nasMessageContainer: encode(whole) }, 4);
      const accept = await phone.accepted();
      assert.deepEqual(accept.allowedNssai, [{ sst: 2, sd: "0000aa" }]);
      const cause = RejectedSNssaiCause["not available in the current PLMN or SNPN"];
      const rejected = [
        { sst: 7, cause },
        { sst: 99, cause },
      ];
      assert.deepEqual(accept.rejectedNssai, erNssai ? undefined : rejected);
      assert.deepEqual(accept.extendedRejectedNssai, erNssai ? [{ backOff: undefined, slices: rejected }] : undefined);
    },
    sliced,
  );
}

scenario("INTEROP 15: S-NSSAI without SD and with SD FFFFFF are one slice: asked for as 01FFFFFF, allowed", async (phone) => {
  await phone.toSecurityMode();
  // The codec drops SD FFFFFF: the octets are written by hand, as phones of others send them.
  const request = encode(phone.registrationRequest({ requestedNssai: [{ sst: 1, sd: "abcdef" }] }));
  const at = request.findIndex((octet, i) => octet === 0xab && request[i + 1] === 0xcd && request[i + 2] === 0xef);
  request.fill(0xff, at, at + 3);
  phone.say({ is: "Security mode complete", nasMessageContainer: request }, 4);
  assert.deepEqual((await phone.accepted()).allowedNssai, [{ sst: 1 }]);
});

scenario(
  "INTEROP 15: sessions that the phone says it has and the network has not are told so; uplink data for one that has no user plane likewise",
  async (phone, system) => {
    await phone.register();
    const later = phone.again(2);
    const whole = later.registrationRequest({
      registrationType: { type: "mobility registration updating", followOnRequest: true },
      pduSessionStatus: [1, 5],
      uplinkDataStatus: [5],
    });
    const nasMessageContainer = later.security!.protectContainer(encode(whole));
    later.put(
      later.security!.protect(encode(later.registrationRequest({ registrationType: whole.registrationType, nasMessageContainer })), 1),
    );
    const accept = await later.accepted();
    assert.deepEqual([accept.pduSessionStatus, accept.pduSessionReactivationResult], [[], [5]]);
    later.say({ is: "Registration complete" }, 2);
    await system.clock.settle();
  },
);

for (const imsVoiceOverPs of [true, false]) {
  scenario(
    `INTEROP 16: network.imsVoiceOverPs: ${imsVoiceOverPs} is what phones are told, and the UDM`,
    async (phone, system) => {
      await phone.toSecurityMode();
      phone.say({ is: "Security mode complete" }, 4);
      assert.equal((await phone.accepted()).networkFeatureSupport?.imsVops3gpp ?? false, imsVoiceOverPs);
      const rows = await system.store.all<unknown>("context-ue");
      assert.match(JSON.stringify(rows), imsVoiceOverPs ? /HOMOGENEOUS_SUPPORT/ : /HOMOGENEOUS_NON_SUPPORT/);
    },
    { config: `network: { imsVoiceOverPs: ${imsVoiceOverPs} }` },
  );
}

const sessionRequest: NasMessage = {
  is: "UL NAS transport",
  payloadContainerType: "N1 SM information",
  payloadContainer: Uint8Array.of(0x2e, 1, 1, 0xc1, 0xff, 0xff, 0x91),
  pduSessionId: 1,
  requestType: "initial request",
};

scenario("INTEROP 17: UL NAS TRANSPORT right behind REGISTRATION COMPLETE: the session is set up", async (phone, system, gnb) => {
  await phone.toAccept();
  phone.say({ is: "Registration complete" }, 2);
  phone.say(sessionRequest, 2);
  await gnb.next("PDUSessionResourceSetupRequest");
  assert.deepEqual(amfOf(system).ues[0]?.sessions, [1]);
});

scenario(
  "INTEROP 17: the same request again after the accept, from a phone that missed it: the accept at once again, T3550 begun anew (TS 24.501 §5.5.1.2.8 d)",
  async (phone, system) => {
    await phone.register();
    const later = phone.again(2);
    const request = later.registrationRequest();
    later.say(request, 1);
    await later.accepted();
    await system.clock.advance(5_000);
    later.say(request, 2);
    await later.accepted();
    await system.clock.advance(5_000); // past the first T3550, not past the second
    assert.equal(later.names().filter((is) => is === "Registration accept").length, 2);
    await system.clock.advance(1_500);
    assert.equal(later.names().filter((is) => is === "Registration accept").length, 3);
    later.say({ is: "Registration complete" }, 2);
    await system.clock.advance(30_000);
    assert.equal(later.names().filter((is) => is === "Registration accept").length, 3);
    assert.equal(amfOf(system).ues[0]?.rm, "REGISTERED");
  },
);

scenario(
  "INTEROP 18: without a requested NSSAI the default subscribed slices are allowed, and no other",
  async (phone) => {
    await phone.toSecurityMode();
    phone.say({ is: "Security mode complete", nasMessageContainer: encode(phone.registrationRequest()) }, 4);
    assert.deepEqual((await phone.accepted()).allowedNssai, [{ sst: 1 }]);
  },
  sliced,
);

scenario(
  "INTEROP 19: network name and time after registration, and no acknowledgement is asked",
  async (phone) => {
    await phone.register();
    const { message, header } = await phone.next("Configuration update command");
    assert.equal(header, 2);
    assert.equal(message.configurationUpdateIndication, undefined);
    assert.deepEqual([message.fullNameForNetwork?.text, message.shortNameForNetwork?.text], ["Freehold", "Freehold"]);
    const { zone, year, month, day, hour } = message.universalTimeAndLocalTimeZone!;
    assert.deepEqual([year, month, day, hour, zone], [26, 11, 22, 12, -210]);
    assert.deepEqual([message.localTimeZone, message.networkDaylightSavingTime], [-210, 1]);
  },
  { config: 'network: { localTime: { zone: "-03:30", daylightSavingHours: 1 } }' },
);

/** The phone in CM-IDLE, and its answer to a page. */
async function paged(phone: ScriptedPhone, system: FiveGC, gnb: OddGnb): Promise<ScriptedPhone> {
  await phone.register();
  const cause = { choice: "radioNetwork", value: "user-inactivity" } as const;
  gnb.send({ is: "UEContextReleaseRequest", ies: { amfUeNgapId: phone.amfUeNgapId!, ranUeNgapId: 1, cause } });
  await gnb.next("UEContextReleaseCommand");
  await system.clock.settle();
  const woken = phone.again(2);
  const { amfSetId, amfPointer, tmsi } = phone.guti!;
  const sTmsi = { is: "5G-S-TMSI", sTmsi: { amfSetId, amfPointer, tmsi } } as const;
  woken.say({ is: "Service request", ngKsi: woken.ngKsi, serviceType: "mobile terminated services", sTmsi }, 1);
  await woken.next("Service accept");
  return woken;
}

scenario("INTEROP 19: who answers a page gets another 5G-GUTI, acknowledged; the old one then names nobody", async (phone, system, gnb) => {
  const woken = await paged(phone, system, gnb);
  const { message } = await woken.next("Configuration update command");
  assert.equal(message.configurationUpdateIndication?.acknowledgementRequested, true);
  const fresh = message.guti!.guti;
  assert.notEqual(gutiText(fresh), gutiText(phone.guti!));
  woken.say({ is: "Configuration update complete" }, 2);
  await system.clock.advance(100);
  assert.equal(amfOf(system).ues[0]?.guti, gutiText(fresh));
  const old = woken.again(3);
  old.say(old.registrationRequest(), 1);
  await old.next("Identity request");
});

scenario("INTEROP 19: T3555 expires five times: five commands, and the old and the new 5G-GUTI both hold", async (phone, system, gnb) => {
  const woken = await paged(phone, system, gnb);
  const { message } = await woken.next("Configuration update command");
  await system.clock.advance(40_000);
  const commands = woken.heard.filter((one) => one.message.is === "Configuration update command" && one.message.guti !== undefined);
  assert.equal(commands.length, 5);
  for (const [i, guti] of [woken.guti!, message.guti!.guti].entries()) {
    const later = woken.again(4 + i);
    later.guti = guti;
    later.say(later.registrationRequest({ registrationType: { type: "mobility registration updating", followOnRequest: true } }), 1);
    await later.accepted();
    assert.equal(later.names().includes("Identity request"), false);
    if (i === 0)
      gnb.send({
        is: "NGReset",
        ies: { cause: { choice: "misc", value: "unspecified" }, resetType: { choice: "nG-Interface", value: "reset-all" } },
      });
    else later.say({ is: "Registration complete" }, 2);
    await system.clock.advance(100);
  }
});

/** Each 5GMM message that a phone may send, in clear, with anything in it. */
const inClear: readonly NasMessage[] = [
  { is: "Registration complete" },
  { is: "Security mode complete" },
  { is: "Configuration update complete" },
  { is: "5GMM status", cause: 111 },
  sessionRequest,
  { is: "Notification response" },
  { is: "Deregistration accept (UE terminated)" },
  { is: "Authentication response", resStar: new Uint8Array(16) },
  { is: "Authentication failure", cause: 20 },
  { is: "Security mode reject", cause: 24 },
];

scenario(
  "INTEROP 20: once secure exchange is established nothing in clear is processed, whatever it is (TS 24.501 §4.4.4.3)",
  async (phone, system) => {
    await phone.register();
    const [before, heard] = [JSON.stringify(amfOf(system)), phone.heard.length];
    const request = phone.registrationRequest();
    const leave: NasMessage = {
      is: "Deregistration request (UE originating)",
      deregistrationType: { switchOff: false, reRegistrationRequired: false, accessType: "3GPP access" },
      ngKsi: phone.ngKsi,
      mobileIdentity: { is: "5G-GUTI", guti: phone.guti! },
    };
    for (const message of [
      ...inClear,
      request,
      leave,
      { is: "Identity response", mobileIdentity: { is: "SUCI", suci: phone.suci } } as const,
    ]) {
      phone.say(message);
      await system.clock.advance(10_000);
      assert.equal(JSON.stringify(amfOf(system)), before, message.is);
      assert.deepEqual(phone.names(heard), [], message.is);
    }
    assert.ok(warned(system, /without integrity protection discarded/));
  },
);

scenario(
  "INTEROP 20: before it, of the messages in clear only those of the clause are processed; the registration goes on past the rest",
  async (phone, system) => {
    phone.say(phone.registrationRequest());
    const { message } = await phone.next("Authentication request");
    for (const one of inClear.filter(({ is }) => !/Authentication/.test(is))) {
      phone.say(one);
      await system.clock.settle();
      assert.deepEqual(phone.names(), ["Authentication request"], one.is);
    }
    phone.say({ is: "Authentication response", resStar: phone.challenged(message).resStar });
    phone.takeSecurity(await phone.next("Security mode command"));
    phone.say({ is: "Security mode complete" }, 4);
    await phone.accepted();
  },
);

scenario(
  "INTEROP 20: a REGISTRATION REQUEST without its mandatory part is rejected with #96, and the connection is released",
  async (phone, system) => {
    phone.put(Uint8Array.of(0x7e, 0, 0x41, 0x79, 0, 4, 1, 0, 0xf1, 0x10));
    assert.equal((await phone.next("Registration reject")).message.cause, Cause5gmm.invalidMandatoryInformation);
    await system.clock.advance(100);
    assert.ok(phone.released);
    assert.deepEqual([amfOf(system).ues, amfOf(system).connections], [[], 0]);
  },
);

/** What the UDM of another network says of its subscriber, and what the phone is told. */
for (const [why, cause] of [
  ["the subscriber is withdrawn from the UDR after authentication", Cause5gmm.fiveGsServicesNotAllowed],
  ["none of the slices subscribed is served", Cause5gmm.noNetworkSlicesAvailable],
] as const) {
  scenario(`INTEROP 20: ${why}: #${cause}, protected`, async (phone, system) => {
    await phone.toSecurityMode();
    if (cause === Cause5gmm.noNetworkSlicesAvailable)
      await system.until(provision({ ...alice, slices: alice.slices.map((slice) => ({ ...slice, sst: 3 })) }, system.world));
    else await system.until(withdrawn(system));
    phone.say({ is: "Security mode complete" }, 4);
    const { message, header } = await phone.next("Registration reject");
    assert.deepEqual([message.cause, header], [cause, 2]);
  });
}

async function withdrawn(system: FiveGC): Promise<void> {
  const { withdraw } = await import("@freehold/udr");
  await withdraw(alice.supi, system.store);
}

const notified = (system: FiveGC, deregReason: string) => {
  const { amf } = system.core.functions.get("amf")!.amf!;
  const { world, callbacks } = amf;
  const at = world.sbi.consume(Nudm_UECM_Callback, callbacks.deregistration(alice.supi));
  return system.until(at.deregistrationNotification({ body: { deregReason, accessType: "3GPP_ACCESS" } as never }));
};

scenario(
  "INTEROP 26: the phone has registered at another AMF: it is told nothing here, its sessions and its connection end, and the UDM keeps what the other wrote",
  async (phone, system, gnb) => {
    await phone.register();
    phone.say(sessionRequest, 2);
    await gnb.next("PDUSessionResourceSetupRequest");
    const heard = phone.heard.length;
    const from = system.tape.length;
    assert.equal((await notified(system, "UE_INITIAL_REGISTRATION")).ok, true);
    await system.clock.advance(20_000);
    assert.equal(phone.names(heard).includes("Deregistration request (UE terminated)"), false);
    assert.deepEqual(
      amfOf(system).ues.map(({ rm, sessions }) => [rm, sessions]),
      [["DEREGISTERED", []]],
    );
    assert.ok(phone.released);
    const said = system.tape.entries().slice(from);
    assert.equal(
      said.some(({ message }) => /Nudm_UECM_Update/.test(message)),
      false,
    );
    assert.ok(said.some(({ message }) => /Nsmf_PDUSession_ReleaseSMContext/.test(message)));
  },
);

scenario("INTEROP 26: re-registration asked for by the UDM is asked of the phone, which then registers", async (phone, system) => {
  await phone.register();
  assert.equal((await notified(system, "REREGISTRATION_REQUIRED")).ok, true);
  const { message } = await phone.next("Deregistration request (UE terminated)");
  assert.deepEqual([message.deregistrationType.reRegistrationRequired, message.cause], [true, undefined]);
  phone.say({ is: "Deregistration accept (UE terminated)" }, 2);
  await system.clock.advance(1_000);
  assert.ok(phone.released);
  await new ScriptedPhone(system, phone.gnb, alice, 2).register();
  assert.equal(amfOf(system).ues[0]?.rm, "REGISTERED");
});
