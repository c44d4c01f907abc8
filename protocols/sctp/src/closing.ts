import type { Association } from "./association.ts";
import { ChunkType } from "./codes.ts";
import { chunk, octets32, u32 } from "./packet.ts";
import { Timer } from "./timer.ts";

/** The graceful end (§9.2): nobody's data is lost, and neither side is left half open. */
export class Closing {
  readonly #a: Association;
  readonly #t2: Timer;
  readonly #t5: Timer;
  readonly #waiting: (() => void)[] = [];

  constructor(association: Association) {
    const { world } = association.around;
    this.#a = association;
    this.#t2 = new Timer(world.clock, () => this.#t2Expired());
    this.#t5 = new Timer(world.clock, () => association.abort("shutdown took too long")); // T5-shutdown-guard
  }

  shutdown(): Promise<void> {
    const a = this.#a;
    if (a.over) return Promise.resolve();
    const promise = new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (a.state === "ESTABLISHED") {
      a.state = "SHUTDOWN-PENDING";
      a.flush();
    }
    return promise;
  }

  /** Goes on as soon as everything sent is acknowledged. */
  progress(): void {
    const a = this.#a;
    if (!a.outboundData?.done) return;
    if (a.state === "SHUTDOWN-PENDING") {
      a.state = "SHUTDOWN-SENT";
      this.#t5.start(5 * a.around.options.rtoMax);
      this.#sendShutdown();
    } else if (a.state === "SHUTDOWN-RECEIVED") this.#sendShutdownAck();
  }

  /** SHUTDOWN (§3.3.8): the peer sends no more data; what it acknowledges, it acknowledges. */
  shutdownReceived(packet: Uint8Array, at: number, end: number): void {
    const a = this.#a;
    if (a.outboundData === undefined || end - at < 8) return;
    if (a.state === "SHUTDOWN-SENT") return this.#sendShutdownAck(); // both at once
    if (a.state === "SHUTDOWN-ACK-SENT") return this.#sendShutdownAck();
    if (a.state !== "ESTABLISHED" && a.state !== "SHUTDOWN-PENDING" && a.state !== "SHUTDOWN-RECEIVED") return;
    a.state = "SHUTDOWN-RECEIVED";
    const now = a.around.world.clock.now();
    a.sacked(a.outboundData.cumulativeOnly(u32(packet, at + 4), a.path, now), now);
  }

  shutdownAck(): void {
    const a = this.#a;
    if (a.state === "COOKIE-WAIT" || a.state === "COOKIE-ECHOED") return; // the endpoint answers it as out of the blue (§8.5.1 E)
    if (a.state !== "SHUTDOWN-SENT" && a.state !== "SHUTDOWN-ACK-SENT") return;
    a.sendNow(a.path, a.peerTag, chunk(ChunkType.SHUTDOWN_COMPLETE, 0));
    a.finish("shutdown", "shut down");
  }

  shutdownComplete(): void {
    if (this.#a.state === "SHUTDOWN-ACK-SENT") this.#a.finish("shutdown", "peer shut down");
  }

  /** §9.2: data that the peer still had is acknowledged at once, with the SHUTDOWN again. As long as it comes, the peer is not stuck. */
  dataWhileShuttingDown(): void {
    this.#t5.start(5 * this.#a.around.options.rtoMax);
    this.#a.control(this.#shutdownChunk());
    this.#t2.start(this.#a.path.rto);
  }

  /** An INIT or a new cookie while we wait for SHUTDOWN COMPLETE (§9.2, §5.2.4 A). */
  repeatShutdownAck(...more: readonly Uint8Array[]): void {
    const a = this.#a;
    a.sendNow(a.path, a.peerTag, chunk(ChunkType.SHUTDOWN_ACK, 0), ...more);
  }

  /** The association is over: whoever waits in `shutdown` goes on. */
  settled(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  close(): void {
    this.#t2.close();
    this.#t5.close();
  }

  #shutdownChunk(): Uint8Array {
    return chunk(ChunkType.SHUTDOWN, 0, octets32(this.#a.receiving?.cumulative ?? 0));
  }

  #sendShutdown(): void {
    const a = this.#a;
    a.sendNow(a.path, a.peerTag, this.#shutdownChunk());
    this.#t2.start(a.path.rto);
  }

  #sendShutdownAck(): void {
    const a = this.#a;
    a.state = "SHUTDOWN-ACK-SENT";
    a.sendNow(a.path, a.peerTag, chunk(ChunkType.SHUTDOWN_ACK, 0));
    this.#t2.start(a.path.rto);
  }

  #t2Expired(): void {
    const a = this.#a;
    if (a.over) return;
    a.path.backOff();
    a.failed(a.path, "no answer to SHUTDOWN");
    if (a.state === "SHUTDOWN-SENT") this.#sendShutdown();
    else if (a.state === "SHUTDOWN-ACK-SENT") this.#sendShutdownAck();
  }
}
