import assert from "node:assert/strict";
import type { AmfState } from "@freehold/amf";
import type { Gnb } from "@freehold/gnb";
import { seededRandom } from "@freehold/runtime";
import type { SmfState } from "@freehold/smf";
import { ping, type Ue } from "@freehold/ue";
import type { UpfState } from "@freehold/upf";
import { FiveGC, type FiveGCOptions, subscriber } from "./five-gc.ts";

/** Two phones that were there before the attack, and one that comes after it. Their numbers are far from those that attacks use. */
export const residents = [subscriber(901), subscriber(902), subscriber(903)] as const;
const [first, second, newcomer] = residents;

/** What everybody holds. Of a UE that is deregistered the AMF keeps the security context, which is no state of a procedure. */
export function census({ core }: FiveGC) {
  const { amf, smf, upf } = core.state() as { amf: AmfState; smf: SmfState; upf: UpfState };
  return {
    gnbs: amf.gnbs,
    registered: amf.ues.filter(({ rm }) => rm === "REGISTERED").map(({ ue, cm, guti, sessions }) => ({ ue, cm, guti, sessions })),
    connections: amf.connections,
    smfSessions: smf.sessions.length,
    leftovers: smf.leftovers,
    addresses: smf.addresses,
    upfSessions: upf.sessions.map(({ seid, addresses, teids }) => ({ seid, addresses, teids })),
    teids: upf.n4["teids"],
  };
}
export type Census = ReturnType<typeof census>;

const counted = ({ registered, connections, smfSessions, leftovers, addresses, upfSessions, teids }: Census) => ({
  registered: registered.length,
  connections,
  smfSessions,
  leftovers,
  addresses,
  upfSessions: upfSessions.length,
  teids,
});

/** What only the core itself may have lost: its own faults, by the log. */
const faultsOf = ({ log }: FiveGC) => log.lines.filter(({ level }) => level === "error");

/**
 * Phones that live in a system through an attack: two registered, each in a session, at a gNB of their own. `unharmed` shows afterwards that
 * nothing of theirs has changed, that each pings, that a third registers and pings, and that one deregisters and leaves nothing.
 */
export class Survivors {
  readonly system: FiveGC;
  readonly gnb: Gnb;
  readonly phones: readonly [Ue, Ue];
  /** Taken before the attack. */
  readonly before: Census;

  private constructor(system: FiveGC, gnb: Gnb, phones: readonly [Ue, Ue]) {
    this.system = system;
    this.gnb = gnb;
    this.phones = phones;
    this.before = census(system);
  }

  /** Settles in: the system must know the `residents`. The gNB is the system's next one, and theirs alone. */
  static async settle(system: FiveGC): Promise<Survivors> {
    const gnb = await system.gnb({ air: "home of the residents" });
    const phones: Ue[] = [];
    for (const resident of [first, second]) {
      const phone = await system.ue(resident, { sessions: [{}], air: "home of the residents" });
      await system.until(phone.bringUp());
      phones.push(phone);
    }
    await system.clock.advance(20_000);
    return new Survivors(system, gnb, phones as [Ue, Ue]);
  }

  async #pings(phone: Ue): Promise<void> {
    const { clock } = this.system;
    const [session] = phone.sessions;
    assert.ok(session, `${phone.config.supi} has its session`);
    const { received } = await this.system.until(ping(session, { clock, random: seededRandom(5) }, "198.51.100.1", 1));
    assert.equal(received, 1, `${phone.config.supi} pings`);
  }

  /**
   * After the attack, and `patienceMs` of time for what it left to end. `but` takes out of a census what the attack leaves rightly (a gNB
   * that is still there). Asserts; ends with one resident deregistered and the newcomer in its place.
   */
  async unharmed({ patienceMs = 60_000, but = (c) => c }: { patienceMs?: number; but?: (census: Census) => Census } = {}): Promise<void> {
    const { system, phones, before } = this;
    await system.clock.advance(patienceMs);
    assert.deepEqual(faultsOf(system), [], "no fault of ours");
    assert.deepEqual(but(census(system)), but(before), "everybody holds what they held");
    for (const phone of phones) await this.#pings(phone);
    const late = await system.ue(newcomer, { sessions: [{}], air: "home of the residents" });
    await system.until(late.bringUp());
    await this.#pings(late);
    await system.until(phones[0].deregister());
    await system.clock.advance(20_000);
    assert.deepEqual(counted(but(census(system))), counted(but(before)), "one came, one went");
    assert.equal(phones[0].state().mm, "5GMM-DEREGISTERED");
    await this.#pings(phones[1]);
    assert.deepEqual(faultsOf(system), [], "no fault of ours");
  }
}

/** A system with residents, an attack on it, and the proof that all phones still work. `subscribers` are the attack's own. */
export async function survives(
  attack: (system: FiveGC, survivors: Survivors) => Promise<void>,
  { subscribers = [subscriber(1)], but, patienceMs, ...options }: FiveGCOptions & Parameters<Survivors["unharmed"]>[0] = {},
): Promise<void> {
  await using system = await FiveGC.start({ ...options, subscribers: [...subscribers, ...residents] });
  const survivors = await Survivors.settle(system);
  await attack(system, survivors);
  await survivors.unharmed({ ...(but === undefined ? {} : { but }), ...(patienceMs === undefined ? {} : { patienceMs }) });
}
