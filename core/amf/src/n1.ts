import { Cause5gmm, gutiText } from "@freehold/model";
import {
  decode,
  decodeSecured,
  Epd,
  encode,
  isSecured,
  type NasError,
  type NasMessage,
  RegistrationRequest,
  causeOf as reactionCause,
} from "@freehold/nas";
import { Recorded } from "@freehold/tape";
import { explain } from "@freehold/wire";
import type { Amf } from "./amf.ts";
import { tellTurnedAway, turnAwayKnown, turnAwayStranger } from "./procedures/congestion.ts";
import { startDeregistration } from "./procedures/deregistration.ts";
import { deactivateSessions, uplinkSessionMessage } from "./procedures/pdu-session.ts";
import { startRegistration } from "./procedures/registration.ts";
import { startServiceRequest } from "./procedures/service-request.ts";
import { dismiss, releaseConnection } from "./procedures/ue-context-release.ts";
import type { N2Connection } from "./ran.ts";
import { liveSecurity, wornOut } from "./security.ts";
import type { Ue } from "./ue.ts";

/** How a message came: what the AMF may believe of it. */
export interface Arrival {
  /** Its MAC was verified with the UE's current security context; or that context has 5G-IA0, on the connection for which it was chosen. */
  readonly verified: boolean;
  /** It was security protected, verified or not. */
  readonly protected: boolean;
  /** NAS COUNT of the protected message. */
  readonly count: number;
  /** The plain octets. */
  readonly plain: Uint8Array;
}

/** TS 24.501 §4.4.4.3: taken without integrity protection until secure exchange of NAS messages is established, and no longer. */
const takenInClear = new Set<string>([
  "Registration request",
  "Identity response",
  "Authentication response",
  "Authentication failure",
  "Security mode reject",
  "Deregistration request (UE originating)",
  "Deregistration accept (UE terminated)",
]);

/** The first NAS message of an N1 signalling connection: finds the UE that it names, or a stranger. */
export function initialNas(amf: Amf, connection: N2Connection, bytes: Uint8Array): void {
  const header = isSecured(bytes) ? decodeSecured(bytes) : undefined;
  if (header !== undefined && !header.ok) return dropInitial(amf, connection, header.error.detail);
  // Only header type 1 comes here: its clear part says who the UE is (TS 24.501 §4.4.6).
  const plain = header === undefined ? bytes : header.value.payload;
  const read = decode(plain, { receiver: "network" });
  if (!read.ok) return refuseInitial(amf, connection, read.error);
  const message = read.value;
  const known = knownUe(amf, message);
  let arrival: Arrival = { verified: false, protected: header !== undefined, count: 0, plain };
  if (known !== undefined && header !== undefined) {
    const security = liveSecurity(amf, known);
    const taken = security?.nas.unprotect(bytes);
    if (taken?.ok && taken.verified) arrival = { verified: true, protected: true, count: taken.count, plain: taken.message };
    // TS 33.501 §6.4.3.1: before a COUNT ends a new KAMF is made.
    if (security !== undefined && wornOut(security)) known.countsUncertain = true;
  }
  const opened = arrival.verified && known !== undefined ? whole(known, message, arrival) : message;
  const request = opened ?? message;
  // TS 24.501 §5.4.2.2 b): a container that does not decipher is asked for again, under a new context, as if the MAC had been wrong.
  if (opened === undefined) arrival = { ...arrival, verified: false };
  // A GUTI alone proves nothing: whoever only names a UE is a stranger until authenticated, and the real UE is not touched.
  const proven = arrival.verified ? known : undefined;
  // Whoever leaves is always let in: that is a load less.
  const leaves = proven !== undefined && message.is === "Deregistration request (UE originating)";
  const claim = proven !== undefined ? "verified" : connection.priority ? "priority" : "stranger";
  const admitted = leaves || amf.admission.admits(connection.node.id, claim);
  if (!admitted && proven === undefined) return turnAwayStranger(amf, connection);
  const served = proven ?? amf.stranger();
  connection.ue = served;
  record(amf, served, message, plain);
  // Under a context whose COUNT is uncertain nothing is said any more: what follows begins a new one.
  const secured = arrival.verified && !served.countsUncertain;
  if (!admitted) {
    attach(amf, served, connection, secured);
    return turnAwayKnown(amf, served, connection, message.is);
  }
  switch (request.is) {
    case "Registration request":
      attach(amf, served, connection, secured);
      return startRegistration(amf, served, request, arrival);
    case "Service request":
      attach(amf, served, connection, secured);
      return startServiceRequest(amf, served, request, arrival);
    case "Deregistration request (UE originating)":
      attach(amf, served, connection, secured);
      return startDeregistration(amf, served, request, arrival);
    default:
      return dropInitial(amf, connection, `${message.is} cannot be the first message (TS 24.501 §4.4.4.3)`);
  }
}

function dropInitial(amf: Amf, connection: N2Connection, why: string): void {
  if (connection.association.mayComplain())
    amf.world.log.warn(`initial NAS message ignored: ${why}`, { gnb: connection.node.name, n2: connection.amfUeNgapId });
  dismiss(amf, connection, { choice: "nas", value: "unspecified" });
}

/** TS 24.501 §5.5.1.2.8 b): a REGISTRATION REQUEST with a protocol error is rejected with its cause; what else cannot be read is dropped. */
function refuseInitial(amf: Amf, connection: N2Connection, error: NasError): void {
  const cause = reactionCause(error);
  const rejected = cause !== undefined && error.epd === Epd.mm && error.messageType === RegistrationRequest.shape.type;
  if (rejected) {
    const nasPdu = encode({ is: "Registration reject", cause: cause as Cause5gmm });
    connection.send({ is: "DownlinkNASTransport", ies: { ...connection.ids, nasPdu } });
  }
  dropInitial(amf, connection, explain(error));
}

/** The UE that the message's 5G-GUTI or 5G-S-TMSI names, if it is one of ours. */
function knownUe(amf: Amf, message: NasMessage): Ue | undefined {
  if (message.is === "Service request") {
    return message.sTmsi.is === "5G-S-TMSI" ? amf.ues.byTmsi(message.sTmsi.sTmsi.tmsi) : undefined;
  }
  if (message.is !== "Registration request" && message.is !== "Deregistration request (UE originating)") return undefined;
  const identity = message.mobileIdentity;
  if (identity.is !== "5G-GUTI") return undefined;
  const ue = amf.ues.byTmsi(identity.guti.tmsi);
  const context = ue?.context;
  if (context === undefined) return undefined;
  const ours = [context.guti, ...(context.formerGuti === undefined ? [] : [context.formerGuti])];
  return ours.some((g) => gutiText(g) === gutiText(identity.guti)) ? ue : undefined;
}

/** The whole initial message where a ciphered container holds it (TS 24.501 §4.4.6), else what came in clear; undefined when the container does not read. */
function whole(ue: Ue, message: NasMessage, { count }: Arrival): NasMessage | undefined {
  if (message.is !== "Registration request" && message.is !== "Service request" && message.is !== "Deregistration request (UE originating)")
    return message;
  if (!("nasMessageContainer" in message) || message.nasMessageContainer === undefined || ue.security === undefined) return message;
  const inner = decode(ue.security.nas.unprotectContainer(message.nasMessageContainer, count), { receiver: "network" });
  return inner.ok && inner.value.is === message.is ? inner.value : undefined;
}

/** The UE is on this connection now; one that it had before is released. */
function attach(amf: Amf, ue: Ue, connection: N2Connection, verified: boolean): void {
  const before = ue.n2;
  ue.n2 = connection;
  ue.secured = verified;
  ue.reach.found();
  connection.ue = ue;
  if (before !== undefined && before !== connection) {
    before.ue = undefined;
    // The gNB's end of these sessions is on the connection that goes: their user planes are down until they come up on this one.
    amf.start("deactivation of user planes", () => deactivateSessions(amf, ue));
    amf.start("release", () => releaseConnection(amf, before, { choice: "nas", value: "normal-release" }));
  }
}

/** A NAS message on a connection that has begun. */
export function uplinkNas(amf: Amf, connection: N2Connection, bytes: Uint8Array): void {
  const { ue } = connection;
  if (ue === undefined || ue.n2 !== connection) return;
  const opened = open(ue, bytes);
  if (opened === undefined) return;
  const { arrival } = opened;
  const read = decode(arrival.plain, { receiver: "network" });
  if (!read.ok) return notUnderstood(amf, ue, read.error, arrival);
  const message = read.value;
  record(amf, ue, message, arrival.plain);
  if (!arrival.verified && (ue.secured || !takenInClear.has(message.is))) {
    ue.log.warn(`${message.is} without integrity protection discarded (TS 24.501 §4.4.4.3)`);
    return;
  }
  if (!ue.inbox.deliver({ message, arrival })) begin(amf, ue, message, arrival);
  const idle = ue.secured && ue.mobility.current === undefined;
  if (arrival.verified && idle && ue.security !== undefined && wornOut(ue.security)) renew(amf, ue, connection);
}

/** TS 33.501 §6.4.3.1: the connection ends before a COUNT does, and the next one begins with authentication. */
function renew(amf: Amf, ue: Ue, connection: N2Connection): void {
  ue.log.info("NAS COUNT is nearly used up: the connection is released, the next one authenticates");
  ue.countsUncertain = true;
  amf.start("release", () => releaseConnection(amf, connection, { choice: "nas", value: "normal-release" }));
}

/** Verifies and deciphers; undefined when the message is discarded. */
function open(ue: Ue, bytes: Uint8Array): { arrival: Arrival } | undefined {
  if (!isSecured(bytes)) return { arrival: { verified: false, protected: false, count: 0, plain: bytes } };
  const taken = ue.security?.nas.unprotect(bytes);
  if (taken?.ok) {
    // 5G-IA0 is chosen for an emergency alone, and holds on the connection that chose it: no other message of it is believed.
    const verified = taken.verified || ue.security?.nas.nia === 0;
    return { arrival: { verified, protected: true, count: taken.count, plain: taken.message } };
  }
  const read = decodeSecured(bytes);
  ue.log.warn("protected NAS message not verified (TS 24.501 §4.4.4.3)", { why: taken === undefined ? "no security context" : taken.is });
  // Not ciphered: the few messages that count in clear may count; ciphered: nothing can be known of it.
  if (!read.ok || read.value.securityHeaderType !== 1) return undefined;
  return { arrival: { verified: false, protected: true, count: 0, plain: read.value.payload } };
}

/** What a message that nobody waits for begins, TS 24.501 §5.4, §5.5; what fits no state is answered by 5GMM STATUS (§7.4). */
function begin(amf: Amf, ue: Ue, message: NasMessage, arrival: Arrival): void {
  switch (message.is) {
    case "Registration request":
    case "Deregistration request (UE originating)":
      // Each may ask the home network anew: a connection that is there is no way around admission.
      if (!arrival.verified && ue.n2 !== undefined && !amf.admission.admits(ue.n2.node.id, ue.n2.priority ? "priority" : "stranger")) {
        return tellTurnedAway(amf, ue.n2);
      }
      return message.is === "Registration request"
        ? startRegistration(amf, ue, message, arrival)
        : startDeregistration(amf, ue, message, arrival);
    case "Service request": // connected, for the user plane of a session that has none (TS 24.501 §5.6.1.1)
      return startServiceRequest(amf, ue, message, arrival);
    case "UL NAS transport":
      return uplinkSessionMessage(amf, ue, message);
    case "5GMM status":
      ue.log.warn("the phone reports a 5GMM error", { cause: message.cause });
      return;
    default:
      ue.log.info(`${message.is} does not fit the state`, { lane: ue.mobility.current?.name ?? "idle" });
      if (arrival.verified) status(amf, ue, Cause5gmm.messageTypeNotCompatibleWithTheProtocolState);
  }
}

function notUnderstood(amf: Amf, ue: Ue, error: NasError, arrival: Arrival): void {
  ue.log.warn("NAS message not understood (TS 24.501 §7)", { error: explain(error) });
  const cause = reactionCause(error);
  if (cause !== undefined && arrival.verified) status(amf, ue, cause as Cause5gmm);
}

function status(amf: Amf, ue: Ue, cause: Cause5gmm): void {
  amf.start("5GMM status", () => ue.n1.send({ is: "5GMM status", cause }));
}

function record(amf: Amf, ue: Ue, message: NasMessage, bytes: Uint8Array): void {
  amf.world.tape.record(
    new Recorded({
      at: amf.world.clock.now(),
      interface: "N1",
      from: "UE",
      to: "AMF",
      message: message.is,
      ue,
      bytes,
      carriage: { kind: "nas" },
    }),
  );
}
