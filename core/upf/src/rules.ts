/** The rules of one PFCP session as plain data. TS 29.244 §5.2, §7.5.2. */
import type { IpAddress, Teid } from "@freehold/model";
import { Cause, type FailedRuleId, ies, type SessionEstablishmentRequest } from "@freehold/pfcp";
import type { SdfFilter } from "./sdf.ts";

type CreateFar = SessionEstablishmentRequest["createFar"][number];
type CreateQer = NonNullable<SessionEstablishmentRequest["createQer"]>[number];
type CreateUrr = NonNullable<SessionEstablishmentRequest["createUrr"]>[number];

/** TS 29.244 §8.2.2 and §8.2.24: N3 and N9 towards the UE; N6 and N9 away from it; the SMF's own packets (N4-u). */
export type Side = "access" | "core" | "CP-function";

export interface Pdr {
  readonly id: number;
  readonly precedence: number;
  readonly from: Side;
  /** Ours, on N3 or N9; what uplink packets are sent to. */
  readonly fTeid: { readonly teid: Teid; readonly address: IpAddress } | undefined;
  /** True when we chose it: a response reports it once. */
  readonly chosen: boolean;
  readonly networkInstance: string | undefined;
  readonly ueAddresses: readonly IpAddress[];
  readonly filters: readonly SdfFilter[];
  readonly filterIds: readonly { readonly id: number; readonly filter: SdfFilter }[];
  readonly qfis: readonly number[];
  readonly removesOuterHeader: boolean;
  readonly farId: number;
  readonly qerIds: readonly number[];
  readonly urrIds: readonly number[];
}

export interface Far {
  readonly id: number;
  readonly drop: boolean;
  readonly forward: boolean;
  readonly buffer: boolean;
  readonly notify: boolean;
  readonly to: Side | undefined;
  readonly networkInstance: string | undefined;
  /** The GTP-U peer: its TEID and address. */
  readonly peer: { readonly teid: Teid; readonly address: IpAddress } | undefined;
}

export interface Qer {
  readonly id: number;
  readonly uplinkOpen: boolean;
  readonly downlinkOpen: boolean;
  /** kbit/s; undefined: no bound. */
  readonly mbr: { readonly uplink: number; readonly downlink: number } | undefined;
  readonly gbr: { readonly uplink: number; readonly downlink: number } | undefined;
  readonly qfi: number | undefined;
  readonly rqi: boolean;
}

export interface Urr {
  readonly id: number;
  readonly volume: boolean;
  readonly duration: boolean;
  readonly onThreshold: boolean;
  /** Octets. */
  readonly threshold:
    | { readonly total?: bigint | undefined; readonly uplink?: bigint | undefined; readonly downlink?: bigint | undefined }
    | undefined;
  /** Seconds; undefined: no periodic report. */
  readonly period: number | undefined;
}

export interface Rules {
  readonly pdrs: ReadonlyMap<number, Pdr>;
  readonly fars: ReadonlyMap<number, Far>;
  readonly qers: ReadonlyMap<number, Qer>;
  readonly urrs: ReadonlyMap<number, Urr>;
  /** Packets that the SMF suggests to keep (BAR); undefined: our own bound. */
  readonly suggestedPackets: number | undefined;
}
export const noRules: Rules = { pdrs: new Map(), fars: new Map(), qers: new Map(), urrs: new Map(), suggestedPackets: undefined };

/** A request that cannot be carried out: the cause, and the IE or rule at fault. */
export class Refusal extends Error {
  readonly pfcpCause: Cause;
  readonly offendingIe: number | undefined;
  readonly failedRule: FailedRuleId | undefined;
  constructor(pfcpCause: Cause, why: string, at: { offendingIe?: number | undefined; failedRule?: FailedRuleId | undefined } = {}) {
    super(why);
    this.name = "Refusal";
    this.pfcpCause = pfcpCause;
    this.offendingIe = at.offendingIe;
    this.failedRule = at.failedRule;
  }
}

/** Where a refusal says which rule failed. */
export const failed = (rule: FailedRuleId["rule"], id: number) => ({ failedRule: { rule, id } });

export function teidsOf(rules: Rules): Set<number> {
  const teids = new Set<number>();
  for (const { fTeid } of rules.pdrs.values()) if (fTeid !== undefined) teids.add(fTeid.teid);
  return teids;
}

// ---- IEs as rules ---------------------------------------------------------------------------------------------------------------

type Action = Pick<Far, "drop" | "forward" | "buffer" | "notify">;

export function actionOf(id: number, { drop, forw, buff, nocp, dupl }: CreateFar["applyAction"]): Action {
  // TS 29.244 §8.2.26: of DROP, FORW and BUFF exactly one
  if (Number(drop === true) + Number(forw === true) + Number(buff === true) !== 1 || dupl === true) {
    throw new Refusal(Cause.mandatoryIeIncorrect, `FAR ${id}: one of drop, forward and buffer`, {
      offendingIe: ies.ApplyAction.type,
      ...failed("far", id),
    });
  }
  return { drop: drop === true, forward: forw === true, buffer: buff === true, notify: nocp === true };
}

export function sideOf(value: string | number): Side | undefined {
  if (value === "access" || value === "core" || value === "CP-function") return value;
  return value === "SGi-LAN/N6-LAN" ? "core" : undefined;
}

export function interfaceOf(id: number, to: string | number): Side {
  const side = sideOf(to);
  if (side !== undefined) return side;
  throw new Refusal(Cause.serviceNotSupported, `FAR ${id}: destination interface ${to} is not served`, {
    offendingIe: ies.DestinationInterface.type,
    ...failed("far", id),
  });
}

export function peerOf(
  id: number,
  creation: { teid?: Teid | undefined; ipv4?: IpAddress | undefined; ipv6?: IpAddress | undefined },
): Far["peer"] {
  const address = creation.ipv4 ?? creation.ipv6;
  if (creation.teid === undefined || address === undefined) {
    throw new Refusal(Cause.serviceNotSupported, `FAR ${id}: only GTP-U is created as outer header`, {
      offendingIe: ies.OuterHeaderCreation.type,
      ...failed("far", id),
    });
  }
  return { teid: creation.teid, address };
}

export function farOf(ie: CreateFar): Far {
  const action = actionOf(ie.farId, ie.applyAction);
  const to = ie.forwardingParameters;
  if (to === undefined && action.forward) {
    const at = { offendingIe: ies.ForwardingParameters.type, ...failed("far", ie.farId) };
    throw new Refusal(Cause.conditionalIeMissing, `FAR ${ie.farId} forwards, but where`, at);
  }
  if (to?.forwardingPolicy !== undefined)
    throw new Refusal(Cause.invalidForwardingPolicy, `no policy ${to.forwardingPolicy}`, failed("far", ie.farId));
  return {
    id: ie.farId,
    ...action,
    to: to && interfaceOf(ie.farId, to.destinationInterface),
    networkInstance: to?.networkInstance,
    peer: to?.outerHeaderCreation && peerOf(ie.farId, to.outerHeaderCreation),
  };
}

export function qerOf(ie: CreateQer): Qer {
  return {
    id: ie.qerId,
    uplinkOpen: ie.gateStatus.uplink !== "closed",
    downlinkOpen: ie.gateStatus.downlink !== "closed",
    mbr: ie.maximumBitrate,
    gbr: ie.guaranteedBitrate,
    qfi: ie.qosFlowIdentifier,
    rqi: ie.reflectiveQos === true,
  };
}

export function urrOf(ie: CreateUrr): Urr {
  return {
    id: ie.urrId,
    volume: ie.measurementMethod.volume === true,
    duration: ie.measurementMethod.duration === true,
    onThreshold: ie.reportingTriggers.volth === true,
    threshold: ie.volumeThreshold,
    period: ie.reportingTriggers.perio === true ? ie.measurementPeriod : undefined,
  };
}
