// A peer played by hand: packets made and read chunk by chunk, against one endpoint of ours on virtual time.
import assert from "node:assert/strict";
import type { SctpEnd, SctpMessage } from "@freehold/net";
import { memoryLog, seededRandom, VirtualClock } from "@freehold/runtime";
import { concat } from "@freehold/wire";
import type { Association } from "../src/association.ts";
import { ChunkType, Flag } from "../src/codes.ts";
import { carriedChecksum, packetChecksum } from "../src/crc32c.ts";
import { type Hop, SctpEndpoint } from "../src/endpoint.ts";
import { initBody, parseInit } from "../src/init.ts";
import { defaults, type SctpOptions } from "../src/options.ts";
import {
  chunk,
  chunkEnd,
  destinationPort,
  inRow,
  octets16,
  octets32,
  PacketWriter,
  padded,
  sourcePort,
  u16,
  u32,
  verificationTag,
} from "../src/packet.ts";

export const ourPort = 38_412;
export const peerPort = 5_000;
export const peerTag = 0xa0b0c0d0;
export const peerTsn = 1_000;
export const peerHop: Hop = { local: "10.0.0.1", host: "10.0.0.2", udpPort: 9_899 };

export interface ReadChunk {
  readonly type: number;
  readonly flags: number;
  /** After the four octets of header, without padding. */
  readonly body: Uint8Array;
}

export interface ReadPacket {
  readonly source: number;
  readonly destination: number;
  readonly tag: number;
  readonly chunks: readonly ReadChunk[];
  readonly octets: Uint8Array;
  readonly hop: Hop;
  readonly at: number;
}

export function packetOf(tag: number, ...chunks: readonly Uint8Array[]): Uint8Array {
  return packetFrom(peerPort, ourPort, tag, ...chunks);
}

const writer = new PacketWriter();

export function packetFrom(source: number, destination: number, tag: number, ...chunks: readonly Uint8Array[]): Uint8Array {
  const w = writer;
  w.begin(source, destination, tag);
  for (const octets of chunks) {
    w.octets(octets);
    w.pad();
  }
  return w.finish();
}

export function readPacket(octets: Uint8Array, hop: Hop = peerHop, at = 0): ReadPacket {
  assert.equal(carriedChecksum(octets), packetChecksum(octets), "checksum");
  const chunks: ReadChunk[] = [];
  let position = 12;
  while (position < octets.length) {
    const end = chunkEnd(octets, position);
    assert.ok(end !== undefined, "a whole chunk");
    chunks.push({ type: octets[position]!, flags: octets[position + 1]!, body: octets.slice(position + 4, end) });
    position = padded(end);
  }
  assert.equal(position, octets.length);
  return { ...{ source: sourcePort(octets), destination: destinationPort(octets), tag: verificationTag(octets), chunks }, octets, hop, at };
}

export interface DataOptions {
  readonly flags?: number;
  readonly stream?: number;
  readonly ssn?: number;
  readonly ppid?: number;
}

export const data = (
  tsn: number,
  octets: Uint8Array,
  { flags = Flag.begin | Flag.end, stream = 0, ssn = 0, ppid = 60 }: DataOptions = {},
) => chunk(ChunkType.DATA, flags, octets32(tsn), octets16(stream), octets16(ssn), octets32(ppid), octets);

export function sack(cumulative: number, window = 100_000, blocks: readonly (readonly [number, number])[] = []): Uint8Array {
  const offsets = blocks.map(([first, last]) => concat(octets16(first - cumulative), octets16(last - cumulative)));
  return chunk(ChunkType.SACK, 0, octets32(cumulative), octets32(window), octets16(blocks.length), octets16(0), ...offsets);
}

/** What a SACK says, with TSNs. */
export function readSack({ body }: ReadChunk): { cumulative: number; window: number; blocks: [number, number][]; duplicates: number[] } {
  const cumulative = u32(body, 0);
  const blocks: [number, number][] = [];
  for (let i = 0; i < u16(body, 8); i++) blocks.push([cumulative + u16(body, 12 + 4 * i), cumulative + u16(body, 14 + 4 * i)]);
  const duplicates: number[] = [];
  for (let i = 0; i < u16(body, 10); i++) duplicates.push(u32(body, 12 + 4 * blocks.length + 4 * i));
  return { cumulative, window: u32(body, 4), blocks, duplicates };
}

export interface ReadData {
  readonly tsn: number;
  readonly flags: number;
  readonly stream: number;
  readonly ssn: number;
  readonly ppid: number;
  readonly octets: Uint8Array;
}

export const readData = ({ flags, body }: ReadChunk): ReadData => ({
  ...{ tsn: u32(body, 0), flags, stream: u16(body, 4), ssn: u16(body, 6), ppid: u32(body, 8), octets: body.slice(12) },
});

export interface InitOptions {
  readonly tag?: number;
  readonly tsn?: number;
  readonly window?: number;
  readonly outbound?: number;
  readonly inbound?: number;
  readonly addresses?: readonly string[];
  readonly preservative?: number;
  /** Further parameters. */
  readonly more?: readonly Uint8Array[];
  readonly cookie?: Uint8Array;
}

export function initChunk(type: number, options: InitOptions = {}): Uint8Array {
  const { tag = peerTag, tsn = peerTsn, window = 100_000, outbound = 4, inbound = 4, more = [], ...rest } = options;
  return chunk(type, 0, inRow(initBody({ tag, window, outbound, inbound, tsn, ...rest }), ...more));
}

/** One endpoint of ours, and everything that it sends and reports. */
export class Bench {
  readonly clock = new VirtualClock();
  readonly log = memoryLog();
  readonly sent: ReadPacket[] = [];
  readonly messages: SctpMessage[] = [];
  readonly ends: [SctpEnd, string][] = [];
  readonly accepted: Association[] = [];
  readonly settled: (string | undefined)[] = [];
  readonly endpoint: SctpEndpoint;
  /** Called inside `onAssociation`. */
  greet: (association: Association) => void = (association) => this.watch(association);

  constructor(options: Partial<SctpOptions> = {}, listening = true, seed = 7) {
    this.endpoint = new SctpEndpoint(ourPort, {
      world: { clock: this.clock, random: seededRandom(seed), log: this.log },
      options: { ...defaults, ...options },
      packet: new PacketWriter(),
      transmit: (packet, hop) => void this.sent.push(readPacket(packet, { ...hop }, this.clock.now())),
      onAssociation: (association) => {
        this.accepted.push(association);
        this.greet(association);
      },
      listening: () => listening,
      onSettled: (_, failed) => void this.settled.push(failed?.code),
    });
  }

  watch(association: Association): void {
    association.onMessage = (message) => void this.messages.push(message);
    association.onEnd = (how, why) => void this.ends.push([how, why]);
  }

  /** Gives the endpoint a packet from the peer. */
  in(packet: Uint8Array, hop: Partial<Hop> = {}): void {
    this.endpoint.receive(packet, { ...peerHop, ...hop });
  }

  /** What was sent since the last call. */
  out(): ReadPacket[] {
    return this.sent.splice(0);
  }

  /** Types of the chunks sent since the last call, packet by packet. */
  types(): number[][] {
    return this.out().map((p) => p.chunks.map((c) => c.type));
  }

  /** The one packet sent since the last call. */
  one(): ReadPacket {
    const packets = this.out();
    assert.equal(packets.length, 1, `${packets.length} packets were sent`);
    return packets[0]!;
  }

  /** Sends INIT and gives what the INIT ACK says. */
  invite(options: InitOptions = {}, hop: Partial<Hop> = {}): { tag: number; tsn: number; cookie: Uint8Array; packet: ReadPacket } {
    this.in(packetOf(0, initChunk(ChunkType.INIT, options)), hop);
    const packet = this.one();
    assert.equal(packet.chunks[0]!.type, ChunkType.INIT_ACK);
    const parsed = parseInit(packet.octets, 12, packet.octets.length);
    assert.ok(parsed.ok && parsed.value.cookie !== undefined);
    return { tag: parsed.value.tag, tsn: parsed.value.tsn, cookie: parsed.value.cookie, packet };
  }

  /** The peer sets up an association; what was sent for it is forgotten. */
  open(options: InitOptions = {}): Open {
    const { tag, tsn, cookie } = this.invite(options);
    this.in(packetOf(tag, chunk(ChunkType.COOKIE_ECHO, 0, cookie)));
    const reply = this.one();
    assert.deepEqual([reply.tag, reply.chunks.map((c) => c.type)], [options.tag ?? peerTag, [ChunkType.COOKIE_ACK]]);
    return { tag, tsn, association: this.accepted.at(-1)! };
  }

  /** We connect to the peer, who plays along; gives the association established. */
  dial(options: InitOptions = {}): Open {
    const association = this.endpoint.connect(peerHop, peerPort, 4);
    this.watch(association);
    const { octets } = this.one();
    const init = parseInit(octets, 12, octets.length);
    assert.ok(init.ok);
    const { tag, tsn } = init.value;
    this.in(packetOf(tag, initChunk(ChunkType.INIT_ACK, { cookie: new Uint8Array(8), ...options })));
    this.out();
    this.in(packetOf(tag, chunk(ChunkType.COOKIE_ACK, 0)));
    this.out();
    assert.equal(association.state, "ESTABLISHED");
    return { tag, tsn, association };
  }
}

export interface Open {
  /** Our tag: what the peer puts into its packets. */
  readonly tag: number;
  /** Our initial TSN. */
  readonly tsn: number;
  readonly association: Association;
}

/** The error causes of an ABORT or ERROR chunk. */
export function causes({ body }: ReadChunk): { code: number; value: Uint8Array }[] {
  const all: { code: number; value: Uint8Array }[] = [];
  for (let at = 0; at + 4 <= body.length; at += padded(u16(body, at + 2))) {
    all.push({ code: u16(body, at), value: body.slice(at + 4, at + u16(body, at + 2)) });
  }
  return all;
}
