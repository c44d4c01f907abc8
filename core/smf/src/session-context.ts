import type { Ambr, Ipv4, PduSessionType, SNssai } from "@freehold/model";
import type { AccessType } from "@freehold/sbi";
import type { Plain } from "@freehold/store";

/** The table of the store that holds PDU sessions. */
export const sessionTable = "smf.session";

/** What the default flow gets, and the session's aggregate. */
export interface SessionQos {
  readonly qfi: number;
  readonly fiveQi: number;
  /** 5QI priority level, where it is not the 5QI's own. */
  readonly priorityLevel?: number;
  readonly arp: { readonly priorityLevel: number; readonly mayPreempt: boolean; readonly preemptable: boolean };
  readonly ambr: Ambr;
}

/** A GTP-U tunnel end. */
export interface Tunnel {
  readonly teid: number;
  readonly address: string;
}

/** User plane security policy of the subscription (TS 23.501 §5.10.3). */
export type Protection = "REQUIRED" | "PREFERRED" | "NOT_NEEDED";

/** Who serves the UE: never the same variable as its home. */
export interface Serving {
  readonly amfId: string;
  readonly plmn: { readonly mcc: string; readonly mnc: string };
  /** Where the AMF hears of the session's end. */
  readonly statusUri: string;
  readonly anType: AccessType;
  readonly ratType?: string;
}

/**
 * One PDU session as the store holds it: plain data, replaced as a whole at commit points.
 * ESTABLISHING and RELEASING: a restart ends it, so what the UPF gave may be missing in the row. LEFTOVER: released, but its UPF has not said so: the address is kept until it has.
 */
export interface SessionContext {
  readonly ref: string;
  readonly state: "ESTABLISHING" | "ACTIVE" | "RELEASING" | "LEFTOVER";
  readonly supi: string;
  readonly pduSessionId: number;
  readonly dnn: string;
  readonly sNssai: SNssai;
  readonly serving: Serving;
  readonly type: PduSessionType;
  readonly sscMode: number;
  readonly ipv4: Ipv4;
  readonly qos: SessionQos;
  readonly security?: { readonly integrity: Protection; readonly confidentiality: Protection; readonly fullRate: boolean };
  /** SEIDs in hexadecimal. `up` and `uplink` are known when the UPF has answered. */
  readonly n4: { readonly upf: string; readonly cp: string; readonly up?: string; readonly uplink?: Tunnel };
  /** State of the user plane connection (TS 29.502 UpCnxState). */
  readonly connection: "DEACTIVATED" | "ACTIVATING" | "ACTIVATED";
  /** The gNB's end of N3 while there is one. */
  readonly an?: Tunnel;
  /** Absolute URI of the SM policy association. */
  readonly policy?: string;
  /** Registered at the UDM (TS 23.502 §4.3.2.2.1 step 16c). */
  readonly registered: boolean;
}

export const ueKey = (supi: string, pduSessionId: number): string => `${supi} ${pduSessionId}`;

/** What no two sessions may share; a leftover has only its address left. */
export function uniqueKeys(c: SessionContext): Record<string, string> {
  const address = `${c.dnn.toLowerCase()} ${c.ipv4}`;
  return c.state === "LEFTOVER" ? { address } : { address, ue: ueKey(c.supi, c.pduSessionId), seid: c.n4.cp };
}

export const rowOf = (c: SessionContext): Plain => c as unknown as Plain;
