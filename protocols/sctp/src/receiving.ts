import { Arrivals } from "./arrivals.ts";
import type { Association } from "./association.ts";
import { Cause, Flag } from "./codes.ts";
import { dataHeader, octets16, octets32, type PacketWriter, u16, u32 } from "./packet.ts";
import { Reassembly } from "./reassembly.ts";
import { Timer } from "./timer.ts";

/** Taking DATA in: TSNs, messages, and when to acknowledge (§6.2). */
export class Receiving {
  readonly #a: Association;
  readonly #arrivals: Arrivals;
  readonly #reassembly: Reassembly;
  readonly #delay: Timer;
  /** Packets with data since the last SACK. */
  #unacknowledged = 0;
  #dataInPacket = false;
  #due = false;
  /** There was a gap when the last SACK-worthy packet had been taken in. */
  #gaps = false;
  #first = true;
  /** Octets delivered to the association and not yet taken by the user. */
  #untaken = 0;
  #announced: number;

  constructor(association: Association, streams: number, initialTsn: number) {
    const { options, world } = association.around;
    this.#a = association;
    this.#arrivals = new Arrivals(initialTsn);
    this.#reassembly = new Reassembly(streams, options.maxMessage, (message) => association.deliver(message));
    this.#announced = options.receiveWindow;
    this.#delay = new Timer(world.clock, () => {
      this.#due = true;
      association.flush();
    });
  }

  get streams(): number {
    return this.#reassembly.streams;
  }
  get cumulative(): number {
    return this.#arrivals.cumulative;
  }
  /** A SACK must go now. */
  get sackDue(): boolean {
    return this.#due;
  }
  /** A SACK is owed: it goes along with data, or when its timer ends. */
  get sackWaiting(): boolean {
    return this.#unacknowledged > 0;
  }

  get #window(): number {
    return Math.max(0, this.#a.around.options.receiveWindow - this.#reassembly.held - this.#untaken);
  }

  /** A DATA chunk (§3.3.1, §6.2). */
  data(packet: Uint8Array, at: number, end: number): void {
    if (end - at < dataHeader) return;
    const flags = packet[at + 1]!;
    const tsn = u32(packet, at + 4);
    const stream = u16(packet, at + 8);
    if (end - at === dataHeader) return this.#a.abortWith(Cause.noUserData, octets32(tsn), "peer sent DATA without user data"); // §3.3.10.9
    this.#dataInPacket = true;
    if (flags & Flag.immediate) this.#due = true;
    const kind = this.#arrivals.look(tsn);
    if (kind === "duplicate") {
      this.#arrivals.duplicate(tsn);
      this.#due = true;
      return;
    }
    const next = tsn === (this.#arrivals.cumulative + 1) >>> 0;
    // Beyond the window only the chunk that closes the first gap is taken, for everything else waits for it.
    if (kind === "too far" || (this.#window < end - at - dataHeader && !next)) {
      this.#due = true;
      return;
    }
    if (next && this.#reassembly.held > 2 * this.#a.around.options.receiveWindow) {
      return this.#a.abortWith(Cause.outOfResource, new Uint8Array(0), "peer's messages can never become whole");
    }
    if (next && this.#window < end - at - dataHeader && this.#untaken > 0) {
      this.#due = true; // the user does not take what is there: the peer has to wait
      return;
    }
    if (stream >= this.#reassembly.streams) {
      this.#arrivals.record(tsn); // acknowledged, reported, discarded (§6.5)
      return this.#a.report(Cause.invalidStreamIdentifier, new Uint8Array([...octets16(stream), 0, 0]));
    }
    if (next && !(flags & Flag.begin) && !this.#reassembly.open((tsn - 1) >>> 0)) {
      return this.#violation("peer sent the middle of a message without its beginning");
    }
    this.#arrivals.record(tsn);
    const wrong = this.#reassembly.add(
      tsn,
      flags,
      stream,
      u16(packet, at + 10),
      u32(packet, at + 12),
      packet.subarray(at + dataHeader, end),
    );
    if (wrong === "contradiction") this.#violation("peer's fragments or stream sequence numbers contradict each other");
    if (wrong === "too long") {
      const { maxMessage } = this.#a.around.options;
      this.#a.abortWith(Cause.outOfResource, new Uint8Array(0), `peer sent a message of more than ${maxMessage} octets`);
    }
  }

  #violation(why: string): void {
    this.#a.abortWith(Cause.protocolViolation, new Uint8Array(0), why);
  }

  /** The user left `octets` waiting, or took them (negative). */
  holds(octets: number): void {
    this.#untaken += octets;
    // A window that we announced as shut is open again: say so, or the peer only finds out by probing.
    if (octets < 0 && this.#announced < this.#a.around.options.packetSize && this.#window >= this.#a.around.options.receiveWindow / 2) {
      this.#due = true;
    }
  }

  /**
   * §6.2, §6.7: a SACK for every second packet, within the delay for a single one, at once for gaps, duplicates and the very first data;
   * at once, too, when the last gap has closed, for the peer is waiting to hear it. Two packets wait a moment for our answers to ride on:
   * on N2 messages of several phones come together, and a datagram costs more than all else that is done for it.
   */
  endOfPacket(): void {
    if (!this.#dataInPacket) return;
    this.#dataInPacket = false;
    this.#unacknowledged++;
    if (this.#a.state === "SHUTDOWN-SENT") {
      this.#due = true;
      this.#a.closing.dataWhileShuttingDown();
    }
    const { sackDelay, sackGather, sackPackets } = this.#a.around.options;
    if (this.#unacknowledged >= sackPackets || this.#first || this.#gaps || this.#arrivals.gaps) this.#due = true;
    this.#gaps = this.#arrivals.gaps;
    this.#first = false;
    if (this.#due) return;
    if (this.#unacknowledged === 2 && sackGather === 0) this.#due = true;
    else if (this.#unacknowledged === 2) this.#delay.start(sackGather);
    else if (!this.#delay.running) this.#delay.start(sackDelay);
  }

  /** Writes the SACK that is due; there must be room for its 16 octets. */
  writeSack(packet: PacketWriter, room: number): void {
    this.peekSack(packet, room);
    this.sackSent();
  }

  /** Writes a SACK that may yet be taken out of the packet again. */
  peekSack(packet: PacketWriter, room: number): void {
    this.#arrivals.writeSack(packet, this.#window, room);
  }

  sackSent(): void {
    this.#announced = this.#window;
    this.#due = false;
    this.#unacknowledged = 0;
    this.#delay.stop();
  }

  close(): void {
    this.#delay.close();
  }
}
