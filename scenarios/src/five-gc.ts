import { memoryAir } from "@freehold/air";
import { HomeNetworkKey } from "@freehold/crypto";
import { type Gnb, type GnbConfig, startGnb } from "@freehold/gnb";
import { dnn, pseudonyms, Secret, type SNssai, supi } from "@freehold/model";
import { MemoryNetwork } from "@freehold/net";
import { memoryLog, seededRandom, VirtualClock } from "@freehold/runtime";
import { type Answer, type Carrier, contrary, LocalNetwork, local } from "@freehold/sbi";
import { type MemoryStore, memoryStore, Vault } from "@freehold/store";
import {
  type Carriage,
  type Core,
  type FreeholdConfig,
  type FunctionName,
  readConfig,
  type SystemWorld,
  startCore,
  startFunction,
} from "@freehold/system";
import { Tape } from "@freehold/tape";
import { provision, type Subscriber } from "@freehold/udr";
import { startUe, type Ue, type UeConfig } from "@freehold/ue";
import { echoN6, memoryDataPath } from "@freehold/upf";
import { DataNetwork } from "./data-network.ts";
import { Lives } from "./lives.ts";

/** How the functions reach each other in a scenario. */
export const carriers = ["local", "wire", "contrary"] as const;
export type CarrierName = (typeof carriers)[number];

export interface FiveGCOptions {
  /** YAML laid over the defaults. */
  readonly config?: string;
  readonly subscribers?: readonly Subscriber[];
  readonly carrier?: CarrierName;
  readonly seed?: number;
  readonly store?: MemoryStore;
  /** Keys of the home network beside that of profile A with identifier 1. */
  readonly homeNetworkKeys?: SystemWorld["homeNetworkKeys"];
  /** What a function answers in the place of ours: undefined for what ours shall answer. */
  readonly answering?: (operation: string) => Answer<never> | undefined;
  /** How long the answer to an operation is on its way, milliseconds. */
  readonly answersLate?: (operation: string) => number;
  /** Each function can be killed by itself (`system.lives`). */
  readonly lives?: boolean;
  /** Names this run of the machine; another one at a start over the same store: the power was gone in between. */
  readonly bootId?: string;
  /** Starts the core in another way than `startCore`, for scenarios about that. */
  readonly startCore?: (config: FreeholdConfig, world: SystemWorld, carriage?: Carriage) => Promise<Core>;
}

/** A subscriber with keys of the test set; further parts by `more`. */
export function subscriber(index: number, more: Partial<Subscriber> = {}): Subscriber {
  const ambr = { uplink: 1e9, downlink: 1e9 };
  return {
    supi: `imsi-00101${String(index).padStart(10, "0")}`,
    k: Secret.fromHex("465b5ce8b199b49faa5f0a2ee238a6bc"),
    opc: Secret.fromHex("cd63cb71954a9f4e48a5994e37a02baf"),
    ueAmbr: ambr,
    slices: [{ sst: 1, default: true, dnns: [{ dnn: "internet", default: true, type: "IPV4", ambr }] }],
    ...more,
  };
}

/** A whole 5G System on a virtual clock: no socket, no file, no randomness but the seed's. */
export class FiveGC implements AsyncDisposable {
  readonly clock: VirtualClock;
  readonly tape: Tape;
  readonly log: ReturnType<typeof memoryLog>;
  readonly network: MemoryNetwork;
  readonly config: FreeholdConfig;
  readonly store: MemoryStore;
  readonly homeNetworkKey: HomeNetworkKey;
  readonly dataNetwork = new DataNetwork();
  world!: SystemWorld;
  carriage!: Carriage;
  readonly #stack = new AsyncDisposableStack();
  readonly #key: Secret;
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #air: ReturnType<typeof memoryAir>;
  #gnbs = 0;
  #core: Core | undefined;
  #lives: Lives | undefined;

  private constructor(options: FiveGCOptions) {
    this.clock = new VirtualClock(Date.UTC(2026, 10, 22, 12));
    this.#random = seededRandom(options.seed ?? 1);
    this.tape = new Tape();
    this.log = memoryLog();
    this.network = new MemoryNetwork(this.clock);
    this.config = readConfig(options.config ?? "", "the scenario");
    this.store = options.store ?? memoryStore();
    this.#air = memoryAir(this.clock);
    this.#key = new Secret(this.#random(32));
    this.homeNetworkKey = new HomeNetworkKey(1, 1, this.#key);
  }

  static async start(options: FiveGCOptions = {}): Promise<FiveGC> {
    const system = new FiveGC(options);
    await system.clock.until(system.#start(options));
    return system;
  }

  async #start({
    subscribers = [subscriber(1)],
    carrier = "local",
    lives = false,
    bootId = "boot",
    homeNetworkKeys = [],
    answering,
    answersLate,
    startCore: start = startCore,
  }: FiveGCOptions): Promise<void> {
    const { clock, log, tape, network, store, config } = this;
    const random = this.#random;
    const vault = new Vault(new Uint8Array(32).fill(7), "memory");
    for (const one of subscribers) await provision(one, { store, vault });
    const own = new LocalNetwork();
    const carrierOver = (network: LocalNetwork): Carrier => {
      const wire = local(network, { form: "wire" });
      return carrier === "local" ? local(network) : carrier === "wire" ? wire : contrary(wire, { random, clock });
    };
    const ours = carrierOver(own);
    const other: Carrier = {
      call: async (out) => {
        const given = answering?.(out.op.name) ?? (await ours.call(out));
        const late = answersLate?.(out.op.name) ?? 0;
        if (late > 0) await clock.sleep(late);
        return given;
      },
    };
    this.carriage = { network: own, listen: false, carrier: answering === undefined && answersLate === undefined ? ours : other };
    this.world = {
      clock,
      random,
      log,
      tape,
      store,
      vault,
      bootId,
      n2: network.sctp(),
      n4: network.udp(),
      http2: network.http2(),
      dataPath: (door) => memoryDataPath(door.udp(network.udp()), () => this.dataNetwork.attach(echoN6({ clock, random }))),
      homeNetworkKeys: [{ id: 1, profile: 1, privateKey: this.#key }, ...homeNetworkKeys],
    };
    if (lives) {
      this.#lives = this.#stack.use(new Lives(this, carrierOver));
      this.world = { ...this.world, pseudonym: pseudonyms(random(16)) };
      await this.#lives.start();
    } else this.#core = this.#stack.use(await start(config, this.world, this.carriage));
  }

  get core(): Core {
    const core = this.#lives?.core ?? this.#core;
    if (core === undefined) throw new Error("the core has not been started");
    return core;
  }

  /** The functions as processes that can be killed: with `lives` alone. */
  get lives(): Lives {
    if (this.#lives === undefined) throw new Error("start the system with `lives`");
    return this.#lives;
  }

  /** Runs the clock just as long as the work needs. */
  until<T>(work: Promise<T>): Promise<T> {
    return this.clock.until(work);
  }

  /** Ends a function of the core. */
  async stop(name: FunctionName): Promise<void> {
    await this.until(Promise.resolve(this.core.functions.get(name)?.[Symbol.asyncDispose]()));
  }

  /** Starts a function again, with another configuration when one is given. */
  async begin(name: FunctionName, config = this.config): Promise<void> {
    this.#stack.use(await this.until(startFunction(name, config, this.world, this.carriage)));
  }

  /** A gNB in the first PLMN and tracking area, set up at the AMF; `more` is laid over its configuration. */
  gnb(more: Partial<GnbConfig> = {}): Promise<Gnb> {
    const index = ++this.#gnbs;
    const { clock, log, tape, network, config } = this;
    return this.until(
      startGnb(
        {
          name: `gnb-${index}`,
          gnbId: index,
          tac: config.network.tacs[0] ?? 1,
          plmns: config.network.plmns.map(({ mcc, mnc, slices }) => ({
            plmn: { mcc, mnc },
            slices: slices.map((s): SNssai => ({ ...s })),
          })),
          amfs: config.n2.addresses.map((host) => ({ host, port: config.n2.port })),
          n2: { host: `127.1.0.${index}` },
          n3: { host: `127.1.0.${index}` },
          air: `cell-${index}`,
          ...more,
        },
        { clock, random: this.#random, log, tape, sctp: network.sctp(), udp: network.udp(), air: this.#air },
      ).then((gnb) => this.#stack.use(gnb)),
    );
  }

  /** A phone with the subscriber's USIM in the cell of gNB `cell`. */
  ue(of: Subscriber, more: Partial<UeConfig> = {}, cell = 1): Promise<Ue> {
    const { clock, log, tape } = this;
    return this.until(
      startUe(
        { supi: supi(of.supi), k: of.k, opc: of.opc, homeNetworkKey: this.homeNetworkKey, air: `cell-${cell}`, ...more },
        { clock, random: this.#random, log, tape, air: this.#air },
      ).then((ue) => this.#stack.use(ue)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clock.until(this.#stack.disposeAsync());
  }
}

export const internet = dnn("internet");
