/** UE NGAP IDs and criticality (TS 38.413 §10.3, §10.6). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, type Message, type Pdu } from "@freehold/ngap";
import { memoryStore } from "@freehold/store";
import { alice, amfOf, faults } from "../src/by-hand.ts";
import { FiveGC } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

test("INTEROP 6: an AMF UE NGAP ID is not given again in ten thousand connections, nor after a restart of the AMF", async () => {
  let store = memoryStore();
  const given: number[] = [];
  for (const seed of [1, 2]) {
    await using system = await FiveGC.start({
      store,
      seed,
      subscribers: [],
      config: "amf: { registrationsPerSecond: { perGnb: 1000000, all: 1000000 } }",
    });
    const gnb = await OddGnb.connect(system);
    const noNas = Uint8Array.of(0x7e, 0, 0xff);
    for (let i = 0; i < (seed === 1 ? 10_000 : 10); i++) gnb.send(gnb.initialUeMessage(i, noNas));
    await system.clock.settle();
    for (const pdu of gnb.heard)
      if (pdu.is === "UEContextReleaseCommand" && pdu.ies.ueNgapIDs.choice === "uE-NGAP-ID-pair")
        given.push(pdu.ies.ueNgapIDs.value.aMFUENGAPID);
    assert.equal(amfOf(system).connections, 0);
    store = store.survivor();
  }
  assert.equal(given.length, 10_010);
  assert.equal(new Set(given).size, given.length);
});

/** A message with one more IE behind its last: id, criticality, and value. */
function withIe(message: Message, id: number, criticality: "reject" | "ignore" | "notify"): Uint8Array {
  const octets = encode(message);
  const code = { reject: 0x00, ignore: 0x40, notify: 0x80 }[criticality];
  const extra = [id >> 8, id & 255, code, 2, 0xbe, 0xef];
  // Header of 3, length of the value in one octet or two, then the extension bit and the count of IEs.
  const long = (octets[3]! & 0x80) !== 0;
  const at = long ? 5 : 4;
  const length = (long ? ((octets[3]! & 0x3f) << 8) | octets[4]! : octets[3]!) + extra.length;
  const count = ((octets[at + 1]! << 8) | octets[at + 2]!) + 1;
  return Uint8Array.from([
    ...octets.subarray(0, 3),
    0x80 | (length >> 8),
    length & 255,
    octets[at]!,
    count >> 8,
    count & 255,
    ...octets.subarray(at + 3),
    ...extra,
  ]);
}

test("INTEROP 6: an IE that nobody knows is ignored, noted in the answer, or refuses the procedure, as its criticality says", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system, { setUp: false });
  const diagnosed = ({ ies }: Pdu<"NGSetupResponse"> | Pdu<"NGSetupFailure">) =>
    ies.criticalityDiagnostics?.iEsCriticalityDiagnostics?.map(({ iECriticality, iEID, typeOfError }) => [
      iECriticality,
      iEID,
      typeOfError,
    ]);
  gnb.raw(withIe(gnb.setupRequest(), 60_000, "ignore"));
  assert.equal(diagnosed(await gnb.next("NGSetupResponse")), undefined);
  gnb.raw(withIe(gnb.setupRequest(), 60_000, "notify"));
  assert.deepEqual(diagnosed(await gnb.next("NGSetupResponse")), [["notify", 60_000, "not-understood"]]);
  gnb.raw(withIe(gnb.setupRequest(), 60_000, "reject"));
  const failure = await gnb.next("NGSetupFailure");
  assert.deepEqual(
    [failure.ies.cause, diagnosed(failure)],
    [{ choice: "protocol", value: "abstract-syntax-error-reject" }, [["reject", 60_000, "not-understood"]]],
  );
  // The same in a message that has no outcome: ERROR INDICATION, with the procedure served or not.
  const phone = new ScriptedPhone(system, gnb, alice);
  const hello = (ran: number): Message => gnb.initialUeMessage(ran, Uint8Array.of(0x7e, 0, 0x41, 0x79, 0, 1, 0));
  gnb.raw(withIe(hello(71), 60_000, "reject"));
  assert.equal((await gnb.next("ErrorIndication")).ies.cause?.value, "abstract-syntax-error-reject");
  await system.clock.settle();
  assert.equal(gnb.names().includes("UEContextReleaseCommand"), false);
  gnb.raw(withIe(hello(72), 60_000, "notify"));
  assert.equal((await gnb.next("ErrorIndication")).ies.cause?.value, "abstract-syntax-error-ignore-and-notify");
  await gnb.next("UEContextReleaseCommand"); // of NAS that says nothing: it was looked at
  await phone.register();
  assert.deepEqual(faults(system), []);
});

test("INTEROP 6: procedures that no release knows are answered by their criticality, and the association lives", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system);
  const unknown = (criticality: number): Uint8Array => Uint8Array.of(0x00, 200, criticality, 3, 0, 0, 0);
  gnb.raw(unknown(0x40)); // ignore
  await system.clock.settle();
  assert.deepEqual(gnb.names(1), []);
  for (const [criticality, cause, word] of [
    [0x00, "abstract-syntax-error-reject", "reject"],
    [0x80, "abstract-syntax-error-ignore-and-notify", "notify"],
  ] as const) {
    gnb.raw(unknown(criticality));
    const { ies } = await gnb.next("ErrorIndication");
    assert.equal(ies.cause?.value, cause);
    assert.deepEqual(ies.criticalityDiagnostics, {
      procedureCode: 200,
      triggeringMessage: "initiating-message",
      procedureCriticality: word,
    });
  }
  await new ScriptedPhone(system, gnb, alice).register();
});
