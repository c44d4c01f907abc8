import assert from "node:assert/strict";
import { test } from "node:test";
import { Cause5gmm } from "@freehold/model";
import { causeOf, type Decoded, decode, encode, type NasMessage, print, reactions } from "@freehold/nas";
import { hex, toHex } from "@freehold/wire";

/** REGISTRATION REQUEST of a 5G-GUTI: free5GC's, vector 12. */
const request = "7e004103000bf202f839cafe0000000001";

function taken(read: Decoded<NasMessage>) {
  assert.ok(read.ok, JSON.stringify(read));
  return {
    value: read.value as NasMessage & Record<string, unknown>,
    saw: read.diagnostics.map(({ is, iei }) => `${is} ${iei.toString(16)}`),
  };
}

function refused(read: Decoded<NasMessage>) {
  assert.ok(!read.ok, JSON.stringify(read));
  return read.error;
}

test("§7.2.1: a message too short for its type is ignored", () => {
  for (const bytes of ["", "7e", "7e00", "2e0501"]) {
    const error = refused(decode(hex(bytes)));
    assert.equal(error.is, "message too short");
    assert.equal(reactions[error.is].does, "ignore");
    assert.equal(causeOf(error), undefined);
  }
});

test("a protocol that is neither 5GMM nor 5GSM is ignored", () => {
  assert.equal(refused(decode(hex("07004101"))).is, "unknown protocol discriminator");
});

test("a protected message is not taken for a plain one", () => {
  const error = refused(decode(hex("7e02b0b79770017e0043")));
  assert.equal(error.is, "security protected");
  assert.equal(causeOf(error), undefined);
});

test("§7.4: an unknown message type is answered with #97, and the 5GSM header is told for the answer", () => {
  const error = refused(decode(hex("7e0040")));
  assert.equal(causeOf(error), Cause5gmm.messageTypeNonExistentOrNotImplemented);
  const { pduSessionId, pti, messageType } = refused(decode(hex("2e0507c0")));
  assert.deepEqual({ pduSessionId, pti, messageType }, { pduSessionId: 5, pti: 7, messageType: 0xc0 });
});

test("§7.4: a message of the other direction is unknown to its receiver", () => {
  assert.ok(decode(hex("7e0058")).ok);
  assert.equal(refused(decode(hex("7e0058"), { receiver: "network" })).is, "unknown message type");
  assert.ok(decode(hex("7e0058"), { receiver: "UE" }).ok);
  assert.ok(decode(hex("7e00646f"), { receiver: "UE" }).ok);
  assert.ok(decode(hex("7e00646f"), { receiver: "network" }).ok);
});

test("§7.5.1: a mandatory IE missing, cut or malformed is #96, with its name and octet", () => {
  for (const [bytes, field, at] of [
    ["7e0041", "Registration request.registrationType", 3],
    ["7e004179", "Registration request.mobileIdentity", 4],
    ["7e0041790003f202f8", "Registration request.mobileIdentity", 6],
    ["7e004179000bf202f839", "Registration request.mobileIdentity", 6],
    ["7e004179000bf2aaaaaacafe0000000001", "Registration request.mobileIdentity.guti.plmn", 7],
    ["2e0101c2", "PDU session establishment accept.selectedPduSessionType", 4],
  ] as const) {
    const error = refused(decode(hex(bytes)));
    assert.equal(error.is, "mandatory IE missing or malformed");
    assert.equal(causeOf(error), Cause5gmm.invalidMandatoryInformation);
    assert.deepEqual({ field: error.field, at: error.at }, { field, at });
  }
});

test("§7.5.1: an unknown IE encoded as comprehension required is #96", () => {
  const error = refused(decode(hex(`${request}0501ff`)));
  assert.equal(error.is, "unknown IE, comprehension required");
  assert.equal(causeOf(error), Cause5gmm.invalidMandatoryInformation);
  assert.equal(error.at, 17);
});

test("§7.6.1: unknown IEs of each format are jumped over, kept, and written back", () => {
  const bytes = `${request}1001002d02aabb f3 7f000301020310 0107`.replaceAll(" ", "");
  const { value, saw } = taken(decode(hex(bytes)));
  assert.ok(value.is === "Registration request");
  assert.deepEqual(value.rest, [
    { iei: 0x2d, octets: hex("aabb") },
    { iei: 0xf0, octets: hex("03") },
    { iei: 0x7f, octets: hex("010203") },
  ]);
  assert.deepEqual(saw, ["unknown IE 2d", "unknown IE f3", "unknown IE 7f", "IE repeated 10"]);
  assert.equal(toHex(encode(value)), `${request}1001002d02aabbf37f0003010203`);
  assert.match(print(value), /IEI 0x2d \(unknown\): aabb/);
});

test("§7.6.2: IEs in an order that is not the table's are taken and reported", () => {
  const { value, saw } = taken(decode(hex(`${request}2e02e0e0100107`)));
  assert.ok(value.is === "Registration request");
  assert.deepEqual(value.capability5gmm, { s1Mode: true, hoAttach: true, lpp: true });
  assert.deepEqual(saw, ["IE out of sequence 10"]);
  assert.equal(toHex(encode(value)), `${request}1001072e02e0e0`);
});

test("§7.6.3: of a repeated IE only the first counts", () => {
  const { value, saw } = taken(decode(hex(`${request}2e02e0e02e028020`)));
  assert.ok(value.is === "Registration request");
  assert.deepEqual(value.ueSecurityCapability?.nea, [0, 1, 2]);
  assert.deepEqual(saw, ["IE repeated 2e"]);
});

test("§7.7.1: a malformed optional IE counts as absent, and those after it are read", () => {
  for (const bad of ["2f0403aabbcc", "2e0180", "400101", "52ffffff000001"]) {
    const { value, saw } = taken(decode(hex(`${request}${bad}b2`)));
    assert.ok(value.is === "Registration request");
    assert.deepEqual(value.micoIndication, { raai: false, sprti: true });
    assert.equal(value.requestedNssai ?? value.ueSecurityCapability ?? value.lastVisitedRegisteredTai ?? value.uplinkDataStatus, undefined);
    assert.deepEqual(saw, [`optional IE malformed ${bad.slice(0, 2)}`]);
  }
});

test("§7.7.1: an IE that reaches beyond the end of the message counts as absent", () => {
  for (const bad of ["2e", "2e09e0", "71ffff00", "7affff", "3d", "52"]) {
    const { saw } = taken(decode(hex(request + bad)));
    assert.deepEqual(saw, [`optional IE malformed ${bad.slice(0, 2)}`]);
  }
});

test("§7.7.2: a conditional IE that is missing or malformed is told with #100", () => {
  const malformed = taken(decode(hex("7e00670100042e0a00d112"))).saw;
  assert.deepEqual(malformed, ["conditional IE missing or malformed 12", "conditional IE missing or malformed 12"]);
  const missing = taken(decode(hex("7e00670100042e0a00d1"))).saw;
  assert.deepEqual(missing, ["conditional IE missing or malformed 12"]);
  assert.deepEqual(taken(decode(hex("7e006705000401020304"))).saw, []);
  assert.equal(causeOf({ is: "conditional IE missing or malformed" }), Cause5gmm.conditionalIeError);
});

test("an IE longer than this release knows is read as far as it is known (TS 24.007 §11.2)", () => {
  const { value, saw } = taken(decode(hex("7e0042020101")));
  assert.ok(value.is === "Registration accept");
  assert.equal(value.registrationResult.result, "3GPP access");
  assert.deepEqual(saw, []);
});

test("a message of ours without a mandatory IE is a RangeError that names it", () => {
  const { value } = taken(decode(hex(request)));
  assert.throws(
    () => encode({ ...value, mobileIdentity: undefined } as unknown as NasMessage),
    /Registration request.mobileIdentity: mandatory and missing/,
  );
  assert.throws(() => encode({ is: "Registration" } as unknown as NasMessage), /no message is called "Registration"/);
});
