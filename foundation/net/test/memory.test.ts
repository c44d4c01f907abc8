import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@freehold/runtime";
import { MemoryNetwork, PortError, type SctpEnd } from "../src/index.ts";
import { http2Compliance, ipCompliance, Seen, sctpCompliance, tunCompliance, udpCompliance } from "./compliance.ts";

const hosts = ["127.0.0.5", "127.0.0.6"] as const;
const fresh = (): MemoryNetwork => new MemoryNetwork(new VirtualClock());

udpCompliance("memory UDP", () => fresh().udp(...hosts), hosts);
http2Compliance(
  "memory HTTP/2",
  () => {
    const network = fresh();
    return { server: network.http2(hosts[1]), client: network.http2(hosts[1]) };
  },
  hosts[1],
);
sctpCompliance(
  "memory SCTP",
  () => {
    const network = fresh();
    return { near: network.sctp(hosts[0]), far: network.sctp(hosts[1]) };
  },
  { hosts },
);
ipCompliance("memory raw IP", () => fresh().rawIp(...hosts), hosts);
tunCompliance("memory TUN", async () => {
  const port = fresh().tun();
  const written = new Seen<Uint8Array>();
  port.onWritten = (_, packet) => written.push(packet);
  return { port, written, inject: (name, packet) => port.inject(name, packet), end: async () => {} };
});

test("a delay passes on the virtual clock, and order is kept", async () => {
  const clock = new VirtualClock(0);
  const network = new MemoryNetwork(clock, { delay: 20 });
  const a = await network.udp("10.0.0.1").bind({ host: "10.0.0.1", port: 2152 });
  const b = await network.udp("10.0.0.2").bind({ host: "0.0.0.0", port: 2152 });
  const seen: number[] = [];
  b.onDatagram = (data, from) => {
    assert.deepEqual(from, a.local);
    seen.push(data[0]!, clock.now());
  };
  a.send(new Uint8Array([1]), { host: "10.0.0.2", port: 2152 });
  a.send(new Uint8Array([2]), { host: "10.0.0.2", port: 2152 });
  await clock.advance(19);
  assert.deepEqual(seen, []);
  await clock.advance(1);
  assert.deepEqual(seen, [1, 20, 2, 20]);
});

test("datagrams can be lost and doubled", async () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock, { arrivals: ({ data }) => data[0]! });
  const a = await network.udp().bind({ host: "10.0.0.1", port: 0 });
  const b = await network.udp().bind({ host: "10.0.0.2", port: 1 });
  const seen: number[] = [];
  b.onDatagram = (data) => seen.push(data[0]!);
  for (const arrivals of [0, 1, 2]) a.send(new Uint8Array([arrivals]), b.local);
  await clock.settle();
  assert.deepEqual(seen, [1, 2, 2]);
});

test("a cut host loses its associations and requests, and is reached again after mending", async () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock);
  const ends: [string, SctpEnd][] = [];
  await network.sctp("10.0.0.2").listen({
    addresses: ["10.0.0.2"],
    port: 38_412,
    onAssociation: (association) => {
      association.onEnd = (how) => ends.push(["far", how]);
    },
  });
  await network.http2("10.0.0.2").listen({ host: "10.0.0.2", port: 8080 }, () => new Promise(() => {}));
  const remote = { host: "10.0.0.2", port: 38_412 };
  const near = await network.sctp("10.0.0.1").connect({ remote });
  near.onEnd = (how) => ends.push(["near", how]);
  const get = network
    .http2("10.0.0.1")
    .request({ ...remote, port: 8080 }, { method: "GET", path: "/", headers: {}, body: new Uint8Array(0) });
  get.catch(() => {});
  await clock.settle();
  network.cut("10.0.0.2");
  await clock.settle();
  assert.deepEqual(ends.sort(), [
    ["far", "lost"],
    ["near", "lost"],
  ]);
  await assert.rejects(get, (error) => error instanceof PortError && error.code === "ECONNRESET");
  await assert.rejects(network.sctp("10.0.0.1").connect({ remote }), (error) => error instanceof PortError && error.code === "ETIMEDOUT");
  network.mend("10.0.0.2");
  const again = await network.sctp("10.0.0.1").connect({ remote });
  assert.equal(again.remote.port, 38_412);
  await again.shutdown();
});
