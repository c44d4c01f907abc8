import assert from "node:assert/strict";
import { test } from "node:test";
import { Cause5gmm, Cause5gsm, dnn } from "@freehold/model";
import { toFollow } from "@freehold/tape";
import { FiveGC, holdings, internet, nothing, outcome, subscriber } from "../src/index.ts";

const config = `
dataNetworks: [{ dnn: internet, dns: [198.51.100.53], mtu: 1380 }]`;

for (const carrier of ["local", "contrary"] as const) {
  test(`TS 23.502 §4.3.2.2.1: UE-requested PDU session establishment, over the ${carrier} carrier`, async () => {
    await using system = await FiveGC.start({ carrier, config });
    const gnb = await system.gnb();
    const ue = await system.ue(subscriber(1));
    await system.until(ue.register());
    const before = system.tape.length;
    const session = await system.until(ue.establish({ dnn: internet, type: "IPv4v6" }));
    await system.clock.advance(500);
    assert.equal(
      toFollow(
        system.tape.entries().slice(before),
        `
        …
        UE → AMF  UL NAS transport
        …
        AMF → UDM  Nudm_SDM_Get
        …
        AMF → SMF  Nsmf_PDUSession_CreateSMContext
        …
        SMF → UDM  Nudm_SDM_Get
        …
        SMF → PCF  Npcf_SMPolicyControl_Create
        …
        SMF → UPF  PFCP Session Establishment Request
        UPF → SMF  PFCP Session Establishment Response
        …
        SMF → AMF  Namf_Communication_N1N2MessageTransfer
        …
        AMF → gNB  PDUSessionResourceSetupRequest
        …
        gNB → AMF  PDUSessionResourceSetupResponse
        …
        AMF → SMF  Nsmf_PDUSession_UpdateSMContext
        …
        SMF → UPF  PFCP Session Modification Request
        UPF → SMF  PFCP Session Modification Response
        …
        SMF → UDM  Nudm_UECM_Registration
        …`,
        { repeats: true },
      ),
      undefined,
    );
    // TS 24.501 §6.4.1.3: IPv4v6 was asked for, IPv4 is subscribed: cause #50 says so. PCO of TS 24.008 §10.5.6.3: DNS server and MTU.
    assert.deepEqual([session.type, session.cause], ["IPv4", Cause5gsm.pduSessionTypeIpv4OnlyAllowed]);
    assert.deepEqual([session.dns, session.mtu, session.dnn], [["198.51.100.53"], 1380, "internet"]);
    assert.match(session.ip ?? "", /^10\.45\.\d+\.\d+$/);
    const [resource] = gnb.state().ues[0]?.sessions ?? [];
    assert.deepEqual([resource?.id, resource?.qfis, resource?.uplink.host], [1, [session.qfi], "127.0.0.7"]);
    assert.deepEqual(holdings(system), { amf: [[1]], smfSessions: 1, leftovers: 0, addresses: { internet: 1 }, upfSessions: 1, teids: 1 });
  });

  test(`two sessions asked for back to back, without waiting, are two sessions over the ${carrier} carrier: each has a lane of its own`, async () => {
    await using system = await FiveGC.start({ carrier, config });
    await system.gnb();
    const ue = await system.ue(subscriber(1));
    await system.until(ue.register());
    const [one, two] = await system.until(
      Promise.all([ue.establish({ dnn: internet, pduSessionId: 5 }), ue.establish({ dnn: internet, pduSessionId: 6 })]),
    );
    await system.clock.advance(500);
    assert.deepEqual([one.id, two.id], [5, 6]);
    assert.notEqual(one.ip, two.ip);
    assert.deepEqual(holdings(system), {
      amf: [[5, 6]],
      smfSessions: 2,
      leftovers: 0,
      addresses: { internet: 2 },
      upfSessions: 2,
      teids: 2,
    });
  });
}

test("IPv4 asked for is IPv4 given, without a cause (TS 24.501 §6.4.1.3)", async () => {
  await using system = await FiveGC.start();
  await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  const session = await system.until(ue.establish({ dnn: internet, type: "IPv4" }));
  assert.deepEqual([session.type, session.cause], ["IPv4", undefined]);
});

test("IPv6 asked for where IPv4 is subscribed is rejected with #50, and nothing remains (TS 24.501 §6.4.1.4.1)", async () => {
  await using system = await FiveGC.start();
  await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  assert.match(await outcome(system.until(ue.establish({ dnn: internet, type: "IPv6" }))), /#50 /);
  assert.deepEqual(holdings(system), { ...nothing, amf: [[]], addresses: { internet: 0 } });
});

test("INTEROP 27: no DNN is the default DNN of the slice, and the accept names it (TS 23.501 §5.6.1)", async () => {
  await using system = await FiveGC.start();
  await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  assert.equal((await system.until(ue.establish())).dnn, "internet");
});

test("INTEROP 27: an unknown DNN comes back in DL NAS TRANSPORT with #91, and the log names it (TS 24.501 §5.4.5.3.1)", async () => {
  await using system = await FiveGC.start();
  await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  const text = await outcome(system.until(ue.establish({ dnn: dnn("internt") })));
  assert.match(text, new RegExp(`not forwarded by the AMF: #${Cause5gmm.dnnNotSupportedOrNotSubscribedInTheSlice} `));
  assert.ok(system.log.lines.some(({ level, event }) => level === "warn" && /^DNN internt is not subscribed in the slice/.test(event)));
  assert.deepEqual(holdings(system), { ...nothing, amf: [[]], addresses: { internet: 0 } });
  assert.equal((await system.until(ue.establish({ dnn: internet }))).active, true);
});

test("INTEROP 27: a slice that is not in the allowed NSSAI: the message comes back with #90 (TS 24.501 §5.4.5.2.5)", async () => {
  await using system = await FiveGC.start();
  await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  const text = await outcome(system.until(ue.establish({ dnn: internet, sNssai: { sst: 2 } })));
  assert.match(text, new RegExp(`not forwarded by the AMF: #${Cause5gmm.payloadWasNotForwarded} `));
  assert.ok(system.log.lines.some(({ level, event }) => level === "warn" && /slice asked for is not in the allowed NSSAI/.test(event)));
});

test("a pool of one address: the second phone is told #26, and gets the address once it is free (TS 24.501 §6.4.1.4.1)", async () => {
  const [alice, bob] = [subscriber(1), subscriber(2)];
  // A /29 without its own, the router's, the broadcast and four servers' addresses.
  const one = `dataNetworks: [{ dnn: internet, ipv4: 10.46.0.0/29, dns: [10.46.0.2, 10.46.0.3, 10.46.0.4, 10.46.0.5] }]`;
  await using system = await FiveGC.start({ config: one, subscribers: [alice, bob] });
  await system.gnb();
  const [first, second] = [await system.ue(alice), await system.ue(bob)];
  await system.until(Promise.all([first.register(), second.register()]));
  const session = await system.until(first.establish({ dnn: internet }));
  assert.equal(session.ip, "10.46.0.6");
  assert.match(await outcome(system.until(second.establish({ dnn: internet }))), /#26 /);
  await system.until(session.release());
  await system.clock.advance(500);
  assert.equal((await system.until(second.establish({ dnn: internet }))).ip, "10.46.0.6");
});

test("INTEROP 27: an initial request for an identity in use replaces its session; the old one leaves nothing (TS 24.501 §5.4.5.2.5)", async () => {
  await using system = await FiveGC.start();
  const gnb = await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  const old = await system.until(ue.establish({ dnn: internet, pduSessionId: 3 }));
  // The radio resources of the old session go first, or the gNB refuses a second of one identity (TS 38.413 §8.2.1.4).
  const next = await system.until(ue.establish({ dnn: internet, pduSessionId: 3 }));
  await system.clock.advance(500);
  assert.deepEqual([old.active, next.active], [false, true]);
  assert.notEqual(old.ip, next.ip);
  assert.deepEqual(holdings(system), { amf: [[3]], smfSessions: 1, leftovers: 0, addresses: { internet: 1 }, upfSessions: 1, teids: 1 });
  assert.equal(gnb.state().ues[0]?.sessions.length, 1);
});

test("INTEROP 31: a gNB that refuses the resources: the phone hears #26, nothing remains, and the phone stays registered (TS 23.502 §4.3.2.2.1 step 15)", async () => {
  const config = `network: { plmns: [{ mcc: "001", mnc: "01", slices: [{ sst: 1 }, { sst: 2 }] }] }`;
  const ambr = { uplink: 1e9, downlink: 1e9 };
  const dnns = [{ dnn: "internet", default: true, type: "IPV4", ambr }] as const;
  const alice = subscriber(1, {
    slices: [
      { sst: 1, default: true, dnns },
      { sst: 2, default: true, dnns },
    ],
  });
  await using system = await FiveGC.start({ config, subscribers: [alice] });
  // NG Setup goes through the first slice; the second is not the gNB's.
  await system.gnb({ plmns: [{ plmn: { mcc: "001", mnc: "01" }, slices: [{ sst: 1 }] }] });
  const ue = await system.ue(alice, { slices: [{ sst: 1 }, { sst: 2 }] });
  await system.until(ue.register());
  assert.match(await outcome(system.until(ue.establish({ dnn: internet, sNssai: { sst: 2 } }))), /#26 /);
  await system.clock.advance(500);
  assert.deepEqual(holdings(system), { ...nothing, amf: [[]], addresses: { internet: 0 } });
  assert.equal(ue.state().mm, "5GMM-REGISTERED");
  assert.equal((await system.until(ue.establish({ dnn: internet, sNssai: { sst: 1 } }))).active, true);
});

test("without UE Context Request the first session rides in Initial Context Setup (TS 38.413 §8.3.1.1)", async () => {
  await using system = await FiveGC.start();
  const gnb = await system.gnb({ ueContextRequest: false });
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  const n2 = () => system.tape.entries().flatMap(({ from, to, message }) => (from === "AMF" && to === "gNB" ? [message] : []));
  assert.equal(n2().includes("InitialContextSetupRequest"), false);
  const session = await system.until(ue.establish({ dnn: internet }));
  assert.equal(n2().filter((message) => message === "InitialContextSetupRequest").length, 1);
  assert.equal(n2().includes("PDUSessionResourceSetupRequest"), false);
  const second = await system.until(ue.establish({ dnn: internet }));
  assert.ok(n2().includes("PDUSessionResourceSetupRequest"));
  assert.deepEqual([session.active, second.active, gnb.state().ues[0]?.sessions.length], [true, true, 2]);
});
