import { Cause5gmm } from "@freehold/model";
import { type DeregistrationRequestUeOriginating, noKey } from "@freehold/nas";
import { ScopeEnded, Superseded, TimerExpired } from "@freehold/runtime";
import type { Amf } from "../amf.ts";
import { T3522 } from "../config.ts";
import type { Arrival } from "../n1.ts";
import type { Ue } from "../ue.ts";
import { deregistered, type UeContext } from "../ue-context.ts";
import { authenticate } from "./authentication.ts";
import { textOf } from "./identification.ts";
import { runMobility } from "./mobility.ts";
import { releaseSessions } from "./pdu-session.ts";
import { ConnectionLost, type Step, threeGpp } from "./step.ts";
import { releaseSubscription } from "./subscription.ts";
import { releaseConnection } from "./ue-context-release.ts";

/**
 * UE-initiated deregistration, TS 23.502 §4.2.2.3.2, TS 24.501 §5.5.2.2. Switch-off is not answered. Without a verified MAC the UE must
 * prove itself first: nobody can deregister another by its GUTI.
 */
export function startDeregistration(amf: Amf, ue: Ue, request: DeregistrationRequestUeOriginating, arrival: Arrival): void {
  const { switchOff } = request.deregistrationType;
  if (!arrival.verified && switchOff) {
    ue.log.warn("switch-off without a verified MAC ignored (TS 24.501 §4.4.4.3)");
    const connection = ue.n2;
    if (connection !== undefined) amf.start("release", () => releaseConnection(amf, connection, { choice: "nas", value: "deregister" }));
    return;
  }
  const accept = (): Promise<void> => (switchOff ? Promise.resolve() : ue.n1.send({ is: "Deregistration accept (UE originating)" }));
  runMobility(amf, ue, "deregistration", (step) => deregistration(step, request, arrival, accept), accept);
}

async function deregistration(
  step: Step,
  request: DeregistrationRequestUeOriginating,
  arrival: Arrival,
  accept: () => Promise<void>,
): Promise<void> {
  const { amf, ue, connection, scope } = step;
  let leaving = ue;
  if (!arrival.verified) {
    const { mobileIdentity: identity } = request;
    if (identity.is !== "SUCI") return await end(step, accept); // a GUTI that nobody here knows: there is nothing to end
    const { supi } = await authenticate(step, {
      suci: textOf(identity.suci),
      ngKsi: request.ngKsi === noKey ? 6 : request.ngKsi & 7,
    });
    leaving = amf.ues.bySupi(supi) ?? ue;
  }
  if (leaving.context !== undefined) await leave(amf, leaving, leaving.context);
  await accept();
  await releaseConnection(amf, connection, { choice: "nas", value: "deregister" }, scope);
}

async function end({ amf, connection, scope }: Step, accept: () => Promise<void>): Promise<void> {
  await accept();
  await releaseConnection(amf, connection, { choice: "nas", value: "deregister" }, scope);
}

/**
 * Everything that registration set up ends; the security context stays, so that the next registration may use it. Sessions that stay are
 * those that their SMF has not released yet.
 */
export async function leave(amf: Amf, ue: Ue, context: UeContext): Promise<void> {
  await releaseSessions(amf, ue);
  await releaseSubscription(amf, context);
  await ue.write((now) => ({
    ...now,
    security: now.security && ue.security && { ...now.security, nas: ue.security.nas.state(), downlinkBound: ue.security.downlinkBound },
    access: { ...now.access, [threeGpp]: deregistered },
    amPolicy: undefined,
    sdmSubscription: undefined,
  }));
  amf.ues.file(ue, context);
  ue.log.info("deregistered", { ue: ue.name });
}

/**
 * Network-initiated deregistration, TS 23.502 §4.2.2.3.3, TS 24.501 §5.5.2.3: by the operator or the UDM. A UE that cannot be reached is
 * deregistered here alone. False when the UE is not registered, or registers anew meanwhile.
 */
export async function networkDeregistration(
  amf: Amf,
  ue: Ue,
  { reRegistrationRequired, cause }: { reRegistrationRequired: boolean; cause?: Cause5gmm },
): Promise<boolean> {
  const { context, n2: connection } = ue;
  if (context === undefined || context.access[threeGpp].rm !== "REGISTERED") return false;
  const name = "network-initiated deregistration";
  const told = async (scope: Step["scope"]): Promise<void> => {
    if (connection === undefined || !ue.secured) return;
    await ue.n1.ask(
      scope,
      {
        is: "Deregistration request (UE terminated)",
        deregistrationType: { switchOff: false, reRegistrationRequired, accessType: "3GPP access" },
        ...(cause === undefined ? {} : { cause }),
      },
      T3522,
      (heard) => (heard.is === "Deregistration accept (UE terminated)" ? true : undefined),
    );
  };
  try {
    await (ue.mobility.current === undefined ? ue.mobility.run(name, told) : ue.mobility.supersede(name, name, told));
  } catch (error) {
    // §5.5.2.3.5: a UE that deregisters itself has its way, as has one that registers anew.
    if (error instanceof Superseded) return error.by !== "registration";
    if (error instanceof ScopeEnded) return false;
    if (!(error instanceof TimerExpired || error instanceof ConnectionLost)) throw error;
    ue.log.warn(`${error.message}: deregistered here all the same (TS 24.501 §5.5.2.3.5)`);
  }
  await ue.mobility.run(name, () => leave(amf, ue, ue.context ?? context));
  if (connection !== undefined) await releaseConnection(amf, connection, { choice: "nas", value: "deregister" });
  return true;
}

/** Why the UDM ends a registration, as the phone's cause (TS 23.502 §4.2.2.3.3, TS 24.501 §5.5.2.3.1). */
export const causeOfWithdrawal = (reason: string): Cause5gmm | undefined =>
  reason === "SUBSCRIPTION_WITHDRAWN" ? Cause5gmm.fiveGsServicesNotAllowed : undefined;
