import { Cause5gmm } from "@freehold/model";
import { LaneFull, type Scope, ScopeEnded, Superseded, TimerExpired } from "@freehold/runtime";
import { SbiTransportError } from "@freehold/sbi";
import type { Amf } from "../amf.ts";
import { Abandon, AuthenticationRejected, Reject } from "../reject.ts";
import { isLost, type Ue } from "../ue.ts";
import { ConnectionLost, type Step } from "./step.ts";
import { releaseConnection } from "./ue-context-release.ts";

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

async function ended(
  step: Omit<Step, "scope">,
  name: string,
  error: unknown,
  reject: (step: Omit<Step, "scope">, cause: Cause5gmm) => Promise<void>,
): Promise<void> {
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
  } else if (error instanceof SbiTransportError) {
    // A function is gone for the moment: the phone tries again after T3511 (TS 24.501 §5.5.1.2.7).
    ue.log.warn(`${name} rejected: ${error.message}`, { cause: Cause5gmm.protocolErrorUnspecified });
    await reject(step, Cause5gmm.protocolErrorUnspecified);
  } else if (isLost(error) || error instanceof LaneFull) {
    ue.log.warn(`${name} dropped: ${(error as Error).message}`);
  } else {
    amf.bug(name, error, { ue: ue.name });
    await reject(step, Cause5gmm.protocolErrorUnspecified);
  }
  await release();
}
