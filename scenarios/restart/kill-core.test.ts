import assert from "node:assert/strict";
import { test } from "node:test";
import { functionNames } from "@freehold/system";
import { Killable } from "../src/kills.ts";

const named = (moment: unknown): string => JSON.stringify(moment);

/** Kills the whole core once at each moment of Carol's `work`, and shows each time that nobody but her noticed and that nothing is left of it. */
async function everyMoment(
  prepare: (all: Killable) => Promise<unknown>,
  work: (all: Killable) => Promise<unknown>,
  least: number,
): Promise<void> {
  let moments = 1;
  for (let at = -1; at < moments; at++) {
    await using all = await Killable.start();
    await prepare(all);
    const outcome = await all.dying(() => work(all), { names: functionNames, at });
    const where = `core killed at ${at}, ${named(all.moments[at])}: ${outcome}`;
    if (at < 0) moments = all.moments.length;
    await all.bystandersGoOn(where);
    if (work === bringUp) await all.carolGoesOn(where);
    all.reconciled(where);
    all.nothingRepeated(where);
    await all.nothingLeaks(where);
  }
  assert.ok(moments >= least, `${moments} moments`);
}

const bringUp = async ({ carol, system }: Killable): Promise<void> => {
  await carol.ue.bringUp();
  await system.clock.sleep(300); // the SMF's last steps
};

test("the core is killed at every message and every commit of a registration and a session set-up: who was registered goes on without registering, TS 24.501 §5.6.1, and nothing leaks", async () => {
  await everyMoment(async () => {}, bringUp, 60);
});

test("the core is killed at every message and every commit of a deregistration, TS 23.502 §4.2.2.3.2: nothing is left when the phones are gone", async () => {
  const prepare = async (all: Killable): Promise<void> => all.system.until(bringUp(all));
  await everyMoment(prepare, ({ carol }) => carol.ue.deregister(), 20);
});
