// Real sockets on loopback addresses of our own, real time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeUdp, PortError } from "@freehold/net";
import { silentLog, systemClock, systemRandom } from "@freehold/runtime";
import { sctpOverUdp } from "../src/index.ts";
import { type Ground, numbered, pair, sctpCompliance } from "./compliance.ts";

const hosts = ["127.132.0.1", "127.132.0.10"] as const;

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

async function ground(): Promise<Ground> {
  const world = { clock: systemClock(), random: systemRandom, log: silentLog };
  const [near, far] = [sctpOverUdp(nodeUdp(), world), sctpOverUdp(nodeUdp(), world)];
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

sctpCompliance("SCTP over Node's UDP", ground);

test("SCTP over Node's UDP: a port that is taken is refused by its errno name", async () => {
  const g = await ground();
  await using _taken = await nodeUdp().bind({ host: hosts[1], port: 9_899 });
  await assert.rejects(
    g.far.listen({ addresses: [hosts[1]], port: 1, onAssociation: () => {} }),
    (error) => error instanceof PortError && error.code === "EADDRINUSE",
  );
});

test("SCTP over Node's UDP: 10,000 messages on 8 streams both ways", async () => {
  const g = await ground();
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
