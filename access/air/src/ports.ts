import type { AirMessage, SystemInformation } from "./messages.ts";

/** One phone's radio link to one cell: signalling in order and exactly once, user data as it comes. Ends once, by either side or by loss. */
export interface AirLink {
  onMessage: (message: AirMessage) => void;
  /** A user packet of a PDU session. The gNB hears the QFI that the phone marked, the phone the one that the core marked. */
  onData: (pduSessionId: number, qfi: number, packet: Uint8Array) => void;
  onEnd: (why: string) => void;
  send(message: AirMessage): void;
  sendData(pduSessionId: number, qfi: number, packet: Uint8Array): void;
  end(why: string): void;
}

/** The phone's ear on one cell while it camps there. */
export interface Camp extends AsyncDisposable {
  readonly cell: SystemInformation;
  onPaging: (sTmsi: string) => void;
  /** The cell is gone: no answer to several beacons. */
  onLost: () => void;
  /** A new radio link; messages flow as soon as it returns. */
  open(): AirLink;
  leave(): Promise<void>;
}

/** The gNB's cell on the air. */
export interface Cell extends AsyncDisposable {
  readonly information: SystemInformation;
  page(sTmsi: string): void;
  close(): Promise<void>;
}

export interface AirPort {
  /** Puts a cell on the air at `where` (an address for the UDP binding, any name for memory). */
  broadcast(where: string, information: SystemInformation, onLink: (link: AirLink) => void): Promise<Cell>;
  /** Camps on the cell at `where`; rejects when nothing answers within `patienceMs`. */
  camp(where: string, patienceMs?: number): Promise<Camp>;
}
