import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryNetwork, PortError } from "@freehold/net";
import { seededRandom, silentLog, VirtualClock } from "@freehold/runtime";
import { sctpOverIp, sctpOverUdp } from "../src/index.ts";
import { type Ground, pair, sctpCompliance } from "./compliance.ts";
import { hosts, memoryGround, passUntil } from "./ground.ts";

interface NetworkGround extends Ground {
  readonly network: MemoryNetwork;
  readonly clock: VirtualClock;
}

/** Two stacks on the memory twin of UDP or raw IP, on virtual time. */
function ground(kind: "udp" | "ip", [near, far]: readonly [string, string] = hosts, delay = 1): NetworkGround {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock, { delay });
  const world = { clock, random: seededRandom(3), log: silentLog };
  const stack = () => (kind === "udp" ? sctpOverUdp(network.udp(), world) : sctpOverIp(network.rawIp(), world));
  return {
    ...{ clock, network, hosts: [near, far] },
    ...{ near: stack(), far: stack() },
    wait: (promise) => clock.until(promise),
    until: (condition) => passUntil(clock, condition),
    rest: () => clock.advance(2_000),
    end: async () => {},
  };
}

sctpCompliance("SCTP over UDP", async () => ground("udp"));
sctpCompliance("SCTP over raw IP", async () => ground("ip"));

for (const kind of ["udp", "ip"] as const) {
  test(`SCTP over ${kind} in IPv6: addresses are one, however they are spelt`, async () => {
    const g = ground(kind, ["fd00::1", "fd00::a:0:2"]);
    const listener = await g.far.listen({ addresses: ["FD00:0:0:0::a:0:2"], port: 38_412, onAssociation: () => {} });
    assert.deepEqual(listener.local, { host: "fd00::a:0:2", port: 38_412 });
    const client = await g.wait(
      g.near.connect({ local: { host: "fd00:0::1", port: 0 }, remote: { host: "fd00:0:0:0:0:a:0:2", port: 38_412 } }),
    );
    assert.deepEqual(client.remote, listener.local);
    await g.wait(client.shutdown());
  });

  test(`SCTP over ${kind}: a peer whose cable is pulled is lost on both sides, and all timers are given back`, async () => {
    const g = ground(kind);
    const { client, atClient, atServer, close } = await pair(g);
    g.network.cut(hosts[1]);
    client.send({ stream: 0, ppid: 60, data: new Uint8Array(10) });
    await g.clock.advance(300_000);
    assert.deepEqual([atClient.ends, atServer.ends], [["lost"], ["lost"]]);
    await close();
    assert.equal(g.clock.armed, 0);
  });

  test(`SCTP over ${kind}: sockets are given back with the last listener or association`, async () => {
    const g = ground(kind);
    for (let round = 0; round < 3; round++) {
      const { client, close } = await pair(g);
      await close();
      await g.wait(client.shutdown());
      await g.rest();
    }
    const taken =
      kind === "udp"
        ? g.network.udp().bind({ host: hosts[1], port: 9_899 })
        : g.network.rawIp().open({ protocol: 132, addresses: [hosts[1]] });
    await (await taken).close();
  });
}

test("RFC 6951: a peer behind a translator that changes its UDP port stays in touch", async () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock, { delay: 1 });
  const world = { clock, random: seededRandom(3), log: silentLog };
  const near = sctpOverUdp(network.udp(), world, { encapsulationPort: 9_900, remoteEncapsulationPort: 20_000 });
  const far = sctpOverUdp(network.udp(), world);
  // The translator: what comes to it from the near side leaves by an outer socket, and by another one after a while.
  const inner = await network.udp().bind({ host: "10.1.0.10", port: 20_000 });
  let client: { host: string; port: number } | undefined;
  const outer = async () => {
    const socket = await network.udp().bind({ host: "10.1.0.77", port: 0 });
    socket.onDatagram = (octets) => client !== undefined && inner.send(octets, client);
    return socket;
  };
  let out = await outer();
  inner.onDatagram = (octets, from) => {
    client = from;
    out.send(octets, { host: "10.1.0.10", port: 9_899 });
  };
  const seen: number[] = [];
  await far.listen({
    addresses: ["10.1.0.10"],
    port: 38_412,
    onAssociation: (association) => {
      association.onMessage = (message) => {
        seen.push(message.data[0]!);
        association.send(message);
      };
    },
  });
  // To the near side the translator is the peer, so its address must be the far side's: both are 10.1.0.10 here, told apart by the port.
  const association = await clock.until(
    near.connect({ local: { host: "10.1.0.1", port: 0 }, remote: { host: "10.1.0.10", port: 38_412 } }),
  );
  const echoes: number[] = [];
  association.onMessage = (message) => void echoes.push(message.data[0]!);
  association.send({ stream: 0, ppid: 60, data: new Uint8Array([1]) });
  await clock.advance(500);
  await out.close();
  out = await outer();
  association.send({ stream: 0, ppid: 60, data: new Uint8Array([2]) });
  await clock.advance(5_000);
  assert.deepEqual(
    [seen, echoes],
    [
      [1, 2],
      [1, 2],
    ],
  );
});

test("over raw IP a connecting side must say where it connects from", async () => {
  const g = ground("ip");
  await assert.rejects(
    g.near.connect({ remote: { host: hosts[1], port: 1 } }),
    (error) => error instanceof PortError && error.code === "EADDRNOTAVAIL",
  );
});

test("§6.10: what is sent in one turn shares packets, and leaves before an abort of the same turn", async () => {
  const ground = memoryGround();
  const { client, server, atServer } = await pair(ground, 2);
  await ground.rest();
  let packets = 0;
  ground.pipes.pass = ({ from }) => {
    if (from === client.local.host) packets++;
    return true;
  };
  for (let n = 0; n < 20; n++) assert.equal(client.send({ stream: n % 2, ppid: 60, data: new Uint8Array(40).fill(n) }), true);
  assert.equal(packets, 0);
  await ground.until(() => atServer.messages.length === 20);
  assert.equal(packets, 1);
  client.send({ stream: 0, ppid: 60, data: new Uint8Array(1) });
  client.abort("done");
  await ground.until(() => atServer.ends.length === 1);
  assert.equal(atServer.messages.length, 21);
  assert.equal(server.send({ stream: 0, ppid: 60, data: new Uint8Array(1) }), false);
});
