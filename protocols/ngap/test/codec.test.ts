import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decode, decodeType, encode, encodeType, type Message, type Types } from "@freehold/ngap";
import { hex, toHex } from "@freehold/wire";

const plmn = hex("00f110");
const setup: Message<"NGSetupRequest"> = {
  is: "NGSetupRequest",
  ies: {
    globalRANNodeID: {
      choice: "globalGNB-ID",
      value: { pLMNIdentity: plmn, gNBID: { choice: "gNB-ID", value: { bits: hex("000001"), length: 24 } } },
    },
    ranNodeName: "gnb",
    supportedTAList: [
      { tAC: hex("000001"), broadcastPLMNList: [{ pLMNIdentity: plmn, tAISliceSupportList: [{ sNSSAI: { sST: hex("01") } }] }] },
    ],
    defaultPagingDRX: "v128",
  },
};

describe("NGAP messages", () => {
  test("an NG SETUP REQUEST is written as other stacks write it, and read back", () => {
    const bytes = encode(setup);
    assert.equal(toHex(bytes), "0015002e000004001b00080000f11010000001005240050100676e620066000d00000000010000f110000000080015400140");
    const decoded = decode(bytes);
    assert.ok(decoded.ok);
    assert.ok(decoded.value.is === "NGSetupRequest");
    assert.deepEqual(decoded.value.ies, setup.ies);
    assert.equal(decoded.value.procedureCode, 21);
    assert.equal(decoded.value.kind, "initiatingMessage");
    assert.deepEqual(decoded.findings, []);
  });

  test("a message without a mandatory IE, or with a wrong one, is not a program", () => {
    // @ts-expect-error the NAS-PDU is mandatory
    const short: Message<"DownlinkNASTransport"> = { is: "DownlinkNASTransport", ies: { amfUeNgapId: 1, ranUeNgapId: 2 } };
    // @ts-expect-error there is no such cause
    const wrong: Message = { is: "ErrorIndication", ies: { cause: { choice: "nas", value: "no-reason" } } };
    assert.throws(() => encode(wrong), /^EncodeFault: cause.nas: no-reason is not a value of the enumeration/);
    const decoded = decode(encode(short));
    assert.ok(!decoded.ok && decoded.error.kind === "missing");
  });

  test("what is in an octet string is encoded by the name of its type", () => {
    const transfer: Types["PDUSessionResourceSetupRequestTransfer"] = {
      ulNguUpTNLInformation: {
        choice: "gTPTunnel",
        value: { transportLayerAddress: { bits: hex("7f000001"), length: 32 }, gTPTEID: hex("00000001") },
      },
      pduSessionType: "ipv4",
      qosFlowSetupRequestList: [
        {
          qosFlowIdentifier: 9,
          qosFlowLevelQosParameters: {
            qosCharacteristics: { choice: "nonDynamic5QI", value: { fiveQI: 9 } },
            allocationAndRetentionPriority: {
              priorityLevelARP: 8,
              preEmptionCapability: "shall-not-trigger-pre-emption",
              preEmptionVulnerability: "not-pre-emptable",
            },
          },
        },
      ],
    };
    const bytes = encodeType("PDUSessionResourceSetupRequestTransfer", transfer);
    const decoded = decodeType("PDUSessionResourceSetupRequestTransfer", bytes, { trailing: "refuse" });
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value, transfer);
    assert.equal(decodeType("PDUSessionResourceSetupRequestTransfer", bytes.slice(1)).ok, false);
  });
});
