import type { Ambr, Secret } from "@freehold/model";

/** A data network that a subscriber may reach in one slice. Bit rates in bit/s. */
export interface SubscribedDnn {
  readonly dnn: string;
  /** The one taken when the phone names none; else the first. */
  readonly default?: boolean;
  readonly type: "IPV4" | "IPV6" | "IPV4V6";
  /** Session-AMBR. */
  readonly ambr: Ambr;
  /** 5QI of the default QoS flow (9). */
  readonly fiveQi?: number;
  /** ARP priority level of the default QoS flow, 1 to 15 (8). */
  readonly arp?: number;
  /** An IPv4 address that is this subscriber's alone. */
  readonly staticIp?: string;
}

export interface SubscribedSlice {
  readonly sst: number;
  /** Six hexadecimal digits. */
  readonly sd?: string;
  /** Used when the phone asks for no slice. The first slice is, when none says so. */
  readonly default?: boolean;
  readonly dnns: readonly SubscribedDnn[];
}

/** One subscription, as the operator provisions it. */
export interface Subscriber {
  /** "imsi-001010000000001" */
  readonly supi: string;
  readonly k: Secret;
  readonly opc: Secret;
  /** Authentication Management Field, four hexadecimal digits ("8000"). */
  readonly amf?: string;
  /** Last sequence number that was used (0). */
  readonly sqn?: number;
  /** "msisdn-491700000001" */
  readonly gpsi?: string;
  readonly ueAmbr: Ambr;
  readonly slices: readonly SubscribedSlice[];
}

/** What everybody but the authentication may see. */
export type Subscription = Omit<Subscriber, "k" | "opc" | "amf" | "sqn">;

/** A subscription at rest: K and OPc are sealed to this row. */
export interface SubscriberRow extends Subscription {
  readonly sealedK: Uint8Array;
  readonly sealedOpc: Uint8Array;
  readonly amf: string;
}

/** The tables of the UDR, all by SUPI. SQN has a row of its own: it changes, the rest seldom. */
export const tables = {
  subscriber: "subscriber",
  sqn: "subscriber-sqn",
  ueContext: "context-ue",
  smfRegistration: "context-smf-registration",
} as const;

/** What a secret of a subscriber is sealed to (Vault's `row`). */
export const sealedRow = (supi: string): string => `subscriber/${supi}`;
