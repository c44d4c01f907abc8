import { Cause5gmm } from "@freehold/model";
import { type DeregistrationRequestUeOriginating, noKey } from "@freehold/nas";
import { ScopeEnded, Superseded, TimerExpired } from "@freehold/runtime";
import type { Amf } from "../amf.ts";
import { T3522 } from "../config.ts";
import type { Arrival } from "../n1.ts";
import type { Ue } from "../ue.ts";
import { deregistered, type UeContext } from "../ue-context.ts";
import { authenticate } from "./authentication.ts";
import { requestSuci, textOf } from "./identification.ts";
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
    const named = identity.is === "5G-GUTI" && amf.ues.hasTmsi(identity.guti.tmsi);
    if (identity.is !== "SUCI" && !named) return await end(step, accept); // nobody here knows it: there is nothing to end
    const { supi } = await authenticate(step, {
      suci: identity.is === "SUCI" ? textOf(identity.suci) : await requestSuci(step),
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
export async function leave(amf: Amf, ue: Ue, context: UeContext, elsewhere = false): Promise<void> {
  await releaseSessions(amf, ue);
  await releaseSubscription(amf, context, elsewhere);
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

export interface Ending {
  readonly reRegistrationRequired: boolean;
  readonly cause?: Cause5gmm | undefined;
  /** The UE has registered at another AMF: it is told nothing, and what the UDM knows is the other's (TS 23.502 §4.2.2.2.2 step 14d). */
  readonly elsewhere?: boolean;
}

/**
 * Network-initiated deregistration, TS 23.502 §4.2.2.3.3, TS 24.501 §5.5.2.3: by the operator or the UDM. A UE that cannot be reached is
 * deregistered here alone. False when the UE is not registered, or registers anew meanwhile.
 */
export async function networkDeregistration(
  amf: Amf,
  ue: Ue,
  { reRegistrationRequired, cause, elsewhere = false }: Ending,
): Promise<boolean> {
  const { context, n2: connection } = ue;
  if (context === undefined || context.access[threeGpp].rm !== "REGISTERED") return false;
  const name = "network-initiated deregistration";
  const told = async (scope: Step["scope"]): Promise<void> => {
    if (elsewhere || connection === undefined || !ue.secured) return;
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
  await ue.mobility.run(name, () => leave(amf, ue, ue.context ?? context, elsewhere));
  if (connection !== undefined) await releaseConnection(amf, connection, { choice: "nas", value: "deregister" });
  return true;
}

/** Implicit deregistration, TS 23.502 §4.2.2.3.1: without a word to the UE, which finds out when it comes back. */
export function implicitDeregistration(amf: Amf, ue: Ue): void {
  if (ue.n2 !== undefined) return;
  ue.log.info("implicit deregistration timer expired (TS 24.501 §5.3.7)", { ue: ue.name });
  amf.start("implicit deregistration", async () => {
    await networkDeregistration(amf, ue, { reRegistrationRequired: false });
  });
}

/** Reasons that mean that the UE is served elsewhere now (TS 29.503 §6.2.6.3.3 (unchecked)). */
const elsewhere: ReadonlySet<string> = new Set([
  "UE_INITIAL_REGISTRATION",
  "UE_REGISTRATION_AREA_CHANGE",
  "5GS_TO_EPS_MOBILITY",
  "5GS_TO_EPS_MOBILITY_UE_INITIAL_REGISTRATION",
]);
const withdrawn: ReadonlySet<string> = new Set(["SUBSCRIPTION_WITHDRAWN", "OPERATOR_DETERMINED_BARRING"]);

/** Why the UDM ends a registration, as the phone is told (TS 23.502 §4.2.2.3.3, TS 24.501 §5.5.2.3.1). */
export const endingOf = (reason: string): Ending => ({
  reRegistrationRequired: reason === "REREGISTRATION_REQUIRED",
  cause: withdrawn.has(reason) ? Cause5gmm.fiveGsServicesNotAllowed : undefined,
  elsewhere: elsewhere.has(reason),
});
