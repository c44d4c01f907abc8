import type { AirLink, AirMessage, Cell, EstablishmentCause } from "@freehold/air";
import { type Plmn, plmnText, samePlmn, sNssaiText } from "@freehold/model";
import type { Address } from "@freehold/net";
import type { Cause, Message, Pdu } from "@freehold/ngap";
import { Superseded } from "@freehold/runtime";
import { toHex } from "@freehold/wire";
import { type CheckedConfig, checkedConfig, type GnbConfig, type GnbWorld } from "./config.ts";
import { dispatch } from "./dispatch.ts";
import { N2 } from "./n2.ts";
import { N3 } from "./n3.ts";
import type { AmfIdentity, GnbNode } from "./node.ts";
import { inactivity, requestRelease } from "./procedures/context-release.ts";
import { initialUeMessage, uplinkNasTransport } from "./procedures/nas-transport.ts";
import { type RefusalReason, Refusals } from "./refusals.ts";
import { RadioLost, UeConnection } from "./ue-connection.ts";
import { nrCellIdentity, radio } from "./values.ts";

/** A gNB could not begin, or was not taken by any AMF in time. */
export class GnbError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "GnbError";
  }
}

/** `state()`: plain data, for people and tests. */
export interface GnbState {
  readonly name: string;
  readonly air: string;
  readonly n2: ReturnType<N2["state"]>;
  readonly amf: AmfIdentity | undefined;
  readonly n3: Address;
  readonly ues: readonly {
    readonly ranUeNgapId: number;
    readonly amfUeNgapId: number | undefined;
    readonly plmn: string;
    readonly security: { readonly nea: number; readonly nia: number } | undefined;
    readonly sessions: readonly {
      readonly id: number;
      readonly sNssai: string;
      readonly type: string;
      readonly downlinkTeid: number;
      readonly uplink: { readonly host: string; readonly teid: number };
      readonly qfis: readonly number[];
      readonly packets: { readonly uplink: number; readonly downlink: number };
    }[];
  }[];
  readonly refusals: Readonly<Partial<Record<RefusalReason, number>>>;
}

/** A running gNB: its cell is on the air as long as it lives. */
export interface Gnb extends AsyncDisposable {
  readonly config: CheckedConfig;
  readonly n3: Address;
  state(): GnbState;
  /** UE CONTEXT RELEASE REQUEST for one UE (TS 38.413 §8.3.2), user inactivity unless another cause is given. False when there is no such UE. */
  release(ranUeNgapId: number, cause?: Cause): boolean;
  /** Takes the cell off the air and shuts the association down. */
  close(): Promise<void>;
}

/**
 * Starts a gNB: N3 bound, NG Setup done, cell on the air. It then reconnects by itself for as long as it lives.
 * Rejects with RangeError for a configuration that cannot be, PortError when an address cannot be bound, GnbError when no AMF took it in time.
 */
export async function startGnb(config: GnbConfig, world: GnbWorld): Promise<Gnb> {
  const checked = checkedConfig(config);
  const log = world.log.child({ gnb: checked.name });
  const refusals = new Refusals(log);
  const n3 = await N3.bind(checked, { ...world, log }, refusals);
  const gnb = new RunningGnb(checked, { ...world, log }, refusals, n3);
  try {
    await gnb.begin();
  } catch (error) {
    await gnb.close();
    throw error;
  }
  return gnb;
}

/** Keys that a gNB remembers to have been given. */
const keysKept = 16_384;

class RunningGnb implements Gnb, GnbNode {
  readonly config: CheckedConfig;
  readonly world: GnbWorld;
  readonly refusals: Refusals;
  readonly userPlane: N3;
  readonly ues = new Map<number, UeConnection>();
  amf: AmfIdentity | undefined;
  readonly #n2: N2;
  #cell: Cell | undefined;
  #nextId = 0;
  readonly #keys = new Set<string>();
  #closed = false;

  constructor(config: CheckedConfig, world: GnbWorld, refusals: Refusals, n3: N3) {
    this.config = config;
    this.world = world;
    this.refusals = refusals;
    this.userPlane = n3;
    this.#n2 = new N2(this, (pdu) => this.#deliver(pdu));
    this.#n2.onDown = (why) => {
      // TS 38.413 §8.7.1 starts anew: what the old association carried is gone on both sides.
      for (const ue of [...this.ues.values()]) {
        ue.link.send({ is: "Release", cause: "N2 lost" });
        this.drop(ue, why).catch((error: unknown) => this.world.log.error("release failed", { why: error }));
      }
    };
  }

  async begin(): Promise<void> {
    const { config, world } = this;
    const first = new Promise<void>((resolve, reject) => {
      const late = world.clock.after(config.setupPatienceMs, () =>
        reject(new GnbError(`gNB ${config.name} is not set up after ${config.setupPatienceMs} ms: ${this.#n2.lastFailure}`)),
      );
      this.#n2.onUp = () => {
        late();
        resolve();
      };
    });
    this.#n2.start();
    await first;
    this.#cell = await world.air.broadcast(
      config.air,
      { plmns: config.plmns.map(({ plmn }) => plmn), tac: config.tac, cellId: nrCellIdentity(config), gnbName: config.name },
      (link) => this.#onLink(link),
    );
  }

  get n3(): Address {
    return this.userPlane.local;
  }

  get n2Up(): boolean {
    return this.#n2.up;
  }

  send(message: Message, stream?: number): boolean {
    const sent = this.#n2.send(message, stream);
    if (!sent) this.world.log.warn("not sent: there is no association with the AMF", { message: message.is });
    return sent;
  }

  isNewKey(key: Uint8Array): boolean {
    const text = toHex(key);
    if (this.#keys.has(text)) return false;
    this.#keys.add(text);
    const [oldest] = this.#keys;
    if (this.#keys.size > keysKept && oldest !== undefined) this.#keys.delete(oldest);
    return true;
  }

  page(sTmsi: string): void {
    this.#cell?.page(sTmsi);
  }

  #deliver(pdu: Pdu): void {
    if (!dispatch(this, pdu)) this.#n2.notSupported(pdu);
  }

  /** RRC of one phone, from SetupRequest to the end of its link (TS 38.331 §5.3.3, unchecked). */
  #onLink(link: AirLink): void {
    let cause: EstablishmentCause | undefined;
    let ue: UeConnection | undefined;
    link.onMessage = (message) => {
      if (message.is === "SetupRequest" && ue === undefined) {
        cause = message.cause;
        link.send(this.n2Up ? { is: "Setup" } : { is: "Reject", waitSeconds: 5 });
      } else if (message.is === "SetupComplete" && ue === undefined && cause !== undefined) {
        ue = this.#connect(link, message, cause);
      } else if (ue === undefined) link.end("out of turn");
      else if (message.is === "UlInformationTransfer") uplinkNasTransport(this, ue, message.nas);
      else if (!ue.inbox.deliver(message)) this.world.log.debug("nobody waits for it", { message: message.is });
    };
    link.onData = (pduSessionId, qfi, packet) => {
      if (ue !== undefined) this.userPlane.uplink(ue, pduSessionId, qfi, packet);
    };
    link.onEnd = (why) => {
      if (ue === undefined || ue.gone) return;
      ue.lane.current?.scope.close(new RadioLost(why)).catch(() => {});
      requestRelease(this, ue, radio("radio-connection-with-ue-lost"));
    };
  }

  #connect(link: AirLink, complete: Extract<AirMessage, { is: "SetupComplete" }>, cause: EstablishmentCause): UeConnection | undefined {
    const plmn: Plmn | undefined = this.config.plmns.map((one) => one.plmn).find((one) => samePlmn(one, complete.selectedPlmn));
    if (plmn === undefined || !this.n2Up) {
      link.end(plmn === undefined ? "a PLMN that this cell has not" : "no AMF");
      return undefined;
    }
    do this.#nextId = (this.#nextId + 1) >>> 0;
    while (this.ues.has(this.#nextId));
    const streams = this.#n2.streams;
    const stream = streams > 1 ? 1 + (this.#nextId % (streams - 1)) : 0;
    const ue = new UeConnection(this, this.#nextId, link, plmn, stream);
    ue.onInactive = () => requestRelease(this, ue, inactivity);
    this.ues.set(ue.ranUeNgapId, ue);
    ue.active();
    initialUeMessage(this, ue, complete, cause);
    return ue;
  }

  async drop(ue: UeConnection, why: string): Promise<void> {
    if (ue.gone) return;
    ue.end();
    this.ues.delete(ue.ranUeNgapId);
    for (const session of ue.sessions.values()) this.userPlane.close(session);
    ue.sessions.clear();
    ue.link.end(why);
    // Not awaited: the procedure that drops may run in the lane itself.
    ue.lane.close(new Superseded(why)).catch(() => {});
  }

  release(ranUeNgapId: number, cause: Cause = inactivity): boolean {
    const ue = this.ues.get(ranUeNgapId);
    if (ue !== undefined) requestRelease(this, ue, cause);
    return ue !== undefined;
  }

  state(): GnbState {
    return {
      name: this.config.name,
      air: this.config.air,
      n2: this.#n2.state(),
      amf: this.amf,
      n3: { ...this.userPlane.local },
      ues: [...this.ues.values()].map((ue) => ({
        ranUeNgapId: ue.ranUeNgapId,
        amfUeNgapId: ue.amfUeNgapId,
        plmn: plmnText(ue.plmn),
        security: ue.security,
        sessions: [...ue.sessions.values()].map(({ id, sNssai, type, downlinkTeid, uplink, qfis, packets }) => ({
          ...{ id, type, downlinkTeid },
          sNssai: sNssaiText(sNssai),
          uplink: { ...uplink },
          qfis: [...qfis],
          packets: { ...packets },
        })),
      })),
      refusals: this.refusals.toJSON(),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const ue of [...this.ues.values()]) {
      ue.link.send({ is: "Release", cause: "the gNB closes" });
      await this.drop(ue, "the gNB closes");
    }
    await this.#cell?.close();
    await this.#n2.close();
    await this.userPlane.shut();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
