import { createHmac } from "node:crypto";
import { Secret } from "@freehold/model";
import { concat } from "@freehold/wire";
import { plain } from "./octets.ts";

/** TS 33.220 §B.2: HMAC-SHA-256 over FC, then each parameter and its length. 32 octets. */
export function kdf(key: Uint8Array, fc: number, ...parameters: readonly Uint8Array[]): Uint8Array {
  const s = concat(Uint8Array.of(fc), ...parameters.flatMap((p) => [p, Uint8Array.of(p.length >> 8, p.length & 0xff)]));
  return plain(createHmac("sha256", key).update(s).digest());
}

/** `kdf` from a key to a key. */
export const kdfKey = (key: Secret, fc: number, ...parameters: readonly Uint8Array[]): Secret =>
  new Secret(kdf(key.reveal(), fc, ...parameters));
