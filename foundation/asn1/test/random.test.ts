import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Per, randomValue } from "@freehold/asn1";
import { explain, hex, toHex } from "@freehold/wire";
import fc from "fast-check";
import { absent, chooser, compiledSpec } from "./specs.ts";

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "vectors/nr-rrc.json"), "utf8")) as readonly {
  readonly type: string;
  readonly source: string;
  readonly hex: string;
}[];

const specs = [
  "open5gs-NGAP-R19.2.0",
  "pycrate-R17.4/3GPP_NR_NGAP_38413",
  "pycrate-R17.4/3GPP_NR_RRC_38331",
  "pycrate-R17.4/3GPP_NR_F1AP_38473",
] as const;

describe("random values of whole specifications", () => {
  for (const modules of specs) {
    for (const variant of ["aligned", "unaligned"] as const) {
      test(`every type of ${modules}, ${variant}: decode(encode(x)) = x`, { skip: absent(modules) }, () => {
        const module = compiledSpec(modules);
        const per = new Per(module, variant);
        const types = Object.keys(module.types);
        const check = (type: string, seed: number): void => {
          const value = randomValue(module, type, chooser(seed));
          const bytes = per.encode(type, value);
          const decoded = per.decode(type, bytes, { trailing: "refuse" });
          assert.ok(decoded.ok, `${type}, seed ${seed}: ${decoded.ok ? "" : explain(decoded.error)}`);
          assert.deepEqual(decoded.value, value, `${type}, seed ${seed}`);
        };
        for (const type of types) check(type, 1);
        fc.assert(
          fc.property(fc.constantFrom(...types), fc.integer(), (type, seed) => check(type, seed)),
          { numRuns: 1500 },
        );
      });
    }
  }
});

describe("NR RRC in unaligned PER", () => {
  const rrc = "pycrate-R17.4/3GPP_NR_RRC_38331";
  const skip = absent(rrc);
  const both = (type: string, value: unknown, text: string): void => {
    const per = new Per(compiledSpec(rrc), "unaligned");
    assert.equal(toHex(per.encode(type, value)), text, type);
    const decoded = per.decode(type, hex(text), { trailing: "refuse" });
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value, value);
  };

  test("an RRCSetupRequest: choice, choice, 39 bits, 4 bits of cause, a spare bit", { skip }, () => {
    const value = {
      message: {
        choice: "c1",
        value: {
          choice: "rrcSetupRequest",
          value: {
            rrcSetupRequest: {
              ueIdentity: { choice: "randomValue", value: { bits: hex("123456789a"), length: 39 } },
              establishmentCause: "mo-Signalling",
              spare: { bits: hex("00"), length: 1 },
            },
          },
        },
      },
    };
    // 0 00 1 then 0001 0010 0011 0100 0101 0110 0111 1000 1001 101, 0011, 0
    both("UL-CCCH-Message", value, "1123456789a6");
  });

  test("a ULInformationTransfer with a NAS message", { skip }, () => {
    const value = {
      message: {
        choice: "c1",
        value: {
          choice: "ulInformationTransfer",
          value: { criticalExtensions: { choice: "ulInformationTransfer", value: { dedicatedNASMessage: hex("7e0056") } } },
        },
      },
    };
    // 0 0111 0 100 00000011 and the octets, from bit 17 on
    both("UL-DCCH-Message", value, "3a01bf002b00");
  });

  test("the default of a filter coefficient is left out and given back", { skip }, () => {
    const per = new Per(compiledSpec(rrc), "unaligned");
    const value = { filterCoefficientRSRP: "fc4", filterCoefficientRSRQ: "fc8", "filterCoefficientRS-SINR": "fc4" };
    const { "filterCoefficientRS-SINR": sinr, ...rest } = value;
    const spelled = { ...rest, filterCoefficientRSSINR: sinr };
    const bytes = per.encode("FilterConfig", spelled);
    const decoded = per.decode("FilterConfig", bytes);
    assert.deepEqual(decoded.ok && decoded.value, spelled);
    assert.equal(bytes.length, 1);
  });

  test("capabilities of real phones and a real handover command, octet for octet", { skip }, () => {
    const per = new Per(compiledSpec(rrc), "unaligned");
    for (const vector of vectors) {
      const decoded = per.decode(vector.type, hex(vector.hex));
      assert.ok(decoded.ok, vector.source);
      assert.equal(toHex(per.encode(vector.type, decoded.value)), vector.hex, vector.source);
      assert.ok(JSON.stringify(decoded.value).length > 100);
    }
  });
});
