import { type Cause5gmm as Cause, Cause5gmm, type Guti, type Pei, type Supi, splitImsi } from "@freehold/model";
import { decode, noKey, type RegistrationRequest } from "@freehold/nas";
import { TimerExpired } from "@freehold/runtime";
import { equal } from "@freehold/wire";
import type { Amf } from "../amf.ts";
import { T3550 } from "../config.ts";
import type { Arrival } from "../n1.ts";
import { Reject } from "../reject.ts";
import { storedSecurity } from "../security.ts";
import type { Ue } from "../ue.ts";
import { deregistered, type UeContext } from "../ue-context.ts";
import { authenticate } from "./authentication.ts";
import { nameAndTime } from "./configuration-update.ts";
import { leave } from "./deregistration.ts";
import { requestSuci, textOf } from "./identification.ts";
import { initialContextSetup } from "./initial-context-setup.ts";
import { runMobility } from "./mobility.ts";
import { pagingDrx } from "./paging.ts";
import { keptSessions, releaseSessions } from "./pdu-session.ts";
import { registrationAccept } from "./registration-accept.ts";
import { secure } from "./security-mode.ts";
import { selectSlices } from "./slice-selection.ts";
import { type Step, servingPlmn, threeGpp } from "./step.ts";
import { associatePolicy, subscribe } from "./subscription.ts";
import { releaseConnection, releaseWhenIdle } from "./ue-context-release.ts";
import { deliverWaiting, sendWith, userPlanes } from "./user-planes.ts";

/** What runs in a UE's mobility lane when it registers: kept beside the lane to tell a repetition from a new request. */
const running = new WeakMap<Ue, Uint8Array>();

/**
 * A REGISTRATION REQUEST begins a registration, or meets one that runs: TS 24.501 §5.5.1.2.8 d) and e). The same request again goes on
 * with the one that runs (its timers send again what the phone missed); one with other contents takes its place.
 */
export function startRegistration(amf: Amf, ue: Ue, request: RegistrationRequest, arrival: Arrival): void {
  if (ue.mobility.current?.name === "registration") {
    if (repeats(ue, arrival)) {
      ue.log.info("the same Registration request again: the registration goes on (TS 24.501 §5.5.1.2.8)");
      return;
    }
  }
  running.set(ue, arrival.plain);
  runMobility(amf, ue, "registration", (step) => registration(step, request, arrival), rejectRegistration);
}

function repeats(ue: Ue, { plain }: Arrival): boolean {
  const ours = running.get(ue);
  return ours !== undefined && equal(ours, plain);
}

async function rejectRegistration({ ue, amf }: Omit<Step, "scope">, cause: Cause): Promise<void> {
  const congested = cause === Cause5gmm.congestion;
  await ue.n1.send({ is: "Registration reject", cause, ...(congested ? { t3346: amf.config.t3502Seconds } : {}) });
}

/**
 * General registration, TS 23.502 §4.2.2.2.2, figure 4.2.2.2.2-1; the AMF's half, numbers are the figure's. Left early by `Reject` or
 * pushed aside: then what `undo` was given runs, and only what was committed stays.
 */
async function registration(step: Step, initial: RegistrationRequest, arrival: Arrival): Promise<void> {
  const { amf, ue } = step;
  const known = await identify(step, initial, arrival); //                                                    4-7, 8-9d
  const before = takeOver(amf, ue, known.supi);
  try {
    await admit(step, known, before);
  } catch (error) {
    // TS 24.501 §5.5.1.2.5, §5.5.1.3.5: whoever is rejected is not registered any more. Congestion passes, and changes nothing.
    if (error instanceof Reject && error.cause !== Cause5gmm.congestion && ue.context?.access[threeGpp].rm === "REGISTERED")
      await leave(amf, ue, ue.context);
    throw error;
  }
}

/** From 14a on: the UE has proved who it is. */
async function admit(step: Step, known: Identified, before: UeContext | undefined): Promise<void> {
  const { amf, ue, connection, scope } = step;
  const { supi, request } = known;
  // An initial registration begins without sessions; in another one PDU session status says which the phone still has (TS 24.501 §5.5.1.3.4).
  const initial = request.registrationType.type === "initial registration";
  const kept = initial ? [] : request.pduSessionStatus && keptSessions(ue, request.pduSessionStatus);
  if (before !== undefined && kept !== undefined) await releaseSessions(amf, ue, kept);

  const subscription = await subscribe(step, supi, known.pei ?? before?.pei, known.initial); //                14a-14c
  const slices = await selectSlices(step, request.requestedNssai, subscription.subscribed); //                 TS 23.501 §5.15.5.2.1
  if (slices.allowed.length === 0) {
    throw new Reject(
      Cause5gmm.noNetworkSlicesAvailable,
      `nothing requested is subscribed and served here (${slices.why})`,
      "TS 24.501 §5.5.1.2.5",
    );
  }
  const amPolicy = await associatePolicy(step, supi, slices.allowed, before?.amPolicy); //                     15-16

  if (ue.security === undefined) throw new Error("registered without a security context");
  connection.securityCount = known.uplinkCount;
  const former: Guti | undefined = before?.guti;
  const context: UeContext = {
    supi,
    pei: known.pei ?? before?.pei,
    homePlmn: homePlmn(supi, step),
    servingPlmn: servingPlmn(step),
    guti: amf.freshGuti(servingPlmn(step)),
    formerGuti: former,
    access: { [threeGpp]: { rm: "REGISTERED", cm: "CONNECTED" }, NON_3GPP_ACCESS: before?.access.NON_3GPP_ACCESS ?? deregistered },
    security: storedSecurity(amf, supi, ue.security),
    subscribed: subscription.subscribed,
    allowed: slices.allowed,
    configured: slices.configured,
    registrationArea: [connection.tai],
    sessions: ue.context?.sessions ?? {},
    amPolicy,
    sdmSubscription: subscription.sdmSubscription,
    peers: { ausf: known.ausf ?? before?.peers.ausf ?? "", udm: subscription.udm, pcf: undefined },
    drx: pagingDrx(request.requestedDrxParameters),
    radioCapability: ue.radioCapability ?? before?.radioCapability,
  };
  await ue.commit(context); // uplink COUNT before KgNB, the GUTI before anyone is told
  amf.ues.file(ue, before);

  const items = initial ? [] : await userPlanes(step, request.uplinkDataStatus ?? []); // 17
  const accept = registrationAccept(step, request, ue.context ?? context, slices.rejected, items);
  const again = (): Promise<void> => ue.n1.send(accept);
  try {
    // A gNB that has the UE's context needs no other: the registration of a connected UE is NAS alone (TS 38.413 §8.3.1.1).
    for (const { pDUSessionID } of items) connection.resources.add(pDUSessionID);
    if (!connection.contextBegun && (connection.contextRequested || items.length > 0)) {
      const answered = (first: () => Promise<void>): Promise<void> => completed(step, first, again);
      await initialContextSetup(step, known.uplinkCount, { nas: accept, answered, ...(items.length > 0 && { sessions: [...items] }) });
    } else {
      const first = async (): Promise<void> => {
        await sendWith(step, accept, items);
        connection.settled = true;
      };
      await completed(step, first, again); //                                                                  21-22
    }
  } catch (error) {
    // TS 24.501 §5.5.1.2.8 c): at T3550's last expiry the UE is registered all the same, and both GUTIs hold.
    if (!(error instanceof TimerExpired) || error.timer !== T3550.name) throw error;
    ue.log.warn("T3550 expired for the last time: registered, with the old and the new GUTI valid (TS 24.501 §5.5.1.2.8)");
    return releaseConnection(amf, connection, { choice: "nas", value: "normal-release" }, scope);
  }
  // As it stands now: a session may have been committed meanwhile. On disk with the next commit.
  ue.adopt({ ...(ue.context ?? context), formerGuti: undefined }, ue.version);
  amf.ues.file(ue, context);
  ue.log.info("registered", {
    ue: ue.name,
    gnb: connection.node.name,
    allowed: slices.allowed.map((s) => `${s.sst}${s.sd ? `-${s.sd}` : ""}`).join(" "),
  });
  await deliverWaiting(amf, ue);
  await nameAndTime(step);
  if (!request.registrationType.followOnRequest) releaseWhenIdle(amf, ue, connection);
}

/**
 * REGISTRATION COMPLETE under T3550. TS 24.501 §5.5.1.2.8 d): the same request again, from a phone that missed the accept, has it sent again
 * and T3550 begun anew, which counts as no expiry; more often than that it is left to the timer.
 */
async function completed({ ue, scope }: Step, first: () => Promise<void>, again: () => Promise<void>): Promise<void> {
  for (let round = 0; ; round++) {
    const heard = await ue.n1.askBy(
      scope,
      T3550,
      (transmission) => (transmission === 1 && round === 0 ? first() : again()),
      (message, how) => {
        if (message.is === "Registration complete" && how.verified) return "complete";
        return message.is === "Registration request" && round < T3550.tries && repeats(ue, how) ? "again" : undefined;
      },
    );
    if (heard === "complete") return;
    ue.log.info("the same Registration request again: the accept is sent again (TS 24.501 §5.5.1.2.8)");
  }
}

interface Identified {
  readonly supi: Supi;
  readonly request: RegistrationRequest;
  readonly pei: Pei | undefined;
  readonly uplinkCount: number;
  readonly ausf: string | undefined;
  /** The UE proved itself by authentication now. */
  readonly initial: boolean;
}

/** Who it is, proven: by the current security context, or by authentication and a new one. */
async function identify(step: Step, initial: RegistrationRequest, arrival: Arrival): Promise<Identified> {
  const { ue } = step;
  if (arrival.verified && ue.context !== undefined && ue.security !== undefined && !ue.countsUncertain) {
    return { supi: ue.context.supi, request: initial, pei: undefined, uplinkCount: arrival.count, ausf: undefined, initial: false };
  }
  const { mobileIdentity: identity } = initial;
  // A verified UE whose COUNT is uncertain is known, and proves itself anew (TS 33.501 §6.4.3.1).
  const known = arrival.verified && ue.context !== undefined ? ue.context.supi : undefined;
  const suci = known ?? (identity.is === "SUCI" ? textOf(identity.suci) : await requestSuci(step)); // INTEROP: a foreign GUTI is asked for its SUCI, never rejected
  const proof = await authenticate(step, { suci, ngKsi: initial.ngKsi === noKey ? 6 : initial.ngKsi & 7 });
  const capabilities =
    known === undefined ? initial : { ...initial, ueSecurityCapability: initial.ueSecurityCapability ?? ue.security?.ueSecurityCapability };
  const secured = await secure(step, proof, capabilities, arrival.protected && !arrival.verified);
  const pei = secured.imeisv === undefined ? undefined : (`imeisv-${secured.imeisv}` as Pei);
  return {
    supi: proof.supi,
    request: contained(initial, secured.container),
    pei,
    uplinkCount: secured.uplinkCount,
    ausf: proof.ausf,
    initial: true,
  };
}

/** The container's REGISTRATION REQUEST replaces the first one (TS 33.501 §6.4.6); a UE that sent everything in clear has none. */
function contained(initial: RegistrationRequest, container: Uint8Array | undefined): RegistrationRequest {
  if (container === undefined) return initial;
  const inner = decode(container, { receiver: "network" });
  if (!inner.ok || inner.value.is !== "Registration request") {
    throw new Reject(Cause5gmm.semanticallyIncorrectMessage, "the NAS message container holds another message", "TS 24.501 §4.4.6");
  }
  return inner.value;
}

/** The UE's earlier context, whoever held it: another connection of the same SUPI gives way to this one. */
function takeOver(amf: Amf, ue: Ue, supi: Supi): UeContext | undefined {
  const other = amf.ues.bySupi(supi);
  if (other === undefined || other === ue) return ue.context;
  const context = other.context;
  if (context === undefined) return undefined;
  ue.adopt(context, other.version);
  ue.radioCapability ??= other.radioCapability;
  other.reach.found();
  for (const one of other.reach.takeAll()) ue.reach.waiting.set(one.pduSessionId, one);
  amf.ues.drop(other);
  amf.ues.file(ue);
  const left = other.n2;
  amf.start("take over", async () => {
    await other.mobility.close();
    for (const lane of other.sessions.values()) await lane.close();
    if (left !== undefined) await releaseConnection(amf, left, { choice: "nas", value: "normal-release" });
  });
  return context;
}

/** The MNC of a SUPI has two or three digits: ours tells, else the serving network's. */
function homePlmn(supi: Supi, step: Step): { mcc: string; mnc: string } {
  const { plmns } = step.amf.config;
  const ours = plmns.find(({ plmn }) => supi.startsWith(`imsi-${plmn.mcc}${plmn.mnc}`));
  if (ours !== undefined) return ours.plmn;
  return splitImsi(supi, servingPlmn(step).mnc.length === 3 ? 3 : 2)?.home ?? servingPlmn(step);
}
