/** GTP-U's own messages on N3: paths and tunnels that a peer asks or tells about. TS 29.281 §7. */
import {
  decode,
  echoResponse,
  endMarker,
  errorIndication,
  type GtpuHeader,
  MessageType,
  supportedExtensionHeadersNotification,
} from "@freehold/gtpu";
import { type IpAddress, ipFromOctets, ipOctets } from "@freehold/model";
import type { Address } from "@freehold/net";
import type { Clock } from "@freehold/runtime";
import type { Session } from "./session.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface N3SignallingOptions {
  readonly clock: Clock;
  /** Sends one datagram from the N3 address given. */
  readonly sendN3: (octets: Uint8Array, to: Address, from: IpAddress | undefined) => void;
  /** A peer does not know the tunnel. */
  readonly onErrorIndication: (session: Session, teid: number, peer: IpAddress) => void;
}

/** Why a signalling message went nowhere. */
type Ignored = "malformed" | "limited" | "unknownTeid";

/**
 * Answers have a bound a second for all peers together: whoever sends from a forged address must not make us send at others. We send no Echo
 * Requests: a gNB's silence is N2's to find out, and a lost tunnel is told by its Error Indication (TS 29.281 §7.2.1: a path may be supervised).
 */
export class N3Signalling {
  readonly #options: N3SignallingOptions;
  /** Sessions by the peer's tunnel, for Error Indications. */
  readonly #peers = new Map<string, Set<Session>>();
  readonly #errorIndications: TokenBucket;
  readonly #echoes: TokenBucket;
  readonly counts = { echoes: 0, errorIndicationsSent: 0 };

  constructor(options: N3SignallingOptions) {
    this.#options = options;
    const now = options.clock.now();
    this.#errorIndications = new TokenBucket(20, 20, now);
    this.#echoes = new TokenBucket(100, 100, now);
  }

  add(session: Session): void {
    for (const { peer, teid } of session.ways.values()) {
      if (peer === undefined) continue;
      const key = `${teid} ${peer.host}`;
      const sessions = this.#peers.get(key);
      if (sessions === undefined) this.#peers.set(key, new Set([session]));
      else sessions.add(session);
    }
  }

  remove(session: Session): void {
    for (const { peer, teid } of session.ways.values()) {
      if (peer === undefined) continue;
      const key = `${teid} ${peer.host}`;
      const sessions = this.#peers.get(key);
      sessions?.delete(session);
      if (sessions?.size === 0) this.#peers.delete(key);
    }
  }

  /** A message that is no G-PDU; why it was ignored, if it was. */
  take({ type, sequenceNumber }: GtpuHeader, octets: Uint8Array, from: Address, local: IpAddress): Ignored | undefined {
    if (type === MessageType.echoRequest) {
      if (!this.#echoes.take(1, this.#options.clock.now())) return "limited";
      this.counts.echoes++;
      this.#options.sendN3(echoResponse(Math.max(0, sequenceNumber)), from, local);
    } else if (type === MessageType.errorIndication) return this.#errorIndicated(octets, from);
    // End Marker, Echo Response and Supported Extension Headers Notification change nothing here: an anchor has no path to switch
    return undefined;
  }

  /** TS 29.281 §7.3.1. Only the peer of a tunnel may say that it does not know it. */
  #errorIndicated(octets: Uint8Array, from: Address): Ignored | undefined {
    const result = decode(octets);
    if (!result.ok || result.value.is !== "Error Indication") return "malformed";
    const { teidDataI, peerAddress } = result.value;
    const peer = ipFromOctets(peerAddress);
    const sessions = peer.ok && peer.value === from.host ? this.#peers.get(`${teidDataI} ${from.host}`) : undefined;
    if (!peer.ok || sessions === undefined) return "unknownTeid";
    for (const session of sessions) {
      for (const way of session.ways.values()) {
        if (way.teid !== teidDataI || way.peer?.host !== from.host || way.broken) continue;
        way.broken = true;
        this.#options.onErrorIndication(session, teidDataI, peer.value);
      }
    }
    return undefined;
  }

  /** TS 29.281 §7.3.1: a G-PDU for a tunnel that is not here. False when there were too many: else it were an amplifier. */
  unknownTunnel(teid: number, from: Address, local: IpAddress): boolean {
    if (!this.#errorIndications.take(1, this.#options.clock.now())) return false;
    this.counts.errorIndicationsSent++;
    this.#options.sendN3(errorIndication(teid, ipOctets(local)), from, local);
    return true;
  }

  /** TS 29.281 §5.2.1: an extension header that had to be understood and was not. */
  unsupportedExtension(from: Address, local: IpAddress): void {
    if (this.#echoes.take(1, this.#options.clock.now())) this.#options.sendN3(supportedExtensionHeadersNotification(0), from, local);
  }

  /** TS 29.281 §7.3.2: behind the last packet of a tunnel that is left. */
  sendEndMarker(teid: number, peer: Address): void {
    this.#options.sendN3(endMarker(teid), peer, undefined);
  }
}
