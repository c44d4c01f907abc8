import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryLog, VirtualClock } from "@freehold/runtime";
import { type Connections, Door, type DoorOptions, MemoryNetwork, type Places, PortError, Reach, showEndpoint } from "../src/index.ts";

const connections: Connections = {
  listens: [
    { protocol: "udp", place: "own", why: "takes datagrams" },
    { protocol: "sctp", place: "own", why: "takes associations" },
    { protocol: "http2", place: "own", why: "serves" },
    { protocol: "ip", place: "raw", why: "takes packets" },
    { protocol: "tun", place: "device", why: "takes packets" },
  ],
  calls: [
    { protocol: "udp", place: "peers", why: "sends datagrams" },
    { protocol: "sctp", place: "peer", why: "connects" },
    { protocol: "http2", place: "peer", why: "asks" },
    { protocol: "ip", place: "peers", why: "sends packets" },
  ],
  asks: [],
};
const places: Places = {
  own: { key: "own", endpoints: [{ network: "10.0.0.1", port: 100 }] },
  raw: { key: "own", endpoints: [{ network: "10.0.0.1" }] },
  device: { key: "device", endpoints: [{ network: "fh0" }] },
  peer: { key: "peer", endpoints: [{ network: "10.0.0.2", port: 200 }] },
  peers: { key: "peers", endpoints: [{ network: "10.0.0.0/24" }, { network: "fd00::/8", port: 7 }] },
};
const own = "10.0.0.1";

function ground(options: DoorOptions = {}) {
  const clock = new VirtualClock();
  const log = memoryLog();
  return { clock, log, network: new MemoryNetwork(clock), door: new Door("fun", connections, places, { log, ...options }) };
}
const undeclared = (error: unknown): boolean => error instanceof PortError && error.code === "UNDECLARED";
const handler = async () => ({ status: 204, headers: {}, body: new Uint8Array(0) });
const get = { method: "GET", path: "/", headers: {}, body: new Uint8Array(0) };

describe("a door", () => {
  test("opens what is declared, on every port", async () => {
    const { clock, network, door } = ground();
    const udp = await door.udp(network.udp()).bind({ host: own, port: 100 });
    await using far = await network.udp().bind({ host: "10.0.0.2", port: 200 });
    const came: Uint8Array[] = [];
    far.onDatagram = (data) => void came.push(data);
    udp.send(Uint8Array.of(1), far.local);
    await clock.advance(1);
    assert.deepEqual(came, [Uint8Array.of(1)]);
    let back = 0;
    udp.onDatagram = () => void back++;
    far.send(Uint8Array.of(2), udp.local);
    await clock.advance(1);
    assert.equal(back, 1, "what comes in is not the door's concern");
    await udp.close();

    await using _listening = await door.sctp(network.sctp()).listen({ addresses: [own], port: 100, onAssociation: () => {} });
    await using _peer = await network.sctp().listen({ addresses: ["10.0.0.2"], port: 200, onAssociation: () => {} });
    await clock.until(door.sctp(network.sctp()).connect({ remote: { host: "10.0.0.2", port: 200 } }));
    await using _served = await door.http2(network.http2()).listen({ host: own, port: 100 }, handler);
    await using _answers = await network.http2().listen({ host: "10.0.0.2", port: 200 }, handler);
    assert.equal((await clock.until(door.http2(network.http2()).request({ host: "10.0.0.2", port: 200 }, get))).status, 204);
    await using raw = await door.ip(network.rawIp()).open({ protocol: 132, addresses: [own] });
    raw.send(Uint8Array.of(1), "10.0.0.77");
    await using _tun = await door.tun({ open: async ({ name }) => tunOf(name) }).open({ name: "fh0", addresses: [], mtu: 1_400 });
    assert.deepEqual(door.refused, []);
  });

  test("refuses to listen where nothing declares it, on every port, and nothing is opened", async () => {
    const { network, door } = ground();
    await assert.rejects(door.udp(network.udp()).bind({ host: own, port: 101 }), undeclared);
    await assert.rejects(door.udp(network.udp()).bind({ host: "0.0.0.0", port: 100 }), undeclared);
    const listen = { port: 100, onAssociation: () => {} };
    await assert.rejects(door.sctp(network.sctp()).listen({ addresses: [own, "10.0.0.9"], ...listen }), undeclared);
    await assert.rejects(door.http2(network.http2()).listen({ host: own, port: 80 }, handler), undeclared);
    await assert.rejects(door.ip(network.rawIp()).open({ protocol: 132, addresses: ["10.0.0.3"] }), undeclared);
    await assert.rejects(door.tun({ open: async ({ name }) => tunOf(name) }).open({ name: "eth0", addresses: [], mtu: 1_400 }), undeclared);
    assert.deepEqual(
      door.refused.map(({ attempt, protocol, target }) => `${attempt} ${protocol} ${target}`),
      [
        "listen udp 10.0.0.1:101",
        "listen udp 0.0.0.0:100",
        "listen sctp 10.0.0.9:100",
        "listen http2 10.0.0.1:80",
        "listen ip 10.0.0.3:132",
        "listen tun eth0",
      ],
    );
    await using _free = await network.udp().bind({ host: own, port: 101 });
  });

  test("refuses calls to whom nothing declares, and no octet leaves", async () => {
    const seen: string[] = [];
    const { clock, network, door } = ground();
    network.arrivals = ({ to }) => {
      seen.push(to);
      return 1;
    };
    const udp = await door.udp(network.udp()).bind({ host: own, port: 100 });
    for (const host of ["10.0.1.2", "fd00::1", "8.8.8.8"]) udp.send(Uint8Array.of(1), { host, port: 53 });
    const raw = await door.ip(network.rawIp()).open({ protocol: 132, addresses: [own] });
    raw.send(Uint8Array.of(1), "192.0.2.1");
    await assert.rejects(door.sctp(network.sctp()).connect({ remote: { host: "10.0.0.3", port: 200 } }), undeclared);
    await assert.rejects(door.http2(network.http2()).request({ host: "169.254.169.254", port: 80 }, get), undeclared);
    await clock.advance(10);
    assert.deepEqual(seen, []);
    assert.deepEqual(
      door.refused.map(({ attempt, protocol, target }) => `${attempt} ${protocol} ${target}`),
      [
        "call udp 10.0.1.2:53",
        "call udp [fd00::1]:53",
        "call udp 8.8.8.8:53",
        "call ip 192.0.2.1:132",
        "call sctp 10.0.0.3:200",
        "call http2 169.254.169.254:80",
      ],
    );
    udp.send(Uint8Array.of(1), { host: "10.0.0.2", port: 53 });
    assert.deepEqual(seen, ["10.0.0.2"], "the same door still passes what is declared");
  });

  test("takes a name for a question to a resolver, which nobody declares", async () => {
    const { network, door } = ground();
    await assert.rejects(door.http2(network.http2()).request({ host: "amf.example.org", port: 200 }, get), undeclared);
    assert.deepEqual(door.refused, [{ function: "fun", attempt: "ask", protocol: "dns", target: "amf.example.org", count: 1 }]);
  });

  test("counts, tells once for each target, and writes fewer lines the more is refused", async () => {
    const told: string[] = [];
    const { network, door, log } = ground({ onRefused: ({ target }) => void told.push(target) });
    const udp = await door.udp(network.udp()).bind({ host: own, port: 100 });
    for (let i = 0; i < 150; i++) udp.send(Uint8Array.of(1), { host: "8.8.8.8", port: 53 });
    assert.equal(door.refused[0]?.count, 150);
    assert.deepEqual(told, ["8.8.8.8:53"]);
    assert.deepEqual(
      log.lines.map(({ fields }) => fields["count"]),
      [1, 10, 100],
    );
  });

  test("remembers a thousand targets, whatever a peer makes it try", async () => {
    const { network, door, log } = ground();
    const udp = await door.udp(network.udp()).bind({ host: own, port: 100 });
    for (let i = 0; i < 3_000; i++) udp.send(Uint8Array.of(1), { host: "8.8.8.8", port: 1 + i });
    assert.equal(door.refused.length, 1_000);
    assert.equal(door.refusedFurther, 2_000);
    assert.ok(log.lines.length <= 1_004, `${log.lines.length} lines`);
  });

  test("passes a destination that it passed before, and still refuses one that it refused before", async () => {
    const { network, door } = ground();
    const udp = await door.udp(network.udp()).bind({ host: own, port: 100 });
    for (let round = 0; round < 3; round++) {
      for (let host = 0; host < 200; host++) udp.send(Uint8Array.of(1), { host: `10.0.0.${host}`, port: 2_152 + round });
      udp.send(Uint8Array.of(1), { host: "10.0.1.1", port: 2_152 });
    }
    assert.deepEqual(
      door.refused.map(({ target, count }) => [target, count]),
      [["10.0.1.1:2152", 3]],
    );
  });

  test("is not made where the declaration names a place that nobody placed", () => {
    const { own: _, ...rest } = places;
    assert.throws(() => new Door("fun", connections, rest), /fun listens at own, which no configuration places/);
    assert.throws(
      () => new Door("fun", connections, { ...places, peers: { key: "k", endpoints: [{ network: "ten/8" }] } }).udp(ground().network.udp()),
      RangeError,
    );
  });
});

test("reach is by network and port, of both families, an IPv4 address in IPv6's form too", () => {
  const reach = new Reach([{ network: "10.0.0.0/8", port: 80 }, { network: "::1" }, { network: "0.0.0.0/0", port: 443 }]);
  const holds: [string, number, boolean][] = [
    ["10.255.0.1", 80, true],
    ["10.255.0.1", 81, false],
    ["11.0.0.1", 80, false],
    ["11.0.0.1", 443, true],
    ["::1", 9, true],
    ["::2", 443, false],
    ["::ffff:10.0.0.1", 80, true],
    ["localhost", 80, false],
    ["10.0.0.1/8", 80, false],
  ];
  for (const [host, port, expected] of holds) assert.equal(reach.has(host, port), expected, `${host} ${port}`);
  for (const wrong of ["10.0.0.0/33", "10.0.0.0/x", "example.org", "", "fd00::/129"])
    assert.throws(() => new Reach([{ network: wrong }]), RangeError, wrong);
});

test("endpoints are shown as people write them", () => {
  assert.deepEqual(
    [
      { network: "127.0.0.5", port: 38_412 },
      { network: "::1", port: 80 },
      { network: "10.0.0.0/8" },
      { network: "10.0.0.0/8", port: 80 },
      { network: "any" },
      { network: "127.0.0.9", port: 0 },
      { network: "fh0" },
    ].map(showEndpoint),
    ["127.0.0.5:38412", "[::1]:80", "10.0.0.0/8", "10.0.0.0/8 port 80", "any address", "127.0.0.9 free port", "fh0"],
  );
});

const tunOf = (name: string) => ({
  name,
  onPacket: () => {},
  write: () => {},
  close: async () => {},
  [Symbol.asyncDispose]: async () => {},
});
