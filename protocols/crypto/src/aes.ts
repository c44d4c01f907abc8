import { type Cipheriv, createCipheriv } from "node:crypto";
import type { Secret } from "@freehold/model";
import { plain, wants } from "./octets.ts";

/** An AES-128 cipher of OpenSSL that gives each block as it takes it, so that it serves for ever. RangeError when the key has not 16 octets. */
export function aes(mode: "aes-128-ecb" | "aes-128-cbc", key: Secret): Cipheriv {
  wants(key, 16, "key");
  return createCipheriv(mode, key.reveal(), mode === "aes-128-cbc" ? new Uint8Array(16) : null).setAutoPadding(false);
}

/** Two keys, so 128 phones, at work at once; a phone that is silent for longer pays for a schedule when it speaks again. */
const most = 256;

/**
 * What is made of a key once and serves all messages that follow each other under it. To make an OpenSSL cipher costs three times as much as
 * to use it for a NAS message. Keeps the last 256, so a key may outlive its phone by as many others, inside this process.
 */
class Schedules<T> {
  readonly #make: (key: Secret) => T;
  readonly #kept = new Map<Secret, T>();

  constructor(make: (key: Secret) => T) {
    this.#make = make;
  }

  of(key: Secret): T {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const made = this.#make(key);
    if (this.#kept.size >= most) for (const oldest of this.#kept.keys()) if (this.#kept.delete(oldest)) break;
    this.#kept.set(key, made);
    return made;
  }
}

const counters = new Schedules((key) => aes("aes-128-ecb", key));

/** AES in counter mode from a first block of `head` (8 octets) and zeros: a new array of as many octets. */
export function counterMode(key: Secret, head: Uint8Array, octets: Uint8Array): Uint8Array {
  const count = (octets.length + 15) >> 4;
  const blocks = new Uint8Array(16 * count);
  for (let i = 0, at = 0; i < count; i++, at += 16) {
    for (let j = 0; j < 8; j++) blocks[at + j] = head[j]!;
    for (let j = 0; j < 4; j++) blocks[at + 15 - j] = i >>> (8 * j);
  }
  const stream = counters.of(key).update(blocks);
  const out = new Uint8Array(octets.length);
  for (let i = 0; i < out.length; i++) out[i] = octets[i]! ^ stream[i]!;
  return out;
}

/** Twice an element of GF(2^128), NIST SP 800-38B §6.1; without a branch on what is secret. */
function doubled(k: Uint8Array): Uint8Array {
  const out = new Uint8Array(16);
  for (let i = 0; i < 16; i++) out[i] = (k[i]! << 1) | ((k[i + 1] ?? 0) >> 7);
  out[15]! ^= -(k[0]! >> 7) & 0x87;
  return out;
}

class Cmac {
  readonly #cbc: Cipheriv;
  readonly #k1: Uint8Array;
  /** The block that OpenSSL will add to the next one: the last that it gave. */
  #last: Uint8Array;

  constructor(key: Secret) {
    this.#cbc = aes("aes-128-cbc", key);
    this.#last = plain(this.#cbc.update(new Uint8Array(16)));
    this.#k1 = doubled(this.#last);
  }

  /** `bits` of the octets; what is behind them is zero. */
  of(octets: Uint8Array, bits: number): Uint8Array {
    const last = octets.length === 0 ? 0 : (octets.length - 1) & ~15;
    const blocks = new Uint8Array(last + 16);
    blocks.set(octets);
    const whole = bits === 8 * blocks.length;
    if (!whole) blocks[bits >> 3]! |= 0x80 >> (bits & 7);
    const subkey = whole ? this.#k1 : doubled(this.#k1);
    for (let i = 0; i < 16; i++) blocks[last + i]! ^= subkey[i]!;
    // The chain of the message before ends here, and one from zero begins: adding the same block twice adds nothing.
    for (let i = 0; i < 16; i++) blocks[i]! ^= this.#last[i]!;
    this.#last = plain(this.#cbc.update(blocks).subarray(last));
    return this.#last;
  }
}

const macs = new Schedules((key) => new Cmac(key));

/** AES-CMAC (NIST SP 800-38B) of the first `bits` of the octets, the rest of which is zero: its first four octets. */
export const cmac = (key: Secret, octets: Uint8Array, bits: number): Uint8Array => macs.of(key).of(octets, bits).slice(0, 4);
