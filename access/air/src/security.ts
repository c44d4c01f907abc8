import { concat } from "@freehold/wire";

/** What a security mode command says of algorithms and capabilities. */
export interface SecurityModeContents {
  readonly nea: number;
  readonly nia: number;
  readonly securityCapabilities: Uint8Array;
}

/** The octets that the MACs of a security mode command and of its answer cover. */
export const securityModeOctets = ({ nea, nia, securityCapabilities }: SecurityModeContents): Uint8Array =>
  concat(Uint8Array.of(nea, nia), securityCapabilities);

/** Inputs of the MAC in each direction beside key and octets: the first message on SRB1 (TS 38.331 §5.3.4, TS 33.501 §D.3.1.1, unchecked). */
export const securityCommandInput = { count: 0, bearer: 0, direction: 1 } as const;
export const securityCompleteInput = { count: 0, bearer: 0, direction: 0 } as const;
