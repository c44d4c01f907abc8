import type { Ambr, Plmn, SNssai } from "@freehold/model";
import type { Timer } from "@freehold/runtime";

/** A data network in a slice, as this SMF serves it. */
export interface ServedDnn {
  readonly sNssai: SNssai;
  readonly dnn: string;
  /** Pool that phones' addresses come from: "10.45.0.0/16". */
  readonly ipv4: string;
  /** Addresses of the pool that are not given to phones: routers, servers. The first host is never given. */
  readonly reserved?: readonly string[];
  /** DNS servers, IPv4 and IPv6. */
  readonly dns: readonly string[];
  /** Link MTU told to phones; 44 octets and more below that of N3. */
  readonly mtu: number;
  /** P-CSCF addresses, IPv4 and IPv6. */
  readonly pcscf?: readonly string[];
  /** Phones that ask for an always-on session get one (TS 23.501 §5.6.13); no where not given. */
  readonly alwaysOn?: boolean;
}

export interface SmfUpf {
  readonly address: string;
  /** Of PFCP (8805). */
  readonly port?: number;
  /** Data networks it serves; all where not given. */
  readonly dnns?: readonly string[];
  /** Its N3 address, needed only where it neither chooses F-TEIDs nor tells its address itself. */
  readonly n3?: string;
}

/** QoS of the default flow where neither PCF nor subscription says one. */
export interface DefaultQos {
  readonly fiveQi: number;
  /** ARP priority level, 1 to 15. */
  readonly arp: number;
  readonly ambr: Ambr;
}

/** What may be shorter or longer than the standard's value; milliseconds. */
export interface SmfTimers {
  /** For the gNB's answer to a resource request. */
  readonly n2Answer?: number;
  /** Between heartbeats to a UPF. */
  readonly heartbeat?: number;
  /** Before an association that failed is tried again. */
  readonly associationRetry?: number;
}

/** What one SMF is told. Immutable. */
export interface SmfConfig {
  /** apiRoot of the NRF, where the world brings no `peers`. */
  readonly nrf?: string;
  readonly plmns: readonly Plmn[];
  readonly served: readonly ServedDnn[];
  readonly n4: { readonly address: string; readonly port?: number };
  readonly upfs: readonly SmfUpf[];
  /** 5QI 9, ARP 8, 1 Gbit/s each way where not given. */
  readonly defaultQos?: DefaultQos;
  readonly timers?: SmfTimers;
}

/** TS 24.501 table 10.3.2, timers of the network: name, value, transmissions in all. T3592: §6.3.3.5 (unchecked). */
export const T3592: Timer = { name: "T3592", ms: 16_000, tries: 5 };
/** TS 38.413 gives the gNB's answers no timer: ours, so that a procedure cannot wait for ever. */
export const N2_ANSWER_MS = 15_000;
export const HEARTBEAT_MS = 10_000;
export const ASSOCIATION_RETRY_MS = 5_000;

export const DEFAULT_QOS: DefaultQos = { fiveQi: 9, arp: 8, ambr: { uplink: 1e9, downlink: 1e9 } };
