import type { Message } from "@freehold/ngap";
import type { CheckedConfig, GnbWorld } from "./config.ts";
import type { N3 } from "./n3.ts";
import type { Refusals } from "./refusals.ts";
import type { UeConnection } from "./ue-connection.ts";

/** What the AMF said of itself in NG Setup and since. */
export interface AmfIdentity {
  name: string;
  /** GUAMIs as PLMN-region-set-pointer, for `state()`. */
  guamis: readonly string[];
  relativeCapacity: number;
}

/** The gNB as its procedures see it. */
export interface GnbNode {
  readonly config: CheckedConfig;
  readonly world: GnbWorld;
  readonly refusals: Refusals;
  readonly userPlane: N3;
  /** By RAN UE NGAP ID. */
  readonly ues: Map<number, UeConnection>;
  amf: AmfIdentity | undefined;
  /** False when the key has been given before, to whichever UE: with it AS keys and their counters would begin again. */
  isNewKey(key: Uint8Array): boolean;
  /** False when there is no association that NG Setup made usable. */
  readonly n2Up: boolean;
  /** Sends on the stream of a UE, or on stream 0. False when the association cannot take it. */
  send(message: Message, stream?: number): boolean;
  /** Pages on the air. */
  page(sTmsi: string): void;
  /** Frees a UE's radio link, tunnels and context without a word to the AMF. */
  drop(ue: UeConnection, why: string): Promise<void>;
}
