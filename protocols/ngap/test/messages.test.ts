import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decode, encode, type MessageName, messageNames, placeOf, procedures, randomMessage } from "@freehold/ngap";
import { explain } from "@freehold/wire";
import fc from "fast-check";
import { chooser } from "./choose.ts";

describe("every message of TS 38.413", () => {
  test("has a name of its own and a procedure", () => {
    assert.equal(messageNames.length, new Set(messageNames).size);
    assert.equal(procedures.length, 87);
    for (const name of messageNames) assert.equal(placeOf(name).procedure[placeOf(name).kind], name);
  });

  test("random values come back as they went", () => {
    const check = (is: MessageName, seed: number): void => {
      const message = randomMessage(is, chooser(seed));
      const bytes = encode(message);
      const decoded = decode(bytes, { trailing: "refuse" });
      assert.ok(decoded.ok, `${is}, seed ${seed}: ${decoded.ok ? "" : explain(decoded.error)}`);
      assert.deepEqual({ is: decoded.value.is, ies: decoded.value.ies }, message, `${is}, seed ${seed}`);
      assert.deepEqual(encode(decoded.value), bytes);
    };
    for (const name of messageNames) for (let seed = 1; seed <= 8; seed++) check(name, seed);
    fc.assert(
      fc.property(fc.constantFrom(...messageNames), fc.integer(), (name, seed) => check(name, seed)),
      { numRuns: 1000 },
    );
  });
});
