import type { World } from "@freehold/runtime";
import { Nnrf_NFDiscovery, Nnrf_NFManagement, type Sbi } from "@freehold/sbi";
import { NfTable } from "./nf-table.ts";
import { nfDiscovery } from "./services/nf-discovery.ts";
import { nfManagement } from "./services/nf-management.ts";
import { SubscriptionTable } from "./subscription-table.ts";

export interface NrfConfig {
  /** Seconds between heartbeats, told to every NF (10). One that stays away for three of them is suspended, for ten forgotten. */
  readonly heartBeatTimer?: number;
  /** Seconds for which a search result holds (30). */
  readonly validityPeriod?: number;
  /** Longest life of a subscription in seconds (86,400). */
  readonly subscriptionValidity?: number;
  /** Profiles, and subscriptions, kept at most (1,024). */
  readonly most?: number;
}

export interface NrfWorld extends World {
  readonly sbi: Sbi;
}

export interface Nrf extends AsyncDisposable {
  readonly nfs: NfTable;
}

/** Network Repository Function, TS 29.510: who is there, what they serve, and word of it when that changes. Its state is what NFs tell it again. */
export async function startNrf(config: NrfConfig, world: NrfWorld): Promise<Nrf> {
  const { heartBeatTimer = 10, validityPeriod = 30, subscriptionValidity = 86_400, most = 1_024 } = config;
  const { sbi, clock, random, log } = world;
  const subscriptions = new SubscriptionTable({ sbi, clock, random, log, validity: subscriptionValidity, most });
  const nfs = new NfTable({ clock, log, heartBeatTimer, most, changed: (event, profile) => subscriptions.notify(event, profile) });
  const management = sbi.produce(Nnrf_NFManagement, nfManagement(nfs, subscriptions));
  const discovery = sbi.produce(Nnrf_NFDiscovery, nfDiscovery(nfs, validityPeriod));
  return {
    nfs,
    async [Symbol.asyncDispose]() {
      discovery[Symbol.dispose]();
      management[Symbol.dispose]();
      nfs.close();
    },
  };
}
