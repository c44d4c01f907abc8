import { createHash, randomBytes } from "node:crypto";
import type { Random } from "./ports.ts";

/** What one call of the generator gives: a call costs the same for one octet as for thousands, and an identifier wants eight. */
const drawn = 4_096;
function drawAhead(): Random {
  let pool = new Uint8Array(0);
  let at = 0;
  return (octets) => {
    if (octets > drawn / 16) return new Uint8Array(randomBytes(octets));
    if (at + octets > pool.length) {
      pool = new Uint8Array(randomBytes(drawn));
      at = 0;
    }
    const given = pool.slice(at, at + octets);
    pool.fill(0, at, at + octets);
    at += octets;
    return given;
  };
}

/** The kernel's randomness, drawn ahead. Octets that were given out do not stay behind. */
export const systemRandom: Random = drawAhead();

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
