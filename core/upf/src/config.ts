import type { IpAddress } from "@freehold/model";
import type { Address } from "@freehold/net";
import type { NodeId } from "@freehold/pfcp";
import type { NetworkConfig } from "./network.ts";

/** An SMF that may use this UPF. */
export interface SmfConfig {
  /** What it calls itself; when left out, any Node ID from its addresses (an address as Node ID must then be the one it sends from). */
  readonly nodeId?: NodeId;
  /** Addresses or CIDR prefixes that its PFCP comes from. */
  readonly addresses: readonly string[];
  /** Where it listens; 8805. */
  readonly port?: number;
  /** Set up the association from here, towards the first of `addresses` (TS 29.244 §6.2.6.3). */
  readonly connect?: boolean;
}

export interface UpfConfig {
  readonly nodeId: NodeId;
  /** Where PFCP is spoken; port 8805 in a real network. */
  readonly n4: Address;
  /** GTP-U addresses, all at port 2152; the first of a family is given out. */
  readonly n3: readonly IpAddress[];
  readonly dataNetworks: readonly NetworkConfig[];
  readonly smfs: readonly SmfConfig[];
  /** Addresses and prefixes that no UE packet is delivered to, besides our own, loopback, link-local and multicast: the core's. */
  readonly closed?: readonly string[];
  /** Whether UEs of one data network reach each other. */
  readonly ueToUe?: boolean;
  /** Largest packet towards a UE, octets; what the phone is told leaves 44 octets for the tunnel. */
  readonly mtu?: number;
  /** Our heartbeats, ms; 0: none. */
  readonly heartbeat?: number;
  /** T1 (ms) and N1 of PFCP. */
  readonly t1?: number;
  readonly n1?: number;
  readonly limits?: Partial<UpfLimits>;
  /** Whether N3 datagrams go on the tape too (N4 always does). */
  readonly tapeUserPlane?: boolean;
}

export interface UpfLimits {
  readonly associations: number;
  readonly sessions: number;
  /** Rules of each kind in one session. */
  readonly rules: number;
  /** Packets that wait for one UE, and octets for all. */
  readonly waitingPackets: number;
  readonly waitingOctets: number;
}

export const defaultLimits: UpfLimits = {
  associations: 64,
  sessions: 100_000,
  rules: 64,
  waitingPackets: 64,
  waitingOctets: 64 * 1024 * 1024,
};
