import assert from "node:assert/strict";
import { test } from "node:test";
import type { FunctionName } from "@freehold/system";
import { type Death, Killable } from "../src/kills.ts";
import type { Moment } from "../src/lives.ts";

interface Case {
  readonly names: readonly FunctionName[];
  readonly counts?: (moment: Moment) => boolean;
  /** Fewest moments of registration and session set-up. */
  readonly least: number;
}

const n4 = ({ what }: Moment): boolean => what.startsWith("N4 ");

/** Functions that die alone; the UPF's moments are those of its N4. */
const cases: readonly Case[] = [
  { names: ["amf"], least: 30 },
  { names: ["smf"], least: 12 },
  { names: ["upf"], counts: n4, least: 4 },
  { names: ["smf", "upf"], counts: (moment) => moment.of === "smf", least: 12 },
  { names: ["udm"], least: 12 },
  { names: ["udr"], least: 4 },
  { names: ["ausf"], least: 2 },
  { names: ["pcf"], least: 2 },
];

async function once(death: Death, leaves: boolean, carrier: "local" | "contrary"): Promise<Killable> {
  await using all = await Killable.start(carrier);
  const { carol, system } = all;
  const up = (): Promise<unknown> => carol.ue.bringUp().then(() => system.clock.sleep(300));
  if (leaves) await system.until(up());
  const outcome = await all.dying(leaves ? () => carol.ue.deregister() : up, death);
  const where = `${death.names.join(" and ")} killed at ${death.at}, ${JSON.stringify(all.moments[death.at ?? -1])}: ${outcome}`;
  await all.bystandersGoOn(where);
  if (!leaves) await all.carolGoesOn(where);
  all.nothingRepeated(where);
  await all.nothingLeaks(where);
  return all;
}

for (const { names, least, ...how } of cases) {
  const who = names.join(" and ").toUpperCase();
  test(`the ${who} alone dies at every message and commit of a registration and a session set-up, and is started again: the others go on, nothing leaks (TS 23.527)`, async () => {
    const { moments } = await once({ names, ...how }, false, "local");
    assert.ok(moments.length >= least, `${moments.length} moments`);
    for (const at of moments.keys()) await once({ names, ...how, at }, false, "local");
  });

  test(`the ${who} alone dies at every message and commit of a deregistration: nothing is left (TS 23.502 §4.2.2.3.2)`, async () => {
    const { moments } = await once({ names, ...how }, true, "local");
    for (const at of moments.keys()) await once({ names, ...how, at }, true, "local");
  });
}
