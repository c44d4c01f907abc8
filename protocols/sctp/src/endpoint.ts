import type { World } from "@freehold/runtime";
import { canonical } from "./addresses.ts";
import { Association } from "./association.ts";
import { Cause, ChunkType, Flag } from "./codes.ts";
import { type Cookie, CookieJar } from "./cookie.ts";
import { carriedChecksum, packetChecksum } from "./crc32c.ts";
import { type Init, initBody, parseInit } from "./init.ts";
import type { SctpOptions } from "./options.ts";
import { Pace } from "./pace.ts";
import {
  chunk,
  chunkEnd,
  commonHeader,
  destinationPort,
  findChunk,
  octets32,
  type PacketWriter,
  padded,
  sourcePort,
  typed,
  u32,
  verificationTag,
} from "./packet.ts";
import { Path } from "./path.ts";
import type { Identity, Surroundings } from "./surroundings.ts";

/** Where a packet came from, and to which of our addresses. */
export interface Hop {
  readonly local: string;
  readonly host: string;
  /** The sender's UDP port where SCTP is encapsulated, else 0. */
  readonly udpPort: number;
}

export interface EndpointPorts {
  readonly world: World;
  readonly options: SctpOptions;
  readonly packet: PacketWriter;
  transmit(packet: Uint8Array, hop: Hop): void;
  /** Calls `fn` when this turn is over, so that what is sent in one turn shares packets; without it every message leaves at once. */
  soon?: ((fn: () => void) => void) | undefined;
  /** Whether INITs from strangers are answered; by default when `onAssociation` is there. */
  listening?: (() => boolean) | undefined;
  /** A peer has set up an association. */
  onAssociation?: ((association: Association) => void) | undefined;
  /** `connect` was answered, or failed: `code` is then an errno name. */
  onSettled?: ((association: Association, failed?: { readonly code: string; readonly why: string }) => void) | undefined;
  /** Some association ended. */
  onGone?: (() => void) | undefined;
}

/** What an endpoint saw and did not act on. */
export interface Counters {
  badChecksum: number;
  malformed: number;
  wrongTag: number;
  outOfTheBlue: number;
  badCookie: number;
  /** COOKIE ECHOs beyond `associationsPerSecond` of their host. */
  tooSoon: number;
}

const longestCookieLife = 10;

/**
 * One SCTP port with its associations (§1.3): which packet belongs to which association, the listener's half of the handshake, which keeps
 * no state (§5.1.3), collisions and restarts (§5.2), and packets out of the blue (§8.4). No sockets: packets go in at `receive`.
 */
export class SctpEndpoint {
  readonly port: number;
  readonly counters: Counters = { badChecksum: 0, malformed: 0, wrongTag: 0, outOfTheBlue: 0, badCookie: 0, tooSoon: 0 };
  readonly #ports: EndpointPorts;
  readonly #around: Surroundings;
  readonly #jar: CookieJar;
  readonly #byTag = new Map<number, Association>();
  readonly #pace: Pace;

  constructor(port: number, ports: EndpointPorts) {
    this.port = port;
    this.#ports = ports;
    this.#jar = new CookieJar(ports.world.random, ports.world.clock.now());
    this.#pace = new Pace(ports.options.associationsPerSecond);
    this.#around = {
      world: ports.world,
      options: ports.options,
      packet: ports.packet,
      transmit: (packet, path) => ports.transmit(packet, path),
      soon: ports.soon,
      established: (association) => this.#established(association),
      ended: (association, code, why) => this.#ended(association, code, why),
    };
  }

  get size(): number {
    return this.#byTag.size;
  }

  get listening(): boolean {
    return this.#ports.listening?.() ?? this.#ports.onAssociation !== undefined;
  }

  /** ASSOCIATE (§11.1.2): sends INIT to `host` and its `port`; `onSettled` tells how it went. */
  connect(hop: Hop, port: number, streams: number): Association {
    const host = canonical(hop.host);
    const path = new Path(hop.local, host, hop.udpPort, true, this.#ports.options);
    const association = new Association(this.#around, this.#identity(port, streams), path);
    this.#byTag.set(association.id.localTag, association);
    association.setup.begin();
    return association;
  }

  /** The association with that peer, in whatever state. */
  find(host: string, port: number): Association | undefined {
    for (const a of this.#byTag.values()) if (a.id.remotePort === port && a.knows(host)) return a;
    return undefined;
  }

  abortAll(why: string): void {
    for (const a of [...this.#byTag.values()]) a.abort(why);
  }

  // ---- packets in ----------------------------------------------------------------------------------------------

  /** Takes one packet addressed to this port. It is kept (messages are views of it). Never throws, whatever the octets. */
  receive(packet: Uint8Array, hop: Hop): void {
    const { options } = this.#ports;
    const first = packet.length >= commonHeader ? chunkEnd(packet, commonHeader) : undefined;
    if (first === undefined || sourcePort(packet) === 0) {
      this.counters.malformed++;
      return;
    }
    const carried = carriedChecksum(packet);
    if (carried !== packetChecksum(packet) && !(carried === 0 && options.acceptZeroChecksum)) {
      this.counters.badChecksum++; // §6.8: discarded, silently
      return;
    }
    const tag = verificationTag(packet);
    const type = packet[commonHeader]!;
    if (tag === 0 || type === ChunkType.INIT) {
      // INIT comes with tag 0 and alone, nothing else ever comes with tag 0 (§8.5.1 A).
      if (tag === 0 && type === ChunkType.INIT && padded(first) >= packet.length) this.#init(packet, commonHeader, first, hop);
      else this.counters.wrongTag++;
      return;
    }
    const port = sourcePort(packet);
    const owner = this.#byTag.get(tag);
    const mine = owner !== undefined && owner.id.remotePort === port && owner.knows(hop.host) ? owner : undefined;
    if (type === ChunkType.COOKIE_ECHO) {
      const accepted = this.#cookieEcho(packet, first, hop);
      accepted?.receive(packet, padded(first), hop.local, hop.host, hop.udpPort);
      return;
    }
    const setting = mine?.state === "COOKIE-WAIT" || mine?.state === "COOKIE-ECHOED";
    if (mine !== undefined && !(setting && type === ChunkType.SHUTDOWN_ACK)) {
      // T set means "your own tag sent back", so with T an ABORT to our tag is not the peer's (§8.5.1 B).
      const reflects =
        (type === ChunkType.ABORT || type === ChunkType.SHUTDOWN_COMPLETE) && (packet[commonHeader + 1]! & Flag.reflected) !== 0;
      if (reflects) this.counters.wrongTag++;
      else mine.receive(packet, commonHeader, hop.local, hop.host, hop.udpPort);
      return;
    }
    this.#stray(packet, type, tag, port, hop);
  }

  /** A tag that is no association's: the exceptions of §8.5.1 B, C and E, else wrong (§8.5) or out of the blue (§8.4). */
  #stray(packet: Uint8Array, type: number, tag: number, port: number, hop: Hop): void {
    const known = this.find(hop.host, port);
    if (known !== undefined && type !== ChunkType.SHUTDOWN_ACK) {
      const reflects =
        (type === ChunkType.ABORT || type === ChunkType.SHUTDOWN_COMPLETE) && (packet[commonHeader + 1]! & Flag.reflected) !== 0;
      if (reflects && tag === known.peerTag) known.receive(packet, commonHeader, hop.local, hop.host, hop.udpPort, true);
      else this.counters.wrongTag++;
      return;
    }
    if (known !== undefined && known.state !== "COOKIE-WAIT" && known.state !== "COOKIE-ECHOED") {
      this.counters.wrongTag++;
      return;
    }
    this.counters.outOfTheBlue++;
    if (findChunk(packet, ChunkType.ABORT) !== undefined) return;
    if (type === ChunkType.SHUTDOWN_ACK) return this.#reply(packet, tag, hop, chunk(ChunkType.SHUTDOWN_COMPLETE, Flag.reflected));
    if (type === ChunkType.SHUTDOWN_COMPLETE || type === ChunkType.COOKIE_ACK || type === ChunkType.INIT_ACK) return;
    if (type === ChunkType.ERROR && u32(packet, commonHeader + 4) >>> 16 === Cause.staleCookie) return;
    this.#reply(packet, tag, hop, chunk(ChunkType.ABORT, Flag.reflected));
  }

  #reply(packet: Uint8Array, tag: number, hop: Hop, ...chunks: readonly Uint8Array[]): void {
    const w = this.#ports.packet;
    w.begin(destinationPort(packet), sourcePort(packet), tag);
    for (const octets of chunks) {
      w.octets(octets);
      w.pad();
    }
    this.#ports.transmit(w.finish(), hop);
  }

  // ---- the listener's half of the handshake --------------------------------------------------------------------

  /** INIT (§5.1 B, §5.2.1, §5.2.2): answered with a cookie and forgotten. */
  #init(packet: Uint8Array, at: number, end: number, hop: Hop): void {
    const parsed = parseInit(packet, at, end);
    if (!parsed.ok || parsed.value.tag === 0) {
      this.counters.malformed++; // §3.3.2: with Initiate Tag 0 there is nobody to answer
      return;
    }
    const init = parsed.value;
    const refuse = (cause: Cause, value = new Uint8Array(0)) => {
      this.#reply(packet, init.tag, hop, chunk(ChunkType.ABORT, 0, typed(cause, value)));
    };
    const known = this.find(hop.host, sourcePort(packet));
    if (known === undefined && !this.listening) {
      this.counters.outOfTheBlue++;
      return this.#reply(packet, init.tag, hop, chunk(ChunkType.ABORT, 0)); // §8.4: to the tag that the INIT brought
    }
    if (init.outbound === 0 || init.inbound === 0) return refuse(Cause.invalidMandatoryParameter);
    if (init.hostName) return refuse(Cause.unresolvableAddress);
    if (known?.state === "SHUTDOWN-ACK-SENT") return known.closing.repeatShutdownAck(); // §9.2
    const colliding = known?.state === "COOKIE-WAIT" || known?.state === "COOKIE-ECHOED";
    if (known !== undefined && !colliding) {
      const added = init.addresses.filter((a) => !known.knows(a));
      // Somebody else must not enter a running association by restarting it with further addresses (§5.2.2).
      if (added.length > 0) return refuse(Cause.restartWithNewAddresses);
    }
    this.#reply(packet, init.tag, hop, this.#initAck(init, known, colliding, sourcePort(packet), hop));
  }

  #initAck(init: Init, known: Association | undefined, colliding: boolean, remotePort: number, hop: Hop): Uint8Array {
    const { options, world } = this.#ports;
    const fresh = colliding && known !== undefined ? known.id : this.#identity(remotePort, options.streams);
    const life = Math.min(options.validCookieLife * longestCookieLife, options.validCookieLife + (init.preservative ?? 0));
    const addresses = [hop.host, ...init.addresses.filter((a) => a !== hop.host)];
    const cookie: Cookie = {
      made: world.clock.now(),
      life,
      localPort: this.port,
      remotePort,
      localTag: fresh.localTag,
      peerTag: init.tag,
      localTieTag: known !== undefined && known.state !== "COOKIE-WAIT" ? known.id.localTag : 0,
      peerTieTag: known !== undefined && known.state !== "COOKIE-WAIT" ? known.peerTag : 0,
      localTsn: fresh.localTsn,
      peerTsn: init.tsn,
      peerWindow: init.window,
      outbound: Math.min(fresh.streams, init.inbound),
      inbound: Math.min(fresh.streams, init.outbound),
      addresses,
    };
    const body = initBody({
      ...{ tag: fresh.localTag, window: options.receiveWindow, outbound: cookie.outbound, inbound: fresh.streams, tsn: fresh.localTsn },
      ...{ cookie: this.#jar.seal(cookie), unrecognized: init.unrecognized },
    });
    return chunk(ChunkType.INIT_ACK, 0, body);
  }

  /** COOKIE ECHO (§5.1 D, §5.1.5, §5.2.4): the association whose chunks the rest of the packet is, if the cookie made or confirmed one. */
  #cookieEcho(packet: Uint8Array, end: number, hop: Hop): Association | undefined {
    const { options, world } = this.#ports;
    const cookie = this.#jar.open(packet.subarray(commonHeader + 4, end));
    const port = sourcePort(packet);
    const genuine =
      cookie !== undefined &&
      cookie.localPort === this.port &&
      cookie.remotePort === port &&
      cookie.localTag === verificationTag(packet) &&
      cookie.addresses.includes(hop.host);
    if (!genuine) {
      this.counters.badCookie++;
      return undefined;
    }
    const known = this.find(hop.host, port);
    const late = world.clock.now() - (cookie.made + cookie.life);
    const localMatches = known?.id.localTag === cookie.localTag;
    const peerMatches = known !== undefined && known.peerTag === cookie.peerTag && known.state !== "COOKIE-WAIT";
    if (late > 0 && !(localMatches && peerMatches)) {
      const measure = octets32(Math.min(0xffff_ffff, Math.ceil(late * 1_000))); // §3.3.10.3: microseconds
      this.#reply(packet, cookie.peerTag, hop, chunk(ChunkType.ERROR, 0, typed(Cause.staleCookie, measure)));
      return undefined;
    }
    if (known === undefined) {
      if (!this.listening) return undefined;
      if (this.#byTag.size >= options.maxAssociations) {
        this.#reply(packet, cookie.peerTag, hop, chunk(ChunkType.ABORT, 0, typed(Cause.outOfResource, new Uint8Array(0))));
        return undefined;
      }
      // The cookie has shown that the host is where it says, so what it did before may be held against it. Silence: an honest peer gets in
      // with the COOKIE ECHO that T1 sends again, one that hammers does not find out more cheaply.
      if (!this.#pace.admits(hop.host, world.clock.now())) {
        this.counters.tooSoon++;
        return undefined;
      }
      return this.#accept(cookie, hop);
    }
    // §5.2.4 table 12, actions D, B, A; anything else, action C among it, is discarded.
    if (localMatches && peerMatches) return this.#confirm(known);
    if (localMatches && (known.state === "COOKIE-WAIT" || known.state === "COOKIE-ECHOED")) {
      known.setup.adopt(agreed(cookie));
      known.addAddresses(cookie.addresses);
      return this.#confirm(known);
    }
    const tied = cookie.localTieTag !== 0 && cookie.localTieTag === known.id.localTag && cookie.peerTieTag === known.peerTag;
    if (!localMatches && !peerMatches && tied) {
      if (known.state === "SHUTDOWN-ACK-SENT") {
        known.closing.repeatShutdownAck(chunk(ChunkType.ERROR, 0, typed(Cause.cookieReceivedWhileShuttingDown, new Uint8Array(0))));
        return undefined;
      }
      known.finish("restart", "peer restarted");
      if (this.listening) return this.#accept(cookie, hop);
      this.#reply(packet, cookie.peerTag, hop, chunk(ChunkType.ABORT, 0, typed(Cause.userInitiatedAbort, new Uint8Array(0))));
    }
    return undefined;
  }

  #accept(cookie: Cookie, hop: Hop): Association | undefined {
    const { localTag, localTsn, remotePort } = cookie;
    const path = new Path(hop.local, cookie.addresses[0]!, hop.udpPort, true, this.#ports.options);
    const id: Identity = { localPort: this.port, remotePort, localTag, localTsn, streams: cookie.outbound };
    if (this.#byTag.has(localTag)) return undefined; // a cookie keeps no tag reserved: somebody else has drawn it meanwhile
    const association = new Association(this.#around, id, path);
    association.addAddresses(cookie.addresses);
    association.setup.adopt(agreed(cookie));
    this.#byTag.set(localTag, association);
    return this.#confirm(association);
  }

  /** COOKIE ACK, ahead of anything else; ESTABLISHED if it was not yet. */
  #confirm(association: Association): Association | undefined {
    association.control(chunk(ChunkType.COOKIE_ACK, 0));
    const { state } = association;
    if (state === "CLOSED" || state === "COOKIE-WAIT" || state === "COOKIE-ECHOED") association.establish();
    return association.over ? undefined : association;
  }

  #established(association: Association): void {
    const { onAssociation, onSettled } = this.#ports;
    if (this.#connecting(association)) return onSettled?.(association);
    try {
      onAssociation?.(association);
    } catch (fault) {
      this.#ports.world.log.error("SCTP user failed on a new association", { remote: association.remote, fault });
      association.abort("refused");
    }
  }

  #ended(association: Association, code: string, why: string): void {
    this.#byTag.delete(association.id.localTag);
    if (this.#connecting(association) && !association.wasEstablished) this.#ports.onSettled?.(association, { code, why });
    this.#ports.onGone?.();
  }

  #connecting(association: Association): boolean {
    return association.setup.initiator;
  }

  /** A tag and a first TSN nobody can guess (§5.3.1), the tag no association's here. */
  #identity(remotePort: number, streams: number): Identity {
    const { random } = this.#ports.world;
    let localTag = 0;
    while (localTag === 0 || this.#byTag.has(localTag)) localTag = u32(random(4), 0);
    return { localPort: this.port, remotePort, localTag, localTsn: u32(random(4), 0), streams };
  }
}

const agreed = (cookie: Cookie) => ({
  tag: cookie.peerTag,
  tsn: cookie.peerTsn,
  window: cookie.peerWindow,
  outbound: cookie.outbound,
  inbound: cookie.inbound,
});
