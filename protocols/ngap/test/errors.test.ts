import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Acceptance,
  criticalityDiagnostics,
  decode,
  decodeType,
  encode,
  errorIndication,
  type Message,
  type MessageName,
  type Pdu,
  type Refusal,
  type UnknownIe,
} from "@freehold/ngap";
import { hex } from "@freehold/wire";
import { bytesOf } from "./corpus.ts";

/** A real message with its IEs changed as no honest sender would. */
function altered(is: MessageName, change: (ies: Record<string, unknown>) => Record<string, unknown>): Acceptance<Pdu> | Refusal {
  const decoded = decode(bytesOf(is));
  assert.ok(decoded.ok && decoded.value.is === is);
  return decode(encode({ is, ies: change({ ...decoded.value.ies }) } as unknown as Message));
}
const without = (key: string) => (ies: Record<string, unknown>) => ({ ...ies, [key]: undefined });
const unknown = (criticality: UnknownIe["criticality"], id = 9999) => [{ id, criticality, bytes: hex("00") }];

describe("abstract syntax errors (10.3)", () => {
  test("an unknown IE with criticality ignore stays in the message, and nobody hears of it", () => {
    const decoded = altered("UplinkNASTransport", (ies) => ({ ...ies, unknown: unknown("ignore") }));
    assert.ok(decoded.ok && decoded.value.is === "UplinkNASTransport");
    assert.deepEqual(decoded.value.ies.unknown, unknown("ignore"));
    assert.deepEqual(
      decoded.findings.map(({ kind, id, criticality }) => [kind, id, criticality]),
      [["not-understood", 9999, "ignore"]],
    );
    assert.equal(decoded.answer, "none");
  });

  test("with criticality notify the procedure goes on, and the peer is told", () => {
    const oneWay = altered("UplinkNASTransport", (ies) => ({ ...ies, unknown: unknown("notify") }));
    assert.ok(oneWay.ok);
    assert.equal(oneWay.answer, "error-indication");
    const error = errorIndication(oneWay);
    assert.deepEqual(error.ies.cause, { choice: "protocol", value: "abstract-syntax-error-ignore-and-notify" });
    assert.ok(error.ies.amfUeNgapId !== undefined && error.ies.ranUeNgapId !== undefined);
    assert.deepEqual(error.ies.criticalityDiagnostics, {
      procedureCode: 46,
      triggeringMessage: "initiating-message",
      procedureCriticality: "ignore",
      iEsCriticalityDiagnostics: [{ iECriticality: "notify", iEID: 9999, typeOfError: "not-understood" }],
    });
    const request = altered("NGSetupRequest", (ies) => ({ ...ies, unknown: unknown("notify") }));
    assert.ok(request.ok);
    assert.equal(request.answer, "response");
    assert.deepEqual(criticalityDiagnostics(request, "response"), {
      iEsCriticalityDiagnostics: [{ iECriticality: "notify", iEID: 9999, typeOfError: "not-understood" }],
    });
  });

  test("with criticality reject the message is refused, with what is needed to answer it", () => {
    const request = altered("NGSetupRequest", (ies) => ({ ...ies, unknown: unknown("reject") }));
    assert.ok(!request.ok);
    assert.equal(request.answer, "unsuccessful-outcome");
    assert.equal(request.cause, "abstract-syntax-error-reject");
    assert.equal(request.is, "NGSetupRequest");
    assert.equal(request.error.field, "NGSetupRequest.id-9999");
    assert.ok("globalRANNodeID" in request.ies);
    const oneWay = altered("UplinkNASTransport", (ies) => ({ ...ies, unknown: unknown("reject") }));
    assert.ok(!oneWay.ok);
    assert.equal(oneWay.answer, "error-indication");
    assert.equal(typeof oneWay.ies.amfUeNgapId, "number");
    const response = altered("InitialContextSetupResponse", (ies) => ({ ...ies, unknown: unknown("reject") }));
    assert.ok(!response.ok);
    assert.equal(response.answer, "none", "local error handling");
  });

  test("a missing IE counts by the criticality of the table", () => {
    const refused = altered("InitialUEMessage", without("nasPdu"));
    assert.ok(!refused.ok);
    assert.deepEqual([refused.error.kind, refused.error.field], ["missing", "InitialUEMessage.nasPdu"]);
    assert.equal(refused.answer, "error-indication");
    assert.deepEqual(criticalityDiagnostics(refused).iEsCriticalityDiagnostics, [
      { iECriticality: "reject", iEID: 38, typeOfError: "missing" },
    ]);
    const accepted = altered("InitialUEMessage", without("rrcEstablishmentCause"));
    assert.ok(accepted.ok && accepted.value.is === "InitialUEMessage");
    assert.equal(accepted.value.ies.rrcEstablishmentCause, undefined);
    assert.deepEqual(
      accepted.findings.map((f) => [f.kind, f.field]),
      [["missing", "rrcEstablishmentCause"]],
    );
    assert.equal(accepted.answer, "none");
  });

  test("IEs in the wrong order or more than once make a falsely constructed message (10.3.6)", () => {
    const reversed = altered("UplinkNASTransport", (ies) => ({
      ...ies,
      received: [38, 85, 10, 121].map((id) => ({ id, criticality: id === 121 ? "ignore" : "reject" })),
    }));
    assert.ok(!reversed.ok);
    assert.equal(reversed.cause, "abstract-syntax-error-falsely-constructed-message");
    assert.equal(reversed.error.field, "UplinkNASTransport.ranUeNgapId");
    assert.equal(typeof reversed.ies.amfUeNgapId, "number");
    const twice = altered("UplinkNASTransport", (ies) => ({ ...ies, unknown: [{ id: 10, criticality: "ignore", bytes: hex("0007") }] }));
    assert.ok(!twice.ok);
    assert.equal(twice.error.detail, "more than once");
    assert.equal(errorIndication(twice).ies.criticalityDiagnostics?.iEsCriticalityDiagnostics, undefined);
  });

  test("a value of a later version makes its IE one that is not understood, under the criticality it came with", () => {
    // RRCEstablishmentCause, extension value 40
    const later = { id: 90, criticality: "ignore", bytes: hex("a8") };
    const received = [85, 38, 121, 90].map((id) => ({ id, criticality: "reject" }));
    const withLater = (criticality: UnknownIe["criticality"]) =>
      altered("InitialUEMessage", (ies) => ({ ...ies, rrcEstablishmentCause: undefined, unknown: [{ ...later, criticality }], received }));
    const accepted = withLater("ignore");
    assert.ok(accepted.ok && accepted.value.is === "InitialUEMessage");
    assert.equal(accepted.value.ies.rrcEstablishmentCause, undefined);
    assert.deepEqual(accepted.value.ies.unknown, [later]);
    const rejected = withLater("reject");
    assert.ok(!rejected.ok);
    assert.equal(rejected.error.field, "InitialUEMessage.rrcEstablishmentCause");
  });

  test("an unknown IE inside another IE is judged too", () => {
    const inside = altered("NGSetupRequest", (ies) => {
      const list = ies["supportedTAList"] as readonly object[];
      return { ...ies, supportedTAList: list.map((item) => ({ ...item, iEExtensions: { unknown: unknown("reject", 4242) } })) };
    });
    assert.ok(!inside.ok);
    assert.equal(inside.error.field, "NGSetupRequest.id-4242");
  });
});

describe("other protocol errors", () => {
  test("an unknown procedure is answered by the criticality it came with (10.3.4.1)", () => {
    for (const [criticality, answer, cause] of [
      ["00", "error-indication", "abstract-syntax-error-reject"],
      ["40", "none", "abstract-syntax-error-ignore-and-notify"],
      ["80", "error-indication", "abstract-syntax-error-ignore-and-notify"],
    ] as const) {
      const decoded = decode(hex(`00fe${criticality}03000000`));
      assert.ok(!decoded.ok);
      assert.deepEqual([decoded.answer, decoded.cause, decoded.procedureCode], [answer, cause, 254]);
      assert.deepEqual(errorIndication(decoded).ies.criticalityDiagnostics?.procedureCode, 254);
    }
    const noFailure = decode(hex("400f4003000000"));
    assert.ok(!noFailure.ok);
    assert.equal(noFailure.error.detail, "no unsuccessfulOutcome of procedure 15");
  });

  test("a transfer syntax error keeps the header and the IEs before it (10.2)", () => {
    // NAS-PDU says 255 octets
    const decoded = decode(hex("002e4014000003000a00020001005500020002002600030cff7e"));
    assert.ok(!decoded.ok);
    const { error, cause, answer, is, procedureCode, ies } = decoded;
    assert.deepEqual(
      { kind: error.kind, field: error.field, at: error.at },
      { kind: "truncated", field: "UplinkNASTransport.nasPdu", at: 23 },
    );
    assert.deepEqual([cause, answer, is, procedureCode], ["transfer-syntax-error", "error-indication", "UplinkNASTransport", 46]);
    assert.deepEqual(ies, { amfUeNgapId: 1, ranUeNgapId: 2 });
  });

  test("also a request that has an unsuccessful outcome is answered with an Error Indication then (10.2)", () => {
    const decoded = decode(bytesOf("NGSetupRequest").slice(0, 20));
    assert.ok(!decoded.ok);
    assert.deepEqual([decoded.is, decoded.cause, decoded.answer], ["NGSetupRequest", "transfer-syntax-error", "error-indication"]);
  });

  test("a value of a later version outside of any IE is an abstract syntax error", () => {
    // Cause, radioNetwork, extension value 63
    const decoded = decodeType("Cause", hex("17e0"));
    assert.ok(!decoded.ok);
    assert.deepEqual(
      [decoded.error.kind, decoded.error.field, decoded.cause],
      ["unknown", "Cause.radioNetwork", "abstract-syntax-error-reject"],
    );
  });

  test("nothing wrong with an ERROR INDICATION is answered with another (10.5)", () => {
    const decoded = altered("ErrorIndication", (ies) => ({ ...ies, unknown: unknown("reject") }));
    assert.ok(!decoded.ok);
    assert.equal(decoded.answer, "none");
  });

  test("octets after the PDU are padding unless they are to be refused", () => {
    const bytes = Uint8Array.of(...bytesOf("NGSetupRequest"), 0, 0, 0);
    assert.ok(decode(bytes).ok);
    const decoded = decode(bytes, { trailing: "refuse" });
    assert.ok(!decoded.ok);
    assert.equal(decoded.error.at, bytes.length - 3);
  });
});
