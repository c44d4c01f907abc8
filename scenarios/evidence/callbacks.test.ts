import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type HttpRequest, MemoryNetwork } from "@freehold/net";
import { memoryLog, seededRandom, VirtualClock } from "@freehold/runtime";
import { memoryStore, Vault } from "@freehold/store";
import { type Core, coreDoors, type Doors, readConfig, startCore } from "@freehold/system";
import { Tape } from "@freehold/tape";
import { echoN6, memoryDataPath } from "@freehold/upf";

/** Where a stranger would like the core to call: no function's address, in no network of `egress`. */
const trap = { host: "10.66.0.9", port: 9_999 };

interface Ground {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly log: ReturnType<typeof memoryLog>;
  readonly core: Core;
  readonly doors: Doors;
  /** What came to the trap. */
  readonly caught: HttpRequest[];
  send(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
}

/** A core whose functions call each other over HTTP/2, a trap outside, and a stranger who may speak to the NRF. */
async function start(more = ""): Promise<Ground> {
  const clock = new VirtualClock(Date.UTC(2026, 10, 22, 12));
  const [random, log, network] = [seededRandom(45), memoryLog(), new MemoryNetwork(clock)];
  const config = readConfig(`sbi: { carrier: http2 }\n${more}`, "the scenario");
  const doors = coreDoors(config, { log });
  const caught: HttpRequest[] = [];
  const http2 = network.http2();
  await network.http2().listen(trap, async (request) => {
    caught.push(request);
    return { status: 204, headers: {}, body: new Uint8Array(0) };
  });
  const core = await clock.until(
    startCore(config, {
      ...{
        clock,
        random,
        log,
        http2,
        doors,
        store: memoryStore(),
        vault: new Vault(new Uint8Array(32).fill(7), "memory"),
        tape: new Tape(),
      },
      n2: network.sctp(),
      n4: network.udp(),
      dataPath: (door) => memoryDataPath(door.udp(network.udp()), () => echoN6({ clock, random })),
      homeNetworkKeys: [],
    }),
  );
  const nrf = { host: config.sbi.addresses.nrf, port: config.sbi.port };
  return {
    ...{ clock, network, log, core, doors, caught },
    async send(method, path, body) {
      const octets = body === undefined ? new Uint8Array(0) : new TextEncoder().encode(JSON.stringify(body));
      const headers = { accept: "application/json", ...(body !== undefined && { "content-type": "application/json" }) };
      const answer = await clock.until(network.http2().request(nrf, { method, path, headers, body: octets }));
      return { status: answer.status, body: answer.body.length === 0 ? {} : JSON.parse(new TextDecoder().decode(answer.body)) };
    },
  };
}

/** Subscribes a callback URI at the NRF, then registers a function so that the callback is due. */
async function subscribeAndFire(ground: Ground, uri: string): Promise<void> {
  const subscribed = await ground.send("POST", "/nnrf-nfm/v1/subscriptions", {
    nfStatusNotificationUri: uri,
    subscrCond: { nfType: "SMSF" },
  });
  assert.equal(subscribed.status, 201, JSON.stringify(subscribed.body));
  const nfInstanceId = "11111111-2222-4333-8444-555555555555";
  const profile = { nfInstanceId, nfType: "SMSF", nfStatus: "REGISTERED", ipv4Addresses: ["10.66.0.9"] };
  const registered = await ground.send("PUT", `/nnrf-nfm/v1/nf-instances/${nfInstanceId}`, profile);
  assert.equal(registered.status, 201, JSON.stringify(registered.body));
  await ground.clock.advance(5_000);
}

const told = ({ doors }: Ground): string[] => doors.refused.map((r) => `${r.function} ${r.attempt} ${r.protocol} ${r.target}`);

describe("attack 45: a callback URI that a stranger chose", () => {
  test("leads the NRF nowhere: nothing leaves, the refusal stands in the log and in the door's record, and the NRF serves on", async () => {
    const ground = await start();
    await using _core = ground.core;
    assert.deepEqual(told(ground), [], "a core that starts tries nothing undeclared");
    await subscribeAndFire(ground, `http://${trap.host}:${trap.port}/steal?token=1`);
    assert.deepEqual(ground.caught, []);
    assert.deepEqual(told(ground), [`nrf call http2 ${trap.host}:${trap.port}`]);
    assert.ok(ground.log.lines.some(({ event, fields }) => event === "egress refused" && fields["target"] === `${trap.host}:${trap.port}`));
    assert.ok(
      ground.log.lines.some(({ event, fields }) => event === "a subscriber does not answer" && /UNDECLARED/.test(String(fields["why"]))),
    );
    assert.equal((await ground.send("GET", "/nnrf-nfm/v1/nf-instances?nf-type=AMF")).status, 200);
  });

  test("asks no resolver when it holds a name", async () => {
    const ground = await start();
    await using _core = ground.core;
    await subscribeAndFire(ground, "http://metadata.example.internal/latest");
    assert.deepEqual(told(ground), ["nrf ask dns metadata.example.internal"]);
  });

  test("is followed where the configuration names its network in egress.functions: what refuses is the declaration", async () => {
    const ground = await start("egress: { functions: [10.66.0.0/24] }");
    await using _core = ground.core;
    await subscribeAndFire(ground, `http://${trap.host}:${trap.port}/told`);
    assert.deepEqual(
      ground.caught.map(({ method, path }) => `${method} ${path}`),
      ["POST /told"],
    );
    assert.deepEqual(told(ground), []);
  });

  test("is no way to a port of the core's own that is no service: the UPF's N4, a gNB's N2", async () => {
    const ground = await start();
    await using _core = ground.core;
    await subscribeAndFire(ground, "http://127.0.0.8:8805/");
    assert.deepEqual(told(ground), ["nrf call http2 127.0.0.8:8805"]);
  });
});
