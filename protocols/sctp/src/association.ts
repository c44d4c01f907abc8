import type { Address, SctpAssociation, SctpEnd, SctpMessage } from "@freehold/net";
import { fromText, toText } from "@freehold/wire";
import { Closing } from "./closing.ts";
import { Cause, ChunkType, causeName } from "./codes.ts";
import { Delivery } from "./delivery.ts";
import { Heartbeats } from "./heartbeats.ts";
import type { Outbound } from "./outbound.ts";
import { chunk, chunkEnd, octets16, octets32, padded, typed, u16, u32 } from "./packet.ts";
import { Path } from "./path.ts";
import type { Receiving } from "./receiving.ts";
import { Setup } from "./setup.ts";
import type { Identity, State, Surroundings } from "./surroundings.ts";
import { Timer } from "./timer.ts";

/** One association: the states, the chunks in and the packets out. Setting up, closing, heartbeats and receiving have a file each. */
export class Association implements SctpAssociation {
  readonly id: Identity;
  readonly around: Surroundings;
  readonly paths: Path[] = [];
  /** Where data goes now. */
  path: Path;
  state: State = "CLOSED";
  wasEstablished = false;
  peerTag = 0;
  /** Set once the peer's INIT or INIT ACK is known. */
  outboundData: Outbound | undefined;
  receiving: Receiving | undefined;
  readonly setup: Setup;
  readonly closing: Closing;
  readonly heartbeats: Heartbeats;

  readonly #t3: Timer;
  readonly #control: Uint8Array[] = [];
  #errors = 0;
  #processing = false;
  #flushing = false;
  #sackedSinceT3 = false;
  readonly #user: Delivery;
  #over = false;
  #asked = false;

  constructor(around: Surroundings, id: Identity, path: Path) {
    this.around = around;
    this.id = id;
    this.path = path;
    this.paths.push(path);
    this.setup = new Setup(this);
    this.closing = new Closing(this);
    this.heartbeats = new Heartbeats(this);
    this.#user = new Delivery(
      around.world.log.child({ remote: `${path.host} port ${id.remotePort}` }),
      (octets) => this.receiving?.holds(octets),
      () => this.flush(),
    );
    this.#t3 = new Timer(around.world.clock, () => this.#t3Expired());
  }

  // ---- what the user sees --------------------------------------------------------------------------------------

  get local(): Address {
    return { host: this.path.local, port: this.id.localPort };
  }
  get remote(): Address {
    return { host: this.path.host, port: this.id.remotePort };
  }
  get outbound(): number {
    return this.outboundData?.streams ?? 0;
  }
  get inbound(): number {
    return this.receiving?.streams ?? 0;
  }

  get onMessage(): (message: SctpMessage) => void {
    return this.#user.onMessage;
  }
  /** Messages that came before it was set are delivered after the current turn, in order. */
  set onMessage(take: (message: SctpMessage) => void) {
    this.#user.onMessage = take;
  }
  get onEnd(): (how: SctpEnd, why: string) => void {
    return this.#user.onEnd;
  }
  set onEnd(take: (how: SctpEnd, why: string) => void) {
    this.#user.onEnd = take;
  }

  /**
   * Queues a copy of `message`. False, too, for a stream that was not negotiated and for a message without octets, which no DATA chunk can
   * carry (§3.3.1).
   */
  send(message: SctpMessage): boolean {
    const out = this.outboundData;
    if (out === undefined || this.state !== "ESTABLISHED") return false;
    if (!(message.stream >= 0 && message.stream < out.streams) || message.data.length === 0 || !out.enqueue(message)) return false;
    this.#flushSoon();
    return true;
  }

  /** What is sent in one turn shares packets (§6.10). */
  #flushSoon(): void {
    const { soon } = this.around;
    if (soon === undefined) return this.flush();
    if (this.#asked) return;
    this.#asked = true;
    soon(() => {
      this.#asked = false;
      this.flush();
    });
  }

  shutdown(): Promise<void> {
    return this.closing.shutdown();
  }

  abort(why: string): void {
    this.flush(); // what was sent before leaves before
    this.#user.drop();
    this.abortWith(Cause.userInitiatedAbort, fromText(why.slice(0, 512)), why);
  }

  // ---- for the endpoint ----------------------------------------------------------------------------------------

  get over(): boolean {
    return this.#over;
  }

  /** A message from the peer for the user. */
  deliver(message: SctpMessage): void {
    this.#user.message(message);
  }

  knows(host: string): boolean {
    return this.#pathTo(host) !== undefined;
  }

  #pathTo(host: string): Path | undefined {
    if (this.path.host === host) return this.path;
    return this.paths.find((p) => p.host === host);
  }

  /** Further addresses of the peer, to be confirmed before use (§5.4). */
  addAddresses(hosts: readonly string[]): void {
    for (const host of hosts) {
      if (this.knows(host)) continue;
      // One that our socket cannot reach is as good as not listed.
      if (host.includes(":") !== this.path.host.includes(":")) continue;
      this.paths.push(new Path(this.path.local, host, this.path.udpPort, false, this.around.options));
    }
  }

  /** Enters ESTABLISHED once, from whichever side. */
  establish(): void {
    this.setup.done();
    this.state = "ESTABLISHED";
    this.wasEstablished = true;
    this.heartbeats.start();
    this.around.established(this);
  }

  /**
   * Takes the chunks of a packet from `at` on. The endpoint has checked checksum, ports, verification tag and source address, except that
   * ABORT and SHUTDOWN COMPLETE may come with the tag reflected (`reflected`), which teaches us nothing about the path.
   */
  receive(packet: Uint8Array, at: number, local: string, host: string, udpPort: number, reflected = false): void {
    const from = this.#pathTo(host);
    if (from === undefined) return;
    if (!reflected) {
      from.udpPort = udpPort; // RFC 6951 §5.4: the port of the last packet with a valid verification tag
      from.local = local;
    }
    this.#processing = true;
    while (!this.over) {
      const end = chunkEnd(packet, at);
      if (end === undefined) break; // the end, or a partial chunk (§6.10)
      if (!this.#chunk(packet, at, end, from, reflected)) break;
      at = padded(end);
    }
    this.#processing = false;
    if (this.over) return;
    this.receiving?.endOfPacket();
    this.flush();
  }

  // ---- chunks in -----------------------------------------------------------------------------------------------

  /** False: the rest of the packet is not to be looked at. */
  #chunk(packet: Uint8Array, at: number, end: number, from: Path, reflected: boolean): boolean {
    const type = packet[at]!;
    if (reflected && type !== ChunkType.ABORT && type !== ChunkType.SHUTDOWN_COMPLETE) return false;
    switch (type) {
      case ChunkType.DATA:
        if (this.state === "ESTABLISHED" || this.state === "SHUTDOWN-PENDING" || this.state === "SHUTDOWN-SENT") {
          this.receiving?.data(packet, at, end);
        }
        return true;
      case ChunkType.SACK:
        this.#sack(packet, at, end);
        return true;
      case ChunkType.INIT:
        return false; // alone in its packet, with tag 0 (§8.5.1 A): not here
      case ChunkType.INIT_ACK:
        this.setup.initAck(packet, at, end);
        return false; // never bundled (§6.10)
      case ChunkType.HEARTBEAT:
        this.heartbeats.answer(packet, at, end, from);
        return true;
      case ChunkType.HEARTBEAT_ACK:
        this.heartbeats.acknowledged(packet, at, end);
        return true;
      case ChunkType.ABORT:
        this.#aborted(packet, at, end);
        return false;
      case ChunkType.SHUTDOWN:
        this.closing.shutdownReceived(packet, at, end);
        return true;
      case ChunkType.SHUTDOWN_ACK:
        this.closing.shutdownAck();
        return true;
      case ChunkType.SHUTDOWN_COMPLETE:
        this.closing.shutdownComplete();
        return false;
      case ChunkType.ERROR:
        this.#error(packet, at, end);
        return true;
      case ChunkType.COOKIE_ECHO:
        return true; // the endpoint has dealt with it
      case ChunkType.COOKIE_ACK:
        this.setup.cookieAck();
        return true;
      default:
        return this.#unknown(packet, at, end, type);
    }
  }

  /** §3.2: the two high bits of an unknown type say whether to go on, and whether to report it. */
  #unknown(packet: Uint8Array, at: number, end: number, type: number): boolean {
    if (type & 0x40 && this.state !== "COOKIE-WAIT") this.report(Cause.unrecognizedChunkType, packet.slice(at, end));
    return (type & 0x80) !== 0;
  }

  #sack(packet: Uint8Array, at: number, end: number): void {
    const out = this.outboundData;
    if (out === undefined || end - at < 16) return;
    if (this.state !== "ESTABLISHED" && this.state !== "SHUTDOWN-PENDING" && this.state !== "SHUTDOWN-RECEIVED") return;
    const now = this.around.world.clock.now();
    this.sacked(out.sack(packet, at, end, this.path, now), now);
  }

  /** What follows from an acknowledgement: error counters (§8.1, §8.2) and T3-rtx (§6.3.2 R2, R3). */
  sacked(did: ReturnType<Outbound["sack"]>, now: number): void {
    if (did === "old") return;
    if (did === "violation") return this.abortWith(Cause.protocolViolation, new Uint8Array(0), "peer acknowledged data never sent");
    this.#sackedSinceT3 = true;
    if (did.acked) this.fine(this.path);
    if (!this.outboundData?.outstanding) this.#t3.stop();
    else if (did.advanced) this.#t3.start(this.path.rto, now);
  }

  #aborted(packet: Uint8Array, at: number, end: number): void {
    let why = "peer sent ABORT";
    if (end - at >= 8) {
      const code = u16(packet, at + 4);
      why += `: ${causeName(code)}`;
      const length = Math.min(u16(packet, at + 6), end - at - 4);
      if (code === Cause.userInitiatedAbort && length > 4) why += `, "${toText(packet.slice(at + 8, at + 4 + length))}"`;
    }
    this.finish("abort", why, "ECONNREFUSED");
  }

  #error(packet: Uint8Array, at: number, end: number): void {
    for (let cause = at + 4; cause + 4 <= end; ) {
      const code = u16(packet, cause);
      const length = u16(packet, cause + 2);
      if (length < 4 || cause + length > end) return;
      this.around.world.log.debug("SCTP peer reports an error", { cause: causeName(code), remote: this.remote });
      if (code === Cause.staleCookie && length >= 8) this.setup.staleCookie(u32(packet, cause + 4) / 1_000);
      cause += padded(length);
    }
  }

  // ---- chunks out ----------------------------------------------------------------------------------------------

  /** Puts a chunk into the next packet to the current path. */
  control(octets: Uint8Array): void {
    if (this.#control.length < 64) this.#control.push(octets);
  }

  /** Queues an ERROR chunk with one cause (§3.3.10); nothing when it would not fit a packet. */
  report(cause: Cause, value: Uint8Array): void {
    if (value.length + 64 <= this.around.options.packetSize) this.control(chunk(ChunkType.ERROR, 0, typed(cause, value)));
  }

  /** Sends chunks at once in a packet of their own. */
  sendNow(path: Path, tag: number, ...chunks: readonly Uint8Array[]): void {
    const { packet } = this.around;
    packet.begin(this.id.localPort, this.id.remotePort, tag);
    for (const octets of chunks) {
      packet.octets(octets);
      packet.pad();
    }
    this.around.transmit(packet.finish(), path);
  }

  /** Sends what is due: control chunks, a SACK, data as the windows allow. While a packet is being taken in it waits for its end. */
  flush(): void {
    if (this.#processing || this.#flushing || this.over || this.peerTag === 0) return;
    this.#flushing = true;
    const { options, packet, world } = this.around;
    const now = world.clock.now();
    const { path, outboundData: out, receiving } = this;
    const dataAllowed = this.state === "ESTABLISHED" || this.state === "SHUTDOWN-PENDING" || this.state === "SHUTDOWN-RECEIVED";
    const closing = this.state !== "ESTABLISHED";
    if (dataAllowed) out?.beginBurst(path, now);
    for (;;) {
      packet.begin(this.id.localPort, this.id.remotePort, this.peerTag);
      while (this.#control.length > 0 && (packet.empty || packet.at + padded(this.#control[0]!.length) <= options.packetSize)) {
        packet.octets(this.#control.shift()!);
        packet.pad();
      }
      const beforeSack = packet.at;
      const room = options.packetSize - packet.at >= 16;
      if (receiving?.sackDue && room) receiving.writeSack(packet, options.packetSize - packet.at);
      else if (receiving?.sackWaiting && room) receiving.peekSack(packet, options.packetSize - packet.at);
      const afterSack = packet.at;
      const added = dataAllowed && out?.fill(packet, path, options.packetSize, now, closing);
      if (receiving?.sackWaiting && !receiving.sackDue && room) {
        if (added) receiving.sackSent();
        else {
          packet.at = beforeSack; // no data to ride on: the SACK goes on waiting, and a chunk that fills a packet goes without it
          if (afterSack > beforeSack && dataAllowed) out?.fill(packet, path, options.packetSize, now, closing);
        }
      }
      if (packet.empty) break;
      this.around.transmit(packet.finish(), path);
    }
    if (out !== undefined && out.flight > 0 && !this.#t3.running) this.#t3.start(path.rto, now);
    this.#flushing = false;
    this.closing.progress();
  }

  #t3Expired(): void {
    const out = this.outboundData;
    if (this.over || out === undefined || !out.outstanding) return;
    const { path } = this;
    path.collapse();
    path.backOff();
    out.expire();
    // A probe of a closed window that the peer goes on answering is no error (§6.1 A).
    const excused = out.probing && this.#sackedSinceT3;
    this.#sackedSinceT3 = false;
    if (!excused) this.failed(path, "no acknowledgement");
    this.flush();
  }

  // ---- faults and the end --------------------------------------------------------------------------------------

  /** The peer answered over `path`. */
  fine(path: Path): void {
    this.#errors = 0;
    path.errors = 0;
    path.active = true;
  }

  /** An answer over `path` did not come: counts it, moves to another path, ends the association (§8.1, §8.2). */
  failed(path: Path, what: string): void {
    const { options, world } = this.around;
    path.errors++;
    if (path.confirmed && ++this.#errors > options.associationMaxRetrans) {
      this.finish("lost", `${what} from ${path.host} after ${this.#errors} tries`, "ETIMEDOUT");
      return;
    }
    if (path.errors <= options.pathMaxRetrans || !path.active) return;
    path.active = false;
    world.log.warn("SCTP path does not answer", { remote: path.host, port: this.id.remotePort, what });
    if (path !== this.path) return;
    const other = this.paths.find((p) => p.usable);
    if (other === undefined) return;
    this.path = other;
    this.outboundData?.expire();
    this.#t3.stop();
    this.flush();
  }

  /** Sends ABORT with one cause and ends. */
  abortWith(cause: Cause, value: Uint8Array, why: string): void {
    if (this.over) return;
    if (this.peerTag !== 0) this.sendNow(this.path, this.peerTag, chunk(ChunkType.ABORT, 0, typed(cause, value)));
    this.finish("abort", why, "ECONNABORTED");
  }

  abortMissing(parameter: number, why: string): void {
    const value = new Uint8Array([...octets32(1), ...octets16(parameter)]); // §3.3.10.2: how many, then which
    this.abortWith(Cause.missingMandatoryParameter, value, why);
  }

  /** Ends it, whatever the reason; nothing is sent. */
  finish(how: SctpEnd, why: string, code = "ECONNRESET"): void {
    if (this.over) return;
    this.#over = true;
    this.state = "CLOSED";
    for (const part of [this.#t3, this.setup, this.closing, this.heartbeats, this.receiving]) part?.close();
    this.around.ended(this, code, why);
    this.#user.end(how, why);
    this.closing.settled();
  }
}
