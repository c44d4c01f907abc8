import { AccessType, Cause5gmm, type Guti, type Plmn, type SNssai } from "@freehold/model";
import { LaneFull, type Scope, ScopeEnded, Superseded, TimerExpired } from "@freehold/runtime";
import type { Amf } from "../amf.ts";
import { N2Answer } from "../config.ts";
import type { N2Connection } from "../ran.ts";
import { Abandon, AuthenticationRejected, Reject } from "../reject.ts";
import { isLost, type Ue } from "../ue.ts";
import { releaseConnection } from "./ue-context-release.ts";

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

/**
 * Runs a mobility procedure in the UE's lane and turns how it ends into the wire's words, at this one door: the reject message of the
 * procedure, AUTHENTICATION REJECT, or the release of the connection alone.
 */
export function runMobility(
  amf: Amf,
  ue: Ue,
  name: string,
  procedure: (step: Step) => Promise<void>,
  reject: (step: Omit<Step, "scope">, cause: Cause5gmm) => Promise<void>,
): void {
  const connection = ue.n2;
  if (connection === undefined) return;
  const step = { amf, ue, connection };
  const run = (scope: Scope): Promise<void> => procedure({ ...step, scope });
  const done = ue.mobility.current === undefined ? ue.mobility.run(name, run) : ue.mobility.supersede(name, name, run);
  amf.start(name, async () => {
    try {
      await done;
    } catch (error) {
      await ended(step, name, error, reject);
    }
  });
}

async function ended(step: Omit<Step, "scope">, name: string, error: unknown, reject: (step: Omit<Step, "scope">, cause: Cause5gmm) => Promise<void>): Promise<void> {
  const { amf, ue, connection } = step;
  if (error instanceof Superseded || error instanceof ScopeEnded || error instanceof ConnectionLost) {
    ue.log.info(`${name} ended early`, { why: error.message });
    return;
  }
  const release = (): Promise<void> => releaseConnection(amf, connection, { choice: "nas", value: "normal-release" });
  if (error instanceof Reject) {
    ue.log.warn(`${name} rejected: ${error.message}`, { cause: error.cause, clause: error.clause });
    await reject(step, error.cause);
  } else if (error instanceof AuthenticationRejected) {
    ue.log.warn(`authentication rejected: ${error.message} (TS 24.501 §5.4.1.3.5)`);
    await ue.n1.send({ is: "Authentication reject" });
    return releaseConnection(amf, connection, { choice: "nas", value: "authentication-failure" });
  } else if (error instanceof TimerExpired || error instanceof Abandon) {
    ue.log.warn(`${name} abandoned: ${error.message}; the N1 signalling connection is released`);
  } else if (isLost(error) || error instanceof LaneFull) {
    ue.log.warn(`${name} dropped: ${(error as Error).message}`);
  } else {
    amf.bug(name, error, { ue: ue.name });
    await reject(step, Cause5gmm.protocolErrorUnspecified);
  }
  await release();
}

/** The gNB's answer to a class-1 procedure of this UE, or N2Answer's expiry. */
export function n2Answer<T>({ connection, scope }: Step, match: (pdu: import("@freehold/ngap").Pdu) => T | undefined): Promise<T> {
  return connection.inbox.expect(match, { scope, timer: N2Answer });
}

export type { Guti };
