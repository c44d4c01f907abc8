/** Downlink packets that wait for their UE, each session's in order, all within one bound. TS 29.244 §5.2.3.1 (unchecked). */
import type { Network } from "./network.ts";
import type { Session } from "./session.ts";

/** A packet that waits, and where it came from. */
export interface Waiting {
  readonly packet: Uint8Array;
  readonly network: Network;
}

export interface WaitingBounds {
  readonly packetsPerSession: number;
  /** For all sessions. */
  readonly octets: number;
}

export class WaitingPackets {
  readonly #bounds: WaitingBounds;
  /** Of all sessions. */
  octets = 0;

  constructor(bounds: WaitingBounds) {
    this.#bounds = bounds;
  }

  /** Keeps a packet. Gives how many packets went instead: older ones of the session, or this one when there is no room for it. */
  keep(session: Session, waiting: Waiting): number {
    const { packetsPerSession, octets } = this.#bounds;
    const bound = Math.min(session.rules.suggestedPackets ?? packetsPerSession, packetsPerSession);
    let gone = 0;
    // the oldest packet makes room: what is newest is what the UE's application still waits for
    while (session.waiting.length >= bound && this.next(session) !== undefined) gone++;
    const { length } = waiting.packet;
    if (bound === 0 || this.octets + length > octets) return gone + 1;
    session.waiting.push(waiting);
    session.waitingOctets += length;
    this.octets += length;
    return gone;
  }

  /** Takes the packet that has waited longest. */
  next(session: Session): Waiting | undefined {
    const first = session.waiting.shift();
    if (first === undefined) return undefined;
    session.waitingOctets -= first.packet.length;
    this.octets -= first.packet.length;
    return first;
  }
}
