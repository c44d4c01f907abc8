import { test } from "node:test";
import { decode, decodeSecured, isSecured } from "@freehold/nas";
import type { Subscriber } from "@freehold/udr";
import { type FiveGC, type FiveGCOptions, subscriber } from "./five-gc.ts";
import { OddGnb } from "./odd-gnb.ts";
import { ScriptedPhone } from "./scripted-phone.ts";
import { type Survivors, survives } from "./survivors.ts";

/** A gNB of the attacker's, with phones that say what they should not. */
export class Attacker {
  readonly system: FiveGC;
  readonly survivors: Survivors;
  readonly gnb: OddGnb;
  readonly self: Subscriber;
  #ran = 0;

  constructor(system: FiveGC, survivors: Survivors, gnb: OddGnb, self: Subscriber) {
    this.system = system;
    this.survivors = survivors;
    this.gnb = gnb;
    this.self = self;
  }

  /** A phone on a connection of its own, with the attacker's USIM. Those before hear nothing more. */
  phone(of: Subscriber = this.self): ScriptedPhone {
    this.gnb.doors.length = 0;
    return new ScriptedPhone(this.system, this.gnb, of, ++this.#ran);
  }

  /** The same phone on another connection. */
  again(phone: ScriptedPhone): ScriptedPhone {
    return phone.again(++this.#ran);
  }

  /** Octets as the first NAS message of a connection, and what came of it: the NAS messages heard, by name with their cause, then "released". */
  async first(nas: Uint8Array, waitMs = 100): Promise<readonly string[]> {
    const ran = ++this.#ran;
    const from = this.gnb.heard.length;
    this.gnb.send(this.gnb.initialUeMessage(ran, nas));
    await this.system.clock.advance(waitMs);
    return this.gnb.heard.slice(from).flatMap((pdu) => {
      if (pdu.is === "DownlinkNASTransport" && pdu.ies.ranUeNgapId === ran) return [named(pdu.ies.nasPdu)];
      const ids = pdu.is === "UEContextReleaseCommand" ? pdu.ies.ueNgapIDs : undefined;
      return ids?.choice === "uE-NGAP-ID-pair" && ids.value.rANUENGAPID === ran ? ["released"] : [];
    });
  }
}

function named(nas: Uint8Array): string {
  const header = isSecured(nas) ? decodeSecured(nas) : undefined;
  const read = decode(header?.ok ? header.value.payload : nas, { receiver: "UE" });
  if (!read.ok) return "unreadable";
  return "cause" in read.value && read.value.cause !== undefined ? `${read.value.is} #${read.value.cause}` : read.value.is;
}

/** Nobody is turned away for coming too often: that is another attack's matter. */
export const unlimited = "amf: { registrationsPerSecond: { perGnb: 1000000, all: 1000000 } }";

/**
 * An attack at N1, named by its family: residents live in the system, the attacker has a gNB and a USIM of its own, and afterwards all phones
 * still work. What the attacker's own phone registered is deregistered by the operator.
 */
export function n1Attack(
  name: string,
  attack: (attacker: Attacker) => Promise<void>,
  { config = unlimited, ...options }: FiveGCOptions = {},
): void {
  test(name, { timeout: 20_000 }, async () => {
    const self = subscriber(1);
    await survives(
      async (system, survivors) => {
        const gnb = await OddGnb.connect(system);
        await attack(new Attacker(system, survivors, gnb, self));
        gnb.association.abort("the attack is over");
        await system.clock.advance(1_000);
        await system.until(system.core.functions.get("amf")!.amf!.deregister(self.supi));
      },
      { config, ...options, subscribers: [self], patienceMs: 120_000 },
    );
  });
}
