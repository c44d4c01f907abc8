import type { Cancel } from "@freehold/runtime";
import { concat, Writer } from "@freehold/wire";
import { NoAnswer } from "../errors.ts";
import type { Session } from "../sm/session.ts";
import { checksum, ipv4, ipv4Packet, Protocol, pseudoHeader, readIpv4 } from "./packet.ts";
import { ephemeralPort, type IpWorld, ownAddress } from "./stack.ts";

const Flag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

/** RFC 6298 in short: begin with one second, double at each expiry. */
const firstRtoMs = 1_000;
const maxTries = 6;
const windowOctets = 65_535;
/** Segments that arrived before their turn and are kept. */
const earlyMost = 64;
/** How long the last FIN is answered for; far below 2 MSL, for a phone that goes away. */
const lingerMs = 1_000;

interface Segment {
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly window: number;
  readonly mss: number | undefined;
  readonly data: Uint8Array;
}

const word = (octets: Uint8Array, at: number): number =>
  ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
/** a - b in the sequence space, as a signed distance. */
const distance = (a: number, b: number): number => (a - b) | 0;

function mssOf(options: Uint8Array): number | undefined {
  for (let at = 0; at < options.length; ) {
    const kind = options[at]!;
    if (kind === 0) return undefined;
    if (kind === 1) {
      at++;
      continue;
    }
    const length = options[at + 1] ?? 0;
    if (length < 2 || at + length > options.length) return undefined;
    if (kind === 2 && length === 4) return (options[at + 2]! << 8) | options[at + 3]!;
    at += length;
  }
  return undefined;
}

/** A TCP connection (RFC 9293) opened by the phone: enough for a request and its response over a path that loses and reorders. */
export class TcpConnection {
  readonly #session: Session;
  readonly #world: IpWorld;
  readonly #source: string;
  readonly #to: string;
  readonly #port: number;
  readonly #ownPort: number;
  readonly #stop: Cancel;
  #una: number;
  #next: number;
  #received = 0;
  #synced = false;
  #mss: number;
  #window = 0;
  /** Sent and not acknowledged, oldest first. */
  #flight: { readonly seq: number; readonly flags: number; readonly data: Uint8Array }[] = [];
  #queue: Uint8Array[] = [];
  #finQueued = false;
  #early = new Map<number, { readonly data: Uint8Array; readonly fin: boolean }>();
  #tries = 0;
  #timer: Cancel | undefined;
  #over = false;
  /** Data in order, as it comes. */
  onData: (data: Uint8Array) => void = () => {};
  /** The peer has sent all it had (`undefined`), or the connection failed. */
  onEnd: (error: NoAnswer | undefined) => void = () => {};

  constructor(session: Session, world: IpWorld, address: string, port: number) {
    this.#session = session;
    this.#world = world;
    this.#source = ownAddress(session);
    this.#to = ipv4(address);
    this.#port = port;
    this.#ownPort = ephemeralPort(world.random);
    this.#mss = Math.min(session.mtu, 1500) - 40;
    this.#una = word(world.random(4), 0);
    this.#next = this.#una;
    this.#stop = session.listen((packet) => this.#hear(packet));
    this.#push(Flag.syn, new Uint8Array(0));
  }

  send(data: Uint8Array): void {
    this.#queue.push(data);
    this.#flush();
  }

  /** No more data from us: FIN after what is queued. */
  end(): void {
    this.#finQueued = true;
    this.#flush();
  }

  /** Stops at once and forgets everything; a peer that still sends hears a reset. */
  close(): void {
    if (this.#over) return;
    if (this.#synced && !this.#finQueued) this.#transmit(this.#next, Flag.rst | Flag.ack, new Uint8Array(0));
    this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.#timer?.();
    this.#stop();
  }

  #fail(why: string): void {
    if (this.#over) return;
    this.#finish();
    this.onEnd(new NoAnswer("TCP", `${this.#to}:${this.#port}: ${why}`));
  }

  #flush(): void {
    if (!this.#synced || this.#over) return;
    while (this.#queue.length > 0) {
      const room = this.#window - distance(this.#next, this.#una);
      if (room <= 0) return;
      const head = this.#queue[0]!;
      const part = head.subarray(0, Math.min(this.#mss, room));
      if (part.length === head.length) this.#queue.shift();
      else this.#queue[0] = head.subarray(part.length);
      this.#push(Flag.ack | Flag.psh, part);
    }
    if (this.#finQueued && !this.#flight.some(({ flags }) => flags & Flag.fin) && !this.#finSent) {
      this.#finSent = true;
      this.#push(Flag.fin | Flag.ack, new Uint8Array(0));
    }
  }
  #finSent = false;

  #push(flags: number, data: Uint8Array): void {
    const segment = { seq: this.#next, flags, data };
    this.#flight.push(segment);
    this.#next = (this.#next + data.length + (flags & (Flag.syn | Flag.fin) ? 1 : 0)) >>> 0;
    this.#transmit(segment.seq, flags, data);
    this.#arm();
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#flight.length === 0) return;
    this.#timer = this.#world.clock.after(firstRtoMs * 2 ** this.#tries, () => {
      this.#timer = undefined;
      const first = this.#flight[0];
      if (first === undefined || this.#over) return;
      if (++this.#tries >= maxTries) return this.#fail(this.#synced ? "nothing is acknowledged" : "does not answer");
      this.#transmit(first.seq, first.flags, first.data);
      this.#arm();
    });
  }

  #transmit(seq: number, flags: number, data: Uint8Array): void {
    const options = flags & Flag.syn ? Uint8Array.of(2, 4, this.#mss >> 8, this.#mss & 0xff) : new Uint8Array(0);
    const segment = new Writer(24 + data.length)
      .u16(this.#ownPort)
      .u16(this.#port)
      .u32(seq)
      .u32(flags & Flag.ack ? this.#received : 0)
      .u8((5 + options.length / 4) << 4)
      .u8(flags)
      .u16(windowOctets)
      .u16(0)
      .u16(0)
      .octets(options)
      .octets(data)
      .done();
    const sum = checksum(pseudoHeader(this.#source, this.#to, Protocol.tcp, segment.length), segment);
    segment[16] = sum >> 8;
    segment[17] = sum & 0xff;
    this.#session.send(ipv4Packet(ipv4(this.#source), ipv4(this.#to), Protocol.tcp, segment));
  }

  /** A segment of this connection whose checksum is right, or undefined. */
  #read(packet: Uint8Array): Segment | undefined {
    const read = readIpv4(packet);
    if (read === undefined || read.protocol !== Protocol.tcp || read.source !== this.#to || read.destination !== this.#source)
      return undefined;
    const { payload } = read;
    if (payload.length < 20) return undefined;
    if (((payload[0]! << 8) | payload[1]!) !== this.#port || ((payload[2]! << 8) | payload[3]!) !== this.#ownPort) return undefined;
    const header = (payload[12]! >> 4) * 4;
    if (header < 20 || header > payload.length) return undefined;
    if (checksum(pseudoHeader(read.source, read.destination, Protocol.tcp, payload.length), payload) !== 0) return undefined;
    return {
      seq: word(payload, 4),
      ack: word(payload, 8),
      flags: payload[13]!,
      window: (payload[14]! << 8) | payload[15]!,
      mss: mssOf(payload.subarray(20, header)),
      data: payload.slice(header),
    };
  }

  #hear(packet: Uint8Array): boolean {
    const segment = this.#read(packet);
    if (segment === undefined) return false;
    const { flags } = segment;
    if (flags & Flag.rst) {
      // RFC 9293 §3.10.7.3: before the handshake is done a reset counts when it acknowledges our SYN.
      if (this.#synced || segment.ack === this.#next) this.#fail(this.#synced ? "reset by the peer" : "connection refused");
      return true;
    }
    if (!this.#synced) {
      if ((flags & (Flag.syn | Flag.ack)) !== (Flag.syn | Flag.ack) || segment.ack !== this.#next) return true;
      this.#received = (segment.seq + 1) >>> 0;
      this.#synced = true;
      if (segment.mss !== undefined) this.#mss = Math.max(64, Math.min(this.#mss, segment.mss));
      this.#acknowledged(segment);
      if (this.#queue.length === 0 && !this.#finQueued) this.#transmit(this.#next, Flag.ack, new Uint8Array(0));
      this.#flush();
      return true;
    }
    if (flags & Flag.ack) this.#acknowledged(segment);
    this.#flush();
    const fin = (flags & Flag.fin) !== 0;
    if (segment.data.length > 0 || fin) this.#take(segment, fin);
    else if (flags & Flag.syn) this.#transmit(this.#next, Flag.ack, new Uint8Array(0));
    return true;
  }

  #acknowledged({ ack, window }: Segment): void {
    this.#window = window;
    if (distance(ack, this.#una) <= 0 || distance(ack, this.#next) > 0) return;
    this.#una = ack;
    this.#flight = this.#flight.filter(
      ({ seq, data, flags }) => distance((seq + data.length + (flags & (Flag.syn | Flag.fin) ? 1 : 0)) >>> 0, ack) > 0,
    );
    this.#tries = 0;
    this.#timer?.();
    this.#timer = undefined;
    this.#arm();
  }

  /** Data in order to the reader; what is early waits, what is late is only acknowledged. */
  #take({ seq, data }: Segment, fin: boolean): void {
    if (distance(seq, this.#received) >= 0 && distance(seq, this.#received) < windowOctets && this.#early.size < earlyMost) {
      this.#early.set(seq, { data, fin });
    }
    let ended = false;
    for (let due = this.#early.get(this.#received); due !== undefined && !ended; due = this.#early.get(this.#received)) {
      this.#early.delete(this.#received);
      this.#received = (this.#received + due.data.length + (due.fin ? 1 : 0)) >>> 0;
      if (due.data.length > 0) this.onData(due.data);
      ended = due.fin;
    }
    if (this.#over) return;
    this.#transmit(this.#next, Flag.ack, new Uint8Array(0));
    if (!ended) return;
    this.end();
    this.onEnd(undefined);
    this.#world.clock.after(lingerMs, () => this.#finish());
  }
}

/** Sends `request` to a server that closes when it is done, and gives all that came back. Rejects with NoAnswer; more than `limit` octets are one too. */
export function exchange(
  session: Session,
  world: IpWorld,
  to: { address: string; port: number },
  request: Uint8Array,
  limit: number,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    let octets = 0;
    const connection = new TcpConnection(session, world, to.address, to.port);
    connection.onData = (data) => {
      octets += data.length;
      parts.push(data);
      if (octets <= limit) return;
      connection.close();
      reject(new NoAnswer("TCP", `more than ${limit} octets`));
    };
    connection.onEnd = (error) => (error === undefined ? resolve(concat(...parts)) : reject(error));
    connection.send(request);
  });
}
