import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Cause, decodeType, type PDUSessionResourceSetupRequestTransfer, type Pdu } from "@freehold/ngap";
import type { RefusalReason } from "../src/index.ts";
import type { FakeAmf } from "./fake-amf.ts";
import { type Ground, ground } from "./ground.ts";

/** Registers with a core that is wrong somewhere; gives what the gNB failed with. */
async function contextRefused(
  wrong: (amf: FakeAmf) => void,
): Promise<{ g: Ground; failure: Pdu<"InitialContextSetupFailure">["ies"]; refusals: Partial<Record<RefusalReason, number>> }> {
  const g = await ground();
  wrong(g.amf);
  const gnb = await g.gnb();
  const ue = await g.ue();
  const failed = g.amf.next("InitialContextSetupFailure");
  ue.register({ attempts: 1 }).catch(() => {});
  const { ies } = await g.wait(failed);
  const { refusals, ues } = gnb.state();
  assert.equal(ues[0]?.security, undefined);
  await g.end();
  return { g, failure: ies, refusals };
}

describe("Initial Context Setup is refused", () => {
  test("when KgNB is another than the phone's", async () => {
    const { failure, refusals } = await contextRefused((amf) => {
      amf.kgnb = (key) => key.map((octet, i) => (i === 31 ? octet ^ 1 : octet));
    });
    assert.deepEqual(failure.cause, { choice: "radioNetwork", value: "failure-in-radio-interface-procedure" });
    assert.deepEqual(refusals, { "wrong KgNB": 1 });
  });

  test("when the capability bits are those of NAS, not moved by one", async () => {
    const { failure, refusals } = await contextRefused((amf) => {
      amf.ics = (ies) => ({
        ...ies,
        ueSecurityCapabilities: {
          ...ies.ueSecurityCapabilities,
          nRencryptionAlgorithms: { bits: Uint8Array.of(0xf0, 0), length: 16 },
          nRintegrityProtectionAlgorithms: { bits: Uint8Array.of(0x70, 0), length: 16 },
        },
      });
    });
    assert.deepEqual(failure.cause, { choice: "radioNetwork", value: "failure-in-radio-interface-procedure" });
    assert.deepEqual(refusals, { "security capabilities are not the phone's": 1 });
  });

  test("when no integrity algorithm is in common", async () => {
    const { failure, refusals } = await contextRefused((amf) => {
      amf.ics = (ies) => ({
        ...ies,
        ueSecurityCapabilities: {
          ...ies.ueSecurityCapabilities,
          nRintegrityProtectionAlgorithms: { bits: Uint8Array.of(0, 0), length: 16 },
        },
      });
    });
    assert.deepEqual(failure.cause, { choice: "radioNetwork", value: "encryption-and-or-integrity-protection-algorithms-not-supported" });
    assert.deepEqual(refusals, { "no algorithm in common": 1 });
  });

  test("when the security key is all zero", async () => {
    const { failure, refusals } = await contextRefused((amf) => {
      amf.kgnb = (key) => key.fill(0);
    });
    assert.deepEqual(failure.cause, { choice: "protocol", value: "semantic-error" });
    assert.deepEqual(refusals, { "security key is zero": 1 });
  });

  test("when the AMF gives a KgNB that it has given before, for the same UE or another", async () => {
    const g = await ground();
    const gnb = await g.gnb();
    let first: Uint8Array | undefined;
    g.amf.kgnb = (key) => (first ??= key);
    const ue = await g.ue();
    await g.wait(ue.register());
    assert.deepEqual(gnb.state().refusals, {});
    await g.wait(ue.deregister());
    const failed = g.amf.next("InitialContextSetupFailure");
    ue.register({ attempts: 1 }).catch(() => {});
    const { ies } = await g.wait(failed);
    assert.deepEqual(ies.cause, { choice: "protocol", value: "semantic-error" });
    assert.deepEqual(gnb.state().refusals, { "KgNB given before": 1 });
    await g.end();
  });

  test("when a PDU session list comes without the UE AMBR, and the diagnostics name it", async () => {
    const { failure, refusals } = await contextRefused((amf) => {
      amf.ics = (ies) => ({
        ...ies,
        pduSessionResourceSetupListCxtReq: [
          { pDUSessionID: 5, sNSSAI: { sST: Uint8Array.of(1) }, pDUSessionResourceSetupRequestTransfer: Uint8Array.of(0) },
        ],
      });
    });
    assert.deepEqual(failure.cause, { choice: "protocol", value: "abstract-syntax-error-reject" });
    assert.deepEqual(failure.criticalityDiagnostics?.iEsCriticalityDiagnostics, [
      { iECriticality: "reject", iEID: 110, typeOfError: "missing" },
    ]);
    assert.deepEqual(
      failure.pduSessionResourceFailedToSetupListCxtFail?.map(({ pDUSessionID }) => pDUSessionID),
      [5],
    );
    assert.deepEqual(refusals, { "UE AMBR missing": 1 });
  });
});

type Transfer = PDUSessionResourceSetupRequestTransfer;

/** Registers, asks for a session from a core that is wrong somewhere; gives the cause of its refusal. */
async function sessionRefused(wrong: (amf: FakeAmf) => void): Promise<{ cause: Cause; diagnostics: readonly number[]; reason: object }> {
  const g = await ground();
  const gnb = await g.gnb();
  const ue = await g.ue();
  await g.wait(ue.register());
  wrong(g.amf);
  const answered = g.amf.next("PDUSessionResourceSetupResponse");
  ue.establish().catch(() => {});
  const { ies } = await g.wait(answered);
  assert.equal(ies.pduSessionResourceSetupListSURes, undefined);
  const [item] = ies.pduSessionResourceFailedToSetupListSURes ?? [];
  assert.ok(item);
  const transfer = decodeType("PDUSessionResourceSetupUnsuccessfulTransfer", item.pDUSessionResourceSetupUnsuccessfulTransfer);
  assert.ok(transfer.ok);
  assert.deepEqual(gnb.state().ues[0]?.sessions, []);
  assert.deepEqual(ue.state().sessions, []);
  const reason = gnb.state().refusals;
  await g.end();
  return {
    cause: transfer.value.cause,
    diagnostics: transfer.value.criticalityDiagnostics?.iEsCriticalityDiagnostics?.map(({ iEID }) => iEID) ?? [],
    reason,
  };
}

const withTransfer =
  (change: (transfer: Transfer) => Transfer) =>
  (amf: FakeAmf): void => {
    amf.transfer = change;
  };
const flow = (transfer: Transfer) => transfer.qosFlowSetupRequestList[0]!;
const tunnel = (bits: Uint8Array, teid: Uint8Array) => ({
  choice: "gTPTunnel" as const,
  value: { transportLayerAddress: { bits, length: bits.length * 8 }, gTPTEID: teid },
});

describe("a PDU session is refused", () => {
  const rows: readonly (readonly [string, (amf: FakeAmf) => void, Cause, number[]?])[] = [
    [
      "when a QFI comes twice",
      withTransfer((t) => ({ ...t, qosFlowSetupRequestList: [flow(t), flow(t)] })),
      { choice: "radioNetwork", value: "multiple-qos-flow-ID-instances" },
    ],
    [
      "when the QFI is 0",
      withTransfer((t) => ({ ...t, qosFlowSetupRequestList: [{ ...flow(t), qosFlowIdentifier: 0 }] })),
      { choice: "radioNetwork", value: "unkown-qos-flow-ID" },
    ],
    [
      "when nobody knows the 5QI",
      withTransfer((t) => ({
        ...t,
        qosFlowSetupRequestList: [
          {
            ...flow(t),
            qosFlowLevelQosParameters: {
              ...flow(t).qosFlowLevelQosParameters,
              qosCharacteristics: { choice: "nonDynamic5QI", value: { fiveQI: 40 } },
            },
          },
        ],
      })),
      { choice: "radioNetwork", value: "not-supported-5QI-value" },
    ],
    [
      "when a flow of a guaranteed bit rate has none",
      withTransfer((t) => ({
        ...t,
        qosFlowSetupRequestList: [
          {
            ...flow(t),
            qosFlowLevelQosParameters: {
              ...flow(t).qosFlowLevelQosParameters,
              qosCharacteristics: { choice: "nonDynamic5QI", value: { fiveQI: 1 } },
            },
          },
        ],
      })),
      { choice: "radioNetwork", value: "invalid-qos-combination" },
    ],
    [
      "when the session AMBR is missing with a non-GBR flow",
      withTransfer(({ pduSessionAggregateMaximumBitRate: _, ...rest }) => rest),
      { choice: "protocol", value: "abstract-syntax-error-reject" },
      [130],
    ],
    [
      "when the uplink tunnel is missing",
      (amf) => {
        // IE 139 becomes one that nobody knows and everybody ignores.
        amf.transferBytes = (bytes) => {
          const at = bytes.findIndex((_, i) => bytes[i] === 0 && bytes[i + 1] === 139 && bytes[i + 2] === 0);
          bytes.set([0xff, 0xf0, 0x40], at);
          return bytes;
        };
      },
      { choice: "protocol", value: "abstract-syntax-error-reject" },
      [139],
    ],
    [
      "when the uplink TEID is 0",
      withTransfer((t) => ({ ...t, ulNguUpTNLInformation: tunnel(Uint8Array.of(10, 0, 0, 6), new Uint8Array(4)) })),
      { choice: "transport", value: "transport-resource-unavailable" },
    ],
    [
      "when the uplink address has 64 bits",
      withTransfer((t) => ({ ...t, ulNguUpTNLInformation: tunnel(new Uint8Array(8).fill(9), Uint8Array.of(0, 0, 0, 1)) })),
      { choice: "transport", value: "transport-resource-unavailable" },
    ],
    [
      "when user plane integrity is required",
      withTransfer((t) => ({
        ...t,
        securityIndication: {
          integrityProtectionIndication: "required",
          confidentialityProtectionIndication: "not-needed",
          maximumIntegrityProtectedDataRateUL: "maximum-UE-rate",
        },
      })),
      { choice: "radioNetwork", value: "up-integrity-protection-not-possible" },
    ],
    [
      "when its slice is not the gNB's",
      (amf) => {
        amf.setUp = (ies) => ({
          ...ies,
          pduSessionResourceSetupListSUReq: ies.pduSessionResourceSetupListSUReq.map((item) => ({
            ...item,
            sNSSAI: { sST: Uint8Array.of(7) },
          })),
        });
      },
      { choice: "radioNetwork", value: "slice-not-supported" },
    ],
    [
      "when the transfer is noise",
      (amf) => {
        amf.transferBytes = () => Uint8Array.of(0xff, 0xff, 0xff);
      },
      { choice: "protocol", value: "transfer-syntax-error" },
    ],
  ];
  for (const [name, wrong, cause, diagnostics = []] of rows) {
    test(name, async () => {
      const refused = await sessionRefused(wrong);
      assert.deepEqual(refused.cause, cause);
      assert.deepEqual(refused.diagnostics, diagnostics);
      assert.deepEqual(refused.reason, { "PDU session refused": 1 });
    });
  }

  test("when the first one comes without a UE AMBR", async () => {
    const refused = await sessionRefused((amf) => {
      amf.setUp = ({ ueAggregateMaximumBitRate: _, ...rest }) => rest;
    });
    assert.deepEqual(refused.cause, { choice: "protocol", value: "abstract-syntax-error-reject" });
    assert.deepEqual(refused.diagnostics, [110]);
    assert.deepEqual(refused.reason, { "UE AMBR missing": 1 });
  });

  test("when no Initial Context Setup has run", async () => {
    const g = await ground();
    const gnb = await g.gnb({ ueContextRequest: false });
    const ue = await g.ue();
    const accepted = g.amf.next("UplinkNASTransport");
    ue.register({ attempts: 1 }).catch(() => {});
    await g.wait(accepted);
    const answered = g.amf.next("PDUSessionResourceSetupResponse");
    g.amf.send({
      is: "PDUSessionResourceSetupRequest",
      ies: {
        ...g.amf.ids(g.amf.ue),
        pduSessionResourceSetupListSUReq: [
          { pDUSessionID: 1, sNSSAI: { sST: Uint8Array.of(1) }, pDUSessionResourceSetupRequestTransfer: Uint8Array.of(0) },
        ],
      },
    });
    const { ies } = await g.wait(answered);
    assert.equal(ies.pduSessionResourceFailedToSetupListSURes?.length, 1);
    assert.equal(gnb.state().refusals["no security context"], 1);
    await g.end();
  });

  test("when it is there already, and the one that is there stays", async () => {
    const g = await ground();
    const gnb = await g.gnb();
    const ue = await g.ue();
    await g.wait(ue.bringUp());
    await g.clock.advance(100);
    const before = gnb.state().ues[0]?.sessions;
    assert.equal(before?.length, 1);
    const answered = g.amf.next("PDUSessionResourceSetupResponse");
    ue.establish({ pduSessionId: 1 }).catch(() => {});
    const { ies } = await g.wait(answered);
    const transfer = decodeType(
      "PDUSessionResourceSetupUnsuccessfulTransfer",
      ies.pduSessionResourceFailedToSetupListSURes![0]!.pDUSessionResourceSetupUnsuccessfulTransfer,
    );
    assert.ok(transfer.ok);
    assert.deepEqual(transfer.value.cause, { choice: "radioNetwork", value: "multiple-PDU-session-ID-instances" });
    assert.deepEqual(gnb.state().ues[0]?.sessions, before);
    await g.end();
  });
});
