import assert from "node:assert/strict";
import { test } from "node:test";
import { Milenage } from "@freehold/crypto";
import { Secret } from "@freehold/model";
import { memoryStore, StoreConflict } from "@freehold/store";
import { readConfig } from "@freehold/system";
import { provision, type Subscriber, subscribers } from "@freehold/udr";
import { toHex } from "@freehold/wire";
import { Batch } from "../src/subscribers/batch.ts";
import { ambrOf, defaultsOf, type Entry, EntryFault, subscriberOf } from "../src/subscribers/entry.ts";
import { ListFault, readSubscribers } from "../src/subscribers/list.ts";

const k = "465b5ce8b199b49faa5f0a2ee238a6bc";
const opc = "cd63cb71954a9f4e48a5994e37a02baf";
const op = "cdc202d5123e20f62b6d676ac72cb318";
const defaults = defaultsOf(readConfig("", "defaults"));
const entry: Entry = { supi: "001010000000001", k, opc };

const faultOf = (wrong: Partial<Entry>): string => {
  try {
    subscriberOf({ ...entry, ...wrong }, defaults);
  } catch (error) {
    assert.ok(error instanceof EntryFault, String(error));
    return error.message;
  }
  assert.fail("was taken");
};

const faultsOf = (text: string, name = "list.yaml"): readonly string[] => {
  try {
    readSubscribers(text, name, defaults);
  } catch (error) {
    assert.ok(error instanceof ListFault, String(error));
    return error.faults;
  }
  assert.fail("was taken");
};

test("what an entry leaves out comes from the configuration", () => {
  const { slices, ueAmbr, supi } = subscriberOf(entry, defaults);
  assert.equal(supi, "imsi-001010000000001");
  assert.deepEqual(ueAmbr, { uplink: 1e9, downlink: 1e9 });
  assert.deepEqual(slices, [
    { sst: 1, default: true, dnns: [{ dnn: "internet", default: true, type: "IPV4", ambr: { uplink: 1e9, downlink: 1e9 } }] },
  ]);
});

test("OPc follows from OP: test set 1 of TS 35.208", () => {
  const made = subscriberOf({ ...entry, opc: undefined, op }, defaults);
  assert.equal(toHex(made.opc.reveal()), opc);
  assert.equal(toHex(Milenage.opcOf(Secret.fromHex(k), Secret.fromHex(op)).reveal()), opc);
});

test("SQN of twelve digits is hexadecimal, any other decimal", () => {
  assert.equal(subscriberOf({ ...entry, sqn: "000000000020" }, defaults).sqn, 32);
  assert.equal(subscriberOf({ ...entry, sqn: "20" }, defaults).sqn, 20);
});

test("bit rates are uplink and downlink, or one for both", () => {
  assert.deepEqual(ambrOf("100 Mbps/1 Gbps"), { uplink: 1e8, downlink: 1e9 });
  assert.deepEqual(ambrOf("1.5Gbps"), { uplink: 1.5e9, downlink: 1.5e9 });
  assert.throws(() => ambrOf("1/2/3"), EntryFault);
  assert.throws(() => ambrOf("fast"), EntryFault);
});

test("each wrong entry is told in one sentence that repeats no key", () => {
  const short = k.slice(1);
  for (const [wrong, says] of [
    [{ supi: undefined }, /^no IMSI/],
    [{ supi: "12" }, /^SUPI "imsi-12" is none/],
    [{ k: undefined }, /^no K/],
    [{ k: short }, /^K: 32 hexadecimal digits are wanted; 31 digits are there$/],
    [{ k: `x${short}` }, /^K: 32 hexadecimal digits are wanted; something else is among them$/],
    [{ opc: short }, /^OPc: /],
    [{ opc: undefined }, /^no OPc/],
    [{ op }, /^OPc and OP are both there/],
    [{ amf: "80" }, /^AMF /],
    [{ sqn: "-1" }, /^SQN /],
    [{ ambr: "much" }, /^bit rate "much" is none/],
    [{ slices: ["one"] }, /^slice "one" is none/],
    [{ dnns: ["a b"] }, /^DNN "a b" is none/],
    [{ dnns: ["a", "b"], staticIp: "10.45.0.9" }, /^a fixed address belongs to one/],
    [{ msisdn: "x" }, /^MSISDN "x" is none/],
  ] as const) {
    const said = faultOf(wrong);
    assert.match(said, says);
    assert.ok(!said.includes(short) && !said.includes("\n"), said);
  }
});

test("CSV, YAML and JSON lists say the same", () => {
  const csv = `imsi,k,opc,dnn,sst,sd\n001010000000001,${k},"${opc}",internet;ims,1,010203\n`;
  const yaml = `- imsi: 001010000000001\n  k: ${k}\n  opc: "${opc}"\n  dnn: [internet, ims]\n  slice: 1-010203\n`;
  const json = JSON.stringify({ subscribers: [{ supi: "imsi-001010000000001", k, opc, dnn: "internet;ims", sst: "1", sd: "010203" }] });
  const [first, ...others] = [csv, yaml, json].map((text, i) => readSubscribers(text, `list.${["csv", "yaml", "json"][i]}`, defaults));
  assert.deepEqual(
    first!.map(({ supi, slices }) => [supi, slices[0]?.sd, slices[0]?.dnns.map(({ dnn }) => dnn)]),
    [["imsi-001010000000001", "010203", ["internet", "ims"]]],
  );
  const open = (list: readonly Subscriber[]) => list.map((s) => ({ ...s, k: toHex(s.k.reveal()), opc: toHex(s.opc.reveal()) }));
  for (const other of others) assert.deepEqual(open(other), open(first!));
});

test("digits of a key in YAML stay digits without quotes", () => {
  const digits = "00112233445566778899001122334455";
  const [made] = readSubscribers(`- { imsi: 001010000000001, k: ${digits}, opc: ${digits} }`, "list.yaml", defaults);
  assert.equal(toHex(made!.k.reveal()), digits);
});

test("what mongoexport writes of Open5GS is read, a document a line or a list", () => {
  const document = (imsi: string) =>
    JSON.stringify({
      _id: { $oid: "6f" },
      imsi,
      msisdn: ["491700000001"],
      security: {
        k: "465B5CE8 B199B49F AA5F0A2E E238A6BC",
        amf: "8000",
        op: null,
        opc: "CD63CB71 954A9F4E 48A5994E 37A02BAF",
        sqn: { $numberLong: "513" },
      },
      ambr: { downlink: { value: 1, unit: 3 }, uplink: { value: 500, unit: 2 } },
      slice: [
        {
          sst: 1,
          sd: "0000AB",
          default_indicator: true,
          session: [
            {
              name: "ims",
              type: 3,
              qos: { index: 5, arp: { priority_level: 1 } },
              ambr: { downlink: { value: 1, unit: 3 }, uplink: { value: 1, unit: 3 } },
              ue: { ipv4: "10.45.0.77" },
            },
          ],
        },
      ],
    });
  const lines = `${document("001010000000001")}\n${document("001010000000002")}\n`;
  const [first, second] = readSubscribers(lines, "-", defaults);
  assert.equal(second?.supi, "imsi-001010000000002");
  assert.equal(toHex(first!.opc.reveal()), opc);
  assert.equal(first!.sqn, 513);
  assert.equal(first!.gpsi, "msisdn-491700000001");
  assert.deepEqual(first!.ueAmbr, { uplink: 5e8, downlink: 1e9 });
  const session = { dnn: "ims", type: "IPV4V6", ambr: { uplink: 1e9, downlink: 1e9 }, fiveQi: 5, arp: 1, staticIp: "10.45.0.77" };
  assert.deepEqual(first!.slices, [{ sst: 1, sd: "0000AB", default: true, dnns: [session] }]);
  assert.equal(readSubscribers(`[${document("001010000000003")}]`, "export.json", defaults).length, 1);
});

test("each wrong line of a list is named, and nothing of the list is given", () => {
  const text = `imsi,k,opc\n001010000000001,${k},${opc}\n\n001010000000002,${k.slice(1)},${opc}\n001010000000001,${k},${opc}\n`;
  assert.deepEqual(faultsOf(text, "sims.csv"), [
    "sims.csv:4: K: 32 hexadecimal digits are wanted; 31 digits are there",
    "sims.csv:5: imsi-001010000000001 stands in line 2 already",
  ]);
  assert.match(faultsOf(`- imsi: 1\n  k: ${k}\n- what: ever\n`)[1]!, /^list\.yaml:3: "what" is no column: known are supi or imsi/);
  assert.match(faultsOf("imsi,k\n1,2,3\n", "a.csv")[0]!, /^a\.csv:2: 3 columns; the first line has 2$/);
  assert.match(faultsOf("a: [1\nb")[0]!, /^list\.yaml:\d: neither CSV/);
  assert.deepEqual(faultsOf(""), ["list.yaml: no subscriber in it"]);
});

const sealed = { id: "none", seal: (_row: string, _field: string, secret: Uint8Array) => secret.map((octet) => octet ^ 255) };

test("a batch stands in the store as a whole once it is flushed, or not at all", async () => {
  const store = memoryStore();
  const [first, second] = ["001010000000001", "001010000000002"].map((supi) => subscriberOf({ ...entry, supi }, defaults));
  const batch = new Batch(store);
  for (const one of [first!, second!]) await provision(one, { store: batch, vault: sealed });
  assert.deepEqual(await subscribers(store), []);
  await batch.flush();
  assert.equal((await subscribers(store)).length, 2);

  const third = subscriberOf({ ...entry, supi: "001010000000003" }, defaults);
  const late = new Batch(store);
  await provision(first!, { store: late, vault: sealed });
  await provision(third, { store: late, vault: sealed });
  await provision(third, { store, vault: sealed }); // somebody else is faster
  await assert.rejects(late.flush(), StoreConflict);
});
