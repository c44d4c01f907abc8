/** N4: the PFCP door of the UPF. Which request does what, who may ask for it, and how a refusal is said. TS 29.244 §6.2. */
import type { IpAddress } from "@freehold/model";
import {
  type Answer,
  type AssociationSetupRequest,
  Cause,
  type Incoming,
  isAccepted,
  type NodeId,
  type PfcpEndpoint,
  PfcpTimeout,
  typeOf,
} from "@freehold/pfcp";
import { type Association, Associations, isLater, type Partner, partnersOf, speaksFor } from "./associations.ts";
import type { SmfConfig } from "./config.ts";
import type { Forwarder } from "./forwarder.ts";
import { Refusal } from "./rules.ts";
import type { Session } from "./session.ts";
import { Sessions, type SessionsOptions } from "./sessions.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface N4Options extends Omit<SessionsOptions, "associations"> {
  readonly recoveryTimeStamp: number;
}

type RetentionInformation = NonNullable<AssociationSetupRequest["pfcpSessionRetentionInformation"]>;

/** The optional features that we have: F-TEIDs are allocated here, End Markers are sent. TS 29.244 §8.2.25. */
export const upFunctionFeatures = { ftup: true, empu: true } as const;

/** How long an association that does not answer is tried again, ms. */
const reconnect = 5_000;

export class N4 {
  readonly #options: N4Options;
  readonly associations: Associations;
  readonly sessions: Sessions;
  refused = 0;
  /** Lines of the log about refusals: ten a second. */
  readonly #lines: TokenBucket;
  #endpoint!: PfcpEndpoint;
  #ended = false;
  /** Associations that we ask for, by the SMF that was asked. */
  readonly #connecting = new Map<SmfConfig, AbortController>();

  constructor(options: N4Options) {
    this.#options = options;
    this.#lines = new TokenBucket(10, 100, options.clock.now());
    this.associations = new Associations(partnersOf(options.config), options.limits.associations);
    this.sessions = new Sessions({ ...options, associations: this.associations });
  }

  /** The other two halves, which know this one. */
  join(endpoint: PfcpEndpoint, forwarder: Forwarder): void {
    this.#endpoint = endpoint;
    this.sessions.join(endpoint, forwarder);
  }

  // ---- the door -------------------------------------------------------------------------------------------------------------------

  readonly answer = (incoming: Incoming): Answer | undefined => {
    const { message, from } = incoming;
    try {
      switch (message.is) {
        case "PFCP Heartbeat Request":
          this.#wonder(from.host, message.recoveryTimeStamp);
          return { message: { is: "PFCP Heartbeat Response", recoveryTimeStamp: this.#options.recoveryTimeStamp } };
        case "PFCP Association Setup Request":
          return this.#associate(message, from.host);
        case "PFCP Association Update Request":
          this.#associationOf(message.nodeId, from.host);
          return {
            message: { is: "PFCP Association Update Response", nodeId: this.#nodeId, cause: Cause.requestAccepted, upFunctionFeatures },
          };
        case "PFCP Association Release Request":
          this.#release(this.#associationOf(message.nodeId, from.host), "released by the SMF");
          return { message: { is: "PFCP Association Release Response", nodeId: this.#nodeId, cause: Cause.requestAccepted } };
        case "PFCP Session Establishment Request":
          return this.sessions.establish(message, this.#associationOf(message.nodeId, from.host));
        case "PFCP Session Modification Request": {
          const session = this.sessions.of(incoming);
          return { seid: session.cpSeid, message: this.sessions.modify(session, message) };
        }
        case "PFCP Session Deletion Request": {
          const session = this.sessions.of(incoming);
          return { seid: session.cpSeid, message: this.sessions.delete(session) };
        }
        case "PFCP PFD Management Request":
        case "PFCP Session Set Deletion Request":
        case "PFCP Session Report Request":
        case "PFCP Node Report Request":
          throw new Refusal(Cause.serviceNotSupported, `${message.is} is not served`);
      }
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      return this.#refuse(incoming, refusal);
    }
  };

  #refuse({ message, from, header }: Incoming, refusal: Refusal): Answer | undefined {
    this.refused++;
    // strangers do not fill the log: what is not said line by line is counted
    if (this.#lines.take(1, this.#options.clock.now()))
      this.#options.log.warn(`${message.is} refused`, { peer: from.host, cause: refusal.pfcpCause, why: refusal.message });
    const response = this.#endpoint.refusal(typeOf(message.is), refusal.pfcpCause, refusal.offendingIe);
    if (response === undefined) return undefined;
    const { failedRule: failedRuleId } = refusal;
    const named =
      failedRuleId !== undefined &&
      (response.is === "PFCP Session Establishment Response" || response.is === "PFCP Session Modification Response")
        ? { ...response, failedRuleId }
        : response;
    const asked = message.is === "PFCP Session Establishment Request" ? message.cpFSeid.seid : this.sessions.peerSeid(header.seid, from);
    return { seid: refusal.pfcpCause === Cause.sessionContextNotFound ? undefined : asked, message: named };
  }

  get #nodeId(): NodeId {
    return this.#options.config.nodeId;
  }

  // ---- associations ---------------------------------------------------------------------------------------------------------------

  #associationOf(nodeId: NodeId, host: string): Association {
    const association = this.associations.byNode(nodeId);
    if (association === undefined || !speaksFor(association, host)) {
      throw new Refusal(Cause.noEstablishedPfcpAssociation, `${host} has no association as ${nodeId.value}`);
    }
    return association;
  }

  /**
   * TS 29.244 §6.2.6.2.2: a new association takes the place of the one before, whose sessions end, but for those that the SMF asks to retain:
   * it has restarted and knows them, and their packets go on meanwhile.
   */
  #associate({ nodeId, recoveryTimeStamp, pfcpSessionRetentionInformation: retain }: AssociationSetupRequest, host: string): Answer {
    const partner = this.associations.partnerOf(nodeId, host);
    const had = this.associations.byNode(nodeId) !== undefined;
    this.#associated(nodeId, partner, host, recoveryTimeStamp, retain && retainedBy(retain));
    const { recoveryTimeStamp: ours } = this.#options;
    return {
      message: {
        is: "PFCP Association Setup Response",
        nodeId: this.#nodeId,
        cause: Cause.requestAccepted,
        recoveryTimeStamp: ours,
        upFunctionFeatures,
        ...(had && retain !== undefined && { pfcpAsRspFlags: { psrei: true } }),
      },
    };
  }

  #associated(
    nodeId: NodeId,
    partner: Partner,
    host: string,
    recoveryTimeStamp: number,
    retained: (session: Session) => boolean = () => false,
  ): void {
    const { made, before } = this.associations.add(nodeId, partner, host, recoveryTimeStamp);
    this.#connecting.get(partner.config)?.abort();
    for (const session of before?.sessions ?? []) {
      if (!retained(session)) continue;
      before?.sessions.delete(session);
      made.sessions.add(session);
    }
    if (before !== undefined) this.#end(before, "the SMF set up its association anew");
    this.#options.log.info("PFCP association", { smf: made.key, at: host });
    this.#beat(made);
  }

  #end(association: Association, why: string): void {
    association.heartbeat?.();
    if (association.sessions.size > 0)
      this.#options.log.warn("sessions end", { smf: association.key, sessions: association.sessions.size, why });
    for (const session of [...association.sessions]) this.sessions.remove(session);
  }

  #release(association: Association, why: string): void {
    this.#end(association, why);
    this.associations.remove(association);
    void this.#connect(association.partner);
  }

  /**
   * A later recovery time stamp in a request: the peer lost everything, or is one whose requests carry the time of day (OAI's SMF). Its
   * response to a heartbeat of ours tells which.
   */
  #wonder(host: string, recoveryTimeStamp: number): void {
    const association = this.associations.byHost(host);
    if (association === undefined || association.asking || !isLater(recoveryTimeStamp, association.recoveryTimeStamp)) return;
    void this.#ask(association);
  }

  /** One heartbeat of ours. A later recovery time stamp in its response ends the association (TS 29.244 §6.2.2; an earlier one is an old datagram). */
  async #ask(association: Association): Promise<void> {
    const { recoveryTimeStamp, log } = this.#options;
    association.asking = true;
    try {
      const { message } = await this.#endpoint.request(association.peer, { is: "PFCP Heartbeat Request", recoveryTimeStamp });
      if (!association.alive) log.info("SMF answers again", { smf: association.key });
      association.alive = true;
      if (this.#stands(association) && isLater(message.recoveryTimeStamp, association.recoveryTimeStamp))
        this.#release(association, "the SMF has restarted");
    } catch (error) {
      if (association.alive && this.#stands(association)) log.warn("SMF does not answer heartbeats", { smf: association.key, error });
      association.alive = false;
    } finally {
      association.asking = false;
    }
  }

  #stands(association: Association): boolean {
    return !this.#ended && this.associations.byNode(association.nodeId) === association;
  }

  /** TS 29.244 §6.2.2: our heartbeats. Sessions outlive a peer that is silent; they end when it comes back as another. */
  #beat(association: Association): void {
    const { clock, config } = this.#options;
    const every = config.heartbeat ?? 30_000;
    if (every === 0) return;
    association.heartbeat = clock.after(every, () => {
      void this.#ask(association).then(() => {
        if (this.#stands(association)) this.#beat(association);
      });
    });
  }

  /** TS 29.244 §6.2.6.3: sets up the associations that are ours to set up, until they stand. */
  connect(): void {
    for (const partner of partnersOf(this.#options.config)) void this.#connect(partner);
  }

  /** Whether the SMF has an association, whichever side set it up: another would end its sessions. */
  #isConnected({ config }: Partner): boolean {
    for (const association of this.associations.all) if (association.partner.config === config) return true;
    return false;
  }

  async #connect(partner: Partner): Promise<void> {
    const { clock, log, recoveryTimeStamp } = this.#options;
    const [first] = partner.prefixes;
    if (partner.config.connect !== true || first === undefined) return;
    // An SMF that asks first ends ours: repeated later, it would make an SMF think that we have begun anew once more.
    const asking = new AbortController();
    this.#connecting.set(partner.config, asking);
    const to = { host: first.address, port: partner.port };
    while (!this.#ended && !this.#isConnected(partner)) {
      try {
        const { message } = await this.#endpoint.request(
          to,
          { is: "PFCP Association Setup Request", nodeId: this.#nodeId, recoveryTimeStamp, upFunctionFeatures },
          { signal: asking.signal },
        );
        if (this.#isConnected(partner)) return;
        if (isAccepted(message.cause)) {
          this.#associated(message.nodeId, partner, to.host, message.recoveryTimeStamp);
          return;
        }
        log.warn("SMF refuses the PFCP association", { smf: to.host, cause: message.cause });
      } catch (error) {
        if (this.#ended || asking.signal.aborted) return;
        if (!(error instanceof PfcpTimeout)) log.warn("PFCP association failed", { smf: to.host, error });
      }
      await clock.sleep(reconnect);
    }
  }

  /** Stops heartbeats, timers and reports. */
  close(): void {
    this.#ended = true;
    for (const asking of this.#connecting.values()) asking.abort();
    for (const association of this.associations.all) association.heartbeat?.();
    this.sessions.close();
  }
}

/** Table 7.4.4.1-2: the sessions of the control plane entities that are named, or all. */
function retainedBy({ cpPfcpEntityIpAddress: named = [] }: RetentionInformation): (session: Session) => boolean {
  if (named.length === 0) return () => true;
  const hosts = new Set(named.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6]));
  return ({ cp }) => hosts.has(cp.host as IpAddress);
}
