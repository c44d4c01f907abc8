/** Paging as gNBs hear it, and the registration updates of a phone that moves or only sleeps (TS 24.501 §5.5.1.3, §5.6.2). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bitsOf, encode, encodeType, type Pdu } from "@freehold/ngap";
import type { SmfState } from "@freehold/smf";
import { hex, toHex } from "@freehold/wire";
import { alice, amfOf, faults, scenario } from "../src/by-hand.ts";
import { dropped, FiveGC, holdings, nothing, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

const smfOf = (system: FiveGC): SmfState => system.core.state()["smf"] as SmfState;

/** A gNB's end of the tunnel of a session. */
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

/** Sessions 1 to `count`, each set up. */
async function establish(phone: ScriptedPhone, count = 1): Promise<void> {
  for (let id = 1; id <= count; id++) {
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
    await phone.gnb.next("PDUSessionResourceSetupRequest");
    const item = { pDUSessionID: id, pDUSessionResourceSetupResponseTransfer: transfer };
    phone.gnb.send({ is: "PDUSessionResourceSetupResponse", ies: { ...idsOf(phone), pduSessionResourceSetupListSURes: [item] } });
  }
}

/** A phone by hand, asleep in the first tracking area, with `count` sessions. */
async function asleep(phone: ScriptedPhone, system: FiveGC, count = 1): Promise<void> {
  await phone.register();
  await establish(phone, count);
  await system.clock.advance(500);
  phone.gnb.send({ is: "UEContextReleaseRequest", ies: { ...idsOf(phone), cause: { choice: "radioNetwork", value: "user-inactivity" } } });
  await system.clock.advance(500);
  assert.deepEqual([phone.released, smfOf(system).sessions.length], [true, count]);
}

const updating = { type: "mobility registration updating", followOnRequest: true } as const;
const setUpIn = ({ ies }: Pdu<"InitialContextSetupRequest">): number[] =>
  (ies.pduSessionResourceSetupListCxtReq ?? []).map(({ pDUSessionID }) => pDUSessionID);
const pagesOf = (gnb: OddGnb): string[] => gnb.heard.flatMap((pdu) => (pdu.is === "Paging" ? [toHex(encode(pdu))] : []));

scenario(
  "INTEROP 25: every gNB of the registration area is paged with the same octets, the others are not; the phone answers with a registration update at another gNB: paging stops, and its session comes up with the accept",
  async (phone, system, gnb) => {
    const there = await OddGnb.connect(system, { gnbId: 0x42, host: "127.1.9.42" });
    const elsewhere = await OddGnb.connect(system, { gnbId: 0x43, host: "127.1.9.43", tac: 9 });
    await asleep(phone, system);
    system.dataNetwork.ping(smfOf(system).sessions[0]!.ipv4, 1);
    await system.clock.advance(2_500);
    assert.deepEqual([pagesOf(gnb).length, new Set([...pagesOf(gnb), ...pagesOf(there)]).size, pagesOf(elsewhere)], [2, 1, []]);
    assert.equal(gnb.carriage[gnb.heard.findIndex(({ is }) => is === "Paging")]?.stream, 0);
    const moved = phone.again(3, there);
    moved.say(moved.registrationRequest({ registrationType: updating, pduSessionStatus: [1] }), 1);
    await moved.accepted();
    assert.deepEqual(setUpIn(there.heard.find((pdu) => pdu.is === "InitialContextSetupRequest")!), [1]);
    moved.say({ is: "Registration complete" }, 2);
    await system.clock.advance(10_000);
    assert.deepEqual([pagesOf(gnb).length, pagesOf(there).length], [2, 2]);
  },
);

scenario(
  "INTEROP 25: a registration update in a new tracking area, under our GUTI: the user plane that the phone names comes up with the accept, the session that it has lost ends, one that the network has not is told",
  async (phone, system) => {
    await asleep(phone, system, 2);
    const there = await OddGnb.connect(system, { gnbId: 0x42, host: "127.1.9.42", tac: 2 });
    const moved = phone.again(3, there);
    moved.contextSetup = "silence";
    moved.say(moved.registrationRequest({ registrationType: updating, uplinkDataStatus: [1, 5], pduSessionStatus: [1, 5] }), 1);
    const accept = await moved.accepted();
    assert.deepEqual([accept.pduSessionStatus, accept.pduSessionReactivationResult], [[1], [5]]);
    assert.deepEqual(setUpIn(there.heard.find((pdu) => pdu.is === "InitialContextSetupRequest")!), [1]);
    const item = { pDUSessionID: 1, pDUSessionResourceSetupResponseTransfer: transfer };
    there.send({ is: "InitialContextSetupResponse", ies: { ...idsOf(moved), pduSessionResourceSetupListCxtRes: [item] } });
    moved.say({ is: "Registration complete" }, 2);
    await system.clock.advance(500);
    assert.deepEqual(
      smfOf(system).sessions.map(({ pduSessionId, connection }) => [pduSessionId, connection]),
      [[1, "ACTIVATED"]],
    );
    assert.equal(moved.heard.filter(({ message }) => message.is === "Authentication request").length, 0);
    // Paged from now on in the new area alone.
    there.send({ is: "UEContextReleaseRequest", ies: { ...idsOf(moved), cause: { choice: "radioNetwork", value: "user-inactivity" } } });
    await system.clock.advance(500);
    system.dataNetwork.ping(smfOf(system).sessions[0]!.ipv4, 1);
    await system.clock.advance(100);
    assert.deepEqual([pagesOf(phone.gnb).length, pagesOf(there).length], [0, 1]);
  },
);

scenario("INTEROP 25: DRX that the phone asked for is in PAGING, and the precedence of its session's ARP", async (phone, system, gnb) => {
  await phone.register(phone.registrationRequest({ requestedDrxParameters: "T = 64" }));
  await establish(phone);
  await system.clock.advance(500);
  gnb.send({ is: "UEContextReleaseRequest", ies: { ...idsOf(phone), cause: { choice: "radioNetwork", value: "user-inactivity" } } });
  await system.clock.advance(500);
  system.dataNetwork.ping(smfOf(system).sessions[0]!.ipv4, 1);
  const { ies } = await gnb.next("Paging");
  assert.deepEqual([ies.pagingDRX, ies.pagingPriority], ["v64", "priolevel8"]);
});

test("INTEROP 25: our PAGING is free5GC's to the octet, but for the 5G-TMSI", async () => {
  // free5gc/ngap, message/paging_test.go
  const theirs = "0018401900000200734007000820069a5f57006740070002f839000001";
  const config = `{network: {plmns: [{mcc: "208", mnc: "93", slices: [{sst: 1}]}]}, amf: {set: 1, pointer: 1}}`;
  const ambr = { uplink: 1e9, downlink: 1e9 };
  const dnns = [{ dnn: "internet", default: true, type: "IPV4", ambr, arp: 9 }] as const; // no precedence: no Paging Priority
  const french = subscriber(1, { supi: "imsi-208930000000001", slices: [{ sst: 1, default: true, dnns }] });
  await using system = await FiveGC.start({ config, subscribers: [french] });
  const gnb = await OddGnb.connect(system, { plmn: { mcc: "208", mnc: "93" } });
  const phone = new ScriptedPhone(system, gnb, french);
  await asleep(phone, system);
  system.dataNetwork.ping(smfOf(system).sessions[0]!.ipv4, 1);
  const ours = encode(await gnb.next("Paging"));
  const { tmsi } = phone.guti!;
  const same = hex(theirs);
  new DataView(same.buffer).setUint32(14, tmsi);
  assert.equal(toHex(ours), toHex(same));
});

test("INTEROP 25: a sleeping phone updates its registration before T3512 is over, and sleeps on; without a battery it is paged no more after the mobile reachable timer, and deregistered after another", async () => {
  await using system = await FiveGC.start({ config: "amf: {t3512Seconds: 60}" });
  const gnb = await system.gnb();
  const ue = await system.ue(alice, { sessions: [{}] });
  await system.until(ue.bringUp());
  await system.clock.advance(1_000);
  gnb.release(gnb.state().ues[0]!.ranUeNgapId);
  const guti = amfOf(system).ues[0]!.guti;
  const events: string[] = [];
  ue.onEvent = ({ is }) => events.push(is);
  await system.clock.advance(600_000);
  const updates = events.filter((is) => is === "Registration accept").length;
  assert.ok(updates >= 8 && updates <= 10, `${updates} updates in ten minutes`);
  assert.equal(events.includes("Authentication request"), false);
  assert.deepEqual([ue.state().connected, ue.sessions.length, ue.state().refusals], [false, 1, {}]);
  assert.notEqual(amfOf(system).ues[0]!.guti, guti);

  await system.until(ue.close());
  const pages = (): number => system.tape.entries().filter(({ message }) => message === "Paging").length;
  await system.clock.advance(240_000);
  const { ipv4 } = smfOf(system).sessions[0]!;
  system.dataNetwork.ping(ipv4, 1);
  await system.clock.advance(59_000);
  const paged = pages();
  assert.equal(paged, 4);
  await system.clock.advance(2_000);
  system.dataNetwork.ping(ipv4, 2);
  await system.clock.advance(10_000);
  assert.deepEqual([pages(), amfOf(system).ues[0]!.rm], [paged, "REGISTERED"]);
  await system.clock.advance(300_000);
  const { amf: _, addresses, ...rest } = holdings(system);
  assert.deepEqual([amfOf(system).ues[0]!.rm, addresses, rest], ["DEREGISTERED", { internet: 0 }, nothing]);
  system.dataNetwork.ping(ipv4, 3);
  assert.equal(dropped(system)["noUe"], 1);
  assert.deepEqual(faults(system), []);
});

scenario(
  "INTEROP 25: downlink data while the phone's own service request is at the gNB wait for its answer, and its session comes up without paging",
  async (phone, system, gnb) => {
    await asleep(phone, system);
    const again = phone.again(7);
    again.contextSetup = "silence";
    again.say(again.serviceRequest({ pduSessionStatus: [1] }), 1);
    await again.next("Service accept");
    const before = gnb.heard.length;
    system.dataNetwork.ping(smfOf(system).sessions[0]!.ipv4, 1);
    await system.clock.advance(500);
    assert.deepEqual(gnb.names(before), []);
    gnb.send({ is: "InitialContextSetupResponse", ies: idsOf(again) });
    await system.clock.advance(500);
    assert.deepEqual(gnb.names(before).slice(0, 1), ["PDUSessionResourceSetupRequest"]);
    assert.equal(gnb.names().includes("Paging"), false);
  },
);

scenario(
  "INTEROP 25: a phone that was paged for a session which it has lost says so: the session ends, and it is paged no more",
  async (phone, system, gnb) => {
    await asleep(phone, system);
    system.dataNetwork.ping(smfOf(system).sessions[0]!.ipv4, 1);
    await gnb.next("Paging");
    const again = phone.again(7);
    again.contextSetup = "silence";
    again.say(again.serviceRequest({ serviceType: "mobile terminated services", pduSessionStatus: [] }), 1);
    await again.next("Service accept"); // without the session: the phone has lost it, and nothing waits for it any more
    gnb.send({ is: "InitialContextSetupResponse", ies: idsOf(again) });
    await system.clock.advance(15_000);
    assert.deepEqual([pagesOf(gnb).length, holdings(system).smfSessions], [1, 0]);
  },
);
