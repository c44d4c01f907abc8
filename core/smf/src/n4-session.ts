import { Cause5gsm, type IpAddress, ip, seid, sNssai, teid } from "@freehold/model";
import {
  Cause,
  type FTeid,
  fTeidAt,
  gtpuTo,
  inFamily,
  isAccepted,
  type NodeId,
  type PfcpRequest,
  type Reply,
  SessionDeletionRequest,
  SessionEstablishmentRequest,
  SessionModificationRequest,
  ueIpAddressOf,
} from "@freehold/pfcp";
import { pfcpRates } from "./qos.ts";
import { Reject, type SessionCause } from "./reject.ts";
import type { SessionContext, Tunnel } from "./session-context.ts";

/** Rule IDs of a session with one flow: an uplink and a downlink PDR, a FAR for each, a QER for both. */
const uplinkId = 1;
const downlinkId = 2;
const qerId = 1;
/** The default rule comes last in precedence. */
const precedence = 255;

/** What the UPF made of an establishment. */
export interface Established {
  readonly up: string;
  readonly uplink: Tunnel;
}

/** A UPF has given no answer that could be read, or there is no association with it. Whether it acted is not known. */
export class NoAnswer extends Error {
  constructor(why: string) {
    super(why);
    this.name = "NoAnswer";
  }
}

/** No answer is expected to happen. Anything else goes on. */
export function unanswered(error: unknown): asserts error is NoAnswer {
  if (!(error instanceof NoAnswer)) throw error;
}

/** Sends a request to one UPF; rejects with `NoAnswer`. */
export type Ask = <R extends PfcpRequest>(upf: string, message: R, options: { seid?: string; supi: string }) => Promise<Reply<R>>;

/** TS 29.244 §8.2.1: what a UPF's refusal means for the phone. */
export function causeOfPfcp(cause: number): SessionCause {
  switch (cause) {
    case Cause.noResourcesAvailable:
    case Cause.pfcpEntityInCongestion:
    case Cause.allDynamicAddressesAreOccupied:
      return Cause5gsm.insufficientResources;
    default:
      return Cause5gsm.networkFailure;
  }
}

const seidOf = (hex: string) => seid(BigInt(`0x${hex}`));
export const seidText = (value: bigint): string => value.toString(16).padStart(16, "0");

/** Downlink packets: to the gNB when it has a tunnel; else kept (TS 29.244 §5.2.3.1 (unchecked)), and reported where `notify`. */
const downlinkAction = (an: Tunnel | undefined, notify: boolean) =>
  an === undefined ? { applyAction: { buff: true, nocp: notify } } : { applyAction: { forw: true } };
const towards = (an: Tunnel) => ({
  destinationInterface: "access" as const,
  outerHeaderCreation: gtpuTo(teid(an.teid), ip(an.address)),
});

const overIpv4 = (uplink: FTeid): boolean => (uplink.is === "choose" ? uplink.v4 : uplink.ipv4 !== undefined);

/** TS 29.244 §7.5.2, with the rules of TS 23.501 §5.8.2 for one default flow. `uplink`: the UPF's own choice, or the tunnel it is to have. */
export function establishmentRequest(
  c: SessionContext,
  { nodeId, address, uplink }: { nodeId: NodeId; address: IpAddress; uplink: FTeid },
): SessionEstablishmentRequest {
  const restoring = c.n4.uplink !== undefined && c.state === "ACTIVE";
  const flow = [c.qos.qfi];
  return SessionEstablishmentRequest({
    nodeId,
    cpFSeid: { seid: seidOf(c.n4.cp), ...inFamily(address) },
    createPdr: [
      {
        pdrId: uplinkId,
        precedence,
        pdi: {
          sourceInterface: "access",
          localFTeid: uplink,
          networkInstance: c.dnn,
          ueIpAddress: [ueIpAddressOf(c.ipv4, "source")],
          qfi: flow,
        },
        // GTP-U over whichever family, where it need not be IPv4: UPFs of Release 15 know that one alone
        outerHeaderRemoval: { description: overIpv4(uplink) ? "gtpuUdpIpv4" : "gtpuUdpIp" },
        farId: uplinkId,
        qerId: [qerId],
      },
      {
        pdrId: downlinkId,
        precedence,
        pdi: { sourceInterface: "core", networkInstance: c.dnn, ueIpAddress: [ueIpAddressOf(c.ipv4, "destination")] },
        farId: downlinkId,
        qerId: [qerId],
      },
    ],
    createFar: [
      { farId: uplinkId, applyAction: { forw: true }, forwardingParameters: { destinationInterface: "core", networkInstance: c.dnn } },
      {
        farId: downlinkId,
        ...downlinkAction(c.an, restoring),
        ...(c.an && { forwardingParameters: towards(c.an) }),
      },
    ],
    createQer: [
      {
        qerId,
        gateStatus: { uplink: "open", downlink: "open" },
        maximumBitrate: pfcpRates(c.qos.ambr),
        qosFlowIdentifier: c.qos.qfi,
      },
    ],
    pdnType: "ipv4",
    apnDnn: c.dnn,
    sNssai: sNssai(c.sNssai.sst, c.sNssai.sd),
    ...(restoring && { pfcpSeReqFlags: { resti: true } }),
  });
}

/** Makes the session at its UPF. Rejects with `Reject`, or with what `ask` rejects with. */
export async function establish(c: SessionContext, ask: Ask, request: SessionEstablishmentRequest): Promise<Established> {
  const { message } = await ask(c.n4.upf, request, { seid: "0", supi: c.supi });
  if (!isAccepted(message.cause)) throw new Reject(causeOfPfcp(message.cause), `the UPF refuses the session with cause ${message.cause}`);
  const made = message.createdPdr?.find((pdr) => pdr.pdrId === uplinkId)?.localFTeid;
  const asked = request.createPdr[0]?.pdi.localFTeid;
  const end = made?.is === "fTeid" ? made : asked?.is === "fTeid" ? asked : undefined;
  if (message.upFSeid === undefined || end === undefined) {
    throw new Reject(Cause5gsm.networkFailure, "the UPF accepts without F-SEID or F-TEID");
  }
  return { up: seidText(message.upFSeid.seid), uplink: tunnelOf(end) };
}

/** TS 29.244 §7.5.4: downlink packets go to the gNB's tunnel, or are kept and reported when there is none. */
export async function setDownlink(c: SessionContext, ask: Ask, an: Tunnel | undefined): Promise<void> {
  const request = SessionModificationRequest({
    updateFar: [
      {
        farId: downlinkId,
        ...downlinkAction(an, true),
        ...(an && { updateForwardingParameters: towards(an) }),
      },
    ],
  });
  await modify(c, ask, request, "the downlink path");
}

/** Downlink packets are dropped, those that wait too (TS 29.244 §5.2.3.1 (unchecked)): nobody can be given them for a while. */
export async function dropDownlink(c: SessionContext, ask: Ask): Promise<void> {
  const request = SessionModificationRequest({
    updateFar: [{ farId: downlinkId, applyAction: { drop: true } }],
    pfcpSmReqFlags: { drobu: true },
  });
  await modify(c, ask, request, "to drop downlink packets");
}

/** The session's rates, as the policy has changed them. */
export async function setRates(c: SessionContext, ask: Ask): Promise<void> {
  await modify(c, ask, SessionModificationRequest({ updateQer: [{ qerId, maximumBitrate: pfcpRates(c.qos.ambr) }] }), "new rates");
}

async function modify(c: SessionContext, ask: Ask, request: SessionModificationRequest, what: string): Promise<void> {
  const { message } = await ask(c.n4.upf, request, { seid: c.n4.up ?? "0", supi: c.supi });
  if (!isAccepted(message.cause)) throw new Reject(causeOfPfcp(message.cause), `the UPF refuses ${what} with cause ${message.cause}`);
}

/** Ends the session at its UPF; true when the UPF has it no more. */
export async function remove(c: SessionContext, ask: Ask): Promise<boolean> {
  const { message } = await ask(c.n4.upf, SessionDeletionRequest({}), { seid: c.n4.up ?? "0", supi: c.supi });
  return isAccepted(message.cause) || message.cause === Cause.sessionContextNotFound;
}

/** The tunnel of an F-TEID that somebody has chosen. */
export const tunnelOf = ({ teid: at, ipv4, ipv6 }: Extract<FTeid, { is: "fTeid" }>): Tunnel => ({ teid: at, address: ipv4 ?? ipv6 ?? "" });

/** The F-TEID at a UPF that leaves the choice to us, or that had this one before. */
export const givenFTeid = (t: Tunnel): FTeid => fTeidAt(teid(t.teid), ip(t.address));
