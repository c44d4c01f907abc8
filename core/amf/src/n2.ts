import type { SctpAssociation } from "@freehold/net";
import {
  type Cause,
  type CriticalityDiagnostics,
  criticalityDiagnostics,
  decode,
  errorIndication,
  type Message,
  type Pdu,
  type Refusal,
} from "@freehold/ngap";
import { Recorded, type Whose } from "@freehold/tape";
import { explain } from "@freehold/wire";
import type { Amf } from "./amf.ts";
import { gnbErrorIndication } from "./procedures/error-indication.ts";
import { initialUeMessage, radioCapabilityInfo, uplinkNasTransport } from "./procedures/nas-transport.ts";
import { ngReset } from "./procedures/ng-reset.ts";
import { leaveNode, ngSetup, ranConfigurationUpdate } from "./procedures/ng-setup.ts";
import { contextSetupAnswer, resourceReleaseResponse, resourceSetupResponse } from "./procedures/pdu-session-answers.ts";
import { contextReleaseRequest, lostConnection } from "./procedures/ue-context-release.ts";
import { N2Association, type N2Connection, ngapPpid } from "./ran.ts";

/** `noted`: what was not understood and is to be told in the answer (TS 38.413 §10.3.4.2). */
type NodeRoutes = {
  readonly [N in Pdu["is"]]?: (amf: Amf, association: N2Association, pdu: Pdu<N>, noted?: CriticalityDiagnostics) => void;
};
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
  UERadioCapabilityInfoIndication: radioCapabilityInfo,
  NASNonDeliveryIndication: (_, { ue }) =>
    ue?.log.info("the gNB could not deliver a NAS message (TS 38.413 §8.6.4); its timer sends it again"),
};

/** Before NG SETUP only these may come: the second begins a further association of a known gNB (TS 38.413 §8.7.2.2). */
const beforeSetup = new Set<string>(["NGSetupRequest", "RANConfigurationUpdate", "ErrorIndication"]);

/** The N2 door: takes an association, turns its messages into PDUs, finds whose they are, and never throws. */
export function n2Door(amf: Amf): (sctp: SctpAssociation) => void {
  return (sctp) => {
    const association = new N2Association(sctp, amf.world, amf.strangersComplaints);
    amf.associations.add(association);
    // Whoever never sets up fills no log by coming and going: NG Setup has a line of its own.
    amf.world.log.debug(`gNB association from ${association.peer}`, { inbound: sctp.inbound, outbound: sctp.outbound });
    sctp.onMessage = ({ stream, ppid, data }) => {
      if (ppid !== ngapPpid) {
        if (!association.mayComplain()) return;
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
      amf.world.log[association.node === undefined ? "debug" : "info"](`gNB association ended: ${how}`, { gnb: association.peer, why });
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
  if (!read.ok) return refuse(amf, association, read, stream);
  if (read.answer === "error-indication" && association.mayComplain())
    association.send(errorIndication(read), streamOf(association, stream));
  dispatch(amf, association, read.value, stream, read.answer === "response" ? criticalityDiagnostics(read, "response") : undefined);
}

/** An answer about a UE's message leaves on the stream that the message came on: UE-associated signalling keeps to its stream (TS 38.412 §7). */
const streamOf = ({ sctp }: N2Association, stream: number): number => Math.min(stream, sctp.outbound - 1);

/** TS 38.413 §10.2 to §10.5: answered as the clause of the problem asks, with a PDU that always encodes. */
function refuse(amf: Amf, association: N2Association, refusal: Refusal, stream: number): void {
  if (!association.mayComplain()) return;
  amf.world.log.warn("NGAP message not understood (TS 38.413 §10)", {
    gnb: association.peer,
    message: refusal.is ?? "-",
    error: explain(refusal.error),
  });
  const cause: Cause = { choice: "protocol", value: refusal.cause };
  const diagnostics = criticalityDiagnostics(refusal, "response");
  if (refusal.answer === "unsuccessful-outcome" && refusal.is === "NGSetupRequest") {
    association.send({ is: "NGSetupFailure", ies: { cause, criticalityDiagnostics: diagnostics } });
  } else if (refusal.answer === "unsuccessful-outcome" && refusal.is === "RANConfigurationUpdate") {
    association.send({ is: "RANConfigurationUpdateFailure", ies: { cause, criticalityDiagnostics: diagnostics } });
  } else if (refusal.answer !== "none") association.send(errorIndication(refusal), streamOf(association, stream));
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
function ueOf(amf: Amf, { node }: N2Association, ies: object): Whose | (() => string | undefined) | undefined {
  const before = connectionOf(amf, ies);
  const { ranUeNgapId } = ies as Ids;
  if (before !== undefined || ranUeNgapId === undefined) return before;
  let connection: N2Connection | undefined;
  return () => {
    connection ??= node?.connections.get(ranUeNgapId);
    return connection?.supi;
  };
}

function dispatch(amf: Amf, association: N2Association, pdu: Pdu, stream: number, noted?: CriticalityDiagnostics): void {
  const { procedureCode, kind, criticality } = pdu;
  const complain = (cause: Cause, why: string): void => {
    if (!association.mayComplain()) return;
    amf.world.log.warn(`${pdu.is} refused: ${why}`, { gnb: association.peer });
    const { amfUeNgapId, ranUeNgapId } = pdu.ies as Ids;
    const criticalityDiagnostics: CriticalityDiagnostics = {
      procedureCode,
      triggeringMessage: triggering[kind],
      procedureCriticality: criticality,
    };
    association.send(
      { is: "ErrorIndication", ies: { amfUeNgapId, ranUeNgapId, cause, criticalityDiagnostics } } satisfies Message<"ErrorIndication">,
      streamOf(association, stream),
    );
  };
  const begins = kind === "initiatingMessage";
  if (association.node === undefined && !beforeSetup.has(pdu.is)) {
    // TS 38.413 §10.4: an outcome is answered by nothing, a message that begins a procedure by ERROR INDICATION.
    if (begins) complain({ choice: "protocol", value: "message-not-compatible-with-receiver-state" }, "NG Setup has not been done");
    return;
  }
  // One row per message: the row's function takes what its key says.
  const node = ofNode[pdu.is] as
    | ((amf: Amf, association: N2Association, pdu: Pdu, noted: CriticalityDiagnostics | undefined) => void)
    | undefined;
  if (node !== undefined) return node(amf, association, pdu, noted);
  const begin = ofConnection[pdu.is] as ((amf: Amf, connection: N2Connection, pdu: Pdu) => void) | undefined;
  if (begin === undefined && begins) {
    // TS 38.413 §10.3.4.1: a procedure that is not offered here, by its criticality.
    if (criticality === "ignore") return;
    const value = criticality === "reject" ? "abstract-syntax-error-reject" : "abstract-syntax-error-ignore-and-notify";
    return complain({ choice: "protocol", value }, "this procedure is not offered");
  }
  // TS 38.413 §10.6: the last message of a connection is never answered, whatever its IDs are.
  const last = pdu.is === "UEContextReleaseComplete";
  const connection = connectionOf(amf, pdu.ies);
  if ("amfUeNgapId" in pdu.ies && (connection === undefined || connection.node !== association.node)) {
    if (last) return;
    return complain(
      { choice: "radioNetwork", value: "unknown-local-UE-NGAP-ID" },
      "the AMF UE NGAP ID is not one of this gNB's (TS 38.413 §10.6)",
    );
  }
  if (connection !== undefined && (pdu.ies as Ids).ranUeNgapId !== connection.ranUeNgapId) {
    const why = "the RAN UE NGAP ID does not belong to its AMF UE NGAP ID (TS 38.413 §10.6)";
    if (!last) complain({ choice: "radioNetwork", value: "inconsistent-remote-UE-NGAP-ID" }, why);
    return lostConnection(amf, connection, "inconsistent UE NGAP IDs");
  }
  // TS 38.413 §10.4: the outcome of a procedure that this AMF never began is a matter of ours alone.
  if (begin === undefined || connection === undefined)
    return amf.world.log.info(`${pdu.is} for which no procedure waits`, { gnb: association.peer });
  begin(amf, connection, pdu);
}

const triggering = {
  initiatingMessage: "initiating-message",
  successfulOutcome: "successful-outcome",
  unsuccessfulOutcome: "unsuccessful-outcome",
} as const;
