import assert from "node:assert/strict";
import { test } from "node:test";
import type { AmfState } from "@freehold/amf";
import { encode as encodeNas } from "@freehold/nas";
import { encode, type Message } from "@freehold/ngap";
import { FiveGC, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

const amf = (system: FiveGC): AmfState => system.core.state()["amf"] as AmfState;
const faults = (system: FiveGC) => system.log.lines.filter(({ level }) => level === "error");
const [alice, bob] = [subscriber(1), subscriber(2)];

test("attack 5: a UE's message before NG Setup is answered by ERROR INDICATION, and no connection begins (TS 38.413 §8.7.1.1)", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system, { setUp: false });
  const phone = new ScriptedPhone(system, gnb, alice);
  phone.say(phone.registrationRequest());
  const { ies } = await gnb.next("ErrorIndication");
  assert.deepEqual(ies.cause, { choice: "protocol", value: "message-not-compatible-with-receiver-state" });
  assert.equal(ies.ranUeNgapId, 1);
  assert.deepEqual([amf(system).connections, amf(system).gnbs.length], [0, 0]);
});

test("INTEROP 1: PPID 66 is NGAP over DTLS: dropped with a line that says so, never answered", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system, { setUp: false });
  gnb.raw(encode(gnb.setupRequest()), { ppid: 66 });
  gnb.raw(encode(gnb.setupRequest()), { ppid: 0 });
  await system.clock.settle();
  assert.deepEqual(gnb.names(), []);
  assert.deepEqual(
    system.log.lines.filter(({ event }) => /PPID/.test(event)).map(({ event }) => event.replace(/dropped: /, "")),
    ["SCTP message with PPID 66 66 is NGAP over DTLS", "SCTP message with PPID 0 NGAP has 60"],
  );
});

test("INTEROP 6: an AMF UE NGAP ID that nobody has, up to 2^40-1, is answered with the IDs as received (TS 38.413 §10.6)", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system);
  for (const amfUeNgapId of [0, 1, 2 ** 32, 2 ** 40 - 1]) {
    gnb.send(gnb.uplinkNas(amfUeNgapId, 7, Uint8Array.of(0x7e, 0, 0x43)));
    const { ies } = await gnb.next("ErrorIndication");
    assert.deepEqual([ies.amfUeNgapId, ies.ranUeNgapId], [amfUeNgapId, 7]);
    assert.deepEqual(ies.cause, { choice: "radioNetwork", value: "unknown-local-UE-NGAP-ID" });
  }
  assert.deepEqual(faults(system), []);
});

test("TS 38.413 §10.6: a gNB that uses another gNB's AMF UE NGAP ID is refused, and the UE is not touched", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system);
  const phone = new ScriptedPhone(system, gnb, alice);
  await phone.register();
  const thief = await OddGnb.connect(system, { gnbId: 0x666, name: "thief", host: "127.1.9.66" });
  const ids = { amfUeNgapId: phone.amfUeNgapId!, ranUeNgapId: phone.ranUeNgapId };
  const cause = { choice: "radioNetwork", value: "user-inactivity" } as const;
  const stolen: Message[] = [
    thief.uplinkNas(ids.amfUeNgapId, ids.ranUeNgapId, Uint8Array.of(0x7e, 0, 0x43)),
    { is: "UEContextReleaseRequest", ies: { ...ids, cause } },
    { is: "InitialContextSetupFailure", ies: { ...ids, cause } },
    { is: "PDUSessionResourceSetupResponse", ies: ids },
    { is: "UEContextModificationResponse", ies: ids },
  ];
  for (const pdu of stolen) {
    thief.send(pdu);
    const { ies } = await thief.next("ErrorIndication");
    assert.deepEqual(ies.cause, { choice: "radioNetwork", value: "unknown-local-UE-NGAP-ID" }, pdu.is);
  }
  const before = thief.heard.length;
  thief.send({ is: "UEContextReleaseComplete", ies: ids }); // a last message, which is not answered
  thief.send({ is: "ErrorIndication", ies: { ...ids, cause: { choice: "radioNetwork", value: "unknown-local-UE-NGAP-ID" } } });
  await system.clock.settle();
  assert.deepEqual([amf(system).ues[0]?.cm, amf(system).connections, phone.released], ["CONNECTED", 1, false]);
  assert.deepEqual(thief.names(before), []);
});

test("INTEROP 6: a RAN UE NGAP ID that does not belong to its AMF UE NGAP ID ends that connection alone (TS 38.413 §10.6)", async () => {
  await using system = await FiveGC.start({ subscribers: [alice, bob] });
  const gnb = await OddGnb.connect(system);
  const [one, two] = [new ScriptedPhone(system, gnb, alice, 1), new ScriptedPhone(system, gnb, bob, 2)];
  await one.register();
  await two.register();
  gnb.send(gnb.uplinkNas(one.amfUeNgapId!, 99, Uint8Array.of(0x7e, 0, 0x43)));
  const { ies } = await gnb.next("ErrorIndication");
  assert.deepEqual(ies.cause, { choice: "radioNetwork", value: "inconsistent-remote-UE-NGAP-ID" });
  assert.equal(amf(system).connections, 1);
  assert.deepEqual(
    amf(system)
      .ues.map(({ cm }) => cm)
      .sort(),
    ["CONNECTED", "IDLE"],
  );
});

test("a RAN UE NGAP ID given again is a connection that the gNB forgot: the old one ends, the new one is served", async () => {
  await using system = await FiveGC.start({ subscribers: [alice, bob] });
  const gnb = await OddGnb.connect(system);
  const one = new ScriptedPhone(system, gnb, alice, 1);
  await one.register();
  one.released = true; // hears no more
  await new ScriptedPhone(system, gnb, bob, 1).register();
  assert.equal(amf(system).connections, 1);
  assert.deepEqual(
    amf(system)
      .ues.map(({ cm }) => cm)
      .sort(),
    ["CONNECTED", "IDLE"],
  );
});

test("INTEROP 6: outcomes of procedures that never began pass in silence (TS 38.413 §10.4), procedures that are not offered are answered by their criticality (§10.3.4.1)", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system);
  const phone = new ScriptedPhone(system, gnb, alice);
  await phone.register();
  const ids = { amfUeNgapId: phone.amfUeNgapId!, ranUeNgapId: phone.ranUeNgapId };
  const heard = gnb.heard.length;
  gnb.send({ is: "AMFConfigurationUpdateAcknowledge", ies: {} });
  gnb.send({ is: "NGResetAcknowledge", ies: {} });
  gnb.send({ is: "UEContextModificationResponse", ies: ids });
  gnb.send({ is: "HandoverNotify", ies: { ...ids, userLocationInformation: gnb.location() }, criticality: "ignore" });
  await system.clock.settle();
  assert.deepEqual(gnb.names(heard), []);
  for (const [criticality, value] of [
    ["reject", "abstract-syntax-error-reject"],
    ["notify", "abstract-syntax-error-ignore-and-notify"],
  ] as const) {
    gnb.send({ is: "HandoverNotify", ies: { ...ids, userLocationInformation: gnb.location() }, criticality });
    const { ies } = await gnb.next("ErrorIndication");
    assert.deepEqual(ies.cause, { choice: "protocol", value });
    const { iEsCriticalityDiagnostics: _, ...header } = ies.criticalityDiagnostics ?? {};
    assert.deepEqual(header, { procedureCode: 11, triggeringMessage: "initiating-message", procedureCriticality: criticality });
  }
  // Answers of a kind that is known, at a moment when nobody waits for them.
  gnb.send({ is: "InitialContextSetupResponse", ies: ids });
  gnb.send({ is: "UEContextReleaseComplete", ies: ids });
  gnb.send({ is: "PDUSessionResourceSetupResponse", ies: ids });
  await system.clock.settle();
  assert.deepEqual([amf(system).ues[0]?.cm, amf(system).connections], ["CONNECTED", 1]);
  assert.deepEqual(faults(system), []);
});

test("octets that are no NGAP get ERROR INDICATION with a protocol cause, also thousands of PDUs of one 00", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system, { setUp: false });
  gnb.raw(Uint8Array.of(0xde, 0xad, 0xbe, 0xef));
  const { ies } = await gnb.next("ErrorIndication");
  assert.equal(ies.cause?.choice, "protocol");
  for (let i = 0; i < 2_000; i++) gnb.raw(Uint8Array.of(0));
  await system.clock.settle();
  assert.ok(gnb.heard.every(({ is }) => is === "ErrorIndication"));
  assert.deepEqual([amf(system).gnbs.length, amf(system).connections, faults(system).length], [0, 0, 0]);
  gnb.send(gnb.setupRequest());
  await gnb.next("NGSetupResponse");
});

test("an INITIAL UE MESSAGE whose PLMN is none of ours is released", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system);
  const phone = new ScriptedPhone(system, gnb, alice);
  gnb.send(gnb.initialUeMessage(1, encodeNas(phone.registrationRequest()), { mcc: "999", mnc: "70" }));
  await gnb.next("UEContextReleaseCommand");
  await system.clock.settle();
  assert.equal(amf(system).connections, 0);
});
