import type { Clock, Log, Random } from "@freehold/runtime";
import { type NFProfile, Nnrf_NFManagement_Callback, parseUri, type Sbi, SbiTransportError, type SubscriptionData } from "@freehold/sbi";
import { timeOf, timeText, toHex } from "@freehold/wire";
import type { NfEvent } from "./nf-table.ts";

export interface SubscriptionTableOptions {
  readonly sbi: Sbi;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** seconds */
  readonly validity: number;
  readonly most: number;
}

interface Subscription {
  readonly data: SubscriptionData;
  readonly until: number;
  /** Notifications under way. */
  readonly telling: { count: number };
}

/** Subscriptions to one host, and notifications under way for one subscription: an event is not to be a flood at somebody's door. */
const MOST_TO_ONE_HOST = 128;
const MOST_UNDER_WAY = 32;

const serviceNames = (profile: NFProfile): readonly string[] =>
  [...(profile.nfServices ?? []), ...Object.values(profile.nfServiceList ?? {})].map((s) => s.serviceName);

/** TS 29.510 §6.1.6.2.35 SubscrCond: the conditions by the attribute that tells them apart. One that is not here matches nothing. */
const conditions: Readonly<Record<string, (profile: NFProfile, wanted: never) => boolean>> = {
  nfInstanceId: (profile, wanted: string) => profile.nfInstanceId === wanted,
  nfInstanceIdList: (profile, wanted: readonly string[]) => wanted.includes(profile.nfInstanceId),
  nfType: (profile, wanted: string) => profile.nfType === wanted,
  serviceName: (profile, wanted: string) => serviceNames(profile).includes(wanted),
  serviceNameList: (profile, wanted: readonly string[]) => wanted.some((name) => serviceNames(profile).includes(name)),
  nfSetId: (profile, wanted: string) => profile.nfSetIdList?.includes(wanted) ?? false,
};

function matches(data: SubscriptionData, profile: NFProfile): boolean {
  if (data.reqNfType !== undefined && profile.allowedNfTypes !== undefined && !profile.allowedNfTypes.includes(data.reqNfType))
    return false;
  if (data.subscrCond === undefined) return true;
  const given = Object.entries(data.subscrCond as Readonly<Record<string, unknown>>);
  const known = given.filter(([key]) => conditions[key] !== undefined);
  return known.length > 0 && known.every(([key, wanted]) => conditions[key]?.(profile, wanted as never));
}

/** Who wants to hear of NFs that come, change and go, TS 29.510 §5.2.2.5 and §5.2.2.6. */
export class SubscriptionTable {
  readonly #entries = new Map<string, Subscription>();
  readonly #options: SubscriptionTableOptions;

  constructor(options: SubscriptionTableOptions) {
    this.#options = options;
  }

  #expire(): void {
    const now = this.#options.clock.now();
    for (const [id, { until }] of this.#entries) if (until <= now) this.#entries.delete(id);
  }

  /** Milliseconds at which a subscription that asks for `wanted` ends: never later than ours allows. */
  #until(wanted: string | undefined): number {
    const { clock, validity } = this.#options;
    const longest = clock.now() + validity * 1_000;
    const asked = wanted === undefined ? Number.NaN : timeOf(wanted);
    return Number.isNaN(asked) || asked <= clock.now() ? longest : Math.min(asked, longest);
  }

  /** Undefined when the table is full. */
  add(given: SubscriptionData): SubscriptionData | undefined {
    this.#expire();
    if (this.#entries.size >= this.#options.most) return undefined;
    const origin = parseUri(given.nfStatusNotificationUri)?.origin;
    const same = [...this.#entries.values()].filter(({ data }) => parseUri(data.nfStatusNotificationUri)?.origin === origin);
    if (same.length >= MOST_TO_ONE_HOST) return undefined;
    const subscriptionId = toHex(this.#options.random(8));
    const until = this.#until(given.validityTime);
    const data = { ...given, subscriptionId, validityTime: timeText(until) };
    this.#entries.set(subscriptionId, { data, until, telling: { count: 0 } });
    return data;
  }

  get(id: string): SubscriptionData | undefined {
    this.#expire();
    return this.#entries.get(id)?.data;
  }

  /** A longer life, TS 29.510 §5.2.2.5.6. */
  extend(id: string, wanted: string | undefined): SubscriptionData | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const until = this.#until(wanted);
    const data = { ...entry.data, validityTime: timeText(until) };
    this.#entries.set(id, { ...entry, data, until });
    return data;
  }

  remove(id: string): boolean {
    return this.#entries.delete(id);
  }

  /** Tells every subscriber whose condition fits; one that does not answer is not asked again for this event. */
  notify(event: NfEvent, profile: NFProfile): void {
    this.#expire();
    for (const entry of this.#entries.values()) {
      const { data } = entry;
      const wanted = data.reqNotifEvents === undefined || data.reqNotifEvents.includes(event);
      if (wanted && data.reqNfInstanceId !== profile.nfInstanceId && matches(data, profile)) void this.#tell(entry, event, profile);
    }
  }

  async #tell({ data, telling }: Subscription, event: NfEvent, profile: NFProfile): Promise<void> {
    const { sbi, log } = this.#options;
    if (telling.count >= MOST_UNDER_WAY) {
      log.debug("a subscriber does not keep up", { subscriptionId: data.subscriptionId });
      return;
    }
    telling.count++;
    const face = sbi.consume(Nnrf_NFManagement_Callback, data.nfStatusNotificationUri);
    const nfInstanceUri = `${sbi.apiRoot}/nnrf-nfm/v1/nf-instances/${profile.nfInstanceId}`;
    try {
      await face.statusNotify(
        { body: { event, nfInstanceUri, ...(event !== "NF_DEREGISTERED" && { nfProfile: profile }) } },
        { timeout: 3_000 },
      );
    } catch (error) {
      if (!(error instanceof SbiTransportError)) throw error;
      log.warn("a subscriber does not answer", { subscriptionId: data.subscriptionId, why: error.message });
    } finally {
      telling.count--;
    }
  }
}
