import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { deriveCkIkPrime, Milenage } from "@freehold/crypto";
import { Secret } from "@freehold/model";
import { concat, hex, toHex } from "@freehold/wire";
import fc from "fast-check";
import { load, sources } from "./vectors.ts";

const sqnOf = (text: string) => Number.parseInt(text, 16);
const amfOf = sqnOf;
type MilenageSet = Record<"K" | "OP" | "OPc" | "RAND" | "SQN" | "AMF" | "f1" | "f1star" | "f2" | "f3" | "f4" | "f5" | "f5star", string> & {
  set: number;
};

for (const { which, folder, skip } of sources) {
  test(`MILENAGE gives f1 to f5* of every set of TS 35.207 and TS 35.208 (${which})`, { skip }, () => {
    const { sets } = load<{ sets: MilenageSet[] }>(folder, "milenage");
    assert.equal(sets.length, 20);
    for (const s of sets) {
      const k = Secret.fromHex(s.K);
      assert.equal(toHex(Milenage.opcOf(k, Secret.fromHex(s.OP)).reveal()), s.OPc, `set ${s.set}`);
      const milenage = new Milenage(k, Secret.fromHex(s.OPc));
      const f = milenage.functions({ rand: hex(s.RAND), sqn: sqnOf(s.SQN), amf: amfOf(s.AMF) });
      const given = Object.values(f).map((value) => toHex(value.reveal()));
      assert.deepEqual(given, [s.f1, s.f1star, s.f2, s.f3, s.f4, s.f5, s.f5star], `set ${s.set}`);
    }
  });

  test(`AUTS of a captured resynchronisation gives SQNms, and SQNms gives AUTS (${which})`, { skip }, () => {
    const { cases } = load<{ cases: Record<"K" | "OPc" | "rand" | "auts" | "SQNms", string>[] }>(folder, "auts-resync");
    for (const c of cases) {
      const milenage = new Milenage(Secret.fromHex(c.K), Secret.fromHex(c.OPc));
      assert.deepEqual(milenage.checkAuts({ rand: hex(c.rand), auts: hex(c.auts) }), { ok: true, sqnMs: sqnOf(c.SQNms) });
      assert.equal(toHex(milenage.auts({ rand: hex(c.rand), sqnMs: sqnOf(c.SQNms) })), c.auts);
    }
  });

  test(`CK' and IK' are those of RFC 9048 (${which})`, { skip }, () => {
    const { cases } = load<{ cases: Record<"networkName" | "autn" | "CK" | "IK" | "CKprime" | "IKprime", string>[] }>(
      folder,
      "eap-aka-prime",
    );
    for (const c of cases) {
      const keys = deriveCkIkPrime({ ck: Secret.fromHex(c.CK), ik: Secret.fromHex(c.IK) }, c.networkName, hex(c.autn));
      assert.deepEqual([toHex(keys.ck.reveal()), toHex(keys.ik.reveal())], [c.CKprime, c.IKprime]);
    }
  });
}

const octets = (n: number) => fc.uint8Array({ minLength: n, maxLength: n });
const sqns = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test("what the home network generates the USIM verifies, with the same keys; AUTS goes back", () => {
  fc.assert(
    fc.property(octets(16), octets(16), octets(16), sqns, fc.integer({ min: 0, max: 0xffff }), (k, opc, rand, sqn, amf) => {
      const home = new Milenage(new Secret(k), new Secret(opc));
      const usim = new Milenage(new Secret(k), new Secret(opc));
      const vector = home.generate({ rand, sqn, amf });
      const seen = usim.verifyAutn({ rand, autn: vector.autn });
      assert.ok(seen.ok);
      assert.equal(seen.value.sqn, sqn);
      assert.equal(seen.value.amf, amf);
      assert.deepEqual(seen.value.res, vector.xres);
      assert.deepEqual(seen.value.ck.reveal(), vector.ck.reveal());
      assert.deepEqual(seen.value.ik.reveal(), vector.ik.reveal());
      assert.deepEqual(home.checkAuts({ rand, auts: usim.auts({ rand, sqnMs: sqn }) }), { ok: true, sqnMs: sqn });
    }),
    { numRuns: 50 },
  );
});

test("one wrong bit of AUTN or AUTS, or of its length, is a verdict and not an exception", () => {
  const m = new Milenage(Secret.fromHex("465b5ce8b199b49faa5f0a2ee238a6bc"), Secret.fromHex("cd63cb71954a9f4e48a5994e37a02baf"));
  const rand = hex("23553cbe9637a89d218ae64dae47bf35");
  const { autn } = m.generate({ rand, sqn: 32 });
  const auts = m.auts({ rand, sqnMs: 32 });
  const flipped = (o: Uint8Array, bit: number) => o.map((octet, i) => (i === bit >> 3 ? octet ^ (0x80 >> (bit & 7)) : octet));
  for (let bit = 0; bit < 128; bit++) assert.deepEqual(m.verifyAutn({ rand, autn: flipped(autn, bit) }), { ok: false, why: "mac failure" });
  for (let bit = 0; bit < 112; bit++) assert.deepEqual(m.checkAuts({ rand, auts: flipped(auts, bit) }), { ok: false, why: "mac failure" });
  for (const n of [0, 15, 17]) assert.deepEqual(m.verifyAutn({ rand, autn: new Uint8Array(n) }), { ok: false, why: "length" });
  for (const n of [0, 13, 15]) assert.deepEqual(m.checkAuts({ rand, auts: new Uint8Array(n) }), { ok: false, why: "length" });
  assert.deepEqual(m.verifyAutn({ rand: rand.slice(1), autn }), { ok: false, why: "length" });
});

test("a key of the wrong length is refused with its name and without its octets", () => {
  const right = new Secret(new Uint8Array(16));
  assert.throws(() => new Milenage(new Secret(new Uint8Array(15)), right), /^RangeError: K has 15 octets, wants 16$/);
  assert.throws(() => new Milenage(right, new Secret(new Uint8Array(17))), /^RangeError: OPc has 17 octets, wants 16$/);
  assert.throws(() => new Milenage(right, right).generate({ rand: new Uint8Array(3), sqn: 0 }), /RAND has 3 octets/);
  assert.throws(() => new Milenage(right, right).generate({ rand: new Uint8Array(16), sqn: 2 ** 48 }), /SQN does not fit/);
});

test("neither a Milenage nor its vector shows K, OPc, CK, IK or AK when printed", () => {
  const k = "465b5ce8b199b49faa5f0a2ee238a6bc";
  const m = new Milenage(Secret.fromHex(k), Secret.fromHex("cd63cb71954a9f4e48a5994e37a02baf"));
  const vector = m.generate({ rand: hex("23553cbe9637a89d218ae64dae47bf35"), sqn: 1 });
  const secrets = [hex(k), hex("cd63cb71954a9f4e48a5994e37a02baf"), vector.ck.reveal(), vector.ik.reveal()];
  const printed = [
    inspect(m, { depth: 9, showHidden: true, maxArrayLength: null }),
    inspect(vector, { depth: 9 }),
    JSON.stringify([m, vector]),
  ];
  for (const text of printed) {
    for (const secret of secrets) {
      assert.ok(!text.includes(toHex(secret)));
      assert.ok(!text.replace(/\s/g, "").includes([...secret].join(",")), "octets in decimal");
    }
  }
  assert.equal(concat(vector.rand, vector.autn).length, 32);
});
