import { Cause5gsm } from "@freehold/model";
import { nodeIdOf } from "@freehold/pfcp";
import { type Face, Npcf_SMPolicyControl, Nsmf_PDUSession_Callback, Nudm_UECM, SbiTransportError, type StatusInfo } from "@freehold/sbi";
import { establish, establishmentRequest, remove, unanswered } from "../n4-session.ts";
import { Reject } from "../reject.ts";
import type { Session } from "../session.ts";
import type { Serving, SessionContext } from "../session-context.ts";
import type { Smf } from "../smf.ts";

export interface TearDown {
  /** The cause that the AMF is told; undefined: it knows, and is told nothing. */
  readonly notify?: StatusInfo["cause"] | "RELEASED" | undefined;
  /** Its N4 session is gone already. */
  readonly n4Gone?: boolean;
  /** A policy association that was not committed yet. */
  readonly policy?: string | undefined;
}

/**
 * Ends what a session holds elsewhere and here, TS 23.502 §4.3.4.2 steps 2, 11 and 12, in an order that can begin again after a restart: the
 * row goes last. Never rejects for what another function does or does not answer. Waits without a scope: what ends must end.
 */
export async function tearDown(smf: Smf, session: Session, { notify, n4Gone = false, policy }: TearDown): Promise<void> {
  const c = session.context;
  if (c === undefined) {
    await deletePolicy(smf, session, { policy, supi: session.supi });
    smf.sessions.drop(session);
    return;
  }
  if (c.state === "LEFTOVER") return;
  const gone = n4Gone || (await removeN4(smf, session));
  await Promise.all([deletePolicy(smf, session, { policy, ...c }), deregister(smf, session, c)]);
  if (notify !== undefined) await notifyAmf(smf, session, c.serving, notify === "RELEASED" ? undefined : notify);
  smf.sessions.drop(session);
  if (gone) {
    await session.remove();
    smf.free(c);
    return;
  }
  // The UPF may still have it: nobody else gets the address until it has said that it has not.
  await session.change({ state: "LEFTOVER", connection: "DEACTIVATED" });
  smf.leftovers.add(session);
}

/** Step 2a, 2b; false when the UPF does not say that the session is gone. `search`: also one whose SEID we never had. */
export async function removeN4(smf: Smf, session: Session, search = false): Promise<boolean> {
  const c = session.context;
  if (c === undefined) return true;
  // Asked for, and no answer has come: it may be there under a SEID that we do not know, and who was silent is not asked again at once.
  if (c.n4.up === undefined && !search) return smf.n4.nodes.get(c.n4.upf) === undefined;
  try {
    return await remove(c.n4.up === undefined ? await found(smf, c) : c, smf.n4.ask);
  } catch (error) {
    if (!(error instanceof Reject)) unanswered(error);
    session.log.warn("the UPF does not say that the session is gone", { upf: c.n4.upf, why: error.message });
    return smf.n4.nodes.get(c.n4.upf) === undefined;
  }
}

/**
 * Asked for, and no answer has come or was kept: the UPF may have it under a SEID that we do not know. Asked again with the same CP F-SEID, it
 * makes it anew in the place of that one (TS 29.244 §5.6.2), and says its SEID.
 */
async function found(smf: Smf, c: SessionContext): Promise<SessionContext> {
  const node = smf.n4.nodes.get(c.n4.upf);
  const uplink = node && smf.n4.uplinkOf(node, c.n4.uplink);
  if (uplink === undefined) throw new Reject(Cause5gsm.networkFailure, "there is no way to ask for it");
  const { address } = smf.n4;
  const made = await establish(c, smf.n4.ask, establishmentRequest(c, { nodeId: nodeIdOf(address), address, uplink }));
  return { ...c, n4: { ...c.n4, ...made } };
}

/** A UPF that begins anew holds nothing, and one that has retained its sessions gives these up: the addresses that waited for it are free. */
export async function settleLeftovers(smf: Smf, upf: string, retained: boolean): Promise<void> {
  for (const session of [...smf.leftovers]) {
    const c = session.context;
    if (c?.n4.upf !== upf || !smf.leftovers.has(session)) continue;
    if (retained && !(await removeN4(smf, session, true))) continue;
    smf.leftovers.delete(session);
    await session.remove();
    smf.free(c);
  }
}

/** False when it is not known to have been heard. */
async function told(session: Session, what: string, call: Promise<{ ok: boolean; status: number }>): Promise<boolean> {
  try {
    const given = await call;
    if (!given.ok && given.status !== 404) session.log.warn(`${what} is refused`, { status: given.status });
    return given.ok || given.status < 500;
  } catch (error) {
    if (!(error instanceof SbiTransportError)) throw error;
    session.log.warn(`${what}: no answer`, { why: error.message });
    return false;
  }
}

/** Npcf_SMPolicyControl_Delete, TS 29.512 §4.2.5. */
async function deletePolicy(
  smf: Smf,
  session: Session,
  { policy, supi }: Pick<TearDown, "policy"> & Pick<SessionContext, "supi">,
): Promise<void> {
  const place = /^(.*)\/npcf-smpolicycontrol\/v1\/sm-policies\/([^/]+)$/.exec(policy ?? "");
  if (place === null) return;
  const pcf: Face<typeof Npcf_SMPolicyControl> = smf.world.sbi.consume(Npcf_SMPolicyControl, place[1] ?? "");
  await told(session, "the end of the policy association", pcf.delete({ smPolicyId: place[2] ?? "", body: {} }, { ue: supi }));
}

/** Waits before a UDM that did not answer is told again, ms. */
const udmAgain = [2_000, 5_000, 15_000, 60_000] as const;

/** Nudm_UECM_Deregistration, TS 29.503 §5.3.2.4. A UDM that is away for a while is told later; the release does not wait for it. */
async function deregister(smf: Smf, session: Session, c: SessionContext, tries = 0): Promise<void> {
  const { registered, supi, pduSessionId } = c;
  if (!registered) return;
  const udm = smf.peers.peer(Nudm_UECM);
  const gone = udm.deregisterSmf({ ueId: supi, pduSessionId, "smf-instance-id": smf.world.sbi.nfInstanceId });
  const wait = udmAgain[tries];
  if ((await told(session, "the deregistration at the UDM", gone)) || wait === undefined) return;
  smf.background.after(wait, () => {
    if (smf.sessions.byUe(supi, pduSessionId) === undefined) void deregister(smf, session, c, tries + 1); // else it is the next one's registration
  });
}

/** Nsmf_PDUSession_SMContextStatusNotify, TS 29.502 §5.2.2.5. */
export async function notifyAmf(smf: Smf, session: Session, { statusUri }: Serving, cause?: StatusInfo["cause"]): Promise<void> {
  const amf = smf.world.sbi.consume(Nsmf_PDUSession_Callback, statusUri);
  const statusInfo = { resourceStatus: "RELEASED", ...(cause !== undefined && { cause }) } as const;
  await told(session, "the notification of the release", amf.smContextStatusNotify({ body: { statusInfo } }, { ue: session.supi }));
}
