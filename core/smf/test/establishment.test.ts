import assert from "node:assert/strict";
import { test } from "node:test";
import { twinForms } from "@freehold/sbi";
import { gnbTunnel, nothing, smfTwin, supi, transferOf } from "./twin.ts";

for (const form of twinForms) {
  test(`TS 23.502 §4.3.2.2.1 — a session is established, and released by the phone (${form})`, async () => {
    const twin = await smfTwin({ form });
    const made = await twin.create();
    assert.equal(made.status, 201);
    assert.match(made.ok ? (made.location ?? "") : "", /\/nsmf-pdusession\/v1\/sm-contexts\/[0-9a-f]{24}$/);
    const [first] = twin.told;
    assert.ok(first?.n1?.is === "PDU session establishment accept" && first.n2?.type === "PDU_RES_SETUP_REQ");
    assert.equal(twin.told.length, 1);
    assert.deepEqual([first.n1.pduSessionId, first.n1.pti, first.n1.cause], [1, 5, undefined]);
    assert.deepEqual(first.n1.pduAddress?.ipv4, "10.45.0.3"); // .1 is the router and DNS server, .2 the P-CSCF
    const [upfSession] = twin.upf.sessions.values();
    assert.equal(upfSession?.modifications.length, 1);
    const [session] = twin.smf.state().sessions;
    assert.ok(session?.state === "ACTIVE" && session.connection === "ACTIVATED");
    assert.deepEqual(session.downlink, gnbTunnel);
    assert.equal(session.ue.includes(supi.slice(-6)), false);
    const { value: tunnel } = transferOf(first.n2.octets).ulNguUpTNLInformation;
    assert.ok("gTPTEID" in tunnel);
    assert.deepEqual([...tunnel.gTPTEID], [0, 0, 0x10, 1]);
    assert.equal(twin.registrations.get(1)?.dnn, "internet");
    assert.equal(twin.policies.size, 1);

    const released = await twin.updated(1, { n1SmMsg: twin.releaseRequest() });
    assert.ok(released.ok);
    await twin.clock.advance(2_000);
    assert.deepEqual(await twin.holdings(), nothing);
    assert.deepEqual(
      twin.statuses.map(({ statusInfo }) => statusInfo.resourceStatus),
      ["RELEASED"],
    );
  });
}
