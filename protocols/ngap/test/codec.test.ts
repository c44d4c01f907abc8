import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decode, encode, type Message } from "@freehold/ngap";
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
});
