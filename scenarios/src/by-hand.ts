import assert from "node:assert/strict";
import { test } from "node:test";
import type { AmfState } from "@freehold/amf";
import { FiveGC, type FiveGCOptions, subscriber } from "./five-gc.ts";
import { OddGnb } from "./odd-gnb.ts";
import { ScriptedPhone } from "./scripted-phone.ts";

export const alice = subscriber(1);

export const amfOf = (system: FiveGC): AmfState => system.core.state()["amf"] as AmfState;

/** Lines of the log that tell of a fault of ours. */
export const faults = (system: FiveGC) => system.log.lines.filter(({ level }) => level === "error");

/** Whether the log has a warning that says so. */
export const warned = (system: FiveGC, what: RegExp): boolean =>
  system.log.lines.some(({ level, event }) => level === "warn" && what.test(event));

/** A scenario with a core, a gNB and Alice's phone, the two by hand, over the local and the contrary carrier; it ends with no fault of ours. */
export function scenario(
  name: string,
  play: (phone: ScriptedPhone, system: FiveGC, gnb: OddGnb) => Promise<void>,
  options: FiveGCOptions = {},
): void {
  for (const carrier of ["local", "contrary"] as const) {
    test(`${name}, over the ${carrier} carrier`, { timeout: 10_000 }, async () => {
      await using system = await FiveGC.start({ carrier, ...options });
      const gnb = await OddGnb.connect(system);
      await play(new ScriptedPhone(system, gnb, alice), system, gnb);
      await system.clock.advance(100);
      assert.deepEqual(faults(system), []);
      assert.equal(gnb.ended, undefined);
    });
  }
}
