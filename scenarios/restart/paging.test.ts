import assert from "node:assert/strict";
import { test } from "node:test";
import { type FunctionName, functionNames } from "@freehold/system";
import { answerPings } from "@freehold/ue";
import { Killable } from "../src/kills.ts";

/** The host's pings to sleeping Bob, one every five seconds, until one is answered. */
async function wakes({ system, bob }: Killable): Promise<boolean> {
  const { ip } = bob.ue.sessions[0]!;
  for (let sequence = 100; sequence < 120; sequence++) {
    system.dataNetwork.ping(ip!, sequence);
    await system.clock.advance(5_000);
    if (system.dataNetwork.answers(ip!).includes(sequence)) return true;
  }
  return false;
}

const restarts: readonly (readonly FunctionName[])[] = [["amf"], ["smf"], ["upf"], ["amf", "smf"], functionNames];

for (const names of restarts) {
  test(`INTEROP 25: a sleeping phone is paged after ${names.length > 2 ? "the whole core" : names.join(" and ")} was killed and started again, and registers no more`, async () => {
    await using all = await Killable.start();
    answerPings(all.bob.ue.sessions[0]!);
    all.system.lives.kill(names);
    await all.system.clock.advance(500);
    await all.system.until(all.system.lives.start());
    await all.system.clock.advance(15_000); // gNB and UPF are back with them
    assert.equal(all.bob.ue.state().connected, false);
    assert.equal(await wakes(all), true);
    assert.deepEqual(
      all.bob.asked.filter((is) => /Registration request|Authentication request|^Paging$/.test(is)),
      ["Registration request", "Authentication request", "Paging"],
    );
    all.nothingRepeated(names.join());
  });
}

test("INTEROP 25: AMF or SMF is killed at every message and commit of a network-triggered service request: the phone is woken in the end, and nothing leaks", async () => {
  for (const name of ["amf", "smf"] as const) {
    let moments = 1;
    for (let at = -1; at < moments; at++) {
      await using all = await Killable.start();
      const { system, bob } = all;
      answerPings(bob.ue.sessions[0]!);
      const work = async (): Promise<void> => {
        system.dataNetwork.ping(bob.ue.sessions[0]!.ip!, 1);
        await system.clock.sleep(1_000);
      };
      await all.dying(work, { names: [name], at });
      if (at < 0) moments = all.moments.length;
      const where = `${name} killed at ${at}, ${JSON.stringify(all.moments[at])}`;
      assert.equal(await wakes(all), true, where);
      await all.bystandersGoOn(where);
      all.reconciled(where);
      all.nothingRepeated(where);
    }
    assert.ok(moments >= 6, `${moments} moments of the ${name}`);
  }
});
