import type { SctpAssociation } from "@freehold/net";
import { type Cause, criticalityDiagnostics, decode, errorIndication, type Message, type Pdu, type Refusal } from "@freehold/ngap";
import { Recorded } from "@freehold/tape";
import { explain } from "@freehold/wire";
import type { Amf } from "./amf.ts";
import { gnbErrorIndication } from "./procedures/error-indication.ts";
import { initialUeMessage, uplinkNasTransport } from "./procedures/nas-transport.ts";
import { ngReset } from "./procedures/ng-reset.ts";
import { leaveNode, ngSetup, ranConfigurationUpdate } from "./procedures/ng-setup.ts";
import { contextSetupAnswer, resourceReleaseResponse, resourceSetupResponse } from "./procedures/pdu-session-answers.ts";
import { contextReleaseRequest, lostConnection } from "./procedures/ue-context-release.ts";
import { N2Association, type N2Connection, ngapPpid } from "./ran.ts";

type NodeRoutes = { readonly [N in Pdu["is"]]?: (amf: Amf, association: N2Association, pdu: Pdu<N>) => void };
type ConnectionRoutes = { readonly [N in Pdu["is"]]?: (amf: Amf, connection: N2Connection, pdu: Pdu<N>) => void };

/** What each PDU that a gNB may send begins. */
const ofNode: NodeRoutes = {
  NGSetupRequest: ngSetup,
  RANConfigurationUpdate: ranConfigurationUpdate,
  NGReset: ngReset,
  InitialUEMessage: initialUeMessage,
  ErrorIndication: gnbErrorIndication,
};

const ofConnection: ConnectionRoutes = {
  UplinkNASTransport: uplinkNasTransport,
  InitialContextSetupResponse: contextSetupAnswer,
  InitialContextSetupFailure: contextSetupAnswer,
  PDUSessionResourceSetupResponse: resourceSetupResponse,
  PDUSessionResourceReleaseResponse: resourceReleaseResponse,
  UEContextReleaseRequest: contextReleaseRequest,
  UEContextReleaseComplete: (_, connection, pdu) => void connection.inbox.deliver(pdu),
  // TS 38.413 §8.14.1: comes at any moment, is kept, and is given back in the next set-up.
  UERadioCapabilityInfoIndication: (_, { ue }, { ies }) => {
    if (ue !== undefined && ies.ueRadioCapability !== undefined) ue.radioCapability = ies.ueRadioCapability;
  },
  NASNonDeliveryIndication: (_, { ue }) =>
    ue?.log.info("the gNB could not deliver a NAS message (TS 38.413 §8.6.4); its timer sends it again"),
};

/** Before NG SETUP only these may come: the second begins a further association of a known gNB (TS 38.413 §8.7.2.2). */
const beforeSetup = new Set<string>(["NGSetupRequest", "RANConfigurationUpdate", "ErrorIndication"]);

/** The N2 door: takes an association, turns its messages into PDUs, finds whose they are, and never throws. */
export function n2Door(amf: Amf): (sctp: SctpAssociation) => void {
  return (sctp) => {
    const association = new N2Association(sctp, amf.world);
    amf.associations.add(association);
    amf.world.log.info(`gNB association from ${association.peer}`, { inbound: sctp.inbound, outbound: sctp.outbound });
    sctp.onMessage = ({ stream, ppid, data }) => {
      if (ppid !== ngapPpid) {
        const why = ppid === 66 ? "66 is NGAP over DTLS" : `NGAP has ${ngapPpid}`;
        amf.world.log.warn(`SCTP message with PPID ${ppid} dropped: ${why}`, { gnb: association.peer });
        return;
      }
      try {
        receive(amf, association, data, stream);
      } catch (bug) {
        amf.bug("NGAP message", bug, { gnb: association.peer });
        association.send({ is: "ErrorIndication", ies: { cause: { choice: "protocol", value: "unspecified" } } });
      }
    };
    sctp.onEnd = (how, why) => {
      association.ended = true;
      amf.associations.delete(association);
      amf.world.log.info(`gNB association ended: ${how}`, { gnb: association.peer, why });
      leaveNode(amf, association, "the gNB's association ended");
    };
  };
}

function receive(amf: Amf, association: N2Association, data: Uint8Array, stream: number): void {
  const read = decode(data);
  const { is, ies } = read.ok ? read.value : read;
  amf.world.tape.record(
    new Recorded({
      at: amf.world.clock.now(),
      interface: "N2",
      from: "gNB",
      to: "AMF",
      message: is ?? "not NGAP",
      ue: ueOf(amf, association, ies),
      bytes: data,
      carriage: { kind: "sctp", src: association.sctp.remote, dst: association.sctp.local, stream, ppid: ngapPpid },
      note: read.ok ? undefined : explain(read.error),
    }),
  );
  if (!read.ok) return refuse(amf, association, read);
  if (read.answer === "error-indication") association.send(errorIndication(read));
  dispatch(amf, association, read.value);
}

/** TS 38.413 §10.2 to §10.5: answered as the clause of the problem asks, with a PDU that always encodes. */
function refuse(amf: Amf, association: N2Association, refusal: Refusal): void {
  amf.world.log.warn("NGAP message not understood (TS 38.413 §10)", {
    gnb: association.peer,
    message: refusal.is ?? "-",
    error: explain(refusal.error),
  });
  const cause: Cause = { choice: "protocol", value: refusal.cause };
  const diagnostics = criticalityDiagnostics(refusal);
  if (refusal.answer === "unsuccessful-outcome" && refusal.is === "NGSetupRequest") {
    association.send({ is: "NGSetupFailure", ies: { cause, criticalityDiagnostics: diagnostics } });
  } else if (refusal.answer === "unsuccessful-outcome" && refusal.is === "RANConfigurationUpdate") {
    association.send({ is: "RANConfigurationUpdateFailure", ies: { cause, criticalityDiagnostics: diagnostics } });
  } else if (refusal.answer !== "none") association.send(errorIndication(refusal));
}

interface Ids {
  readonly amfUeNgapId?: number;
  readonly ranUeNgapId?: number;
}
const connectionOf = (amf: Amf, ies: object): N2Connection | undefined => {
  const { amfUeNgapId } = ies as Ids;
  return amfUeNgapId === undefined ? undefined : amf.connections.get(amfUeNgapId);
};

/** Whose message it is, as far as it is known when somebody looks at the tape: an initial message names only its RAN UE NGAP ID. */
function ueOf(amf: Amf, { node }: N2Association, ies: object): () => string | undefined {
  const before = connectionOf(amf, ies);
  const { ranUeNgapId } = ies as Ids;
  let connection = before;
  return () => {
    connection ??= ranUeNgapId === undefined ? undefined : node?.connections.get(ranUeNgapId);
    return connection?.ue?.supi;
  };
}

function dispatch(amf: Amf, association: N2Association, pdu: Pdu): void {
  const complain = (cause: Cause, why: string): void => {
    amf.world.log.warn(`${pdu.is} refused: ${why}`, { gnb: association.peer });
    const { amfUeNgapId, ranUeNgapId } = pdu.ies as Ids;
    association.send({ is: "ErrorIndication", ies: { amfUeNgapId, ranUeNgapId, cause } } satisfies Message<"ErrorIndication">);
  };
  if (association.node === undefined && !beforeSetup.has(pdu.is)) {
    return complain({ choice: "protocol", value: "message-not-compatible-with-receiver-state" }, "NG Setup has not been done");
  }
  // One row per message: the row's function takes what its key says.
  const node = ofNode[pdu.is] as ((amf: Amf, association: N2Association, pdu: Pdu) => void) | undefined;
  if (node !== undefined) return node(amf, association, pdu);
  const begin = ofConnection[pdu.is] as ((amf: Amf, connection: N2Connection, pdu: Pdu) => void) | undefined;
  if (begin === undefined) {
    // An answer to a procedure never started, or a procedure that this AMF does not offer (TS 38.413 §10.4).
    return complain({ choice: "protocol", value: "message-not-compatible-with-receiver-state" }, "not expected here");
  }
  const connection = connectionOf(amf, pdu.ies);
  if (connection === undefined || connection.node !== association.node) {
    return complain(
      { choice: "radioNetwork", value: "unknown-local-UE-NGAP-ID" },
      "the AMF UE NGAP ID is not one of this gNB's (TS 38.413 §10.6)",
    );
  }
  if ((pdu.ies as Ids).ranUeNgapId !== connection.ranUeNgapId) {
    complain(
      { choice: "radioNetwork", value: "inconsistent-remote-UE-NGAP-ID" },
      "the RAN UE NGAP ID does not belong to its AMF UE NGAP ID (TS 38.413 §10.6)",
    );
    return lostConnection(amf, connection, "inconsistent UE NGAP IDs");
  }
  begin(amf, connection, pdu);
}
