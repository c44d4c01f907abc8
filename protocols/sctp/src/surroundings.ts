import type { World } from "@freehold/runtime";
import type { Association } from "./association.ts";
import type { SctpOptions } from "./options.ts";
import type { PacketWriter } from "./packet.ts";
import type { Path } from "./path.ts";

/** The states of RFC 9260 §4. */
export type State =
  | "CLOSED"
  | "COOKIE-WAIT"
  | "COOKIE-ECHOED"
  | "ESTABLISHED"
  | "SHUTDOWN-PENDING"
  | "SHUTDOWN-SENT"
  | "SHUTDOWN-RECEIVED"
  | "SHUTDOWN-ACK-SENT";

/** What an association is given by its endpoint. */
export interface Surroundings {
  readonly world: World;
  readonly options: SctpOptions;
  /** One scratch packet for the whole stack: nothing keeps it between calls. */
  readonly packet: PacketWriter;
  transmit(packet: Uint8Array, path: Pick<Path, "local" | "host" | "udpPort">): void;
  /** Calls `fn` when this turn is over; without it every message leaves at once. */
  soon?: ((fn: () => void) => void) | undefined;
  established(association: Association): void;
  /** `code` is an errno name for whoever waits in `connect`. */
  ended(association: Association, code: string, why: string): void;
}

export interface Identity {
  readonly localPort: number;
  readonly remotePort: number;
  /** Initiate Tag and Initial TSN that we chose. */
  readonly localTag: number;
  readonly localTsn: number;
  readonly streams: number;
}
