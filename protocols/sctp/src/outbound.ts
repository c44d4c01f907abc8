import type { SctpMessage } from "@freehold/net";
import { ChunkType, Flag } from "./codes.ts";
import type { SctpOptions } from "./options.ts";
import { dataHeader, type PacketWriter, padded, u16, u32 } from "./packet.ts";
import type { Path } from "./path.ts";
import { ssnPlus, tsnGap, tsnPlus } from "./serial.ts";

/** Where a sent chunk stands: on its way, gap-acknowledged, or given up for lost and to be sent again. */
const Fate = { inFlight: 0, acked: 1, lost: 2 } as const;
type Fate = (typeof Fate)[keyof typeof Fate];

/**
 * A chunk counts for at least so much of the peer's window. Linux announces octets of user data but buffers packets with all that the kernel
 * adds to them: many small chunks overrun a window that still looks open, and what overruns it is dropped.
 */
const leastCost = 1_024;

interface Chunk {
  readonly tsn: number;
  readonly flags: number;
  readonly stream: number;
  readonly ssn: number;
  readonly ppid: number;
  readonly data: Uint8Array;
  fate: Fate;
  sentAt: number;
  /** SACKs that reported it missing while later TSNs arrived (§7.2.4). */
  missing: number;
  fastRetransmitted: boolean;
}

/** What a SACK did, for the association's timers and counters. */
export interface Sacked {
  /** The cumulative TSN moved. */
  readonly advanced: boolean;
  /** Something was acknowledged for the first time. */
  readonly acked: boolean;
}

/** Sending user data: fragments, TSNs, what is outstanding, what was lost, and how much may be in flight (§6.1, §6.2.1, §7.2). */
export class Outbound {
  readonly #o: SctpOptions;
  readonly #ssn: Uint16Array;
  /** Messages not wholly sent yet, the first from octet `#sentOfFirst`. */
  #pending: SctpMessage[] = [];
  #pendingHead = 0;
  #sentOfFirst = 0;
  /** Chunks sent and not cumulatively acknowledged, in TSN order from `#head`. */
  #chunks: Chunk[] = [];
  #head = 0;
  #nextTsn: number;
  #cumulative: number;
  #flight = 0;
  #gapAcked = 0;
  #lost = 0;
  /** The peer's window less what is on its way there. */
  #window: number;
  /** The window as the peer announced it last. */
  #announced: number;
  /** By how much the chunks outstanding count for more than their octets. */
  #excess = 0;
  #queued = 0;
  #recoveryExit: number | undefined;
  #fastRetransmit = false;
  /** The chunk whose round trip is being measured: one at a time, never one sent twice (§6.3.1 C4-C5). */
  #timed: Chunk | undefined;
  #burst = 0;
  #probing = false;

  constructor(streams: number, initialTsn: number, peerWindow: number, options: SctpOptions) {
    this.#o = options;
    this.#ssn = new Uint16Array(streams);
    this.#nextTsn = initialTsn;
    this.#cumulative = tsnPlus(initialTsn, -1);
    this.#window = peerWindow;
    this.#announced = peerWindow;
  }

  get streams(): number {
    return this.#ssn.length;
  }
  /** Octets accepted and not acknowledged. */
  get queued(): number {
    return this.#queued;
  }
  get outstanding(): boolean {
    return this.#chunks.length > this.#head;
  }
  /** Nothing to send, nothing unacknowledged. */
  get done(): boolean {
    return !this.outstanding && this.#pendingHead === this.#pending.length;
  }
  get cumulativeAck(): number {
    return this.#cumulative;
  }
  get flight(): number {
    return this.#flight;
  }
  /** The one chunk in flight was sent into a closed window (§6.1 A): its loss is no fault of the path. */
  get probing(): boolean {
    return this.#probing;
  }

  enqueue(message: SctpMessage): boolean {
    if (this.#queued + message.data.length > this.#o.sendQueue) return false;
    this.#queued += message.data.length;
    this.#pending.push({ stream: message.stream, ppid: message.ppid, data: message.data.slice() });
    return true;
  }

  /** Call before a series of `fill`: data may leave again, up to Max.Burst packets (§6.1 D). */
  beginBurst(path: Path, now: number): void {
    this.#burst = this.#o.maxBurst;
    if (!this.outstanding) path.rest(now);
  }

  /** Adds DATA chunks up to `limit` octets of packet. False when there was nothing to add, or the windows are closed. */
  fill(packet: PacketWriter, path: Path, limit: number, now: number, immediate: boolean): boolean {
    if (this.#burst <= 0) return false;
    const start = packet.at;
    if (this.#lost > 0 && (this.#flight < path.cwnd || this.#fastRetransmit)) this.#fillLost(packet, limit, now);
    if (this.#flight < path.cwnd && this.#lost === 0) this.#fillNew(packet, path, limit, now, immediate);
    if (packet.at === start) return false;
    this.#burst--;
    path.lastUsed = now;
    return true;
  }

  #fillLost(packet: PacketWriter, limit: number, now: number): void {
    for (let i = this.#head; i < this.#chunks.length && this.#lost > 0; i++) {
      const chunk = this.#chunks[i]!;
      if (chunk.fate !== Fate.lost) continue;
      // §6.1 A, for what is sent again too: into a closed window goes one chunk at a time, and the one that everything waits for may go always.
      const closed = this.#announced < chunk.data.length;
      if (closed && this.#flight > 0 && i > this.#head) break;
      if (packet.at + dataHeader + padded(chunk.data.length) > limit) break;
      chunk.fate = Fate.inFlight;
      chunk.missing = 0;
      chunk.sentAt = now;
      this.#lost--;
      this.#sent(chunk.data.length);
      write(packet, chunk, closed ? chunk.flags | Flag.immediate : chunk.flags);
      if (closed) break;
    }
    this.#fastRetransmit = false;
  }

  #fillNew(packet: PacketWriter, path: Path, limit: number, now: number, immediate: boolean): void {
    while (this.#pendingHead < this.#pending.length && this.#flight < path.cwnd) {
      const message = this.#pending[this.#pendingHead]!;
      const from = this.#sentOfFirst;
      const left = message.data.length - from;
      const size = Math.min(left, path.dataSize);
      if (packet.at + dataHeader + padded(size) > limit) return;
      if (size > this.#window && this.#flight > 0) return; // §6.1 A: one chunk may probe a closed window, when nothing is in flight
      this.#probing = size > this.#window;
      const last = size === left;
      const begins = from === 0;
      const ssn = this.#ssn[message.stream]!;
      if (last) this.#ssn[message.stream] = ssnPlus(ssn, 1);
      const chunk: Chunk = {
        tsn: this.#nextTsn,
        flags: (begins ? Flag.begin : 0) | (last ? Flag.end : 0),
        stream: message.stream,
        ssn,
        ppid: message.ppid,
        data: begins && last ? message.data : message.data.subarray(from, from + size),
        fate: Fate.inFlight,
        sentAt: now,
        missing: 0,
        fastRetransmitted: false,
      };
      this.#chunks.push(chunk);
      this.#nextTsn = tsnPlus(this.#nextTsn, 1);
      this.#sent(size);
      this.#excess += excess(size);
      this.#window = Math.max(0, this.#window - excess(size));
      this.#timed ??= chunk;
      if (last) {
        this.#sentOfFirst = 0;
        this.#pendingHead++;
        if (this.#pendingHead === this.#pending.length) {
          this.#pending = [];
          this.#pendingHead = 0;
        } else if (this.#pendingHead > 1_024) {
          this.#pending.splice(0, this.#pendingHead);
          this.#pendingHead = 0;
        }
      } else this.#sentOfFirst += size;
      // The I bit (§3.3.1) where waiting for a delayed SACK would hold us up: at shutdown, and when a window has just been filled.
      const blocked = this.#flight >= path.cwnd || this.#probing || (immediate && this.#pendingHead === this.#pending.length);
      write(packet, chunk, blocked ? chunk.flags | Flag.immediate : chunk.flags);
    }
  }

  #sent(octets: number): void {
    this.#flight += octets;
    this.#window = Math.max(0, this.#window - octets);
  }

  /** SHUTDOWN carries a cumulative TSN and nothing else (§9.2). */
  cumulativeOnly(tsn: number, path: Path, now: number): Sacked | "violation" | "old" {
    if (tsnGap(tsn, this.#cumulative) < 0) return "old";
    if (tsnGap(tsn, tsnPlus(this.#nextTsn, -1)) > 0) return "violation";
    const flightBefore = this.#flight;
    const octets = this.#acknowledgeThrough(tsn, path, now);
    const advanced = octets > 0;
    this.#leaveRecovery();
    if (advanced && this.#recoveryExit === undefined) path.grow(octets, flightBefore);
    return { advanced, acked: advanced };
  }

  /** §6.2.1 and §7.2.4: the SACK chunk from `at` to `end` in `packet`. "violation" when it acknowledges what was never sent. */
  sack(packet: Uint8Array, at: number, end: number, path: Path, now: number): Sacked | "violation" | "old" {
    const cumulative = u32(packet, at + 4);
    if (tsnGap(cumulative, this.#cumulative) < 0) return "old"; // §6.2.1 D i: overtaken by a later one
    const highestSent = tsnPlus(this.#nextTsn, -1);
    if (tsnGap(cumulative, highestSent) > 0) return "violation";
    const blocks = Math.min(u16(packet, at + 12), Math.floor((end - at - 16) / 4));
    const flightBefore = this.#flight;
    let octets = 0;
    let highestNew: number | undefined;
    if (cumulative !== this.#cumulative) {
      octets = this.#acknowledgeThrough(cumulative, path, now);
      highestNew = cumulative;
    }
    const advanced = highestNew !== undefined;
    let highestGap = cumulative;
    if (blocks > 0 || this.#gapAcked > 0) {
      let i = this.#head;
      for (let n = 0; n < blocks; n++) {
        const first = tsnPlus(cumulative, u16(packet, at + 16 + 4 * n));
        const last = tsnPlus(cumulative, u16(packet, at + 18 + 4 * n));
        if (tsnGap(first, highestGap) <= 0 || tsnGap(last, first) < 0) continue; // not ascending: not believed
        if (tsnGap(last, highestSent) > 0) return "violation";
        highestGap = last;
        for (; i < this.#chunks.length && tsnGap(this.#chunks[i]!.tsn, first) < 0; i++) this.#renege(this.#chunks[i]!);
        for (; i < this.#chunks.length && tsnGap(this.#chunks[i]!.tsn, last) <= 0; i++) {
          const chunk = this.#chunks[i]!;
          if (chunk.fate === Fate.acked) continue;
          octets += this.#settle(chunk, path, now);
          chunk.fate = Fate.acked;
          this.#gapAcked++;
          highestNew = chunk.tsn;
        }
      }
      for (; i < this.#chunks.length && this.#gapAcked > 0; i++) this.#renege(this.#chunks[i]!);
    }
    this.#leaveRecovery();
    if (advanced && this.#recoveryExit === undefined) path.grow(octets, flightBefore);
    if (highestGap !== cumulative) this.#countMissing(highestNew, highestGap, advanced, path);
    if (!this.outstanding) path.partialBytesAcked = 0; // §7.2.2
    this.#announced = u32(packet, at + 8);
    this.#window = Math.max(0, this.#announced - this.#flight - this.#excess); // §6.2.1 D ii
    if (this.#window > 0) this.#probing = false;
    return { advanced, acked: highestNew !== undefined };
  }

  /** T3-rtx expired (§6.3.3 E3): everything in flight is taken for lost. */
  expire(): void {
    for (let i = this.#head; i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i]!;
      if (chunk.fate === Fate.inFlight) this.#lose(chunk);
      chunk.missing = 0;
    }
    this.#recoveryExit = undefined;
    this.#fastRetransmit = false;
    this.#timed = undefined;
  }

  #acknowledgeThrough(tsn: number, path: Path, now: number): number {
    let octets = 0;
    const chunks = this.#chunks;
    while (this.#head < chunks.length && tsnGap(chunks[this.#head]!.tsn, tsn) <= 0) {
      const chunk = chunks[this.#head++]!;
      this.#queued -= chunk.data.length;
      this.#excess -= excess(chunk.data.length);
      if (chunk.fate === Fate.acked) this.#gapAcked--;
      else octets += this.#settle(chunk, path, now);
    }
    if (this.#head === chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    } else if (this.#head > 1_024 && this.#head * 2 > chunks.length) {
      chunks.splice(0, this.#head);
      this.#head = 0;
    }
    this.#cumulative = tsn;
    return octets;
  }

  /** A chunk acknowledged for the first time: its octets. */
  #settle(chunk: Chunk, path: Path, now: number): number {
    if (chunk.fate === Fate.inFlight) this.#flight -= chunk.data.length;
    else this.#lost--;
    if (chunk === this.#timed) {
      path.measured(now - chunk.sentAt);
      this.#timed = undefined;
    }
    return chunk.data.length;
  }

  /** §6.2.1 D iii: the peer took back what it had gap-acknowledged. */
  #renege(chunk: Chunk): void {
    if (chunk.fate !== Fate.acked) return;
    chunk.fate = Fate.inFlight;
    this.#gapAcked--;
    this.#flight += chunk.data.length;
  }

  #lose(chunk: Chunk): void {
    chunk.fate = Fate.lost;
    this.#lost++;
    this.#flight -= chunk.data.length;
    this.#window += chunk.data.length; // §6.2.1 C
    if (chunk === this.#timed) this.#timed = undefined; // Karn: a chunk sent twice measures nothing
  }

  /** §7.2.4, highest TSN newly acknowledged: a miss counts only when something sent later has just arrived. */
  #countMissing(highestNew: number | undefined, highestGap: number, advanced: boolean, path: Path): void {
    const below = this.#recoveryExit !== undefined && advanced ? highestGap : highestNew;
    if (below === undefined) return;
    let lost = false;
    for (let i = this.#head; i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i]!;
      if (tsnGap(chunk.tsn, below) >= 0) break;
      if (chunk.fate !== Fate.inFlight || chunk.fastRetransmitted || ++chunk.missing < 3) continue;
      chunk.fastRetransmitted = true;
      this.#lose(chunk);
      lost = true;
    }
    if (!lost) return;
    this.#fastRetransmit = true;
    if (this.#recoveryExit === undefined) {
      path.halve();
      this.#recoveryExit = tsnPlus(this.#nextTsn, -1);
    }
  }

  #leaveRecovery(): void {
    if (this.#recoveryExit !== undefined && tsnGap(this.#cumulative, this.#recoveryExit) >= 0) this.#recoveryExit = undefined;
  }
}

const excess = (octets: number): number => Math.max(0, leastCost - octets);

function write(packet: PacketWriter, chunk: Chunk, flags: number): void {
  packet.u8(ChunkType.DATA);
  packet.u8(flags);
  packet.u16(dataHeader + chunk.data.length);
  packet.u32(chunk.tsn);
  packet.u16(chunk.stream);
  packet.u16(chunk.ssn);
  packet.u32(chunk.ppid);
  packet.octets(chunk.data);
  packet.pad();
}
