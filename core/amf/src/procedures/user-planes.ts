import type { NasMessage } from "@freehold/nas";
import type { InitialContextSetupRequest } from "@freehold/ngap";
import type { Amf } from "../amf.ts";
import { ngapSNssai, ngapUeAmbr } from "../n2-values.ts";
import type { N2Connection } from "../ran.ts";
import type { Ue } from "../ue.ts";
import { activateSession, deliverN1Sm } from "./pdu-session.ts";
import { releaseResource, setUpResource } from "./pdu-session-resource.ts";
import type { Step } from "./step.ts";

/** A PDU session whose user plane comes up, as the gNB is asked for it. */
export type Item = NonNullable<InitialContextSetupRequest["pduSessionResourceSetupListCxtReq"]>[number];

/**
 * The user planes that come up with a service request or a registration: those that the phone names (uplink data status), by asking their
 * SMFs (TS 23.502 §4.2.3.2 steps 4 to 11), and those for whose downlink data it was paged, with what their SMFs have sent (§4.2.3.3 step 3a).
 */
export async function userPlanes(step: Step, named: readonly number[]): Promise<readonly Item[]> {
  const { ue } = step;
  const paged = [...ue.reach.waiting.values()].flatMap(({ pduSessionId, n1, n2 }): Item[] => {
    const sNssai = n2?.sNssai ?? ue.context?.sessions[pduSessionId]?.sNssai;
    // What has a message for the phone with it follows the accept.
    if (n1 !== undefined || n2?.type !== "PDU_RES_SETUP_REQ" || sNssai === undefined) return [];
    ue.reach.take(pduSessionId);
    return [{ pDUSessionID: pduSessionId, sNSSAI: ngapSNssai(sNssai), pDUSessionResourceSetupRequestTransfer: n2.octets }];
  });
  const wanted = named.filter((id) => ue.context?.sessions[id] !== undefined && !paged.some((one) => one.pDUSessionID === id));
  const activated = await Promise.all(wanted.map((id) => activateSession(step, id)));
  const asked = activated.flatMap((one): Item[] =>
    one === undefined
      ? []
      : [{ pDUSessionID: one.id, sNSSAI: ngapSNssai(one.sNssai), pDUSessionResourceSetupRequestTransfer: one.transfer }],
  );
  return [...paged, ...asked];
}

/** Sessions that the phone named and whose user planes stay down (TS 24.501 §9.11.3.42). */
export const notReactivated = (named: readonly number[], items: readonly Item[]): number[] =>
  named.filter((id) => !items.some(({ pDUSessionID }) => pDUSessionID === id));

/** NAS for a UE that its gNB serves already, with the resources that it is asked for in the same message. */
export async function sendWith({ ue, connection }: Step, nas: NasMessage, items: readonly Item[]): Promise<void> {
  if (items.length === 0) return ue.n1.send(nas);
  await ue.n1.carry(nas, (nasPdu) =>
    connection.send({
      is: "PDUSessionResourceSetupRequest",
      ies: { ...connection.ids, nasPdu, pduSessionResourceSetupListSUReq: [...items], ...ambr(ue, connection) },
    }),
  );
}

/** TS 38.413 §8.2.1.2: with the first session of a connection at the latest. */
function ambr({ context }: Ue, connection: N2Connection) {
  const rate = connection.ambrSent ? undefined : context?.subscribed.ueAmbr;
  if (rate === undefined) return {};
  connection.ambrSent = true;
  return { ueAggregateMaximumBitRate: ngapUeAmbr(rate) };
}

/** The UE is served on this connection: what waited for it and did not come up with the accept follows it. */
export async function deliverWaiting(amf: Amf, ue: Ue): Promise<void> {
  ue.reach.pages = 0;
  for (const { pduSessionId, n1, n2 } of ue.reach.takeAll()) {
    const { n2: connection } = ue;
    if (connection === undefined) return;
    const sNssai = n2?.sNssai ?? ue.context?.sessions[pduSessionId]?.sNssai;
    if (n2?.type === "PDU_RES_SETUP_REQ" && sNssai !== undefined)
      await setUpResource(amf, ue, connection, { pduSessionId, sNssai, transfer: n2.octets, ...(n1 && { n1 }) });
    else if (n2?.type === "PDU_RES_REL_CMD" && connection.resources.has(pduSessionId))
      await releaseResource(amf, ue, pduSessionId, n2.octets, n1);
    else if (n1 !== undefined) await deliverN1Sm(ue, pduSessionId, n1);
  }
}
