import assert from "node:assert/strict";
import { test } from "node:test";
import type { AmfState } from "@freehold/amf";
import { encode } from "@freehold/ngap";
import { carriers, FiveGC, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

const amf = (system: FiveGC): AmfState => system.core.state()["amf"] as AmfState;
const warned = (system: FiveGC, what: RegExp): boolean => system.log.lines.some(({ level, event }) => level === "warn" && what.test(event));
const alice = subscriber(1);

for (const carrier of carriers) {
  test(`INTEROP 3: NG Setup is answered with the AMF's name, GUAMI, capacity and PLMNs, over the ${carrier} carrier (TS 38.413 §8.7.1.2)`, async () => {
    await using system = await FiveGC.start({ carrier });
    const gnb = await OddGnb.connect(system, { setUp: false });
    gnb.send(gnb.setupRequest());
    const { ies } = await gnb.next("NGSetupResponse");
    assert.equal(ies.amfName, system.config.amf.name);
    assert.equal(ies.servedGUAMIList.length, 1);
    assert.equal(ies.relativeAMFCapacity, system.config.amf.capacity);
    assert.deepEqual(ies.plmnSupportList[0]?.sliceSupportList[0]?.sNSSAI.sST, Uint8Array.of(1));
    assert.deepEqual(
      amf(system).gnbs.map(({ name, ues }) => [name, ues]),
      [["odd", 0]],
    );
  });
}

test("INTEROP 2: without a common PLMN NG Setup fails with unknown PLMN, the log names both sides, and nothing is left", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system, { setUp: false, plmn: { mcc: "999", mnc: "70" } });
  gnb.send(gnb.setupRequest());
  const { ies } = await gnb.next("NGSetupFailure");
  assert.deepEqual(ies.cause, { choice: "misc", value: "unknown-PLMN-or-SNPN" });
  const line = system.log.lines.find(({ event }) => /no common PLMN/.test(event));
  assert.deepEqual([line?.fields["gnb"], line?.fields["core"]], ["99970", "00101"]);
  assert.deepEqual(amf(system).gnbs, []);
});

test("INTEROP 2: a tracking area and slices that nobody configured are taken, with a warning for the area", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system, { tac: 4711, slices: [{ sst: 9 }] });
  assert.ok(warned(system, /areas that are not configured/));
  const phone = new ScriptedPhone(system, gnb, alice);
  await phone.register();
  assert.equal(amf(system).ues[0]?.rm, "REGISTERED");
});

test("INTEROP 4: a second NG Setup on the same association frees the node's UEs and is answered (TS 38.413 §8.7.1.1)", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system);
  await new ScriptedPhone(system, gnb, alice).register();
  assert.deepEqual([amf(system).gnbs[0]?.ues, amf(system).ues[0]?.cm], [1, "CONNECTED"]);
  gnb.send(gnb.setupRequest());
  await gnb.next("NGSetupResponse");
  assert.deepEqual([amf(system).gnbs.length, amf(system).gnbs[0]?.ues, amf(system).connections, amf(system).ues[0]?.cm], [1, 0, 0, "IDLE"]);
});

test("INTEROP 4: NG Setup of a known node from elsewhere replaces it: the old association is aborted, its UEs are idle", async () => {
  await using system = await FiveGC.start();
  const before = await OddGnb.connect(system);
  await new ScriptedPhone(system, before, alice).register();
  const after = await OddGnb.connect(system, { host: "127.1.9.10" });
  await system.clock.settle();
  assert.equal(before.ended, "abort");
  assert.equal(after.ended, undefined);
  assert.deepEqual([amf(system).gnbs.length, amf(system).gnbs[0]?.ues, amf(system).connections, amf(system).ues[0]?.cm], [1, 0, 0, "IDLE"]);
});

test("an association that sets up as another node leaves nothing of the node that it was", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system, { gnbId: 1 });
  await new ScriptedPhone(system, gnb, alice).register();
  const other = gnb.setupRequest();
  const value = { ...gnb.globalId.value, gNBID: { choice: "gNB-ID", value: { bits: Uint8Array.of(0, 0, 8), length: 22 } } } as const;
  gnb.send({ ...other, ies: { ...other.ies, globalRANNodeID: { choice: "globalGNB-ID", value } } });
  await gnb.next("NGSetupResponse");
  assert.deepEqual([amf(system).gnbs.length, amf(system).gnbs[0]?.ues, amf(system).connections, amf(system).ues[0]?.cm], [1, 0, 0, "IDLE"]);
  gnb.association.abort("the test is over");
  await system.clock.settle();
  assert.deepEqual(amf(system).gnbs, []);
});

test("INTEROP 5: RAN Configuration Update first on a further association binds it to its node, and its UEs are its own (TS 38.413 §8.7.2.2)", async () => {
  await using system = await FiveGC.start();
  const first = await OddGnb.connect(system);
  const further = await OddGnb.connect(system, { setUp: false, host: "127.1.9.10" });
  further.send({ is: "RANConfigurationUpdate", ies: { globalRANNodeID: further.globalId } });
  await further.next("RANConfigurationUpdateAcknowledge");
  await new ScriptedPhone(system, first, alice, 1).register();
  await new ScriptedPhone(system, further, alice, 2).register();
  await system.clock.advance(100);
  assert.deepEqual([amf(system).gnbs.length, amf(system).gnbs[0]?.ues], [1, 1]);
  further.association.abort("one of two cables");
  await system.clock.settle();
  assert.deepEqual([amf(system).gnbs.length, amf(system).gnbs[0]?.ues, first.ended], [1, 0, undefined]);
});

test("RAN Configuration Update of a node that nobody set up fails, and binds nothing", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system, { setUp: false });
  gnb.send({ is: "RANConfigurationUpdate", ies: { globalRANNodeID: gnb.globalId } });
  const { ies } = await gnb.next("RANConfigurationUpdateFailure");
  assert.equal(ies.cause?.choice, "protocol");
  assert.deepEqual(amf(system).gnbs, []);
});

test("INTEROP 5: RAN Configuration Update to PLMNs that are none of ours fails, and the node keeps what it had", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system);
  const elsewhere = await OddGnb.connect(system, { setUp: false, plmn: { mcc: "999", mnc: "70" }, host: "127.1.9.10" });
  gnb.send({ is: "RANConfigurationUpdate", ies: { supportedTAList: elsewhere.supportedTas } });
  const { ies } = await gnb.next("RANConfigurationUpdateFailure");
  assert.deepEqual(ies.cause, { choice: "misc", value: "unknown-PLMN-or-SNPN" });
  await new ScriptedPhone(system, gnb, alice).register();
});

test("TS 38.413 §10.3.5: an NG Setup Request without its mandatory Supported TA List fails with diagnostics", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system, { setUp: false });
  const whole = encode(gnb.setupRequest());
  // The IE's id, 102, becomes one that no release knows, to be ignored (criticality 0x40): so it is missing.
  const at = whole.findIndex((octet, i) => octet === 0 && whole[i + 1] === 102 && whole[i + 2] === 0);
  const without = whole.slice();
  without.set([0xff, 0xf0, 0x40], at);
  gnb.raw(without);
  const { ies } = await gnb.next("NGSetupFailure");
  assert.equal(ies.cause?.choice, "protocol");
  assert.ok((ies.criticalityDiagnostics?.iEsCriticalityDiagnostics ?? []).some((one) => one.iEID === 102 && one.typeOfError === "missing"));
  assert.deepEqual(amf(system).gnbs, []);
});
