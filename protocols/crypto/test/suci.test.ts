import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { conceal, deconceal, type EciesProfile, HomeNetworkKey } from "@freehold/crypto";
import {
  ProtectionScheme,
  parseSuci,
  parseSuciNai,
  plmn,
  Secret,
  type Suci,
  SupiFormat,
  suciNai,
  suciText,
  supi,
  supiOf,
} from "@freehold/model";
import { hex, toHex } from "@freehold/wire";
import fc from "fast-check";
import { load, sources } from "./vectors.ts";

interface SuciCase {
  id: string;
  schemeId: string;
  supiType: "IMSI" | "NAI";
  supi: { mccMnc: string; msin: string; nai: string };
  keys?: Record<"homeNetworkPrivateKey" | "homeNetworkPublicKey" | "homeNetworkPublicKeyCompressed" | "ephPrivateKey", string>;
  schemeOutput: string;
}

for (const { which, folder, skip } of sources) {
  test(`every SUCI of TS 33.501 annex C.4 is concealed and deconcealed as published (${which})`, { skip }, () => {
    const { annexC4AllCases: cases } = load<{ annexC4AllCases: SuciCase[] }>(folder, "suci-ecies");
    assert.equal(cases.length, 6);
    for (const c of cases) {
      const s = c.supiType === "IMSI" ? supi(`imsi-${c.supi.mccMnc}${c.supi.msin}`) : supi(`nai-${c.supi.nai}`);
      const profile = Number(c.schemeId) as EciesProfile;
      const key = c.keys && new HomeNetworkKey(profile, 27, Secret.fromHex(c.keys.homeNetworkPrivateKey));
      if (key && c.keys) {
        assert.equal(toHex(key.publicKey), (c.keys.homeNetworkPublicKey ?? c.keys.homeNetworkPublicKeyCompressed).toLowerCase(), c.id);
      }
      const random = () => hex(c.keys?.ephPrivateKey ?? "");
      const suci = conceal({ supi: s, mncDigits: 3, routingIndicator: "678", homeNetworkKey: key }, random);
      if (c.supiType === "IMSI") assert.equal(toHex(suci.schemeOutput), c.schemeOutput.toLowerCase(), c.id);
      // For a NAI the annex prints the tail of the NAI of TS 23.003 §28.7.3.
      else assert.ok(suciNai(suci).toLowerCase().includes(`.${c.schemeOutput.toLowerCase()}@3gpp.com`), c.id);
      const keys = new Map(key ? [[27, key]] : []);
      assert.deepEqual(deconceal(suci, keys), { ok: true, supi: s }, c.id);
      const text = parseSuci(suciText(suci));
      assert.ok(text.ok);
      assert.deepEqual(deconceal(text.value, keys), { ok: true, supi: s }, c.id);
      if (c.supiType === "NAI") {
        const nai = parseSuciNai(suciNai(suci));
        assert.ok(nai.ok);
        assert.deepEqual(deconceal(nai.value, keys), { ok: true, supi: s }, c.id);
      }
    }
  });
}

const keyA = new HomeNetworkKey(
  ProtectionScheme.profileA,
  1,
  Secret.fromHex("c53c22208b61860b06c62e5406a7b330c2b577aa5558981510d128247d38bd1d"),
);
const keyB = new HomeNetworkKey(
  ProtectionScheme.profileB,
  2,
  Secret.fromHex("f1ab1074477ebcc7f554ea1c5fc368b1616730155e0041ac447d6301975fecda"),
);
const keys = new Map([
  [1, keyA],
  [2, keyB],
]);
const random32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

test("whatever is concealed is deconcealed, under either profile and the null scheme, for MNCs of two and three digits", () => {
  const msins = fc.stringMatching(/^[0-9]{4,9}$/);
  const choices = fc.constantFrom(undefined, keyA, keyB);
  fc.assert(
    fc.property(fc.constantFrom("01", "001"), msins, choices, random32, (mnc, msin, homeNetworkKey, random) => {
      const s = supiOf(plmn("001", mnc), msin);
      const suci = conceal({ supi: s, mncDigits: mnc.length as 2 | 3, routingIndicator: "0", homeNetworkKey }, (n) => random.slice(0, n));
      assert.deepEqual(suci.home, { mcc: "001", mnc });
      assert.deepEqual(deconceal(suci, keys), { ok: true, supi: s });
    }),
    { numRuns: 60 },
  );
});

test("two SUCIs of one SUPI have nothing in common but what is in the open", () => {
  const draw = (seed: number) => (n: number) => Uint8Array.from({ length: n }, (_, i) => (i * 7 + seed) & 0xff);
  for (const homeNetworkKey of [keyA, keyB]) {
    const one = conceal({ supi: supi("imsi-001010000000001"), mncDigits: 2, routingIndicator: "0", homeNetworkKey }, draw(1));
    const two = conceal({ supi: supi("imsi-001010000000001"), mncDigits: 2, routingIndicator: "0", homeNetworkKey }, draw(2));
    const start = homeNetworkKey.publicKey.length;
    assert.notDeepEqual(one.schemeOutput.slice(0, start), two.schemeOutput.slice(0, start));
    assert.notDeepEqual(one.schemeOutput.slice(start), two.schemeOutput.slice(start));
  }
});

const right = (profile: "A" | "B"): Suci =>
  conceal({ supi: supi("imsi-001010000000001"), mncDigits: 2, routingIndicator: "0", homeNetworkKey: profile === "A" ? keyA : keyB }, () =>
    new Uint8Array(32).fill(9),
  );
const why = (suci: Suci): string => {
  const made = deconceal(suci, keys);
  return made.ok ? made.supi : made.error.why;
};

test("every flipped bit of a scheme output is a named error", () => {
  for (const profile of ["A", "B"] as const) {
    const suci = right(profile);
    const start = profile === "A" ? 32 : 33;
    const flip = (at: number, mask: number) => why({ ...suci, schemeOutput: suci.schemeOutput.map((o, i) => (i === at ? o ^ mask : o)) });
    for (let at = start; at < suci.schemeOutput.length; at++) assert.equal(flip(at, 1), "wrong MAC");
    for (let at = 0; at < start; at += 5) assert.ok(["wrong MAC", "invalid point"].includes(flip(at, 4)), `octet ${at}`);
  }
});

test("points off the curve, points without a secret, wrong lengths, keys and schemes are named errors", () => {
  const [a, b] = [right("A"), right("B")];
  const tail = b.schemeOutput.slice(33);
  const withPoint = (suci: Suci, point: string) => ({ ...suci, schemeOutput: Uint8Array.from([...hex(point), ...tail]) });
  assert.equal(why(withPoint(a, "00".repeat(32))), "invalid point");
  assert.equal(why(withPoint(a, `01${"00".repeat(31)}`)), "invalid point");
  assert.equal(why(withPoint(b, `02${"ff".repeat(32)}`)), "invalid point");
  assert.equal(why(withPoint(b, `05${"11".repeat(32)}`)), "invalid point");
  assert.equal(why(withPoint(b, "00".repeat(33))), "invalid point");
  for (let n = 0; n <= 40; n++) assert.equal(why({ ...a, schemeOutput: a.schemeOutput.slice(0, n) }), "too short");
  for (let n = 0; n <= 41; n++) assert.equal(why({ ...b, schemeOutput: b.schemeOutput.slice(0, n) }), "too short");
  assert.equal(why({ ...a, homeNetworkPublicKeyId: 9 }), "unknown key");
  assert.equal(why({ ...a, homeNetworkPublicKeyId: 2 }), "unknown key");
  assert.equal(why({ ...a, protectionScheme: 12 }), "unknown scheme");
  assert.equal(why({ ...a, protectionScheme: ProtectionScheme.null }), "invalid identity");
  assert.equal(why({ ...a, home: "example.org" }), "invalid identity");
  assert.equal(why({ ...a, supiFormat: SupiFormat.networkSpecificIdentifier }), "invalid identity");
});

test("any octets as a scheme output give a SUPI or a named error, never an exception", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.nat(3),
      fc.nat(3),
      fc.constantFrom<Suci["home"]>(plmn("001", "01"), "example.org"),
      (o, scheme, format, home) => {
        const suci: Suci = {
          supiFormat: format as Suci["supiFormat"],
          home,
          routingIndicator: "0",
          protectionScheme: scheme,
          homeNetworkPublicKeyId: scheme,
          schemeOutput: o,
        };
        assert.equal(typeof why(suci), "string");
      },
    ),
    { numRuns: 300 },
  );
});

test("a key that is none is refused by name, and a key pair does not print its private half", () => {
  assert.throws(() => new HomeNetworkKey(ProtectionScheme.profileA, 1, new Secret(new Uint8Array(31))), /private key has 31 octets/);
  assert.throws(() => new HomeNetworkKey(ProtectionScheme.profileB, 1, new Secret(new Uint8Array(32))), /not one of secp256r1/);
  assert.throws(() => new HomeNetworkKey(ProtectionScheme.profileA, 256, new Secret(new Uint8Array(32))), /not in 0 to 255/);
  const text = inspect(keyA, { depth: 9, showHidden: true }) + JSON.stringify(keyA) + inspect(keyB, { depth: 9, showHidden: true });
  assert.ok(!/c5,? ?3c,? ?22|197, 60, 34|f1,? ?ab,? ?10|241, 171, 16/.test(text));
});

test("a random source that gives no private key of secp256r1 is found out", () => {
  const all = { supi: supi("imsi-001010000000001"), mncDigits: 2, routingIndicator: "0", homeNetworkKey: keyB } as const;
  let draws = 0;
  const onceTooLarge = () => new Uint8Array(32).fill(draws++ === 0 ? 0xff : 3);
  assert.deepEqual(deconceal(conceal(all, onceTooLarge), keys), { ok: true, supi: all.supi });
  assert.throws(() => conceal(all, () => new Uint8Array(32).fill(0xff)), /random source/);
});
