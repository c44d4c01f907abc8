/** The PFCP sessions of the UPF: established, modified, deleted, and what is reported of them. TS 29.244 §6.3, §7.5. */
import { type IpAddress, parseIp, type Seid, seid as seidOf } from "@freehold/model";
import type { Address } from "@freehold/net";
import {
  type Answer,
  Cause,
  type FSeid,
  fTeidAt,
  type Incoming,
  ies,
  inFamily,
  type PfcpEndpoint,
  type SessionDeletionResponse,
  type SessionEstablishmentRequest,
  type SessionEstablishmentResponse,
  type SessionModificationRequest,
  type SessionModificationResponse,
  type SessionReportRequest,
} from "@freehold/pfcp";
import { type Clock, type Log, type Random, UniqueIds } from "@freehold/runtime";
import { type Association, type Associations, speaksFor } from "./associations.ts";
import type { UpfConfig, UpfLimits } from "./config.ts";
import { Draft, type Ground } from "./draft.ts";
import type { Forwarder } from "./forwarder.ts";
import { type Network, networkKey } from "./network.ts";
import { noRules, type Pdr, Refusal, type Rules } from "./rules.ts";
import { type Flow, Session, type Usage } from "./session.ts";
import { takeReport, type UsageReport } from "./usage.ts";

export interface SessionsOptions {
  readonly config: UpfConfig;
  readonly limits: UpfLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly networks: readonly Network[];
  readonly associations: Associations;
}

const cpKey = (association: string, host: string, seid: Seid): string => `${association} ${host} ${seid}`;

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #teids: UniqueIds;
  readonly #sessions = new Map<bigint, Session>();
  /** By association and CP F-SEID. */
  readonly #byCpFSeid = new Map<string, Session>();
  readonly counts = { established: 0, modified: 0, deleted: 0, reports: 0 };
  #endpoint!: PfcpEndpoint;
  #forwarder!: Forwarder;
  #ended = false;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#teids = new UniqueIds(options.random, { bits: 31, taken: (teid) => this.#forwarder.teidInUse(teid) });
  }

  join(endpoint: PfcpEndpoint, forwarder: Forwarder): void {
    this.#endpoint = endpoint;
    this.#forwarder = forwarder;
  }

  get all(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** TEIDs that are allocated here. */
  get teids(): number {
    return this.#teids.size;
  }

  #owns(session: Session, host: string): boolean {
    for (const association of this.#options.associations.all) {
      if (association.key === session.association) return speaksFor(association, host);
    }
    return false;
  }

  /** The session of a request. One of somebody else's is answered like one that does not exist. Throws `Refusal`. */
  of({ header, from }: Incoming): Session {
    const session = header.seid === undefined ? undefined : this.#sessions.get(header.seid);
    if (session === undefined || !this.#owns(session, from.host))
      throw new Refusal(Cause.sessionContextNotFound, "no such session of this SMF");
    return session;
  }

  /** The SMF's SEID of a session that is its own. */
  peerSeid(ours: Seid | undefined, from: Address): Seid | undefined {
    const session = ours === undefined ? undefined : this.#sessions.get(ours);
    return session !== undefined && this.#owns(session, from.host) ? session.cpSeid : undefined;
  }

  #ground(session: Session | undefined): Ground {
    return {
      takeTeid: () => this.#teids.take(),
      releaseTeid: (teid) => this.#teids.release(teid),
      teidInUse: (teid) => this.#forwarder.teidInUse(teid, session),
      n3: this.#options.config.n3,
      maxRules: this.#options.limits.rules,
    };
  }

  #networkOf(dnn: string | undefined): (name: string | undefined) => Network | undefined {
    const { networks } = this.#options;
    const named = (name: string | undefined): Network | undefined => {
      if (name === undefined) return undefined;
      const key = networkKey(name);
      return networks.find((network) => network.keys.includes(key));
    };
    // peers name instances after sides ("n6", "core") as well as after DNNs
    return (name) => named(name) ?? named(dnn) ?? (networks.length === 1 ? networks[0] : undefined);
  }

  /** TS 29.244 §6.3.2.3. */
  establish(request: SessionEstablishmentRequest, association: Association): Answer {
    if (request.pdnType === "nonIp" || request.pdnType === "ethernet")
      throw new Refusal(Cause.serviceNotSupported, `PDN type ${request.pdnType}`);
    // A CP F-SEID names one session (TS 29.244 §5.6.2): an SMF that asks again for one has never had our answer, or forgotten it.
    const again = this.#byCpFSeid.get(cpKey(association.key, this.#reportsTo(request.cpFSeid, association).host, request.cpFSeid.seid));
    if (again !== undefined) this.remove(again);
    if (this.#sessions.size >= this.#options.limits.sessions) throw new Refusal(Cause.noResourcesAvailable, "no room for a session");
    const draft = new Draft(noRules, this.#ground(undefined));
    try {
      draft.establish(request);
      const { rules } = draft;
      const session = new Session({
        seid: this.#newSeid(),
        cpSeid: request.cpFSeid.seid,
        cp: this.#reportsTo(request.cpFSeid, association),
        association: association.key,
        dnn: request.apnDnn,
        rules,
      });
      this.#check(session, rules);
      this.#put(session, rules, draft);
      association.sessions.add(session);
      this.#sessions.set(session.seid, session);
      this.#byCpFSeid.set(cpKey(session.association, session.cp.host, session.cpSeid), session);
      this.counts.established++;
      const message: SessionEstablishmentResponse = {
        is: "PFCP Session Establishment Response",
        nodeId: this.#options.config.nodeId,
        cause: Cause.requestAccepted,
        upFSeid: { seid: session.seid, ...inFamily(this.#ourAddress()) },
        createdPdr: createdPdrs(draft.created),
      };
      return { seid: session.cpSeid, message };
    } catch (fault) {
      draft.abandon();
      throw fault;
    }
  }

  /** TS 29.244 §6.3.3: everything, or nothing. */
  modify(session: Session, request: SessionModificationRequest): SessionModificationResponse {
    const draft = new Draft(session.rules, this.#ground(session));
    let rules: Rules;
    try {
      draft.modify(request);
      rules = draft.rules;
      this.#check(session, rules);
    } catch (fault) {
      draft.abandon();
      throw fault;
    }
    if (request.cpFSeid !== undefined) {
      this.#forgetCp(session);
      session.cpSeid = request.cpFSeid.seid;
      const association = [...this.#options.associations.all].find(({ key }) => key === session.association);
      if (association !== undefined) session.cp = this.#reportsTo(request.cpFSeid, association);
      this.#byCpFSeid.set(cpKey(session.association, session.cp.host, session.cpSeid), session);
    }
    const now = this.#options.clock.now();
    const usageReport: UsageReport[] = [];
    for (const { id } of draft.removedUrrs) usageReport.push(...this.#takeReport(session, id, { termr: true }, now));
    const queried =
      request.pfcpSmReqFlags?.qaurr === true ? [...session.usages.keys()] : (request.queryUrr ?? []).map(({ urrId }) => urrId);
    for (const id of queried) usageReport.push(...this.#takeReport(session, id, { immer: true }, now));
    for (const { id } of draft.removedUrrs) {
      session.usages.get(id)?.timer?.();
      session.usages.delete(id);
    }
    // the end marker goes the old way, before anything goes the new one
    for (const farId of draft.endMarkers) {
      const way = session.ways.get(farId);
      if (way?.peer !== undefined) this.#forwarder.sendEndMarker(way.teid, way.peer);
    }
    const released = draft.released(rules);
    this.#take(session);
    this.#put(session, rules, draft);
    for (const teid of released) this.#teids.release(teid);
    if (request.pfcpSmReqFlags?.drobu === true) this.#forwarder.discard(session);
    else if (draft.updatedFars.size > 0) this.#forwarder.release(session);
    this.counts.modified++;
    return {
      is: "PFCP Session Modification Response",
      cause: Cause.requestAccepted,
      createdPdr: createdPdrs(draft.created),
      usageReport: usageReport.length > 0 ? usageReport : undefined,
    };
  }

  delete(session: Session): SessionDeletionResponse {
    const now = this.#options.clock.now();
    const usageReport = [...session.usages.keys()].flatMap((id) => this.#takeReport(session, id, { termr: true }, now));
    this.remove(session);
    this.counts.deleted++;
    return {
      is: "PFCP Session Deletion Response",
      cause: Cause.requestAccepted,
      usageReport: usageReport.length > 0 ? usageReport : undefined,
    };
  }

  /** The SEID is unpredictable: what cannot be guessed cannot be asked for. */
  #newSeid(): Seid {
    for (;;) {
      const value = this.#options.random(8).reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
      if (value !== 0n && !this.#sessions.has(value)) return seidOf(value);
    }
  }

  #ourAddress(): IpAddress {
    const local = parseIp(this.#endpoint.local.host);
    if (!local.ok) throw new Error("the N4 address is a literal");
    return local.value;
  }

  /** Reports go to the address of the CP F-SEID, when it is one of the SMF's; a request may not point us at anybody else. */
  #reportsTo(fSeid: FSeid, association: Association): Address {
    const host = fSeid.ipv4 ?? fSeid.ipv6;
    return host !== undefined && speaksFor(association, host) ? { host, port: association.partner.port } : association.peer;
  }

  /** The data networks that the rules are about. Throws `Refusal` when a FAR leads into one that is not there. */
  #networksOf(session: Session, rules: Rules): Set<Network> {
    const networkOf = this.#networkOf(session.dnn);
    const networks = new Set<Network>();
    for (const { from, networkInstance } of rules.pdrs.values()) {
      const network = from === "core" ? networkOf(networkInstance) : undefined;
      if (network !== undefined) networks.add(network);
    }
    for (const { id, to, peer, networkInstance } of rules.fars.values()) {
      if (to !== "core" || peer !== undefined) continue;
      const network = networkOf(networkInstance);
      if (network === undefined) {
        const at = { offendingIe: ies.NetworkInstance.type, failedRule: { rule: "far" as const, id } };
        throw new Refusal(Cause.ruleCreationModificationFailure, `no data network ${networkInstance ?? session.dnn ?? ""}`, at);
      }
      networks.add(network);
    }
    return networks;
  }

  /** What rules may not do to others: addresses outside the pools, or another session's. Throws `Refusal`. */
  #check(session: Session, rules: Rules): void {
    for (const network of this.#networksOf(session, rules)) {
      for (const { id, ueAddresses } of rules.pdrs.values()) {
        const at = { offendingIe: ies.UeIpAddress.type, failedRule: { rule: "pdr" as const, id } };
        for (const address of ueAddresses) {
          if (!network.serves(address))
            throw new Refusal(Cause.ruleCreationModificationFailure, `${address} is outside the pools of ${network.dnn}`, at);
          const owner = network.owner(address);
          if (owner !== undefined && owner !== session)
            throw new Refusal(Cause.ruleCreationModificationFailure, `${address} is another session's`, at);
        }
      }
    }
  }

  /** Takes a session out of the tables that packets look in. */
  #take(session: Session): void {
    this.#forwarder.remove(session);
    for (const network of this.#options.networks) network.remove(session);
  }

  #put(session: Session, rules: Rules, draft: Draft): void {
    const networkOf = this.#networkOf(session.dnn);
    const now = this.#options.clock.now();
    session.compile(rules, { now, updatedFars: draft.updatedFars, networkOf });
    this.#forwarder.add(session);
    for (const network of this.#networksOf(session, rules)) network.add(session);
    for (const usage of session.usages.values()) this.#period(session, usage);
  }

  /** Ends a session without a word to anybody. */
  remove(session: Session): void {
    this.#take(session);
    this.#forwarder.discard(session);
    for (const usage of session.usages.values()) usage.timer?.();
    for (const teid of session.uplink.keys()) this.#teids.release(teid);
    this.#sessions.delete(session.seid);
    this.#forgetCp(session);
    for (const association of this.#options.associations.all) association.sessions.delete(session);
  }

  #forgetCp(session: Session): void {
    const key = cpKey(session.association, session.cp.host, session.cpSeid);
    if (this.#byCpFSeid.get(key) === session) this.#byCpFSeid.delete(key);
  }

  // ---- reports --------------------------------------------------------------------------------------------------------------------

  #takeReport(session: Session, urrId: number, trigger: UsageReport["usageReportTrigger"], now: number): UsageReport[] {
    const usage = session.usages.get(urrId);
    return usage === undefined ? [] : [takeReport(usage, trigger, now)];
  }

  #period(session: Session, usage: Usage): void {
    usage.timer?.();
    usage.timer = undefined;
    const { period } = usage.rule;
    if (period === undefined || period === 0) return;
    usage.timer = this.#options.clock.after(period * 1000, () => {
      this.#reportUsage(session, usage, { perio: true });
      this.#period(session, usage);
    });
  }

  #reportUsage(session: Session, usage: Usage, trigger: UsageReport["usageReportTrigger"]): void {
    const report = takeReport(usage, trigger, this.#options.clock.now());
    this.#report(session, { is: "PFCP Session Report Request", reportType: { usage: true }, usageReport: [report] });
  }

  /** TS 29.244 §5.2.2.2 (unchecked): a volume threshold was reached. */
  readonly onThreshold = (session: Session, usage: Usage): void => this.#reportUsage(session, usage, { volth: true });

  /** TS 29.244 §7.5.8.2: packets wait for the UE; the QFI tells the SMF what is worth paging for. */
  readonly onDownlinkData = (session: Session, { pdr, qfi }: Flow): void => {
    this.#report(session, {
      is: "PFCP Session Report Request",
      reportType: { downlinkData: true },
      downlinkDataReport: {
        pdrId: [pdr.id],
        downlinkDataServiceInformation: [{ pagingPolicyIndication: undefined, qfi, dlDataPacketsSize: undefined }],
      },
    });
  };

  /** TS 29.244 §7.5.8.4: the access node does not know the tunnel. */
  readonly onErrorIndication = (session: Session, teid: number, peer: IpAddress): void => {
    const [way] = [...session.ways.values()].filter((one) => one.teid === teid && one.rule.peer?.address === peer);
    const at = way?.rule.peer;
    if (at === undefined) return;
    this.#report(session, {
      is: "PFCP Session Report Request",
      reportType: { errorIndication: true },
      errorIndicationReport: { remoteFTeid: [fTeidAt(at.teid, at.address)] },
    });
  };

  #report(session: Session, report: SessionReportRequest): void {
    this.counts.reports++;
    this.#endpoint.request(session.cp, report, { seid: session.cpSeid }).then(
      ({ message }) => {
        if (this.#sessions.get(session.seid) !== session) return;
        if (message.cause === Cause.sessionContextNotFound) {
          this.#options.log.warn("the SMF does not know the session", { seid: session.seid });
          this.remove(session);
        } else if (message.pfcpSrRspFlags?.drobu === true) this.#forwarder.discard(session);
        const count = message.updateBar?.suggestedBufferingPacketsCount;
        if (count !== undefined) session.rules = { ...session.rules, suggestedPackets: count };
      },
      (error: unknown) => {
        if (this.#ended) return;
        this.#options.log.warn("a session report was not answered", { smf: session.cp.host, error });
        // the next packet tells again
        for (const way of session.ways.values()) {
          way.notified = false;
          way.broken = false;
        }
      },
    );
  }

  /** Stops timers and reports. */
  close(): void {
    this.#ended = true;
    for (const session of this.#sessions.values()) for (const usage of session.usages.values()) usage.timer?.();
  }
}

const createdPdrs = (created: readonly Pdr[]): SessionEstablishmentResponse["createdPdr"] =>
  created.length === 0
    ? undefined
    : created.map(({ id, fTeid }) => ({ pdrId: id, localFTeid: fTeid && fTeidAt(fTeid.teid, fTeid.address) }));
