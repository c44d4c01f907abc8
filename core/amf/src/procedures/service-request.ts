import { Cause5gmm } from "@freehold/model";
import type { NasMessage, ServiceRequest } from "@freehold/nas";
import type { Amf } from "../amf.ts";
import type { Arrival } from "../n1.ts";
import { Reject } from "../reject.ts";
import { storedSecurity } from "../security.ts";
import type { Ue } from "../ue.ts";
import { authenticate } from "./authentication.ts";
import { reallocateGuti } from "./configuration-update.ts";
import { initialContextSetup } from "./initial-context-setup.ts";
import { runMobility } from "./mobility.ts";
import { keptSessions, releaseSessions } from "./pdu-session.ts";
import { secure } from "./security-mode.ts";
import { type Step, threeGpp } from "./step.ts";
import { releaseWhenIdle } from "./ue-context-release.ts";
import { deliverWaiting, type Item, notReactivated, sendWith, userPlanes } from "./user-planes.ts";

/**
 * A SERVICE REQUEST, TS 24.501 §5.6.1: known and verified, it is served; else the phone is told to register at once, and nothing changes of
 * the UE that an unverified one names (§5.6.1.5, §4.4.4.3).
 */
export function startServiceRequest(amf: Amf, ue: Ue, request: ServiceRequest, arrival: Arrival): void {
  const procedure = (step: Step): Promise<void> => serviceRequest(step, request, arrival);
  runMobility(amf, ue, "service request", procedure, (_, cause) => ue.n1.send({ is: "Service reject", cause }));
}

/** UE-triggered Service Request, TS 23.502 §4.2.3.2, figure 4.2.3.2-1; the AMF's half, numbers are the figure's. */
async function serviceRequest(step: Step, request: ServiceRequest, arrival: Arrival): Promise<void> {
  const { amf, ue, connection } = step;
  if (!arrival.verified || ue.context === undefined) {
    throw new Reject(
      Cause5gmm.ueIdentityCannotBeDerivedByTheNetwork,
      "no context of ours under this identity and MAC",
      "TS 24.501 §5.6.1.5",
    );
  }
  if (ue.context.access[threeGpp].rm !== "REGISTERED")
    throw new Reject(Cause5gmm.implicitlyDeRegistered, "the UE is not registered any more", "TS 24.501 §5.6.1.5");
  const proven = ue.countsUncertain ? await proveAnew(step, ue.context.supi, request) : arrival.count; //      3
  const { security } = ue;
  if (security === undefined) throw new Error("a verified service request without a security context");
  if (!connection.contextBegun) connection.securityCount = proven;
  // The uplink COUNT before KgNB: the same message, sent again to whoever goes on from the store, gives no key twice.
  await ue.write((context) => ({
    ...context,
    security: storedSecurity(amf, context.supi, security),
    access: { ...context.access, [threeGpp]: { rm: "REGISTERED", cm: "CONNECTED" } },
  }));
  if (request.pduSessionStatus !== undefined) await releaseSessions(amf, ue, keptSessions(ue, request.pduSessionStatus)); // sessions that the phone has lost

  const items = await userPlanes(step, request.uplinkDataStatus ?? []); //                                       4-11
  await answer(step, accept(ue, request, items), items); //                                                     12-14
  ue.log.info("service accepted", { ue: ue.name, gnb: connection.node.name, sessions: items.map(({ pDUSessionID }) => pDUSessionID) });
  connection.settled = true;
  const paged = ue.reach.pages > 0 || request.serviceType === "mobile terminated services";
  await deliverWaiting(amf, ue);
  // TS 24.501 §5.4.4.1: who answers a page gets another 5G-GUTI before the connection is released (TS 33.501 §6.12.3).
  if (paged) await reallocateGuti(step);
  releaseWhenIdle(amf, ue, connection);
}

/** TS 33.501 §6.4.3.1: whether COUNT values have been used is not known; a new KAMF begins at 0 with what comes of it. */
async function proveAnew(step: Step, supi: string, { ngKsi }: ServiceRequest): Promise<number> {
  const { ue } = step;
  const ueSecurityCapability = ue.security?.ueSecurityCapability;
  const proof = await authenticate(step, { suci: supi, ngKsi: ngKsi & 7 });
  const { uplinkCount } = await secure(step, proof, { ueSecurityCapability }, false);
  return uplinkCount;
}

/** SERVICE ACCEPT, TS 24.501 §5.6.1.4.1, §8.2.17. */
function accept({ context }: Ue, { uplinkDataStatus, pduSessionStatus }: ServiceRequest, items: readonly Item[]): NasMessage {
  const sessions = Object.keys(context?.sessions ?? {}).map(Number);
  return {
    is: "Service accept",
    ...(pduSessionStatus === undefined ? {} : { pduSessionStatus: sessions }),
    ...(uplinkDataStatus === undefined ? {} : { pduSessionReactivationResult: notReactivated(uplinkDataStatus, items) }),
  };
}

/** Step 12: the gNB gets what it needs to serve the UE, with the accept and the sessions in it; a UE that it serves already gets the rest. */
async function answer(step: Step, nas: NasMessage, items: readonly Item[]): Promise<void> {
  const { connection } = step;
  for (const { pDUSessionID } of items) connection.resources.add(pDUSessionID);
  if (!connection.contextBegun && (connection.contextRequested || items.length > 0)) {
    return initialContextSetup(step, connection.securityCount, { nas, ...(items.length > 0 && { sessions: [...items] }) });
  }
  await sendWith(step, nas, items);
}
