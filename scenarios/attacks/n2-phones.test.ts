/** Attacks at N2 by right messages: of phones that are others', of sessions that are not there, by associations that come and go. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { conceal } from "@freehold/crypto";
import { supi } from "@freehold/model";
import { encode as encodeNas, isSecured } from "@freehold/nas";
import { decode, encode, type Message, type Pdu } from "@freehold/ngap";
import { seededRandom } from "@freehold/runtime";
import { amfOf, faults } from "../src/by-hand.ts";
import { type FiveGC, holdings, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";
import { type Survivors, survives } from "../src/survivors.ts";

const end = (gnb: OddGnb): void => gnb.association.abort("the attack is over");
const cause = { choice: "radioNetwork", value: "user-inactivity" } as const;

/** What the residents' gNB has sent, newest last. */
const sentBy = (system: FiveGC, is: string): readonly Uint8Array[] =>
  system.tape
    .entries()
    .filter(({ interface: where, from, message }) => where === "N2" && from === "gNB" && message === is)
    .map(({ bytes }) => bytes);

test("attack 6: another gNB's INITIAL UE MESSAGES again, from elsewhere: challenges that nobody answers, and the phones keep what they have", async () => {
  await survives(async (system, { phones }) => {
    const gnb = await OddGnb.connect(system);
    const recorded = sentBy(system, "InitialUEMessage");
    assert.equal(recorded.length, 2);
    for (let round = 0; round < 5; round++) for (const bytes of recorded) gnb.raw(bytes);
    await system.clock.advance(60_000);
    assert.equal(gnb.names().includes("InitialContextSetupRequest"), false);
    assert.ok(gnb.names().includes("DownlinkNASTransport"));
    assert.ok(phones.every((one) => one.state().connected));
    end(gnb);
  });
});

test("attack 6: an integrity protected initial message again: its COUNT was used, so it proves nothing", async () => {
  await survives(
    async (system) => {
      const home = await OddGnb.connect(system, { gnbId: 0x50 });
      const phone = new ScriptedPhone(system, home, subscriber(1));
      await phone.register();
      const again = phone.again(2);
      again.say(again.registrationRequest({ registrationType: { type: "mobility registration updating", followOnRequest: true } }), 1);
      await again.accepted();
      again.say({ is: "Registration complete" }, 2);
      await system.clock.settle();
      const before = amfOf(system).ues.map(({ ue, cm, guti }) => [ue, cm, guti]);
      const replayed = sentBy(system, "InitialUEMessage").at(-1)!;
      const read = decode(replayed);
      assert.ok(read.ok && read.value.is === "InitialUEMessage" && isSecured(read.value.ies.nasPdu!));
      const thief = await OddGnb.connect(system, { host: "127.1.9.66" });
      thief.raw(replayed);
      thief.send(thief.initialUeMessage(77, read.value.ies.nasPdu!));
      await system.clock.advance(1_000);
      assert.equal(thief.names().includes("InitialContextSetupRequest"), false);
      assert.deepEqual(
        amfOf(system).ues.map(({ ue, cm, guti }) => [ue, cm, guti]),
        before,
      );
      assert.equal(again.released, false);
      await system.until(system.core.functions.get("amf")!.amf!.deregister(subscriber(1).supi));
      end(thief);
      end(home);
    },
    { patienceMs: 120_000 },
  );
});

test("attack 9: a gNB releases, fails, hands over, resets and says NAS for the phones of another: ERROR INDICATION each time, and nothing moves", async () => {
  await survives(async (system, { gnb: home, phones }) => {
    const thief = await OddGnb.connect(system);
    for (const { amfUeNgapId = 0, ranUeNgapId } of home.state().ues) {
      const ids = { amfUeNgapId, ranUeNgapId };
      const nas = sentBy(system, "UplinkNASTransport").map((bytes) => {
        const read = decode(bytes);
        return read.ok && read.value.is === "UplinkNASTransport" ? read.value.ies.nasPdu! : new Uint8Array();
      });
      const location = thief.location();
      const answered: Message[] = [
        ...nas.map((one) => thief.uplinkNas(amfUeNgapId, ranUeNgapId, one)),
        thief.uplinkNas(amfUeNgapId, ranUeNgapId, encodeNas({ is: "5GMM status", cause: 111 })),
        { is: "UEContextReleaseRequest", ies: { ...ids, cause } },
        { is: "InitialContextSetupResponse", ies: ids },
        { is: "InitialContextSetupFailure", ies: { ...ids, cause } },
        { is: "PDUSessionResourceSetupResponse", ies: ids },
        {
          is: "PDUSessionResourceReleaseResponse",
          ies: {
            ...ids,
            pduSessionResourceReleasedListRelRes: [{ pDUSessionID: 1, pDUSessionResourceReleaseResponseTransfer: Uint8Array.of(0) }],
          },
        },
        { is: "UERadioCapabilityInfoIndication", ies: { ...ids, ueRadioCapability: new Uint8Array(50_000) } },
        { is: "NASNonDeliveryIndication", ies: { ...ids, nasPdu: new Uint8Array(5), cause } },
        { is: "UEContextModificationResponse", ies: ids },
        { is: "HandoverCancel", ies: { ...ids, cause } },
      ];
      for (const one of answered) {
        const heard = thief.heard.length;
        thief.send(one);
        await system.clock.advance(20);
        assert.deepEqual(thief.names(heard), ["ErrorIndication"], one.is);
      }
      const heard = thief.heard.length;
      for (const one of [
        { is: "UEContextReleaseComplete", ies: ids },
        { is: "HandoverNotify", ies: { ...ids, userLocationInformation: location } },
        { is: "ErrorIndication", ies: { ...ids, cause: { choice: "radioNetwork", value: "unknown-local-UE-NGAP-ID" } } },
      ] satisfies Message[])
        thief.send(one);
      await system.clock.settle();
      assert.deepEqual(thief.names(heard), []);
      thief.send({
        is: "NGReset",
        ies: {
          cause,
          resetType: {
            choice: "partOfNG-Interface",
            value: [{ aMFUENGAPID: amfUeNgapId, rANUENGAPID: ranUeNgapId }, { aMFUENGAPID: amfUeNgapId }],
          },
        },
      });
      await thief.next("NGResetAcknowledge");
    }
    assert.ok(phones.every((one) => one.state().connected));
    assert.deepEqual(home.state().refusals, {});
    end(thief);
  });
});

test("attack 10: one RAN UE NGAP ID in a hundred INITIAL UE MESSAGES: each takes the place of the one before, one connection is left", async () => {
  await survives(async (system, { before }) => {
    const gnb = await OddGnb.connect(system);
    const nas = encodeNas(new ScriptedPhone(system, gnb, subscriber(1), 1).registrationRequest());
    gnb.doors.length = 0; // that phone hears nothing
    for (let i = 0; i < 100; i++) gnb.send(gnb.initialUeMessage(1, nas));
    await system.clock.advance(500);
    assert.equal(amfOf(system).connections, before.connections + 1);
    const phone = new ScriptedPhone(system, gnb, subscriber(1), 1);
    await phone.register();
    assert.equal(amfOf(system).connections, before.connections + 1);
    await system.until(system.core.functions.get("amf")!.amf!.deregister(subscriber(1).supi));
    end(gnb);
  });
});

/** A session answer whose PSI, list and contents are as the attacker likes. */
const lies: readonly ((ids: { amfUeNgapId: number; ranUeNgapId: number }) => Message)[] = [0, 1, 5, 15, 16, 255].flatMap((pDUSessionID) =>
  [
    new Uint8Array(0),
    Uint8Array.of(0),
    new Uint8Array(40).fill(0xff),
    Uint8Array.of(0, 3, 0xe0, 127, 1, 9, 9, 0xde, 0xad, 0xbe, 0xef, 0, 1),
  ].flatMap((transfer) => {
    const set = { pDUSessionID, pDUSessionResourceSetupResponseTransfer: transfer };
    const failed = { pDUSessionID, pDUSessionResourceSetupUnsuccessfulTransfer: transfer };
    return [
      (ids: { amfUeNgapId: number; ranUeNgapId: number }): Message => ({
        is: "InitialContextSetupResponse",
        ies: { ...ids, pduSessionResourceSetupListCxtRes: [set, set], pduSessionResourceFailedToSetupListCxtRes: [failed] },
      }),
      (ids: { amfUeNgapId: number; ranUeNgapId: number }): Message => ({
        is: "PDUSessionResourceSetupResponse",
        ies: {
          ...ids,
          pduSessionResourceSetupListSURes: [set],
          pduSessionResourceFailedToSetupListSURes: [{ ...failed, pDUSessionResourceSetupUnsuccessfulTransfer: transfer }],
        },
      }),
      (ids: { amfUeNgapId: number; ranUeNgapId: number }): Message => ({
        is: "PDUSessionResourceReleaseResponse",
        ies: { ...ids, pduSessionResourceReleasedListRelRes: [{ pDUSessionID, pDUSessionResourceReleaseResponseTransfer: transfer }] },
      }),
    ];
  }),
);

test("attack 14: INITIAL CONTEXT SETUP RESPONSE and its kin naming sessions that are not there, with transfers that are none: dropped with a line each", async () => {
  await survives(async (system) => {
    const gnb = await OddGnb.connect(system);
    const phone = new ScriptedPhone(system, gnb, subscriber(1));
    phone.contextSetup = "silence";
    await phone.toAccept();
    const ids = { amfUeNgapId: phone.amfUeNgapId!, ranUeNgapId: 1 };
    const held = holdings(system);
    for (const lie of lies) {
      gnb.send(lie(ids));
      await system.clock.advance(20);
    }
    phone.say({ is: "Registration complete" }, 2);
    await system.clock.advance(1_000);
    assert.deepEqual(holdings(system), held);
    assert.deepEqual(
      amfOf(system)
        .ues.map(({ rm }) => rm)
        .filter((rm) => rm === "REGISTERED").length,
      3,
    );
    await system.until(system.core.functions.get("amf")!.amf!.deregister(subscriber(1).supi));
    end(gnb);
  });
});

test("attack 15: NG RESET with causes of no release, with lists of others' connections, of 65,536 items, of nothing: acknowledged, and only its own go", async () => {
  await survives(async (system, { gnb: home }) => {
    const gnb = await OddGnb.connect(system);
    const phone = new ScriptedPhone(system, gnb, subscriber(1));
    phone.say(phone.registrationRequest());
    await phone.next("Authentication request");
    const value = [
      ...home
        .state()
        .ues.flatMap(({ amfUeNgapId = 0, ranUeNgapId }) => [
          { aMFUENGAPID: amfUeNgapId },
          { aMFUENGAPID: amfUeNgapId, rANUENGAPID: ranUeNgapId },
          { aMFUENGAPID: amfUeNgapId, rANUENGAPID: 1 },
        ]),
      ...Array.from({ length: 65_000 }, (_, i) => ({ aMFUENGAPID: 2 ** 32 + i })),
      {},
      {},
    ];
    const reset = { is: "NGReset", ies: { cause, resetType: { choice: "partOfNG-Interface", value } } } as const;
    gnb.send(reset);
    assert.equal((await gnb.next("NGResetAcknowledge")).ies.ueAssociatedLogicalNGConnectionList?.length, value.length);
    // The cause's group and value in the octet or two behind its length: every one there is.
    const octets = encode({ is: "NGReset", ies: { cause, resetType: { choice: "nG-Interface", value: "reset-all" } } });
    const at = octets.findIndex((one, i) => one === 0 && octets[i + 1] === 15 && octets[i + 2] === 0x40) + 4;
    for (let first = 0; first < 256; first++) {
      gnb.raw(octets.with(at, first));
      if (first % 32 === 31) await system.clock.advance(500);
    }
    const answers = new Set(gnb.names(2));
    answers.delete("DownlinkNASTransport");
    assert.deepEqual([...answers].sort(), ["ErrorIndication", "NGResetAcknowledge"]);
    assert.equal(gnb.ended, undefined);
    end(gnb);
  });
});

const crowd = Array.from({ length: 45 }, (_, i) => subscriber(i + 1));

test("attack 16: an association with 45 registered phones that comes and goes, in the middle of what the phones do: no connection is left behind", async () => {
  await survives(
    async (system, { before }) => {
      for (let round = 0; round < 4; round++) {
        const gnb = await OddGnb.connect(system, { host: `127.1.9.${20 + round}` });
        const phones = crowd.map((one, i) => new ScriptedPhone(system, gnb, one, i + 1));
        // In each round the flap comes a little later in the registrations.
        for (const phone of phones) phone.say(phone.registrationRequest());
        if (round >= 1) {
          for (const phone of phones) {
            const { message } = await phone.next("Authentication request");
            phone.say({ is: "Authentication response", resStar: phone.challenged(message).resStar });
          }
        }
        if (round >= 2) {
          for (const phone of phones) {
            phone.takeSecurity(await phone.next("Security mode command"));
            phone.say({ is: "Security mode complete" }, 4);
          }
        }
        if (round >= 3) {
          for (const phone of phones) {
            await phone.accepted();
            phone.say({ is: "Registration complete" }, 2);
          }
          await system.clock.settle();
          assert.equal(amfOf(system).connections, before.connections + crowd.length);
        }
        end(gnb);
        await system.clock.settle();
        assert.equal(amfOf(system).connections, before.connections);
      }
      const gnb = await OddGnb.connect(system);
      for (const one of crowd) await system.until(system.core.functions.get("amf")!.amf!.deregister(one.supi));
      end(gnb);
    },
    { subscribers: crowd, patienceMs: 120_000 },
  );
});

test("attack 16: the association is aborted at every message of a registration, SBI answers pending among them: nothing is left, and the phone registers", async () => {
  let gnbs = 0;
  const registered = async (system: FiveGC, abortAt: number): Promise<number> => {
    const gnb = await OddGnb.connect(system, { host: `127.2.0.${++gnbs}` });
    const phone = new ScriptedPhone(system, gnb, subscriber(1));
    let messages = 0;
    const stop = system.tape.subscribe(() => {
      if (++messages === abortAt) end(gnb);
    });
    phone.say(phone.registrationRequest());
    // Answers what comes, and waits for nothing: an aborted association brings no more.
    for (let read = 0, waited = 0; waited < 40; waited++) {
      await system.clock.advance(50);
      for (; read < phone.heard.length; read++) {
        const heard = phone.heard[read]!;
        const { message } = heard;
        if (message.is === "Authentication request")
          phone.say({ is: "Authentication response", resStar: phone.challenged(message).resStar });
        else if (message.is === "Security mode command") {
          phone.takeSecurity({ ...heard, message });
          phone.say({ is: "Security mode complete" }, 4);
        } else if (message.is === "Registration accept") phone.say({ is: "Registration complete" }, 2);
      }
    }
    stop();
    end(gnb);
    await system.clock.advance(15_000);
    return messages;
  };
  for (const carrier of ["local", "contrary"] as const) {
    await survives(
      async (system, { before }) => {
        const moments = await registered(system, Number.POSITIVE_INFINITY);
        assert.ok(moments >= 20);
        for (let at = 1; at <= Math.min(moments, 60); at++) {
          await registered(system, at);
          assert.deepEqual([amfOf(system).connections, faults(system)], [before.connections, []], `at message ${at}`);
        }
        const gnb = await OddGnb.connect(system);
        await new ScriptedPhone(system, gnb, subscriber(1), 5).register();
        await system.until(system.core.functions.get("amf")!.amf!.deregister(subscriber(1).supi));
        end(gnb);
      },
      { carrier, patienceMs: 60_000 },
    );
  }
});

for (const [what, ambr] of [
  ["one bit more than NGAP's most", { uplink: 4e12 + 1, downlink: 4e12 + 1 }],
  ["more than 2^53", { uplink: 9e15, downlink: 9e15 }],
  ["nothing", { uplink: 0, downlink: 0 }],
] as const) {
  test(`attack 17: a subscription whose UE AMBR and session AMBR are ${what}: the phone is served within the bounds, or refused, and others are served`, async () => {
    const { slices } = subscriber(1);
    const greedy = subscriber(1, {
      ueAmbr: ambr,
      slices: slices.map((slice) => ({ ...slice, dnns: slice.dnns.map((dnn) => ({ ...dnn, ambr })) })),
    });
    await survives(
      async (system) => {
        const gnb = await OddGnb.connect(system);
        const phone = new ScriptedPhone(system, gnb, greedy);
        await phone.register();
        phone.say(
          {
            is: "UL NAS transport",
            payloadContainerType: "N1 SM information",
            payloadContainer: Uint8Array.of(0x2e, 1, 1, 0xc1, 0xff, 0xff),
            pduSessionId: 1,
            requestType: "initial request",
          },
          2,
        );
        await system.clock.advance(20_000);
        const told = gnb.heard.flatMap((pdu) => ("ueAggregateMaximumBitRate" in pdu.ies ? [pdu.ies.ueAggregateMaximumBitRate] : []));
        for (const rate of told) assert.ok(Number(rate?.uEAggregateMaximumBitRateDL) <= 4e12);
        assert.ok(phone.names().includes("Registration accept"));
        const setUp = gnb.names().includes("PDUSessionResourceSetupRequest");
        const refused = phone.names().includes("DL NAS transport");
        assert.ok(setUp || refused, "the session is set up or refused, not lost");
        await system.until(system.core.functions.get("amf")!.amf!.deregister(greedy.supi));
        end(gnb);
      },
      { subscribers: [greedy] },
    );
  });
}

/** A REGISTRATION REQUEST of a phone that nobody knows, its SUCI by profile A with the home network's own key. */
function stranger(system: FiveGC, index: number): Uint8Array {
  const suci = conceal(
    {
      supi: supi(`imsi-00101${String(7_000_000_000 + index)}`),
      mncDigits: 2,
      routingIndicator: "0",
      homeNetworkKey: system.homeNetworkKey,
    },
    seededRandom(`stranger ${index}`),
  );
  return encodeNas({
    is: "Registration request",
    registrationType: { type: "initial registration", followOnRequest: true },
    ngKsi: 7,
    mobileIdentity: { is: "SUCI", suci },
    ueSecurityCapability: { nea: [0, 2], nia: [2] },
  });
}

const limited = "amf: { registrationsPerSecond: { perGnb: 20, all: 50 } }";
const asked = (system: FiveGC): number =>
  system.tape.entries().filter(({ message, from }) => message === "Nausf_UEAuthentication_Authenticate" && from === "AMF").length;

/** A flood of strangers from one gNB; what `meanwhile` says must work in the middle of it. */
async function flood(
  meanwhile: (system: FiveGC, gnb: OddGnb, survivors: Survivors) => Promise<void>,
  subscribers = [subscriber(1)],
): Promise<void> {
  await survives(
    async (system, survivors) => {
      const gnb = await OddGnb.connect(system, { gnbId: 0x666 });
      const before = asked(system);
      const lines = system.log.lines.length;
      const turned = amfOf(system).turnedAway;
      for (let i = 0; i < 1_000; i++) gnb.send(gnb.initialUeMessage(10_000 + i, stranger(system, i)));
      await system.clock.settle();
      assert.equal(asked(system) - before, 20, "the home network is asked for what is admitted, no more");
      assert.equal(amfOf(system).turnedAway - turned, 980);
      assert.ok(system.log.lines.length - lines < 200, `${system.log.lines.length - lines} lines`);
      const released = gnb.heard.filter((pdu) => pdu.is === "UEContextReleaseCommand");
      const overload = released.filter(({ ies }) => ies.cause?.value === "control-processing-overload");
      assert.equal(overload.length, 980);
      assert.equal(gnb.names().includes("ErrorIndication"), false, "the gNB's Completes pass");
      await meanwhile(system, gnb, survivors);
      end(gnb);
    },
    { config: limited, subscribers, patienceMs: 60_000 },
  );
}

test("attack 31: a thousand registrations with random SUCIs at once: twenty reach the home network, the rest is released at once, and a phone elsewhere registers in the middle", async () => {
  await flood(async (system) => {
    const elsewhere = await OddGnb.connect(system, { gnbId: 0x51, host: "127.1.9.51" });
    await new ScriptedPhone(system, elsewhere, subscriber(1)).register();
    await system.until(system.core.functions.get("amf")!.amf!.deregister(subscriber(1).supi));
    end(elsewhere);
  });
});

test("attack 31: at the flooded gNB a phone that we know registers and deregisters by its own context, and an emergency is let in", async () => {
  const [alice, bob] = [subscriber(1), subscriber(2)];
  await survives(
    async (system) => {
      const gnb = await OddGnb.connect(system, { gnbId: 0x666 });
      const phone = new ScriptedPhone(system, gnb, alice);
      await phone.register();
      await system.clock.advance(5_000);
      for (let i = 0; i < 200; i++) gnb.send(gnb.initialUeMessage(10_000 + i, stranger(system, i)));
      await system.clock.settle();
      assert.ok(amfOf(system).turnedAway >= 180);
      const again = phone.again(2);
      again.say(again.registrationRequest({ registrationType: { type: "mobility registration updating", followOnRequest: true } }), 1);
      await again.accepted();
      again.say({ is: "Registration complete" }, 2);
      // Bob is nobody to us yet, and is turned away; with the establishment cause of an emergency he is not.
      const refused = new ScriptedPhone(system, gnb, bob, 3);
      refused.say(refused.registrationRequest());
      await system.clock.settle();
      assert.deepEqual([refused.released, refused.names()], [true, []]);
      const plain = gnb.initialUeMessage.bind(gnb);
      gnb.initialUeMessage = (...given) => {
        const message = plain(...given);
        return { ...message, ies: { ...message.ies, rrcEstablishmentCause: "emergency" } };
      };
      await new ScriptedPhone(system, gnb, bob, 4).register();
      for (const one of [alice, bob]) await system.until(system.core.functions.get("amf")!.amf!.deregister(one.supi));
      end(gnb);
    },
    { config: limited, subscribers: [alice, bob], patienceMs: 60_000 },
  );
});

test("attack 31: the same flood on one connection, a REGISTRATION REQUEST after the other: admission is not passed by", async () => {
  await survives(
    async (system) => {
      const gnb = await OddGnb.connect(system, { gnbId: 0x666 });
      const before = asked(system);
      gnb.send(gnb.initialUeMessage(1, stranger(system, 0)));
      await system.clock.settle();
      const first = gnb.heard.find(
        (pdu): pdu is Pdu<"UEContextReleaseCommand"> | Pdu<"DownlinkNASTransport"> => pdu.is === "DownlinkNASTransport",
      );
      const { amfUeNgapId } = (first?.ies ?? {}) as { amfUeNgapId: number };
      for (let i = 1; i < 500; i++) {
        gnb.send(gnb.uplinkNas(amfUeNgapId, 1, stranger(system, i)));
        if (i % 100 === 0) await system.clock.settle();
      }
      await system.clock.settle();
      assert.ok(asked(system) - before <= 20, `${asked(system) - before} asked`);
      end(gnb);
    },
    { config: limited },
  );
});

test("attack 31: phones that we know, all at once: those beyond the rate hear #22 with T3346, protected, and are registered still (TS 24.501 §5.5.1.3.5)", async () => {
  const people = Array.from({ length: 4 }, (_, i) => subscriber(i + 1));
  await survives(
    async (system) => {
      const gnb = await OddGnb.connect(system);
      const phones = people.map((one, i) => new ScriptedPhone(system, gnb, one, i + 1));
      for (const phone of phones) {
        await phone.register();
        await system.clock.advance(2_000);
      }
      const returning = phones.map((phone, i) => phone.again(i + 11));
      for (const phone of returning)
        phone.say(phone.registrationRequest({ registrationType: { type: "mobility registration updating", followOnRequest: true } }), 1);
      await system.clock.advance(500);
      const rejects = returning.flatMap((phone) => phone.heard.filter(({ message }) => message.is === "Registration reject"));
      assert.equal(rejects.length, 2);
      for (const { message, header } of rejects) {
        assert.ok(message.is === "Registration reject" && message.cause === 22);
        assert.equal(header, 2);
        assert.ok(typeof message.t3346 === "number" && message.t3346 >= 30 && message.t3346 <= 60);
      }
      assert.equal(amfOf(system).ues.filter(({ rm }) => rm === "REGISTERED").length, 6);
      for (const one of people) await system.until(system.core.functions.get("amf")!.amf!.deregister(one.supi));
      end(gnb);
    },
    { config: "amf: { registrationsPerSecond: { perGnb: 2, all: 2 } }", subscribers: people, patienceMs: 60_000 },
  );
});
