import { type IpAddress, ip, isIpv4, seid as seidOf } from "@freehold/model";
import { type Address, showAddress, type UdpPort } from "@freehold/net";
import {
  type Answer,
  AssociationSetupRequest,
  type AssociationSetupResponse,
  Cause,
  declarations,
  type FTeid,
  HeartbeatRequest,
  type Incoming,
  isAccepted,
  nodeIdOf,
  nodeIdText,
  PfcpEndpoint,
  pfcpPort,
  responseType,
  type SessionReportRequest,
  typeOf,
} from "@freehold/pfcp";
import { Scope, ScopeEnded, UniqueIds, type World } from "@freehold/runtime";
import { Recorded, type TapeSink } from "@freehold/tape";
import { ASSOCIATION_RETRY_MS, HEARTBEAT_MS, type SmfConfig, type SmfUpf } from "./config.ts";
import { type Ask, givenFTeid, NoAnswer, seidText, unanswered } from "./n4-session.ts";
import type { SessionContext, Tunnel } from "./session-context.ts";

export interface N4World extends World {
  readonly n4: UdpPort;
  readonly tape: TapeSink;
}

/** What the SMF does about what a UPF says. */
export interface N4Events {
  /** The UPF begins with an empty table: every session it had is gone; or, `retained`, with those that it had. */
  associated(upf: string, retained: boolean): void;
  /** Whether sessions are served through this UPF, as far as we know. */
  serves(upf: string): boolean;
  /** A report of a session; false when no such session is served through this UPF. */
  reported(seid: string, upf: string, report: SessionReportRequest): string | undefined;
  supiOf(seid: string): string | undefined;
}

/** One UPF: TS 29.244 §6.2. LOST: it does not answer, but may still hold its sessions. */
export class UpfNode {
  readonly upf: SmfUpf;
  readonly address: Address;
  readonly teids: UniqueIds;
  state: "NONE" | "ASSOCIATED" | "LOST" = "NONE";
  recoveryTimeStamp: number | undefined;
  /** It chooses F-TEIDs itself (FTUP, §8.2.25). */
  chooses = false;
  /** Its N3 address where it told one. */
  n3: string | undefined;
  /** Ends our request for an association while it waits. */
  giveUp: AbortController | undefined;

  constructor(upf: SmfUpf, random: World["random"]) {
    this.upf = upf;
    this.address = { host: ip(upf.address), port: upf.port ?? pfcpPort };
    this.teids = new UniqueIds(random, { bits: 31 });
    this.n3 = upf.n3;
  }
  get name(): string {
    return this.address.host;
  }
  serves(dnn: string): boolean {
    return this.upf.dnns === undefined || this.upf.dnns.some((d) => d.toLowerCase() === dnn.toLowerCase());
  }
}

const messageNames: ReadonlyMap<number, string> = new Map(declarations.map((d) => [d.type, d.is]));
/** What is remembered of whose an exchange is, for the tape, beyond what waits for an answer. */
const mostExchanges = 4_096;

/** N4 of one SMF: associations with its UPFs, kept alive, and the way to each. */
export class N4 {
  readonly address: IpAddress;
  readonly recoveryTimeStamp: number;
  readonly nodes: ReadonlyMap<string, UpfNode>;
  readonly #endpoint: PfcpEndpoint;
  readonly #world: N4World;
  readonly #config: SmfConfig;
  readonly #events: N4Events;
  readonly #scope: Scope;
  /** By peer and sequence number: whose exchange it is. */
  readonly #exchanges = new Map<string, string>();
  #asking: string | undefined;
  #next = 0;
  #begun = false;
  #quietUntil = 0;

  private constructor(
    config: SmfConfig,
    world: N4World,
    events: N4Events,
    recoveryTimeStamp: number,
    socket: Awaited<ReturnType<UdpPort["bind"]>>,
  ) {
    this.#config = config;
    this.#world = world;
    this.#events = events;
    this.#scope = new Scope(world.clock, "N4");
    this.address = ip(config.n4.address);
    this.recoveryTimeStamp = recoveryTimeStamp;
    this.nodes = new Map(config.upfs.map((upf) => new UpfNode(upf, world.random)).map((node) => [node.name, node]));
    this.#endpoint = new PfcpEndpoint({
      socket,
      clock: world.clock,
      random: world.random,
      log: world.log,
      nodeId: nodeIdOf(this.address),
      recoveryTimeStamp,
      onRequest: (incoming) => this.#requested(incoming),
      keeps: ({ host }) => this.nodes.has(host),
      trace: (event) => this.#record(event.direction, event.peer, event.octets),
    });
  }

  /** Binds the socket; nothing is sent before `begin`. Rejects with `PortError`. */
  static async bind(config: SmfConfig, world: N4World, events: N4Events, recoveryTimeStamp: number): Promise<N4> {
    const socket = await world.n4.bind({ host: config.n4.address, port: config.n4.port ?? pfcpPort });
    const n4 = new N4(config, world, events, recoveryTimeStamp, socket);
    n4.#scope.defer(() => socket.close());
    return n4;
  }

  /** Sets up the associations, and keeps them; resolves when each UPF was asked once, or after a second. */
  async begin(): Promise<void> {
    this.#begun = true;
    const first = [...this.nodes.values()].map((node) => {
      const asked = Promise.withResolvers<void>();
      this.#scope.start((scope) => this.#keep(node, scope, asked.resolve).catch(ended));
      return asked.promise;
    });
    await this.#scope.race([Promise.all(first).then(() => {}), this.#scope.sleep(1_000)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#scope.close(); // whoever waits hears of the end, not of a UPF that is silent
    this.#endpoint.close();
    await closed;
  }

  /** A UPF for a data network, one after the other among those that serve it and answer. */
  pick(dnn: string): UpfNode | undefined {
    const fit = [...this.nodes.values()].filter((node) => node.state === "ASSOCIATED" && node.serves(dnn));
    return fit[this.#next++ % Math.max(fit.length, 1)];
  }

  /** Where uplink packets come in: the UPF's choice where it chooses, else ours, else undefined for want of its address. */
  uplinkOf(node: UpfNode, had: Tunnel | undefined): FTeid | undefined {
    if (had !== undefined) return givenFTeid(had);
    if (node.chooses) {
      // the family of its N3 address where we know one; else that of N4
      const v4 = isIpv4(node.n3 === undefined ? this.address : ip(node.n3));
      return { is: "choose", v4, v6: !v4 };
    }
    const teid = node.n3 === undefined ? undefined : node.teids.take();
    return node.n3 === undefined || teid === undefined ? undefined : givenFTeid({ teid, address: node.n3 });
  }

  /** A TEID of ours in the sessions that the store holds, and one that is free again. */
  holdTeid({ upf, uplink }: SessionContext["n4"]): void {
    if (uplink !== undefined) this.nodes.get(upf)?.teids.reserve(uplink.teid);
  }
  freeTeid({ upf, uplink }: SessionContext["n4"]): void {
    if (uplink !== undefined) this.nodes.get(upf)?.teids.release(uplink.teid);
  }

  readonly ask: Ask = async (upf, message, { seid, supi }) => {
    const node = this.nodes.get(upf);
    if (node === undefined || node.state !== "ASSOCIATED") throw new NoAnswer(`${message.is}: no association with ${upf}`);
    const given = { ...(seid !== undefined && { seid: seidOf(BigInt(`0x${seid}`)) }), signal: this.#scope.signal };
    this.#asking = supi;
    const asking = this.#endpoint.request(node.address, message, given);
    this.#asking = undefined;
    const reply = await asking.catch((error: unknown): never => this.#silent(error));
    // The UPF has forgotten us without having restarted: begin again with it.
    if ("cause" in reply.message && reply.message.cause === Cause.noEstablishedPfcpAssociation) {
      if (node.state === "ASSOCIATED") this.#again(node);
      throw new NoAnswer(`${message.is}: ${upf} has no association with us any more`);
    }
    return reply;
  };

  /** Timed out, not readable, another version, closed: why a request had no answer. */
  #silent(error: unknown): never {
    throw error instanceof ScopeEnded ? error : new NoAnswer(error instanceof Error ? error.message : String(error));
  }

  /** One UPF's life: set-up until it is accepted, then heartbeats; a newer time stamp means it is another life (TS 29.244 §6.2.2, §6.2.6). */
  async #keep(node: UpfNode, scope: Scope, asked: () => void): Promise<void> {
    const { heartbeat = HEARTBEAT_MS, associationRetry = ASSOCIATION_RETRY_MS } = this.#config.timers ?? {};
    for (;;) {
      if (node.state === "NONE") {
        await this.#associate(node, scope);
        asked();
        if (this.nodes.get(node.name)?.state === "NONE") {
          await scope.sleep(associationRetry);
          continue;
        }
      }
      await scope.sleep(heartbeat);
      if (node.state !== "NONE") await this.#beat(node, scope);
    }
  }

  async #associate(node: UpfNode, scope: Scope): Promise<void> {
    const { log } = this.#world;
    try {
      // Who has restarted knows its sessions from its store, and wants their packets to go on (TS 29.244 §6.2.6.2.2).
      const request = AssociationSetupRequest({
        nodeId: nodeIdOf(this.address),
        recoveryTimeStamp: this.recoveryTimeStamp,
        ...(this.#events.serves(node.name) && { pfcpSessionRetentionInformation: {} }),
      });
      node.giveUp = new AbortController();
      const signal = AbortSignal.any([scope.signal, node.giveUp.signal]);
      const asking = this.#endpoint.request(node.address, request, { signal });
      const { message } = await asking.catch((error: unknown): never => this.#silent(error));
      if (node.state !== "NONE") return; // the UPF asked us meanwhile
      if (isAccepted(message.cause)) this.#associated(node, message);
      else log.warn("a UPF refuses the association", { upf: node.name, cause: message.cause });
    } catch (error) {
      unanswered(error);
      if (node.state === "NONE") log.warn("a UPF does not answer", { upf: node.name, why: error.message });
    } finally {
      node.giveUp = undefined;
    }
  }

  async #beat(node: UpfNode, scope: Scope): Promise<void> {
    const { log } = this.#world;
    try {
      const request = HeartbeatRequest({ recoveryTimeStamp: this.recoveryTimeStamp });
      const asking = this.#endpoint.request(node.address, request, { signal: scope.signal });
      const { message } = await asking.catch((error: unknown): never => this.#silent(error));
      if (node.state === "LOST") {
        log.info("a UPF answers again", { upf: node.name });
        node.state = "ASSOCIATED";
      }
      this.#alive(node, message.recoveryTimeStamp);
    } catch (error) {
      unanswered(error);
      if (node.state === "ASSOCIATED") {
        log.warn("a UPF does not answer any more", { upf: node.name, why: error.message });
        node.state = "LOST";
      }
    }
  }

  /** The time stamp of an answer to our heartbeat. */
  #alive(node: UpfNode, recoveryTimeStamp: number): void {
    if (!isLater(recoveryTimeStamp, node.recoveryTimeStamp)) return;
    this.#world.log.warn("a UPF has restarted: its sessions are made again", { upf: node.name });
    node.recoveryTimeStamp = recoveryTimeStamp;
    this.#again(node);
  }

  #again(node: UpfNode): void {
    node.state = "NONE";
    this.#scope.start((scope) => this.#associate(node, scope).catch(ended));
  }

  #associated(node: UpfNode, said: AssociationSetupRequest | AssociationSetupResponse): void {
    node.state = "ASSOCIATED";
    // sent again, our own request would be another association to the UPF, and its sessions gone (TS 29.244 §6.2.6.2.2 (unchecked))
    node.giveUp?.abort(new Error("the UPF has set up the association"));
    node.recoveryTimeStamp = said.recoveryTimeStamp;
    node.chooses = said.upFunctionFeatures?.ftup ?? false;
    const told = said.userPlaneIpResourceInformation?.[0];
    node.n3 = node.upf.n3 ?? told?.ipv4 ?? told?.ipv6;
    this.#world.log.info("associated with a UPF", { upf: node.name, nodeId: nodeIdText(said.nodeId), chooses: node.chooses });
    const retained = said.is === "PFCP Association Setup Response" && said.pfcpAsRspFlags?.psrei === true;
    this.#events.associated(node.name, retained);
  }

  /** What UPFs ask of us. Strangers get no association and no state. */
  #requested({ from, header, message }: Incoming): Answer | undefined {
    // A heartbeat answered with our new time stamp would end the sessions before we can ask to retain them: it will come again.
    if (!this.#begun) return undefined;
    const nodeId = nodeIdOf(this.address);
    const { recoveryTimeStamp } = this;
    const node = this.nodes.get(from.host);
    switch (message.is) {
      case "PFCP Heartbeat Request":
        // Some write the time of day there: what it answers to a heartbeat of ours tells whether it has restarted.
        if (node !== undefined && node.state !== "NONE" && isLater(message.recoveryTimeStamp, node.recoveryTimeStamp))
          this.#scope.start((scope) => this.#beat(node, scope).catch(ended));
        return { message: { is: "PFCP Heartbeat Response", recoveryTimeStamp } };
      case "PFCP Association Setup Request": {
        const cause = node === undefined ? Cause.requestRejected : Cause.requestAccepted;
        if (node === undefined) this.#strange(from);
        // It hears our answer before it is asked for sessions.
        else this.#scope.after(0, () => this.#associated(node, message));
        return { message: { is: "PFCP Association Setup Response", nodeId, cause, recoveryTimeStamp } };
      }
      case "PFCP Association Update Request": {
        const cause = node?.state === "ASSOCIATED" ? Cause.requestAccepted : Cause.noEstablishedPfcpAssociation;
        return { message: { is: "PFCP Association Update Response", nodeId, cause } };
      }
      case "PFCP Node Report Request": {
        const cause = node?.state === "ASSOCIATED" ? Cause.requestAccepted : Cause.noEstablishedPfcpAssociation;
        if (node !== undefined) this.#world.log.warn("a UPF reports about its paths", { upf: node.name });
        return { message: { is: "PFCP Node Report Response", nodeId, cause } };
      }
      case "PFCP Session Report Request": {
        const up = node && header.seid !== undefined ? this.#events.reported(seidText(header.seid), node.name, message) : undefined;
        const cause = up === undefined ? Cause.sessionContextNotFound : Cause.requestAccepted;
        return { message: { is: "PFCP Session Report Response", cause }, seid: seidOf(BigInt(`0x${up ?? "0"}`)) };
      }
      default: {
        const refused = this.#endpoint.refusal(typeOf(message.is), Cause.serviceNotSupported);
        return refused && { message: refused };
      }
    }
  }

  /** One line a second: strangers do not fill the log. */
  #strange(from: Address): void {
    const now = this.#world.clock.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + 1_000;
    this.#world.log.warn("a stranger wants an association", { from: showAddress(from) });
  }

  /** TS 29.244 figure 7.2.2.1-1: flags, type, length, SEID when S is set, sequence number. */
  #record(direction: "in" | "out", peer: Address, octets: Uint8Array): void {
    const withSeid = ((octets[0] ?? 0) & 1) === 1;
    const at = withSeid ? 12 : 4;
    const sequence = ((octets[at] ?? 0) << 16) | ((octets[at + 1] ?? 0) << 8) | (octets[at + 2] ?? 0);
    const type = octets[1] ?? 0;
    const asker = (direction === "out") === (responseType(type) !== undefined) ? "ours" : "theirs";
    const key = `${asker} ${showAddress(peer)} ${sequence}`;
    let ue = this.#exchanges.get(key);
    if (ue === undefined && direction === "out") ue = this.#asking;
    if (ue === undefined && direction === "in" && withSeid && octets.length >= 12) {
      const seid = octets.subarray(4, 12).reduce((hex, octet) => hex + octet.toString(16).padStart(2, "0"), "");
      ue = this.#events.supiOf(seid);
    }
    if (ue !== undefined) {
      this.#exchanges.delete(key);
      this.#exchanges.set(key, ue);
      const [oldest] = this.#exchanges.keys();
      if (this.#exchanges.size > mostExchanges && oldest !== undefined) this.#exchanges.delete(oldest);
    }
    const local = this.#endpoint?.local ?? { host: this.address, port: this.#config.n4.port ?? pfcpPort };
    this.#world.tape.record(
      new Recorded({
        at: this.#world.clock.now(),
        interface: "N4",
        from: direction === "out" ? "SMF" : "UPF",
        to: direction === "out" ? "UPF" : "SMF",
        message: messageNames.get(type) ?? `PFCP message ${type}`,
        ue,
        bytes: octets,
        carriage: { kind: "udp", src: direction === "out" ? local : peer, dst: direction === "out" ? peer : local },
      }),
    );
  }
}

/** In 32 bits that go round in 2036 (TS 29.244 §8.2.65); an earlier one is a datagram that was late (§6.2.2). */
const isLater = (a: number, b: number | undefined): boolean => b !== undefined && a !== b && (a - b) >>> 0 < 2 ** 31;

function ended(error: unknown): void {
  if (!(error instanceof ScopeEnded)) throw error;
}
