import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AlgorithmType,
  Direction,
  deriveAlgorithmKey,
  deriveHresStar,
  deriveKamf,
  deriveKausf,
  deriveKgnb,
  deriveKseaf,
  deriveResStar,
  Milenage,
  mac,
  type Nia,
  parseServingNetworkName,
  separationBit,
} from "@freehold/crypto";
import { AccessType, Secret, supi } from "@freehold/model";
import { hex, toHex } from "@freehold/wire";
import { load, sources } from "./vectors.ts";

type Hex = "K" | "OPc" | "rand" | "autn" | "sqn" | "amf" | "abba" | "RES" | "CK" | "IK" | "AK";
type Derived = "RESstar" | "HXRESstar" | "KAUSF" | "KSEAF" | "KAMF" | "KNASint" | "KNASenc" | "KgNB_ulcount0";
interface Chain extends Record<Hex | Derived | "capture" | "supi" | "servingNetworkName", string> {
  authRequestFrame: number;
  nia: Nia;
  nea: number;
  nasMacs: { frame: number; direction: "uplink" | "downlink"; count: number; nasPdu: string; mac: string; recomputedOk?: boolean }[];
}

// MACs of the captures that belong to another security context or an overflowed COUNT: shown as such, not left out.
const foreign = [
  "open5gs-testsuite-2020 353",
  "open5gs-testsuite-2020 585",
  "open5gs-testsuite-2020 593",
  "open5gs-testsuite-2020 349",
  "open5gs-testsuite-2020 581",
  "open5gs-testsuite-2020 589",
  "open5gs-testsuite-2020 2805",
  "open5gs-testsuite-2020 2801",
  "open5gs-testsuite-2020 3966",
];

for (const { which, folder, skip } of sources) {
  test(`INTEROP 9: from K to KgNB, every captured 5G AKA comes out as its own system computed it (${which})`, { skip }, () => {
    const { chains } = load<{ chains: Chain[] }>(folder, "5gaka-nas-chains");
    for (const c of chains) {
      const usim = new Milenage(Secret.fromHex(c.K), Secret.fromHex(c.OPc));
      const seen = usim.verifyAutn({ rand: hex(c.rand), autn: hex(c.autn) });
      assert.ok(seen.ok, c.capture);
      assert.equal(seen.value.sqn, Number.parseInt(c.sqn, 16));
      assert.equal(seen.value.amf, Number.parseInt(c.amf, 16));
      assert.equal(seen.value.amf & separationBit, separationBit);
      const again = usim.generate({ rand: hex(c.rand), sqn: seen.value.sqn, amf: Number.parseInt(c.amf, 16) });
      assert.equal(toHex(again.autn), c.autn);

      const snn = parseServingNetworkName(c.servingNetworkName);
      assert.ok(snn.ok);
      const resStar = deriveResStar(seen.value, snn.value, hex(c.rand), seen.value.res);
      const kausf = deriveKausf(seen.value, snn.value, hex(c.autn));
      const kseaf = deriveKseaf(kausf, snn.value);
      const kamf = deriveKamf(kseaf, supi(c.supi), hex(c.abba));
      const kgnb = deriveKgnb(kamf, 0, AccessType.threeGpp);
      const given = {
        RES: toHex(seen.value.res),
        CK: toHex(seen.value.ck.reveal()),
        IK: toHex(seen.value.ik.reveal()),
        AK: toHex(again.ak.reveal()),
        RESstar: toHex(resStar),
        HXRESstar: toHex(deriveHresStar(hex(c.rand), resStar)),
        KAUSF: toHex(kausf.reveal()),
        KSEAF: toHex(kseaf.reveal()),
        KAMF: toHex(kamf.reveal()),
        KNASint: toHex(deriveAlgorithmKey(kamf, AlgorithmType.nasInt, c.nia).reveal()),
        KNASenc: toHex(deriveAlgorithmKey(kamf, AlgorithmType.nasEnc, c.nea).reveal()),
        KgNB_ulcount0: toHex(kgnb.reveal()),
      };
      const wanted = Object.fromEntries(Object.keys(given).map((name) => [name, c[name as keyof typeof given]]));
      assert.deepEqual(given, wanted, `${c.capture} frame ${c.authRequestFrame}`);
    }
  });

  test(`INTEROP 14: the NAS MACs of every captured message come out, but for those of another context (${which})`, { skip }, () => {
    const { chains } = load<{ chains: Chain[] }>(folder, "5gaka-nas-chains");
    const wrong: string[] = [];
    let right = 0;
    for (const c of chains) {
      const key = deriveAlgorithmKey(Secret.fromHex(c.KAMF), AlgorithmType.nasInt, c.nia);
      for (const m of c.nasMacs) {
        // The MAC covers the sequence number and the message after it (TS 24.501 §4.4.3.3).
        const given = mac(c.nia, key, { count: m.count, bearer: 1, direction: Direction[m.direction] }, hex(m.nasPdu).subarray(6));
        if (toHex(given) === m.mac) right++;
        else wrong.push(`${c.capture} ${m.frame}`);
      }
    }
    assert.deepEqual(wrong, which === "all there are" ? foreign : []);
    assert.ok(right >= 12);
    if (which === "all there are") assert.equal(`${right} of ${right + wrong.length}`, "258 of 267");
  });
}
