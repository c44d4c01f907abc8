/** A small TCP server for packets that never touch a kernel: RFC 9293 without what one fetch over a short path does not need. */
import type { Cancel, Clock, Random } from "@freehold/runtime";
import { checksum, type IpPacket, ipv4Packet, Protocol, pseudoHeader, put16, put32, u32 } from "../packet.ts";

const Flag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

export interface TcpHandler {
  /** Octets from the client, in order. */
  onData(octets: Uint8Array): void;
  /** The client has sent everything. */
  onEnd(): void;
}

export interface TcpServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Largest payload of a segment of ours. */
  readonly mss: number;
  readonly send: (packet: Uint8Array) => void;
  /** The far end of a new connection; undefined: nobody listens at that port. */
  readonly accept: (connection: TcpConnection) => TcpHandler | undefined;
}

const maxConnections = 1_024;
const retransmission = 500;
const tries = 6;
const idle = 60_000;
/** Segments in flight at most, besides what the client's window says. */
const flight = 16;
const receiveWindow = 65_535;

const after = (a: number, b: number): boolean => ((a - b) | 0) > 0;

export class TcpConnection {
  readonly client: number;
  readonly clientPort: number;
  readonly server: number;
  readonly serverPort: number;
  readonly #options: TcpServerOptions;
  readonly #remove: () => void;
  handler: TcpHandler | undefined;
  #next: number;
  #unacknowledged: number;
  #sent: number;
  readonly #initial: number;
  #established = false;
  #clientWindow: number;
  readonly #mss: number;
  /** What the client has not acknowledged: octets from `#unacknowledged` on. */
  #out: Uint8Array[] = [];
  #outOctets = 0;
  #ending = false;
  #finSent = false;
  #clientEnded = false;
  #timer: Cancel | undefined;
  #idle: Cancel | undefined;
  #attempts = 0;

  constructor(options: TcpServerOptions, segment: Segment, remove: () => void) {
    this.#options = options;
    this.#remove = remove;
    this.client = segment.source;
    this.clientPort = segment.sourcePort;
    this.server = segment.destination;
    this.serverPort = segment.destinationPort;
    this.#next = (segment.sequence + 1) >>> 0;
    this.#initial = u32(options.random(4), 0);
    this.#unacknowledged = this.#initial;
    this.#sent = (this.#initial + 1) >>> 0;
    this.#clientWindow = segment.window;
    this.#mss = Math.min(options.mss, segment.mss ?? 536);
    this.#segment(Flag.syn | Flag.ack, this.#initial, new Uint8Array(0));
    this.#arm();
    this.#touch();
  }

  write(octets: Uint8Array): void {
    if (this.#ending || octets.length === 0) return;
    this.#out.push(octets);
    this.#outOctets += octets.length;
    this.#output();
  }

  /** No more is written; the connection ends when the client has everything. */
  end(): void {
    this.#ending = true;
    this.#output();
  }

  receive(segment: Segment): void {
    this.#touch();
    const { flags, sequence, acknowledgment, payload } = segment;
    if ((flags & Flag.rst) !== 0) {
      if (sequence === this.#next) this.close();
      return;
    }
    if ((flags & Flag.syn) !== 0) {
      // the client's SYN again, or one out of place (RFC 5961 §4): our place in the sequence is said again
      if (!this.#established && (sequence + 1) >>> 0 === this.#next) this.#segment(Flag.syn | Flag.ack, this.#initial, new Uint8Array(0));
      else this.#acknowledge();
      return;
    }
    if ((flags & Flag.ack) === 0) return;
    if (after(acknowledgment, this.#sent)) {
      this.#acknowledge();
      return;
    }
    this.#clientWindow = segment.window;
    if (after(acknowledgment, this.#unacknowledged)) this.#acknowledged(acknowledgment);
    if (!this.#established) return;
    const took = this.#take(sequence, payload, (flags & Flag.fin) !== 0);
    const before = this.#sent;
    this.#output();
    if (took && this.#sent === before) this.#acknowledge();
    if (this.#clientEnded && this.#finSent && this.#unacknowledged === this.#sent) this.close();
  }

  #acknowledged(upTo: number): void {
    let octets = (upTo - this.#unacknowledged) >>> 0;
    if (!this.#established) {
      this.#established = true;
      octets--;
      this.handler = this.#options.accept(this);
      if (this.handler === undefined) {
        this.reset();
        return;
      }
    }
    this.#unacknowledged = upTo;
    this.#attempts = 0;
    while (octets > 0 && this.#out.length > 0) {
      const first = this.#out[0]!;
      const gone = Math.min(octets, first.length);
      if (gone === first.length) this.#out.shift();
      else this.#out[0] = first.subarray(gone);
      octets -= gone;
      this.#outOctets -= gone;
    }
    if (this.#unacknowledged === this.#sent) this.#disarm();
    else this.#arm();
  }

  /** True when the segment has to be acknowledged. */
  #take(sequence: number, payload: Uint8Array, fin: boolean): boolean {
    if (payload.length === 0 && !fin) return false;
    const old = (this.#next - sequence) | 0;
    // a gap: the client sends again what is missing
    if (old < 0) return true;
    if (old < payload.length) {
      const fresh = payload.slice(old);
      this.#next = (this.#next + fresh.length) >>> 0;
      this.handler?.onData(fresh);
    }
    if (fin && !this.#clientEnded && (sequence + payload.length) >>> 0 === this.#next) {
      this.#next = (this.#next + 1) >>> 0;
      this.#clientEnded = true;
      this.handler?.onEnd();
    }
    return true;
  }

  #output(): void {
    if (!this.#established) return;
    const window = Math.min(Math.max(1, this.#clientWindow), flight * this.#mss);
    for (;;) {
      const offset = (this.#sent - this.#unacknowledged) >>> 0;
      const size = Math.min(this.#mss, this.#outOctets - offset, window - offset);
      if (size <= 0) break;
      const last = offset + size === this.#outOctets;
      this.#segment(Flag.ack | (last ? Flag.psh : 0), this.#sent, this.#slice(offset, size));
      this.#sent = (this.#sent + size) >>> 0;
      if (this.#timer === undefined) this.#arm();
    }
    if (this.#ending && !this.#finSent && (this.#sent - this.#unacknowledged) >>> 0 === this.#outOctets) {
      this.#finSent = true;
      this.#segment(Flag.fin | Flag.ack, this.#sent, new Uint8Array(0));
      this.#sent = (this.#sent + 1) >>> 0;
      if (this.#timer === undefined) this.#arm();
    }
  }

  #slice(offset: number, size: number): Uint8Array {
    const into = new Uint8Array(size);
    let at = 0;
    let skip = offset;
    for (const part of this.#out) {
      if (skip >= part.length) {
        skip -= part.length;
        continue;
      }
      const piece = part.subarray(skip, skip + size - at);
      into.set(piece, at);
      at += piece.length;
      skip = 0;
      if (at === size) break;
    }
    return into;
  }

  #acknowledge(): void {
    this.#segment(Flag.ack, this.#sent, new Uint8Array(0));
  }

  #segment(flags: number, sequence: number, payload: Uint8Array): void {
    const acknowledgment = this.#next;
    this.#options.send(
      segmentPacket({
        source: this.server,
        sourcePort: this.serverPort,
        destination: this.client,
        destinationPort: this.clientPort,
        sequence,
        acknowledgment,
        flags,
        window: receiveWindow,
        mss: (flags & Flag.syn) !== 0 ? this.#options.mss : undefined,
        payload,
      }),
    );
  }

  #arm(): void {
    this.#disarm();
    this.#timer = this.#options.clock.after(retransmission * 2 ** Math.min(this.#attempts, 4), () => this.#again());
  }

  #disarm(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  /** Everything not acknowledged once more. */
  #again(): void {
    this.#timer = undefined;
    if (++this.#attempts === tries) {
      this.reset();
      return;
    }
    if (!this.#established) this.#segment(Flag.syn | Flag.ack, this.#initial, new Uint8Array(0));
    else {
      this.#sent = this.#unacknowledged;
      this.#finSent = false;
      this.#output();
    }
    this.#arm();
  }

  #touch(): void {
    this.#idle?.();
    this.#idle = this.#options.clock.after(idle, () => this.close());
  }

  reset(): void {
    this.#segment(Flag.rst | Flag.ack, this.#sent, new Uint8Array(0));
    this.close();
  }

  /** Forgets the connection without a word. */
  close(): void {
    this.#disarm();
    this.#idle?.();
    this.#out = [];
    this.#outOctets = 0;
    this.#remove();
  }
}

export interface Segment {
  readonly source: number;
  readonly sourcePort: number;
  readonly destination: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  readonly window: number;
  readonly mss: number | undefined;
  readonly payload: Uint8Array;
}

/** One IPv4 packet with a TCP segment. */
export function segmentPacket(segment: Segment): Uint8Array {
  const options = segment.mss === undefined ? 0 : 4;
  const header = 20 + options;
  const length = header + segment.payload.length;
  return ipv4Packet(segment.source, segment.destination, Protocol.tcp, length, (bytes) => {
    put16(bytes, 20, segment.sourcePort);
    put16(bytes, 22, segment.destinationPort);
    put32(bytes, 24, segment.sequence);
    put32(bytes, 28, segment.acknowledgment);
    bytes[32] = (header / 4) << 4;
    bytes[33] = segment.flags;
    put16(bytes, 34, segment.window);
    if (segment.mss !== undefined) put32(bytes, 40, 0x02040000 | segment.mss);
    bytes.set(segment.payload, 20 + header);
    put16(bytes, 36, checksum(bytes, 20, bytes.length, pseudoHeader(bytes, 0, Protocol.tcp, length)));
  });
}

/** The segment of a packet, or undefined when its lengths or checksum are wrong. */
export function parseSegment(bytes: Uint8Array, packet: IpPacket): Segment | undefined {
  const { transport: at, end } = packet;
  if (end - at < 20) return undefined;
  const header = (bytes[at + 12]! >> 4) * 4;
  if (header < 20 || header > end - at) return undefined;
  if (checksum(bytes, at, end, pseudoHeader(bytes, packet.source - 12, Protocol.tcp, end - at)) !== 0) return undefined;
  let mss: number | undefined;
  for (let option = at + 20; option < at + header; ) {
    const kind = bytes[option]!;
    if (kind === 0) break;
    if (kind === 1) {
      option++;
      continue;
    }
    const length = option + 1 < at + header ? bytes[option + 1]! : 0;
    if (length < 2 || option + length > at + header) break;
    if (kind === 2 && length === 4) mss = (bytes[option + 2]! << 8) | bytes[option + 3]!;
    option += length;
  }
  return {
    source: packet.source4,
    sourcePort: packet.sourcePort,
    destination: packet.destination4,
    destinationPort: packet.destinationPort,
    sequence: u32(bytes, at + 4),
    acknowledgment: u32(bytes, at + 8),
    flags: bytes[at + 13]! & 0x3f,
    window: (bytes[at + 14]! << 8) | bytes[at + 15]!,
    mss: mss === undefined ? undefined : Math.max(64, mss),
    payload: bytes.slice(at + header, end),
  };
}

export class TcpServer {
  readonly #options: TcpServerOptions;
  /** Ports that somebody listens at; a SYN to another is reset. */
  readonly #ports: ReadonlySet<number>;
  readonly #connections = new Map<string, TcpConnection>();

  constructor(options: TcpServerOptions, ports: readonly number[]) {
    this.#options = options;
    this.#ports = new Set(ports);
  }

  receive(segment: Segment): void {
    const key = `${segment.source} ${segment.sourcePort} ${segment.destination} ${segment.destinationPort}`;
    const connection = this.#connections.get(key);
    if (connection !== undefined) {
      connection.receive(segment);
      return;
    }
    if ((segment.flags & Flag.rst) !== 0) return;
    if ((segment.flags & (Flag.syn | Flag.ack)) !== Flag.syn || !this.#ports.has(segment.destinationPort)) {
      this.#refuse(segment);
      return;
    }
    // the oldest gives way: half-open connections may not shut others out
    if (this.#connections.size >= maxConnections) this.#connections.values().next().value?.close();
    this.#connections.set(key, new TcpConnection(this.#options, segment, () => this.#connections.delete(key)));
  }

  /** RFC 9293 §3.10.7.1: a segment to no connection. */
  #refuse({ source, sourcePort, destination, destinationPort, sequence, acknowledgment, flags, payload }: Segment): void {
    const acked = (flags & Flag.ack) !== 0;
    const length = payload.length + ((flags & Flag.syn) !== 0 ? 1 : 0) + ((flags & Flag.fin) !== 0 ? 1 : 0);
    this.#options.send(
      segmentPacket({
        source: destination,
        sourcePort: destinationPort,
        destination: source,
        destinationPort: sourcePort,
        sequence: acked ? acknowledgment : 0,
        acknowledgment: acked ? 0 : (sequence + length) >>> 0,
        flags: acked ? Flag.rst : Flag.rst | Flag.ack,
        window: 0,
        mss: undefined,
        payload: new Uint8Array(0),
      }),
    );
  }

  close(): void {
    for (const connection of [...this.#connections.values()]) connection.close();
  }
}
