import type { Cancel, Clock, Log } from "@freehold/runtime";
import { type Answer, refuse, SbiTransportError } from "./answer.ts";
import { Nnrf_NFDiscovery, Nnrf_NFManagement } from "./generated/services.js";
import type {
  Nnrf_NFDiscovery_NFProfile as FoundProfile,
  Nnrf_NFDiscovery_NFService as FoundService,
  NFProfile,
  NFService,
} from "./generated/types.js";
import type { Sbi } from "./sbi.ts";
import type { CallOptions, Face, InputOf, Service } from "./service.ts";
import { parseUri } from "./uri.ts";

type Search = InputOf<(typeof Nnrf_NFDiscovery)["operations"]["search"]>;
/** What a producer must serve, beside its service: the query parameters of Nnrf_NFDiscovery under their own names. */
export type Wanted = Partial<Search>;

/** Where a service is produced. */
export interface Found {
  readonly apiRoot: string;
  /** Absent where the configuration names the producer. */
  readonly nfInstanceId?: string;
  readonly profile?: FoundProfile;
}

/** A producer that registers nowhere, such as another vendor's: named in the configuration. */
export interface NamedProducer {
  /** "nsmf-pdusession" */
  readonly service: string;
  readonly apiRoot: string;
}

export interface DiscoveryOptions {
  readonly sbi: Sbi;
  /** apiRoot of the NRF; without one only named producers are found. */
  readonly nrf?: string;
  readonly named?: readonly NamedProducer[];
  readonly clock: Clock;
  readonly log: Log;
}

const RETRY_MS = 2_000;
const MOST_CACHED = 512;

const addressOf = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** The apiRoot of a service in a profile, TS 29.510 §6.1.6.2.3: its own endpoint, else the NF's address. */
export function apiRootOf(profile: FoundProfile, service: FoundService): string | undefined {
  const endPoint = service.ipEndPoints?.[0];
  const scheme = service.scheme === "https" ? "https" : "http";
  const address = endPoint?.ipv4Address ?? endPoint?.ipv6Address ?? profile.ipv4Addresses?.[0] ?? profile.ipv6Addresses?.[0];
  const host = address ?? service.fqdn ?? profile.fqdn;
  if (typeof host !== "string") return undefined;
  const port = endPoint?.port ?? (scheme === "https" ? 443 : 80);
  return `${scheme}://${addressOf(host)}:${port}${service.apiPrefix ? `/${service.apiPrefix.replace(/^\/|\/$/g, "")}` : ""}`;
}

/** Our profile: every service at `sbi.apiRoot` (TS 29.510 §6.1.6.2.2). `more` are the parts that its NF type adds. */
export function profileOf(sbi: Sbi, services: readonly Service[], more: Partial<NFProfile> = {}): NFProfile {
  const target = parseUri(sbi.apiRoot);
  const host = target?.host ?? "";
  const address = host.includes(":") ? { ipv6Address: host } : { ipv4Address: host };
  const prefix = target?.path.replace(/^\/|\/$/g, "");
  const nfServices = services.map(
    (service): NFService => ({
      serviceInstanceId: `${service.serviceName}`,
      serviceName: `${service.serviceName}`,
      versions: [{ apiVersionInUri: `${service.version}`, apiFullVersion: `${service.version?.slice(1)}.0.0` }],
      scheme: target?.secure ? "https" : "http",
      nfServiceStatus: "REGISTERED",
      ipEndPoints: [{ ...address, transport: "TCP", ...(target && { port: target.port }) }],
      ...(prefix && { apiPrefix: prefix }),
    }),
  );
  return {
    nfInstanceId: sbi.nfInstanceId,
    nfType: sbi.nfType,
    nfStatus: "REGISTERED",
    ...(host.includes(":") ? { ipv6Addresses: [host] } : { ipv4Addresses: [host] }),
    ...(nfServices.length > 0 && { nfServices }), // a list of none is no NFProfile
    ...more,
  };
}

/** Lower priority values first, then higher capacity (TS 29.510 §6.1.6.2.2). */
const byPreference = (a: FoundProfile, b: FoundProfile): number =>
  (a.priority ?? 65_535) - (b.priority ?? 65_535) || (b.capacity ?? 0) - (a.capacity ?? 0);

/** The consumer's side of the NRF: finds producers, keeps what was found as long as it is valid, and keeps our own registration alive. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #cache = new Map<string, { readonly until: number; readonly found: readonly Found[] }>();
  /** Keys of searches for a service alone, and the faces to it: asked for in every procedure. */
  readonly #keys = new Map<Service, string>();
  readonly #peers = new Map<Service, unknown>();

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  #query(service: Service, wanted: Wanted | undefined): Search {
    return {
      "target-nf-type": service.nf,
      "requester-nf-type": this.#options.sbi.nfType,
      "service-names": service.serviceName === undefined ? undefined : [service.serviceName],
      ...wanted,
    };
  }

  #keyOf(service: Service, wanted: Wanted | undefined): string {
    let key = wanted === undefined ? this.#keys.get(service) : undefined;
    if (key === undefined) {
      key = JSON.stringify(this.#query(service, wanted));
      if (wanted === undefined) this.#keys.set(service, key);
    }
    return key;
  }

  /** Producers of a service, best first; empty when there is none or no NRF answers. */
  async search(service: Service, wanted?: Wanted): Promise<readonly Found[]> {
    const { sbi, nrf, named = [], clock, log } = this.#options;
    const fixed = named.filter((n) => n.service === service.serviceName);
    if (fixed.length > 0) return fixed.map(({ apiRoot }) => ({ apiRoot }));
    if (nrf === undefined) return [];
    const key = this.#keyOf(service, wanted);
    const valid = this.#valid(key);
    if (valid !== undefined) return valid;
    const kept = this.#cache.get(key);
    const query = this.#query(service, wanted);
    let given: Awaited<ReturnType<Face<typeof Nnrf_NFDiscovery>["search"]>>;
    try {
      given = await sbi.consume(Nnrf_NFDiscovery, nrf).search(query);
    } catch (error) {
      if (!(error instanceof SbiTransportError)) throw error;
      log.warn("the NRF does not answer", { why: error.message });
      return kept?.found ?? []; // what was valid a while ago is better than nothing
    }
    if (!given.ok) {
      log.warn("the NRF refuses a search", { status: given.status, cause: given.problem.cause, service: service.name });
      return [];
    }
    const found = [...given.value.nfInstances].sort(byPreference).flatMap((profile) => {
      const services = [...(profile.nfServices ?? []), ...Object.values(profile.nfServiceList ?? {})];
      const fit = services.find((s) => s.serviceName === service.serviceName && s.nfServiceStatus === "REGISTERED");
      const apiRoot = fit && apiRootOf(profile, fit);
      return apiRoot === undefined ? [] : [{ apiRoot, nfInstanceId: profile.nfInstanceId, profile }];
    });
    this.#cache.delete(key);
    if (found.length > 0) {
      const [oldest] = this.#cache.keys();
      if (this.#cache.size >= MOST_CACHED && oldest !== undefined) this.#cache.delete(oldest);
      this.#cache.set(key, { until: clock.now() + given.value.validityPeriod * 1_000, found });
    }
    return found;
  }

  #valid(key: string): readonly Found[] | undefined {
    const kept = this.#cache.get(key);
    return kept !== undefined && kept.until > this.#options.clock.now() ? kept.found : undefined;
  }

  /** The best producer of a service, or undefined. */
  async find(service: Service, wanted?: Wanted): Promise<Found | undefined> {
    return (await this.search(service, wanted))[0];
  }

  /**
   * A face that finds its producer at each call (from the cache mostly), and goes to the next when one is unreachable.
   * With no producer the answer is 504 NF_DISCOVERY_FAILURE.
   */
  peer<S extends Service>(service: S, wanted?: Wanted): Face<S> {
    const known = wanted === undefined ? this.#peers.get(service) : undefined;
    if (known !== undefined) return known as Face<S>;
    const searched = this.#keyOf(service, wanted);
    const call = async (key: string, input: unknown, options?: CallOptions): Promise<Answer<unknown, unknown>> => {
      const candidates = this.#valid(searched) ?? (await this.search(service, wanted));
      let last: SbiTransportError | undefined;
      for (const { apiRoot } of candidates) {
        const face = this.#options.sbi.consume(service, apiRoot) as Readonly<
          Record<string, (input: unknown, options?: CallOptions) => Promise<Answer<unknown, unknown>>>
        >;
        try {
          return (await face[key]?.(input, options)) ?? refuse(501, "NOT_IMPLEMENTED", key);
        } catch (error) {
          if (!(error instanceof SbiTransportError)) throw error;
          this.#cache.clear(); // what the NRF said no longer holds
          if (error.acted) throw error;
          last = error;
        }
      }
      if (last !== undefined) throw last;
      return refuse(504, "NF_DISCOVERY_FAILURE", `no ${service.nf} serves ${service.serviceName}`);
    };
    const keys = Object.keys(service.operations);
    const face = Object.fromEntries(
      keys.map((key) => [key, (input: unknown, options?: CallOptions) => call(key, input, options)]),
    ) as Face<S>;
    if (wanted === undefined) this.#peers.set(service, face);
    return face;
  }

  /**
   * Registers a profile and keeps it registered: heartbeats, again after the NRF forgot us or was away. Resolves after the first attempt,
   * whatever came of it. Disposing deregisters.
   */
  async register(profile: NFProfile): Promise<AsyncDisposable> {
    const { nrf, sbi, clock, log } = this.#options;
    if (nrf === undefined) return { [Symbol.asyncDispose]: async () => {} };
    const registration = new Registration(sbi.consume(Nnrf_NFManagement, nrf), profile, clock, log);
    await registration.begin();
    return registration;
  }
}

/** One NF's registration, TS 29.510 §5.2.2.2, §5.2.2.3, §5.2.2.4. */
class Registration implements AsyncDisposable {
  readonly #nrf: Face<typeof Nnrf_NFManagement>;
  readonly #profile: NFProfile;
  readonly #clock: Clock;
  readonly #log: Log;
  #timer: Cancel | undefined;
  #ended = false;
  #registered = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(nrf: Face<typeof Nnrf_NFManagement>, profile: NFProfile, clock: Clock, log: Log) {
    this.#nrf = nrf;
    this.#profile = profile;
    this.#clock = clock;
    this.#log = log;
  }

  begin(): Promise<void> {
    this.#turn = this.#beat();
    return this.#turn;
  }

  async #beat(): Promise<void> {
    let next = RETRY_MS;
    try {
      const seconds = this.#registered ? await this.#update() : await this.#put();
      if (seconds !== undefined) next = seconds * 1_000;
    } catch (error) {
      if (!(error instanceof SbiTransportError)) throw error;
      this.#log.warn("the NRF does not answer", { why: error.message });
    }
    if (this.#ended) return;
    this.#timer = this.#clock.after(next, () => {
      this.#turn = this.#beat();
    });
  }

  #seconds(value: number | undefined): number {
    return Math.min(Math.max(value ?? this.#profile.heartBeatTimer ?? 10, 1), 3_600);
  }

  /** Seconds to the next heartbeat, or undefined when refused. */
  async #put(): Promise<number | undefined> {
    const given = await this.#nrf.register({ nfInstanceID: this.#profile.nfInstanceId, body: this.#profile });
    if (!given.ok) {
      this.#log.warn("the NRF refuses our profile", { status: given.status, cause: given.problem.cause, detail: given.problem.detail });
      return undefined;
    }
    this.#registered = true;
    this.#log.debug("registered at the NRF", { nfInstanceId: this.#profile.nfInstanceId });
    return this.#seconds(given.value?.heartBeatTimer);
  }

  async #update(): Promise<number | undefined> {
    const given = await this.#nrf.update({
      nfInstanceID: this.#profile.nfInstanceId,
      body: [{ op: "replace", path: "/nfStatus", value: "REGISTERED" }],
    });
    if (given.ok) return this.#seconds(given.value?.heartBeatTimer);
    if (given.status !== 404) return this.#seconds(undefined);
    this.#registered = false; // it was restarted, or has given us up
    return this.#put();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.();
    await this.#turn;
    if (!this.#registered) return;
    try {
      await this.#nrf.deregister({ nfInstanceID: this.#profile.nfInstanceId }, { timeout: 2_000 });
    } catch (error) {
      if (!(error instanceof SbiTransportError)) throw error;
      this.#log.warn("not deregistered: the NRF does not answer", { why: error.message });
    }
  }
}
