/** NG Setup and RAN Configuration Update as gNBs of other people send them (TS 38.413 §8.7.1, §8.7.2, §8.7.4). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gutiText, ngapPlmnFromOctets, ngapPlmnOctets } from "@freehold/model";
import { bitsOf, decode, type Message, type Pdu } from "@freehold/ngap";
import { hex, toHex } from "@freehold/wire";
import { alice, amfOf, faults, warned } from "../src/by-hand.ts";
import { FiveGC, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";
import { type Foreign, foreignNgap, specsFolder } from "../src/strangers/index.ts";

const specs = specsFolder();
const skip = specs === undefined ? { skip: "the specification folder is not here (FREEHOLD_SPECS)" } : {};
const plmnText = (octets: Uint8Array): string => {
  const read = ngapPlmnFromOctets(octets);
  return read.ok ? `${read.value.mcc}-${read.value.mnc}` : toHex(octets);
};

type Traced<N extends Pdu["is"]> = Foreign & { readonly pdu: Pdu<N> };
const foreign = <N extends Pdu["is"]>(is: N): readonly Traced<N>[] =>
  foreignNgap(specs!).flatMap(({ bytes, by }) => {
    const read = decode(bytes);
    return read.ok && read.value.is === is ? [{ bytes, by, pdu: read.value as Pdu<N> }] : [];
  });

const serving = (...plmns: readonly string[]): string =>
  `network: { plmns: [${plmns.map((p) => `{ mcc: "${p.slice(0, 3)}", mnc: "${p.slice(4)}", slices: [{ sst: 1 }] }`).join(", ")}] }`;

test(
  "INTEROP 2, 3: every NG SETUP REQUEST that other people's gNBs sent is accepted where one of its PLMNs is served: gNB IDs of 22 to 32 bits, no name, slices by the dozen",
  skip,
  async () => {
    const setups = foreign("NGSetupRequest");
    const plmns = [...new Set(setups.map(({ pdu }) => plmnText(pdu.ies.supportedTAList[0]!.broadcastPLMNList[0]!.pLMNIdentity)))];
    await using system = await FiveGC.start({ config: serving(...plmns), subscribers: [subscriber(1)] });
    const lengths = new Set<number>();
    for (const [i, { bytes, by, pdu }] of setups.entries()) {
      const gnb = await OddGnb.connect(system, { setUp: false, host: `127.1.${Math.floor(i / 200)}.${(i % 200) + 1}` });
      gnb.raw(bytes);
      await system.clock.settle();
      assert.deepEqual(gnb.names(), ["NGSetupResponse"], by);
      const { ies } = gnb.heard[0] as Pdu<"NGSetupResponse">;
      assert.deepEqual(
        ies.plmnSupportList?.map(({ pLMNIdentity }) => plmnText(pLMNIdentity)),
        plmns,
      );
      assert.deepEqual(
        ies.servedGUAMIList?.map(({ gUAMI }) => plmnText(gUAMI.pLMNIdentity)),
        plmns,
      );
      const id = pdu.ies.globalRANNodeID;
      if (id.choice === "globalGNB-ID" && id.value.gNBID.choice === "gNB-ID") lengths.add(id.value.gNBID.value.length);
    }
    assert.deepEqual([...lengths].sort(), [22, 23, 24, 25, 26, 27, 28, 29, 30, 32]);
    // The same, where nobody's PLMN is ours: refused, each, and nothing kept.
    await using elsewhere = await FiveGC.start({ config: serving("466-92") });
    for (const [i, { bytes, by }] of setups.entries()) {
      const gnb = await OddGnb.connect(elsewhere, { setUp: false, host: `127.1.${Math.floor(i / 200)}.${(i % 200) + 1}` });
      gnb.raw(bytes);
      await elsewhere.clock.settle();
      assert.deepEqual(gnb.names(), ["NGSetupFailure"], by);
    }
    assert.deepEqual([amfOf(elsewhere).gnbs, faults(system), faults(elsewhere)], [[], [], []]);
  },
);

test("INTEROP 2: gNB IDs of 22 to 32 bits, a further PLMN, further areas and slices, and nodes that are no gNB are taken with a warning each", async () => {
  await using system = await FiveGC.start();
  const gnb = await OddGnb.connect(system, { setUp: false });
  const plmn = ngapPlmnOctets({ mcc: "001", mnc: "01" });
  const stranger = ngapPlmnOctets({ mcc: "999", mnc: "70" });
  const slice = (sst: number, sd?: string) => ({
    sNSSAI: { sST: Uint8Array.of(sst), ...(sd === undefined ? {} : { sD: hex(sd) }) },
  });
  const supportedTAList = [
    {
      tAC: Uint8Array.of(0, 0, 1),
      broadcastPLMNList: [
        { pLMNIdentity: plmn, tAISliceSupportList: [slice(1, "ffffff"), slice(2), slice(1, "010203")] },
        { pLMNIdentity: stranger, tAISliceSupportList: [slice(1)] },
      ],
    },
    { tAC: Uint8Array.of(1, 2, 3), broadcastPLMNList: [{ pLMNIdentity: plmn, tAISliceSupportList: [slice(1)] }] },
  ];
  const gnbs = Array.from({ length: 11 }, (_, i) => ({
    choice: "globalGNB-ID" as const,
    value: { pLMNIdentity: plmn, gNBID: { choice: "gNB-ID" as const, value: bitsOf(i + 1, 22 + i) } },
  }));
  const others = [
    { choice: "globalNgENB-ID", value: { pLMNIdentity: plmn, ngENBID: { choice: "macroNgENB-ID", value: bitsOf(5, 20) } } },
    { choice: "globalN3IWF-ID", value: { pLMNIdentity: plmn, n3IWFID: { choice: "n3IWF-ID", value: bitsOf(6, 16) } } },
  ] as const;
  for (const globalRANNodeID of [...gnbs, ...others]) {
    gnb.send({ is: "NGSetupRequest", ies: { globalRANNodeID, supportedTAList, defaultPagingDRX: "v64" } });
    await gnb.next("NGSetupResponse");
    const nodes = [...system.core.functions.get("amf")!.amf!.amf.nodes.values()];
    assert.equal(nodes.length, 1);
    // SD FFFFFF is no SD (TS 23.003 §28.4.2).
    assert.deepEqual(nodes[0]?.areas[0]?.slices, [{ sst: 1 }, { sst: 2 }, { sst: 1, sd: "010203" }]);
    assert.equal(nodes[0]?.areas.length, 3);
  }
  assert.equal(system.log.lines.filter(({ level }) => level === "warn").length, gnbs.length + others.length);
  assert.ok(warned(system, /areas that are not configured/));
  await new ScriptedPhone(system, gnb, alice).register();
});

for (const [mcc, mnc, octets] of [
  ["310", "014", "130041"],
  ["208", "01", "02f810"],
  ["001", "001", "000110"],
] as const) {
  test(`INTEROP 3: PLMN ${mcc}-${mnc} is the same in NG Setup, GUAMI, TAI, GUTI, SUCI and JSON`, async () => {
    const home = subscriber(1, { supi: `imsi-${mcc}${mnc}${"1".padStart(15 - 3 - mnc.length, "0")}` });
    await using system = await FiveGC.start({ config: serving(`${mcc}-${mnc}`), subscribers: [home] });
    const odd = await OddGnb.connect(system, { plmn: { mcc, mnc }, gnbId: 0x999 });
    const { ies } = odd.heard[0] as Pdu<"NGSetupResponse">;
    assert.deepEqual(
      [ies.plmnSupportList?.[0]?.pLMNIdentity, ies.servedGUAMIList?.[0]?.gUAMI.pLMNIdentity].map((o) => toHex(o!)),
      [octets, octets],
    );
    await system.gnb();
    const ue = await system.ue(home, { sessions: [{}], mncDigits: mnc.length === 3 ? 3 : 2, homeNetworkKey: undefined });
    await system.until(ue.bringUp());
    assert.equal(
      ue.state().tais[0]?.startsWith(`${mcc}${mnc}`) || ue.state().tais[0]?.startsWith(`${mcc}-${mnc}`),
      true,
      String(ue.state().tais),
    );
    const [context] = [...system.core.functions.get("amf")!.amf!.amf.ues.all()].map((one) => one.context!);
    assert.deepEqual(
      [context?.homePlmn, context?.servingPlmn, context?.guti.plmn],
      [
        { mcc, mnc },
        { mcc, mnc },
        { mcc, mnc },
      ],
    );
    assert.equal(ue.state().guti, gutiText(context!.guti));
    const json = system.tape
      .entries()
      .filter(({ interface: where }) => where === "SBI")
      .map(({ bytes }) => new TextDecoder().decode(bytes));
    const plmnIds = new Set(json.flatMap((text) => [...text.matchAll(/"mnc":("?[^,}]*)/g)].map(([, value]) => value)));
    assert.deepEqual([...plmnIds], [`"${mnc}"`]);
    assert.deepEqual(faults(system), []);
  });
}

test(
  "INTEROP 4: all gNBs of Open5GS's test suite set up again and again from new associations; the last one of each is served, and each older one is dropped",
  skip,
  async () => {
    const setups = foreign("NGSetupRequest").filter(({ by }) => by.startsWith("open5gs-testsuite-2020"));
    await using system = await FiveGC.start({ config: serving("901-70") });
    const all: OddGnb[] = [];
    for (let round = 0; round < 3; round++) {
      for (const [i, { bytes }] of setups.entries()) {
        const gnb = await OddGnb.connect(system, { setUp: false, host: `127.1.${round}.${i + 1}` });
        gnb.raw(bytes);
        await gnb.next("NGSetupResponse");
        all.push(gnb);
      }
    }
    await system.clock.settle();
    assert.ok(setups.length >= 8);
    assert.equal(amfOf(system).gnbs.length, setups.length);
    assert.deepEqual(
      all.map(({ ended }) => ended),
      all.map((_, i) => (i < all.length - setups.length ? "abort" : undefined)),
    );
  },
);

test("INTEROP 4: NG Setup again while a phone registers and another has a session: both connections end on our side, addresses stay, and both go on", async () => {
  await using system = await FiveGC.start({ subscribers: [alice, subscriber(2)] });
  const gnb = await system.gnb({ gnbIdBits: 24, gnbId: 7 });
  const ue = await system.ue(alice, { sessions: [{}] });
  await system.until(ue.bringUp());
  const restarted = await OddGnb.connect(system, { gnbId: 7, idBits: 24 });
  const phone = new ScriptedPhone(system, restarted, subscriber(2));
  phone.say(phone.registrationRequest());
  await phone.next("Authentication request");
  restarted.send(restarted.setupRequest());
  await restarted.next("NGSetupResponse");
  await system.clock.advance(100);
  // The old association of the simulator is dropped; it sets up once more by itself, and is then the one that counts.
  assert.equal(amfOf(system).connections, 0);
  await system.clock.advance(30_000);
  assert.equal(gnb.state().n2.up, true);
  assert.equal(restarted.ended, "abort");
  assert.deepEqual(
    amfOf(system).ues.map(({ rm, cm }) => `${rm} ${cm}`),
    ["REGISTERED IDLE"],
  );
  assert.deepEqual(faults(system), []);
});

test("INTEROP 5: a further association that asks for foreign PLMNs is refused and stays nobody's; with the right ones it is bound, and a new name is taken", async () => {
  await using system = await FiveGC.start();
  const first = await OddGnb.connect(system);
  const further = await OddGnb.connect(system, { setUp: false, host: "127.1.9.10" });
  const elsewhere = await OddGnb.connect(system, { setUp: false, plmn: { mcc: "999", mnc: "70" }, host: "127.1.9.11" });
  further.send({ is: "RANConfigurationUpdate", ies: { globalRANNodeID: further.globalId, supportedTAList: elsewhere.supportedTas } });
  assert.deepEqual((await further.next("RANConfigurationUpdateFailure")).ies.cause, { choice: "misc", value: "unknown-PLMN-or-SNPN" });
  const phone = new ScriptedPhone(system, further, alice, 5);
  phone.say(phone.registrationRequest());
  assert.equal((await further.next("ErrorIndication")).ies.cause?.value, "message-not-compatible-with-receiver-state");
  further.send({
    is: "RANConfigurationUpdate",
    ies: { globalRANNodeID: further.globalId, supportedTAList: first.supportedTas, ranNodeName: "renamed" },
  });
  await further.next("RANConfigurationUpdateAcknowledge");
  assert.deepEqual(
    amfOf(system).gnbs.map(({ name }) => name),
    ["renamed"],
  );
  await phone.again(6).register();
  further.send({ is: "RANConfigurationUpdate", ies: {} });
  await further.next("RANConfigurationUpdateAcknowledge");
  assert.equal(amfOf(system).gnbs[0]?.ues, 1);
});

test("INTEROP 5: an association that names another known gNB is that gNB's from then on (TS 38.413 §8.7.2.2)", async () => {
  await using system = await FiveGC.start();
  const one = await OddGnb.connect(system, { gnbId: 1 });
  const other = await OddGnb.connect(system, { gnbId: 2, host: "127.1.9.10" });
  await new ScriptedPhone(system, one, alice, 1).register();
  one.send({ is: "RANConfigurationUpdate", ies: { globalRANNodeID: other.globalId } });
  await one.next("RANConfigurationUpdateAcknowledge");
  assert.deepEqual(
    amfOf(system).gnbs.map(({ ues }) => ues),
    [0],
  );
  assert.equal(amfOf(system).connections, 0);
});

test(
  "INTEROP 5: every NG RESET that others wrote is acknowledged with its own list; their ERROR INDICATIONs are answered by nothing",
  skip,
  async () => {
    await using system = await FiveGC.start();
    const gnb = await OddGnb.connect(system);
    const resets = foreign("NGReset");
    assert.ok(resets.length >= 10);
    const ids = (list: Pdu<"NGResetAcknowledge">["ies"]["ueAssociatedLogicalNGConnectionList"]) =>
      list?.map(({ aMFUENGAPID, rANUENGAPID }) => [aMFUENGAPID, rANUENGAPID]);
    for (const { bytes, by, pdu } of resets) {
      gnb.raw(bytes);
      const { ies } = await gnb.next("NGResetAcknowledge");
      const { resetType } = pdu.ies;
      assert.deepEqual(
        ids(ies.ueAssociatedLogicalNGConnectionList),
        resetType.choice === "partOfNG-Interface" ? ids(resetType.value) : undefined,
        by,
      );
    }
    const heard = gnb.heard.length;
    const errors = foreign("ErrorIndication");
    assert.ok(errors.length >= 20);
    for (const { bytes } of errors) gnb.raw(bytes);
    await system.clock.settle();
    assert.deepEqual([gnb.names(heard), gnb.ended, faults(system)], [[], undefined, []]);
  },
);

test("INTEROP 5: an ERROR INDICATION about one UE ends that connection alone; one without IDs, or broken, ends nothing, and none is answered", async () => {
  await using system = await FiveGC.start({ subscribers: [alice, subscriber(2)] });
  const gnb = await OddGnb.connect(system);
  const [one, two] = [new ScriptedPhone(system, gnb, alice, 1), new ScriptedPhone(system, gnb, subscriber(2), 2)];
  await one.register();
  await two.register();
  const heard = gnb.heard.length;
  const cause = { choice: "radioNetwork", value: "unknown-local-UE-NGAP-ID" } as const;
  gnb.send({ is: "ErrorIndication", ies: { cause } });
  gnb.send({ is: "ErrorIndication", ies: {} } as Message);
  gnb.raw(Uint8Array.of(0x00, 0x09, 0x40, 0x03, 0x00, 0x00, 0x7f));
  await system.clock.settle();
  assert.equal(amfOf(system).connections, 2);
  gnb.send({ is: "ErrorIndication", ies: { amfUeNgapId: one.amfUeNgapId!, ranUeNgapId: 1, cause } });
  await system.clock.settle();
  assert.deepEqual([amfOf(system).connections, two.released, gnb.names(heard)], [1, false, []]);
});
