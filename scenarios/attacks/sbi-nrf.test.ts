import assert from "node:assert/strict";
import { test } from "node:test";
import type { NFProfile } from "@freehold/sbi";
import { survives } from "../src/index.ts";
import { type Answered, SbiDoors } from "../src/sbi-doors.ts";

const search = "/nnrf-disc/v1/nf-instances?target-nf-type=SMF&requester-nf-type=AMF";
const subscriptions = "/nnrf-nfm/v1/subscriptions";
const instance = (n: number): string => `4947a69a-f61b-4bc1-b9da-${n.toString(16).padStart(12, "0")}`;
const profile = (n: number, more: object = {}): object => ({
  ...{ nfInstanceId: instance(n), nfType: "SMF", nfStatus: "REGISTERED", ipv4Addresses: ["192.0.2.1"] },
  ...more,
});

/** An attack on the NRF's socket; afterwards the SMF that serves is found there, and all phones still work. */
function attacked(title: string, attack: (doors: SbiDoors, advance: (ms: number) => Promise<void>) => Promise<void>) {
  test(title, () =>
    survives(async (system) => {
      await using doors = await SbiDoors.open(system, ["nrf"]);
      await attack(doors, (ms) => system.clock.advance(ms));
      const { status, json } = await doors.ask("nrf", "GET", search);
      const found = json["nfInstances"] as readonly NFProfile[];
      assert.ok(status === 200 && found.some(({ ipv4Addresses }) => ipv4Addresses?.[0] === "127.0.0.17"), "the SMF that serves is found");
    }),
  );
}

const put = (doors: SbiDoors, n: number, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Answered> =>
  doors.ask("nrf", "PUT", `/nnrf-nfm/v1/nf-instances/${instance(n)}`, JSON.stringify(body), headers);

/** Refused with a ProblemDetails that has a cause. */
const problem = ({ status, headers, json }: Answered, what: string, wanted = 400): void => {
  assert.deepEqual([status, headers["content-type"], json["status"]], [wanted, "application/problem+json", wanted], what);
  assert.equal(typeof json["cause"], "string", what);
};

attacked("attack 45: NF types, timers, addresses and features that are none are refused, each with its parameter", async (doors) => {
  for (const [param, more] of [
    ["/nfType", { nfType: "S M F\n" }],
    ["/nfType", { nfType: "x".repeat(5_000) }],
    ["/nfType", { nfType: { $ne: "" } }],
    ["/heartBeatTimer", { heartBeatTimer: 0 }],
    ["/heartBeatTimer", { heartBeatTimer: -1 }],
    ["/heartBeatTimer", { heartBeatTimer: 1.5 }],
    ["/nfInstanceId", { nfInstanceId: instance(2) }],
    ["/ipv4Addresses/0", { ipv4Addresses: ["999.1.1.1"] }],
    [
      "/nfServices",
      {
        nfServices: new Array(65).fill({
          serviceInstanceId: "a",
          serviceName: "a",
          versions: [{ apiVersionInUri: "v1", apiFullVersion: "1" }],
          scheme: "http",
          nfServiceStatus: "REGISTERED",
        }),
      },
    ],
  ] as const) {
    const given = await put(doors, 1, profile(1, more));
    problem(given, JSON.stringify(more).slice(0, 80));
    assert.equal((given.json["invalidParams"] as { param: string }[])[0]?.param, param);
  }
  for (const query of [
    `requester-features=0x${"f".repeat(40)}`,
    "target-plmn-list=not-json",
    "target-plmn-list=%5B%7B%22mcc%22%3A%22001%22%7D%5D",
    "snssais=%7B%22sst%22%3A256%7D",
    "limit=-1",
    "limit=1e9",
    "target-nf-instance-id=..%2f..",
    `${"x=1&".repeat(1_000)}y=1`,
    `dnn=%00%ff`,
  ])
    problem(await doors.ask("nrf", "GET", `${search}&${query}`), query.slice(0, 60));
  problem(await doors.ask("nrf", "GET", `${search}&${"x=1&".repeat(3_000)}`), "a path of 12 kB", 414);
});

attacked("attack 45: callback URIs that lead nowhere or into something else are refused, or harm nobody", async (doors, advance) => {
  const subscribe = (nfStatusNotificationUri: unknown): Promise<Answered> =>
    doors.ask("nrf", "POST", subscriptions, JSON.stringify({ nfStatusNotificationUri, subscrCond: { nfType: "NEF" } }));
  for (const uri of [
    "told",
    "/told",
    "javascript:1",
    "file:///etc/passwd",
    "http://",
    "http://a@b/",
    "http://h:0/",
    "http://h:99999/",
    "http://h/\r\nx: y",
    `http://h/${"a".repeat(5_000)}`,
    1,
    null,
  ])
    problem(await subscribe(uri), String(uri).slice(0, 40));
  // Without a path, nobody there, and the NRF itself: every event is told, unanswered, and the table does not notice.
  for (const uri of [
    "http://127.0.0.77:9",
    "http://[::1]:9",
    "http://127.0.0.10:8080/nnrf-nfm/v1/subscriptions",
    "https://127.0.0.77/told",
  ])
    assert.equal((await subscribe(uri)).status, 201, uri);
  for (let n = 0; n < 50; n++) {
    assert.equal((await put(doors, n, profile(n, { nfType: "NEF" }))).status, 201);
    assert.equal((await doors.ask("nrf", "DELETE", `/nnrf-nfm/v1/nf-instances/${instance(n)}`)).status, 204);
  }
  await advance(10_000);
});

attacked("attack 45: profiles and subscriptions without end fill their own tables alone, and are forgotten", async (doors, advance) => {
  const statuses = new Map<number, number>();
  const count = ({ status }: Answered): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1);
  for (let n = 0; n < 1_100; n += 50)
    await Promise.all(Array.from({ length: 50 }, (_, i) => put(doors, n + i, profile(n + i)).then(count)));
  assert.deepEqual(
    [...statuses],
    [
      [201, 1_024 - 7],
      [507, 83],
    ],
  );
  statuses.clear();
  for (let n = 0; n < 1_100; n += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        doors.ask("nrf", "POST", subscriptions, JSON.stringify({ nfStatusNotificationUri: `http://127.0.0.77:9/${n + i}` })).then(count),
      ),
    );
  assert.deepEqual(
    [...statuses],
    [
      [201, 128],
      [507, 972],
    ],
  );
  problem(await put(doors, 1, profile(1, { later: "x".repeat(70_000) })), "a fat profile", 413);
  problem(
    await doors.ask("nrf", "POST", subscriptions, JSON.stringify({ nfStatusNotificationUri: "http://h/", later: "x".repeat(20_000) })),
    "a fat subscription",
    413,
  );
  const all = await doors.ask("nrf", "GET", "/nnrf-disc/v1/nf-instances?target-nf-type=SMF&requester-nf-type=AMF&limit=1000");
  assert.ok(Number(all.headers["content-length"]) <= 124_000, `${all.headers["content-length"]} octets`);
  await advance(101_000);
  const { json } = await doors.ask("nrf", "GET", "/nnrf-nfm/v1/nf-instances");
  assert.equal(json["totalItemCount"], 7, "who sends no heartbeat is gone");
  assert.equal((await put(doors, 1, profile(1))).status, 201);
  assert.equal((await doors.ask("nrf", "DELETE", `/nnrf-nfm/v1/nf-instances/${instance(1)}`)).status, 204);
});

attacked("attack 45: a profile that its rules hide, or a patch that would break it, changes what nobody sees", async (doors) => {
  assert.equal((await put(doors, 1, profile(1, { allowedNfTypes: ["NEF"], priority: 0 }))).status, 201);
  const { json } = await doors.ask("nrf", "GET", search);
  assert.equal((json["nfInstances"] as unknown[]).length, 1, "not for an AMF, and no search is repeated for it");
  const patch = (operations: unknown): Promise<Answered> =>
    doors.ask("nrf", "PATCH", `/nnrf-nfm/v1/nf-instances/${instance(1)}`, JSON.stringify(operations), {
      "content-type": "application/json-patch+json",
    });
  for (const operations of [
    [{ op: "remove", path: "/nfType" }],
    [{ op: "replace", path: "/nfInstanceId", value: instance(2) }],
    [{ op: "add", path: "/__proto__/polluted", value: 1 }],
    [{ op: "add", path: "/constructor/prototype/polluted", value: 1 }],
    // Each copy doubles what is there: 2^40 of them.
    [
      { op: "add", path: "/later", value: {} },
      ...Array.from({ length: 40 }, (_, i) => ({ op: "copy", from: "/later", path: `/later/${i}` })),
    ],
    [{ op: "move", from: "", path: "/a/b" }],
    [{ op: "test", path: "/nfType", value: "AMF" }],
    [{ op: "add", path: "/ipv4Addresses/99", value: "192.0.2.2" }],
    new Array(2_000).fill({ op: "add", path: "/ipv4Addresses/-", value: "192.0.2.2" }),
    {},
    [],
  ]) {
    const { status } = await patch(operations);
    assert.ok(
      status === 400 || status === 413 || (Array.isArray(operations) && operations.length === 0),
      `${status} ${JSON.stringify(operations).slice(0, 100)}`,
    );
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  const kept = await doors.ask("nrf", "GET", `/nnrf-nfm/v1/nf-instances/${instance(1)}`);
  assert.deepEqual(kept.json, { ...profile(1), allowedNfTypes: ["NEF"], priority: 0, heartBeatTimer: 10 });
});
