import assert from "node:assert/strict";
import { test } from "node:test";
import { errorIndication } from "@freehold/gtpu";
import { ip, ipOctets } from "@freehold/model";
import { seededRandom } from "@freehold/runtime";
import type { SmfState } from "@freehold/smf";
import { toFollow } from "@freehold/tape";
import { ping } from "@freehold/ue";
import { FiveGC, holdings, internet, subscriber } from "../src/index.ts";

test("INTEROP 37: an Error Indication of the gNB ends the tunnel at UPF and SMF, the gNB gives up the rest, and a new session works", async () => {
  await using system = await FiveGC.start();
  const gnb = await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  const session = await system.until(ue.establish({ dnn: internet }));
  await system.clock.advance(500);
  const world = { clock: system.clock, random: seededRandom(3) };
  assert.equal((await system.until(ping(session, world, "198.51.100.1", 1))).received, 1);
  const [{ downlinkTeid } = { downlinkTeid: 0 }] = gnb.state().ues[0]?.sessions ?? [];
  const host = "127.1.0.1";
  const smf = () =>
    (system.core.state()["smf"] as SmfState).sessions.map(({ state, connection, downlink }) => [state, connection, downlink]);
  assert.deepEqual(smf(), [["ACTIVE", "ACTIVATED", { teid: downlinkTeid, address: host }]]);
  // from any port of the gNB (TS 29.281 §4.4.2.0, unchecked); the first one counts, its repeats do not
  const peer = await system.until(system.network.udp(host).bind({ host, port: 50_000 }));
  const before = system.tape.length;
  for (let i = 0; i < 5; i++)
    peer.send(errorIndication(downlinkTeid, ipOctets(ip(host))), { host: system.config.n3.addresses[0]!, port: 2152 });
  await system.clock.advance(1_000);
  const since = system.tape.entries().slice(before);
  assert.equal(
    toFollow(
      since.filter((entry) => entry.interface !== "N3"),
      `
      UPF → SMF  PFCP Session Report Request
      …
      SMF → UPF  PFCP Session Modification Request
      …
      SMF → AMF  Namf_Communication_N1N2MessageTransfer
      …
      AMF → gNB  PDUSessionResourceReleaseCommand
      …
      gNB → AMF  PDUSessionResourceReleaseResponse
      …`,
      { repeats: true },
    ),
    undefined,
  );
  assert.equal(since.filter(({ message }) => message === "PFCP Session Report Request").length, 1);
  assert.deepEqual(smf(), [["ACTIVE", "DEACTIVATED", undefined]]);
  assert.deepEqual(gnb.state().ues[0]?.sessions, []);
  assert.equal(ue.state().mm, "5GMM-REGISTERED");
  const next = await system.until(ue.establish({ dnn: internet, pduSessionId: session.id }));
  await system.clock.advance(500);
  assert.equal((await system.until(ping(next, world, "198.51.100.1", 1))).received, 1);
  assert.deepEqual([holdings(system).smfSessions, holdings(system).teids], [1, 1]);
  assert.deepEqual(
    system.log.lines.filter(({ level }) => level === "error"),
    [],
  );
});
