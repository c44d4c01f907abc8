import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  ambrFromJson,
  ambrJson,
  amfUeNgapId,
  bitRateText,
  Cause5gmm,
  Cause5gsm,
  cause5gmmText,
  dnn,
  dnnFromOctets,
  dnnKey,
  dnnOctets,
  ip,
  ipFromOctets,
  ipOctets,
  isPduSessionId,
  parseBitRate,
  parseDnn,
  parseIp,
  parsePei,
  parsePrefix,
  parseSuci,
  parseSuciNai,
  pduSessionId,
  prefixHolds,
  prefixText,
  problemsTo5gmm,
  problemTo5gmm,
  problemTo5gsm,
  Secret,
  sameDnn,
  seid,
  suciNai,
  suciText,
  teid,
} from "@freehold/model";
import { fromText, hex, toHex, toText } from "@freehold/wire";
import fc from "fast-check";

test("a DNN survives its labels, and an empty label, an overlong one or a stray octet is an error with its place", () => {
  assert.equal(toHex(dnnOctets(dnn("internet"))), "08696e7465726e6574");
  assert.deepEqual(dnnFromOctets(hex("03696d7307657861 6d706c65")), { ok: true, value: "ims.example" });
  const at = (octets: string) => {
    const r = dnnFromOctets(hex(octets));
    return r.ok ? r.value : `${r.error.kind} ${r.error.at}`;
  };
  assert.equal(at(""), "truncated 0");
  assert.equal(at("00"), "invalid 0");
  assert.equal(at("03696d7300"), "invalid 4");
  assert.equal(at("03696d73ff"), "limit 4");
  assert.equal(at("03696d7305aabb"), "truncated 4");
  assert.equal(at("03692e73"), "invalid 1");
  assert.equal(parseDnn("a..b").ok, false);
  assert.equal(parseDnn("").ok, false);
  assert.equal(parseDnn(`${"a".repeat(64)}`).ok, false);
  assert.equal(parseDnn(Array.from({ length: 30 }, () => "abc").join(".")).ok, false);
});

test("any octets make a DNN that codes to the same octets, or an error", () => {
  const labels = fc.array(fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(labels, (l) => assert.deepEqual(dnnFromOctets(dnnOctets(dnn(l.join(".")))), { ok: true, value: l.join(".") })));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (octets) => {
      const r = dnnFromOctets(octets);
      if (r.ok) assert.deepEqual(dnnOctets(r.value), octets);
    }),
  );
});

test("DNNs are equal whatever their case, and with or without the operator identifier", () => {
  assert.ok(sameDnn(dnn("Internet"), dnn("iNTERNET")));
  assert.ok(sameDnn(dnn("internet.mnc001.mcc001.gprs"), dnn("internet")));
  assert.ok(!sameDnn(dnn("internet.mnc001.mcc001.gprs"), dnn("internet.mnc002.mcc001.gprs")));
  assert.ok(!sameDnn(dnn("internet"), dnn("ims")));
  assert.equal(dnnKey(dnn("IMS.mnc001.mcc001.GPRS")), "ims");
});

test("a SUCI survives its text: null scheme with digits, ECIES in hexadecimal, NAI with a realm that has hyphens", () => {
  const texts = [
    "suci-0-274-012-0-0-0-001002086",
    "suci-0-001-01-0000-1-27-b2e92f836055a255837debf850b528997ce0201cb82adfe4be1f587d07d8457dcb02352410cddd9e730ef3fa87",
    "suci-1-my-realm.example.org-678-0-0-user17",
  ];
  for (const text of texts) {
    const s = parseSuci(text);
    assert.ok(s.ok, text);
    assert.equal(suciText(s.value), text);
  }
  const s = parseSuci(texts[0]!);
  assert.ok(s.ok);
  assert.equal(toHex(s.value.schemeOutput), "00012080f6");
  for (const wrong of [
    "",
    "suci-4-a-0-0-0-b",
    "suci-0-1-01-0-0-0-1",
    "suci-0-001-01-00000-0-0-1",
    "suci-0-001-01-0-1-256-aa",
    "suci-0-001-01-0-1-1-abc",
    "suci-0-001-01-0-0-0-",
    "suci-0-001-01-0-0-0-12x",
  ]) {
    assert.equal(parseSuci(wrong).ok, false, wrong);
  }
});

test("a SUCI of a network specific identifier has the NAI of TS 23.003 §28.7.3", () => {
  const plain = "type1.rid678.schid0.useriduser17@example.com";
  const hidden =
    "type1.rid678.schid1.hnkey27.ecckey977d8b2fdaa7b64aa700d04227d5b440630ea4ec50f9082273a26bb678c92222.cip8e358a1582adb15322c10e515141d2039a.mac12e1d7783a97f1ac@example.com";
  for (const text of [plain, hidden]) {
    const s = parseSuciNai(text);
    assert.ok(s.ok);
    assert.equal(suciNai(s.value), text);
  }
  const s = parseSuciNai(plain);
  assert.equal(s.ok && toText(s.value.schemeOutput), "user17");
  for (const wrong of [
    "user17@example.com",
    plain.replace("userid", "user"),
    hidden.replace("ecckey97", "ecckey"),
    hidden.replace("schid1", "schid2"),
  ]) {
    assert.equal(parseSuciNai(wrong).ok, false, wrong);
  }
});

test("bit rates of TS 29.571 are bits per second and go back as whole numbers", () => {
  assert.deepEqual(parseBitRate("1 Gbps"), { ok: true, value: 1e9 });
  assert.deepEqual(parseBitRate("1.5 Mbps"), { ok: true, value: 1_500_000 });
  assert.equal(bitRateText(1_500_000), "1500 Kbps");
  assert.equal(bitRateText(1e9), "1 Gbps");
  assert.equal(bitRateText(0), "0 bps");
  for (const wrong of ["1Gbps", "1 gbps", "-1 Gbps", "", "1. Gbps", "99999999999999 Tbps"])
    assert.equal(parseBitRate(wrong).ok, false, wrong);
  fc.assert(fc.property(fc.maxSafeNat(), (n) => assert.deepEqual(parseBitRate(bitRateText(n)), { ok: true, value: n })));
  assert.deepEqual(ambrFromJson(ambrJson({ uplink: 5e8, downlink: 1e9 })), { ok: true, value: { uplink: 5e8, downlink: 1e9 } });
  assert.equal(ambrFromJson({ uplink: "1 Gbps" }).ok, false);
});

test("addresses have one text each: RFC 5952 for IPv6", () => {
  const same: readonly [string, string][] = [
    ["10.45.0.1", "10.45.0.1"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["::ffff:10.0.0.1", "::ffff:a00:1"],
  ];
  for (const [given, canonical] of same) assert.deepEqual(parseIp(given), { ok: true, value: canonical });
  for (const wrong of [
    "",
    "10.0.0",
    "10.0.0.256",
    "010.0.0.1",
    "1::2::3",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "fe80::1%eth0",
    "1:2:3:4:5:6:7::8",
    "g::",
  ]) {
    assert.equal(parseIp(wrong).ok, false, wrong);
  }
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })), (octets) => {
      const a = ipFromOctets(octets);
      assert.ok(a.ok);
      assert.deepEqual(ipOctets(a.value), octets);
      assert.deepEqual(parseIp(a.value), a);
    }),
  );
  assert.equal(ipFromOctets(hex("0102")).ok, false);
});

test("a prefix holds its own addresses and no others", () => {
  const pool = parsePrefix("10.45.0.0/16");
  assert.ok(pool.ok);
  assert.equal(prefixText(pool.value), "10.45.0.0/16");
  assert.ok(prefixHolds(pool.value, ip("10.45.255.255")));
  assert.ok(!prefixHolds(pool.value, ip("10.46.0.0")));
  assert.ok(!prefixHolds(pool.value, ip("::")));
  const odd = parsePrefix("2001:db8:8000::/33");
  assert.ok(odd.ok && prefixHolds(odd.value, ip("2001:db8:ffff::1")) && !prefixHolds(odd.value, ip("2001:db8:7fff::1")));
  const all = parsePrefix("0.0.0.0/0");
  assert.ok(all.ok && prefixHolds(all.value, ip("255.1.2.3")));
  for (const wrong of ["10.45.0.1/16", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "x/8"]) assert.equal(parsePrefix(wrong).ok, false, wrong);
});

test("identifiers beyond their bits are a RangeError", () => {
  assert.equal(pduSessionId(15), 15);
  for (const wrong of [0, 16, 1.5]) assert.throws(() => pduSessionId(wrong), RangeError);
  assert.ok(isPduSessionId(1) && !isPduSessionId(0));
  assert.equal(teid(0xffffffff), 0xffffffff);
  assert.throws(() => teid(2 ** 32), RangeError);
  assert.equal(amfUeNgapId(2 ** 40 - 1), 2 ** 40 - 1);
  assert.throws(() => amfUeNgapId(2 ** 40), RangeError);
  assert.throws(() => seid(1n << 64n), RangeError);
  assert.ok(parsePei("imeisv-4370816125816151").ok && !parsePei("imei-123").ok);
});

test("a key does not print: not as text, JSON or inspected, alone or inside", () => {
  const k = Secret.fromHex("465b5ce8b199b49faa5f0a2ee238a6bc");
  const printed = [
    `${k}`,
    JSON.stringify({ k }),
    inspect({ k }, { depth: 9, showHidden: true }),
    String([k]),
    JSON.stringify(Object.entries(k)),
  ];
  for (const text of printed) assert.ok(!/46.?5b|70.{0,3}91/i.test(text), text);
  assert.equal(`${k}`, "‹key›");
  assert.equal(inspect(k), "‹key›");
  assert.equal(k.length, 16);
  assert.equal(toHex(k.reveal()), "465b5ce8b199b49faa5f0a2ee238a6bc");
  assert.throws(
    () => Secret.fromHex("465b5ce8b199b49faa5f0a2ee238a6bx"),
    (e) => e instanceof TypeError && !e.message.includes("465b"),
  );
});

test("problems become the causes of TS 29.524, and none forbids the PLMN", () => {
  for (const row of problemsTo5gmm)
    assert.ok(row.cause === "authenticationReject" || Number(row.cause) !== Cause5gmm.plmnNotAllowed, row.problem);
  assert.equal(
    problemTo5gmm("Nausf_UEAuthentication", { status: 403, cause: "SERVING_NETWORK_NOT_AUTHORIZED" }).cause,
    Cause5gmm.servingNetworkNotAuthorized,
  );
  assert.equal(problemTo5gmm("Nausf_UEAuthentication", { status: 403, cause: "AUTHENTICATION_REJECTED" }).cause, "authenticationReject");
  assert.equal(problemTo5gmm("Nudm_UECM", { status: 404, cause: "USER_NOT_FOUND" }).cause, Cause5gmm.fiveGsServicesNotAllowed);
  assert.equal(problemTo5gmm("Nausf_UEAuthentication", { status: 504 }).cause, Cause5gmm.congestion);
  assert.equal(problemTo5gsm("Nudm_UECM", { status: 403, cause: "DNN_NOT_ALLOWED" }).cause, Cause5gsm.missingOrUnknownDnn);
  assert.equal(problemTo5gsm("Npcf_SMPolicyControl", {}).cause, Cause5gsm.networkFailure);
  assert.equal(cause5gmmText(11), "#11 plmnNotAllowed");
  assert.equal(cause5gmmText(200), "#200");
});

test("names in UTF-8 pass through a null scheme SUCI", () => {
  const s = parseSuci("suci-1-example.org-0-0-0-jürgen");
  assert.ok(s.ok);
  assert.deepEqual(s.value.schemeOutput, fromText("jürgen"));
});

test("text is an address for us exactly when it is one for the platform, whose own reading is the same octets", () => {
  const group = fc.constantFrom("0", "1", "db8", "00ff", "2001", "ffff", "12345", "g", "", "10.0.0.1", "1.2.3");
  const v6 = fc.array(group, { maxLength: 9 }).map((groups) => groups.join(":"));
  const v4 = fc
    .array(fc.constantFrom("0", "1", "10", "255", "256", "01", "", "a"), { minLength: 3, maxLength: 5 })
    .map((parts) => parts.join("."));
  const any = fc.string({ unit: fc.constantFrom("0", "1", "f", "G", ".", ":", " "), maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(v6, v4, any), (text) => {
      const made = parseIp(text);
      assert.equal(made.ok, isIP(text) !== 0, text);
      if (made.ok && made.value.includes(":")) assert.equal(`[${made.value}]`, new URL(`http://[${text}]/`).hostname);
    }),
    { numRuns: 2_000 },
  );
});
