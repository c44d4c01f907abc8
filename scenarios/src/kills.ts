import assert from "node:assert/strict";
import type { Gnb, GnbState } from "@freehold/gnb";
import { seededRandom } from "@freehold/runtime";
import type { FunctionName } from "@freehold/system";
import { ping, type Ue, UeError } from "@freehold/ue";
import { type CarrierName, FiveGC, subscriber } from "./five-gc.ts";
import { holdings } from "./holdings.ts";
import type { Moment } from "./lives.ts";

const people = [subscriber(1), subscriber(2), subscriber(3)];
const far = "198.51.100.1";

/** What must not have happened to phones and gNB, whoever died: refusals of the simulators by name. */
const forbidden = ["downlink COUNT replayed", "MAC failure", "KgNB given before", "wrong KgNB"] as const;

/** A phone of a scenario, with what it has asked of the network. */
export interface Person {
  readonly ue: Ue;
  readonly asked: string[];
}

/** Who dies, and at which moment. */
export interface Death {
  readonly names: readonly FunctionName[];
  /** The moments that count; those of the functions that die unless given. */
  readonly counts?: (moment: Moment) => boolean;
  readonly at?: number | undefined;
}

/** How long the network wants to hear nothing of it, seconds (T3346). */
const backOff = (error: unknown): number | undefined => (error instanceof UeError ? error.retryAfterSeconds : undefined);

const count = ({ asked }: Person, is: string): number => asked.filter((one) => one === is).length;

/** Three phones at one gNB of a core whose functions can be killed: Alice connected, Bob idle, Carol in flight. */
export class Killable implements AsyncDisposable {
  readonly system: FiveGC;
  readonly gnb: Gnb;
  readonly alice: Person;
  readonly bob: Person;
  readonly carol: Person;
  readonly moments: Moment[] = [];
  /** Carol was registered, as far as she knew, when they died. */
  wasRegistered = false;

  private constructor(system: FiveGC, gnb: Gnb, [alice, bob, carol]: readonly Person[]) {
    this.system = system;
    this.gnb = gnb;
    this.alice = alice!;
    this.bob = bob!;
    this.carol = carol!;
  }

  static async start(carrier: CarrierName = "local"): Promise<Killable> {
    const system = await FiveGC.start({ carrier, lives: true, subscribers: people });
    const gnb = await system.gnb();
    const persons: Person[] = [];
    for (const one of people) {
      const ue = await system.ue(one, { sessions: [{}] });
      const person: Person = { ue, asked: [] };
      ue.onEvent = ({ is }) => person.asked.push(is);
      persons.push(person);
    }
    const all = new Killable(system, gnb, persons);
    await system.until(all.bob.ue.bringUp());
    await system.clock.advance(200);
    gnb.release(gnb.state().ues[0]!.ranUeNgapId);
    await system.clock.advance(100);
    await system.until(all.alice.ue.bringUp());
    assert.equal(await all.reaches(all.alice), true);
    assert.equal(all.bob.ue.state().connected, false);
    return all;
  }

  /** Whether the phone's packets come back, with whatever it asks of the network before. */
  async reaches({ ue }: Person): Promise<boolean> {
    const [session] = ue.sessions;
    if (session === undefined) return false;
    const { clock } = this.system;
    const { received } = await this.system.until(ping(session, { clock, random: seededRandom(9) }, far, 1));
    return received === 1;
  }

  /** As a person would: again after a few seconds, for a while. */
  async reachesAtLast(person: Person): Promise<boolean> {
    for (let tries = 0; tries < 12; tries++) {
      if (await this.reaches(person)) return true;
      await this.system.clock.advance(5_000);
    }
    return false;
  }

  /**
   * Runs `work`; at moment `at` (from 0) of those that `counts` takes the functions die, and are started again half a second later. Without
   * `at` nobody dies, and the moments are counted.
   */
  async dying(work: () => Promise<unknown>, { names, counts, at }: Death): Promise<string> {
    const { lives, clock } = this.system;
    let restarted = Promise.resolve();
    lives.onMoment = (moment) => {
      if (!(counts?.(moment) ?? names.includes(moment.of))) return;
      this.moments.push(moment);
      if (this.moments.length - 1 !== at) return;
      lives.onMoment = () => {};
      this.wasRegistered = this.carol.ue.state().mm === "5GMM-REGISTERED";
      lives.kill(names);
      restarted = clock.sleep(500).then(() => lives.start());
    };
    const done = work().then(
      () => "done",
      (error: unknown) => String(error),
    );
    const outcome = await this.system.until(done);
    lives.onMoment = () => {};
    await this.system.until(restarted);
    return outcome;
  }

  /** The phones that nobody was busy with go on: no registration and no authentication, and their packets pass. */
  async bystandersGoOn(where: string): Promise<void> {
    for (const [name, person] of [["Alice", this.alice] as const, ["Bob", this.bob] as const]) {
      assert.equal(await this.reachesAtLast(person), true, `${name}'s packets, ${where}`);
      assert.equal(count(person, "Registration request"), 1, `${name} registers once, ${where}`);
      assert.equal(count(person, "Authentication request"), 1, `${name} authenticates once, ${where}`);
    }
  }

  /** Who was in flight comes to what she wanted with at most one registration more; none when she had hers. */
  async carolGoesOn(where: string): Promise<void> {
    const { system, carol } = this;
    for (let tries = 0; carol.ue.state().mm !== "5GMM-REGISTERED" && tries < 3; tries++)
      await system.until(carol.ue.register().catch((error: unknown) => system.clock.sleep(1_000 * (backOff(error) ?? 5))));
    const most = this.wasRegistered ? 1 : 2;
    assert.ok(
      count(carol, "Registration request") <= most,
      `Carol asks ${count(carol, "Registration request")} times to register, ${where}`,
    );
    for (let tries = 0; tries < 4 && !(await this.reaches(carol)); tries++)
      if (carol.ue.sessions.length === 0) await system.until(carol.ue.establish().catch(() => system.clock.sleep(5_000)));
    assert.equal(await this.reachesAtLast(carol), true, `Carol's packets, ${where}`);
    assert.ok(count(carol, "Registration request") <= most, `Carol registers once more for her session, ${where}`);
  }

  /** What the SMF has, the UPF has, and nothing else. */
  reconciled(where: string): void {
    const { amf, smfSessions, upfSessions, leftovers, addresses } = holdings(this.system);
    const used = Object.values(addresses).reduce((sum, one) => sum + one, 0);
    assert.deepEqual([upfSessions, used, leftovers, amf.flat().length], [smfSessions, smfSessions, 0, smfSessions], where);
  }

  /** The simulators have seen no COUNT and no key twice, and nothing of ours failed. */
  nothingRepeated(where: string): void {
    const { refusals } = this.gnb.state() as GnbState;
    for (const seen of [refusals, ...[this.alice, this.bob, this.carol].map(({ ue }) => ue.state().refusals)] as Record<string, number>[])
      for (const name of forbidden) assert.equal(seen[name] ?? 0, 0, `${name}, ${where}`);
    const faults = this.system.log.lines.filter(({ level }) => level === "error");
    assert.deepEqual(faults, [], where);
  }

  /** Everybody deregisters; then nothing is held anywhere, and no row of a session or a registration is left. */
  async nothingLeaks(where: string): Promise<void> {
    const { system } = this;
    for (const { ue } of [this.alice, this.bob, this.carol]) {
      if (ue.state().mm === "5GMM-REGISTERED") await system.until(ue.deregister()).catch(() => {});
    }
    await system.clock.advance(120_000);
    const { amf, addresses, ...rest } = holdings(system);
    assert.deepEqual(
      { sessions: amf.flat(), addresses: Object.values(addresses).reduce((sum, one) => sum + one, 0), ...rest },
      { sessions: [], addresses: 0, smfSessions: 0, leftovers: 0, upfSessions: 0, teids: 0 },
      where,
    );
    const { connections, ues } = system.core.state()["amf"] as { connections: number; ues: { rm: string }[] };
    assert.equal(connections, 0, `AP IDs, ${where}`);
    assert.deepEqual(
      ues.filter(({ rm }) => rm !== "DEREGISTERED"),
      [],
      where,
    );
    assert.deepEqual(this.gnb.state().ues, [], where);
    assert.deepEqual(await this.#rows(), [], where);
  }

  /** Rows that nobody needs when nobody is registered. */
  async #rows(): Promise<string[]> {
    const rows: string[] = [];
    const { store } = this.system.world;
    for (const table of ["smf.session", "context-smf-registration"])
      for (const { key } of await store.all(table)) rows.push(`${table} ${key}`);
    for (const { key, value } of await store.all<{ sdmSubscriptions?: unknown }>("context-ue"))
      if (value.sdmSubscriptions !== undefined) rows.push(`SDM subscription ${key}`);
    return rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.system[Symbol.asyncDispose]();
  }
}
