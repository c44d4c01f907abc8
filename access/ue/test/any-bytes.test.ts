import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConfigurationUpdateCommand,
  encode,
  type Message5gmm,
  type Message5gsm,
  messages5gmm,
  messages5gsm,
  networkName,
  type Shape,
  sample,
} from "@freehold/nas";
import fc from "fast-check";
import { Network } from "./network.ts";

/** A random message of a declaration out of the list of all. */
const sampled = <M>(declaration: { readonly shape: Shape }, pick: (below: number) => number): M =>
  sample(declaration as { readonly shape: Shape; (fields: never): M }, pick);

const probe = ConfigurationUpdateCommand({ fullNameForNetwork: networkName("Alive") });

/** Whether the phone still does as it is told. */
async function alive(n: Network): Promise<void> {
  await n.clock.advance(100);
  assert.equal(n.ue.state().mm, "5GMM-REGISTERED");
  n.send(probe);
  await n.clock.advance(10);
  assert.equal(n.ue.state().networkName.full, "Alive");
}

test("any bytes without protection leave a registered phone as it was", async () => {
  const n = await Network.start();
  await n.registered();
  const headers = fc.constantFrom([], [0x7e, 0], [0x7e, 0, 0x54], [0x7e, 2], [0x7e, 3], [0x7e, 1, 0, 0, 0, 0, 9], [0x2e, 1, 1], [0x7e, 9]);
  fc.assert(
    fc.property(headers, fc.uint8Array({ maxLength: 100 }), (head, rest) => n.bytes(Uint8Array.from([...head, ...rest]))),
    { numRuns: 600 },
  );
  await alive(n);
  await n.end();
});

test("any message of the standard, even under protection, ends in a procedure or a status, never in a fault", async () => {
  const n = await Network.start();
  await n.registered();
  let seed = 1;
  const pick = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  // These end the registration when they are true, and here they would be.
  const ending = ["Deregistration request (UE terminated)", "Authentication reject", "Registration reject", "Service reject"];
  for (const declaration of messages5gmm) {
    if (ending.includes(declaration.shape.name)) continue;
    for (let i = 0; i < 3; i++) n.bytes(n.nas!.protect(encode(sampled<Message5gmm>(declaration, pick))));
  }
  for (const declaration of messages5gsm) for (let i = 0; i < 3; i++) n.session(sampled<Message5gsm>(declaration, pick));
  await n.clock.advance(100);
  await alive(n);
  await n.end();
});

test("bent octets under a right MAC are answered or passed over", async () => {
  const n = await Network.start();
  await n.registered();
  const good = encode(probe);
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const bent = good.map((octet, i) => (i === at ? octet ^ by : octet));
      // Not those that end the registration: 0x46 to 0x48, 0x44, 0x4d, 0x58.
      if (at === 2 && [0x44, 0x46, 0x47, 0x4d, 0x58].includes(bent[2]!)) return;
      n.bytes(n.nas!.protect(bent));
    }),
    { numRuns: 300 },
  );
  await alive(n);
  await n.end();
});
