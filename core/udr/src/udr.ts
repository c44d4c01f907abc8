import type { World } from "@freehold/runtime";
import { type Discovery, Nudr_DR, Nudr_DR_PolicyData, profileOf, type Sbi } from "@freehold/sbi";
import type { Store } from "@freehold/store";
import type { Seal } from "./provision.ts";
import { policyData } from "./services/policy-data.ts";
import { subscriptionData } from "./services/subscription-data.ts";

/** The UDR has nothing to configure: what it holds is provisioned, where it keeps it is its world. */
export type UdrConfig = Readonly<Record<never, never>>;

export interface UdrWorld extends World {
  readonly sbi: Sbi;
  readonly peers: Discovery;
  readonly store: Store;
  readonly vault: Seal;
}

export type Udr = AsyncDisposable;

/** Unified Data Repository, TS 29.504: subscriptions, policy data, and the contexts that the UDM keeps there. All state is in the store. */
export async function startUdr(_config: UdrConfig, world: UdrWorld): Promise<Udr> {
  const { sbi, peers, store } = world;
  await using boot = new AsyncDisposableStack();
  boot.use(sbi.produce(Nudr_DR, subscriptionData(world)));
  boot.use(sbi.produce(Nudr_DR_PolicyData, policyData(store)));
  boot.use(await peers.register(profileOf(sbi, [Nudr_DR])));
  return boot.move();
}
