import { type PacketWriter, padded } from "./packet.ts";
import { tsnGap, tsnPlus } from "./serial.ts";

/** Gaps that we keep track of, and how far ahead of the cumulative TSN; what lies beyond is dropped and will be sent again. */
const maxBlocks = 256;
const maxAhead = 32_768;
const maxDuplicates = 32;

/** Which TSNs have arrived (§6.2, §6.7): the cumulative point, the blocks beyond it, and the duplicates to report. */
export class Arrivals {
  /** Cumulative TSN Ack Point: the last TSN before the first gap. */
  cumulative: number;
  /** Blocks beyond it, ascending and apart: first and last TSN of each. */
  readonly #blocks: { first: number; last: number }[] = [];
  readonly #duplicates: number[] = [];

  constructor(initialTsn: number) {
    this.cumulative = tsnPlus(initialTsn, -1);
  }

  get gaps(): boolean {
    return this.#blocks.length > 0;
  }

  get duplicates(): boolean {
    return this.#duplicates.length > 0;
  }

  /** What `tsn` would be, without recording it. */
  look(tsn: number): "new" | "duplicate" | "too far" {
    const ahead = tsnGap(tsn, this.cumulative);
    if (ahead <= 0) return "duplicate";
    if (ahead === 1) return "new";
    if (ahead > maxAhead) return "too far";
    const at = this.#find(tsn);
    const block = this.#blocks[at];
    if (block !== undefined && tsnGap(tsn, block.first) >= 0) return "duplicate";
    return this.#blocks.length >= maxBlocks && !this.#touches(at, tsn) ? "too far" : "new";
  }

  duplicate(tsn: number): void {
    if (this.#duplicates.length < maxDuplicates) this.#duplicates.push(tsn);
  }

  /** Records a TSN that `look` called new. */
  record(tsn: number): void {
    const blocks = this.#blocks;
    if (tsnGap(tsn, this.cumulative) === 1) {
      this.cumulative = tsn;
      const first = blocks[0];
      if (first !== undefined && tsnGap(first.first, tsn) === 1) {
        this.cumulative = first.last;
        blocks.shift();
      }
      return;
    }
    const at = this.#find(tsn);
    const before = blocks[at - 1];
    const after = blocks[at];
    const joinsBefore = before !== undefined && tsnGap(tsn, before.last) === 1;
    const joinsAfter = after !== undefined && tsnGap(after.first, tsn) === 1;
    if (joinsBefore && joinsAfter) {
      before.last = after.last;
      blocks.splice(at, 1);
    } else if (joinsBefore) before.last = tsn;
    else if (joinsAfter) after.first = tsn;
    else blocks.splice(at, 0, { first: tsn, last: tsn });
  }

  /** The first block that does not end before `tsn`. */
  #find(tsn: number): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tsnGap(this.#blocks[middle]!.last, tsn) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #touches(at: number, tsn: number): boolean {
    const before = this.#blocks[at - 1];
    const after = this.#blocks[at];
    return (before !== undefined && tsnGap(tsn, before.last) === 1) || (after !== undefined && tsnGap(after.first, tsn) === 1);
  }

  /** Writes a SACK (§3.3.4) of at most `room` octets; the duplicates are then forgotten. */
  writeSack(packet: PacketWriter, window: number, room: number): void {
    const fit = Math.max(0, Math.floor((room - 16) / 4));
    const blocks = Math.min(this.#blocks.length, fit);
    const duplicates = Math.min(this.#duplicates.length, fit - blocks);
    packet.u8(3);
    packet.u8(0);
    packet.u16(padded(16 + 4 * blocks + 4 * duplicates));
    packet.u32(this.cumulative);
    packet.u32(window);
    packet.u16(blocks);
    packet.u16(duplicates);
    for (let i = 0; i < blocks; i++) {
      packet.u16(tsnGap(this.#blocks[i]!.first, this.cumulative));
      packet.u16(tsnGap(this.#blocks[i]!.last, this.cumulative));
    }
    for (let i = 0; i < duplicates; i++) packet.u32(this.#duplicates[i]!);
    this.#duplicates.length = 0;
  }
}
