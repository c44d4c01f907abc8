import type { Plmn, SNssai } from "@freehold/model";
import type { Timer } from "@freehold/runtime";

/** What one AMF is told. Immutable: procedures take a snapshot of it, a reload replaces the whole value. */
export interface AmfConfig {
  /** AMF Name of NG SETUP RESPONSE. */
  readonly name: string;
  /** AMF identifier (TS 23.003 §2.10.1): region 8 bits, set 10 bits, pointer 6 bits. */
  readonly regionId: number;
  readonly setId: number;
  readonly pointer: number;
  /** Relative AMF Capacity, 0 to 255. */
  readonly relativeCapacity: number;
  /** PLMNs served here, each with its slices. The first is the PLMN of the served GUAMI. */
  readonly plmns: readonly { readonly plmn: Plmn; readonly slices: readonly SNssai[] }[];
  /** Tracking area codes served; a gNB's other ones are accepted with a warning. Empty: any. */
  readonly tacs: readonly number[];
  readonly n2: { readonly addresses: readonly string[]; readonly port: number };
  /** This process among replicas, 0 to 255: the high octet of AMF UE NGAP IDs. */
  readonly replica: number;
  readonly security: {
    /** Ciphering and integrity algorithms, most wanted first (0 to 3). 0 in `nia` counts for emergency registrations alone. */
    readonly nea: readonly number[];
    readonly nia: readonly number[];
    readonly nullIntegrityForEmergency: boolean;
  };
  /** Network name and time after registration (TS 24.501 §5.4.4); undefined sends none. */
  readonly networkName?: { readonly full: string; readonly short: string };
  /** Local time where the phones are, told with the name: minutes east of UTC with daylight saving in them, and its hours; undefined tells no time. */
  readonly localTime?: { readonly zoneMinutes: number; readonly daylightSavingHours: number };
  /** IMS voice over PS session supported over 3GPP access (TS 24.501 §9.11.3.5): voice-centric phones may leave a network without it. */
  readonly imsVoiceOverPs: boolean;
  /** T3512 value told to phones, seconds. */
  readonly t3512Seconds: number;
  /** T3502 value told to phones, seconds. */
  readonly t3502Seconds: number;
  /** How long an idle signalling connection is kept after a registration without follow-on request, milliseconds. */
  readonly releaseAfterMs: number;
  /** How many registrations one gNB may begin a second, and all together: admission before any SUCI is deciphered. */
  readonly admission: { readonly perGnbPerSecond: number; readonly allPerSecond: number };
}

/** Timers of the AMF, TS 24.501 table 10.2.2: name, value, transmissions in all. T3513 is the network's to choose. */
export const T3513: Timer = { name: "T3513", ms: 2_000, tries: 4 };
export const T3550: Timer = { name: "T3550", ms: 6_000, tries: 5 };
export const T3555: Timer = { name: "T3555", ms: 6_000, tries: 5 };
export const T3560: Timer = { name: "T3560", ms: 6_000, tries: 5 };
export const T3570: Timer = { name: "T3570", ms: 6_000, tries: 5 };
export const T3522: Timer = { name: "T3522", ms: 6_000, tries: 5 };
/** TS 38.413 gives the gNB's answers no timer: ours, so that a procedure cannot wait for ever. */
export const N2Answer: Timer = { name: "N2 answer", ms: 10_000, tries: 1 };
