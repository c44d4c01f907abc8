/** N1N2MessageTransfer beside what else goes on with a phone (TS 29.518 §5.2.2.3.1). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bitsOf, encodeType } from "@freehold/ngap";
import { seededRandom } from "@freehold/runtime";
import type { SmfState } from "@freehold/smf";
import { ping } from "@freehold/ue";
import { amfOf, faults, scenario, warned } from "../src/by-hand.ts";
import { carriers, FiveGC, subscriber } from "../src/index.ts";
import type { ScriptedPhone } from "../src/scripted-phone.ts";

const smfOf = (system: FiveGC): SmfState => system.core.state()["smf"] as SmfState;
const transfers = (system: FiveGC): number =>
  system.tape.entries().filter(({ message, from }) => message === "Namf_Communication_N1N2MessageTransfer" && from === "SMF").length;

const transfer = encodeType("PDUSessionResourceSetupResponseTransfer", {
  dLQosFlowPerTNLInformation: {
    uPTransportLayerInformation: {
      choice: "gTPTunnel",
      value: { transportLayerAddress: bitsOf(0x7f010909, 32), gTPTEID: Uint8Array.of(0, 0, 0, 9) },
    },
    associatedQosFlowList: [{ qosFlowIdentifier: 1 }],
  },
});
const idsOf = (phone: ScriptedPhone) => ({ amfUeNgapId: phone.amfUeNgapId!, ranUeNgapId: phone.ranUeNgapId });
const item = (id: number) => ({ pDUSessionID: id, pDUSessionResourceSetupResponseTransfer: transfer });

function ask(phone: ScriptedPhone, id: number): void {
  phone.say(
    {
      is: "UL NAS transport",
      payloadContainerType: "N1 SM information",
      payloadContainer: Uint8Array.of(0x2e, id, id, 0xc1, 0xff, 0xff),
      pduSessionId: id,
      requestType: "initial request",
    },
    2,
  );
}

for (const carrier of carriers) {
  test(`INTEROP 32: N1N2MessageTransfer before the answer to CreateSMContext: the phone has its accept, and what the gNB says of it reaches the SMF behind the answer, over the ${carrier} carrier`, async () => {
    const answersLate = (operation: string): number => (operation === "Nsmf_PDUSession_CreateSMContext" ? 3_000 : 0);
    await using system = await FiveGC.start({ carrier, answersLate });
    await system.gnb();
    const ue = await system.ue(subscriber(1), { sessions: [{}] });
    const begun = system.clock.now();
    await system.until(ue.bringUp());
    assert.ok(system.clock.now() - begun < 3_000, "the accept did not wait");
    assert.deepEqual(amfOf(system).ues[0]!.sessions, []);
    await system.clock.advance(6_000);
    assert.deepEqual([amfOf(system).ues[0]!.sessions, smfOf(system).sessions.map(({ connection }) => connection)], [[1], ["ACTIVATED"]]);
    const { received } = await system.until(ping(ue.sessions[0]!, { clock: system.clock, random: seededRandom(1) }, "198.51.100.1", 1));
    assert.deepEqual([received, faults(system)], [1, []]);
  });

  test(`INTEROP 32: a phone that asks for three sessions at once has them, over the ${carrier} carrier`, async () => {
    await using system = await FiveGC.start({ carrier });
    await system.gnb();
    const ue = await system.ue(subscriber(1));
    await system.until(ue.register());
    await system.until(Promise.all([ue.establish(), ue.establish(), ue.establish()]));
    await system.clock.advance(1_000);
    assert.deepEqual([...amfOf(system).ues[0]!.sessions].sort(), [1, 2, 3]);
    assert.deepEqual(
      smfOf(system).sessions.map(({ connection }) => connection),
      ["ACTIVATED", "ACTIVATED", "ACTIVATED"],
    );
    assert.deepEqual(faults(system), []);
  });
}

scenario(
  "INTEROP 32: two sessions back to back: the second does not wait for the gNB's answer for the first",
  async (phone, system, gnb) => {
    await phone.register();
    ask(phone, 1);
    ask(phone, 2);
    const first = await gnb.next("PDUSessionResourceSetupRequest");
    const second = await gnb.next("PDUSessionResourceSetupRequest");
    const ids = [first, second].flatMap(({ ies }) => ies.pduSessionResourceSetupListSUReq.map(({ pDUSessionID }) => pDUSessionID));
    assert.deepEqual([...ids].sort(), [1, 2]);
    const answered = (id: number): void =>
      gnb.send({ is: "PDUSessionResourceSetupResponse", ies: { ...idsOf(phone), pduSessionResourceSetupListSURes: [item(id)] } });
    answered(2);
    await system.clock.advance(1_000);
    const connections = (): unknown => new Map(smfOf(system).sessions.map(({ pduSessionId, state }) => [pduSessionId, state]));
    assert.deepEqual(
      connections(),
      new Map([
        [1, "ESTABLISHING"],
        [2, "ACTIVE"],
      ]),
    );
    answered(1);
    await system.clock.advance(1_000);
    assert.deepEqual(
      connections(),
      new Map([
        [1, "ACTIVE"],
        [2, "ACTIVE"],
      ]),
    );
  },
);

/** Asleep with session 1, and then in the middle of a registration update whose gNB does not answer yet; downlink data come. */
async function caughtUpdating(phone: ScriptedPhone, system: FiveGC): Promise<ScriptedPhone> {
  const { gnb } = phone;
  await phone.register();
  ask(phone, 1);
  await gnb.next("PDUSessionResourceSetupRequest");
  gnb.send({ is: "PDUSessionResourceSetupResponse", ies: { ...idsOf(phone), pduSessionResourceSetupListSURes: [item(1)] } });
  await system.clock.advance(500);
  gnb.send({ is: "UEContextReleaseRequest", ies: { ...idsOf(phone), cause: { choice: "radioNetwork", value: "user-inactivity" } } });
  await system.clock.advance(500);
  const again = phone.again(7);
  again.contextSetup = "silence";
  const registrationType = { type: "mobility registration updating", followOnRequest: true } as const;
  again.say(again.registrationRequest({ registrationType, pduSessionStatus: [1] }), 1);
  await again.accepted();
  system.dataNetwork.ping(smfOf(system).sessions[0]!.ipv4, 1);
  return again;
}

scenario(
  "INTEROP 32: while a registration runs the AMF refuses with TEMPORARY_REJECT_REGISTRATION_ONGOING, the SMF tries again, and the user plane comes up when it is done",
  async (phone, system, gnb) => {
    const before = transfers(system);
    const again = await caughtUpdating(phone, system);
    await system.clock.advance(3_500);
    const asked = transfers(system) - before;
    assert.ok(asked >= 4, `${asked} transfers`);
    assert.equal(gnb.names().includes("Paging"), false);
    const sessions = (): number => gnb.names().filter((is) => is === "PDUSessionResourceSetupRequest").length;
    assert.equal(sessions(), 1);
    gnb.send({ is: "InitialContextSetupResponse", ies: idsOf(again) });
    again.say({ is: "Registration complete" }, 2);
    await system.clock.advance(2_500);
    assert.equal(sessions(), 2);
    gnb.send({ is: "PDUSessionResourceSetupResponse", ies: { ...idsOf(again), pduSessionResourceSetupListSURes: [item(1)] } });
    await system.clock.advance(500);
    assert.equal(smfOf(system).sessions[0]?.connection, "ACTIVATED");
  },
);

scenario("INTEROP 32: the SMF asks again eight times at most; then the packets are dropped for a while", async (phone, system) => {
  const before = transfers(system);
  await caughtUpdating(phone, system);
  await system.clock.advance(9_500); // the gNB's answer is awaited for ten seconds
  const asked = transfers(system) - before - 1; // one of them was the establishment's
  assert.ok(asked >= 8 && asked <= 8 + 8, `${asked} transfers`);
  await system.clock.advance(500);
  const settled = transfers(system);
  await system.clock.advance(10_000);
  assert.equal(transfers(system), settled);
  assert.equal(warned(system, /a fault of ours/), false);
});
