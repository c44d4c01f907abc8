import type { Ambr } from "@freehold/model";
import { type NFProfile, Npcf_AMPolicyControl, Npcf_SMPolicyControl, Nudr_DR_PolicyData, profileOf, type SbiWorld } from "@freehold/sbi";
import { amPolicyControl } from "./services/am-policy-control.ts";
import { smPolicyControl } from "./services/sm-policy-control.ts";

/** QoS of a session's default flow. */
export interface DefaultQos {
  /** 5QI (9) */
  readonly fiveQi: number;
  /** ARP priority level (8) */
  readonly arp: number;
}

export interface PcfConfig {
  /** For a session whose SMF names no subscribed QoS. */
  readonly defaultQos?: DefaultQos;
  /** Session-AMBR for a session whose SMF names none (1 Gbit/s each way). */
  readonly defaultAmbr?: Ambr;
  /** Index to RAT/frequency selection priority for every UE (none). */
  readonly rfsp?: number;
  /** Associations of each kind kept at most (1,000,000). */
  readonly most?: number;
  readonly profile?: Partial<NFProfile>;
}

export type PcfWorld = SbiWorld;
export type Pcf = AsyncDisposable;

/** Policy Control Function, TS 29.507 and TS 29.512. An association lost with the process is answered 404, and made anew by its consumer. */
export async function startPcf(config: PcfConfig, world: PcfWorld): Promise<Pcf> {
  const { sbi, peers } = world;
  const most = config.most ?? 1_000_000;
  await using boot = new AsyncDisposableStack();
  boot.use(sbi.produce(Npcf_AMPolicyControl, amPolicyControl({ world, rfsp: config.rfsp, most })));
  boot.use(
    sbi.produce(
      Npcf_SMPolicyControl,
      smPolicyControl({
        world,
        udr: peers.peer(Nudr_DR_PolicyData),
        defaultQos: config.defaultQos ?? { fiveQi: 9, arp: 8 },
        defaultAmbr: config.defaultAmbr ?? { uplink: 1e9, downlink: 1e9 },
        most,
      }),
    ),
  );
  boot.use(await peers.register(profileOf(sbi, [Npcf_AMPolicyControl, Npcf_SMPolicyControl], config.profile)));
  return boot.move();
}
