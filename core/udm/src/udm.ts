import { type EciesProfile, HomeNetworkKey } from "@freehold/crypto";
import type { Plmn, Secret } from "@freehold/model";
import type { World } from "@freehold/runtime";
import { type Discovery, type NFProfile, Nudm_SDM, Nudm_UEAuthentication, Nudm_UECM, Nudr_DR, profileOf, type Sbi } from "@freehold/sbi";
import { SequenceNumbers } from "./sequence-numbers.ts";
import { subscriberDataManagement } from "./services/subscriber-data-management.ts";
import { ueAuthentication } from "./services/ue-authentication.ts";
import { ueContextManagement } from "./services/ue-context-management.ts";

export interface UdmConfig {
  /** The home network: data are asked of the UDR for it where the request names no serving network. */
  readonly home: Plmn;
  /** Private keys of the SIDF (TS 33.501 §6.12.5). */
  readonly homeNetworkKeys?: readonly { readonly id: number; readonly profile: EciesProfile; readonly privateKey: Secret }[];
  /** Whether a phone may send its identity unconcealed (null scheme). */
  readonly nullScheme?: boolean;
  /** Sequence numbers reserved in the UDR at a time for one subscriber (32). */
  readonly sqnBlock?: number;
  /** What else stands in the profile, such as `udmInfo`. */
  readonly profile?: Partial<NFProfile>;
}

/** The part of the vault that opens what the UDR holds sealed. */
export interface Unseal {
  readonly id: string;
  open(row: string, field: string, blob: Uint8Array): Uint8Array;
}

export interface UdmWorld extends World {
  readonly sbi: Sbi;
  readonly peers: Discovery;
  readonly vault: Unseal;
}

export type Udm = AsyncDisposable;

/** Unified Data Management, TS 29.503, with ARPF and SIDF (TS 33.501 §5.8): authentication vectors, subscription data, who serves the UE. */
export async function startUdm(config: UdmConfig, world: UdmWorld): Promise<Udm> {
  const { sbi, peers } = world;
  const udr = peers.peer(Nudr_DR);
  const keys = new Map((config.homeNetworkKeys ?? []).map((k) => [k.id, new HomeNetworkKey(k.profile, k.id, k.privateKey)]));
  const sequenceNumbers = new SequenceNumbers(udr, config.sqnBlock ?? 32);
  await using boot = new AsyncDisposableStack();
  boot.use(
    sbi.produce(Nudm_UEAuthentication, ueAuthentication({ udr, keys, nullScheme: config.nullScheme ?? false, sequenceNumbers, world })),
  );
  boot.use(sbi.produce(Nudm_SDM, subscriberDataManagement({ udr, home: config.home, world })));
  boot.use(sbi.produce(Nudm_UECM, ueContextManagement({ udr, world })));
  boot.use(await peers.register(profileOf(sbi, [Nudm_UEAuthentication, Nudm_SDM, Nudm_UECM], config.profile)));
  return boot.move();
}
