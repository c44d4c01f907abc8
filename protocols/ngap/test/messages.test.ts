import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { randomValue } from "@freehold/asn1";
import { decode, encode, type Message, type MessageName, placeOf, procedures } from "@freehold/ngap";
import { explain } from "@freehold/wire";
import fc from "fast-check";
import { schema } from "../src/generated/schema.js";
import { chooser } from "./choose.ts";

const names = procedures.flatMap((row): MessageName[] => {
  const all: MessageName[] = [row.initiatingMessage];
  if ("successfulOutcome" in row) all.push(row.successfulOutcome);
  if ("unsuccessfulOutcome" in row) all.push(row.unsuccessfulOutcome);
  return all;
});

describe("every message of TS 38.413", () => {
  test("has a name of its own and a procedure", () => {
    assert.equal(names.length, new Set(names).size);
    assert.equal(procedures.length, 87);
    for (const name of names) assert.equal(placeOf(name).procedure[placeOf(name).kind], name);
  });

  test("random values come back as they went", () => {
    const check = (is: MessageName, seed: number): void => {
      const message = { is, ies: randomValue(schema, is, chooser(seed)) } as Message;
      const bytes = encode(message);
      const decoded = decode(bytes, { trailing: "refuse" });
      assert.ok(decoded.ok, `${is}, seed ${seed}: ${decoded.ok ? "" : explain(decoded.error)}`);
      assert.deepEqual({ is: decoded.value.is, ies: decoded.value.ies }, message, `${is}, seed ${seed}`);
      assert.deepEqual(encode(decoded.value), bytes);
    };
    for (const name of names) for (let seed = 1; seed <= 8; seed++) check(name, seed);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.integer(), (name, seed) => check(name, seed)),
      { numRuns: 1000 },
    );
  });
});
