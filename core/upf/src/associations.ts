/** PFCP associations: who may have one, and whether the peer is alive. TS 29.244 §6.2.2, §6.2.6 to §6.2.8, §6.2.10. */
import { type IpPrefix, parseIp, parsePrefix, prefixHolds } from "@freehold/model";
import type { Address } from "@freehold/net";
import { Cause, type NodeId, nodeIdText, pfcpPort } from "@freehold/pfcp";
import type { Cancel } from "@freehold/runtime";
import type { SmfConfig, UpfConfig } from "./config.ts";
import { Refusal } from "./rules.ts";
import type { Session } from "./session.ts";

/** A configured SMF, its addresses parsed. */
export interface Partner {
  readonly config: SmfConfig;
  readonly prefixes: readonly IpPrefix[];
  readonly port: number;
}

export interface Association {
  readonly key: string;
  readonly nodeId: NodeId;
  readonly partner: Partner;
  /** Where it spoke from, and where we speak to. */
  readonly host: string;
  readonly peer: Address;
  /** NTP seconds. */
  recoveryTimeStamp: number;
  /** Answers heartbeats. */
  alive: boolean;
  readonly sessions: Set<Session>;
  /** A heartbeat of ours waits for its answer. */
  asking: boolean;
  heartbeat: Cancel | undefined;
}

/** Later in the arithmetic of 32-bit time stamps. */
export const isLater = (a: number, b: number): boolean => a !== b && (a - b + 2 ** 32) % 2 ** 32 < 2 ** 31;

export function partnersOf(config: UpfConfig): Partner[] {
  return config.smfs.map((smf) => ({
    config: smf,
    port: smf.port ?? pfcpPort,
    prefixes: smf.addresses.map((text) => {
      const made = parsePrefix(text);
      if (!made.ok) throw new RangeError(`SMF address ${text}: ${made.error.detail}`);
      return made.value;
    }),
  }));
}

/** Whether an address is one of the partner's. */
export function isOf(partner: Partner, host: string): boolean {
  const address = parseIp(host);
  return address.ok && partner.prefixes.some((prefix) => prefixHolds(prefix, address.value));
}

/** Whether an address is the SMF's of this association: an SMF configured by name has all its addresses, any other the one it spoke from. */
export const speaksFor = ({ host: own, partner }: Association, host: string): boolean =>
  host === own || (partner.config.nodeId !== undefined && isOf(partner, host));

export class Associations {
  readonly #partners: readonly Partner[];
  readonly #limit: number;
  readonly #byNode = new Map<string, Association>();

  constructor(partners: readonly Partner[], limit: number) {
    this.#partners = partners;
    this.#limit = limit;
  }

  get all(): Iterable<Association> {
    return this.#byNode.values();
  }

  /** Whether any configured SMF sends from there. */
  knows(host: string): boolean {
    return this.#partners.some((partner) => isOf(partner, host));
  }

  byNode(nodeId: NodeId): Association | undefined {
    return this.#byNode.get(nodeIdText(nodeId));
  }

  byHost(host: string): Association | undefined {
    for (const association of this.#byNode.values()) if (association.host === host) return association;
    return undefined;
  }

  /** The configured SMF that may call itself `nodeId` and send from `host`. Throws `Refusal`. */
  partnerOf(nodeId: NodeId, host: string): Partner {
    const name = nodeIdText(nodeId);
    const named = this.#partners.find(({ config }) => config.nodeId !== undefined && nodeIdText(config.nodeId) === name);
    if (named !== undefined) {
      if (isOf(named, host)) return named;
      throw new Refusal(Cause.requestRejected, `${host} is no address of ${name}`);
    }
    // a Node ID that is an address names the sender, or somebody else is being named
    if (nodeId.is !== "fqdn" && nodeId.value !== host) throw new Refusal(Cause.requestRejected, `${host} calls itself ${name}`);
    const partner = this.#partners.find((one) => one.config.nodeId === undefined && isOf(one, host));
    if (partner === undefined) throw new Refusal(Cause.requestRejected, `${host} (${name}) is not a configured SMF`);
    const holder = this.byNode(nodeId);
    if (holder !== undefined && holder.host !== host)
      throw new Refusal(Cause.requestRejected, `${name} is at ${holder.host}, not at ${host}`);
    return partner;
  }

  /** Puts an association in place of one with the same Node ID, which is returned. Throws `Refusal` when there are too many. */
  add(nodeId: NodeId, partner: Partner, host: string, recoveryTimeStamp: number): { made: Association; before: Association | undefined } {
    const key = nodeIdText(nodeId);
    const before = this.#byNode.get(key);
    if (before === undefined && this.#byNode.size >= this.#limit)
      throw new Refusal(Cause.noResourcesAvailable, `${this.#limit} associations`);
    const made: Association = {
      key,
      nodeId,
      partner,
      host,
      peer: { host, port: partner.port },
      recoveryTimeStamp,
      alive: true,
      sessions: new Set(),
      asking: false,
      heartbeat: undefined,
    };
    this.#byNode.set(key, made);
    return { made, before };
  }

  remove(association: Association): void {
    if (this.#byNode.get(association.key) === association) this.#byNode.delete(association.key);
  }
}
