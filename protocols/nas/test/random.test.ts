import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decode,
  encode,
  type MessageOf,
  messages5gmm,
  messages5gsm,
  type NasMessage,
  print,
  reactions,
  type Shape,
  sample,
} from "@freehold/nas";
import fc from "fast-check";
import { picks } from "./specs.ts";

const all = [...messages5gmm, ...messages5gsm];
type Any = { readonly shape: Shape; (fields: never): MessageOf<(typeof all)[number]> };

for (const declaration of all as readonly Any[]) {
  test(`any ${declaration.shape.name} is read back as it was written`, () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 8 }), (seed, density) => {
        const message: NasMessage = sample(declaration, picks(seed), density);
        const read = decode(encode(message));
        assert.deepEqual(read, { ok: true, value: message, diagnostics: [] });
        assert.ok(print(message).startsWith(declaration.shape.name));
      }),
      { numRuns: 25 },
    );
  });
}

test("octets of any kind after any header are a message or an error that names field, octet and reaction", () => {
  fc.assert(
    fc.property(fc.constantFrom(...all), fc.uint8Array({ maxLength: 80 }), fc.boolean(), ({ shape }, tail, strict) => {
      const header = shape.epd === 0x7e ? [0x7e, 0, shape.type] : [0x2e, 5, 1, shape.type];
      const read = decode(Uint8Array.from([...header, ...tail]), strict ? { receiver: "network" } : {});
      if (read.ok) assert.doesNotThrow(() => encode(read.value));
      else {
        assert.ok(read.error.at <= header.length + tail.length && read.error.field !== "");
        assert.ok(reactions[read.error.is].clause.startsWith("TS 24"));
      }
    }),
    { numRuns: 3000 },
  );
});
