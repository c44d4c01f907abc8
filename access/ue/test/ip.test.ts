import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Ipv4 } from "@freehold/model";
import { ip } from "@freehold/model";
import { seededRandom, VirtualClock } from "@freehold/runtime";
import { echoN6 } from "@freehold/upf";
import { fromText, toText } from "@freehold/wire";
import fc from "fast-check";
import { httpGet, NoAnswer, ping, resolve, type Session } from "../src/index.ts";

/** A session whose other end is a small internet in this process, over a path that the test may spoil. */
function path({
  lose = () => false,
  web,
}: {
  lose?: (packet: Uint8Array, direction: "up" | "down", count: number) => boolean;
  web?: Uint8Array;
} = {}) {
  const clock = new VirtualClock();
  const random = seededRandom(5);
  const internet = echoN6({
    clock,
    random,
    names: { "example.com": [ip("198.51.100.80"), ip("198.51.100.81")] },
    ...(web === undefined ? {} : { web: () => ({ status: 200, type: "application/octet-stream", body: web }) }),
  });
  const listeners = new Set<(packet: Uint8Array) => boolean>();
  let count = 0;
  const hear = (packet: Uint8Array): void => {
    for (const take of listeners) if (take(packet)) return;
  };
  const session: Session = {
    id: 1,
    dnn: undefined,
    sNssai: undefined,
    type: "IPv4",
    ip: "10.45.0.2" as Ipv4,
    interfaceIdentifier: undefined,
    dns: ["198.51.100.53"],
    mtu: 1400,
    qfi: 1,
    ambr: { uplink: 1, downlink: 1 },
    cause: undefined,
    active: true,
    packets: { uplink: 0, downlink: 0 },
    send: (packet) => {
      assert.ok(packet.length <= 1400, `a packet of ${packet.length} octets`);
      const copy = packet.slice();
      if (!lose(copy, "up", ++count)) clock.after(5, () => internet.send(copy));
      return true;
    },
    onPacket: () => {},
    onReleased: () => {},
    listen: (take) => {
      listeners.add(take);
      return () => listeners.delete(take);
    },
    release: async () => {},
  };
  internet.onPacket = (packet) => {
    if (!lose(packet, "down", ++count)) clock.after(5, () => hear(packet));
  };
  const world = { clock, random };
  return { clock, world, session, internet, listeners, hear };
}

describe("ping", () => {
  test("counts what came back and how long it took", async () => {
    const { clock, world, session, listeners } = path();
    const result = await clock.until(ping(session, world, "198.51.100.1", 4));
    assert.equal(result.received, 4);
    for (const ms of result.rttMs) assert.ok(ms >= 10 && ms <= 12, `${ms} ms`);
    assert.equal(listeners.size, 0);
  });

  test("counts what was lost", async () => {
    const { clock, world, session } = path({ lose: (_, direction, count) => direction === "up" && count < 3 });
    const result = await clock.until(ping(session, world, "198.51.100.1", 4));
    assert.deepEqual([result.sent, result.received], [4, 2]);
  });
});

describe("resolve", () => {
  test("gives all addresses of a name", async () => {
    const { clock, world, session } = path();
    assert.deepEqual(await clock.until(resolve(session, world, "198.51.100.53", "example.com")), ["198.51.100.80", "198.51.100.81"]);
  });

  test("asks again when nothing comes, and gives up after three times", async () => {
    const once = path({ lose: (_, direction, count) => direction === "up" && count === 1 });
    assert.equal((await once.clock.until(resolve(once.session, once.world, "198.51.100.53", "example.com"))).length, 2);
    const never = path({ lose: () => true });
    const begun = never.clock.now();
    await assert.rejects(never.clock.until(resolve(never.session, never.world, "198.51.100.53", "example.com")), NoAnswer);
    assert.equal(never.clock.now() - begun, 6_000);
  });

  test("of a name that does not exist says so", async () => {
    const { clock, world, session } = path();
    await assert.rejects(clock.until(resolve(session, world, "198.51.100.53", "nowhere.example")), /response code 3/);
  });
});

const page = fromText(Array.from({ length: 3_000 }, (_, i) => `line ${i}\n`).join(""));

describe("httpGet", () => {
  test("fetches a page of many segments", async () => {
    const { clock, world, session, listeners } = path({ web: page });
    const response = await clock.until(httpGet(session, world, "198.51.100.80", "/some/page"));
    assert.equal(response.status, 200);
    assert.equal(toText(response.body), toText(page));
    await clock.advance(2_000);
    assert.equal(listeners.size, 0);
  });

  test("fetches it over a path that loses every seventh packet", async () => {
    const { clock, world, session } = path({ web: page, lose: (_, __, count) => count % 7 === 0 });
    const response = await clock.until(httpGet(session, world, "198.51.100.80"));
    assert.equal(toText(response.body), toText(page));
  });

  test("fails when nobody answers, and when the port is closed", async () => {
    const silent = path({ lose: () => true });
    await assert.rejects(silent.clock.until(httpGet(silent.session, silent.world, "198.51.100.80")), /does not answer/);
    const closed = path();
    await assert.rejects(closed.clock.until(httpGet(closed.session, closed.world, "198.51.100.80", "/", { port: 81 })), /refused/);
  });
});

test("any packet from the network leaves those who wait as they were", async () => {
  const { clock, world, session, hear } = path();
  const pinging = ping(session, world, "198.51.100.1", 3);
  const fetching = httpGet(session, world, "198.51.100.80");
  const start = fc.constantFrom(
    [],
    [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, 198, 51, 100, 1, 10, 45, 0, 2],
    [0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 198, 51, 100, 80, 10, 45, 0, 2],
    [0x4f, 0, 255, 255],
  );
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 60 }), (head, rest) => hear(Uint8Array.from([...head, ...rest]))),
    { numRuns: 500 },
  );
  assert.equal((await clock.until(pinging)).received, 3);
  assert.equal((await clock.until(fetching)).status, 200);
});
