import { AccessType, type Plmn, type SNssai } from "@freehold/model";
import type { Scope } from "@freehold/runtime";
import type { Amf } from "../amf.ts";
import type { N2Connection } from "../ran.ts";
import type { Ue } from "../ue.ts";

/** What a mobility procedure of one UE works with: its scope, its UE, and the N2 connection it began on. */
export interface Step {
  readonly amf: Amf;
  readonly ue: Ue;
  readonly connection: N2Connection;
  readonly scope: Scope;
}

/** The N2 connection is gone: what ran on it ends without a word. */
export class ConnectionLost extends Error {
  constructor(why: string) {
    super(why);
    this.name = "ConnectionLost";
  }
}

/** The PLMN that serves the UE: that of the TAI it is in, never the home one (TS 38.413 §8.6.1.2). */
export const servingPlmn = ({ connection }: Step): Plmn => connection.tai.plmn;

export const threeGpp = AccessType.threeGpp;

/** JSON of TS 29.571 for what every call to another function tells. */
export const plmnJson = (p: Plmn): { mcc: string; mnc: string } => ({ mcc: p.mcc, mnc: p.mnc });
export const snssaiJson = (s: SNssai): { sst: number; sd?: string } => (s.sd === undefined ? { sst: s.sst } : { sst: s.sst, sd: s.sd });

/** UserLocation of TS 29.571 for the UE's cell. */
export const userLocation = ({ tai, nrCellId }: N2Connection) => ({
  nrLocation: {
    tai: { plmnId: plmnJson(tai.plmn), tac: tai.tac.toString(16).padStart(6, "0") },
    ncgi: { plmnId: plmnJson(tai.plmn), nrCellId },
  },
});
