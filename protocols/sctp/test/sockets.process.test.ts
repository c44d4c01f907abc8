// Real sockets on loopback addresses of our own, real time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { batchUdp, kernelSctp, nodeUdp, PortError, rawIp, type SctpPort } from "@freehold/net";
import { silentLog, systemClock, systemRandom, type World } from "@freehold/runtime";
import { sctpOverIp, sctpOverUdp } from "../src/index.ts";
import { type Ground, numbered, pair, sctpCompliance } from "./compliance.ts";

const hosts = ["127.132.0.1", "127.132.0.10"] as const;

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

async function ground(stack: (world: World) => SctpPort): Promise<Ground> {
  const world = { clock: systemClock(), random: systemRandom, log: silentLog };
  const [near, far] = [stack(world), stack(world)];
  const ends: (() => Promise<void>)[] = [];
  return {
    hosts,
    near,
    far: {
      backend: far.backend,
      connect: (o) => far.connect(o),
      async listen(options) {
        const listener = await far.listen({
          ...options,
          onAssociation: (association) => {
            ends.push(async () => association.abort("the test is over"));
            options.onAssociation(association);
          },
        });
        ends.push(() => listener.close());
        return listener;
      },
    },
    wait: (promise) => promise,
    async until(condition) {
      const limit = world.clock.now() + 10_000;
      while (!condition()) {
        if (world.clock.now() > limit) throw new Error("ten seconds passed and it did not happen");
        await turns(1);
      }
    },
    rest: () => turns(20),
    async end() {
      for (const end of ends) await end();
      await turns(5); // the aborts arrive, and the near side's sockets close
    },
  };
}

/** Why raw sockets cannot be tried here. */
async function withoutRaw(): Promise<string | false> {
  try {
    await (await rawIp().open({ protocol: 132, addresses: [hosts[0]] })).close();
  } catch (error) {
    return `needs root: ${error instanceof Error ? error.message : error}`;
  }
  try {
    await (await kernelSctp().listen({ addresses: [hosts[0]], port: 0, onAssociation: () => {} })).close();
    return "the kernel has SCTP, which would answer as well";
  } catch {
    return false;
  }
}

const overUdp = (world: World) => sctpOverUdp(nodeUdp(), world);
/** On raw IP nobody refuses: a short T1 makes the silence short. */
const overIp = (world: World) => sctpOverIp(rawIp(), world, { rtoInitial: 300, rtoMax: 300, maxInitRetransmits: 2 });
const noRaw = await withoutRaw();

sctpCompliance("SCTP over Node's UDP", () => ground(overUdp));
sctpCompliance("SCTP over batched UDP", () => ground((world) => sctpOverUdp(batchUdp(), world)));
sctpCompliance("SCTP over raw sockets", () => ground(overIp), noRaw);

test("SCTP over Node's UDP: a port that is taken is refused by its errno name", async () => {
  const g = await ground(overUdp);
  await using _taken = await nodeUdp().bind({ host: hosts[1], port: 9_899 });
  await assert.rejects(
    g.far.listen({ addresses: [hosts[1]], port: 1, onAssociation: () => {} }),
    (error) => error instanceof PortError && error.code === "EADDRINUSE",
  );
});

for (const [name, stack, skip] of [
  ["Node's UDP", overUdp, false],
  ["raw sockets", overIp, noRaw],
] as const) {
  test(`SCTP over ${name}: 10,000 messages on 8 streams both ways`, { skip }, async () => {
    const g = await ground(stack);
    const { client, server, atClient, atServer } = await pair(g, 8);
    const pump = async (from: typeof client) => {
      for (let n = 0; n < 10_000; ) {
        if (from.send({ stream: n % 8, ppid: 60, data: numbered(n, 100) })) n++;
        else await turns(1);
      }
    };
    await Promise.all([pump(client), pump(server)]);
    await g.until(() => atClient.messages.length === 10_000 && atServer.messages.length === 10_000);
    await g.end();
  });
}
