import { hash } from "node:crypto";
import { Secret } from "@freehold/model";

const block = 64;

// Arrays of more than 64 octets lie outside the heap and cost more to make than a hash. Zero again whenever a derivation is done.
const inner = new Uint8Array(512);
const outer = new Uint8Array(block + 32);

/**
 * HMAC-SHA-256 (RFC 2104) by two one-shot hashes: an Hmac object of OpenSSL costs more than twice as much. Keys of up to 64 octets; the
 * message stands in `room` behind a first block that is overwritten.
 */
function hmac(key: Uint8Array, room: Uint8Array): Uint8Array {
  for (let i = 0; i < block; i++) {
    const octet = key[i] ?? 0;
    room[i] = octet ^ 0x36;
    outer[i] = octet ^ 0x5c;
  }
  put(outer, block, hash("sha256", room, "latin1"));
  const mac = new Uint8Array(32);
  put(mac, 0, hash("sha256", outer, "latin1"));
  room.fill(0);
  outer.fill(0);
  return mac;
}

/** Latin-1 text is one octet a character; as a Buffer the digest would be memory outside the heap, which costs more than the hash. */
function put(into: Uint8Array, at: number, octets: string): void {
  for (let i = 0; i < octets.length; i++) into[at + i] = octets.charCodeAt(i);
}

/** TS 33.220 §B.2: HMAC-SHA-256 over FC, then each parameter and its length. 32 octets. RangeError for a key of more than 64 octets. */
export function kdf(key: Uint8Array, fc: number, ...parameters: readonly Uint8Array[]): Uint8Array {
  if (key.length > block) throw new RangeError(`a key of ${key.length} octets, at most ${block}`);
  let length = block + 1;
  for (const parameter of parameters) length += parameter.length + 2;
  const room = length <= inner.length ? inner.subarray(0, length) : new Uint8Array(length);
  room[block] = fc;
  let at = block + 1;
  for (const parameter of parameters) {
    room.set(parameter, at);
    at += parameter.length;
    room[at++] = parameter.length >> 8;
    room[at++] = parameter.length;
  }
  return hmac(key, room);
}

/** `kdf` from a key to a key. */
export const kdfKey = (key: Secret, fc: number, ...parameters: readonly Uint8Array[]): Secret =>
  new Secret(kdf(key.reveal(), fc, ...parameters));
