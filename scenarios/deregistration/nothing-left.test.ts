import assert from "node:assert/strict";
import { test } from "node:test";
import type { SmfState } from "@freehold/smf";
import type { UpfState } from "@freehold/upf";
import { amfOf, faults } from "../src/by-hand.ts";
import { FiveGC, subscriber } from "../src/index.ts";

const left = (system: FiveGC) => {
  const { smf, upf } = system.core.state() as { smf: SmfState; upf: UpfState };
  return {
    smf: smf.sessions.length,
    leftovers: smf.leftovers,
    addresses: Object.values(smf.addresses).reduce((sum, n) => sum + n, 0),
    upf: upf.sessions.length,
    amf: amfOf(system).ues.flatMap(({ sessions }) => sessions),
    connections: amfOf(system).connections,
    gnb: amfOf(system).gnbs.map(({ ues }) => ues),
  };
};

const ways: Record<string, (system: FiveGC, ue: Awaited<ReturnType<FiveGC["ue"]>>) => Promise<unknown>> = {
  "by itself": (system, ue) => system.until(ue.deregister()),
  "by switching off": (system, ue) => system.until(ue.deregister({ switchOff: true })),
  "by the operator": (system) => system.until(system.core.functions.get("amf")!.amf!.deregister(subscriber(1).supi)),
  "by the operator when its battery is out": async (system, ue) => {
    await system.until(ue.close());
    await system.until(system.core.functions.get("amf")!.amf!.deregister(subscriber(1).supi));
  },
};

for (const carrier of ["local", "contrary"] as const) {
  for (const [way, deregister] of Object.entries(ways)) {
    test(`INTEROP 26: a phone with two PDU sessions is deregistered ${way}: nothing of it is left anywhere, over the ${carrier} carrier`, async () => {
      await using system = await FiveGC.start({ carrier });
      await system.gnb();
      const empty = left(system);
      const ue = await system.ue(subscriber(1), { sessions: [{}, {}] });
      await system.until(ue.bringUp());
      assert.deepEqual([left(system).smf, left(system).upf, left(system).amf.length], [2, 2, 2]);
      await deregister(system, ue);
      await system.clock.advance(60_000);
      assert.deepEqual(left(system), empty);
      assert.deepEqual(faults(system), []);
      const messages = system.tape.entries().map(({ message }) => message);
      assert.ok(messages.includes("Npcf_AMPolicyControl_Delete") && messages.includes("Npcf_SMPolicyControl_Delete"));
    });
  }
}
