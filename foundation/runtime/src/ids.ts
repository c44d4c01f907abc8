import type { Random } from "./ports.ts";

/** Random non-zero numbers that are not in use: TEIDs, SEID halves, 5G-TMSIs, verification tags. */
export class UniqueIds {
  readonly #random: Random;
  readonly #mask: number;
  readonly #taken: (id: number) => boolean;
  readonly #used = new Set<number>();

  /** `bits` is 1 to 32; a TEID of 31 bits stays a small integer in hot loops. `taken` says what others hold, such as a store. */
  constructor(random: Random, { bits = 32, taken = () => false }: { bits?: number; taken?: (id: number) => boolean } = {}) {
    if (!Number.isInteger(bits) || bits < 1 || bits > 32) throw new RangeError(`${bits} bits`);
    this.#random = random;
    this.#mask = 2 ** bits - 1;
    this.#taken = taken;
  }

  get size(): number {
    return this.#used.size;
  }

  /** A number nobody has, held until released; undefined when 64 draws in a row were taken (the space is nearly full). */
  take(): number | undefined {
    for (let draw = 0; draw < 64; draw++) {
      const octets = this.#random(4);
      const id = (((octets[0]! << 24) | (octets[1]! << 16) | (octets[2]! << 8) | octets[3]!) & this.#mask) >>> 0;
      if (id !== 0 && this.reserve(id)) return id;
    }
    return undefined;
  }

  /** Takes this very number; false when it is in use. */
  reserve(id: number): boolean {
    if (this.#used.has(id) || this.#taken(id)) return false;
    this.#used.add(id);
    return true;
  }

  release(id: number): void {
    this.#used.delete(id);
  }
}

/** What an epoch id is made of. */
export interface EpochId {
  readonly replica: number;
  readonly epoch: number;
  readonly index: number;
}

const indexes = 2 ** 24;

/**
 * Ids of 40 bits that name the process that gave them: 8 bits replica, 8 bits epoch (one more at each start), 24 bits index. An AMF UE NGAP ID
 * is one (TS 38.413 §9.3.3.1: 0 to 2^40 - 1). Indexes go round, so an id comes back only after 16 million others.
 */
export class EpochIds {
  readonly #base: number;
  readonly #used = new Set<number>();
  #last = 0;

  /** Throws RangeError when replica or epoch does not fit 8 bits; the caller takes its start counter modulo 256. */
  constructor(replica: number, epoch: number) {
    for (const part of [replica, epoch])
      if (!Number.isInteger(part) || part < 0 || part > 255) throw new RangeError(`${part} does not fit 8 bits`);
    this.#base = (replica * 256 + epoch) * indexes;
  }

  get size(): number {
    return this.#used.size;
  }

  /** The next free id, or undefined when all 16,777,215 are in use. Index 0 is never given. */
  take(): number | undefined {
    if (this.#used.size >= indexes - 1) return undefined;
    do this.#last = (this.#last + 1) % indexes;
    while (this.#last === 0 || this.#used.has(this.#base + this.#last));
    const id = this.#base + this.#last;
    this.#used.add(id);
    return id;
  }

  release(id: number): void {
    this.#used.delete(id);
  }

  /** Whose id it is: a message with another replica's or epoch's id is not ours. */
  static parse(id: number): EpochId {
    const high = Math.floor(id / indexes);
    return { replica: high >> 8, epoch: high & 255, index: id % indexes };
  }
}
