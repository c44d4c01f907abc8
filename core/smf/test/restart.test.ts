import assert from "node:assert/strict";
import { test } from "node:test";
import { Cause } from "@freehold/pfcp";
import { memoryStore } from "@freehold/store";
import { nothing, request, smfTwin } from "./twin.ts";

test("TS 23.527 — the UPF restarts: its sessions are made again with the tunnels that the gNB knows", async () => {
  const twin = await smfTwin();
  await twin.create();
  await twin.create({ pduSessionId: 2, n1SmMsg: request({ pduSessionId: 2 }) });
  await twin.updated(2, { upCnxState: "DEACTIVATED" });
  const before = twin.smf.state().sessions;
  await twin.upf.restart();
  assert.equal(twin.upf.sessions.size, 0);
  await twin.clock.advance(11_000);
  assert.equal(twin.upf.sessions.size, 2);
  for (const { establishment } of twin.upf.sessions.values()) {
    assert.equal(establishment.pfcpSeReqFlags?.resti, true);
    const end = establishment.createPdr[0]?.pdi.localFTeid;
    assert.ok(end?.is === "fTeid" && before.some((s) => s.uplink?.teid === end.teid && s.uplink.address === end.ipv4));
  }
  const [first, second] = [...twin.upf.sessions.values()].map(({ establishment: e }) => e.createFar[1]);
  assert.deepEqual([first?.applyAction.forw, second?.applyAction.buff, second?.applyAction.nocp], [true, true, true]);
  const after = twin.smf.state().sessions;
  assert.deepEqual(
    after.map(({ upSeid: _, ...rest }) => rest),
    before.map(({ upSeid: _, ...rest }) => rest),
  );
  assert.notEqual(after[0]?.upSeid, before[0]?.upSeid);
  await twin.released(1);
  await twin.released(2);
  assert.deepEqual(await twin.holdings(), nothing);
});

test("a UPF that will not have a session back: phone and gNB are told that it is over", async () => {
  const twin = await smfTwin();
  await twin.create();
  await twin.upf.restart();
  twin.upf.refuses.establishment = Cause.noResourcesAvailable;
  await twin.clock.advance(12_000);
  assert.ok(twin.told.some(({ n1, n2 }) => n1?.is === "PDU session release command" && n2?.type === "PDU_RES_REL_CMD"));
  await twin.clock.advance(1_000);
  assert.deepEqual(await twin.holdings(), nothing);
});

test("the SMF dies with a session that runs: the next one has it, at the UPF too, and gives nobody its address", async () => {
  const twin = await smfTwin();
  await twin.create();
  const [before] = twin.smf.state().sessions;
  await twin.restart();
  await twin.clock.advance(100);
  const [after] = twin.smf.state().sessions;
  assert.deepEqual({ ...after, ue: "", upSeid: "" }, { ...before, ue: "", upSeid: "" });
  assert.equal(twin.upf.sessions.size, 1);
  const [session] = twin.upf.sessions.values();
  assert.equal(session?.establishment.pfcpSeReqFlags?.resti, true);
  await twin.create({ pduSessionId: 2, n1SmMsg: request({ pduSessionId: 2 }) });
  assert.equal(new Set(twin.smf.state().sessions.map(({ ipv4 }) => ipv4)).size, 2);
  await twin.updated(1, { n1SmMsg: twin.releaseRequest() });
  await twin.released(2);
  await twin.clock.advance(1_000);
  assert.deepEqual(await twin.holdings(), nothing);
});

test("the SMF dies while a session is made, at every point: the next one ends it, and the AMF hears of it", async () => {
  let points = 0;
  for (let ms = 0; ms <= 60; ms += 4) {
    const twin = await smfTwin({ form: "contrary", seed: 7 });
    void twin.begin();
    await twin.clock.advance(ms);
    const rows = await twin.store.all<{ state: string }>("smf.session");
    const interrupted = rows[0]?.value.state === "ESTABLISHING";
    await twin.restart();
    await twin.clock.advance(3_000);
    // It was done, or had not begun and the AMF's next try found the next SMF.
    if (twin.smf.state().sessions.some(({ state }) => state === "ACTIVE")) {
      assert.equal(interrupted, false);
      continue;
    }
    // A policy association is named by the PCF: what was made and not yet committed, the PCF has to forget by itself.
    const { policies: _, ...held } = await twin.holdings();
    const { policies: __, ...none } = nothing;
    assert.deepEqual(held, none, `after ${ms} ms`);
    if (!interrupted) continue;
    points++;
    assert.ok(twin.statuses.length >= 1, `after ${ms} ms`);
  }
  assert.ok(points > 2, `${points} points with a session half made`);
});

test("two starts within a second have different recovery time stamps", async () => {
  const twin = await smfTwin({ store: memoryStore() });
  const first = await twin.store.get<number>("smf.n4", "recovery time stamp");
  await twin.restart();
  const second = await twin.store.get<number>("smf.n4", "recovery time stamp");
  assert.ok((second?.value ?? 0) > (first?.value ?? 0));
});

test("a UPF that was away for a while and still has its sessions keeps them", async () => {
  const twin = await smfTwin();
  await twin.create();
  const heard = twin.upf.heard.length;
  twin.network.cut("127.0.0.8");
  await twin.clock.advance(30_000);
  assert.equal(twin.smf.state().upfs[0]?.state, "LOST");
  twin.network.mend("127.0.0.8");
  await twin.clock.advance(20_000);
  assert.equal(twin.smf.state().upfs[0]?.state, "ASSOCIATED");
  assert.ok(twin.upf.heard.slice(heard).every((is) => is === "PFCP Heartbeat Request"));
  await twin.updated(1, { upCnxState: "DEACTIVATED" });
  assert.equal(twin.smf.state().sessions[0]?.connection, "DEACTIVATED");
});
