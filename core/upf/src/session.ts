/** A PFCP session as the user plane runs it: rules compiled to what a packet needs, and the state that packets leave behind. */
import { type IpAddress, ipOctets, isIpv4, type Seid } from "@freehold/model";
import type { Address } from "@freehold/net";
import type { Cancel } from "@freehold/runtime";
import type { Network } from "./network.ts";
import { u32 } from "./packet.ts";
import type { Far, Pdr, Qer, Rules, Urr } from "./rules.ts";
import type { SdfFilter } from "./sdf.ts";
import { bitRateBucket, type TokenBucket } from "./token-bucket.ts";
import type { Waiting } from "./waiting.ts";

/** A QER with its buckets. */
export interface Meter {
  readonly rule: Qer;
  readonly uplink: TokenBucket | undefined;
  readonly downlink: TokenBucket | undefined;
}

/** A URR with what was counted since the last report. */
export interface Usage {
  rule: Urr;
  /** UR-SEQN of the next report. */
  sequence: number;
  since: number;
  uplink: number;
  downlink: number;
  uplinkPackets: number;
  downlinkPackets: number;
  timer: Cancel | undefined;
}

/** A FAR, resolved. */
export interface Way {
  readonly rule: Far;
  readonly teid: number;
  readonly peer: Address | undefined;
  readonly network: Network | undefined;
  /** The SMF was told of packets that wait, or that the peer knows the tunnel no more; until the FAR is updated. */
  notified: boolean;
  broken: boolean;
}

/** A PDR, resolved. */
export interface Flow {
  readonly pdr: Pdr;
  readonly uplink: boolean;
  readonly filters: readonly SdfFilter[];
  /** By QFI; undefined: any packet, with QFI or without. */
  readonly qfis: Uint8Array | undefined;
  readonly network: Network | undefined;
  readonly way: Way;
  readonly meters: readonly Meter[];
  readonly usages: readonly Usage[];
  /** What downlink packets are marked with. */
  readonly qfi: number;
  readonly rqi: boolean;
}

/** GTP-U's port is the registered one, whatever the far end sends from. */
const gtpuPort = 2152;

export class Session {
  /** Ours and the SMF's. */
  readonly seid: Seid;
  cpSeid: Seid;
  /** Where session reports go. */
  cp: Address;
  /** Key of the association that made it. */
  readonly association: string;
  readonly dnn: string | undefined;
  rules: Rules;
  /** By TEID, and for packets from data networks; each by precedence. */
  uplink: ReadonlyMap<number, readonly Flow[]> = new Map();
  downlink: readonly Flow[] = [];
  ways: ReadonlyMap<number, Way> = new Map();
  meters: ReadonlyMap<number, Meter> = new Map();
  readonly usages = new Map<number, Usage>();
  /** The UE's addresses: what uplink packets must come from. IPv4 as numbers, IPv6 as the eight octets of the prefix in hex. */
  ue4: readonly number[] = [];
  ue6: readonly string[] = [];
  addresses: readonly IpAddress[] = [];
  readonly waiting: Waiting[] = [];
  waitingOctets = 0;
  readonly counts = { uplinkPackets: 0, uplinkOctets: 0, downlinkPackets: 0, downlinkOctets: 0, dropped: 0 };

  constructor(options: { seid: Seid; cpSeid: Seid; cp: Address; association: string; dnn: string | undefined; rules: Rules }) {
    this.seid = options.seid;
    this.cpSeid = options.cpSeid;
    this.cp = options.cp;
    this.association = options.association;
    this.dnn = options.dnn;
    this.rules = options.rules;
  }

  /** Takes `rules` in place of those before. Buckets, counters and notices live on where their rule did not change. */
  compile(
    rules: Rules,
    {
      now,
      updatedFars,
      networkOf,
    }: { now: number; updatedFars: ReadonlySet<number>; networkOf: (name: string | undefined) => Network | undefined },
  ): void {
    this.rules = rules;
    const ways = new Map<number, Way>();
    for (const rule of rules.fars.values()) {
      const before = this.ways.get(rule.id);
      const kept = before !== undefined && !updatedFars.has(rule.id) ? before : undefined;
      ways.set(rule.id, {
        rule,
        teid: rule.peer?.teid ?? 0,
        peer: rule.peer && { host: rule.peer.address, port: gtpuPort },
        network: rule.to === "core" ? networkOf(rule.networkInstance) : undefined,
        notified: kept?.notified ?? false,
        broken: kept?.broken ?? false,
      });
    }
    const meters = new Map<number, Meter>();
    for (const rule of rules.qers.values()) {
      const before = this.meters.get(rule.id);
      const same = (way: "uplink" | "downlink"): boolean => before?.rule.mbr?.[way] === rule.mbr?.[way];
      const bucket = (way: "uplink" | "downlink"): TokenBucket | undefined => {
        if (rule.mbr === undefined) return undefined;
        return same(way) && before?.[way] !== undefined ? before[way] : bitRateBucket(rule.mbr[way], now);
      };
      meters.set(rule.id, { rule, uplink: bucket("uplink"), downlink: bucket("downlink") });
    }
    for (const rule of rules.urrs.values()) {
      const before = this.usages.get(rule.id);
      if (before !== undefined) before.rule = rule;
      else {
        const none = { uplink: 0, downlink: 0, uplinkPackets: 0, downlinkPackets: 0 };
        this.usages.set(rule.id, { rule, sequence: 0, since: now, ...none, timer: undefined });
      }
    }
    this.ways = ways;
    this.meters = meters;
    this.#flows(networkOf);
  }

  #flows(networkOf: (name: string | undefined) => Network | undefined): void {
    const { rules, ways, meters } = this;
    const uplink = new Map<number, Flow[]>();
    const downlink: Flow[] = [];
    const addresses = new Set<IpAddress>();
    const defaultQfi = [...rules.qers.values()].find(({ qfi }) => qfi !== undefined)?.qfi ?? 1;
    for (const pdr of [...rules.pdrs.values()].sort((a, b) => a.precedence - b.precedence || a.id - b.id)) {
      const qers = pdr.qerIds.map((id) => meters.get(id)!);
      const marking = qers.find(({ rule }) => rule.qfi !== undefined)?.rule.qfi ?? pdr.qfis[0] ?? defaultQfi;
      let qfis: Uint8Array | undefined;
      if (pdr.from === "access" && pdr.qfis.length > 0) {
        qfis = new Uint8Array(64);
        for (const qfi of pdr.qfis) qfis[qfi & 63] = 1;
      }
      const flow: Flow = {
        pdr,
        uplink: pdr.from === "access",
        filters: pdr.filters,
        qfis,
        network: pdr.from === "core" ? networkOf(pdr.networkInstance) : undefined,
        way: ways.get(pdr.farId)!,
        meters: qers,
        usages: pdr.urrIds.map((id) => this.usages.get(id)!),
        qfi: marking,
        rqi: qers.some(({ rule }) => rule.rqi),
      };
      for (const address of pdr.ueAddresses) addresses.add(address);
      if (pdr.fTeid !== undefined) {
        const flows = uplink.get(pdr.fTeid.teid);
        if (flows === undefined) uplink.set(pdr.fTeid.teid, [flow]);
        else flows.push(flow);
      } else if (pdr.from === "core") downlink.push(flow);
    }
    this.uplink = uplink;
    this.downlink = downlink;
    this.addresses = [...addresses];
    this.ue4 = this.addresses.filter(isIpv4).map((a) => u32(ipOctets(a), 0));
    this.ue6 = this.addresses.filter((a) => !isIpv4(a)).map((a) => prefixKey(ipOctets(a), 0));
  }
}

/** The /64 prefix at `at`, as a Map key. */
export const prefixKey = (bytes: Uint8Array, at: number): string => `${u32(bytes, at)}.${u32(bytes, at + 4)}`;
