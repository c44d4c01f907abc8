import assert from "node:assert/strict";
import { test } from "node:test";
import { Cause5gmm } from "@freehold/model";
import { encode } from "@freehold/nas";
import { seededRandom } from "@freehold/runtime";
import type { SmfState } from "@freehold/smf";
import { ping } from "@freehold/ue";
import type { UpfState } from "@freehold/upf";
import { amfOf, faults, scenario } from "../src/by-hand.ts";
import { carriers, FiveGC, subscriber } from "../src/index.ts";

const far = "198.51.100.1";
const smfOf = (system: FiveGC): SmfState => system.core.state()["smf"] as SmfState;
const upfOf = (system: FiveGC): UpfState => system.core.state()["upf"] as UpfState;

for (const carrier of carriers) {
  test(`TS 23.502 §4.2.6 and §4.2.3.2: the gNB lets a phone go, its user planes go down; its next packet brings the one it needs up again, over the ${carrier} carrier`, async () => {
    await using system = await FiveGC.start({ carrier });
    const gnb = await system.gnb();
    const ue = await system.ue(subscriber(1), { sessions: [{}, {}] });
    await system.until(ue.bringUp());
    await system.clock.advance(1_000);
    const reaches = async (index: number): Promise<number> =>
      (await system.until(ping(ue.sessions[index]!, { clock: system.clock, random: seededRandom(1) }, far, 2))).received;
    assert.deepEqual([await reaches(0), await reaches(1)], [2, 2]);
    const events: string[] = [];
    ue.onEvent = ({ is }) => events.push(is);
    for (let round = 0; round < 3; round++) {
      gnb.release(gnb.state().ues[0]!.ranUeNgapId);
      await system.clock.advance(1_000);
      assert.equal(ue.state().connected, false);
      assert.deepEqual(
        smfOf(system).sessions.map(({ connection, downlink }) => [connection, downlink]),
        [
          ["DEACTIVATED", undefined],
          ["DEACTIVATED", undefined],
        ],
      );
      const down = upfOf(system).sessions.flatMap(({ fars }) => fars.filter(({ to }) => to !== "core"));
      assert.deepEqual(
        down.map(({ action }) => action),
        ["buffer", "buffer"],
      );
      assert.equal(await reaches(round % 2), 2);
      await system.clock.advance(1_000);
      const up = smfOf(system).sessions.filter(({ connection }) => connection === "ACTIVATED");
      assert.deepEqual(
        up.map(({ pduSessionId }) => pduSessionId),
        [ue.sessions[round % 2]!.id],
        "the other stays down",
      );
      // Connected, the other one is asked for without a new connection.
      assert.equal(await reaches(1 - (round % 2)), 2);
      await system.clock.advance(1_000);
      assert.deepEqual(
        smfOf(system).sessions.map(({ connection }) => connection),
        ["ACTIVATED", "ACTIVATED"],
      );
      assert.equal(gnb.state().ues.length, 1);
    }
    assert.deepEqual(
      events.filter((is) => /egistration|Authentication/.test(is)),
      [],
    );
    assert.equal(events.filter((is) => is === "Service accept").length, 6);
    assert.deepEqual([gnb.state().refusals, ue.state().refusals, faults(system)], [{}, {}, []]);
  });
}

test("TS 24.501 §5.6.1.4: a session that the network has lost meanwhile is missing in the accept's PDU session status, and the phone drops it; one that the phone has lost ends in the core", async () => {
  await using system = await FiveGC.start();
  const gnb = await system.gnb();
  const ue = await system.ue(subscriber(1), { sessions: [{}, {}] });
  await system.until(ue.bringUp());
  await system.clock.advance(1_000);
  gnb.release(gnb.state().ues[0]!.ranUeNgapId);
  await system.clock.advance(1_000);
  const smf = system.core.functions.get("smf")!.smf!;
  await system.until(smf.releaseSession(subscriber(1).supi, 2));
  const [first, second] = ue.sessions;
  assert.ok(first?.active && second?.active);
  assert.equal((await system.until(ping(first, { clock: system.clock, random: seededRandom(1) }, far, 1))).received, 1);
  assert.equal(second.active, false);
  assert.deepEqual(
    smfOf(system).sessions.map(({ pduSessionId }) => pduSessionId),
    [1],
  );
  assert.deepEqual(amfOf(system).ues[0]?.sessions, [1]);
});

test("TS 24.501 §5.6.1.4.1: a user plane that does not come up is told in the PDU session reactivation result, and the phone is served all the same", async () => {
  await using system = await FiveGC.start();
  const gnb = await system.gnb();
  const ue = await system.ue(subscriber(1), { sessions: [{}] });
  await system.until(ue.bringUp());
  await system.clock.advance(1_000);
  gnb.release(gnb.state().ues[0]!.ranUeNgapId);
  await system.clock.advance(1_000);
  await system.stop("smf");
  assert.equal((await system.until(ping(ue.sessions[0]!, { clock: system.clock, random: seededRandom(1) }, far, 1))).received, 0);
  assert.deepEqual([ue.state().mm, ue.state().connected], ["5GMM-REGISTERED", true]);
  await system.begin("smf");
  await system.clock.advance(1_000);
  assert.equal((await system.until(ping(ue.sessions[0]!, { clock: system.clock, random: seededRandom(1) }, far, 1))).received, 1);
  assert.deepEqual(faults(system), []);
});

scenario(
  "TS 24.501 §5.6.1.5: SERVICE REQUEST under a GUTI that nobody has is answered by #9 at once, in clear",
  async (phone, _system, gnb) => {
    await phone.register();
    const stranger = phone.again(9, gnb);
    stranger.guti = { ...phone.guti!, tmsi: (phone.guti!.tmsi ^ 1) >>> 0 };
    stranger.say(stranger.serviceRequest(), 1);
    const { message, header } = await stranger.next("Service reject");
    assert.deepEqual([message.cause, header], [Cause5gmm.ueIdentityCannotBeDerivedByTheNetwork, 0]);
  },
);

scenario(
  "TS 24.501 §4.4.4.3: SERVICE REQUEST with a wrong MAC, in clear, or replayed is answered by #9, and the UE that it names is not touched",
  async (phone, system, gnb) => {
    await phone.register();
    await system.clock.advance(100);
    const connected = (): unknown => amfOf(system).ues.map(({ rm, cm, guti }) => [rm, cm, guti]);
    const before = connected();
    const right = phone.security!.protect(encode(phone.serviceRequest()), 1);
    const wrong = right.slice();
    wrong[3] = wrong[3]! ^ 1;
    let id = 20;
    const put = async (bytes: Uint8Array): Promise<void> => {
      const other = phone.again(id++, gnb);
      other.put(bytes);
      const { message } = await other.next("Service reject");
      assert.equal(message.cause, Cause5gmm.ueIdentityCannotBeDerivedByTheNetwork);
      await system.clock.advance(100);
      assert.deepEqual(connected(), before);
      assert.equal(phone.released, false);
    };
    await put(wrong);
    await put(encode(phone.serviceRequest()));
    const asked = phone.again(id++, gnb);
    asked.put(right);
    await asked.next("Service accept");
    await system.clock.advance(100);
    const other = phone.again(id++, gnb);
    other.put(right); // the very octets again: their COUNT was taken, and KgNB of it was given
    const { message } = await other.next("Service reject");
    assert.equal(message.cause, Cause5gmm.ueIdentityCannotBeDerivedByTheNetwork);
    assert.equal(asked.released, false);
  },
);

scenario(
  "TS 24.501 §5.6.1.5: SERVICE REQUEST of a UE that has deregistered is answered by #10 under its security context",
  async (phone, system) => {
    await phone.register();
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
    const again = phone.again(9);
    again.say(again.serviceRequest(), 1);
    const { message, header } = await again.next("Service reject");
    assert.deepEqual([message.cause, header], [Cause5gmm.implicitlyDeRegistered, 2]);
  },
);

scenario(
  "TS 33.501 §6.8.1.2: KgNB of a Service request is made of its own COUNT, and rides with the accept and the UE's capabilities",
  async (phone, _system, gnb) => {
    await phone.register();
    const first = gnb.heard.find((pdu) => pdu.is === "InitialContextSetupRequest")!;
    const again = phone.again(9);
    again.say(again.serviceRequest(), 1);
    const { by } = await again.next("Service accept");
    assert.equal(by, "InitialContextSetupRequest");
    const second = gnb.heard.filter((pdu) => pdu.is === "InitialContextSetupRequest").at(-1)!;
    assert.notDeepEqual(second.ies.securityKey, first.ies.securityKey);
    assert.deepEqual(second.ies.ueSecurityCapabilities, first.ies.ueSecurityCapabilities);
    assert.equal(second.ies.pduSessionResourceSetupListCxtReq, undefined);
  },
);
