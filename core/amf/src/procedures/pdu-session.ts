import { Cause5gmm, dnn as dnnOf, guamiJson, isPduSessionId, type SNssai, sameDnn, sameSNssai, sNssaiText } from "@freehold/model";
import type { UlNasTransport } from "@freehold/nas";
import { Nsmf_PDUSession, Nudm_SDM, SbiTransportError, type SmContextUpdateData } from "@freehold/sbi";
import type { Amf } from "../amf.ts";
import type { Ue } from "../ue.ts";
import type { SessionRoute, UeContext } from "../ue-context.ts";
import { releaseResource } from "./pdu-session-resource.ts";
import { plmnJson, type Step, snssaiJson, threeGpp, userLocation } from "./step.ts";

/** UL NAS TRANSPORT, TS 24.501 §5.4.5.2: the message inside goes to the SMF of its PDU session, in that session's lane. */
export function uplinkSessionMessage(amf: Amf, ue: Ue, message: UlNasTransport): void {
  const { pduSessionId } = message;
  if (message.payloadContainerType !== "N1 SM information") {
    ue.log.info("payload container not served here", { type: message.payloadContainerType });
    amf.start("DL NAS transport", () => notForwarded(ue, message, Cause5gmm.payloadWasNotForwarded));
    return;
  }
  if (pduSessionId === undefined || !isPduSessionId(pduSessionId)) {
    ue.log.warn("N1 SM information without a PDU session ID of 1 to 15", { pduSessionId });
    amf.start("DL NAS transport", () => notForwarded(ue, message, Cause5gmm.payloadWasNotForwarded));
    return;
  }
  const lane = ue.sessionLane(pduSessionId);
  const begin = (): Promise<void> =>
    route(amf, ue, pduSessionId, message).catch(async (error: unknown) => {
      if (!(error instanceof SbiTransportError)) throw error;
      ue.log.warn("N1 SM information not forwarded (TS 24.501 §5.4.5.2.5)", { pduSessionId, why: error.message });
      await notForwarded(ue, message, Cause5gmm.payloadWasNotForwarded);
    });
  amf.start(`PDU session ${pduSessionId}`, () => lane.run("N1 SM", begin));
}

/** TS 24.501 §5.4.5.2.5, §5.4.5.3.1: the AMF could not forward; the phone gets its message back with the reason. */
async function notForwarded(ue: Ue, message: UlNasTransport, cause: Cause5gmm): Promise<void> {
  await ue.n1.send({
    is: "DL NAS transport",
    payloadContainerType: message.payloadContainerType,
    payloadContainer: message.payloadContainer,
    ...(message.pduSessionId === undefined ? {} : { pduSessionId: message.pduSessionId }),
    cause,
  });
}

async function route(amf: Amf, ue: Ue, pduSessionId: number, message: UlNasTransport): Promise<void> {
  const { context } = ue;
  if (context?.access[threeGpp].rm !== "REGISTERED") return;
  const known = context.sessions[pduSessionId];
  const creates = message.requestType === "initial request" || message.requestType === "initial emergency request";
  if (known !== undefined && !creates) return await update(amf, ue, known, { n1SmMsg: message.payloadContainer });
  if (!creates && message.requestType !== "existing PDU session") {
    ue.log.warn("N1 SM information for a PDU session that is not here (TS 24.501 §5.4.5.2.5)", { pduSessionId });
    return await notForwarded(ue, message, Cause5gmm.payloadWasNotForwarded);
  }
  // An initial request for a PDU session in use replaces it (TS 24.501 §5.4.5.2.5).
  if (known !== undefined) await giveWay(amf, ue, known);
  await establish(amf, ue, context, pduSessionId, message);
}

/** PDU session establishment, TS 23.502 §4.3.2.2.1, steps 1 to 3 and 5: chooses slice, DNN and SMF, and hands the request over. */
async function establish(amf: Amf, ue: Ue, context: UeContext, pduSessionId: number, message: UlNasTransport): Promise<void> {
  const { n2 } = ue;
  if (n2 === undefined) return;
  const names = await subscribedDnns(amf, context);
  const sNssai =
    message.sNssai === undefined ? sliceFor(context, names, message.dnn) : context.allowed.find((s) => sameSNssai(s, message.sNssai!));
  if (sNssai === undefined) {
    ue.log.warn("the slice asked for is not in the allowed NSSAI", { pduSessionId });
    return await notForwarded(ue, message, Cause5gmm.payloadWasNotForwarded);
  }
  const dnn = chooseDnn(names(sNssai), message.dnn);
  const found = dnn === undefined ? undefined : await amf.discovery.find(Nsmf_PDUSession, { snssais: [snssaiJson(sNssai)], dnn });
  if (dnn === undefined || found === undefined) {
    const why = dnn === undefined ? "is not subscribed in the slice" : "is served by no SMF";
    ue.log.warn(`DNN ${message.dnn ?? "(default)"} ${why}: 5GMM cause 91 (TS 24.501 §5.4.5.2.5)`, { slice: sNssaiText(sNssai) });
    return await notForwarded(ue, message, Cause5gmm.dnnNotSupportedOrNotSubscribedInTheSlice);
  }
  const smf = amf.world.sbi.consume(Nsmf_PDUSession, found.apiRoot);
  const given = await smf.createSmContext(
    {
      body: {
        supi: context.supi,
        ...(context.pei === undefined ? {} : { pei: context.pei }),
        pduSessionId,
        dnn,
        sNssai: snssaiJson(sNssai),
        servingNfId: amf.world.sbi.nfInstanceId,
        guami: guamiJson(amf.guamiFor(context.servingPlmn)),
        servingNetwork: plmnJson(context.servingPlmn),
        requestType: message.requestType === "existing PDU session" ? "EXISTING_PDU_SESSION" : "INITIAL_REQUEST",
        n1SmMsg: message.payloadContainer,
        anType: threeGpp,
        ratType: "NR",
        ueLocation: userLocation(n2),
        smContextStatusUri: amf.callbacks.smContextStatus(context.supi, pduSessionId),
      },
    },
    { ue: context.supi },
  );
  if (!given.ok) {
    ue.log.warn("PDU session refused by the SMF", { pduSessionId, dnn, status: given.status, cause: given.problem.cause });
    const reject = given.refusal?.n1SmMsg;
    if (reject !== undefined) return await deliverN1Sm(ue, pduSessionId, reject);
    return await notForwarded(ue, message, Cause5gmm.payloadWasNotForwarded);
  }
  const { location } = given;
  if (location === undefined) throw new Error("the SMF made a context without saying where (Location)");
  await commitSessions(ue, (sessions) => ({
    ...sessions,
    [pduSessionId]: { pduSessionId, dnn, sNssai, smfRoot: found.apiRoot, smContext: location },
  }));
}

type DnnNames = readonly { readonly dnn: string; readonly defaultDnnIndicator?: boolean }[];

/** The data networks that are subscribed in a slice, without those that are barred; none where the UDM does not say. */
async function subscribedDnns(amf: Amf, context: UeContext): Promise<(sNssai: SNssai) => DnnNames> {
  const given = await amf.world.sbi
    .consume(Nudm_SDM, context.peers.udm)
    .getSmfSelectData({ supi: context.supi, "plmn-id": plmnJson(context.servingPlmn) }, { ue: context.supi });
  const slices = Object.entries((given.ok ? given.value.subscribedSnssaiInfos : undefined) ?? {});
  return (sNssai) => {
    const infos = slices.find(([key]) => sameSubscribed(key, sNssai))?.[1].dnnInfos ?? [];
    return infos.filter((info) => info.dnnBarred !== true);
  };
}

/**
 * No S-NSSAI, TS 23.502 §4.3.2.2.1 step 2: the only one allowed; of several one that is subscribed as default comes first; and our policy, as
 * the clause suggests, is that the data network that was asked for is in the slice.
 */
function sliceFor({ allowed, subscribed }: UeContext, names: (sNssai: SNssai) => DnnNames, asked: string | undefined): SNssai | undefined {
  const isDefault = (s: SNssai): boolean => subscribed.defaults.some((d) => sameSNssai(d, s));
  const inOrder = [...allowed.filter(isDefault), ...allowed.filter((s) => !isDefault(s))];
  return inOrder.find((s) => chooseDnn(names(s), asked) !== undefined) ?? inOrder[0];
}

/** No DNN is the default DNN of the slice (TS 23.501 §5.6.1); one that is not subscribed is not served. */
function chooseDnn(names: DnnNames, asked: string | undefined): string | undefined {
  if (asked === undefined) return (names.find((info) => info.defaultDnnIndicator === true) ?? names[0])?.dnn;
  const exact = names.find(({ dnn }) => dnn !== "*" && sameDnn(dnnOf(dnn), dnnOf(asked)));
  return exact?.dnn ?? (names.some(({ dnn }) => dnn === "*") ? asked : undefined);
}

/** Keys of subscribedSnssaiInfos, TS 29.503 §6.1.6.2.3 (unchecked): "1" or "1-010203". */
const sameSubscribed = (key: string, s: SNssai): boolean => {
  const [sst, sd] = key.split("-");
  return sameSNssai(sd === undefined || /^ffffff$/i.test(sd) ? { sst: Number(sst) } : { sst: Number(sst), sd: sd.toLowerCase() }, s);
};

/** The 5GSM message to the phone, TS 24.501 §5.4.5.3. */
export async function deliverN1Sm(ue: Ue, pduSessionId: number, payload: Uint8Array): Promise<void> {
  await ue.n1.send({ is: "DL NAS transport", payloadContainerType: "N1 SM information", payloadContainer: payload, pduSessionId });
}

/** Nsmf_PDUSession_UpdateSMContext, and what its answer asks of phone and gNB. A context that the SMF no longer has is forgotten here. */
export async function update(amf: Amf, ue: Ue, session: SessionRoute, body: SmContextUpdateData): Promise<void> {
  const { pduSessionId, smfRoot } = session;
  const given = await amf.world.sbi
    .consume(Nsmf_PDUSession, smfRoot)
    .updateSmContext({ smContextRef: refOf(session), body }, { ue: ue.supi });
  if (!given.ok) {
    ue.log.warn("the SMF refuses an update", { pduSessionId, status: given.status, cause: given.problem.cause });
    if (given.refusal?.n1SmMsg !== undefined) await deliverN1Sm(ue, pduSessionId, given.refusal.n1SmMsg);
    if (given.status === 404) await forget(ue, pduSessionId);
    return;
  }
  const { n1SmMsg, n2SmInfo, n2SmInfoType } = given.value ?? {};
  if (n2SmInfo !== undefined && n2SmInfoType === "PDU_RES_REL_CMD") return await releaseResource(amf, ue, pduSessionId, n2SmInfo, n1SmMsg);
  if (n1SmMsg !== undefined) await deliverN1Sm(ue, pduSessionId, n1SmMsg);
}

/** How long an SMF may take to say how a user plane comes up; the phone waits 15 s for the accept (T3517). */
const activationMs = 5_000;

/** TS 23.502 §4.2.3.2 steps 4 to 11: what the gNB is to set up for the session; undefined when its user plane does not come up. */
export async function activateSession(
  { amf, ue, connection, scope }: Step,
  id: number,
): Promise<{ readonly id: number; readonly sNssai: SNssai; readonly transfer: Uint8Array } | undefined> {
  const activating = ue.sessionLane(id).run("activation", async () => {
    const session = ue.context?.sessions[id];
    if (session === undefined || ue.n2 !== connection) return undefined;
    const given = await amf.world.sbi.consume(Nsmf_PDUSession, session.smfRoot).updateSmContext(
      {
        smContextRef: refOf(session),
        body: { upCnxState: "ACTIVATING", anType: threeGpp, ratType: "NR", ueLocation: userLocation(connection) },
      },
      { ue: ue.supi },
    );
    if (!given.ok) {
      ue.log.warn("the SMF does not bring the user plane up", { pduSessionId: id, status: given.status, cause: given.problem.cause });
      if (given.status === 404) await forget(ue, id);
      return undefined;
    }
    const { n2SmInfo, n2SmInfoType } = given.value ?? {};
    if (n2SmInfo === undefined || n2SmInfoType !== "PDU_RES_SETUP_REQ") return undefined;
    return { id, sNssai: session.sNssai, transfer: n2SmInfo };
  });
  const late = scope.sleep(activationMs).then(() => undefined);
  try {
    return await scope.race([activating, late]);
  } catch (error) {
    if (!(error instanceof SbiTransportError)) throw error;
    ue.log.warn("the SMF does not answer", { pduSessionId: id, why: error.message });
    return undefined;
  }
}

const refOf = ({ smContext }: SessionRoute): string => decodeURIComponent(smContext.slice(smContext.lastIndexOf("/") + 1));

/** Nsmf_PDUSession_ReleaseSMContext: without a word to the phone. */
async function release(amf: Amf, ue: Ue, session: SessionRoute): Promise<void> {
  const given = await amf.world.sbi
    .consume(Nsmf_PDUSession, session.smfRoot)
    .releaseSmContext({ smContextRef: refOf(session), body: {} }, { ue: ue.supi });
  if (!given.ok && given.status !== 404)
    ue.log.warn("SM context not released", { pduSessionId: session.pduSessionId, status: given.status });
  await forget(ue, session.pduSessionId);
}

/**
 * The phone has begun anew with the session's identity, TS 29.502 §5.2.2.3: the SMF ends it, and the gNB gives up its resources, or it would
 * refuse those of the next session (TS 38.413 §8.2.1.4).
 */
async function giveWay(amf: Amf, ue: Ue, session: SessionRoute): Promise<void> {
  const { pduSessionId, smfRoot } = session;
  const given = await amf.world.sbi
    .consume(Nsmf_PDUSession, smfRoot)
    .updateSmContext({ smContextRef: refOf(session), body: { release: true, cause: "REL_DUE_TO_DUPLICATE_SESSION_ID" } }, { ue: ue.supi });
  const { n2SmInfo, n2SmInfoType } = (given.ok ? given.value : undefined) ?? {};
  if (n2SmInfo !== undefined && n2SmInfoType === "PDU_RES_REL_CMD") await releaseResource(amf, ue, pduSessionId, n2SmInfo, undefined);
  await release(amf, ue, session); // whatever it has answered; 404 where it is gone
}

/** The session is no longer here. */
export function forget(ue: Ue, pduSessionId: number): Promise<void> {
  return commitSessions(ue, ({ [pduSessionId]: _, ...others }) => others);
}

/** One writer at a time: lanes of several sessions commit one after the other, each over what the one before left. */
function commitSessions(ue: Ue, change: (sessions: UeContext["sessions"]) => UeContext["sessions"]): Promise<void> {
  return ue.write((context) => ({ ...context, sessions: change(context.sessions) }));
}

/** AN release, TS 23.502 §4.2.6 steps 5 to 7: every session's user plane goes down, each in its lane. */
export async function deactivateSessions(amf: Amf, ue: Ue): Promise<void> {
  const work = Object.keys(ue.context?.sessions ?? {}).map((key) =>
    ue.sessionLane(Number(key)).run("deactivation", async () => {
      const session = ue.context?.sessions[key];
      // Its resources may have been set up again meanwhile, on the connection that the UE has now.
      if (session !== undefined && ue.n2?.resources.has(Number(key)) !== true)
        await update(amf, ue, session, { upCnxState: "DEACTIVATED" });
    }),
  );
  await Promise.all(work);
}

/** Sessions that a phone which names these as its own keeps: these, and those whose accept still waits for it. */
export const keptSessions = ({ reach }: Ue, status: readonly number[]): number[] => [
  ...status,
  ...[...reach.waiting.values()].filter(({ n1 }) => n1 !== undefined).map(({ pduSessionId }) => pduSessionId),
];

/** Deregistration and initial registration: every SM context is released, whatever ran in its lane; but for those that the phone still has. */
export async function releaseSessions(amf: Amf, ue: Ue, kept: readonly number[] = []): Promise<void> {
  const keys = new Set([...Object.keys(ue.context?.sessions ?? {}), ...[...ue.sessions.keys()].map(String)]);
  const gone = [...keys].filter((key) => !kept.includes(Number(key)));
  const work = gone.map((key) =>
    ue.sessionLane(Number(key)).supersede("release of the PDU session", "release", async () => {
      ue.reach.take(Number(key));
      const session = ue.context?.sessions[key];
      if (session !== undefined) await releaseOrLater(amf, ue, session, firstWaitMs);
    }),
  );
  await Promise.all(work);
}

/** How long an SMF that does not answer is left alone before it is asked again: doubled each time. */
const firstWaitMs = 2_000;
const longestWaitMs = 120_000;

/** An SMF that does not answer still has the session: its route stays in the context, and the release is tried again, also after a restart. */
async function releaseOrLater(amf: Amf, ue: Ue, session: SessionRoute, wait: number): Promise<void> {
  try {
    await release(amf, ue, session);
  } catch (error) {
    if (!(error instanceof SbiTransportError)) throw error;
    ue.log.warn("SM context not released yet: its SMF does not answer", { pduSessionId: session.pduSessionId, why: error.message });
    releaseLater(amf, ue, session, wait);
  }
}

function releaseLater(amf: Amf, { supi = "" }: Ue, session: SessionRoute, wait: number): void {
  const { pduSessionId, smContext } = session;
  amf.background.after(wait, () => {
    const ue = amf.ues.bySupi(supi);
    const again = async (): Promise<void> => {
      if (ue?.context?.sessions[pduSessionId]?.smContext !== smContext) return; // another took its place, or it is gone
      await releaseOrLater(amf, ue, session, Math.min(2 * wait, longestWaitMs));
    };
    if (ue !== undefined) amf.start("release of a PDU session", () => ue.sessionLane(pduSessionId).run("release", again));
  });
}

/** After a restart: what a UE that is not registered still holds at SMFs. */
export function releaseLeftovers(amf: Amf): void {
  for (const ue of amf.ues.all()) {
    if (ue.context?.access[threeGpp].rm !== "DEREGISTERED") continue;
    for (const session of Object.values(ue.context.sessions)) releaseLater(amf, ue, session, firstWaitMs);
  }
}
