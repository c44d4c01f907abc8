import assert from "node:assert/strict";
import { test } from "node:test";
import {
  amfIdText,
  bcdDigits,
  bcdOctets,
  guami,
  guamiFromJson,
  guamiJson,
  gutiFromOctets,
  gutiOctets,
  gutiOf,
  gutiText,
  ngapPlmnFromOctets,
  ngapPlmnOctets,
  type Plmn,
  parseGuti,
  parsePlmn,
  parseSNssai,
  parseSupi,
  plmn,
  plmnFromJson,
  plmnFromOctets,
  plmnOctets,
  plmnText,
  pseudonyms,
  readPlmn,
  sameGuami,
  sameSNssai,
  sNssai,
  sNssaiFromJson,
  sNssaiFromOctets,
  sNssaiOctets,
  sNssaiText,
  splitImsi,
  sTmsiFromOctets,
  sTmsiOctets,
  sTmsiOf,
  sTmsiText,
  supi,
  supiOf,
  supiValue,
  tai,
  taiFromJson,
  taiFromOctets,
  taiJson,
  taiOctets,
  taiText,
} from "@freehold/model";
import { hex, Reader, toHex, WireFault } from "@freehold/wire";
import fc from "fast-check";

const digits = (least: number, most: number) => fc.stringMatching(new RegExp(`^[0-9]{${least},${most}}$`));
const plmns: fc.Arbitrary<Plmn> = fc.tuple(digits(3, 3), digits(2, 3)).map(([mcc, mnc]) => ({ mcc, mnc }));

test("a PLMN with a two-digit MNC has one coding, with a three-digit MNC NAS and NGAP differ", () => {
  assert.equal(toHex(plmnOctets(plmn("001", "01"))), "00f110");
  assert.equal(toHex(ngapPlmnOctets(plmn("001", "01"))), "00f110");
  // TS 38.413 §9.3.3.5: digits in order. 13:30:01 is MCC 310, MNC 310 in Wireshark's reading of NGAP.
  assert.deepEqual(ngapPlmnFromOctets(hex("133001")), { ok: true, value: { mcc: "310", mnc: "310" } });
  assert.equal(toHex(ngapPlmnOctets(plmn("310", "410"))), "134001");
  // TS 24.501 figure 9.11.3.4.1: the third digit stands beside the MCC's.
  assert.equal(toHex(plmnOctets(plmn("310", "410"))), "130014");
});

test("every PLMN survives both codings and its texts", () => {
  fc.assert(
    fc.property(plmns, (p) => {
      assert.deepEqual(plmnFromOctets(plmnOctets(p)), { ok: true, value: p });
      assert.deepEqual(ngapPlmnFromOctets(ngapPlmnOctets(p)), { ok: true, value: p });
      assert.deepEqual(parsePlmn(plmnText(p)), { ok: true, value: p });
      assert.deepEqual(plmnFromJson(JSON.parse(JSON.stringify(p))), { ok: true, value: p });
    }),
  );
});

test("three octets that hold a nibble above nine are no PLMN, and the error says where", () => {
  assert.throws(
    () => readPlmn(new Reader(hex("ff0a f110"), 1), "tai.plmn"),
    (e) => e instanceof WireFault && e.error.field === "tai.plmn" && e.error.at === 1,
  );
  for (const wrong of ["00f11f", "a0f110", "0af110", "0011a0", "00f1", "00f11000"])
    assert.equal(plmnFromOctets(hex(wrong)).ok, false, wrong);
  assert.throws(() => plmn("1", "0101"), RangeError);
  assert.equal(plmnFromJson({ mcc: "01", mnc: "001" }).ok, false);
  assert.equal(plmnFromJson({ mcc: 1, mnc: "01" }).ok, false);
  assert.equal(plmnFromJson(null).ok, false);
});

test("a SUPI is an IMSI or a name, and nothing that could leave its place in a URI", () => {
  assert.equal(supiOf(plmn("001", "01"), "0000000001"), "imsi-001010000000001");
  assert.equal(supiValue(supi("imsi-001010000000001")), "001010000000001");
  assert.deepEqual(splitImsi(supi("imsi-310410123456789"), 3), { home: { mcc: "310", mnc: "410" }, msin: "123456789" });
  assert.equal(splitImsi(supi("nai-user@example.org"), 2), undefined);
  for (const wrong of [
    "imsi-",
    "imsi-1234",
    "imsi-1234567890123456",
    "imsi-12345x",
    "nai-",
    "nai-a/../b",
    "nai-a b",
    "nai-a\n",
    "imsi-00101\n",
    "x-1",
  ]) {
    assert.equal(parseSupi(wrong).ok, false, wrong);
  }
});

test("a pseudonym is stable under one salt, another under the next, and hides the MSIN", () => {
  const [one, two] = [pseudonyms(hex("01020304")), pseudonyms(hex("01020305"))];
  const s = supi("imsi-001010000000001");
  assert.match(one(s), /^imsi-00101…‹[0-9a-f]{6}›$/);
  assert.equal(one(s), one(s));
  assert.notEqual(one(s), two(s));
  assert.notEqual(one(s), one("imsi-001010000000002"));
  assert.match(one("nai-alice@example.org"), /^nai-…‹[0-9a-f]{6}›$/);
});

test("GUTI and 5G-S-TMSI have the octets of TS 24.501 figures 9.11.3.4.1 and 9.11.3.4.5", () => {
  // The 5G-GUTI of a captured Registration accept: 77 000b f2 09f107 02 0040 c7004bb3.
  const guti = gutiFromOctets(hex("09f107 02 0040 c7004bb3"));
  assert.ok(guti.ok);
  assert.deepEqual(guti.value, { plmn: { mcc: "901", mnc: "70" }, amfRegionId: 2, amfSetId: 1, amfPointer: 0, tmsi: 0xc7004bb3 });
  assert.equal(gutiText(guti.value), "5g-guti-90170020040c7004bb3");
  assert.equal(toHex(sTmsiOctets(sTmsiOf(guti.value))), "0040c7004bb3");
  assert.equal(sTmsiText(sTmsiOf(guti.value)), "0040c7004bb3");
  assert.deepEqual(parseGuti(gutiText(guti.value)), guti);
  assert.equal(gutiFromOctets(hex("09f107020040c7004b")).ok, false);
  assert.equal(gutiFromOctets(hex("09f107020040c7004bb300")).ok, false);
  assert.equal(parseGuti("5g-guti-9017002004c7004bb3").ok, false);
});

test("every GUAMI and GUTI survives octets, text and JSON", () => {
  const guamis = fc
    .tuple(plmns, fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 1023 }), fc.integer({ min: 0, max: 63 }))
    .map(([p, region, set, pointer]) => guami(p, region, set, pointer));
  fc.assert(
    fc.property(guamis, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (g, tmsi) => {
      const guti = gutiOf(g, tmsi);
      assert.deepEqual(gutiFromOctets(gutiOctets(guti)), { ok: true, value: guti });
      assert.deepEqual(parseGuti(gutiText(guti)), { ok: true, value: guti });
      assert.deepEqual(sTmsiFromOctets(sTmsiOctets(sTmsiOf(guti))), { ok: true, value: sTmsiOf(guti) });
      const again = guamiFromJson(JSON.parse(JSON.stringify(guamiJson(g))));
      assert.ok(again.ok && sameGuami(again.value, g));
    }),
  );
  assert.equal(amfIdText({ amfRegionId: 2, amfSetId: 1, amfPointer: 0 }), "020040");
  assert.throws(() => guami(plmn("001", "01"), 1, 1024, 0), RangeError);
  assert.equal(guamiFromJson({ plmnId: { mcc: "001", mnc: "01" }, amfId: "02004" }).ok, false);
  assert.equal(guamiFromJson({ plmnId: { mcc: "001", mnc: "01", nid: "xyz" }, amfId: "020040" }).ok, false);
});

test("a TAI survives octets and JSON; the TAC has six hexadecimal digits", () => {
  fc.assert(
    fc.property(plmns, fc.integer({ min: 0, max: 0xffffff }), (p, tac) => {
      const t = tai(p, tac);
      assert.deepEqual(taiFromOctets(taiOctets(t)), { ok: true, value: t });
      assert.deepEqual(taiFromJson(JSON.parse(JSON.stringify(taiJson(t)))), { ok: true, value: t });
    }),
  );
  assert.equal(taiText(tai(plmn("001", "01"), 1)), "00101-000001");
  assert.throws(() => tai(plmn("001", "01"), 0x1000000), RangeError);
  assert.equal(taiFromJson({ plmnId: { mcc: "001", mnc: "01" }, tac: "1" }).ok, false);
});

test("an SD of FFFFFF is no SD, in octets, JSON and text", () => {
  assert.deepEqual(sNssai(1, "FFFFFF"), { sst: 1 });
  assert.deepEqual(sNssaiFromOctets(hex("01ffffff")), { ok: true, value: { sst: 1 } });
  assert.deepEqual(sNssaiFromJson({ sst: 1, sd: "ffffff" }), { ok: true, value: { sst: 1 } });
  assert.equal(toHex(sNssaiOctets({ sst: 1, sd: "FFFFFF" })), "01");
  assert.ok(sameSNssai({ sst: 1, sd: "ABCDEF" }, sNssai(1, "abcdef")));
  assert.ok(!sameSNssai({ sst: 1 }, { sst: 1, sd: "000000" }));
  assert.equal(sNssaiText(sNssai(1, "010203")), "1-010203");
  assert.deepEqual(parseSNssai("1-010203"), { ok: true, value: { sst: 1, sd: "010203" } });
  for (const wrong of ["", "256", "1-", "1-01020", "1-0102031"]) assert.equal(parseSNssai(wrong).ok, false, wrong);
  for (const wrong of ["", "0101", "010203", "0101020304"]) assert.equal(sNssaiFromOctets(hex(wrong)).ok, false, wrong);
  assert.equal(sNssaiFromJson({ sst: "1" }).ok, false);
});

test("BCD digits survive, an odd count ends in 1111, and 1111 elsewhere is an error", () => {
  assert.equal(toHex(bcdOctets("001002086")), "00012080f6");
  fc.assert(fc.property(digits(0, 20), (d) => assert.deepEqual(bcdDigits(bcdOctets(d)), { ok: true, value: d })));
  const wrong = bcdDigits(hex("00f101"));
  assert.ok(!wrong.ok && wrong.error.at === 1);
  assert.equal(bcdDigits(hex("0a")).ok, false);
});
