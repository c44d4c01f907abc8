import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decode, decodeSecured, encode, isSecured } from "@freehold/nas";
import { hex } from "@freehold/wire";
import { absent, spec } from "./specs.ts";

type Tree = { readonly [key: string]: unknown };

/** PDUs that a peer sent wrong. */
const wrong: { readonly [frame: string]: string } = {
  "free5gc-2020-telekom.json#171": "a REGISTRATION ACCEPT inside with security header type 2 again: free5GC of early 2020",
};

function* pdus(node: unknown): Generator<{ bytes: Uint8Array; tree: Tree | undefined }> {
  if (Array.isArray(node)) for (const one of node) yield* pdus(one);
  else if (typeof node === "object" && node !== null) {
    const tree = node as Tree;
    for (const [key, value] of Object.entries(tree)) {
      if (/^ngap\.(NAS_PDU|pDUSessionNAS_PDU|nAS_PDU)$/.test(key) && typeof value === "string") {
        yield { bytes: hex(value), tree: tree[`${key}_tree`] as Tree | undefined };
      }
      yield* pdus(value);
    }
  }
}

/** The message type that Wireshark read; the outer one, where messages lie in messages. */
function typeByWireshark(tree: Tree | undefined): number {
  const nas = tree?.["nas-5gs"] as Tree | undefined;
  const plain = nas?.["Plain NAS 5GS Message"] as Tree | undefined;
  return Number(plain?.["nas-5gs.mm.message_type"] ?? plain?.["nas-5gs.sm.message_type"]);
}

function plainOf(bytes: Uint8Array, where: string): Uint8Array {
  if (!isSecured(bytes)) return bytes;
  const secured = decodeSecured(bytes);
  assert.ok(secured.ok, where);
  return secured.value.payload;
}

const folder = "oracle/captures";
const files = absent
  ? []
  : readdirSync(join(process.env["FREEHOLD_SPECS"] ?? join(import.meta.dirname, "../../../../shared/specs"), folder)).filter(
      (name) => name.endsWith(".json") && !name.includes(".sbi."),
    );

test("every NAS PDU of the captures is the message that Wireshark read, and means the same when written again", { skip: absent }, () => {
  const expected = new Set(Object.keys(wrong));
  let count = 0;
  for (const file of files) {
    for (const frame of spec<{ frames?: { frame: number }[] }>(`${folder}/${file}`).frames ?? []) {
      for (const { bytes, tree } of pdus(frame)) {
        const where = `${file}#${frame.frame}`;
        const plain = plainOf(bytes, where);
        const read = decode(plain);
        if (expected.has(where)) {
          assert.ok(!read.ok);
          assert.equal(read.error.is, "security protected");
          continue;
        }
        assert.ok(read.ok, `${where}: ${JSON.stringify(read)}`);
        assert.equal(plain[plain[0] === 0x7e ? 2 : 3], typeByWireshark(tree), where);
        const again = decode(encode(read.value));
        assert.ok(again.ok);
        assert.deepEqual(again.value, read.value, where);
        for (const key of ["payloadContainer", "nasMessageContainer"] as const) {
          const inner: unknown = (read.value as unknown as Tree)[key];
          if (inner instanceof Uint8Array) assert.ok(decode(inner).ok, `${where} ${key}`);
        }
        count++;
      }
    }
  }
  assert.ok(count > 1000, `${count} PDUs`);
});
