import { Cause5gmm, gutiText } from "@freehold/model";
import {
  decode,
  decodeSecured,
  isSecured,
  type NasError,
  type NasMessage,
  type RegistrationRequest,
  causeOf as reactionCause,
  type ServiceRequest,
} from "@freehold/nas";
import { Recorded } from "@freehold/tape";
import { explain } from "@freehold/wire";
import type { Amf } from "./amf.ts";
import { startDeregistration } from "./procedures/deregistration.ts";
import { uplinkSessionMessage } from "./procedures/pdu-session.ts";
import { startRegistration } from "./procedures/registration.ts";
import { startServiceRequest } from "./procedures/service-request.ts";
import { releaseConnection } from "./procedures/ue-context-release.ts";
import type { N2Connection } from "./ran.ts";
import { liveSecurity } from "./security.ts";
import type { Ue } from "./ue.ts";

/** How a message came: what the AMF may believe of it. */
export interface Arrival {
  /** Its MAC was verified with the UE's current security context. */
  readonly verified: boolean;
  /** It was security protected, verified or not. */
  readonly protected: boolean;
  /** NAS COUNT of the protected message. */
  readonly count: number;
  /** The plain octets. */
  readonly plain: Uint8Array;
}

/** TS 24.501 §4.4.4.3: taken without integrity protection, until secure exchange is established and, with care, also after. */
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
  if (!read.ok) return dropInitial(amf, connection, explain(read.error));
  const message = read.value;
  const known = knownUe(amf, message);
  const ue = known ?? amf.stranger();
  let arrival: Arrival = { verified: false, protected: header !== undefined, count: 0, plain };
  if (known !== undefined && header !== undefined) {
    const security = liveSecurity(amf, known);
    const taken = security?.nas.unprotect(bytes);
    if (taken?.ok && taken.verified) arrival = { verified: true, protected: true, count: taken.count, plain: taken.message };
  }
  // A GUTI alone proves nothing: whoever only names a UE is a stranger until authenticated, and the real UE is not touched.
  const served = arrival.verified ? ue : known === undefined ? ue : amf.stranger();
  connection.ue = served;
  record(amf, served, message, plain);
  // Under a context whose COUNT is uncertain nothing is said any more: what follows begins a new one.
  const secured = arrival.verified && !served.countsUncertain;
  switch (message.is) {
    case "Registration request":
      attach(amf, served, connection, secured);
      return startRegistration(amf, served, whole(served, message, arrival), arrival);
    case "Service request":
      attach(amf, served, connection, secured);
      return startServiceRequest(amf, served, whole(served, message, arrival), arrival);
    case "Deregistration request (UE originating)":
      attach(amf, served, connection, secured);
      return startDeregistration(amf, served, message, arrival);
    default:
      return dropInitial(amf, connection, `${message.is} cannot be the first message (TS 24.501 §4.4.4.3)`);
  }
}

function dropInitial(amf: Amf, connection: N2Connection, why: string): void {
  amf.world.log.warn(`initial NAS message ignored: ${why}`, { gnb: connection.node.name, n2: connection.amfUeNgapId });
  amf.start("release", () => releaseConnection(amf, connection, { choice: "nas", value: "unspecified" }));
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

/** The whole initial message where a ciphered container holds it (TS 24.501 §4.4.6), else what came in clear. */
function whole<M extends RegistrationRequest | ServiceRequest>(ue: Ue, message: M, arrival: Arrival): M {
  if (!arrival.verified || message.nasMessageContainer === undefined || ue.security === undefined) return message;
  const inner = decode(ue.security.nas.unprotectContainer(message.nasMessageContainer, arrival.count), { receiver: "network" });
  return inner.ok && inner.value.is === message.is ? (inner.value as M) : message;
}

/** The UE is on this connection now; one that it had before is released. */
function attach(amf: Amf, ue: Ue, connection: N2Connection, verified: boolean): void {
  const before = ue.n2;
  ue.n2 = connection;
  ue.secured = verified;
  connection.ue = ue;
  if (before !== undefined && before !== connection) {
    before.ue = undefined;
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
  if (!arrival.verified && !takenInClear.has(message.is)) {
    ue.log.warn(`${message.is} without integrity protection discarded (TS 24.501 §4.4.4.3)`);
    return;
  }
  if (ue.inbox.deliver({ message, arrival })) return;
  begin(amf, ue, message, arrival);
}

/** Verifies and deciphers; undefined when the message is discarded. */
function open(ue: Ue, bytes: Uint8Array): { arrival: Arrival } | undefined {
  if (!isSecured(bytes)) return { arrival: { verified: false, protected: false, count: 0, plain: bytes } };
  const taken = ue.security?.nas.unprotect(bytes);
  if (taken?.ok) return { arrival: { verified: taken.verified, protected: true, count: taken.count, plain: taken.message } };
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
      return startRegistration(amf, ue, message, arrival);
    case "Deregistration request (UE originating)":
      return startDeregistration(amf, ue, message, arrival);
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
      // Whose it is may be known only later: asked when the entry is looked at.
      ue: () => ue.supi,
      bytes,
      carriage: { kind: "nas" },
    }),
  );
}
