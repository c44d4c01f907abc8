import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import {
  AlgorithmType,
  abba,
  deriveAlgorithmKey,
  deriveHresStar,
  deriveKamf,
  deriveKamfPrime,
  deriveKausf,
  deriveKgnb,
  deriveKngRanStar,
  deriveKngRanStarEnb,
  deriveKseaf,
  deriveNh,
  deriveResStar,
  nextSqn,
  parseServingNetworkName,
  resynchronised,
  SqnWindow,
  servingNetworkName,
} from "@freehold/crypto";
import { AccessType, plmn, Secret, supi } from "@freehold/model";
import { hex, toHex } from "@freehold/wire";
import fc from "fast-check";

test("the serving network name has a three-digit MNC, and an SNPN's NID (examples of TS 24.501 §9.12.1)", () => {
  assert.equal(servingNetworkName(plmn("234", "15")), "5G:mnc015.mcc234.3gppnetwork.org");
  assert.equal(servingNetworkName(plmn("234", "15"), "123456abcde"), "5G:mnc015.mcc234.3gppnetwork.org:123456ABCDE");
  assert.equal(servingNetworkName(plmn("310", "410")), "5G:mnc410.mcc310.3gppnetwork.org");
  assert.ok(parseServingNetworkName("5G:mnc015.mcc234.3gppnetwork.org:123456ABCDE").ok);
  for (const wrong of [
    "5G:mnc15.mcc234.3gppnetwork.org",
    "5g:mnc015.mcc234.3gppnetwork.org",
    "5G:mnc015.mcc234.3gppnetwork.org\n",
    "WLAN",
    "",
  ]) {
    assert.equal(parseServingNetworkName(wrong).ok, false, wrong);
  }
});

// 3GPP publishes no numbers for §A.10 to §A.13: the input S is spelt out here octet by octet from the clause instead.
const key = Secret.fromHex("34a65c31371579703595d08c0e9cbfac1d7a3074350b254c198ecb46d2e0215c");
const byHand = (s: string): string => createHmac("sha256", key.reveal()).update(hex(s)).digest("hex");

test("KN3IWF, NH, KNG-RAN* and KAMF' take FC, parameters and lengths as annex A has them", () => {
  assert.equal(toHex(deriveKgnb(key, 0x01020304, AccessType.nonThreeGpp).reveal()), byHand("6e 01020304 0004 02 0001"));
  assert.equal(toHex(deriveNh(key, key).reveal()), byHand(`6f ${toHex(key.reveal())} 0020`));
  assert.equal(toHex(deriveKngRanStar(key, 500, 632628).reveal()), byHand("70 01f4 0002 09a734 0003"));
  assert.equal(toHex(deriveKngRanStarEnb(key, 500, 3400).reveal()), byHand("71 01f4 0002 000d48 0003"));
  assert.equal(toHex(deriveKamfPrime(key, "handover", 5).reveal()), byHand("72 01 0001 00000005 0004"));
  assert.equal(toHex(deriveKamfPrime(key, "idle", 5).reveal()), byHand("72 00 0001 00000005 0004"));
  assert.equal(toHex(deriveAlgorithmKey(key, AlgorithmType.upInt, 2).reveal()), byHand("69 06 0001 02 0001").slice(32));
});

test("KAMF takes an IMSI's digits alone, but all of a NAI", () => {
  assert.equal(toHex(deriveKamf(key, supi("imsi-12345"), abba()).reveal()), byHand("6d 3132333435 0005 0000 0002"));
  assert.equal(toHex(deriveKamf(key, supi("nai-a@b"), abba()).reveal()), byHand("6d 614062 0003 0000 0002"));
});

test("inputs of the wrong length are refused by name", () => {
  const short = new Secret(new Uint8Array(16));
  const ckIk = { ck: short, ik: short };
  const snn = servingNetworkName(plmn("001", "01"));
  assert.throws(() => deriveKseaf(short, snn), /KAUSF has 16 octets, wants 32/);
  assert.throws(() => deriveKamf(short, supi("imsi-12345"), abba()), /KSEAF has 16/);
  assert.throws(() => deriveNh(key, short), /SYNC-input has 16/);
  assert.throws(() => deriveKausf({ ck: key, ik: short }, snn, new Uint8Array(16)), /CK has 32/);
  assert.throws(() => deriveKausf(ckIk, snn, new Uint8Array(6)), /AUTN has 6/);
  assert.throws(() => deriveResStar(ckIk, snn, new Uint8Array(16), new Uint8Array(3)), /RES has 3/);
  assert.throws(() => deriveHresStar(new Uint8Array(16), new Uint8Array(8)), /RES\* has 8/);
  assert.throws(() => deriveKgnb(key, 2 ** 32, AccessType.threeGpp), /uplink NAS COUNT does not fit/);
});

test("SQN goes on by one SEQ and one IND, round both ends", () => {
  assert.equal(nextSqn(0), 33);
  assert.equal(nextSqn(31), 32);
  assert.equal(nextSqn(2 ** 48 - 1), 0);
  assert.throws(() => nextSqn(2 ** 48), RangeError);
  assert.throws(() => nextSqn(-1), RangeError);
});

test("a USIM takes each SQN of the home network once, also out of order within its 32 indices", () => {
  const window = new SqnWindow();
  const sqns: number[] = [];
  for (let sqn = 0, i = 0; i < 100; i++) {
    sqn = nextSqn(sqn);
    sqns.push(sqn);
  }
  const [late] = sqns.splice(90, 1);
  for (const sqn of sqns) assert.ok(window.accept(sqn));
  assert.ok(window.accept(late!));
  for (const sqn of [...sqns, late!]) assert.ok(!window.accept(sqn));
  assert.equal(window.sqnMs, sqns.at(-1));
});

test("a USIM refuses a leap above 2^28, and takes up where its state was kept", () => {
  const window = new SqnWindow();
  assert.ok(!window.accept((2 ** 28 + 1) * 32));
  assert.ok(window.accept(2 ** 28 * 32));
  const kept = new SqnWindow(JSON.parse(JSON.stringify(window.state)) as number[]);
  assert.ok(!kept.accept(2 ** 28 * 32));
  assert.equal(kept.sqnMs, 2 ** 28 * 32);
});

test("after a right AUTS the next SQN is fresh to that USIM, wherever the two were", () => {
  const sqns = fc.integer({ min: 0, max: 2 ** 47 });
  fc.assert(
    fc.property(sqns, sqns, (home, phone) => {
      const state = Array.from({ length: 32 }, () => Math.floor(phone / 32));
      const window = new SqnWindow(state);
      const next = nextSqn(resynchronised(home, window.sqnMs));
      assert.ok(window.accept(next));
    }),
  );
  assert.equal(resynchronised(64, 32), 64);
});
