/** Initial Context Setup, the key in it, and what a gNB tells of a phone (TS 38.413 §8.3.1, §8.6, §8.14.1; TS 33.501 §6.8.1.2). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { deriveKgnb } from "@freehold/crypto";
import { AccessType } from "@freehold/model";
import { decode as decodeNas } from "@freehold/nas";
import { type InitialContextSetupRequest, type Message, numberOf, type Pdu } from "@freehold/ngap";
import { toHex } from "@freehold/wire";
import { alice, amfOf, faults, scenario } from "../src/by-hand.ts";
import { FiveGC, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

/** INITIAL UE MESSAGE that does not ask for the context. */
function unasked(gnb: OddGnb): OddGnb {
  const asks = gnb.initialUeMessage.bind(gnb);
  gnb.initialUeMessage = (...given) => {
    const { ueContextRequest: _, ...ies } = asks(...given).ies;
    return { is: "InitialUEMessage", ies };
  };
  return gnb;
}

const sessionRequest = (phone: ScriptedPhone, id = 1): void =>
  phone.say(
    {
      is: "UL NAS transport",
      payloadContainerType: "N1 SM information",
      payloadContainer: Uint8Array.of(0x2e, id, 1, 0xc1, 0xff, 0xff),
      pduSessionId: id,
      requestType: "initial request",
    },
    2,
  );

scenario("INTEROP 7: where the UE context is asked for, Initial Context Setup runs and carries the accept", async (phone, _, gnb) => {
  await phone.register();
  assert.deepEqual(
    gnb.names().filter((is) => /InitialContext/.test(is)),
    ["InitialContextSetupRequest"],
  );
  assert.equal(phone.heard.find(({ message }) => message.is === "Registration accept")?.by, "InitialContextSetupRequest");
});

scenario(
  "INTEROP 7: where it is not asked for, signalling goes without, and Initial Context Setup comes with the first PDU session",
  async (phone, system, gnb) => {
    unasked(gnb);
    await phone.register();
    assert.equal(phone.heard.find(({ message }) => message.is === "Registration accept")?.by, "DownlinkNASTransport");
    assert.equal(gnb.names().includes("InitialContextSetupRequest"), false);
    phone.contextSetup = "silence";
    sessionRequest(phone, 1);
    const { ies } = await gnb.next("InitialContextSetupRequest");
    const [item] = ies.pduSessionResourceSetupListCxtReq ?? [];
    assert.equal(item?.pDUSessionID, 1);
    assert.ok(item?.nASPDU !== undefined && ies.nasPdu === undefined);
    assert.ok(ies.ueAggregateMaximumBitRate !== undefined, "UE AMBR with a PDU session list (TS 38.413 §8.3.1.2)");
    // Two sessions back to back: no second context, and no PDU SESSION RESOURCE SETUP REQUEST before the gNB has one.
    assert.equal(gnb.names().includes("PDUSessionResourceSetupRequest"), false);
    gnb.send({ is: "InitialContextSetupResponse", ies: { amfUeNgapId: phone.amfUeNgapId!, ranUeNgapId: phone.ranUeNgapId } });
    sessionRequest(phone, 2);
    const second = await gnb.next("PDUSessionResourceSetupRequest");
    assert.equal(second.ies.ueAggregateMaximumBitRate, undefined);
    await system.clock.advance(1_000);
    assert.equal(gnb.names().filter((is) => is === "InitialContextSetupRequest").length, 1);
  },
);

test("INTEROP 7: the serving PLMN is that of the TAI in the message: two PLMNs at one gNB, each phone in its own", async () => {
  const config = `network: { plmns: [{ mcc: "001", mnc: "01", slices: [{ sst: 1 }] }, { mcc: "310", mnc: "014", slices: [{ sst: 1 }] }] }`;
  await using system = await FiveGC.start({ config, subscribers: [alice, subscriber(2)] });
  const gnb = await OddGnb.connect(system);
  const away = { mcc: "310", mnc: "014" };
  await new ScriptedPhone(system, gnb, alice, 1).register();
  const there = await OddGnb.connect(system, { gnbId: 3, plmn: away, host: "127.1.9.10" });
  await new ScriptedPhone(system, there, subscriber(2), 1).register(); // its KAMF is bound to the serving network's name
  const contexts = [...system.core.functions.get("amf")!.amf!.amf.ues.all()].map(({ context }) => context!);
  assert.deepEqual(
    contexts.map(({ servingPlmn, homePlmn, guti }) => [servingPlmn.mcc, homePlmn.mcc, guti.plmn.mcc]),
    [
      ["001", "001", "001"],
      ["310", "001", "310"],
    ],
  );
});

scenario(
  "INTEROP 21: INITIAL CONTEXT SETUP REQUEST has GUAMI, allowed NSSAI, capabilities whose first bit is NEA1 and NIA1, key, masked IMEISV",
  async (phone, _, gnb) => {
    phone.capability = { nea: [0, 2], nia: [1, 3], eea: [0, 1], eia: [2] };
    await phone.toSecurityMode();
    phone.say({ is: "Security mode complete", imeisv: { is: "IMEISV", imeisv: "4370816125816151" } }, 4);
    const { ies } = await gnb.next("InitialContextSetupRequest");
    const { ies: setup } = gnb.heard[0] as Pdu<"NGSetupResponse">;
    assert.deepEqual(ies.guami, setup.servedGUAMIList?.[0]?.gUAMI);
    assert.deepEqual(
      ies.allowedNSSAI?.map(({ sNSSAI }) => toHex(sNSSAI.sST)),
      ["01"],
    );
    const c = ies.ueSecurityCapabilities!;
    // Bit 1 is NEA1 (TS 38.413 §9.3.1.86), while NAS begins with 5G-EA0.
    assert.deepEqual(
      [c.nRencryptionAlgorithms, c.nRintegrityProtectionAlgorithms, c.eUTRAencryptionAlgorithms, c.eUTRAintegrityProtectionAlgorithms].map(
        (bits) => numberOf(bits).toString(2).padStart(16, "0").slice(0, 4),
      ),
      ["0100", "1010", "1000", "0100"],
    );
    assert.equal(ies.securityKey?.length, 256);
    assert.equal(toHex(ies.maskedIMEISV!.bits), "4370816125ffff51");
    await phone.accepted();
  },
);

scenario(
  "INTEROP 21: UE AMBR is told once: with the context where that has a session list or comes first, else with the first session",
  async (phone, system, gnb) => {
    await phone.register();
    sessionRequest(phone);
    const { ies } = await gnb.next("PDUSessionResourceSetupRequest");
    const context = gnb.heard.find((pdu) => pdu.is === "InitialContextSetupRequest")?.ies as Partial<InitialContextSetupRequest>;
    assert.deepEqual([context.ueAggregateMaximumBitRate !== undefined, ies.ueAggregateMaximumBitRate !== undefined], [true, false]);
    assert.deepEqual(context.ueAggregateMaximumBitRate, { uEAggregateMaximumBitRateDL: 1e9, uEAggregateMaximumBitRateUL: 1e9 });
    await system.clock.settle();
  },
);

scenario(
  "INTEROP 22: KgNB is of the uplink COUNT of SECURITY MODE COMPLETE, and of the initial message where no security mode ran",
  async (phone, system, gnb) => {
    const keyOf = async () => toHex((await gnb.next("InitialContextSetupRequest")).ies.securityKey!.bits);
    const expected = (count: number): string => toHex(deriveKgnb(phone.kamf!, count, AccessType.threeGpp).reveal());
    await phone.toSecurityMode();
    // Two messages that take no COUNT of the new context along: the Complete is the first, and its COUNT 0 counts.
    phone.say({ is: "Security mode complete" }, 4);
    assert.equal(await keyOf(), expected(0));
    await phone.accepted();
    phone.say({ is: "Registration complete" }, 2);
    phone.say({ is: "5GMM status", cause: 111 }, 2);
    await system.clock.advance(1_000);
    gnb.send({
      is: "UEContextReleaseRequest",
      ies: { amfUeNgapId: phone.amfUeNgapId!, ranUeNgapId: 1, cause: { choice: "radioNetwork", value: "user-inactivity" } },
    });
    await gnb.next("UEContextReleaseCommand");
    await system.clock.settle();
    const again = phone.again(2);
    const count = again.security!.counts().send;
    assert.equal(count, 3);
    again.say(again.registrationRequest({ registrationType: { type: "mobility registration updating", followOnRequest: true } }), 1);
    assert.equal(await keyOf(), expected(count));
    await again.accepted();
  },
);

test("INTEROP 22: the gNB compares the key with the phone's own, and counts what differs", async () => {
  await using system = await FiveGC.start();
  const gnb = await system.gnb();
  const ue = await system.ue(alice, { sessions: [{}] });
  await system.until(ue.bringUp());
  assert.notEqual(ue.state().asSecurity, undefined);
  assert.deepEqual(gnb.state().refusals, {});
});

scenario(
  "INTEROP 23: UE radio capability of 60,000 octets at any moment: during registration and after it; given back in the next context",
  async (phone, system, gnb) => {
    const capability = (fill: number): Uint8Array => new Uint8Array(60_000).fill(fill);
    const tell = (of: ScriptedPhone, fill: number): void =>
      gnb.send({
        is: "UERadioCapabilityInfoIndication",
        ies: { amfUeNgapId: of.amfUeNgapId!, ranUeNgapId: of.ranUeNgapId, ueRadioCapability: capability(fill) },
      });
    phone.say(phone.registrationRequest());
    const { message } = await phone.next("Authentication request");
    const heard = gnb.heard.length;
    tell(phone, 1); // before anybody is known
    await system.clock.settle();
    assert.deepEqual(gnb.names(heard), []);
    phone.say({ is: "Authentication response", resStar: phone.challenged(message).resStar });
    phone.takeSecurity(await phone.next("Security mode command"));
    phone.say({ is: "Security mode complete" }, 4);
    assert.deepEqual((await gnb.next("InitialContextSetupRequest")).ies.ueRadioCapability, capability(1));
    await phone.accepted();
    tell(phone, 2); // between accept and complete
    phone.say({ is: "Registration complete" }, 2);
    await system.clock.settle();
    let now = phone;
    for (const fill of [2, 3]) {
      if (fill === 3) tell(now, 3); // after the registration
      await system.clock.settle();
      const next = now.again(fill);
      next.say(next.registrationRequest({ registrationType: { type: "mobility registration updating", followOnRequest: true } }), 1);
      assert.deepEqual((await gnb.next("InitialContextSetupRequest")).ies.ueRadioCapability, capability(fill));
      await next.accepted();
      next.say({ is: "Registration complete" }, 2);
      await system.clock.settle();
      now = next;
    }
  },
);

scenario(
  "INTEROP 23: NAS NON DELIVERY INDICATION is never fatal: the message is sent again by its timer, with a new COUNT",
  async (phone, system, gnb) => {
    await phone.toAccept();
    const accept = phone.heard.at(-1)!;
    const lost = (nasPdu: Uint8Array): Message => ({
      is: "NASNonDeliveryIndication",
      ies: {
        amfUeNgapId: phone.amfUeNgapId!,
        ranUeNgapId: phone.ranUeNgapId,
        nasPdu,
        cause: { choice: "radioNetwork", value: "radio-connection-with-ue-lost" },
      },
    });
    gnb.send(lost(accept.bytes));
    gnb.send(lost(Uint8Array.of(0xff)));
    gnb.send(lost(new Uint8Array(0)));
    await system.clock.advance(6_500);
    const again = phone.heard.at(-1)!;
    assert.deepEqual([again.message.is, again.by], ["Registration accept", "DownlinkNASTransport"]);
    assert.ok(again.bytes[6]! > accept.bytes[6]!);
    assert.ok(decodeNas(again.bytes.subarray(7)).ok || again.header === 2);
    phone.say({ is: "Registration complete" }, 2);
    await system.clock.settle();
    assert.deepEqual([amfOf(system).ues[0]?.rm, amfOf(system).connections, faults(system)], ["REGISTERED", 1, []]);
  },
);
