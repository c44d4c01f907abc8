import assert from "node:assert/strict";
import { createCipheriv, createHmac } from "node:crypto";
import { test } from "node:test";
import { Secret } from "@freehold/model";
import { concat } from "@freehold/wire";
import fc from "fast-check";
import { cmac, counterMode } from "../src/aes.ts";
import { kdf } from "../src/kdf.ts";

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test("AES in counter mode is OpenSSL's, and CMAC that of its definition, whatever came before under the same or other keys", () => {
  const keys = fc.sample(octets(16), { numRuns: 300, seed: 1 }).map((key) => new Secret(key));
  /** NIST SP 800-38B §6.2, block by block. */
  const reference = (key: Secret, message: Uint8Array): Uint8Array => {
    const e = (block: Uint8Array) => createCipheriv("aes-128-ecb", key.reveal(), null).setAutoPadding(false).update(block);
    const twice = (k: Uint8Array) => {
      const n = BigInt(`0x${Buffer.from(k).toString("hex")}`) << 1n;
      return Buffer.from(((n & ((1n << 128n) - 1n)) ^ (n >> 128n === 1n ? 0x87n : 0n)).toString(16).padStart(32, "0"), "hex");
    };
    const k1 = twice(e(new Uint8Array(16)));
    const full = message.length > 0 && message.length % 16 === 0;
    const padded = full ? message : concat(message, Uint8Array.of(0x80), new Uint8Array(15 - (message.length % 16)));
    let c = new Uint8Array(16);
    for (let at = 0; at < padded.length; at += 16) {
      const key2 = at + 16 < padded.length ? new Uint8Array(16) : full ? k1 : twice(k1);
      c = new Uint8Array(e(c.map((octet, i) => octet ^ padded[at + i]! ^ key2[i]!)));
    }
    return c.subarray(0, 4);
  };
  // 300 keys are more than are kept: some are made anew
  fc.assert(
    fc.property(fc.nat({ max: 299 }), octets(8), fc.uint8Array({ maxLength: 100 }), (which, head, message) => {
      const key = keys[which]!;
      assert.deepEqual(cmac(key, message, 8 * message.length), new Uint8Array(reference(key, message)));
      const openssl = createCipheriv("aes-128-ctr", key.reveal(), concat(head, new Uint8Array(8)));
      assert.deepEqual(counterMode(key, head, message), new Uint8Array(openssl.update(message)));
    }),
    { numRuns: 1_500 },
  );
  // more than 256 blocks: the counter carries
  const long = new Uint8Array(70_001);
  const openssl = createCipheriv("aes-128-ctr", keys[0]!.reveal(), new Uint8Array(16));
  assert.deepEqual(counterMode(keys[0]!, new Uint8Array(8), long), new Uint8Array(openssl.update(long)));
});

test("the key derivation function is HMAC-SHA-256 of OpenSSL over FC, parameters and lengths", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.nat({ max: 255 }),
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }),
      (key, fcValue, parameters) => {
        const s = concat(Uint8Array.of(fcValue), ...parameters.flatMap((p) => [p, Uint8Array.of(p.length >> 8, p.length)]));
        assert.deepEqual(kdf(key, fcValue, ...parameters), new Uint8Array(createHmac("sha256", key).update(s).digest()));
      },
    ),
  );
  assert.throws(() => kdf(new Uint8Array(65), 0), RangeError);
});
