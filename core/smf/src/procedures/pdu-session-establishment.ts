import { Cause5gsm, type Dnn, type Ipv4, isIpv4, parseIp, type SNssai } from "@freehold/model";
import { encode, PduSessionEstablishmentAccept, PduSessionEstablishmentReject, type PduSessionEstablishmentRequest } from "@freehold/nas";
import { nodeIdOf } from "@freehold/pfcp";
import { TimerExpired } from "@freehold/runtime";
import {
  type Answer,
  answer,
  created,
  type DnnConfiguration,
  Npcf_SMPolicyControl,
  Nudm_UECM,
  refuse,
  SbiTransportError,
  type SmContextCreatedData,
  type SmContextCreateError,
  type SmPolicyDecision,
} from "@freehold/sbi";
import { DEFAULT_QOS, N2_ANSWER_MS, type ServedDnn } from "../config.ts";
import { transfer } from "../n1n2.ts";
import { setupRequest } from "../n2.ts";
import { establish, establishmentRequest, seidText, setDownlink, tunnelOf, unanswered } from "../n4-session.ts";
import { answerPco } from "../pco.ts";
import { nasAmbr, qosFlowDescriptions, qosRules, sessionQos } from "../qos.ts";
import { createError, problemReject, Reject } from "../reject.ts";
import type { Arrival } from "../session.ts";
import type { Protection, Serving, SessionContext } from "../session-context.ts";
import { SscModeReject, selectSscMode, selectType, subscribed } from "../subscription.ts";
import { release } from "./pdu-session-release.ts";
import type { Step } from "./step.ts";
import { notifyAmf, tearDown } from "./tear-down.ts";

export type CreateAnswer = Answer<SmContextCreatedData, SmContextCreateError>;

/** What CreateSMContext asked for. */
export interface Wanted {
  readonly request: PduSessionEstablishmentRequest;
  readonly sNssai: SNssai;
  readonly dnn: Dnn;
  readonly serving: Serving;
  readonly pei?: string | undefined;
  /** Ends the session that had this identity before. */
  readonly replace: () => Promise<void>;
}

/** How far it has come, for the end it may meet. */
interface Progress {
  /** The UPF was asked for the session and may have it. */
  n4: boolean;
  /** The SM policy association, until it is committed with the session. */
  policy?: string;
}

/** The AMF cannot pass anything to the phone. */
class Unreachable extends Error {}
/** The phone gives the session up before the gNB has answered for it. */
class GivenUp extends Error {
  readonly pti: number;
  readonly reply: Arrival["reply"];
  constructor(pti: number, reply: Arrival["reply"]) {
    super("the phone asks for the release");
    this.pti = pti;
    this.reply = reply;
  }
}
/** The phone has its accept, and the session cannot be all the same: it is released by us. */
class ReleaseAfterAccept extends Reject {}

/**
 * UE-requested PDU Session Establishment, TS 23.502 §4.3.2.2.1, figure 4.3.2.2.1-1; TS 24.501 §6.4.1. The SMF's part; numbers are the figure's.
 * Before step 5 a `Reject` refuses CreateSMContext; after it the phone hears of it through the AMF, and the session ends.
 */
export async function establishment(step: Step, wanted: Wanted, respond: (answer: CreateAnswer) => void): Promise<void> {
  const { smf, session, scope } = step;
  const progress: Progress = { n4: false };
  let responded = false;
  const undone = () => ({ n4Gone: !progress.n4, policy: progress.policy });
  scope.undo(() => tearDown(smf, session, undone())); // pushed aside by an end without signalling
  scope.defer(() => respond(refuse(409, "HIGHER_PRIORITY_REQUEST_REJECTED"))); // only the first answer counts
  const answerFirst = (given: CreateAnswer): void => {
    responded = true;
    respond(given);
  };
  try {
    await wanted.replace();
    await proceed(step, wanted, answerFirst, progress);
  } catch (error) {
    if (scope.ended) throw error;
    if (error instanceof GivenUp) return release(step, { by: "UE", pti: error.pti, reply: error.reply });
    const reject = error instanceof Reject || error instanceof Unreachable ? error : undefined;
    if (reject === undefined) smf.fault(session, "PDU session establishment", error);
    else session.log.warn(`PDU session establishment rejected: ${reject.message}`, error instanceof Reject ? { cause: error.text } : {});
    if (error instanceof ReleaseAfterAccept) return release(step, { by: "network", cause: error.cause });
    const n1 = rejectMessage(wanted.request, error);
    if (!responded)
      respond(createError(error instanceof Reject ? error.cause : Cause5gsm.requestRejectedUnspecified, n1, reject?.message ?? "a fault"));
    else if (error instanceof Refused)
      error.reply(answer({ n1SmMsg: n1 })); // 15, 17
    else if (!(error instanceof Unreachable)) {
      const { supi, pduSessionId } = session;
      await transfer(smf, session, { supi, pduSessionId, sNssai: wanted.sNssai, serving: wanted.serving }, { n1 }, scope); // 11
    }
    await tearDown(smf, session, undone());
    if (responded) await notifyAmf(smf, session, wanted.serving); //                                           20
  }
}

/** The gNB gave no resources: the phone's reject goes back in the answer. */
class Refused extends Reject {
  readonly reply: Arrival["reply"];
  constructor(why: string, reply: Arrival["reply"]) {
    super(Cause5gsm.insufficientResources, why);
    this.reply = reply;
  }
}

function rejectMessage({ pduSessionId, pti }: PduSessionEstablishmentRequest, error: unknown): Uint8Array {
  const cause = error instanceof Reject ? error.cause : Cause5gsm.requestRejectedUnspecified;
  const modes = error instanceof SscModeReject ? error.allowed : undefined;
  const allowedSscMode = modes && { ssc1: modes.includes(1), ssc2: modes.includes(2), ssc3: modes.includes(3) };
  return encode(PduSessionEstablishmentReject({ pduSessionId, pti, cause, ...(allowedSscMode && { allowedSscMode }) }));
}

async function proceed(step: Step, wanted: Wanted, respond: (answer: CreateAnswer) => void, progress: Progress): Promise<void> {
  const { smf, session, scope } = step;
  const { request, sNssai, dnn, serving } = wanted;
  const served = servedHere(step, wanted);
  const subscription = await subscribed(smf, { supi: session.supi, sNssai, dnn, plmn: serving.plmn }); //      4a
  const { cause } = selectType(request.pduSessionType, subscription.pduSessionTypes);
  const sscMode = selectSscMode(request.sscMode, subscription.sscModes);
  scope.check();
  respond(created({ pduSessionId: session.pduSessionId, sNssai: { ...sNssai } }, `/nsmf-pdusession/v1/sm-contexts/${session.ref}`)); // 5

  const node = smf.n4.pick(served.dnn); //                                                                      8
  if (node === undefined) throw new Reject(Cause5gsm.networkFailure, `no UPF serves ${served.dnn}`);
  const ipv4 = takeAddress(step, served, subscription);
  const uplink = smf.n4.uplinkOf(node, undefined);
  if (uplink === undefined) {
    smf.poolOf(served).release(ipv4);
    throw new Reject(Cause5gsm.networkFailure, "the UPF neither chooses F-TEIDs nor tells its N3 address");
  }
  const asked: SessionContext = {
    ref: session.ref,
    state: "ESTABLISHING",
    supi: session.supi,
    pduSessionId: session.pduSessionId,
    dnn: served.dnn,
    sNssai,
    serving,
    type: "IPV4",
    sscMode,
    ipv4,
    qos: sessionQos(undefined, subscription, smf.config.defaultQos ?? DEFAULT_QOS),
    ...securityOf(subscription, request),
    n4: { upf: node.name, cp: freshSeid(step), ...(uplink.is === "fTeid" && { uplink: tunnelOf(uplink) }) },
    connection: "DEACTIVATED",
    registered: false,
  };
  const policy = await associatePolicy(step, wanted, subscription, asked).catch((error: unknown) => {
    smf.free(asked);
    throw error;
  }); //                                                                                                        7a, 7b, 9
  if (policy) progress.policy = policy.uri;
  const qos = sessionQos(policy?.decision, subscription, smf.config.defaultQos ?? DEFAULT_QOS);
  const context = { ...asked, qos, ...(policy && { policy: policy.uri }) };
  await keep(step, context);

  progress.n4 = true;
  const made = await makeN4(
    step,
    context,
    establishmentRequest(context, { nodeId: nodeIdOf(smf.n4.address), address: smf.n4.address, uplink }),
    progress,
  ); // 10a, 10b
  // The tunnel is the UPF's own, or was kept with the address; until the session is ACTIVE a restart ends it, whoever has heard of it.
  session.learn({ n4: { ...context.n4, ...made }, connection: "ACTIVATING" });

  const n1 = encode(acceptMessage(wanted, session.held, served, cause));
  const n2 = { type: "PDU_RES_SETUP_REQ", octets: setupRequest(session.held) } as const;
  const ms = smf.config.timers?.n2Answer ?? N2_ANSWER_MS;
  // The gNB may answer before the AMF says that it has passed it on.
  const answered = session.inbox.expect(resourcesAnswered, { scope, timer: { name: "N2 answer", ms } });
  answered.catch(() => {});
  const sent = await transfer(smf, session, session.held, { n1, n2 }, scope); //                               11
  if (sent !== "sent" && sent !== "later") throw new Unreachable(`the AMF has not passed it on: ${sent}`);
  const { n2: said, reply } = await answered.catch((error: unknown): never => {
    throw error instanceof TimerExpired ? new ReleaseAfterAccept(Cause5gsm.insufficientResources, "the gNB does not answer") : error;
  }); //                                                                                                        14
  if (said?.is === "setup failed") throw new Refused(`the gNB gives no resources: ${said.why}`, reply); //      15
  if (said?.is !== "setup") throw new Error("an answer that was not expected");
  if (said.failedFlows.includes(qos.qfi)) throw new ReleaseAfterAccept(Cause5gsm.insufficientResources, "the gNB refuses the default flow");
  try {
    await setDownlink(session.held, smf.n4.ask, said.tunnel); //                                               16a, 16b
  } catch (error) {
    if (!(error instanceof Reject)) unanswered(error);
    throw new ReleaseAfterAccept(error instanceof Reject ? error.cause : Cause5gsm.networkFailure, error.message);
  }
  const registered = await register(step, wanted); //                                                           16c
  await session.change({ state: "ACTIVE", connection: "ACTIVATED", an: said.tunnel, registered });
  reply(answer({ upCnxState: "ACTIVATED" })); //                                                                17
  session.log.info("PDU session established", { dnn: served.dnn, ipv4, upf: node.name, fiveQi: qos.fiveQi });
}

/** The data network in the slice, as configured. #27: nobody knows the DNN; #70: it is not in this slice (TS 24.501 §6.4.1.4.1 (unchecked)). */
function servedHere({ smf }: Step, { sNssai, dnn }: Wanted): ServedDnn {
  const served = smf.servedOf(sNssai, dnn);
  if (served !== undefined) return served;
  const elsewhere = smf.config.served.some((s) => s.dnn.toLowerCase() === dnn.toLowerCase());
  throw new Reject(elsewhere ? Cause5gsm.missingOrUnknownDnnInASlice : Cause5gsm.missingOrUnknownDnn, `DNN ${dnn} is not served here`);
}

/** The subscriber's own address, else one of the pool. #26 when there is none (TS 24.501 §6.4.1.4.1 (unchecked)). */
function takeAddress({ smf }: Step, served: ServedDnn, { staticIpAddress = [] }: DnnConfiguration): Ipv4 {
  const pool = smf.poolOf(served);
  const own = staticIpAddress.map(({ ipv4Addr }) => ipv4Addr).find((a) => a !== undefined);
  if (own === undefined) {
    const address = pool.take();
    if (address === undefined) throw new Reject(Cause5gsm.insufficientResources, `the pool of ${served.dnn} is empty`);
    return address;
  }
  const read = parseIp(own);
  if (!read.ok || !isIpv4(read.value)) throw new Reject(Cause5gsm.networkFailure, "the subscribed address is none");
  if (!pool.reserve(read.value)) throw new Reject(Cause5gsm.insufficientResources, "the subscribed address is in use");
  return read.value;
}

/** Address, SEID and policy are durable before the UPF, the gNB or the phone hears of them: what a restart finds it can end. */
async function keep({ smf, session }: Step, context: SessionContext): Promise<void> {
  try {
    await session.commit(context);
    smf.sessions.addSeid(context.n4.cp, session);
  } catch (error) {
    smf.free(context);
    throw error;
  }
}

/** 64 random bits: nobody guesses the SEID of another's session. */
function freshSeid({ smf }: Step): string {
  for (;;) {
    const seid = smf.randomHex(8);
    if (seid !== seidText(0n) && smf.sessions.bySeid(seid) === undefined) return seid;
  }
}

/** TS 23.501 §5.10.3: the subscription's policy, and what the phone can do. */
function securityOf(
  { upSecurity }: DnnConfiguration,
  { integrityProtectionMaximumDataRate: rate }: PduSessionEstablishmentRequest,
): Pick<SessionContext, "security"> {
  const read = (value: string | undefined): Protection => (value === "REQUIRED" || value === "PREFERRED" ? value : "NOT_NEEDED");
  if (upSecurity === undefined) return {};
  const fullRate = rate.uplink === "Full data rate";
  return { security: { integrity: read(upSecurity.upIntegr), confidentiality: read(upSecurity.upConfid), fullRate } };
}

/** SM Policy Association, TS 29.512 §4.2.2; without a PCF in the network the subscription decides (TS 23.502 step 7a: local policy). */
async function associatePolicy(
  { smf }: Step,
  { serving, pei, request }: Wanted,
  subscription: DnnConfiguration,
  { supi, pduSessionId, dnn, ipv4, sNssai, ref }: SessionContext,
): Promise<{ uri: string; decision: SmPolicyDecision } | undefined> {
  const { sessionAmbr, "5gQosProfile": profile } = subscription;
  const body = {
    supi,
    pduSessionId,
    pduSessionType: "IPV4",
    dnn,
    notificationUri: smf.policyUri(ref),
    accessType: serving.anType,
    ...(serving.ratType !== undefined && { ratType: serving.ratType }),
    servingNetwork: serving.plmn,
    ...(pei !== undefined && { pei }),
    ipv4Address: ipv4,
    ...(sessionAmbr && { subsSessAmbr: sessionAmbr }),
    ...(profile && { subsDefQos: profile }),
    ...(request.maximumNumberOfSupportedPacketFilters !== undefined && { numOfPackFilter: request.maximumNumberOfSupportedPacketFilters }),
    sliceInfo: { ...sNssai },
    suppFeat: "0",
  } as const;
  try {
    const given = await smf.peers.peer(Npcf_SMPolicyControl).create({ body }, { ue: supi });
    if (given.ok) return { uri: given.location ?? "", decision: given.value };
    if (given.problem.cause === "NF_DISCOVERY_FAILURE") return undefined;
    throw problemReject("Npcf_SMPolicyControl", given);
  } catch (error) {
    if (!(error instanceof SbiTransportError)) throw error;
    throw new Reject(Cause5gsm.networkFailure, error.message);
  }
}

async function makeN4({ smf }: Step, context: SessionContext, request: Parameters<typeof establish>[2], progress: Progress) {
  try {
    return await establish(context, smf.n4.ask, request);
  } catch (error) {
    if (error instanceof Reject) {
      progress.n4 = false;
      throw error;
    }
    unanswered(error);
    throw new Reject(Cause5gsm.networkFailure, error.message);
  }
}

/** TS 24.501 §8.3.2. */
function acceptMessage(
  { request, dnn }: Wanted,
  c: SessionContext,
  served: ServedDnn,
  cause: number | undefined,
): PduSessionEstablishmentAccept {
  const options = answerPco(request.extendedProtocolConfigurationOptions, served);
  return PduSessionEstablishmentAccept({
    pduSessionId: request.pduSessionId,
    pti: request.pti,
    selectedPduSessionType: "IPv4",
    selectedSscMode: c.sscMode,
    authorizedQosRules: qosRules(c.qos),
    sessionAmbr: nasAmbr(c.qos.ambr),
    ...(cause !== undefined && { cause }),
    pduAddress: { type: "IPv4", ipv4: c.ipv4 },
    sNssai: c.sNssai,
    ...(request.alwaysOnPduSessionRequested && { alwaysOnPduSessionIndication: served.alwaysOn ?? false }),
    authorizedQosFlowDescriptions: qosFlowDescriptions(c.qos),
    ...(options && { extendedProtocolConfigurationOptions: options }),
    dnn,
  });
}

/** Step 14: the gNB's answer, by way of the AMF; or the connection is gone, or the phone has changed its mind. */
function resourcesAnswered(arrival: Arrival): Arrival | undefined {
  const { n1, n2, deactivated, reply } = arrival;
  if (n1?.is === "PDU session release request") throw new GivenUp(n1.pti, reply);
  if (deactivated) {
    reply(answer({ upCnxState: "DEACTIVATED" }));
    throw new ReleaseAfterAccept(Cause5gsm.insufficientResources, "the connection to the gNB is gone");
  }
  return n2?.is === "setup" || n2?.is === "setup failed" ? arrival : undefined;
}

/** Nudm_UECM_Registration; a UDM that does not answer costs nobody a session that runs. */
async function register({ smf, session }: Step, { serving }: Wanted): Promise<boolean> {
  const { supi, pduSessionId, dnn, sNssai } = session.held;
  const { mcc, mnc } = serving.plmn;
  const smfInstanceId = smf.world.sbi.nfInstanceId;
  const body = { smfInstanceId, pduSessionId, singleNssai: { ...sNssai }, dnn, plmnId: { mcc, mnc } };
  try {
    const given = await smf.peers.peer(Nudm_UECM).registerSmf({ ueId: supi, pduSessionId, body }, { ue: supi });
    if (given.ok) return true;
    if (given.status < 500) {
      const { cause, message } = problemReject("Nudm_UECM", given);
      throw new ReleaseAfterAccept(cause, message);
    }
    session.log.warn("the UDM does not say that the session is registered", { status: given.status });
  } catch (error) {
    if (!(error instanceof SbiTransportError)) throw error;
    session.log.warn("the UDM does not say that the session is registered", { why: error.message });
  }
  return true; // it may be: its end is told all the same
}
