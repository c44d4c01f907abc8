import type { Ambr, Dnn, Ipv4, SNssai } from "@freehold/model";
import { ipFromOctets } from "@freehold/model";
import { PcoIdentifier, type PduSessionEstablishmentAccept, type QosRule } from "@freehold/nas";
import type { Cancel } from "@freehold/runtime";
import { NotAllowed } from "../errors.ts";
import type { Phone } from "../phone.ts";

/** A PDU session as its user sees it. */
export interface Session {
  readonly id: number;
  readonly dnn: Dnn | undefined;
  readonly sNssai: SNssai | undefined;
  readonly type: "IPv4" | "IPv6" | "IPv4v6";
  /** The phone's IPv4 address. */
  readonly ip: Ipv4 | undefined;
  /** Eight octets: the lower half of the IPv6 link local address. */
  readonly interfaceIdentifier: Uint8Array | undefined;
  readonly dns: readonly string[];
  /** IPv4 link MTU in octets; 1500 when the network did not say. */
  readonly mtu: number;
  /** QFI of the default QoS rule. */
  readonly qfi: number;
  readonly ambr: Ambr;
  /** 5GSM cause of the accept, such as #50. */
  readonly cause: number | undefined;
  readonly active: boolean;
  readonly packets: { readonly uplink: number; readonly downlink: number };
  /** Sends an IP packet. When the phone is idle it asks for service first and keeps up to 64 packets. False when it is dropped. */
  send(packet: Uint8Array): boolean;
  /** A packet that no listener took. */
  onPacket: (packet: Uint8Array) => void;
  /** Called once when the session ends. */
  onReleased: (why: string) => void;
  /** Offers each downlink packet to `take` until cancelled; one that returns true takes it. */
  listen(take: (packet: Uint8Array) => boolean): Cancel;
  /** TS 24.501 §6.4.3. Rejects with a `UeError`. */
  release(): Promise<void>;
}

/** The rule that counts when no other matches: `isDefault` (§6.2.5.1.1, unchecked). */
export const defaultRule = (rules: readonly QosRule[]): QosRule | undefined => rules.find((rule) => rule.isDefault);

const heldMost = 64;

export class PduSession implements Session {
  readonly id: number;
  readonly type: Session["type"];
  readonly dnn: Dnn | undefined;
  readonly sNssai: SNssai | undefined;
  readonly ip: Ipv4 | undefined;
  readonly interfaceIdentifier: Uint8Array | undefined;
  readonly dns: readonly string[];
  readonly mtu: number;
  readonly cause: number | undefined;
  qfi: number;
  ambr: Ambr;
  readonly packets = { uplink: 0, downlink: 0 };
  onPacket: Session["onPacket"] = () => {};
  onReleased: Session["onReleased"] = () => {};
  #active = true;
  readonly #phone: Phone;
  readonly #release: () => Promise<void>;
  readonly #listeners = new Set<(packet: Uint8Array) => boolean>();
  #held: Uint8Array[] = [];
  #asking = false;

  constructor(phone: Phone, accept: PduSessionEstablishmentAccept, qfi: number, release: () => Promise<void>) {
    this.#phone = phone;
    this.#release = release;
    this.id = accept.pduSessionId;
    const { selectedPduSessionType: type } = accept;
    this.type = type === "IPv4" || type === "IPv6" ? type : "IPv4v6";
    this.dnn = accept.dnn;
    this.sNssai = accept.sNssai;
    this.ip = accept.pduAddress?.ipv4;
    this.interfaceIdentifier = accept.pduAddress?.interfaceIdentifier;
    this.qfi = qfi;
    this.ambr = accept.sessionAmbr;
    this.cause = accept.cause;
    const items = accept.extendedProtocolConfigurationOptions?.items ?? [];
    this.dns = items.flatMap(({ id, octets }) => {
      if (id !== PcoIdentifier.dnsServerIpv4Address && id !== PcoIdentifier.dnsServerIpv6Address) return [];
      const address = ipFromOctets(octets);
      return address.ok ? [address.value] : [];
    });
    const mtu = items.find(({ id, octets }) => id === PcoIdentifier.ipv4LinkMtu && octets.length === 2)?.octets;
    this.mtu = mtu === undefined ? 1500 : mtu[0]! * 256 + mtu[1]!;
  }

  get active(): boolean {
    return this.#active;
  }

  send(packet: Uint8Array): boolean {
    if (!this.#active) return false;
    if (this.#phone.connection.sendData(this.id, this.qfi, packet)) {
      this.packets.uplink++;
      return true;
    }
    if (this.#held.length >= heldMost) return false;
    this.#held.push(packet.slice());
    this.#wake();
    return true;
  }

  /** Idle, or connected without a bearer: TS 24.501 §5.6.1.1 asks for the user plane. */
  #wake(): void {
    if (this.#asking) return;
    this.#asking = true;
    this.#phone
      .wake("data", [this.id])
      .catch((error: unknown) => this.#phone.tell("packets dropped", { pduSessionId: this.id, why: String(error) }))
      .finally(() => {
        this.#asking = false;
        for (const packet of this.#held.splice(0)) {
          if (this.#phone.connection.sendData(this.id, this.qfi, packet)) this.packets.uplink++;
        }
      });
  }

  receive(packet: Uint8Array): void {
    this.packets.downlink++;
    for (const take of this.#listeners) if (take(packet)) return;
    this.onPacket(packet);
  }

  listen(take: (packet: Uint8Array) => boolean): Cancel {
    this.#listeners.add(take);
    return () => {
      this.#listeners.delete(take);
    };
  }

  release(): Promise<void> {
    return this.#active ? this.#release() : Promise.reject(new NotAllowed("PDU session release", "the session is gone"));
  }

  /** The session is no more; whoever ended it. Where another took its identity, the bearer is that one's already. */
  gone(why: string, bearer: "goes" | "stays" = "goes"): void {
    if (!this.#active) return;
    this.#active = false;
    this.#held = [];
    this.#phone.sessions.delete(this.id);
    if (bearer === "goes") this.#phone.connection.bearers.delete(this.id);
    this.#phone.tell("PDU session released", { pduSessionId: this.id, why });
    this.onReleased(why);
  }
}
