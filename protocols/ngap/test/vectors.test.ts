import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ieKey } from "@freehold/asn1";
import { decode, encode } from "@freehold/ngap";
import { explain, hex, toHex } from "@freehold/wire";
import { absent, allVectors, captured, oracleOf, vectors } from "./corpus.ts";

/** Vectors that clause 10.3 refuses, by number, with the reason; every other one is accepted. */
const refused: Readonly<Record<number, string>> = {
  234: "Paging.pagingOrigin at octet 44: in the wrong order (unexpected)",
  396: "NGSetupResponse.amfName at octet 44: mandatory and absent (missing)",
  399: "NGSetupResponse.id-97 at octet 16: not understood, and to be rejected (unknown)",
  424: "ngapPdu.procedureCode at octet 1: no successfulOutcome of procedure 64 (unknown)",
};

function checkVector(n: number, text: string): ReturnType<typeof decode> {
  const decoded = decode(hex(text), { trailing: "refuse" });
  if (!decoded.ok) {
    assert.equal(explain(decoded.error), refused[n], `vector ${n}`);
    return decoded;
  }
  assert.equal(refused[n], undefined, `vector ${n} is accepted`);
  assert.equal(toHex(encode(decoded.value)), text, `vector ${n} octet for octet`);
  return decoded;
}

describe("messages of other stacks", () => {
  test("the selection is read, and written octet for octet", () => {
    assert.ok(vectors.length >= 42);
    for (const { n, is, hex: text } of vectors) {
      const decoded = checkVector(n, text);
      assert.equal((decoded.ok ? decoded.value.is : decoded.is) ?? "unknown", is);
    }
  });

  test("all vectors are read as tshark reads them, IE by IE, and written octet for octet", { skip: absent }, () => {
    const oracle = oracleOf();
    const all = allVectors();
    assert.equal(all.length, 429);
    for (const { n, hex: text } of all) {
      const decoded = checkVector(n, text);
      const { is, ies } = oracle.get(n)!;
      assert.equal(decoded.ok ? decoded.value.is : decoded.is, is, `vector ${n}`);
      const value: object = decoded.ok ? decoded.value.ies : decoded.ies;
      const keys = Object.keys(value).filter((key) => key !== "received" && key !== "unknown");
      const unknown = (value as { unknown?: readonly unknown[] }).unknown ?? [];
      const named = ies.map(ieKey).filter((key) => keys.includes(key));
      assert.deepEqual(named, keys, `vector ${n}`);
      assert.equal(keys.length + unknown.length, ies.length, `vector ${n}`);
    }
  });

  test("refused vectors are refused for one thing: order only, or the transfer syntax is still sound", () => {
    for (const [n, reason] of Object.entries(refused)) {
      const vector = vectors.find((v) => v.n === Number(n));
      assert.ok(vector, `vector ${n} is in the selection`);
      const decoded = decode(hex(vector.hex), { order: "any" });
      if (reason.includes("order")) {
        assert.ok(decoded.ok);
        assert.equal(toHex(encode(decoded.value)), vector.hex, "an order of one's own is kept");
      } else assert.ok(!decoded.ok && decoded.cause === "abstract-syntax-error-reject");
    }
  });

  test("every message of the captures is read; what differs when written again is padding", { skip: absent }, () => {
    const reasons = new Map<string, number>();
    let messages = 0;
    for (const [file, texts] of captured()) {
      for (const text of texts) {
        messages++;
        const decoded = decode(hex(text), { order: "any" });
        if (!decoded.ok) reasons.set(`${file}: ${explain(decoded.error)}`, (reasons.get(`${file}: ${explain(decoded.error)}`) ?? 0) + 1);
        else assert.ok(text.startsWith(toHex(encode(decoded.value))), `${file}: ${text.slice(0, 80)}`);
      }
    }
    assert.ok(messages > 400, `${messages} messages`);
    assert.deepEqual(
      [...reasons.keys()],
      ["open5gs-ueransim-n2handover-2026: HandoverNotify.userLocationInformation at octet 40: more than once (unexpected)"],
    );
  });
});
