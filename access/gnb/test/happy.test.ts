import assert from "node:assert/strict";
import { test } from "node:test";
import { ping } from "@freehold/ue";
import { ground } from "./ground.ts";
import { answerPings } from "./hosts.ts";

test("a phone registers, gets a session, and its packets cross the tunnel both ways", async () => {
  const g = await ground();
  const gnb = await g.gnb();
  const ue = await g.ue();
  const [session] = await g.wait(ue.bringUp());
  assert.ok(session);
  assert.equal(ue.state().mm, "5GMM-REGISTERED");
  assert.equal(session.ip, "10.45.0.2");
  assert.deepEqual(session.dns, ["10.45.0.1"]);
  assert.equal(session.mtu, 1400);
  assert.equal(session.qfi, 9);
  assert.equal(session.cause, 50);
  assert.deepEqual(ue.state().networkName, { full: "Freehold", short: "FH" });
  // The gNB's answer to the set-up is on its way to the AMF: until then no packet comes down.
  await g.clock.advance(10);
  answerPings(g);
  const result = await g.wait(ping(session, g, "10.45.0.1", 3));
  assert.deepEqual({ sent: result.sent, received: result.received }, { sent: 3, received: 3 });
  assert.deepEqual(
    g.upf.received.map(({ teid, qfi, pduType }) => ({ teid, qfi, pduType })),
    Array.from({ length: 3 }, () => ({ teid: 0x1001, qfi: 9, pduType: 1 })),
  );
  const state = gnb.state();
  assert.deepEqual(state.refusals, {});
  assert.deepEqual(ue.state().refusals, {});
  assert.deepEqual(state.ues[0]?.sessions[0]?.packets, { uplink: 3, downlink: 3 });
  assert.deepEqual(g.amf.names(), [
    "NGSetupRequest",
    "InitialUEMessage",
    "UplinkNASTransport",
    "UplinkNASTransport",
    "InitialContextSetupResponse",
    "UplinkNASTransport",
    "UplinkNASTransport",
    "UERadioCapabilityInfoIndication",
    "PDUSessionResourceSetupResponse",
  ]);
  await g.end();
});

test("as sole recorders, gNB and phone put each message on the tape once, and nothing otherwise", async () => {
  const g = await ground();
  await g.gnb({ record: true });
  const ue = await g.ue({ record: true });
  const [session] = await g.wait(ue.bringUp());
  await g.clock.advance(10);
  answerPings(g);
  await g.wait(ping(session!, g, "10.45.0.1", 1));
  const of = (where: string) => g.tape.filter((entry) => entry.interface === where).map(({ from, message }) => `${from} ${message}`);
  assert.deepEqual(of("N1"), [
    "UE Registration request",
    "AMF Authentication request",
    "UE Authentication response",
    "AMF Security mode command",
    "UE Security mode complete",
    "AMF Registration accept",
    "UE Registration complete",
    "UE UL NAS transport",
    "AMF Configuration update command",
    "AMF DL NAS transport",
  ]);
  assert.equal(of("N2").length, g.amf.received.length + of("N2").filter((line) => line.startsWith("AMF")).length);
  assert.deepEqual(of("N3"), ["gNB G-PDU", "UPF G-PDU"]);
  for (const { bytes } of g.tape.filter((entry) => entry.interface === "N1")) assert.equal(bytes[1], 0, "N1 is recorded in clear");
  await g.end();

  const silent = await ground();
  await silent.gnb();
  await silent.wait((await silent.ue()).bringUp());
  assert.deepEqual(silent.tape, []);
  await silent.end();
});
