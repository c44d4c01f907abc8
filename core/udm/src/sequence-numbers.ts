import { nextSqn, resynchronised } from "@freehold/crypto";
import { type Face, type Nudr_DR, SbiReject } from "@freehold/sbi";

const MOST_KEPT = 200_000;
const MOST_TRIES = 4;

export const sqnText = (sqn: number): string => sqn.toString(16).padStart(12, "0");

const after = (sqn: number, steps: number): number => {
  let next = sqn;
  for (let i = 0; i < steps; i++) next = nextSqn(next);
  return next;
};

/**
 * SQN of each subscriber, TS 33.102 §6.3.2 and annex C. The UDR keeps a bound that is never below a number in use: a block is reserved there
 * before its first number leaves, so that neither a restart nor a second UDM gives one twice.
 */
export class SequenceNumbers {
  readonly #udr: Face<typeof Nudr_DR>;
  readonly #block: number;
  /** The last number given, and how many more may be given without asking. */
  readonly #reserved = new Map<string, { sqn: number; left: number }>();
  readonly #reserving = new Map<string, Promise<void>>();

  constructor(udr: Face<typeof Nudr_DR>, block: number) {
    this.#udr = udr;
    this.#block = block;
  }

  /** The next number for `supi`; `seen` is what the UDR was just seen to keep. Rejects with `SbiReject` when the UDR does not let it be reserved. */
  async next(supi: string, seen?: string): Promise<number> {
    for (;;) {
      const block = this.#reserved.get(supi);
      if (block !== undefined && block.left > 0) {
        block.left--;
        block.sqn = nextSqn(block.sqn);
        return block.sqn;
      }
      // Those who come meanwhile wait for the same reservation, then take from it.
      let reserving = this.#reserving.get(supi);
      if (reserving === undefined) {
        reserving = this.#advance(supi, (kept) => kept, seen).finally(() => this.#reserving.delete(supi));
        this.#reserving.set(supi, reserving);
      }
      await reserving;
    }
  }

  /** The phone told (with a right AUTS) that it is at `sqnMs`: go on from there if what comes next would be stale to it (TS 33.102 §6.3.5). */
  async resynchronise(supi: string, sqnMs: number): Promise<void> {
    await this.#reserving.get(supi);
    await this.#advance(supi, (kept) => {
      const block = this.#reserved.get(supi);
      const last = block === undefined ? kept : block.sqn;
      const from = resynchronised(last, sqnMs);
      // Never below what the UDR has promised to nobody else: the larger of the two goes on.
      return from === last ? kept : from;
    });
  }

  async #kept(supi: string): Promise<string> {
    const read = await this.#udr.getAuthenticationSubscription({ ueId: supi });
    if (!read.ok) throw new SbiReject(read.status, read.problem.cause ?? "UNSPECIFIED_NF_FAILURE", "SQN");
    const kept = read.value.sequenceNumber?.sqn;
    if (kept === undefined) throw new SbiReject(500, "UNSPECIFIED_NF_FAILURE", "the UDR keeps no SQN");
    return kept;
  }

  /** Compares and sets in the UDR: from what it keeps, `start` says where the block begins. What was seen before serves for the first try. */
  async #advance(supi: string, start: (kept: number) => number, seen?: string): Promise<void> {
    for (let tries = 0; ; tries++) {
      const kept = tries === 0 && seen !== undefined ? seen : await this.#kept(supi);
      const sqn = start(Number.parseInt(kept, 16));
      const path = "/sequenceNumber/sqn";
      const written = await this.#udr.updateAuthenticationSubscription({
        ueId: supi,
        body: [
          { op: "test", path, value: kept },
          { op: "replace", path, value: sqnText(after(sqn, this.#block)) },
        ],
      });
      if (written.ok) {
        const [oldest] = this.#reserved.keys();
        if (this.#reserved.size >= MOST_KEPT && oldest !== undefined) this.#reserved.delete(oldest);
        this.#reserved.set(supi, { sqn, left: this.#block });
        return;
      }
      if (written.status !== 409 || tries === MOST_TRIES)
        throw new SbiReject(written.status, written.problem.cause ?? "UNSPECIFIED_NF_FAILURE", "SQN");
    }
  }
}
