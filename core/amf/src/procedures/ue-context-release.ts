import type { Cause, Pdu } from "@freehold/ngap";
import { Scope, TimerExpired } from "@freehold/runtime";
import type { Amf } from "../amf.ts";
import { N2Answer } from "../config.ts";
import { causeText } from "../n2-values.ts";
import type { N2Connection } from "../ran.ts";
import type { Ue } from "../ue.ts";
import { page } from "./paging.ts";
import { deactivateSessions } from "./pdu-session.ts";
import { watch } from "./reachability.ts";
import { ConnectionLost, threeGpp } from "./step.ts";

/** UE CONTEXT RELEASE REQUEST, TS 38.413 §8.3.2, TS 23.502 §4.2.6: the gNB is done with the UE (inactivity, radio lost). */
export function contextReleaseRequest(amf: Amf, connection: N2Connection, { ies }: Pdu<"UEContextReleaseRequest">): void {
  connection.ue?.log.info("the gNB asks for the release of the connection", { cause: causeText(ies.cause) });
  const cause: Cause = ies.cause ?? { choice: "radioNetwork", value: "user-inactivity" };
  amf.start("AN release", () => releaseConnection(amf, connection, cause));
}

const pairOf = ({ amfUeNgapId, ranUeNgapId }: N2Connection) =>
  ({ choice: "uE-NGAP-ID-pair", value: { aMFUENGAPID: amfUeNgapId, rANUENGAPID: ranUeNgapId } }) as const;

/**
 * AN release, TS 23.502 §4.2.6; UE Context Release, TS 38.413 §8.3.3. The UE is CM-IDLE and its sessions' user planes go down. What runs on
 * the connection ends with it, but for the procedure of scope `within`, which is the one that releases.
 */
export async function releaseConnection(amf: Amf, connection: N2Connection, cause: Cause, within?: Scope): Promise<void> {
  if (connection.released || connection.releasing) return;
  connection.releasing = true;
  await using scope = new Scope(amf.world.clock, "UE context release");
  const complete = connection.inbox.expect((pdu) => (pdu.is === "UEContextReleaseComplete" ? true : undefined), { scope, timer: N2Answer });
  connection.send({ is: "UEContextReleaseCommand", ies: { ueNgapIDs: pairOf(connection), cause } });
  try {
    await complete;
  } catch (error) {
    if (!(error instanceof TimerExpired)) throw error;
    amf.world.log.warn("no UE Context Release Complete: the connection is released here all the same", { gnb: connection.node.name });
  }
  forget(amf, connection, "released", within);
}

/**
 * The gNB is told to release, and nothing of the connection is kept here: for those who are not served, that a flood of them fills no table.
 * The Complete that comes back is the last message of a connection that is not here any more (TS 38.413 §10.6), and passes.
 */
export function dismiss(amf: Amf, connection: N2Connection, cause: Cause): void {
  connection.send({ is: "UEContextReleaseCommand", ies: { ueNgapIDs: pairOf(connection), cause } });
  forget(amf, connection, "dismissed");
}

/** The connection is gone without a word: its association ended, the gNB forgot it, the IDs did not match. */
export function lostConnection(amf: Amf, connection: N2Connection, why: string): void {
  if (!connection.released) forget(amf, connection, why);
}

function forget(amf: Amf, connection: N2Connection, why: string, within?: Scope): void {
  if (connection.released) return;
  connection.released = true;
  connection.stopIdle();
  amf.connections.delete(connection.amfUeNgapId);
  amf.connectionIds.release(connection.amfUeNgapId);
  if (connection.node.connections.get(connection.ranUeNgapId) === connection) connection.node.connections.delete(connection.ranUeNgapId);
  const { ue } = connection;
  if (ue === undefined || ue.n2 !== connection) return;
  ue.n2 = undefined;
  ue.secured = false;
  const lost = new ConnectionLost(why);
  const running = ue.mobility.current?.scope;
  if (running !== within) running?.close(lost).catch((error: unknown) => amf.bug("undo", error));
  if (ue.context === undefined) return;
  const { access } = ue.context;
  // CM state is not committed by itself: what was connected before a restart is idle after it.
  ue.adopt({ ...ue.context, access: { ...access, [threeGpp]: { ...access[threeGpp], cm: "IDLE" } } }, ue.version);
  amf.start("deactivation of user planes", () => deactivateSessions(amf, ue));
  watch(amf, ue);
  page(amf, ue);
}

/** After a registration without follow-on request: a few seconds for what the phone still wants, then the connection is released. */
export function releaseWhenIdle(amf: Amf, ue: Ue, connection: N2Connection): void {
  connection.stopIdle();
  connection.stopIdle = amf.world.clock.after(amf.config.releaseAfterMs, () => {
    const busy = ue.mobility.current !== undefined || [...ue.sessions.values()].some((lane) => lane.current !== undefined);
    if (ue.n2 !== connection || busy || connection.resources.size > 0) return;
    amf.start("release", () => releaseConnection(amf, connection, { choice: "nas", value: "normal-release" }));
  });
}
