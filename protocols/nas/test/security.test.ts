import assert from "node:assert/strict";
import { test } from "node:test";
import { AccessType, Secret } from "@freehold/model";
import {
  decode,
  decodeSecured,
  encode,
  encodeSecured,
  isSecured,
  NasSecurity,
  type NasSecurityInit,
  RegistrationComplete,
  SecurityHeaderType,
  Status5gmm,
} from "@freehold/nas";
import { hex, toHex } from "@freehold/wire";
import { absent, spec, vectors } from "./specs.ts";

interface Chains {
  chains: {
    capture: string;
    nia: 0 | 1 | 2 | 3;
    nea: 0 | 1 | 2 | 3;
    KNASint: string;
    KNASenc: string;
    nasMacs: { direction: string; count: number; nasPdu: string; securityHeaderType: number; recomputedOk?: boolean }[];
  }[];
}

const keys = {
  integrityKey: Secret.fromHex("0d4030dea6f0384f9a73b9a20d0cceae"),
  cipheringKey: Secret.fromHex("ae76497c4666d24001b1a3aa4c8858d9"),
};
const { threeGpp, nonThreeGpp } = AccessType;
const counts = (send: number, receive: number): NasSecurityInit["counts"] => ({
  [threeGpp]: { send, receive },
  [nonThreeGpp]: { send: 0, receive: 0 },
});
const pair = (init: Partial<NasSecurityInit> = {}) => ({
  network: new NasSecurity({ nea: 2, nia: 2, side: "network", ...keys, ...init }),
  ue: new NasSecurity({ nea: 2, nia: 2, side: "UE", ...keys, ...init }),
});
const complete = encode(RegistrationComplete({}));
const statusOf = (cause: number) => encode(Status5gmm({ cause }));

for (const { which, read, skip } of [
  { which: "the selection here", read: () => vectors<Chains>("chains.json"), skip: false as const },
  { which: "all there are", read: () => spec<Chains>("vectors/5gaka-nas-chains.json"), skip: absent },
]) {
  test(`INTEROP 14: NAS messages of other implementations (${which}) are verified with their keys, and ours are theirs octet for octet`, {
    skip,
  }, () => {
    let count = 0;
    for (const { capture, nia, nea, KNASint, KNASenc, nasMacs } of read().chains) {
      const init = { nea, nia, integrityKey: Secret.fromHex(KNASint), cipheringKey: Secret.fromHex(KNASenc) };
      for (const message of nasMacs) {
        if (message.recomputedOk === false) continue;
        const [here, there] = message.direction === "uplink" ? (["network", "UE"] as const) : (["UE", "network"] as const);
        const receiver = new NasSecurity({ ...init, side: here, counts: counts(0, message.count) });
        const got = receiver.unprotect(hex(message.nasPdu));
        assert.ok(got.ok, `${capture} ${message.nasPdu}`);
        assert.equal(got.count, message.count);
        const inner = decode(got.message);
        assert.ok(inner.ok || inner.error.is === "security protected", "free5GC of 2020 protected one message twice");
        const sender = new NasSecurity({ ...init, side: there, counts: counts(message.count, 0) });
        assert.equal(toHex(sender.protect(got.message, got.securityHeaderType)), message.nasPdu);
        count++;
      }
    }
    assert.ok(count > 15, `${count} messages`);
  });
}

for (const nea of [0, 1, 2, 3] as const) {
  for (const nia of [0, 1, 2, 3] as const) {
    test(`what the phone protects with NEA${nea} and NIA${nia} the network reads, and the other way`, () => {
      const { network, ue } = pair({ nea, nia });
      for (let i = 0; i < 3; i++) {
        for (const [from, to] of [
          [ue, network],
          [network, ue],
        ] as const) {
          const sent = statusOf(90 + i);
          const bytes = from.protect(sent);
          assert.ok(isSecured(bytes));
          const got = to.unprotect(bytes);
          assert.deepEqual(got, { ok: true, message: sent, securityHeaderType: 2, count: i, verified: nia !== 0 });
          if (nea !== 0) assert.notEqual(toHex(bytes.subarray(7)), toHex(sent));
        }
      }
    });
  }
}

test("INTEROP 14: every message has a COUNT of its own, also the same message again", () => {
  const { network } = pair();
  const first = network.protect(complete);
  const second = network.protect(complete);
  assert.notEqual(toHex(first), toHex(second));
  assert.equal(network.counts().send, 2);
});

test("a replayed message is refused, and the next one is still taken", () => {
  const { network, ue } = pair();
  const first = ue.protect(complete);
  assert.ok(network.unprotect(first).ok);
  assert.deepEqual(network.unprotect(first), { ok: false, is: "MAC failure" });
  assert.ok(network.unprotect(ue.protect(complete)).ok);
});

test("INTEROP 14: messages may be lost, and the overflow counter is estimated across the end of the sequence number", () => {
  const { network, ue } = pair();
  for (let i = 0; i < 600; i++) {
    const bytes = ue.protect(complete);
    if (i % 200 !== 0 && i !== 599) continue;
    const got = network.unprotect(bytes);
    assert.ok(got.ok);
    assert.equal(got.count, i);
  }
});

test("INTEROP 14: a COUNT counts only when the MAC is right: forged messages move nothing", () => {
  const { network, ue } = pair();
  assert.ok(network.unprotect(ue.protect(complete)).ok);
  const before = network.state();
  const real = ue.protect(complete);
  for (let sqn = 0; sqn < 256; sqn++) {
    const forged = real.slice();
    forged[6] = sqn;
    forged[2]! ^= 1;
    assert.deepEqual(network.unprotect(forged), { ok: false, is: "MAC failure" });
  }
  for (let at = 0; at < real.length; at++) {
    const other = real.slice();
    other[at]! ^= 4;
    assert.equal(network.unprotect(other).ok, false, `octet ${at}`);
  }
  assert.deepEqual(network.state(), before);
  assert.ok(network.unprotect(real).ok);
});

test("INTEROP 14: each access has its own COUNT pair and bearer (TS 33.501 §6.4.2.2)", () => {
  const { network, ue } = pair();
  const bytes = ue.protect(complete, 2, nonThreeGpp);
  assert.deepEqual(network.unprotect(bytes, threeGpp), { ok: false, is: "MAC failure" });
  assert.ok(network.unprotect(bytes, nonThreeGpp).ok);
  assert.deepEqual(network.counts(threeGpp), { send: 0, receive: 0 });
  assert.deepEqual(network.counts(nonThreeGpp), { send: 0, receive: 1 });
});

test("the state of a context is plain data from which it goes on after a restart", () => {
  const { network, ue } = pair();
  for (let i = 0; i < 300; i++) assert.ok(network.unprotect(ue.protect(complete)).ok);
  const state = JSON.parse(JSON.stringify(network.state()));
  const again = new NasSecurity({ ...state, side: "network", ...keys });
  assert.ok(again.unprotect(ue.protect(complete)).ok);
  assert.deepEqual(again.counts(), { send: 0, receive: 301 });
});

test("a COUNT of 24 bits ends: nothing is sent with one used before, nothing is taken beyond", () => {
  const { ue } = pair({ counts: counts(2 ** 24 - 1, 0) });
  assert.equal(ue.left(), 1);
  const last = ue.protect(complete);
  assert.equal(ue.left(), 0);
  assert.throws(() => ue.protect(complete), /NAS COUNT exhausted/);
  const { network } = pair({ counts: counts(0, 2 ** 24 - 1) });
  assert.ok(network.unprotect(last).ok);
  assert.deepEqual(network.unprotect(last), { ok: false, is: "COUNT exhausted" });
});

test("INTEROP 11: header type 3 is only of a security mode command (table 9.3.1)", () => {
  const { network, ue } = pair();
  const bytes = network.protect(complete, SecurityHeaderType.integrityProtectedWithNewContext);
  assert.deepEqual(ue.unprotect(bytes), { ok: false, is: "header type of another message" });
  assert.equal(ue.counts().receive, 0);
});

test("a container in an initial message is ciphered with the COUNT of the message around it (TS 33.501 §6.4.6)", () => {
  const { network, ue } = pair({ counts: counts(0, 0) });
  ue.protect(complete);
  const container = ue.protectContainer(statusOf(111));
  assert.notEqual(toHex(container), toHex(statusOf(111)));
  const got = network.unprotect(ue.protect(complete, SecurityHeaderType.integrityProtected));
  assert.ok(got.ok);
  assert.equal(toHex(network.unprotectContainer(container, got.count)), toHex(statusOf(111)));
});

test("a protected message cut short is malformed at every length, and a header is read without keys", () => {
  const bytes = hex("7e02b0b79770017e0043");
  assert.deepEqual(decodeSecured(bytes), {
    ok: true,
    value: { securityHeaderType: 2, mac: hex("b0b79770"), sqn: 1, payload: hex("7e0043") },
  });
  for (let length = 0; length < bytes.length; length++) {
    const got = pair().network.unprotect(bytes.subarray(0, length));
    assert.ok(!got.ok);
    assert.equal(got.is, "malformed");
    assert.ok(got.error !== undefined && got.error.at <= length);
  }
  for (const type of [0, 5, 15]) assert.ok(!decodeSecured(hex(`7e0${type.toString(16)}b0b79770017e0043`)).ok);
  assert.ok(!decodeSecured(hex("2e02b0b79770017e0043")).ok);
  assert.equal(toHex(encodeSecured({ securityHeaderType: 2, mac: hex("b0b79770"), sqn: 1, payload: hex("7e0043") })), toHex(bytes));
});

test("keys do not show in a printed context", () => {
  assert.ok(!JSON.stringify(pair().network).includes("0d4030de"));
});
