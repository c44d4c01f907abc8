/** One address at which a stack can be reached. */
export interface CarrierSocket {
  /** An IP literal, perhaps the unspecified one. */
  readonly host: string;
  /** The packet is the callee's to keep; `udpPort` is the sender's under UDP encapsulation, else 0. */
  onPacket: (packet: Uint8Array, host: string, udpPort: number) => void;
  send(packet: Uint8Array, host: string, udpPort: number): void;
  close(): Promise<void>;
}

/** What brings SCTP packets from host to host. */
export interface Carrier {
  /** For start-up lines. */
  readonly backend: string;
  /** Other SCTP stacks may have ports at our addresses: packets for ports that are not ours get no answer. */
  readonly shared: boolean;
  /** A connecting stack opens sockets of its own, apart from those that listen at the same address (UDP: on a free port). */
  readonly connectsFromOwnSocket: boolean;
  /** Largest SCTP packet to send, octets. */
  readonly packetSize: number;
  /** UDP port of a peer that we have not heard from, or 0. */
  readonly remoteUdpPort: number;
  /** Rejects with `PortError`. `host` undefined: an address from which `remote` can be reached. */
  open(host: string | undefined, remote: string | undefined): Promise<CarrierSocket>;
}
