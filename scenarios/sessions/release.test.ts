import assert from "node:assert/strict";
import { test } from "node:test";
import { toFollow } from "@freehold/tape";
import { FiveGC, holdings, internet, nothing, outcome, subscriber } from "../src/index.ts";

const none = { ...nothing, amf: [[]], addresses: { internet: 0 } };

for (const carrier of ["local", "contrary"] as const) {
  test(`TS 23.502 §4.3.4.2: UE-requested PDU session release, over the ${carrier} carrier`, async () => {
    await using system = await FiveGC.start({ carrier });
    const gnb = await system.gnb();
    const ue = await system.ue(subscriber(1));
    await system.until(ue.register());
    const session = await system.until(ue.establish({ dnn: internet }));
    await system.clock.advance(500);
    const before = system.tape.length;
    await system.until(session.release());
    await system.clock.advance(500);
    assert.equal(
      toFollow(
        system.tape.entries().slice(before),
        `
        …
        UE → AMF  UL NAS transport
        …
        AMF → SMF  Nsmf_PDUSession_UpdateSMContext
        SMF → UPF  PFCP Session Deletion Request
        UPF → SMF  PFCP Session Deletion Response
        …
        AMF → gNB  PDUSessionResourceReleaseCommand
        …
        gNB → AMF  PDUSessionResourceReleaseResponse
        …`,
        { repeats: true },
      ),
      undefined,
    );
    assert.deepEqual(holdings(system), none);
    assert.deepEqual([session.active, ue.sessions.length, gnb.state().ues[0]?.sessions.length], [false, 0, 0]);
    assert.equal(ue.state().mm, "5GMM-REGISTERED");
  });

  test(`network-requested release: the phone is told, and nothing remains, over the ${carrier} carrier (TS 24.501 §6.3.3)`, async () => {
    await using system = await FiveGC.start({ carrier });
    const gnb = await system.gnb();
    const alice = subscriber(1);
    const ue = await system.ue(alice);
    await system.until(ue.register());
    const session = await system.until(ue.establish({ dnn: internet }));
    const ended: string[] = [];
    session.onReleased = (why) => ended.push(why);
    await system.clock.advance(500);
    const { smf } = system.core.functions.get("smf") ?? {};
    assert.equal(await system.until(smf?.releaseSession(alice.supi, session.id) ?? Promise.resolve(false)), true);
    await system.clock.advance(500);
    assert.deepEqual([session.active, ended.length, gnb.state().ues[0]?.sessions.length], [false, 1, 0]);
    assert.deepEqual(holdings(system), none);
    assert.equal(await system.until(smf?.releaseSession(alice.supi, session.id) ?? Promise.resolve(true)), false);
    assert.equal((await system.until(ue.establish({ dnn: internet }))).active, true);
  });

  test(`deregistration ends every session of the phone, over the ${carrier} carrier (TS 23.502 §4.2.2.3.2)`, async () => {
    await using system = await FiveGC.start({ carrier });
    const gnb = await system.gnb();
    const ue = await system.ue(subscriber(1));
    await system.until(ue.register());
    for (let i = 0; i < 3; i++) await system.until(ue.establish({ dnn: internet }));
    await system.clock.advance(500);
    assert.deepEqual(holdings(system).amf, [[1, 2, 3]]);
    await system.until(ue.deregister());
    await system.clock.advance(2_000);
    assert.deepEqual(holdings(system), none);
    assert.deepEqual([ue.sessions.length, gnb.state().ues.length], [0, 0]);
  });
}

test("a phone whose connection was released registers again: its session of before leaves no address, TEID or PFCP session (TS 23.502 §4.2.2.2.2)", async () => {
  await using system = await FiveGC.start();
  const gnb = await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  const before = holdings(system);
  assert.deepEqual(before, none);
  for (let round = 1; round <= 3; round++) {
    const session = await system.until(ue.establish({ dnn: internet }));
    await system.clock.advance(500);
    assert.deepEqual(holdings(system), {
      ...none,
      amf: [[session.id]],
      smfSessions: 1,
      upfSessions: 1,
      teids: 1,
      addresses: { internet: 1 },
    });
    const [context] = gnb.state().ues;
    assert.equal(gnb.release(context?.ranUeNgapId ?? -1), true);
    await system.clock.advance(2_000);
    assert.equal(gnb.state().ues.length, 0);
    assert.equal(ue.state().connected, false);
    // Idle: the session lives on without a tunnel at a gNB (TS 23.502 §4.2.6).
    const smf = system.core.state()["smf"] as { sessions: { connection: string; downlink?: unknown }[] };
    assert.deepEqual(
      smf.sessions.map(({ connection, downlink }) => [connection, downlink]),
      [["DEACTIVATED", undefined]],
    );
    await system.until(ue.register());
    await system.clock.advance(2_000);
    assert.deepEqual(holdings(system), before, `round ${round}`);
  }
});

test("a phone that loses its battery and comes back with its SUCI: what it held is gone, and it is served (TS 24.501 §5.5.1.2.4)", async () => {
  await using system = await FiveGC.start();
  const gnb = await system.gnb();
  const alice = subscriber(1);
  const lost = await system.ue(alice);
  await system.until(lost.register());
  await system.until(lost.establish({ dnn: internet }));
  const { sqn } = lost.state();
  await system.until(lost.close());
  await system.clock.advance(500);
  const back = await system.ue(alice, { sqn });
  await system.until(back.register());
  await system.clock.advance(2_000);
  assert.deepEqual(holdings(system), none);
  assert.equal((await system.until(back.establish({ dnn: internet }))).active, true);
  assert.equal(gnb.state().ues.length, 1);
});

test("released in the very moment of the accept, while the gNB's answer is on its way: nothing is held in the end (TS 24.501 §6.4.3)", async () => {
  await using system = await FiveGC.start({ carrier: "contrary" });
  await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  for (let i = 0; i < 5; i++) {
    const session = await system.until(ue.establish({ dnn: internet }));
    await system.until(session.release());
  }
  await system.clock.advance(2_000);
  assert.deepEqual(holdings(system), none);
});

test("deregistration while sessions are being established leaves nothing (the lanes give way)", async () => {
  await using system = await FiveGC.start({ carrier: "contrary" });
  await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  const asked = [1, 2, 3].map((pduSessionId) => outcome(ue.establish({ dnn: internet, pduSessionId })));
  await system.clock.advance(3);
  await system.until(ue.deregister());
  await system.until(Promise.all(asked));
  await system.clock.advance(30_000);
  assert.deepEqual(holdings(system), none);
});
