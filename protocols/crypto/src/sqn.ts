// Sequence numbers: TS 33.102 annex C, profile 2 (C.3.2): not time-based, IND of 5 bits. SQN (48 bits) = SEQ (43) || IND (5), kept as a number.

const indices = 32;
const bits48 = 2 ** 48;
/** Largest leap of SEQ that a USIM takes: 2^28 (TS 33.102 §C.3.2). */
const delta = 2 ** 28;

const seqOf = (sqn: number): number => Math.floor(sqn / indices);
const indOf = (sqn: number): number => sqn % indices;

/** SQN of the next vector: SEQ and IND each one further (TS 33.102 §C.1.1.1, §C.1.2). Store it before the vector leaves. */
export function nextSqn(sqn: number): number {
  if (!Number.isInteger(sqn) || sqn < 0 || sqn >= bits48) throw new RangeError("SQN does not fit 48 bits");
  return ((seqOf(sqn) + 1) * indices + ((indOf(sqn) + 1) % indices)) % bits48;
}

/** SQN of the home network after a right AUTS: the phone's, unless the next one we would send is fresh to it anyway (TS 33.102 §6.3.5 step 2). */
export function resynchronised(sqnHe: number, sqnMs: number): number {
  const ahead = seqOf(nextSqn(sqnHe)) - seqOf(sqnMs);
  return ahead > 0 && ahead <= delta ? sqnHe : sqnMs;
}

/** The USIM's memory of sequence numbers, TS 33.102 §C.2: the highest SEQ taken for each IND. */
export class SqnWindow {
  readonly #highest: number[];

  /** `state` is what `state` gave before; a new USIM has none. */
  constructor(state: readonly number[] = []) {
    this.#highest = Array.from({ length: indices }, (_, ind) => state[ind] ?? 0);
  }

  /** Whether SQN is fresh; a fresh one is remembered (§C.2.2, with the limit on leaps of §C.2.1). */
  accept(sqn: number): boolean {
    const seq = seqOf(sqn);
    const ind = indOf(sqn);
    if (seq - Math.max(...this.#highest) > delta || seq <= this.#highest[ind]!) return false;
    this.#highest[ind] = seq;
    return true;
  }

  /** SQNms for AUTS: the highest of all (§C.2.2, §6.3.3). */
  get sqnMs(): number {
    const seq = Math.max(...this.#highest);
    return seq * indices + this.#highest.indexOf(seq);
  }

  /** Plain data to keep. */
  get state(): readonly number[] {
    return [...this.#highest];
  }
}
