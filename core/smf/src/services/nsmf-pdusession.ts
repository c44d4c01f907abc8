import { Cause5gsm, cause5gsmText, isPduSessionId, parseDnn, parseSupi, sNssaiFromJson } from "@freehold/model";
import { encode, type Message5gsm, PduSessionEstablishmentReject, PduSessionModificationReject } from "@freehold/nas";
import {
  answer,
  type Nsmf_PDUSession,
  noContent,
  type Producer,
  type Refused,
  refuse,
  refuseWith,
  type SmContextCreateData,
  type SmContextUpdateData,
} from "@freehold/sbi";
import { readN1, status5gsm } from "../n1.ts";
import { readN2, releaseCommand } from "../n2.ts";
import { type CreateAnswer, establishment, type Wanted } from "../procedures/pdu-session-establishment.ts";
import { release } from "../procedures/pdu-session-release.ts";
import type { Step } from "../procedures/step.ts";
import { tearDown } from "../procedures/tear-down.ts";
import { activation, deactivation, resourcesAnswered } from "../procedures/up-connection.ts";
import { createError } from "../reject.ts";
import type { Arrival, Session, UpdateAnswer } from "../session.ts";
import type { Smf } from "../smf.ts";

/** Nsmf_PDUSession, TS 29.502 §5.2.2: the AMF's door to sessions. */
export function pduSession(smf: Smf): Producer<typeof Nsmf_PDUSession> {
  return {
    createSmContext: ({ body }) => create(smf, body),
    async updateSmContext({ smContextRef, body }) {
      const session = smf.sessions.byRef(smContextRef);
      if (session === undefined) return unknownContext();
      // Not yet kept: the gNB's word that resources are gone is of the session that had the identity before.
      if (session.context === undefined) {
        // The phone went idle in the middle of its establishment: no user plane is up, and the accept wakes it.
        if (body.upCnxState === "DEACTIVATED") return answer({ upCnxState: "DEACTIVATED" });
        return body.n1SmMsg === undefined && readN2(body)?.is === "released" ? noContent() : unknownContext();
      }
      return update(smf, session, body);
    },
    /** TS 29.502 §5.2.2.4: neither N1 nor N2 signalling; whatever runs gives way. */
    async releaseSmContext({ smContextRef }) {
      const session = smf.sessions.byRef(smContextRef);
      if (session === undefined) return refuse(404, "CONTEXT_NOT_FOUND");
      await end(smf, session, {});
      return noContent();
    },
  };
}

const unknownContext = () => refuseWith(404, { error: { status: 404, cause: "CONTEXT_NOT_FOUND" } });

/** Ends a session without a word to phone and gNB. */
async function end(smf: Smf, session: Session, how: Parameters<typeof tearDown>[2]): Promise<void> {
  const name = "release without signalling";
  await session.lane
    .supersede(name, name, () => tearDown(smf, session, how))
    .catch((error: unknown) => smf.endedEarly(session, name, error));
}

const missing = (param: string): Refused => refuse(400, "MANDATORY_IE_MISSING", undefined, [{ param, reason: "is missing" }]);
const incorrect = (param: string, reason: string): Refused => refuse(400, "MANDATORY_IE_INCORRECT", undefined, [{ param, reason }]);

function create(smf: Smf, body: SmContextCreateData): CreateAnswer | Promise<CreateAnswer> {
  const { pduSessionId, n1SmMsg, servingNfId, servingNetwork, smContextStatusUri, anType, ratType, pei } = body;
  const supi = parseSupi(body.supi ?? "");
  if (!supi.ok) return body.supi === undefined ? missing("/supi") : incorrect("/supi", supi.error.detail);
  if (pduSessionId === undefined) return missing("/pduSessionId");
  if (!isPduSessionId(pduSessionId)) return incorrect("/pduSessionId", "wants 1 to 15");
  if (n1SmMsg === undefined) return missing("/n1SmMsg");

  const heard = readN1(n1SmMsg, pduSessionId);
  if (!heard.ok) {
    smf.world.log.warn("an N1 message that cannot be taken", { ue: smf.nameOf(supi.value), why: heard.why });
    if (heard.answer === undefined) return refuseWith(403, { error: { status: 403, cause: "N1_SM_ERROR", detail: heard.why } });
    return refuseWith(403, { error: { status: 403, cause: "N1_SM_ERROR", detail: heard.why }, n1SmMsg: heard.answer });
  }
  const { message } = heard;
  if (message.is !== "PDU session establishment request") {
    const n1 = status5gsm(pduSessionId, message.pti, Cause5gsm.messageTypeNotCompatibleWithTheProtocolState);
    return refuseWith(403, { error: { status: 403, cause: "N1_SM_ERROR", detail: message.is }, n1SmMsg: n1 });
  }
  const rejected = (cause: number, detail: string): CreateAnswer => createError(cause, rejectOf(message, cause), detail);
  if (body.requestType === "EXISTING_PDU_SESSION" || body.requestType === "EXISTING_EMERGENCY_PDU_SESSION") {
    return rejected(Cause5gsm.pduSessionDoesNotExist, "no session is moved here from another access");
  }
  if (body.requestType === "INITIAL_EMERGENCY_REQUEST") return rejected(Cause5gsm.serviceOptionNotSupported, "no emergency services");
  const sNssai = sNssaiFromJson(body.sNssai);
  if (!sNssai.ok) return body.sNssai === undefined ? missing("/sNssai") : incorrect("/sNssai", sNssai.error.detail);
  const dnn = parseDnn(body.selectedDnn ?? body.dnn ?? "");
  if (!dnn.ok) return rejected(Cause5gsm.missingOrUnknownDnn, `DNN: ${dnn.error.detail}`);

  const old = smf.sessions.byUe(supi.value, pduSessionId);
  const session = smf.session(smf.randomHex(12), supi.value, pduSessionId);
  smf.sessions.add(session);
  const wanted: Wanted = {
    request: message,
    sNssai: sNssai.value,
    dnn: dnn.value,
    pei,
    serving: {
      amfId: servingNfId,
      plmn: { mcc: servingNetwork.mcc, mnc: servingNetwork.mnc },
      statusUri: smContextStatusUri,
      anType,
      ...(ratType !== undefined && { ratType }),
    },
    // A request for an identity in use replaces its session (TS 24.501 §5.4.5.2.5). An AMF that hears of ends at one URI must not hear of this one.
    replace: async () => {
      if (old === undefined) return;
      const sameListener = old.context?.serving.statusUri === smContextStatusUri;
      await end(smf, old, { notify: sameListener ? undefined : "REL_DUE_TO_DUPLICATE_SESSION_ID" });
    },
  };
  const { promise, resolve } = Promise.withResolvers<CreateAnswer>();
  void smf
    .start(session, "PDU session establishment", (scope) => establishment({ smf, session, scope }, wanted, resolve))
    .then(() => resolve(refuse(503, "NF_CONGESTION")));
  return promise;
}

const rejectOf = ({ pduSessionId, pti }: Message5gsm, cause: number): Uint8Array =>
  encode(PduSessionEstablishmentReject({ pduSessionId, pti, cause }));

/** TS 29.502 §5.2.2.3: N2 information first, for the resources that a release in the same breath would take away. */
async function update(smf: Smf, session: Session, body: SmContextUpdateData): Promise<UpdateAnswer> {
  let last: UpdateAnswer = noContent();
  const n2 = readN2(body, session.context?.n4.uplink?.address.includes(":") ? "IPv6" : "IPv4");
  if (n2 !== undefined) {
    // What is being released needs no answer of the gNB beyond the one that the release waits for.
    // Nor does the word that resources are gone, of the session that had the identity before.
    const late = session.releasing !== undefined || n2.is === "released" ? noContent() : undefined;
    last = await (deliver(session, { n2 }) ??
      late ??
      begin(smf, session, "resources of the gNB", (step, reply) => resourcesAnswered(step, n2, reply)));
    if (!last.ok) return last;
  }
  if (body.n1SmMsg !== undefined) return uplink(smf, session, body.n1SmMsg);
  if (body.release === true) {
    if (body.cause === "REL_DUE_TO_DUPLICATE_SESSION_ID") return duplicate(smf, session);
    return begin(smf, session, "release", (step, reply) => release(step, { by: "AMF", reply }));
  }
  if (body.upCnxState === "DEACTIVATED") {
    const late = session.releasing && answer({ upCnxState: "DEACTIVATED" });
    return deliver(session, { deactivated: true }) ?? late ?? begin(smf, session, "AN release", deactivation);
  }
  if (body.upCnxState === "ACTIVATING") return begin(smf, session, "service request", activation);
  return last;
}

/** TS 29.502 §5.2.2.3: the phone has begun anew with the identity. It is told nothing; the gNB gives up what it has for the session. */
async function duplicate(smf: Smf, session: Session): Promise<UpdateAnswer> {
  const active = session.held.connection !== "DEACTIVATED";
  await end(smf, session, { notify: "RELEASED" });
  return active
    ? answer({ n2SmInfo: releaseCommand({ choice: "nas", value: "normal-release" }), n2SmInfoType: "PDU_RES_REL_CMD" })
    : noContent();
}

/** What a phone may send within a session, TS 24.501 §6.3 and §6.4, and what is done about it. */
async function uplink(smf: Smf, session: Session, octets: Uint8Array): Promise<UpdateAnswer> {
  const { pduSessionId, log } = session;
  const heard = readN1(octets, pduSessionId);
  if (!heard.ok) {
    log.warn("an N1 message that cannot be taken", { why: heard.why });
    return heard.answer === undefined ? noContent() : answer({ n1SmMsg: heard.answer });
  }
  const { message: n1 } = heard;
  const { pti } = n1;
  switch (n1.is) {
    case "PDU session release request": {
      const running = session.releasing;
      // Its command was lost: the same again (§6.4.3.6, unchecked). Ours goes on whatever the phone wants (§6.3.3.6, unchecked).
      if (running !== undefined) return running.pti === pti ? answer({ n1SmMsg: running.command }) : noContent();
      // An establishment that waits for the gNB gives way: the AMF holds the gNB's answer back until it has ours.
      return deliver(session, { n1 }) ?? begin(smf, session, "release", (step, reply) => release(step, { by: "UE", pti, reply }));
    }
    case "PDU session modification request": {
      // No modification is served yet: the QoS that is asked for is not given, and the rest is an option that is not supported (§6.4.2.4).
      const wantsQos = n1.requestedQosRules !== undefined || n1.requestedQosFlowDescriptions !== undefined;
      const cause = wantsQos ? Cause5gsm.fiveGsQosNotAccepted : Cause5gsm.serviceOptionNotSupported;
      return answer({ n1SmMsg: encode(PduSessionModificationReject({ pduSessionId, pti, cause })) });
    }
    case "PDU session release complete":
    case "PDU session modification complete":
    case "PDU session modification command reject":
    case "PDU session authentication complete":
      // Nobody waited for it: a repeat, or another transaction's (§7.3.1).
      return (
        deliver(session, { n1 }) ?? (pti === 0 ? noContent() : answer({ n1SmMsg: status5gsm(pduSessionId, pti, Cause5gsm.ptiMismatch) }))
      );
    case "5GSM status":
      log.warn("the phone reports an error", { cause: cause5gsmText(n1.cause), pti });
      return deliver(session, { n1 }) ?? noContent();
    case "PDU session establishment request":
      return answer({ n1SmMsg: status5gsm(pduSessionId, pti, Cause5gsm.messageTypeNotCompatibleWithTheProtocolState) });
    default:
      return answer({ n1SmMsg: status5gsm(pduSessionId, pti, Cause5gsm.messageTypeNonExistentOrNotImplemented) });
  }
}

/** To the procedure that waits for it; undefined when none does. One that is pushed aside leaves an empty answer. */
function deliver(session: Session, content: Omit<Arrival, "reply">): Promise<UpdateAnswer> | undefined {
  const { promise, resolve } = Promise.withResolvers<UpdateAnswer>();
  if (!session.inbox.deliver({ ...content, reply: resolve })) return undefined;
  session.lane.current?.scope.defer(() => resolve(noContent()));
  return promise;
}

/** A procedure of its own in the session's lane, which replies when it is ready to. */
function begin(
  smf: Smf,
  session: Session,
  name: string,
  procedure: (step: Step, reply: Arrival["reply"]) => Promise<void>,
): Promise<UpdateAnswer> {
  const { promise, resolve } = Promise.withResolvers<UpdateAnswer>();
  void smf
    .start(session, name, (scope) => procedure({ smf, session, scope }, resolve))
    .then(() => resolve(session.context === undefined ? unknownContext() : refuse(503, "NF_CONGESTION")));
  return promise;
}
