import { type Guami, type Guti, guami, gutiOf, gutiText, type Pseudonyms, pseudonyms } from "@freehold/model";
import type { SctpPort } from "@freehold/net";
import { EpochIds, LaneFull, Scope, ScopeEnded, Superseded, type World } from "@freehold/runtime";
import {
  type Discovery,
  Namf_Communication,
  Npcf_AMPolicyControl_Callback,
  Nsmf_PDUSession_Callback,
  Nudm_SDM_Callback,
  Nudm_UECM_Callback,
  profileOf,
  type Sbi,
  SbiTransportError,
} from "@freehold/sbi";
import type { Store } from "@freehold/store";
import type { TapeSink } from "@freehold/tape";
import { Admission, TokenBucket } from "./admission.ts";
import type { AmfConfig } from "./config.ts";
import { n2Door } from "./n2.ts";
import { implicitDeregistration, networkDeregistration } from "./procedures/deregistration.ts";
import { releaseLeftovers } from "./procedures/pdu-session.ts";
import { watch } from "./procedures/reachability.ts";
import { ConnectionLost } from "./procedures/step.ts";
import { complaintsPerSecond, type N2Association, type N2Connection, type RanNode } from "./ran.ts";
import { callbackPaths, callbacks } from "./services/callbacks.ts";
import { namfCommunication } from "./services/namf-communication.ts";
import { storedContexts, Ue, UeTable } from "./ue.ts";

/** Seals what must not lie in the store in clear (foundation/store's Vault). */
export interface Sealer {
  seal(row: string, field: string, secret: Uint8Array): Uint8Array;
  open(row: string, field: string, sealed: Uint8Array): Uint8Array;
}

/** Everything an AMF needs from outside. */
export interface AmfWorld extends World {
  readonly n2: SctpPort;
  readonly sbi: Sbi;
  readonly peers: Discovery;
  readonly store: Store;
  readonly vault: Sealer;
  readonly tape: TapeSink;
  /** Names this run of the machine: another one at the next start means that its power was gone. Left out, it never was. */
  readonly bootId?: string;
}

/** A running AMF: what doors and procedures share. Plain tables, no behaviour beyond identities. */
export class Amf {
  readonly config: AmfConfig;
  readonly world: AmfWorld;
  readonly discovery: Discovery;
  readonly ues = new UeTable();
  readonly associations = new Set<N2Association>();
  /** By Global RAN Node ID. */
  readonly nodes = new Map<string, RanNode>();
  /** By AMF UE NGAP ID. */
  readonly connections = new Map<number, N2Connection>();
  readonly connectionIds: EpochIds;
  readonly admission: Admission;
  /** Faults at N2 of peers that are not set up, which are answered and logged. */
  readonly strangersComplaints: TokenBucket;
  readonly pseudonym: Pseudonyms;
  /** Callback URIs of this AMF, by what they tell. */
  readonly callbacks: ReturnType<typeof callbackPaths>;
  /** What is tried again later: ends with the AMF. */
  readonly background: Scope;
  /** The implicit deregistration timer of a UE has expired. */
  overdue: (ue: Ue) => void = () => {};
  #strangers = 0;

  constructor(config: AmfConfig, world: AmfWorld, epoch: number) {
    this.config = config;
    this.world = world;
    this.discovery = world.peers;
    this.connectionIds = new EpochIds(config.replica, epoch % 256);
    this.admission = new Admission(world.clock, config.admission, (gnb) => this.nodes.has(gnb));
    this.strangersComplaints = new TokenBucket(world.clock, complaintsPerSecond);
    this.pseudonym = world.pseudonym ?? pseudonyms(world.random(16));
    this.callbacks = callbackPaths(world.sbi.apiRoot);
    this.background = new Scope(world.clock, "AMF");
  }

  /** The GUAMI served for the configured PLMN at `index`. */
  guamiOf(index: number): Guami {
    const { plmns, regionId, setId, pointer } = this.config;
    return guami(plmns[index]!.plmn, regionId, setId, pointer);
  }

  /** The GUAMI for a serving PLMN: that of the PLMN itself where it is served, else of the first. */
  guamiFor(plmn: { mcc: string; mnc: string }): Guami {
    const index = this.config.plmns.findIndex((p) => p.plmn.mcc === plmn.mcc && p.plmn.mnc === plmn.mnc);
    return this.guamiOf(Math.max(index, 0));
  }

  /** A 5G-GUTI that nobody has: 32 random bits (TS 33.501 §6.12.3: unpredictable). */
  freshGuti(plmn: { mcc: string; mnc: string }): Guti {
    for (;;) {
      const [a, b, c, d] = this.world.random(4);
      const tmsi = ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0;
      if (!this.ues.hasTmsi(tmsi)) return gutiOf(this.guamiFor(plmn), tmsi);
    }
  }

  /** A UE of which nothing is known yet. */
  stranger(): Ue {
    return new Ue(this.world, this.pseudonym, `stranger ${++this.#strangers}`);
  }

  /** A fault of ours: logged with where it happened; what was asked is answered by the caller, and the process lives. */
  bug(what: string, error: unknown, fields: Record<string, unknown> = {}): void {
    this.world.log.error(`${what}: a fault of ours`, {
      ...fields,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }

  /**
   * Runs `work` beside the caller. That something more important took its place, that its connection is gone, that another function does not
   * answer, or that a phone asks for more than may wait is how work ends; what else it throws is a fault of ours.
   */
  start(what: string, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      if (error instanceof Superseded || error instanceof ScopeEnded || error instanceof ConnectionLost)
        this.world.log.info(`${what} ended early`, { why: error.message });
      else if (error instanceof LaneFull || error instanceof SbiTransportError) this.world.log.warn(`${what} dropped: ${error.message}`);
      else this.bug(what, error);
    });
  }
}

export interface RunningAmf extends AsyncDisposable {
  readonly amf: Amf;
  /** What this AMF sees, as plain data; UEs by pseudonym. */
  state(): AmfState;
  /** Network-initiated deregistration by the operator (TS 23.502 §4.2.2.3.3). False when no such UE is registered, or it registers anew meanwhile. */
  deregister(supi: string): Promise<boolean>;
}

export interface AmfState {
  readonly gnbs: readonly { readonly id: string; readonly name: string; readonly ues: number }[];
  readonly ues: readonly {
    readonly ue: string;
    readonly rm: string;
    readonly cm: string;
    readonly guti: string;
    readonly sessions: readonly number[];
  }[];
  readonly connections: number;
  /** Initial messages that admission has turned away since the start. */
  readonly turnedAway: number;
}

/** Starts an AMF: contexts as they were committed, then the services, then N2, and last the registration at the NRF. */
export async function startAmf(config: AmfConfig, world: AmfWorld): Promise<RunningAmf> {
  await using boot = new AsyncDisposableStack();
  const { epoch, powerLost } = await nextEpoch(world);
  const amf = new Amf(config, world, epoch);
  amf.overdue = (ue) => implicitDeregistration(amf, ue);
  for (const { value, version } of await storedContexts(world.store)) {
    const ue = new Ue(world, amf.pseudonym, amf.pseudonym(value.supi));
    ue.adopt({ ...value, access: idle(value.access) }, version);
    ue.countsUncertain = powerLost;
    amf.ues.file(ue);
    watch(amf, ue);
  }
  boot.use(world.sbi.produce(Namf_Communication, namfCommunication(amf)));
  const answers = callbacks(amf);
  boot.use(world.sbi.callback(Nsmf_PDUSession_Callback, "/namf-callback/v1/smcontexts/{supi}/{pduSessionId}", answers.smContextStatus));
  boot.use(world.sbi.callback(Nudm_UECM_Callback, "/namf-callback/v1/deregistration/{supi}", answers.deregistration));
  boot.use(world.sbi.callback(Nudm_SDM_Callback, "/namf-callback/v1/sdm/{supi}", answers.dataChange));
  boot.use(world.sbi.callback(Npcf_AMPolicyControl_Callback, "/namf-callback/v1/am-policy/{supi}", answers.amPolicy));
  boot.use(await world.n2.listen({ addresses: config.n2.addresses, port: config.n2.port, streams: 32, onAssociation: n2Door(amf) }));
  boot.defer(() => amf.background.close());
  boot.defer(async () => {
    for (const connection of amf.connections.values()) connection.stopIdle();
    for (const { sctp } of amf.associations) await sctp.shutdown();
  });
  boot.use(
    await amf.discovery.register(
      profileOf(world.sbi, [Namf_Communication], {
        plmnList: config.plmns.map(({ plmn }) => ({ ...plmn })),
        sNssais: config.plmns.flatMap(({ slices }) => slices.map((s) => ({ ...s }))),
        amfInfo: {
          amfRegionId: config.regionId.toString(16).padStart(2, "0"),
          amfSetId: config.setId.toString(16).padStart(3, "0"),
          guamiList: config.plmns.map((_, i) => guamiValue(amf.guamiOf(i))),
        },
      }),
    ),
  );
  releaseLeftovers(amf);
  const running = boot.move();
  return {
    amf,
    state: () => ({
      gnbs: [...amf.nodes.values()].map(({ id, name, connections }) => ({ id, name, ues: connections.size })),
      ues: [...amf.ues.all()].flatMap((ue) => {
        const { context } = ue;
        if (context === undefined) return [];
        const { rm } = context.access["3GPP_ACCESS"];
        const cm = ue.n2 === undefined ? "IDLE" : "CONNECTED";
        return [{ ue: ue.name, rm, cm, guti: gutiText(context.guti), sessions: Object.keys(context.sessions).map(Number) }];
      }),
      connections: amf.connections.size,
      turnedAway: amf.admission.turnedAway,
    }),
    async deregister(supi) {
      const ue = amf.ues.bySupi(supi);
      return ue !== undefined && (await networkDeregistration(amf, ue, { reRegistrationRequired: false }));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const guamiValue = (g: Guami) => ({
  plmnId: { ...g.plmn },
  amfId: (g.amfRegionId * 0x10000 + g.amfSetId * 0x40 + g.amfPointer).toString(16).padStart(6, "0"),
});

/** What was connected before a restart is idle after it. */
const idle = <A extends Readonly<Record<string, { rm: string; cm: string }>>>(access: A): A =>
  Object.fromEntries(Object.entries(access).map(([type, state]) => [type, { ...state, cm: "IDLE" }])) as A;

/**
 * One more at each start, so that AMF UE NGAP IDs of before a restart are not given again. After a power loss a disk may have forgotten what
 * it called durable: no COUNT of before is trusted then.
 */
async function nextEpoch({ store, bootId = "" }: AmfWorld): Promise<{ epoch: number; powerLost: boolean }> {
  const row = await store.get<number>("amf.epoch", "epoch");
  const boot = await store.get<string>("amf.epoch", "boot");
  const epoch = (row?.value ?? 0) + 1;
  await store.commit([
    { table: "amf.epoch", key: "epoch", value: epoch },
    { table: "amf.epoch", key: "boot", value: bootId },
  ]);
  return { epoch, powerLost: boot !== undefined && boot.value !== bootId };
}
