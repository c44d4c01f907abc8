import { servingNetworkName } from "@freehold/crypto";
import { type Plmn, pseudonyms } from "@freehold/model";
import { Nausf_UEAuthentication, type NFProfile, Nudm_UEAuthentication, profileOf, type SbiWorld } from "@freehold/sbi";
import { AuthenticationTable } from "./authentication-table.ts";
import { ueAuthentication } from "./services/ue-authentication.ts";

export interface AusfConfig {
  /** Networks that may authenticate our subscribers: our own, and those we roam with. */
  readonly servingNetworks: readonly Plmn[];
  /** Seconds in which the phone's answer must come (30); T3560 of the AMF runs 5 times 6 s. */
  readonly contextSeconds?: number;
  /** Authentications under way at most (100,000). */
  readonly most?: number;
  readonly profile?: Partial<NFProfile>;
}

export type AusfWorld = SbiWorld;
export type Ausf = AsyncDisposable;

/** Authentication Server Function, TS 29.509: 5G AKA for the home network (TS 33.501 §6.1.3.2). */
export async function startAusf(config: AusfConfig, world: AusfWorld): Promise<Ausf> {
  const { sbi, peers, clock, random, log } = world;
  const table = new AuthenticationTable({ clock, random, seconds: config.contextSeconds ?? 30, most: config.most ?? 100_000 });
  const servingNetworks = new Set<string>(config.servingNetworks.map((p) => servingNetworkName(p)));
  await using boot = new AsyncDisposableStack();
  const udm = peers.peer(Nudm_UEAuthentication);
  boot.use(
    sbi.produce(
      Nausf_UEAuthentication,
      ueAuthentication({
        udm,
        table,
        servingNetworks,
        nfInstanceId: sbi.nfInstanceId,
        clock,
        log,
        name: world.pseudonym ?? pseudonyms(random(16)),
      }),
    ),
  );
  boot.use(await peers.register(profileOf(sbi, [Nausf_UEAuthentication], config.profile)));
  return boot.move();
}
