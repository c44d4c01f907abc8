import type { AirLink, AirMessage } from "@freehold/air";
import type { Plmn, SNssai } from "@freehold/model";
import type { UESecurityCapabilities } from "@freehold/ngap";
import { type Cancel, Inbox, Lane, type Scope, Superseded } from "@freehold/runtime";
import type { GnbNode } from "./node.ts";
import type { Tunnel } from "./values.ts";
import { userLocation } from "./values.ts";

/** How long the gNB waits for a phone's answer on SRB1. */
export const airTimer = { name: "answer on the air", ms: 5_000 } as const;

/** The radio link ended while a procedure needed it. */
export class RadioLost extends Error {
  constructor(why: string) {
    super(`radio link lost: ${why}`);
    this.name = "RadioLost";
  }
}

/** The part of a PDU session that lives in the gNB. */
export interface SessionResource {
  readonly id: number;
  readonly sNssai: SNssai;
  readonly type: string;
  /** Ours: downlink packets come with it. */
  readonly downlinkTeid: number;
  /** The UPF's. */
  uplink: Tunnel;
  readonly qfis: Set<number>;
  readonly packets: { uplink: number; downlink: number };
}

/** One phone with a radio link: its NG connection, its AS security and its sessions. */
export class UeConnection {
  readonly ranUeNgapId: number;
  readonly link: AirLink;
  readonly plmn: Plmn;
  /** SCTP stream of all its messages. */
  readonly stream: number;
  readonly sessions = new Map<number, SessionResource>();
  readonly inbox = new Inbox<AirMessage>();
  readonly lane: Lane;
  amfUeNgapId: number | undefined;
  /** AS security is on: Initial Context Setup has succeeded. */
  security: { readonly nea: number; readonly nia: number } | undefined;
  securityCapabilities: UESecurityCapabilities | undefined;
  hasAmbr = false;
  /** What the phone's UE radio capability was, once asked. */
  radioCapability: Uint8Array | undefined;
  gone = false;
  releaseRequested = false;
  #transactions = 0;
  #inactivity: Cancel | undefined;
  readonly #gnb: GnbNode;

  constructor(gnb: GnbNode, ranUeNgapId: number, link: AirLink, plmn: Plmn, stream: number) {
    this.#gnb = gnb;
    this.ranUeNgapId = ranUeNgapId;
    this.link = link;
    this.plmn = plmn;
    this.stream = stream;
    this.lane = new Lane(gnb.world.clock, `UE ${ranUeNgapId}`, { limit: 64 });
  }

  /** The AP IDs of a message to the AMF. Only for a UE that the AMF has answered. */
  get ids(): { amfUeNgapId: number; ranUeNgapId: number } {
    return { amfUeNgapId: this.amfUeNgapId ?? 0, ranUeNgapId: this.ranUeNgapId };
  }

  get location() {
    return userLocation(this.#gnb.config, this.plmn);
  }

  /** Runs a procedure after those before it: what the AMF sends is done in the order in which it came. */
  run(name: string, procedure: (scope: Scope) => Promise<void>): void {
    this.lane.run(name, procedure).catch((error: unknown) => {
      if (error instanceof Superseded || this.gone) return;
      this.#gnb.world.log.warn(`${name} failed`, { ranUeNgapId: this.ranUeNgapId, why: error });
    });
  }

  /** The phone's answer; rejects with TimerExpired, RadioLost or what superseded the procedure. */
  async answer<Is extends AirMessage["is"]>(scope: Scope, ...is: readonly Is[]): Promise<Extract<AirMessage, { is: Is }>> {
    return await this.inbox.expect(
      (message) => ((is as readonly string[]).includes(message.is) ? (message as Extract<AirMessage, { is: Is }>) : undefined),
      { scope, timer: airTimer },
    );
  }

  /** Changes bearers and delivers NAS messages, and waits until the phone has done it. */
  async reconfigure(
    scope: Scope,
    { add = [], release = [], nas = [] }: { add?: readonly SessionResource[]; release?: readonly number[]; nas?: readonly Uint8Array[] },
  ): Promise<void> {
    const transaction = ++this.#transactions;
    const answered = this.inbox.expect(
      (message) => (message.is === "ReconfigurationComplete" && message.transaction === transaction ? message : undefined),
      { scope, timer: airTimer },
    );
    this.link.send({
      is: "Reconfiguration",
      transaction,
      add: add.map(({ id, qfis }) => ({ pduSessionId: id, qfis: [...qfis] })),
      release,
      nas,
    });
    await answered;
  }

  /** Restarts the inactivity timer. */
  active(): void {
    this.#inactivity?.();
    const { inactivityMs } = this.#gnb.config;
    if (inactivityMs === undefined || this.gone) return;
    this.#inactivity = this.#gnb.world.clock.after(inactivityMs, () => this.onInactive());
  }

  onInactive: () => void = () => {};

  /** Stops what would outlive the connection. */
  end(): void {
    this.gone = true;
    this.#inactivity?.();
  }
}
