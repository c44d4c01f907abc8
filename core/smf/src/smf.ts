import { Cause5gsm, type Ipv4, type Pseudonyms, pseudonyms, type SNssai, sNssaiText } from "@freehold/model";
import type { UdpPort } from "@freehold/net";
import { ntpSeconds, type SessionReportRequest } from "@freehold/pfcp";
import { Lane, LaneFull, Scope, ScopeEnded, Superseded, type World } from "@freehold/runtime";
import {
  Discovery,
  Namf_Communication_Callback,
  Npcf_SMPolicyControl_Callback,
  Nsmf_PDUSession,
  profileOf,
  type Sbi,
  type SmfInfo,
} from "@freehold/sbi";
import type { Store } from "@freehold/store";
import type { TapeSink } from "@freehold/tape";
import { toHex } from "@freehold/wire";
import { AddressPool } from "./address-pool.ts";
import type { ServedDnn, SmfConfig } from "./config.ts";
import { N4 } from "./n4.ts";
import { downlinkData } from "./procedures/downlink-data.ts";
import { release } from "./procedures/pdu-session-release.ts";
import { restoration } from "./procedures/restoration.ts";
import type { Step } from "./procedures/step.ts";
import { settleLeftovers } from "./procedures/tear-down.ts";
import { errorIndication } from "./procedures/up-connection.ts";
import type { SessionCause } from "./reject.ts";
import { pduSession } from "./services/nsmf-pdusession.ts";
import { policyCallbacks } from "./services/policy-callbacks.ts";
import { transferFailure } from "./services/transfer-failure.ts";
import { Session, SessionTable } from "./session.ts";
import { type SessionContext, sessionTable } from "./session-context.ts";

/** Everything an SMF needs from outside. */
export interface SmfWorld extends World {
  readonly sbi: Sbi;
  /** The way to other functions; made from `config.nrf` where it is not given. */
  readonly peers?: Discovery;
  readonly store: Store;
  readonly tape: TapeSink;
  readonly n4: UdpPort;
}

const failurePath = "/nsmf-callback/v1/n1n2-failure/{ref}";
const policyPath = "/nsmf-callback/v1/sm-policy/{ref}";

/** A running SMF: what doors and procedures share. */
export class Smf {
  readonly config: SmfConfig;
  readonly world: SmfWorld;
  readonly peers: Discovery;
  readonly n4: N4;
  readonly sessions = new SessionTable();
  /** Released sessions whose UPF has not said so: their addresses are kept. */
  readonly leftovers = new Set<Session>();
  /** What is tried again later: ends with the SMF. */
  readonly background: Scope;
  readonly #pools = new Map<string, AddressPool>();
  readonly #pseudonym: Pseudonyms;

  constructor(config: SmfConfig, world: SmfWorld, n4: N4) {
    this.config = config;
    this.world = world;
    this.n4 = n4;
    this.background = new Scope(world.clock, "SMF");
    this.peers = world.peers ?? new Discovery({ sbi: world.sbi, nrf: config.nrf, clock: world.clock, log: world.log });
    this.#pseudonym = world.pseudonym ?? pseudonyms(world.random(16));
    // Slices that serve a data network from one pool share it.
    for (const served of config.served) {
      const key = poolKey(served);
      const { ipv4, dns, pcscf = [], reserved = [] } = served;
      if (!this.#pools.has(key)) this.#pools.set(key, new AddressPool(ipv4, [...dns, ...pcscf, ...reserved]));
    }
  }

  poolOf(served: ServedDnn): AddressPool {
    const pool = this.#pools.get(poolKey(served));
    if (pool === undefined) throw new Error(`no pool for ${served.dnn}`);
    return pool;
  }

  servedOf(sNssai: SNssai, dnn: string): ServedDnn | undefined {
    const key = sNssaiText(sNssai);
    return this.config.served.find((s) => sNssaiText(s.sNssai) === key && s.dnn.toLowerCase() === dnn.toLowerCase());
  }

  /** Gives the address, and a TEID of ours, back to where they were taken from. */
  free(c: SessionContext): void {
    this.n4.freeTeid(c.n4);
    const served = this.servedOf(c.sNssai, c.dnn);
    if (served !== undefined) this.poolOf(served).release(c.ipv4);
  }

  session(ref: string, supi: string, pduSessionId: number): Session {
    const { clock, log, store } = this.world;
    const name = this.#pseudonym(supi);
    const lane = new Lane(clock, `${name} PDU session ${pduSessionId}`);
    return new Session({ ref, supi, pduSessionId }, { lane, log: log.child({ ue: name, pduSessionId }), store });
  }

  /** Where the PCF tells of a session's policy. */
  policyUri(ref: string): string {
    return `${this.world.sbi.apiRoot}${policyPath.replace("{ref}", ref)}`;
  }

  /** Where an AMF tells that it could not pass on what it was given for a session. */
  failureUri(ref: string): string {
    return `${this.world.sbi.apiRoot}${failurePath.replace("{ref}", ref)}`;
  }

  nameOf(supi: string): string {
    return this.#pseudonym(supi);
  }

  randomHex(octets: number): string {
    return toHex(this.world.random(octets));
  }

  /** Runs a procedure in a session's lane beside the caller. What it throws is a fault of ours, unless something took its place. */
  start(session: Session, name: string, procedure: (scope: Scope) => Promise<void>): Promise<void> {
    return session.lane.run(name, procedure).catch((error: unknown) => this.endedEarly(session, name, error));
  }

  endedEarly(session: Session, name: string, error: unknown): void {
    if (error instanceof Superseded || error instanceof ScopeEnded || error instanceof LaneFull) {
      session.log.info(`${name} ended early`, { why: error.message });
    } else this.fault(session, name, error);
  }

  fault(session: Session, name: string, error: unknown): void {
    session.log.error(`${name}: a fault of ours`, { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

const poolKey = ({ dnn, ipv4 }: ServedDnn): string => `${dnn.toLowerCase()} ${ipv4}`;

export interface SessionState {
  /** Pseudonym. */
  readonly ue: string;
  readonly pduSessionId: number;
  readonly state: SessionContext["state"];
  readonly connection: SessionContext["connection"];
  readonly dnn: string;
  readonly sNssai: string;
  readonly ipv4: string;
  readonly upf: string;
  readonly seid: string;
  readonly upSeid?: string;
  readonly uplink?: { readonly teid: number; readonly address: string };
  readonly downlink?: { readonly teid: number; readonly address: string };
}
export interface UpfState {
  readonly address: string;
  readonly state: "NONE" | "ASSOCIATED" | "LOST";
}
export interface SmfState {
  readonly sessions: readonly SessionState[];
  /** Addresses that are kept until a UPF has said that their session is gone. */
  readonly leftovers: number;
  readonly upfs: readonly UpfState[];
  /** Addresses in use, by DNN. */
  readonly addresses: Readonly<Record<string, number>>;
}

export interface RunningSmf extends AsyncDisposable {
  /** Network-requested release (TS 23.502 §4.3.4.2, 1e); false when there is no such session. Resolves when it is released. */
  releaseSession(supi: string, pduSessionId: number, cause?: SessionCause): Promise<boolean>;
  state(): SmfState;
}

/** Starts an SMF: sessions as they were committed, N4, then the services, and last the registration at the NRF. */
export async function startSmf(config: SmfConfig, world: SmfWorld): Promise<RunningSmf> {
  await using boot = new AsyncDisposableStack();
  const n4 = boot.use(
    await N4.bind(
      config,
      world,
      {
        associated: (upf, retained) => {
          associated(smf, upf, retained).catch((error: unknown) =>
            world.log.error("restoration at a UPF: a fault of ours", { upf, error: String(error) }),
          );
        },
        serves: (upf) => [...smf.sessions.all(), ...smf.leftovers].some(({ context }) => context?.n4.upf === upf),
        reported: (seid, upf, report) => reported(smf, seid, upf, report),
        supiOf: (seid) => smf.sessions.bySeid(seid)?.supi,
      },
      await nextRecoveryTimeStamp(world),
    ),
  );
  const smf: Smf = new Smf(config, world, n4);
  boot.defer(() => smf.background.close());
  boot.defer(async () => {
    await Promise.all(smf.sessions.all().map((session) => session.lane.close()));
  });
  const unfinished = await adopt(smf);
  boot.use(world.sbi.callback(Npcf_SMPolicyControl_Callback, policyPath, policyCallbacks(smf)));
  boot.use(world.sbi.callback(Namf_Communication_Callback, failurePath, transferFailure(smf)));
  await n4.begin();
  boot.use(world.sbi.produce(Nsmf_PDUSession, pduSession(smf)));
  for (const session of unfinished)
    void smf.start(session, "end of an unfinished session", (scope) => unfinishedEnds({ smf, session, scope }));
  boot.use(await smf.peers.register(profileOf(world.sbi, [Nsmf_PDUSession], { plmnList: [...config.plmns], ...profile(config) })));
  const running = boot.move();
  return {
    async releaseSession(supi, pduSessionId, cause) {
      const session = smf.sessions.byUe(supi, pduSessionId);
      if (session?.context === undefined) return false;
      await smf.start(session, "network-requested release", (scope) => release({ smf, session, scope }, { by: "network", cause }));
      return true;
    },
    state: () => state(smf),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** TS 29.510 §6.1.6.2.12: what an AMF finds us by. */
function profile({ served }: SmfConfig): { smfInfo: SmfInfo; sNssais: SNssai[] } {
  const bySlice = Map.groupBy(served, ({ sNssai }) => sNssaiText(sNssai));
  const slices = [...bySlice.values()].map((group) => ({
    sNssai: { ...group[0]!.sNssai },
    dnnSmfInfoList: group.map(({ dnn }) => ({ dnn })),
  }));
  return { smfInfo: { sNssaiSmfInfoList: slices }, sNssais: slices.map(({ sNssai }) => sNssai) };
}

/** Later than any before it, even when a restart takes less than a second (TS 29.244 §8.2.65). */
async function nextRecoveryTimeStamp({ store, clock }: SmfWorld): Promise<number> {
  const row = await store.get<number>("smf.n4", "recovery time stamp");
  const next = Math.max(ntpSeconds(clock.now()), (row?.value ?? 0) + 1);
  await store.commit([{ table: "smf.n4", key: "recovery time stamp", value: next }]);
  return next;
}

/** Takes over what the store holds; gives the sessions that a restart has interrupted. */
async function adopt(smf: Smf): Promise<Session[]> {
  const unfinished: Session[] = [];
  for (const { key, value, version } of await smf.world.store.all<SessionContext>(sessionTable)) {
    const session = smf.session(key, value.supi, value.pduSessionId);
    // What was not written down may be so: its end is told all the same.
    session.adopt(value.state === "ESTABLISHING" ? { ...value, registered: true } : value, version);
    const served = smf.servedOf(value.sNssai, value.dnn);
    if (served !== undefined) smf.poolOf(served).reserve(value.ipv4 as Ipv4);
    smf.n4.holdTeid(value.n4);
    if (value.state === "LEFTOVER") {
      smf.leftovers.add(session);
      continue;
    }
    smf.sessions.add(session);
    smf.sessions.addSeid(value.n4.cp, session);
    if (value.state !== "ACTIVE") unfinished.push(session);
  }
  return unfinished;
}

/**
 * A UPF with an empty table: what it had is gone, what it should have is made again. One that has retained its sessions is told what they
 * should be; what it should not have any more goes. A few at a time.
 */
async function associated(smf: Smf, upf: string, retained: boolean): Promise<void> {
  const left = settleLeftovers(smf, upf, retained);
  const served = smf.sessions.all().filter(({ context }) => context?.state === "ACTIVE" && context.n4.upf === upf);
  const atOnce = 64;
  for (let at = 0; at < served.length; at += atOnce) {
    await Promise.all(
      served
        .slice(at, at + atOnce)
        .map((session) => smf.start(session, "N4 session restoration", (scope) => restoration({ smf, session, scope }, retained))),
    );
  }
  await left;
}

/** A restart has interrupted it: the phone may have its accept, or not its release, and is told; one that has no such session says so. */
const unfinishedEnds = (step: Step): Promise<void> =>
  release(step, { by: "network", cause: Cause5gsm.reactivationRequested, unsure: true });

/** Session report, TS 29.244 §5.2.3.1 and §5.3.1 (unchecked): the SEID of our answer, undefined for a session that is not this UPF's. */
function reported(smf: Smf, seid: string, upf: string, { reportType, errorIndicationReport }: SessionReportRequest): string | undefined {
  const session = smf.sessions.bySeid(seid);
  const context = session?.context;
  if (session === undefined || context === undefined || context.n4.upf !== upf) return undefined;
  if (reportType.errorIndication && errorIndicationReport !== undefined) {
    const ends = errorIndicationReport.remoteFTeid;
    void smf.start(session, "error indication", (scope) => errorIndication({ smf, session, scope }, ends));
  }
  if (reportType.downlinkData)
    void smf.start(session, "network-triggered service request", (scope) => downlinkData({ smf, session, scope }));
  return context.n4.up ?? "0";
}

function state(smf: Smf): SmfState {
  const sessions = smf.sessions.all().flatMap(({ context: c }): SessionState[] =>
    c === undefined
      ? []
      : [
          {
            ue: smf.nameOf(c.supi),
            pduSessionId: c.pduSessionId,
            state: c.state,
            connection: c.connection,
            dnn: c.dnn,
            sNssai: sNssaiText(c.sNssai),
            ipv4: c.ipv4,
            upf: c.n4.upf,
            seid: c.n4.cp,
            ...(c.n4.up && { upSeid: c.n4.up }),
            ...(c.n4.uplink && { uplink: c.n4.uplink }),
            ...(c.an && { downlink: c.an }),
          },
        ],
  );
  const addresses = Object.fromEntries(smf.config.served.map((served) => [served.dnn, smf.poolOf(served).used]));
  const upfs = [...smf.n4.nodes.values()].map((node): UpfState => ({ address: node.name, state: node.state }));
  return { sessions, leftovers: smf.leftovers.size, upfs, addresses };
}
