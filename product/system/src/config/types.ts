/** The configuration of a Freehold core, as read from freehold.yaml and completed with defaults. Immutable; a reload makes a new one. */
export interface FreeholdConfig {
  readonly network: {
    /** Sent to phones after registration (TS 24.501 §5.4.4). */
    readonly name: { readonly full: string; readonly short: string };
    readonly plmns: readonly {
      readonly mcc: string;
      readonly mnc: string;
      readonly slices: readonly { readonly sst: number; readonly sd?: string }[];
    }[];
    readonly tacs: readonly number[];
    readonly localTime: { readonly zone: string; readonly daylightSavingHours: number };
    readonly imsVoiceOverPs: boolean;
  };
  readonly amf: {
    readonly name: string;
    readonly region: number;
    readonly set: number;
    readonly pointer: number;
    readonly capacity: number;
    readonly t3512Seconds: number;
    readonly t3502Seconds: number;
    readonly registrationsPerSecond: { readonly perGnb: number; readonly all: number };
  };
  readonly n2: {
    readonly addresses: readonly string[];
    readonly port: number;
    readonly transport: "auto" | "kernel" | "raw" | "udp";
    readonly udpPort: number;
  };
  readonly n3: { readonly addresses: readonly string[]; readonly port: number };
  readonly n4: { readonly smf: string; readonly upf: string; readonly port: number };
  readonly sbi: {
    readonly carrier: "local" | "http2";
    readonly port: number;
    readonly addresses: Readonly<Record<SbiFunction, string>>;
    /** Functions of others that register at no NRF. */
    readonly peers: readonly { readonly service: string; readonly apiRoot: string }[];
  };
  readonly egress: {
    /** Networks of gNBs; empty: any, or loopback alone where N2 and N3 are there. */
    readonly gnbs: readonly string[];
    /** Networks of other functions and of callback URIs, beside `sbi.addresses`. */
    readonly functions: readonly string[];
  };
  readonly dataNetworks: readonly DataNetwork[];
  readonly security: {
    readonly ciphering: readonly ("NEA0" | "NEA1" | "NEA2" | "NEA3")[];
    readonly integrity: readonly ("NIA1" | "NIA2" | "NIA3")[];
    readonly nullIntegrityForEmergency: boolean;
    /** SUCI protection schemes that the home network takes. */
    readonly suciSchemes: readonly ("null" | "A" | "B")[];
    readonly homeNetworkKeys: readonly { readonly id: number; readonly scheme: "A" | "B"; readonly file: string }[];
  };
  readonly state: { readonly directory: string };
  readonly log: { readonly level: "debug" | "info" | "warn" | "error" };
}

export type SbiFunction = "nrf" | "udr" | "udm" | "ausf" | "pcf" | "nssf" | "amf" | "smf";

export interface DataNetwork {
  readonly dnn: string;
  /** The pool that phones' addresses come from. */
  readonly ipv4: string;
  readonly dns: readonly string[];
  readonly mtu: number;
  /** How packets leave: a TUN interface, or nowhere beyond the built-in responder. */
  readonly path: "tun" | "memory";
  readonly interface: string;
  /** May phones of this network reach one another? */
  readonly ueToUe: boolean;
}
