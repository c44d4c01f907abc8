/** A change of a session's rules: all of it, or nothing. TS 29.244 §6.3.2.3, §7.5.2, §7.5.4. */
import { type IpAddress, type Teid, teid as teidOf } from "@freehold/model";
import {
  Cause,
  type FailedRuleId,
  type FTeid,
  ies,
  type SessionEstablishmentRequest,
  type SessionModificationRequest,
} from "@freehold/pfcp";
import {
  actionOf,
  type Far,
  failed,
  farOf,
  interfaceOf,
  type Pdr,
  peerOf,
  type Qer,
  qerOf,
  Refusal,
  type Rules,
  sideOf,
  teidsOf,
  type Urr,
  urrOf,
} from "./rules.ts";
import { type SdfFilter, sdfFilter } from "./sdf.ts";

type CreatePdr = SessionEstablishmentRequest["createPdr"][number];
type UpdatePdr = NonNullable<SessionModificationRequest["updatePdr"]>[number];
type UpdateFar = NonNullable<SessionModificationRequest["updateFar"]>[number];
type UpdateQer = NonNullable<SessionModificationRequest["updateQer"]>[number];
type UpdateUrr = NonNullable<SessionModificationRequest["updateUrr"]>[number];
type PdiIe = CreatePdr["pdi"];

/** What rules may use of the UPF around them. */
export interface Ground {
  /** A free TEID, or undefined when there is none. */
  takeTeid(): number | undefined;
  releaseTeid(teid: number): void;
  /** Whether a TEID is in use by another session. */
  teidInUse(teid: number): boolean;
  /** The N3 addresses of ours, in order of preference. */
  readonly n3: readonly IpAddress[];
  readonly maxRules: number;
}

/** A change of rules being made. Nothing outside sees it until its `rules` are put in place; `abandon` gives back what it took. */
export class Draft {
  readonly #pdrs: Map<number, Pdr>;
  readonly #fars: Map<number, Far>;
  readonly #qers: Map<number, Qer>;
  readonly #urrs: Map<number, Urr>;
  #suggestedPackets: number | undefined;
  readonly #before: Rules;
  readonly #ground: Ground;
  readonly #taken: number[] = [];
  readonly #chooseIds = new Map<number, { teid: Teid; address: IpAddress }>();
  /** PDRs whose F-TEID was chosen in this change. */
  readonly created: Pdr[] = [];
  /** FARs that change where packets go, with "send end marker" (SNDEM). */
  readonly endMarkers = new Set<number>();
  readonly updatedFars = new Set<number>();
  readonly removedUrrs: Urr[] = [];

  constructor(before: Rules, ground: Ground) {
    this.#before = before;
    this.#ground = ground;
    this.#pdrs = new Map(before.pdrs);
    this.#fars = new Map(before.fars);
    this.#qers = new Map(before.qers);
    this.#urrs = new Map(before.urrs);
    this.#suggestedPackets = before.suggestedPackets;
  }

  /** TS 29.244 §6.3.2.3. Throws `Refusal`. */
  establish(request: SessionEstablishmentRequest): void {
    if (request.createTrafficEndpoint !== undefined)
      throw new Refusal(Cause.serviceNotSupported, "traffic endpoints (PDIU) are not announced");
    this.#create(request);
  }

  /** TS 29.244 §6.3.3.3 (unchecked): removes, then creates, then updates. Throws `Refusal`. */
  modify(request: SessionModificationRequest): void {
    if (request.createTrafficEndpoint ?? request.updateTrafficEndpoint ?? request.removeTrafficEndpoint) {
      throw new Refusal(Cause.serviceNotSupported, "traffic endpoints (PDIU) are not announced");
    }
    for (const { pdrId } of request.removePdr ?? []) this.#remove(this.#pdrs, "pdr", pdrId);
    for (const { farId } of request.removeFar ?? []) this.#remove(this.#fars, "far", farId);
    for (const { qerId } of request.removeQer ?? []) this.#remove(this.#qers, "qer", qerId);
    for (const { urrId } of request.removeUrr ?? []) this.removedUrrs.push(this.#remove(this.#urrs, "urr", urrId));
    if (request.removeBar !== undefined) this.#suggestedPackets = undefined;
    this.#create(request);
    for (const far of request.updateFar ?? []) this.#updateFar(far);
    for (const qer of request.updateQer ?? []) this.#updateQer(qer);
    for (const urr of request.updateUrr ?? []) this.#updateUrr(urr);
    for (const pdr of request.updatePdr ?? []) this.#updatePdr(pdr);
    const bar = request.updateBar?.suggestedBufferingPacketsCount;
    if (bar !== undefined) this.#suggestedPackets = bar;
  }

  #remove<T>(from: Map<number, T>, rule: FailedRuleId["rule"], id: number): T {
    const found = from.get(id);
    if (found === undefined) throw new Refusal(Cause.ruleCreationModificationFailure, `there is no ${rule} ${id}`, failed(rule, id));
    from.delete(id);
    return found;
  }

  #create(request: Pick<SessionModificationRequest, "createPdr" | "createFar" | "createQer" | "createUrr" | "createBar">): void {
    for (const far of request.createFar ?? []) this.#add(this.#fars, "far", farOf(far));
    for (const qer of request.createQer ?? []) this.#add(this.#qers, "qer", qerOf(qer));
    for (const urr of request.createUrr ?? []) this.#add(this.#urrs, "urr", urrOf(urr));
    for (const pdr of request.createPdr ?? []) this.#createPdr(pdr);
    if (request.createBar !== undefined) this.#suggestedPackets = request.createBar.suggestedBufferingPacketsCount;
  }

  #add<T extends { readonly id: number }>(to: Map<number, T>, rule: FailedRuleId["rule"], made: T): void {
    if (to.has(made.id)) throw new Refusal(Cause.ruleCreationModificationFailure, `${rule} ${made.id} exists`, failed(rule, made.id));
    if (to.size >= this.#ground.maxRules)
      throw new Refusal(Cause.noResourcesAvailable, `more than ${this.#ground.maxRules} ${rule}s`, failed(rule, made.id));
    to.set(made.id, made);
  }

  #createPdr(ie: CreatePdr): void {
    const { pdrId: id } = ie;
    if (ie.farId === undefined)
      throw new Refusal(Cause.conditionalIeMissing, `PDR ${id} has no FAR`, { offendingIe: ies.FarId.type, ...failed("pdr", id) });
    if (ie.activatePredefinedRules !== undefined)
      throw new Refusal(Cause.unknownPreDefinedRule, "there are no predefined rules", failed("pdr", id));
    const pdr: Pdr = {
      id,
      precedence: ie.precedence,
      ...this.#pdi(id, ie.pdi),
      removesOuterHeader: ie.outerHeaderRemoval !== undefined,
      farId: ie.farId,
      qerIds: ie.qerId ?? [],
      urrIds: ie.urrId ?? [],
    };
    this.#add(this.#pdrs, "pdr", pdr);
    if (pdr.chosen) this.created.push(pdr);
  }

  #updatePdr(ie: UpdatePdr): void {
    const { pdrId: id } = ie;
    const before = this.#pdrs.get(id);
    if (before === undefined) throw new Refusal(Cause.ruleCreationModificationFailure, `there is no pdr ${id}`, failed("pdr", id));
    if (ie.activatePredefinedRules !== undefined)
      throw new Refusal(Cause.unknownPreDefinedRule, "there are no predefined rules", failed("pdr", id));
    // a PDI replaces the whole PDI, except that an F-TEID which it does not mention stays (peers leave it out of updates)
    const pdi = ie.pdi === undefined ? undefined : this.#pdi(id, ie.pdi);
    const after: Pdr = {
      ...before,
      ...pdi,
      fTeid: pdi?.fTeid ?? before.fTeid,
      precedence: ie.precedence ?? before.precedence,
      removesOuterHeader: ie.outerHeaderRemoval !== undefined || before.removesOuterHeader,
      farId: ie.farId ?? before.farId,
      qerIds: ie.qerId ?? before.qerIds,
      urrIds: ie.urrId ?? before.urrIds,
    };
    this.#pdrs.set(id, after);
    if (pdi?.chosen === true) this.created.push(after);
  }

  #pdi(
    id: number,
    pdi: PdiIe,
  ): Pick<Pdr, "from" | "fTeid" | "chosen" | "networkInstance" | "ueAddresses" | "filters" | "filterIds" | "qfis"> {
    const at = failed("pdr", id);
    const from = sideOf(pdi.sourceInterface);
    if (from === undefined) {
      const why = `source interface ${pdi.sourceInterface} is not served`;
      throw new Refusal(Cause.serviceNotSupported, why, { offendingIe: ies.SourceInterface.type, ...at });
    }
    if (pdi.applicationId !== undefined) throw new Refusal(Cause.unknownApplicationId, `application ${pdi.applicationId} has no PFD`, at);
    if (pdi.trafficEndpointId !== undefined) throw new Refusal(Cause.serviceNotSupported, "traffic endpoints (PDIU) are not announced", at);
    const ueAddresses: IpAddress[] = [];
    for (const ue of pdi.ueIpAddress ?? []) {
      if (ue.chooseIpv4 || ue.chooseIpv6) {
        throw new Refusal(Cause.serviceNotSupported, "UE addresses are given by the SMF (UEIP is not announced)", {
          offendingIe: ies.UeIpAddress.type,
          ...at,
        });
      }
      if (ue.ipv4 !== undefined) ueAddresses.push(ue.ipv4);
      if (ue.ipv6 !== undefined) ueAddresses.push(ue.ipv6);
    }
    const filters: SdfFilter[] = [];
    const filterIds: { id: number; filter: SdfFilter }[] = [];
    for (const ie of pdi.sdfFilter ?? []) {
      // a filter ID alone means the filter that another PDR gave the ID (BID, §8.2.5)
      if (ie.filterId !== undefined && ie.flowDescription === undefined) {
        filters.push(this.#filterById(ie.filterId, at));
        continue;
      }
      const filter = sdfFilter(ie);
      if (!filter.ok)
        throw new Refusal(Cause.ruleCreationModificationFailure, filter.error.detail, { offendingIe: ies.SdfFilter.type, ...at });
      filters.push(filter.value);
      if (ie.filterId !== undefined) filterIds.push({ id: ie.filterId, filter: filter.value });
    }
    const fTeid = pdi.localFTeid && this.#fTeid(pdi.localFTeid, id);
    return {
      from,
      fTeid,
      chosen: pdi.localFTeid?.is === "choose",
      networkInstance: pdi.networkInstance,
      ueAddresses,
      filters,
      filterIds,
      qfis: pdi.qfi ?? [],
    };
  }

  #filterById(id: number, at: ReturnType<typeof failed>): SdfFilter {
    for (const pdr of this.#pdrs.values()) {
      const found = pdr.filterIds.find((one) => one.id === id);
      if (found !== undefined) return found.filter;
    }
    throw new Refusal(Cause.ruleCreationModificationFailure, `no SDF filter has the ID ${id}`, { offendingIe: ies.SdfFilter.type, ...at });
  }

  /** TS 29.244 §5.5.3: chosen here, shared by PDRs of one CHOOSE ID; or given by a CP function that allocates itself. */
  #fTeid(ie: FTeid, pdrId: number): { teid: Teid; address: IpAddress } {
    const at = { offendingIe: ies.FTeid.type, ...failed("pdr", pdrId) };
    const { n3 } = this.#ground;
    if (ie.is === "fTeid") {
      const address = n3.find((own) => own === ie.ipv4 || own === ie.ipv6);
      if (address === undefined) throw new Refusal(Cause.invalidFTeidAllocationOption, "the F-TEID is not at an address of ours", at);
      if (this.#ground.teidInUse(ie.teid)) throw new Refusal(Cause.invalidFTeidAllocationOption, "the TEID is in use", at);
      return { teid: ie.teid, address };
    }
    const shared = ie.chooseId === undefined ? undefined : this.#chooseIds.get(ie.chooseId);
    if (shared !== undefined) return shared;
    const address = n3.find((own) => (own.includes(":") ? ie.v6 : ie.v4) || !(ie.v4 || ie.v6));
    if (address === undefined) throw new Refusal(Cause.invalidFTeidAllocationOption, "no N3 address of the family asked for", at);
    const taken = this.#ground.takeTeid();
    if (taken === undefined) throw new Refusal(Cause.noResourcesAvailable, "no TEID is free", at);
    this.#taken.push(taken);
    const made = { teid: teidOf(taken), address };
    if (ie.chooseId !== undefined) this.#chooseIds.set(ie.chooseId, made);
    return made;
  }

  #updateFar(ie: UpdateFar): void {
    const before = this.#fars.get(ie.farId);
    if (before === undefined)
      throw new Refusal(Cause.ruleCreationModificationFailure, `there is no far ${ie.farId}`, failed("far", ie.farId));
    this.updatedFars.add(ie.farId);
    const action = ie.applyAction === undefined ? before : actionOf(ie.farId, ie.applyAction);
    const to = ie.updateForwardingParameters;
    if (to?.pfcpSmReqFlags?.sndem === true && before.peer !== undefined) this.endMarkers.add(ie.farId);
    this.#fars.set(ie.farId, {
      ...before,
      drop: action.drop,
      forward: action.forward,
      buffer: action.buffer,
      notify: action.notify,
      to: to?.destinationInterface === undefined ? before.to : interfaceOf(ie.farId, to.destinationInterface),
      networkInstance: to?.networkInstance ?? before.networkInstance,
      peer: to?.outerHeaderCreation === undefined ? before.peer : peerOf(ie.farId, to.outerHeaderCreation),
    });
  }

  #updateQer(ie: UpdateQer): void {
    const before = this.#qers.get(ie.qerId);
    if (before === undefined)
      throw new Refusal(Cause.ruleCreationModificationFailure, `there is no qer ${ie.qerId}`, failed("qer", ie.qerId));
    this.#qers.set(ie.qerId, {
      ...before,
      uplinkOpen: ie.gateStatus === undefined ? before.uplinkOpen : ie.gateStatus.uplink !== "closed",
      downlinkOpen: ie.gateStatus === undefined ? before.downlinkOpen : ie.gateStatus.downlink !== "closed",
      mbr: ie.maximumBitrate ?? before.mbr,
      gbr: ie.guaranteedBitrate ?? before.gbr,
      qfi: ie.qosFlowIdentifier ?? before.qfi,
      rqi: ie.reflectiveQos ?? before.rqi,
    });
  }

  #updateUrr(ie: UpdateUrr): void {
    const before = this.#urrs.get(ie.urrId);
    if (before === undefined)
      throw new Refusal(Cause.ruleCreationModificationFailure, `there is no urr ${ie.urrId}`, failed("urr", ie.urrId));
    this.#urrs.set(ie.urrId, {
      ...before,
      volume: ie.measurementMethod?.volume ?? before.volume,
      duration: ie.measurementMethod?.duration ?? before.duration,
      onThreshold: ie.reportingTriggers?.volth ?? before.onThreshold,
      threshold: ie.volumeThreshold ?? before.threshold,
      period: ie.reportingTriggers?.perio === false ? undefined : (ie.measurementPeriod ?? before.period),
    });
  }

  /** The rules as they will be. Throws `Refusal` when a PDR points at a rule that is not there. */
  get rules(): Rules {
    for (const pdr of this.#pdrs.values()) {
      const at = failed("pdr", pdr.id);
      const missing = (rule: string, id: number) =>
        new Refusal(Cause.ruleCreationModificationFailure, `PDR ${pdr.id} has ${rule} ${id}, which is not there`, at);
      if (!this.#fars.has(pdr.farId)) throw missing("FAR", pdr.farId);
      for (const id of pdr.qerIds) if (!this.#qers.has(id)) throw missing("QER", id);
      for (const id of pdr.urrIds) if (!this.#urrs.has(id)) throw missing("URR", id);
    }
    return { pdrs: this.#pdrs, fars: this.#fars, qers: this.#qers, urrs: this.#urrs, suggestedPackets: this.#suggestedPackets };
  }

  /** Gives back the TEIDs taken. */
  abandon(): void {
    for (const teid of this.#taken) this.#ground.releaseTeid(teid);
  }

  /** TEIDs of the rules before that the rules after do not have any more. */
  released(after: Rules): number[] {
    const still = teidsOf(after);
    return [...teidsOf(this.#before)].filter((teid) => !still.has(teid));
  }
}
