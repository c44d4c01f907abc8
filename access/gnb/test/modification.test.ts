import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deriveKgnb } from "@freehold/crypto";
import { AccessType } from "@freehold/model";
import { type Cause, decodeType, encodeType, type PDUSessionResourceModifyRequestTransfer } from "@freehold/ngap";
import { type Ground, ground } from "./ground.ts";

async function session(): Promise<{ g: Ground; gnb: Awaited<ReturnType<Ground["gnb"]>> }> {
  const g = await ground();
  const gnb = await g.gnb();
  const ue = await g.ue();
  await g.wait(ue.bringUp());
  await g.clock.advance(10);
  return { g, gnb };
}

const arp = {
  priorityLevelARP: 8,
  preEmptionCapability: "shall-not-trigger-pre-emption",
  preEmptionVulnerability: "not-pre-emptable",
} as const;
const flow = (qosFlowIdentifier: number) => ({
  qosFlowIdentifier,
  qosFlowLevelQosParameters: {
    qosCharacteristics: { choice: "nonDynamic5QI", value: { fiveQI: 7 } },
    allocationAndRetentionPriority: arp,
  } as const,
});
const cause = { choice: "nas", value: "normal-release" } as const;

/** Asks for a change of one session; gives what the gNB answered for it. */
async function modify(g: Ground, pDUSessionID: number, transfer: PDUSessionResourceModifyRequestTransfer): Promise<Cause | "modified"> {
  const answered = g.amf.next("PDUSessionResourceModifyResponse");
  g.amf.send({
    is: "PDUSessionResourceModifyRequest",
    ies: {
      ...g.amf.ids(g.amf.ue),
      pduSessionResourceModifyListModReq: [
        {
          pDUSessionID,
          pDUSessionResourceModifyRequestTransfer: encodeType("PDUSessionResourceModifyRequestTransfer", transfer),
        },
      ],
    },
  });
  const { ies } = await g.wait(answered);
  const [failed] = ies.pduSessionResourceFailedToModifyListModRes ?? [];
  if (failed === undefined) {
    assert.equal(ies.pduSessionResourceModifyListModRes?.length, 1);
    return "modified";
  }
  const read = decodeType("PDUSessionResourceModifyUnsuccessfulTransfer", failed.pDUSessionResourceModifyUnsuccessfulTransfer);
  assert.ok(read.ok);
  return read.value.cause;
}

describe("PDU Session Resource Modify", () => {
  test("adds and releases flows, and moves the uplink tunnel", async () => {
    const { g, gnb } = await session();
    assert.equal(await modify(g, 1, { qosFlowAddOrModifyRequestList: [flow(10)] }), "modified");
    assert.deepEqual(gnb.state().ues[0]?.sessions[0]?.qfis, [9, 10]);
    assert.equal(await modify(g, 1, { qosFlowToReleaseList: [{ qosFlowIdentifier: 9, cause }] }), "modified");
    assert.deepEqual(gnb.state().ues[0]?.sessions[0]?.qfis, [10]);
    const tunnel = {
      choice: "gTPTunnel",
      value: { transportLayerAddress: { bits: Uint8Array.of(10, 0, 0, 7), length: 32 }, gTPTEID: Uint8Array.of(0, 0, 2, 2) },
    } as const;
    const ulNguUpTNLModifyList = [{ uLNGUUPTNLInformation: tunnel, dLNGUUPTNLInformation: tunnel }];
    assert.equal(await modify(g, 1, { ulNguUpTNLModifyList }), "modified");
    assert.deepEqual(gnb.state().ues[0]?.sessions[0]?.uplink, { host: "10.0.0.7", teid: 0x202 });
    await g.end();
  });

  const rows: readonly (readonly [string, number, PDUSessionResourceModifyRequestTransfer, Cause])[] = [
    ["of a session that is not there", 2, {}, { choice: "radioNetwork", value: "unknown-PDU-session-ID" }],
    [
      "that releases a flow that is not there",
      1,
      { qosFlowToReleaseList: [{ qosFlowIdentifier: 33, cause }] },
      { choice: "radioNetwork", value: "unkown-qos-flow-ID" },
    ],
    [
      "that adds a flow without its QoS",
      1,
      { qosFlowAddOrModifyRequestList: [{ qosFlowIdentifier: 12 }] },
      { choice: "radioNetwork", value: "unkown-qos-flow-ID" },
    ],
    [
      "that names a flow twice",
      1,
      { qosFlowAddOrModifyRequestList: [flow(12), flow(12)] },
      { choice: "radioNetwork", value: "multiple-qos-flow-ID-instances" },
    ],
    [
      "that leaves no flow",
      1,
      { qosFlowToReleaseList: [{ qosFlowIdentifier: 9, cause }] },
      { choice: "radioNetwork", value: "invalid-qos-combination" },
    ],
  ];
  for (const [name, id, transfer, expected] of rows) {
    test(`${name} is refused, and the session stays as it was`, async () => {
      const { g, gnb } = await session();
      const before = gnb.state().ues[0]?.sessions;
      assert.deepEqual(await modify(g, id, transfer), expected);
      assert.deepEqual(gnb.state().ues[0]?.sessions, before);
      assert.deepEqual(gnb.state().refusals, { "PDU session refused": 1 });
      await g.end();
    });
  }
});

describe("UE Context Modification", () => {
  test("with a new KgNB is done when the phone has it too, and fails when not", async () => {
    const { g, gnb } = await session();
    const send = (bits: Uint8Array): void =>
      g.amf.send({ is: "UEContextModificationRequest", ies: { ...g.amf.ids(g.amf.ue), securityKey: { bits, length: 256 } } });
    const done = g.amf.next("UEContextModificationResponse");
    send(deriveKgnb(g.amf.ue.kamf!, g.amf.ue.kgnbCount, AccessType.threeGpp).reveal());
    await g.wait(done);
    assert.deepEqual(gnb.state().refusals, {});
    const failed = g.amf.next("UEContextModificationFailure");
    send(deriveKgnb(g.amf.ue.kamf!, 99, AccessType.threeGpp).reveal());
    const { ies } = await g.wait(failed);
    assert.deepEqual(ies.cause, { choice: "radioNetwork", value: "failure-in-radio-interface-procedure" });
    assert.deepEqual(gnb.state().refusals, { "wrong KgNB": 1 });
    await g.end();
  });
});

test("a session that the phone releases is gone on both sides, and its tunnel with it", async () => {
  const g = await ground();
  const gnb = await g.gnb();
  const ue = await g.ue();
  const [one] = await g.wait(ue.bringUp());
  await g.clock.advance(10);
  const { downlinkTeid } = gnb.state().ues[0]!.sessions[0]!;
  await g.wait(one!.release());
  await g.clock.advance(10);
  assert.deepEqual(gnb.state().ues[0]?.sessions, []);
  assert.deepEqual(ue.state().sessions, []);
  assert.deepEqual(
    g.amf.last("PDUSessionResourceReleaseResponse").pduSessionResourceReleasedListRelRes?.map(({ pDUSessionID }) => pDUSessionID),
    [1],
  );
  g.upf.downlink({ host: "10.0.0.10", teid: downlinkTeid }, 9, Uint8Array.of(0x45));
  await g.clock.advance(5);
  assert.deepEqual(gnb.state().refusals, { "unknown TEID": 1 });
  await g.end();
});

test("a phone that deregisters and registers again does so with its GUTI, and its old context is gone", async () => {
  const g = await ground();
  const gnb = await g.gnb();
  const ue = await g.ue();
  await g.wait(ue.bringUp());
  await g.clock.advance(10);
  await g.wait(ue.deregister());
  assert.deepEqual(gnb.state().ues, []);
  await g.wait(ue.bringUp());
  await g.clock.advance(10);
  const request = g.amf.nas.filter(({ is }) => is === "Registration request").at(-1);
  assert.ok(request?.is === "Registration request" && request.mobileIdentity.is === "5G-GUTI");
  assert.equal(gnb.state().ues.length, 1);
  assert.deepEqual(ue.state().refusals, {});
  await g.end();
});
