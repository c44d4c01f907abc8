import { type NFProfile, Nnssf_NSSelection, profileOf, type SbiWorld } from "@freehold/sbi";
import { networkSliceSelection } from "./network-slice-selection.ts";

/** A slice of the serving network. */
export interface ConfiguredSlice {
  readonly sst: number;
  readonly sd?: string;
  /** Tracking areas that have it, six hexadecimal digits each; all when absent. */
  readonly tacs?: readonly string[];
  /** Network slice instances, best first: an id, and the NRF that knows its functions (ours when absent). */
  readonly nsis?: readonly { readonly id: string; readonly nrf?: string }[];
}

export interface NssfConfig {
  readonly slices: readonly ConfiguredSlice[];
  /** apiRoot of the NRF, told with each network slice instance. */
  readonly nrf: string;
  readonly profile?: Partial<NFProfile>;
}

export type NssfWorld = SbiWorld;
export type Nssf = AsyncDisposable;

/** Network Slice Selection Function, TS 29.531. It has no state: what it answers follows from the configuration. */
export async function startNssf(config: NssfConfig, world: NssfWorld): Promise<Nssf> {
  const { sbi, peers } = world;
  await using boot = new AsyncDisposableStack();
  boot.use(sbi.produce(Nnssf_NSSelection, networkSliceSelection(config)));
  boot.use(await peers.register(profileOf(sbi, [Nnssf_NSSelection], config.profile)));
  return boot.move();
}
