/** TS 24.501 §5.5.1 Registration, in the phone. */
import { Cause5gmm, sameTai } from "@freehold/model";
import {
  deactivated,
  noKey,
  type RegistrationAccept,
  RegistrationComplete,
  type RegistrationReject,
  RegistrationRequest,
  type TimerValue,
  taisOf,
} from "@freehold/nas";
import { type Scope, TimerExpired } from "@freehold/runtime";
import { mmCauseText, NoAnswer, NotAllowed, Rejected } from "../errors.ts";
import type { Granted, Phone } from "../phone.ts";
import { timers } from "../timers.ts";

export type RegistrationKind = "initial registration" | "mobility registration updating" | "periodic registration updating";

/** Clear text IEs (§4.4.6) and the whole request. */
export function registrationRequests(phone: Phone, type: RegistrationKind, followOnRequest: boolean) {
  const { config, security, guti, lastTai } = phone;
  const common = {
    registrationType: { type, followOnRequest },
    ngKsi: security.current?.ngKsi ?? noKey,
    mobileIdentity: phone.identity(),
    ueSecurityCapability: security.capability,
  };
  const sessions = [...phone.sessions.keys()];
  const clear = RegistrationRequest(common);
  const whole = RegistrationRequest({
    ...common,
    capability5gmm: {},
    ...(config.slices === undefined ? {} : { requestedNssai: [...config.slices] }),
    ...(guti === undefined || lastTai === undefined ? {} : { lastVisitedRegisteredTai: lastTai }),
    ...(type === "initial registration" && sessions.length === 0 ? {} : { pduSessionStatus: sessions }),
    usageSetting: "data centric",
    requestedDrxParameters: "not specified",
  });
  return { clear, whole, contain: (nasMessageContainer: Uint8Array) => RegistrationRequest({ ...common, nasMessageContainer }) };
}

/** §5.5.1.2.5: causes after which the phone forgets identity and keys and does not try here again by itself. */
const final: ReadonlySet<number> = new Set<number>([
  Cause5gmm.illegalUe,
  Cause5gmm.illegalMe,
  Cause5gmm.fiveGsServicesNotAllowed,
  Cause5gmm.plmnNotAllowed,
  Cause5gmm.trackingAreaNotAllowed,
  Cause5gmm.roamingNotAllowedInThisTrackingArea,
  Cause5gmm.noSuitableCellsInTrackingArea,
  Cause5gmm.n1ModeNotAllowed,
  Cause5gmm.peiNotAccepted,
  Cause5gmm.servingNetworkNotAuthorized,
  Cause5gmm.non3gppAccessTo5gcnNotAllowed,
  Cause5gmm.noNetworkSlicesAvailable,
]);
/** The same clause: after these the identity that was used is worthless. */
const identityLost: ReadonlySet<number> = new Set<number>([
  Cause5gmm.illegalUe,
  Cause5gmm.illegalMe,
  Cause5gmm.fiveGsServicesNotAllowed,
  Cause5gmm.peiNotAccepted,
  Cause5gmm.plmnNotAllowed,
  Cause5gmm.trackingAreaNotAllowed,
  Cause5gmm.roamingNotAllowedInThisTrackingArea,
  Cause5gmm.noSuitableCellsInTrackingArea,
  Cause5gmm.n1ModeNotAllowed,
  Cause5gmm.servingNetworkNotAuthorized,
  Cause5gmm.ueIdentityCannotBeDerivedByTheNetwork,
  Cause5gmm.implicitlyDeRegistered,
]);

/** Causes that mean only that the network has no registration of this phone: it registers anew (§5.5.1.3.5, §5.6.1.5). */
export const unknownHere: ReadonlySet<number> = new Set<number>([
  Cause5gmm.ueIdentityCannotBeDerivedByTheNetwork,
  Cause5gmm.implicitlyDeRegistered,
]);

export interface RegisterOptions {
  /** How often T3511 lets it try after a failure that is nobody's answer (§5.5.1.2.7); five unless given. */
  readonly attempts?: number;
}

/** §5.5.1.2 and §5.5.1.3 with the registration attempt counter. Runs in the 5GMM lane. Rejects with a `UeError`. */
export async function registration(
  phone: Phone,
  scope: Scope,
  type: RegistrationKind,
  { attempts = timers.T3511.tries }: RegisterOptions = {},
): Promise<Granted> {
  if (phone.running("T3346")) {
    const ms = (phone.deadlines.get("T3346") ?? 0) - phone.world.clock.now();
    throw new NotAllowed("Registration", "T3346 is running: the network asked to wait", { retryAfterSeconds: Math.ceil(ms / 1000) });
  }
  for (const timer of ["T3502", "T3511", "T3512", "T3540"] as const) phone.stop(timer);
  const before = phone.mm;
  for (let attempt = 1; ; attempt++) {
    try {
      return await tried(phone, scope, type);
    } catch (error) {
      // A reject has said already what state the phone is in.
      if (phone.mm === "5GMM-REGISTERED-INITIATED") phone.mm = type === "initial registration" ? "5GMM-DEREGISTERED" : before;
      const abnormal = error instanceof NoAnswer || (error instanceof Rejected && error.cause5g !== undefined && !settled(error.cause5g));
      if (scope.ended || !abnormal) throw error;
      phone.tell("Registration failed", { attempt, why: error.message });
      if (attempt >= attempts) {
        phone.start("T3502", () => {});
        throw error;
      }
      phone.connection.release("registration failed");
      await scope.sleep(timers.T3511.ms);
    }
  }
}

const settled = (cause: number): boolean => final.has(cause) || identityLost.has(cause) || cause === Cause5gmm.congestion;

async function tried(phone: Phone, scope: Scope, type: RegistrationKind): Promise<Granted> {
  phone.mm = "5GMM-REGISTERED-INITIATED";
  const inner = scope.child("registration attempt");
  try {
    await phone.connection.camp(inner);
    const more = type !== "periodic registration updating" && ((phone.config.sessions?.length ?? 0) > 0 || phone.sessions.size > 0);
    const requests = registrationRequests(phone, type, more);
    phone.tell("Registration request", { type, identity: requests.clear.mobileIdentity.is });
    const answered = phone.mmInbox.expect(
      (message) => (message.is === "Registration accept" || message.is === "Registration reject" ? message : undefined),
      { scope: inner },
    );
    answered.catch(() => {});
    phone.start("T3510", () => void inner.close(new TimerExpired("T3510")).catch(() => {}));
    await phone.n1.sendInitial(inner, requests, "mo-Signalling");
    const answer = await inner.race([answered, phone.connection.lost]);
    if (answer.is === "Registration accept") return accepted(phone, answer);
    // §5.5.1.3.5: an update that the network knows nothing of becomes an initial registration.
    if (type !== "initial registration" && unknownHere.has(answer.cause)) phone.registerAgain();
    return rejected(phone, answer);
  } catch (error) {
    if (error instanceof TimerExpired) throw new NoAnswer("Registration", "T3510 expired: the network does not answer", { error });
    throw error;
  } finally {
    phone.stop("T3510");
    await inner.close();
  }
}

const seconds = (value: TimerValue | undefined): number | undefined => (value === undefined || value === deactivated ? undefined : value);

/** §5.5.1.2.4 */
function accepted(phone: Phone, accept: RegistrationAccept): Granted {
  const tais = accept.taiList === undefined ? [] : taisOf(accept.taiList);
  const { tai } = phone;
  if (tai !== undefined && !tais.some((one) => sameTai(one, tai))) {
    phone.refuse("registration accept", { why: "the TAI list lacks the TAI where the phone is" });
  }
  if (accept.allowedNssai === undefined || accept.allowedNssai.length === 0) {
    phone.refuse("registration accept", { why: "no allowed NSSAI" });
  }
  if (accept.guti !== undefined) phone.guti = accept.guti.guti;
  else if (phone.guti === undefined) phone.refuse("registration accept", { why: "no 5G-GUTI, and the phone has none" });
  phone.mm = "5GMM-REGISTERED";
  phone.lastTai = tai;
  phone.granted = {
    allowedNssai: accept.allowedNssai ?? [],
    rejectedNssai: accept.rejectedNssai ?? [],
    configuredNssai: accept.configuredNssai ?? phone.granted?.configuredNssai ?? [],
    tais,
    t3512Seconds: accept.t3512 === undefined ? timers.T3512.ms / 1000 : seconds(accept.t3512),
    imsVoiceOverPs: accept.networkFeatureSupport?.imsVops3gpp === true,
  };
  // §5.5.1.2.4, §5.5.1.3.4: sessions that the network no longer has are gone.
  if (accept.pduSessionStatus !== undefined) {
    for (const [id, session] of phone.sessions) if (!accept.pduSessionStatus.includes(id)) session.gone("not in PDU session status");
  }
  const acknowledged =
    accept.guti !== undefined || accept.configuredNssai !== undefined || accept.networkSlicingIndication?.subscriptionChanged;
  if (acknowledged) phone.n1.send(RegistrationComplete({}));
  return phone.granted;
}

/** §5.5.1.2.5 */
function rejected(phone: Phone, { cause, t3346, t3502 }: RegistrationReject): never {
  if (identityLost.has(cause)) {
    phone.guti = undefined;
    phone.lastTai = undefined;
    phone.security.current = undefined;
  }
  const wait = seconds(t3346);
  if (cause === Cause5gmm.congestion && wait !== undefined && wait > 0) phone.start("T3346", () => {}, wait * 1000);
  const longWait = seconds(t3502);
  if (longWait !== undefined) phone.start("T3502", () => {}, longWait * 1000);
  phone.deregistered(`Registration reject ${mmCauseText(cause)}`);
  phone.start("T3540", () => phone.connection.release("T3540 expired"));
  throw new Rejected("Registration reject", mmCauseText(cause), {
    cause,
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  });
}
