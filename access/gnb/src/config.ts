import type { AirPort } from "@freehold/air";
import type { Nea, Nia } from "@freehold/crypto";
import type { Plmn, SNssai } from "@freehold/model";
import type { SctpPort, UdpPort } from "@freehold/net";
import type { World } from "@freehold/runtime";
import type { TapeSink } from "@freehold/tape";

/** What a gNB is. Times in milliseconds. */
export interface GnbConfig {
  /** RAN node name, up to 150 characters. */
  readonly name: string;
  /** gNB ID and its length in bits, 22 to 32 (TS 38.413 §9.3.1.6); 24 bits unless given. */
  readonly gnbId: number;
  readonly gnbIdBits?: number;
  /** The cell's own part of the NR cell identity: what the gNB ID leaves of 36 bits. */
  readonly cellId?: number;
  /** Tracking area code, 24 bits. */
  readonly tac: number;
  /** Broadcast PLMNs with the slices served in each; the first is that of the gNB ID. */
  readonly plmns: readonly { readonly plmn: Plmn; readonly slices: readonly SNssai[] }[];
  /** Addresses of the AMF, tried in turn; port 38412 unless given. */
  readonly amfs: readonly { readonly host: string; readonly port?: number }[];
  /** Own N2 address; left out, the transport chooses. */
  readonly n2?: { readonly host: string; readonly port?: number };
  /** Own N3 address; port 2152 unless given. */
  readonly n3: { readonly host: string; readonly port?: number };
  /** UDP port of UPFs, 2152 unless given. */
  readonly upfPort?: number;
  /** Where the cell is on the air. */
  readonly air: string;
  /** Whether INITIAL UE MESSAGE asks for the UE context (TS 38.413 §8.6.1.2); yes unless said otherwise. */
  readonly ueContextRequest?: boolean;
  /** Asks for release after so long without user data or signalling; left out, never. */
  readonly inactivityMs?: number;
  /** AS algorithms by preference. NEA0 is always possible, NIA0 never. */
  readonly nea?: readonly Nea[];
  readonly nia?: readonly Exclude<Nia, 0>[];
  /** Put N2 and N3 on the tape: only where nobody else records them. */
  readonly record?: boolean;
  /** `startGnb` rejects when no AMF has answered NG Setup by then; 15 s unless given. */
  readonly setupPatienceMs?: number;
}

export interface GnbWorld extends World {
  readonly sctp: SctpPort;
  readonly udp: UdpPort;
  readonly air: AirPort;
  readonly tape: TapeSink;
  /** Told why there is no N2 yet, at each attempt that failed: for whoever waits for it. */
  readonly onSetback?: (why: string) => void;
}

/** A configuration with every value there. */
export type CheckedConfig = Required<Omit<GnbConfig, "n2" | "inactivityMs">> & Pick<GnbConfig, "n2" | "inactivityMs">;

/** TS 38.412 §7 (unchecked). */
export const ngapPort = 38_412;

/** Completes a configuration. RangeError naming the key that cannot be. */
export function checkedConfig(config: GnbConfig): CheckedConfig {
  const { gnbIdBits = 24, cellId = 1 } = config;
  const want = (holds: boolean, key: string, why: string): void => {
    if (!holds) throw new RangeError(`gNB ${config.name}: ${key}: ${why}`);
  };
  const whole = (value: number, bits: number): boolean => Number.isInteger(value) && value >= 0 && value < 2 ** bits;
  want(config.name.length >= 1 && config.name.length <= 150, "name", "wants 1 to 150 characters");
  want(Number.isInteger(gnbIdBits) && gnbIdBits >= 22 && gnbIdBits <= 32, "gnbIdBits", "wants 22 to 32");
  want(whole(config.gnbId, gnbIdBits), "gnbId", `does not fit ${gnbIdBits} bits`);
  want(whole(cellId, 36 - gnbIdBits), "cellId", `does not fit the ${36 - gnbIdBits} bits that the gNB ID leaves`);
  want(whole(config.tac, 24), "tac", "does not fit 24 bits");
  want(config.plmns.length >= 1 && config.plmns.length <= 12, "plmns", "wants 1 to 12");
  want(
    config.plmns.every(({ slices }) => slices.length >= 1),
    "plmns.slices",
    "every PLMN wants a slice",
  );
  want(config.amfs.length >= 1, "amfs", "wants an address");
  return {
    ueContextRequest: true,
    nea: [2, 1, 3, 0],
    nia: [2, 1, 3],
    record: false,
    setupPatienceMs: 15_000,
    upfPort: 2152,
    ...config,
    gnbIdBits,
    cellId,
  };
}
