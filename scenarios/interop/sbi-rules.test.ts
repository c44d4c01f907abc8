import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { type HttpRequest, nodeHttp2 } from "@freehold/net";
import { seededRandom, silentLog, systemClock } from "@freehold/runtime";
import { http2, Nausf_UEAuthentication, Sbi, type SbiServer } from "@freehold/sbi";
import { apiRootOf } from "@freehold/system";
import { ping } from "@freehold/ue";
import { fromText, toText } from "@freehold/wire";
import { FiveGC, subscriber } from "../src/index.ts";
import { SbiDoors } from "../src/sbi-doors.ts";

type Handle = SbiServer["handle"];

/** A whole life of a phone, with every function's door changed by `around`. */
async function life(around: (handle: Handle, apiRoot: string) => Handle): Promise<FiveGC["tape"]> {
  await using system = await FiveGC.start({ carrier: "wire" });
  for (const name of Object.keys(system.config.sbi.addresses) as (keyof typeof system.config.sbi.addresses)[]) {
    const server = system.carriage.network.at(apiRootOf(system.config, name));
    assert.ok(server);
    server.handle = around(server.handle.bind(server), server.apiRoot);
  }
  await system.gnb();
  const ue = await system.ue(subscriber(1), { sessions: [{}] });
  await system.until(ue.bringUp());
  const [session] = ue.sessions;
  assert.ok(session);
  assert.equal((await system.until(ping(session, { clock: system.clock, random: seededRandom(1) }, "198.51.100.1", 1))).received, 1);
  await system.until(ue.deregister());
  await system.clock.advance(12_000);
  assert.deepEqual(
    system.log.lines.filter(({ level }) => level === "error"),
    [],
  );
  return system.tape;
}

const later = { laterAttribute: { deep: [{ a: 1 }] }, "x-vendor": "VALUE_OF_A_LATER_RELEASE" };

/** A body with more in it than this release knows: at its top, and in each of its objects. Multipart and patches stay as they are. */
function withMore(body: Uint8Array, type: string | undefined): Uint8Array {
  if (body.length === 0 || type === undefined || !/^application\/(problem\+|3gppHal\+)?json/.test(type)) return body;
  const enrich = (value: unknown, depth: number): unknown => {
    if (Array.isArray(value)) return value.map((item) => enrich(item, depth + 1));
    if (typeof value !== "object" || value === null || depth > 1) return value;
    return { ...value, ...later };
  };
  return fromText(JSON.stringify(enrich(JSON.parse(toText(body)) as unknown, 0)));
}

test("INTEROP 38: attributes and headers of later releases are taken in every request and every answer of a phone's life", async () => {
  let enriched = 0;
  await life((handle) => async (request: HttpRequest) => {
    const body = withMore(request.body, request.headers["content-type"]);
    if (body !== request.body) enriched++;
    const headers = {
      ...request.headers,
      "3gpp-sbi-message-priority": "5",
      "3gpp-sbi-sender-timestamp": "Sun, 22 Nov 2026 12:00:00.000 GMT",
      "3gpp-sbi-max-rsp-time": "10000",
      "3gpp-sbi-correlation-info": "imsi-001010000000001",
      "3gpp-sbi-of-a-later-release": "x; y=z",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "accept-encoding": "gzip",
    };
    const response = await handle({ ...request, headers, body });
    return {
      ...response,
      headers: { ...response.headers, server: "AMF", "3gpp-sbi-lci": "x", "cache-control": "no-cache", etag: '"1"' },
      body: withMore(response.body, response.headers["content-type"]),
    };
  });
  assert.ok(enriched > 10, `${enriched}`);
});

for (const status of [307, 308]) {
  test(`INTEROP 38: every request of a phone's life is answered ${status} first, and goes where it is sent`, async () => {
    const sent = new Set<string>();
    let redirected = 0;
    await life((handle, apiRoot) => async (request: HttpRequest) => {
      const key = JSON.stringify([apiRoot, request.method, request.path, request.headers["3gpp-sbi-request-info"], toText(request.body)]);
      if (sent.delete(key)) return handle(request);
      sent.add(key);
      redirected++;
      const headers = { location: `${apiRoot}${request.path}`, "content-type": "application/json" };
      return { status, headers, body: fromText('{"cause":"NF_CONSUMER_REDIRECT_ONE_TXN"}') };
    });
    assert.ok(redirected > 30, `${redirected}`);
  });
}

test("INTEROP 38: User-Agent begins with the NF type, Location is absolute, patches are merge patches or JSON Patches by their type", async () => {
  const tape = await life((handle) => handle);
  const types = new Set<string>();
  for (const { carriage, message, from } of tape.entries()) {
    if (carriage.kind !== "http2") continue;
    const { half, headers } = carriage;
    if ("method" in half) {
      assert.match(headers["user-agent"] ?? "", new RegExp(`^${from}(-|$)`), message);
      if (half.method === "PATCH") types.add(`${headers["content-type"]}`);
      if (headers["content-type"]?.startsWith("multipart/related")) types.add("multipart/related");
    } else if (half.status === 201 && headers["location"] !== undefined)
      assert.match(headers["location"], /^http:\/\/127\.0\.0\.1\d:8080\//, message);
  }
  assert.deepEqual([...types].sort(), ["application/json-patch+json", "application/merge-patch+json", "multipart/related"]);
});

test("INTEROP 38: of features that a peer offers none is taken that is not supported here; whoever asks hears which", async () => {
  await using system = await FiveGC.start({ carrier: "wire" });
  await using doors = await SbiDoors.open(system, ["pcf", "udm"]);
  const body = { supi: "imsi-001010000000001", notificationUri: "http://127.0.0.16:8080/told/here", suppFeat: "ffffffff" };
  const made = await doors.ask("pcf", "POST", "/npcf-am-policy-control/v1/policies", JSON.stringify(body));
  assert.deepEqual([made.status, made.json["suppFeat"]], [201, "0"]);
  assert.equal((await doors.ask("pcf", "DELETE", new URL(`${made.headers["location"]}`).pathname)).status, 204);
  assert.equal((await doors.ask("udm", "GET", "/nudm-sdm/v2/imsi-001010000000001/am-data?supported-features=FFff")).status, 200);
});

test("INTEROP 38: over a socket of another HTTP/2 server: prior knowledge, 308 to another address, and what an answer may hold", async () => {
  const seen: IncomingHttpHeaders[] = [];
  const servers = [createServer(), createServer()];
  const [first, second] = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return (server.address() as AddressInfo).port;
    }),
  );
  servers[0]?.on("stream", (stream: ServerHttp2Stream, headers) => {
    seen.push(headers);
    stream.respond({ ":status": 308, location: `http://127.0.0.1:${second}/other${headers[":path"]}` }, { endStream: true });
  });
  servers[1]?.on("stream", (stream: ServerHttp2Stream, headers) => {
    seen.push(headers);
    stream.respond({ ":status": 403, "content-type": "application/problem+json; charset=utf-8", "retry-after": "5" });
    stream.end(JSON.stringify({ status: 403, cause: "SERVING_NETWORK_NOT_AUTHORIZED", ...later }));
  });
  const port = nodeHttp2();
  const clock = systemClock();
  const sbi = new Sbi({
    ...{ nfType: "AMF", nfInstanceId: "4947a69a-f61b-4bc1-b9da-47c9c5d14b64", apiRoot: "http://127.0.0.1:8080" },
    ...{ carrier: http2(port), clock, random: seededRandom(1), log: silentLog },
  });
  const body = { supiOrSuci: "imsi-001010000000001", servingNetworkName: "5G:mnc001.mcc001.3gppnetwork.org" };
  const given = await sbi.consume(Nausf_UEAuthentication, `http://127.0.0.1:${first}`).authenticate({ body });
  assert.deepEqual([given.status, !given.ok && given.problem.cause], [403, "SERVING_NETWORK_NOT_AUTHORIZED"]);
  assert.deepEqual(
    seen.map((headers) => [headers[":method"], headers[":path"], headers[":scheme"], headers["content-type"]]),
    ["", "/other"].map((prefix) => ["POST", `${prefix}/nausf-auth/v1/ue-authentications`, "http", "application/json"]),
  );
  assert.equal(seen[0]?.["3gpp-sbi-request-info"], seen[1]?.["3gpp-sbi-request-info"], "one request, however often it is sent");
  await port.close();
  for (const server of servers) server.close();
});
