/** UE Context Release Request and AN release (TS 38.413 §8.3.2, §8.3.3; TS 23.502 §4.2.6). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bitsOf, encodeType } from "@freehold/ngap";
import type { SmfState } from "@freehold/smf";
import type { UpfState } from "@freehold/upf";
import { alice, amfOf, faults, scenario } from "../src/by-hand.ts";
import { FiveGC, type FiveGCOptions, holdings, nothing, outcome, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";

const smfOf = (system: FiveGC): SmfState => system.core.state()["smf"] as SmfState;
const upfOf = (system: FiveGC): UpfState => system.core.state()["upf"] as UpfState;

/** Whether a packet to the phone would go to a gNB. */
const forwards = (system: FiveGC): boolean =>
  upfOf(system).sessions.some(({ fars }) => fars.some(({ action, peer }) => action === "forward" && peer !== undefined));

/** A phone whose session is set up, the gNB asking for its release when `at` more messages have been on the tape; undefined: never. */
async function crossing(
  options: FiveGCOptions,
  at: number | undefined,
  behind: (messages: number, system: FiveGC) => Promise<void>,
): Promise<void> {
  await using system = await FiveGC.start(options);
  const gnb = await system.gnb();
  const ue = await system.ue(alice);
  await system.until(ue.register());
  let messages = 0;
  const stop = system.tape.subscribe(() => {
    if (++messages === at) for (const { ranUeNgapId } of gnb.state().ues) gnb.release(ranUeNgapId);
  });
  await system.until(outcome(ue.establish()));
  await system.clock.advance(1_000);
  stop();
  await behind(messages, system);
}

for (const carrier of ["local", "contrary"] as const) {
  test(`INTEROP 24: the gNB asks for release at every message of a PDU session set-up: no user plane is left, and after deregistration nothing at all, over the ${carrier} carrier`, async () => {
    let moments = 0;
    await crossing({ carrier }, undefined, async (messages) => void (moments = messages));
    assert.ok(moments >= 10);
    const idled = new Set<string>();
    for (let at = 1; at <= moments; at++) {
      await crossing({ carrier, seed: at }, at, async (_, system) => {
        await system.clock.advance(12_000);
        const where = `released at message ${at} of ${moments}`;
        const { ues, connections, gnbs } = amfOf(system);
        assert.deepEqual([ues.map(({ rm }) => rm), faults(system)], [["REGISTERED"], []], where);
        if (connections === 0) {
          // Nothing of a user plane at gNB, SMF and UPF.
          assert.deepEqual([gnbs[0]?.ues, forwards(system)], [0, false], where);
          assert.deepEqual(
            smfOf(system).sessions.map(({ downlink }) => downlink),
            smfOf(system).sessions.map(() => undefined),
            where,
          );
        }
        // Sessions that there are, are so everywhere.
        const { amf, smfSessions, upfSessions, addresses, leftovers } = holdings(system);
        assert.deepEqual(
          [amf.flat().length, upfSessions, addresses["internet"] ?? 0, leftovers],
          [smfSessions, smfSessions, smfSessions, 0],
          where,
        );
        idled.add(`${ues[0]?.cm} with ${smfSessions}`);
        assert.equal(await system.until(system.core.functions.get("amf")!.amf!.deregister(alice.supi)), true);
        await system.clock.advance(12_000);
        const { amf: __, addresses: given, ...rest } = holdings(system);
        assert.deepEqual([rest, Object.values(given).every((n) => n === 0)], [nothing, true], where);
        assert.deepEqual(faults(system), [], where);
      });
    }
    assert.ok(idled.has("IDLE with 1"), [...idled].join(", "));
  });
}

test("INTEROP 24: a gNB with an inactivity timer of four seconds: Request, Command, Complete in that order, and the user plane goes with them", async () => {
  await using system = await FiveGC.start({ subscribers: [alice, subscriber(2)] });
  const gnb = await system.gnb({ inactivityMs: 4_000 });
  const ue = await system.ue(alice, { sessions: [{}] });
  await system.until(ue.bringUp());
  await system.clock.advance(500);
  const from = system.tape.length;
  assert.equal(forwards(system), true);
  await system.clock.advance(5_000);
  const order = system.tape
    .entries()
    .slice(from)
    .map(({ message }) => message)
    .filter((message) => /^UEContextRelease|Session Modification|UpdateSMContext/i.test(message));
  assert.deepEqual(
    order.filter((message) => message.startsWith("UEContext")),
    ["UEContextReleaseRequest", "UEContextReleaseCommand", "UEContextReleaseComplete"],
  );
  assert.ok(order.some((message) => /Session Modification/.test(message)));
  assert.deepEqual([forwards(system), gnb.state().ues, amfOf(system).connections, amfOf(system).ues[0]?.sessions], [false, [], 0, [1]]);
  assert.deepEqual(
    smfOf(system).sessions.map(({ downlink }) => downlink),
    [undefined],
  );
});

test("INTEROP 24: a phone that comes back on another connection before the first was released: the first one's user plane goes down", async () => {
  await using system = await FiveGC.start();
  await system.gnb();
  const lost = await system.ue(alice, { sessions: [{}] });
  await system.until(lost.bringUp());
  const there = await system.gnb({ air: "cell-2" });
  await system.clock.advance(500);
  assert.equal(forwards(system), true);
  // The same USIM in another cell: registers anew, and has no sessions then.
  const back = await system.ue(alice, { sqn: lost.state().sqn }, 2);
  await system.until(back.register());
  await system.clock.advance(2_000);
  assert.deepEqual([forwards(system), smfOf(system).sessions, upfOf(system).sessions], [false, [], []]);
  assert.deepEqual(
    amfOf(system).gnbs.map(({ ues }) => ues),
    [0, 1],
  );
  assert.equal(there.state().ues.length, 1);
  assert.deepEqual(faults(system), []);
});

scenario(
  "INTEROP 24: a phone that moves its registration to another gNB while the first still holds it keeps its session, whose packets go to the first gNB no more",
  async (phone, system, gnb) => {
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
    await gnb.next("PDUSessionResourceSetupRequest");
    const transfer = encodeType("PDUSessionResourceSetupResponseTransfer", {
      dLQosFlowPerTNLInformation: {
        uPTransportLayerInformation: {
          choice: "gTPTunnel",
          value: { transportLayerAddress: bitsOf(0x7f010909, 32), gTPTEID: Uint8Array.of(0, 0, 0, 9) },
        },
        associatedQosFlowList: [{ qosFlowIdentifier: 1 }],
      },
    });
    gnb.send({
      is: "PDUSessionResourceSetupResponse",
      ies: {
        amfUeNgapId: phone.amfUeNgapId!,
        ranUeNgapId: phone.ranUeNgapId,
        pduSessionResourceSetupListSURes: [{ pDUSessionID: 1, pDUSessionResourceSetupResponseTransfer: transfer }],
      },
    });
    await system.clock.advance(500);
    assert.equal(forwards(system), true);
    const there = await OddGnb.connect(system, { gnbId: 0x42, host: "127.1.9.42" });
    const moved = phone.again(3, there);
    const registrationType = { type: "mobility registration updating", followOnRequest: true } as const;
    moved.say(moved.registrationRequest({ registrationType, pduSessionStatus: [1] }), 1);
    await moved.accepted();
    moved.say({ is: "Registration complete" }, 2);
    await system.clock.advance(500);
    assert.equal(phone.released, true);
    assert.deepEqual([forwards(system), holdings(system).smfSessions, amfOf(system).ues[0]?.sessions], [false, 1, [1]]);
  },
);
