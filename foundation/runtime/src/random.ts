import { createHash, randomBytes } from "node:crypto";
import type { Random } from "./ports.ts";

/** The kernel's randomness. */
export const systemRandom: Random = (octets) => new Uint8Array(randomBytes(octets));

/** The same octets for the same seed: SHA-256 in counter mode. For tests, replay and reproducible load; never for keys. */
export function seededRandom(seed: number | string): Random {
  const name = `freehold ${seed} `;
  let block = new Uint8Array(0);
  let at = 0;
  let counter = 0;
  return (octets) => {
    const out = new Uint8Array(octets);
    for (let done = 0; done < octets; ) {
      if (at === block.length) {
        block = new Uint8Array(createHash("sha256").update(`${name}${counter++}`).digest());
        at = 0;
      }
      const count = Math.min(octets - done, block.length - at);
      out.set(block.subarray(at, at + count), done);
      at += count;
      done += count;
    }
    return out;
  };
}
