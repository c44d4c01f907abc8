/** TS 24.501 §6.4.1 UE-requested PDU session establishment. */
import { Cause5gsm } from "@freehold/model";
import {
  deactivated,
  type Message5gsm,
  PcoIdentifier,
  type PduSessionEstablishmentAccept,
  PduSessionEstablishmentRequest,
} from "@freehold/nas";
import { ask, type Scope, TimerExpired } from "@freehold/runtime";
import type { SessionRequest } from "../config.ts";
import { mmCauseText, NoAnswer, NotAllowed, Rejected, smCauseText } from "../errors.ts";
import { uplinkNasTransport } from "../mm/uplink-transport.ts";
import type { Phone, SmDelivery } from "../phone.ts";
import { timers } from "../timers.ts";
import { release, requestRelease } from "./release.ts";
import { defaultRule, PduSession } from "./session.ts";

/** Rejects with a `UeError`. */
export async function establishment(phone: Phone, scope: Scope, request: SessionRequest): Promise<PduSession> {
  const id = request.pduSessionId ?? freeId(phone);
  if (id === undefined || !Number.isInteger(id) || id < 1 || id > 15) {
    throw new NotAllowed(
      "PDU session establishment",
      id === undefined ? "no PDU session identity is free" : `${id} is no PDU session identity`,
    );
  }
  phone.establishing.add(id);
  try {
    await phone.wake("signalling");
    return await asked(phone, scope, id, request);
  } finally {
    phone.establishing.delete(id);
  }
}

async function asked(phone: Phone, scope: Scope, id: number, request: SessionRequest): Promise<PduSession> {
  const pti = phone.takePti();
  try {
    const asking = ask({
      inbox: phone.smInbox,
      scope,
      timer: timers.T3580,
      send: () =>
        uplinkNasTransport(phone, establishmentRequest(id, pti, request), {
          requestType: "initial request",
          ...(request.dnn === undefined ? {} : { dnn: request.dnn }),
          ...(request.sNssai === undefined ? {} : { sNssai: request.sNssai }),
        }),
      expect: (delivery) => answerOf(delivery, id, pti),
    });
    // A connection that ends takes the answer with it: whoever wants the session may ask again at once.
    const answer = await scope.race([asking, phone.connection.lost]);
    if (answer.is === "not forwarded") {
      throw new Rejected("PDU session establishment", `not forwarded by the AMF: ${mmCauseText(answer.cause)}`, {
        cause: answer.cause,
        ...(answer.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: answer.retryAfterSeconds }),
      });
    }
    if (answer.is === "PDU session establishment reject") {
      const { cause, backOffTimerValue: wait } = answer;
      throw new Rejected("PDU session establishment reject", smCauseText(cause), {
        cause,
        ...(wait === undefined || wait === deactivated ? {} : { retryAfterSeconds: wait }),
      });
    }
    return accepted(phone, answer, request);
  } catch (error) {
    if (error instanceof TimerExpired)
      throw new NoAnswer("PDU session establishment", "T3580 expired: the network does not answer", { error });
    throw error;
  } finally {
    phone.releasePti(pti);
  }
}

function freeId(phone: Phone): number | undefined {
  for (let id = 1; id <= 15; id++) if (!phone.sessions.has(id) && !phone.establishing.has(id)) return id;
  return undefined;
}

const establishmentRequest = (pduSessionId: number, pti: number, { type = "IPv4v6" }: SessionRequest): PduSessionEstablishmentRequest => {
  const nothing = new Uint8Array(0);
  return PduSessionEstablishmentRequest({
    pduSessionId,
    pti,
    integrityProtectionMaximumDataRate: { uplink: "Full data rate", downlink: "Full data rate" },
    pduSessionType: type,
    sscMode: 1,
    extendedProtocolConfigurationOptions: {
      items: [
        ...(type === "IPv6" ? [] : [PcoIdentifier.dnsServerIpv4Address]),
        ...(type === "IPv4" ? [] : [PcoIdentifier.dnsServerIpv6Address]),
        ...(type === "IPv6" ? [] : [PcoIdentifier.ipv4LinkMtu]),
      ].map((id) => ({ id, octets: nothing })),
    },
  });
};

type Answer =
  | Extract<Message5gsm, { is: "PDU session establishment accept" | "PDU session establishment reject" }>
  | Extract<SmDelivery, { is: "not forwarded" }>;

function answerOf(delivery: SmDelivery, id: number, pti: number): Answer | undefined {
  if (delivery.is === "not forwarded") return delivery.pduSessionId === id ? delivery : undefined;
  const { message } = delivery;
  if (message.is !== "PDU session establishment accept" && message.is !== "PDU session establishment reject") return undefined;
  return message.pti === pti && message.pduSessionId === id ? message : undefined;
}

interface Fault {
  readonly why: string;
  /** 5GSM cause of the release that follows. */
  readonly cause: number;
}

/** What of an accept cannot be (§6.4.1.3), or undefined. */
function wrong(accept: PduSessionEstablishmentAccept, { type = "IPv4v6" }: SessionRequest): Fault | undefined {
  const { selectedPduSessionType: selected, pduAddress } = accept;
  const other = (why: string): Fault => ({ why, cause: Cause5gsm.protocolErrorUnspecified });
  if (selected !== "IPv4" && selected !== "IPv6" && selected !== "IPv4v6") return other(`PDU session type ${selected} was not asked for`);
  if (selected !== type && type !== "IPv4v6") return other(`PDU session type ${selected} where ${type} was asked for`);
  if (pduAddress === undefined) return other("no PDU address");
  if (pduAddress.type !== selected) return other(`a PDU address of type ${pduAddress.type} in a session of type ${selected}`);
  const qos = (why: string): Fault => ({ why, cause: Cause5gsm.semanticErrorInTheQosOperation });
  const rules = accept.authorizedQosRules.filter((rule) => rule.isDefault);
  const [rule] = rules;
  if (rule === undefined || rules.length > 1) return qos(`${rules.length} default QoS rules`);
  if (rule.operation !== "create new QoS rule") return qos("the default QoS rule is not created");
  if (rule.qfi === undefined || rule.qfi === 0) return qos("the default QoS rule has no QFI");
  if (rule.precedence === 80) return qos("a QoS rule of precedence 80");
  return undefined;
}

function accepted(phone: Phone, accept: PduSessionEstablishmentAccept, request: SessionRequest): PduSession {
  const fault = wrong(accept, request);
  if (fault !== undefined) {
    const { pduSessionId } = accept;
    phone.refuse("PDU session accept", { pduSessionId, why: fault.why });
    // §6.4.1.3: a session that cannot be used is released at once.
    requestRelease(phone, pduSessionId, fault.cause).catch((error: unknown) =>
      phone.tell("PDU session not released", { pduSessionId, why: String(error) }),
    );
    throw new Rejected("PDU session establishment accept", `refused by the phone: ${fault.why}`);
  }
  // §6.4.1.2, §6.3.3: an identity that was in use names the new session now.
  phone.sessions.get(accept.pduSessionId)?.gone("replaced", "stays");
  const qfi = defaultRule(accept.authorizedQosRules)?.qfi ?? 0;
  const session: PduSession = new PduSession(phone, accept, qfi, () => release(phone, session));
  phone.sessions.set(session.id, session);
  phone.tell("PDU session established", { pduSessionId: session.id, ip: session.ip, dnn: session.dnn });
  return session;
}
