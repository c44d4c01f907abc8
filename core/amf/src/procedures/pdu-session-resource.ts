import type { SNssai } from "@freehold/model";
import type { NasMessage } from "@freehold/nas";
import { Scope } from "@freehold/runtime";
import type { Amf } from "../amf.ts";
import { ngapSNssai, ngapUeAmbr } from "../n2-values.ts";
import type { N2Connection } from "../ran.ts";
import type { Ue } from "../ue.ts";
import { initialContextSetup } from "./initial-context-setup.ts";

const wrapped = (pduSessionId: number, payload: Uint8Array): NasMessage => ({
  is: "DL NAS transport",
  payloadContainerType: "N1 SM information",
  payloadContainer: payload,
  pduSessionId,
});

/**
 * PDU Session Resource Setup, TS 38.413 §8.2.1, with the phone's NAS in it. Before the UE has a context at the gNB the session rides in
 * Initial Context Setup instead (§8.3.1.1).
 */
export async function setUpResource(
  amf: Amf,
  ue: Ue,
  connection: N2Connection,
  session: { pduSessionId: number; sNssai: SNssai; transfer: Uint8Array; n1?: Uint8Array },
): Promise<void> {
  const { pduSessionId, sNssai, transfer, n1 } = session;
  connection.resources.add(pduSessionId);
  const item = { pDUSessionID: pduSessionId, sNSSAI: ngapSNssai(sNssai), pDUSessionResourceSetupRequestTransfer: transfer };
  const put = async (send: (nasPdu: Uint8Array | undefined) => void): Promise<void> => {
    if (n1 === undefined) send(undefined);
    else await ue.n1.carry(wrapped(pduSessionId, n1), send);
  };
  if (!connection.contextBegun) {
    await using scope = new Scope(amf.world.clock, "initial context set-up with a PDU session");
    let nas: Uint8Array | undefined;
    await put((nasPdu) => {
      nas = nasPdu;
    });
    const sessions = [nas === undefined ? item : { ...item, nASPDU: nas }];
    await initialContextSetup({ amf, ue, connection, scope }, connection.securityCount, { sessions });
    return;
  }
  const ambr = connection.ambrSent ? undefined : ue.context?.subscribed.ueAmbr;
  if (ambr !== undefined) connection.ambrSent = true;
  await put((nasPdu) =>
    connection.send({
      is: "PDUSessionResourceSetupRequest",
      ies: {
        ...connection.ids,
        pduSessionResourceSetupListSUReq: [nasPdu === undefined ? item : { ...item, pDUSessionNASPDU: nasPdu }],
        ...(ambr === undefined ? {} : { ueAggregateMaximumBitRate: ngapUeAmbr(ambr) }),
      },
    }),
  );
}

/** PDU Session Resource Release, TS 38.413 §8.2.2; without a connection the phone alone is told when it comes back, so nothing is sent. */
export async function releaseResource(
  _: Amf,
  ue: Ue,
  pduSessionId: number,
  transfer: Uint8Array,
  n1: Uint8Array | undefined,
): Promise<void> {
  const { n2 } = ue;
  if (n2 === undefined) return;
  n2.resources.delete(pduSessionId);
  const send = (nasPdu: Uint8Array | undefined): void => {
    n2.send({
      is: "PDUSessionResourceReleaseCommand",
      ies: {
        ...n2.ids,
        ...(nasPdu === undefined ? {} : { nasPdu }),
        pduSessionResourceToReleaseListRelCmd: [{ pDUSessionID: pduSessionId, pDUSessionResourceReleaseCommandTransfer: transfer }],
      },
    });
  };
  if (n1 === undefined) send(undefined);
  else await ue.n1.carry(wrapped(pduSessionId, n1), send);
}
