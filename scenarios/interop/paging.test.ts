/** Idle and reachable: what the data network sends to a sleeping phone wakes it (TS 23.502 §4.2.3.3). */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Gnb } from "@freehold/gnb";
import type { SmfState } from "@freehold/smf";
import { answerPings, type Ue } from "@freehold/ue";
import type { UpfState } from "@freehold/upf";
import { amfOf, faults, warned } from "../src/by-hand.ts";
import { carriers, FiveGC, type FiveGCOptions, subscriber } from "../src/index.ts";

const smfOf = (system: FiveGC): SmfState => system.core.state()["smf"] as SmfState;
const upfOf = (system: FiveGC): UpfState => system.core.state()["upf"] as UpfState;
const downlinkAction = (system: FiveGC): string[] =>
  upfOf(system).sessions.flatMap(({ fars }) => fars.filter(({ to }) => to !== "core").map(({ action }) => action));

/** A phone with `sessions` that answers pings, asleep. */
async function asleep(options: FiveGCOptions & { readonly sessions?: number } = {}): Promise<Asleep> {
  const system = await FiveGC.start(options);
  const gnb = await system.gnb();
  const ue = await system.ue(subscriber(1), { sessions: Array.from({ length: options.sessions ?? 1 }, () => ({})) });
  await system.until(ue.bringUp());
  for (const session of ue.sessions) answerPings(session);
  await system.clock.advance(1_000);
  gnb.release(gnb.state().ues[0]!.ranUeNgapId);
  await system.clock.advance(1_000);
  assert.equal(ue.state().connected, false);
  const events: string[] = [];
  ue.onEvent = ({ is }) => events.push(is);
  return {
    system,
    gnb,
    ue,
    events,
    addresses: ue.sessions.map(({ ip }) => ip!),
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose](),
  };
}
interface Asleep extends AsyncDisposable {
  readonly system: FiveGC;
  readonly gnb: Gnb;
  readonly ue: Ue;
  readonly events: string[];
  readonly addresses: readonly string[];
}

const heardOf = (system: FiveGC, message: string): number => system.tape.entries().filter((one) => one.message === message).length;

for (const carrier of carriers) {
  test(`INTEROP 25: pings from the data network wake a sleeping phone: they wait at the UPF, it is paged, answers, gets its session and another GUTI, and has them in order, over the ${carrier} carrier`, async () => {
    await using all = await asleep({ carrier });
    const { system, ue, events, addresses } = all;
    const before = amfOf(system).ues[0]!.guti;
    for (let sequence = 1; sequence <= 5; sequence++) system.dataNetwork.ping(addresses[0]!, sequence);
    await system.clock.advance(3_000);
    assert.deepEqual(system.dataNetwork.answers(addresses[0]!), [1, 2, 3, 4, 5]);
    assert.deepEqual(events.slice(0, 3), ["Paging", "Service request", "Service accept"]);
    assert.deepEqual([heardOf(system, "Paging"), ue.state().connected, downlinkAction(system)], [1, true, ["forward"]]);
    const { guti } = amfOf(system).ues[0]!;
    assert.notEqual(guti, before);
    assert.equal(smfOf(system).sessions[0]!.connection, "ACTIVATED");
    assert.deepEqual([ue.state().refusals, all.gnb.state().refusals, faults(system)], [{}, {}, []]);
  });
}

test("INTEROP 25: only the session that has data comes up", async () => {
  await using all = await asleep({ sessions: 2 });
  const { system, addresses } = all;
  system.dataNetwork.ping(addresses[1]!, 1);
  await system.clock.advance(2_000);
  assert.deepEqual(system.dataNetwork.answers(addresses[1]!), [1]);
  assert.deepEqual(
    smfOf(system).sessions.map(({ connection }) => connection),
    ["DEACTIVATED", "ACTIVATED"],
  );
  system.dataNetwork.ping(addresses[0]!, 1); // connected: its user plane comes up without paging
  await system.clock.advance(2_000);
  assert.deepEqual([system.dataNetwork.answers(addresses[0]!), heardOf(system, "Paging")], [[1], 1]);
  assert.deepEqual(faults(system), []);
});

test("INTEROP 25: a phone that does not hear is paged four times (T3513); then its packets are dropped for a while, and it is paged anew", async () => {
  await using all = await asleep();
  const { system, ue, addresses } = all;
  await system.until(ue.close());
  system.dataNetwork.ping(addresses[0]!, 1);
  await system.clock.advance(1_000);
  assert.deepEqual([heardOf(system, "Paging"), downlinkAction(system)], [1, ["buffer"]]);
  await system.clock.advance(8_000);
  assert.deepEqual([heardOf(system, "Paging"), downlinkAction(system)], [4, ["drop"]]);
  assert.ok(warned(system, /does not answer paging/));
  system.dataNetwork.ping(addresses[0]!, 2);
  await system.clock.advance(20_000);
  assert.equal(heardOf(system, "Paging"), 4);
  await system.clock.advance(10_000);
  assert.deepEqual(downlinkAction(system), ["buffer"]);
  system.dataNetwork.ping(addresses[0]!, 3);
  await system.clock.advance(100);
  assert.equal(heardOf(system, "Paging"), 5);
  assert.deepEqual(faults(system), []);
});

test("INTEROP 25: the phone asks for service in the same moment: it is served once, and both ways work", async () => {
  await using all = await asleep();
  const { system, ue, addresses } = all;
  ue.sessions[0]!.send(new Uint8Array(20)); // nothing that goes anywhere: the phone wakes for it
  system.dataNetwork.ping(addresses[0]!, 1);
  await system.clock.advance(3_000);
  assert.deepEqual(system.dataNetwork.answers(addresses[0]!), [1]);
  assert.equal(smfOf(system).sessions[0]!.connection, "ACTIVATED");
  assert.deepEqual([heardOf(system, "Service accept"), faults(system)], [1, []]);
});
