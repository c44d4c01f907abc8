import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encode, type Message } from "@freehold/ngap";
import fc from "fast-check";
import { GnbError } from "../src/index.ts";
import { type Ground, ground } from "./ground.ts";

const setupFailure = (timeToWait?: "v2s"): Message => ({
  is: "NGSetupFailure",
  ies: { cause: { choice: "misc", value: "unknown-PLMN-or-SNPN" }, ...(timeToWait === undefined ? {} : { timeToWait }) },
});

async function registered(): Promise<{ g: Ground; gnb: Awaited<ReturnType<Ground["gnb"]>>; ue: Awaited<ReturnType<Ground["ue"]>> }> {
  const g = await ground();
  const gnb = await g.gnb();
  const ue = await g.ue();
  await g.wait(ue.bringUp());
  await g.clock.advance(10);
  return { g, gnb, ue };
}

describe("NG Setup", () => {
  test("is tried again after the time to wait that a failure names", async () => {
    const g = await ground();
    const at: number[] = [];
    g.amf.onSetup = (amf) => {
      at.push(g.clock.now());
      return at.length < 3 ? setupFailure("v2s") : amf.setupResponse();
    };
    const gnb = await g.gnb();
    assert.equal(at.length, 3);
    assert.ok(at[1]! - at[0]! >= 2_000 && at[1]! - at[0]! < 2_100);
    assert.equal(gnb.state().refusals["NG Setup refused"], 2);
    assert.equal(gnb.state().n2.up, true);
    await g.end();
  });

  test("that is refused for good fails the start with the AMF's cause", async () => {
    const g = await ground();
    g.amf.onSetup = () => setupFailure();
    await assert.rejects(
      g.gnb({ setupPatienceMs: 5_000 }),
      (error: unknown) => error instanceof GnbError && /NG Setup refused: misc: unknown-PLMN-or-SNPN/.test(error.message),
    );
    await g.end();
  });

  test("fails the start when nobody listens, naming where", async () => {
    const g = await ground();
    await assert.rejects(g.gnb({ amfs: [{ host: "10.0.0.99" }], setupPatienceMs: 5_000 }), /10\.0\.0\.99:38412/);
    await g.end();
  });

  test("says gNB ID, TAC, PLMNs and slices as they are configured", async () => {
    const g = await ground();
    await g.gnb({
      gnbId: 0x2abcde,
      gnbIdBits: 22,
      tac: 0x00abcd,
      plmns: [{ plmn: { mcc: "001", mnc: "01" }, slices: [{ sst: 1 }, { sst: 2, sd: "010203" }] }],
    });
    const { globalRANNodeID, supportedTAList, ranNodeName } = g.amf.last("NGSetupRequest");
    assert.equal(ranNodeName, "gnb-1");
    assert.deepEqual(globalRANNodeID, {
      choice: "globalGNB-ID",
      value: {
        pLMNIdentity: Uint8Array.of(0x00, 0xf1, 0x10),
        gNBID: { choice: "gNB-ID", value: { bits: Uint8Array.of(0xaa, 0xf3, 0x78), length: 22 } },
      },
    });
    assert.deepEqual(supportedTAList[0]?.tAC, Uint8Array.of(0, 0xab, 0xcd));
    assert.deepEqual(
      supportedTAList[0]?.broadcastPLMNList[0]?.tAISliceSupportList.map(({ sNSSAI }) => sNSSAI),
      [{ sST: Uint8Array.of(1) }, { sST: Uint8Array.of(2), sD: Uint8Array.of(1, 2, 3) }],
    );
    await g.end();
  });

  test("begins anew when the association is lost; phones of the old one are released", async () => {
    const { g, gnb, ue } = await registered();
    g.amf.association?.abort("gone");
    await g.clock.advance(100);
    assert.equal(gnb.state().n2.up, false);
    assert.deepEqual(gnb.state().ues, []);
    assert.equal(ue.state().connected, false);
    await g.clock.advance(5_000);
    assert.equal(gnb.state().n2.up, true);
    assert.equal(gnb.state().n2.setups, 2);
    await g.end();
  });
});

describe("identifiers", () => {
  test("an unknown RAN UE NGAP ID is answered with an Error Indication that repeats both", async () => {
    const { g, gnb } = await registered();
    const answered = g.amf.next("ErrorIndication");
    g.amf.send({ is: "DownlinkNASTransport", ies: { amfUeNgapId: 4711, ranUeNgapId: 999, nasPdu: Uint8Array.of(0x7e) } });
    const { ies } = await g.wait(answered);
    assert.equal(ies.amfUeNgapId, 4711);
    assert.equal(ies.ranUeNgapId, 999);
    assert.deepEqual(ies.cause, { choice: "radioNetwork", value: "unknown-local-UE-NGAP-ID" });
    assert.equal(gnb.state().ues.length, 1);
    await g.end();
  });

  test("another AMF UE NGAP ID than before is inconsistent, and that phone alone is released", async () => {
    const { g, gnb, ue } = await registered();
    const answered = g.amf.next("ErrorIndication");
    g.amf.send({ is: "DownlinkNASTransport", ies: { amfUeNgapId: 4711, ranUeNgapId: g.amf.ue.ranUeNgapId, nasPdu: Uint8Array.of(0x7e) } });
    const { ies } = await g.wait(answered);
    assert.deepEqual(ies.cause, { choice: "radioNetwork", value: "inconsistent-remote-UE-NGAP-ID" });
    await g.clock.advance(10);
    assert.deepEqual(gnb.state().ues, []);
    assert.equal(ue.state().connected, false);
    await g.end();
  });

  test("a message without a mandatory IE is refused with diagnostics", async () => {
    const { g, gnb } = await registered();
    const bytes = encode({ is: "DownlinkNASTransport", ies: { ...g.amf.ids(g.amf.ue), nasPdu: Uint8Array.of(1, 2, 3) } });
    // IE 38, NAS-PDU, becomes one that nobody knows and everybody ignores.
    const at = bytes.findIndex((_, i) => bytes[i] === 0 && bytes[i + 1] === 38 && bytes[i + 2] === 0);
    bytes.set([0xff, 0xf0, 0x40], at);
    const answered = g.amf.next("ErrorIndication");
    g.amf.sendBytes(bytes);
    const { ies } = await g.wait(answered);
    assert.deepEqual(ies.cause, { choice: "protocol", value: "abstract-syntax-error-reject" });
    assert.deepEqual(ies.criticalityDiagnostics?.iEsCriticalityDiagnostics, [
      { iECriticality: "reject", iEID: 38, typeOfError: "missing" },
    ]);
    assert.equal(gnb.state().refusals["NGAP message refused"], 1);
    await g.end();
  });
});

describe("release", () => {
  test("a phone that says nothing is released, becomes idle, and comes back by service request with its session", async () => {
    const g = await ground();
    const gnb = await g.gnb({ inactivityMs: 20_000 });
    const ue = await g.ue();
    const [session] = await g.wait(ue.bringUp());
    await g.clock.advance(25_000);
    const { cause, pduSessionResourceListCxtRelReq } = g.amf.last("UEContextReleaseRequest");
    assert.deepEqual(cause, { choice: "radioNetwork", value: "user-inactivity" });
    assert.deepEqual(pduSessionResourceListCxtRelReq, [{ pDUSessionID: 1 }]);
    assert.deepEqual(g.amf.last("UEContextReleaseComplete").pduSessionResourceListCxtRelCpl, [{ pDUSessionID: 1 }]);
    assert.deepEqual(gnb.state().ues, []);
    assert.equal(ue.state().connected, false);
    assert.equal(ue.state().mm, "5GMM-REGISTERED");
    assert.ok("T3512" in ue.state().timers);
    assert.ok(session!.send(Uint8Array.of(0x45, 1, 2, 3)));
    await g.clock.advance(100);
    assert.equal(ue.state().connected, true);
    assert.equal(g.upf.received.length, 1);
    const again = g.amf.received.filter(({ is }) => is === "InitialUEMessage").at(-1)!.ies as { fiveGSTmsi?: unknown };
    assert.ok(again.fiveGSTmsi);
    await g.end();
  });

  test("NG Reset releases all, or those listed, and is acknowledged with the same list", async () => {
    const { g, gnb, ue } = await registered();
    const item = { aMFUENGAPID: g.amf.ue.amfUeNgapId, rANUENGAPID: g.amf.ue.ranUeNgapId };
    const other = { aMFUENGAPID: 31_337 };
    const partly = g.amf.next("NGResetAcknowledge");
    const cause = { choice: "misc", value: "unspecified" } as const;
    g.amf.send({ is: "NGReset", ies: { cause, resetType: { choice: "partOfNG-Interface", value: [item, other] } } });
    assert.deepEqual((await g.wait(partly)).ies.ueAssociatedLogicalNGConnectionList, [item, other]);
    assert.deepEqual(gnb.state().ues, []);
    await g.clock.advance(10);
    assert.equal(ue.state().connected, false);
    const wholly = g.amf.next("NGResetAcknowledge");
    g.amf.send({ is: "NGReset", ies: { cause, resetType: { choice: "nG-Interface", value: "reset-all" } } });
    assert.deepEqual((await g.wait(wholly)).ies, {});
    await g.end();
  });

  test("a phone whose radio link is lost is asked to be released for that reason", async () => {
    const { g, ue } = await registered();
    const asked = g.amf.next("UEContextReleaseRequest");
    await g.wait(ue.close());
    const { ies } = await g.wait(asked);
    assert.deepEqual(ies.cause, { choice: "radioNetwork", value: "radio-connection-with-ue-lost" });
    await g.end();
  });
});

test("paging wakes an idle phone, in our tracking area only", async () => {
  const g = await ground();
  const gnb = await g.gnb();
  const ue = await g.ue();
  await g.wait(ue.bringUp());
  await g.clock.advance(10);
  gnb.release(gnb.state().ues[0]!.ranUeNgapId);
  await g.clock.advance(100);
  assert.equal(ue.state().connected, false);
  const guti = g.amf.ue.guti!;
  const page = (tac: number): void =>
    g.amf.send({
      is: "Paging",
      ies: {
        uePagingIdentity: {
          choice: "fiveG-S-TMSI",
          value: {
            aMFSetID: { bits: Uint8Array.of(guti.amfSetId >> 2, (guti.amfSetId & 3) << 6), length: 10 },
            aMFPointer: { bits: Uint8Array.of(guti.amfPointer << 2), length: 6 },
            fiveGTMSI: Uint8Array.of(guti.tmsi >>> 24, (guti.tmsi >> 16) & 255, (guti.tmsi >> 8) & 255, guti.tmsi & 255),
          },
        },
        taiListForPaging: [{ tAI: { pLMNIdentity: Uint8Array.of(0, 0xf1, 0x10), tAC: Uint8Array.of(0, 0, tac) } }],
      },
    });
  page(2);
  await g.clock.advance(100);
  assert.equal(ue.state().connected, false);
  page(1);
  await g.clock.advance(100);
  assert.equal(ue.state().connected, true);
  const request = g.amf.nas.at(-1);
  assert.ok(request?.is === "Service request");
  assert.equal(request.serviceType, "mobile terminated services");
  await g.end();
});

test("an AMF Configuration Update is taken; a further association that it offers is refused in the acknowledgement", async () => {
  const { g, gnb } = await registered();
  const answered = g.amf.next("AMFConfigurationUpdateAcknowledge");
  const aMFTNLAssociationAddress = { choice: "endpointIPAddress", value: { bits: Uint8Array.of(10, 0, 0, 7), length: 32 } } as const;
  g.amf.send({
    is: "AMFConfigurationUpdate",
    ies: { amfName: "amf-2", amfTNLAssociationToAddList: [{ aMFTNLAssociationAddress, tNLAddressWeightFactor: 1 }] },
  });
  const { ies } = await g.wait(answered);
  assert.deepEqual(ies.amfTNLAssociationFailedToSetupList, [
    { tNLAssociationAddress: aMFTNLAssociationAddress, cause: { choice: "transport", value: "transport-resource-unavailable" } },
  ]);
  assert.equal(gnb.state().amf?.name, "amf-2");
  await g.end();
});

test("a procedure that is not the gNB's is answered by its criticality", async () => {
  const { g, gnb } = await registered();
  const answered = g.amf.next("ErrorIndication");
  g.amf.send({
    is: "RetrieveUEInformation",
    ies: {
      fiveGSTmsi: {
        aMFSetID: { bits: Uint8Array.of(0, 64), length: 10 },
        aMFPointer: { bits: Uint8Array.of(4), length: 6 },
        fiveGTMSI: new Uint8Array(4),
      },
    },
  });
  const { ies } = await g.wait(answered);
  assert.equal(ies.criticalityDiagnostics?.procedureCode, 55);
  assert.equal(gnb.state().refusals["procedure not supported"], 1);
  await g.end();
});

test("any bytes on N2 leave the gNB and its phones as they were", async () => {
  const { g, gnb, ue } = await registered();
  const good = encode({ is: "DownlinkNASTransport", ies: { amfUeNgapId: 1, ranUeNgapId: 77, nasPdu: Uint8Array.of(1, 2, 3) } });
  const bent = fc
    .tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }))
    .map(([at, by]) => good.map((octet, i) => (i === at ? octet ^ by : octet)));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), bent), (bytes) => g.amf.sendBytes(bytes)),
    { numRuns: 400 },
  );
  await g.clock.advance(1_000);
  assert.equal(gnb.state().n2.up, true);
  assert.equal(gnb.state().ues.length, 1);
  assert.equal(ue.state().connected, true);
  await g.end();
});
