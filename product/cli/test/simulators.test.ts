import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigFault } from "@freehold/system";
import { toHex } from "@freehold/wire";
import { gnbTemplate, readGnb } from "../src/simulators/gnb-config.ts";
import { readUe, ueTemplate } from "../src/simulators/ue-config.ts";

const faults = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ConfigFault, String(error));
    return error.faults;
  }
  assert.fail("was taken");
};

test("the printed configurations of gNB and phones are the defaults", () => {
  assert.deepEqual(readGnb(gnbTemplate, "gnb.yaml"), readGnb("", "empty"));
  const open = (text: string) => {
    const { ue, log } = readUe(text, "ue.yaml");
    return { ...ue, log, k: toHex(ue.k.reveal()), opc: toHex(ue.opc!.reveal()) };
  };
  assert.deepEqual(open(ueTemplate), open(""));
});

test("gnb.yaml becomes the simulator's configuration", () => {
  const text =
    "plmns: [{ mcc: '999', mnc: '070', slices: [{ sst: 1, sd: 'FFFFFF' }, { sst: 2, sd: '0000AB' }] }]\nn3: { address: 10.0.0.9 }\ninactivitySeconds: 5\n";
  const { gnb, transport, udpPort } = readGnb(text, "gnb.yaml");
  assert.deepEqual(gnb.plmns, [{ plmn: { mcc: "999", mnc: "070" }, slices: [{ sst: 1 }, { sst: 2, sd: "0000ab" }] }]);
  assert.deepEqual(gnb.n3, { host: "10.0.0.9", port: 2152 });
  assert.deepEqual(gnb.amfs, [{ host: "127.0.0.5", port: 38412 }]);
  assert.deepEqual(gnb.nea, [2, 1, 3, 0]);
  assert.equal(gnb.inactivityMs, 5_000);
  assert.deepEqual([transport, udpPort], ["auto", 9899]);
});

test("ue.yaml becomes the simulator's configuration", () => {
  const key = "5a8d38864820197c3394b92613b20b91633cbd897119273bf8e4a6f4eec0a650";
  const text = `imsi: "999070000000001"\nmncDigits: 3\nhomeNetworkKey: { id: 1, scheme: A, publicKey: "${key}" }\nsessions: [{ dnn: ims, type: IPv4v6, slice: { sst: 1 } }, {}]\n`;
  const { ue } = readUe(text, "ue.yaml");
  assert.equal(ue.supi, "imsi-999070000000001");
  assert.equal(ue.mncDigits, 3);
  assert.equal(toHex(ue.homeNetworkKey!.publicKey), key);
  assert.deepEqual(ue.sessions, [{ dnn: "ims", type: "IPv4v6", sNssai: { sst: 1 } }, { type: "IPv4" }]);
});

test("what is wrong with gnb.yaml is named by line and key", () => {
  assert.match(
    faults(() => readGnb("gnbIdBits: 22\ngnbId: 4194304\n", "gnb.yaml"))[0]!,
    /^gnb\.yaml:2: gnbId: found 4194304; does not fit 22 bits$/,
  );
  assert.match(
    faults(() => readGnb("gnbIdBits: 32\ncellId: 16\n", "gnb.yaml"))[0]!,
    /^gnb\.yaml:2: cellId: found 16; does not fit the 4 bits/,
  );
  assert.match(faults(() => readGnb("air: here\n", "gnb.yaml"))[0]!, /^gnb\.yaml:1: air: found "here"; allowed: text like /);
});

test("what is wrong with a key in ue.yaml is told without the key", () => {
  const secret = "465b5ce8b199b49faa5f0a2ee238a6b";
  for (const [text, says] of [
    [`k: "${secret}"\nopc: "${secret}0"\n`, /^ue\.yaml:1: k: 31 characters; allowed: 32 hexadecimal digits$/],
    ["k: 11112222333344445555666677778888\nop: '00112233445566778899aabbccddeeff'\n", /^ue\.yaml:1: k: not text: put its 32/],
    [`k: "${secret}0"\n`, /^ue\.yaml:1: k: its OPc \(or OP\) is missing$/],
    [`op: "${secret}0"\nopc: "${secret}0"\n`, /^ue\.yaml:1: op: OPc is there as well/],
    [
      `homeNetworkKey: { id: 1, scheme: B, publicKey: "${"a0".repeat(32)}" }\n`,
      /^ue\.yaml:1: homeNetworkKey\.publicKey: profile B wants 66 digits$/,
    ],
    ["ciphering: [NEA2]\n", /^ue\.yaml:1: ciphering: every phone has NEA0$/],
  ] as const) {
    const [said = "", ...more] = faults(() => readUe(text, "ue.yaml"));
    assert.match(said, says);
    assert.ok(!said.includes(secret) && !said.includes("1111222233334444") && more.length === 0, [said, ...more].join("\n"));
  }
});
