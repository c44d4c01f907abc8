import assert from "node:assert/strict";
import { type ClientHttp2Session, connect, constants, createServer } from "node:http2";
import { test } from "node:test";
import { memoryLog } from "@freehold/runtime";
import { nodeHttp2, nodeUdp } from "../src/index.ts";
import { http2Compliance, udpCompliance } from "./compliance.ts";

udpCompliance("node UDP", () => nodeUdp(), ["127.0.0.1", "127.0.0.2"]);
udpCompliance("node UDP over IPv6", () => nodeUdp(), ["::1", "::1"]);
http2Compliance("node HTTP/2", () => ({ server: nodeHttp2(), client: nodeHttp2() }), "127.0.0.1");

const none = new Uint8Array(0);

test("one connection carries all requests to an address", async () => {
  const port = nodeHttp2();
  const seen = new Set<number>();
  await using listener = await port.listen({ host: "127.0.0.1", port: 0 }, async (_, from) => {
    seen.add(from.port);
    return { status: 204, headers: {}, body: none };
  });
  const get = () => port.request(listener.local, { method: "GET", path: "/", headers: {}, body: none });
  await Promise.all([get(), get(), get()]);
  await get();
  assert.equal(seen.size, 1);
  await port.close();
});

test("a request that the peer's GOAWAY leaves unprocessed is sent once more on a new connection", async () => {
  let connections = 0;
  const server = createServer();
  server.on("session", (session) => {
    const first = ++connections === 1;
    session.on("error", () => {});
    if (first) session.goaway(constants.NGHTTP2_NO_ERROR);
    session.on("stream", (stream) => {
      stream.on("error", () => {});
      if (!first) stream.respond({ ":status": 204 }, { endStream: true });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const client = nodeHttp2();
  const response = await client.request({ host: "127.0.0.1", port }, { method: "POST", path: "/", headers: {}, body: new Uint8Array(10) });
  assert.equal(response.status, 204);
  assert.equal(connections, 2);
  await client.close();
  await new Promise((resolve) => server.close(resolve));
});

async function raw(local: { port: number }): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${local.port}`);
  session.on("error", () => {});
  await new Promise((resolve) => session.once("connect", resolve));
  return session;
}

test("a peer that cancels streams as fast as it can loses its connection, and the others are served", async () => {
  const port = nodeHttp2();
  await using listener = await port.listen({ host: "127.0.0.1", port: 0 }, async () => ({ status: 204, headers: {}, body: none }));
  const session = await raw(listener.local);
  const gone = new Promise<void>((resolve) => session.once("close", () => resolve()));
  for (let i = 0; i < 3000 && !session.closed; i++) {
    const stream = session.request({ ":path": "/" });
    stream.on("error", () => {});
    stream.close(8);
    if (i % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
  }
  await gone;
  assert.equal((await port.request(listener.local, { method: "GET", path: "/", headers: {}, body: none })).status, 204);
  await port.close();
});

test("a request whose body stalls is cancelled", async () => {
  const port = nodeHttp2({ stall: 30, log: memoryLog() });
  let served = 0;
  await using listener = await port.listen({ host: "127.0.0.1", port: 0 }, async () => {
    served++;
    return { status: 204, headers: {}, body: none };
  });
  const session = await raw(listener.local);
  const stream = session.request({ ":method": "POST", ":path": "/" });
  stream.on("error", () => {});
  stream.write("half");
  await new Promise((resolve) => stream.once("close", resolve));
  assert.equal(stream.rstCode, 8);
  assert.equal(served, 0);
  session.destroy();
});

test("a peer that never opens its window loses the stream, and the response's memory with it", async () => {
  const port = nodeHttp2({ stall: 30 });
  await using listener = await port.listen({ host: "127.0.0.1", port: 0 }, async () => ({
    status: 200,
    headers: {},
    body: new Uint8Array(1 << 20),
  }));
  const session = connect(`http://127.0.0.1:${listener.local.port}`, { settings: { initialWindowSize: 0 } });
  session.on("error", () => {});
  const stream = session.request({ ":path": "/" });
  stream.on("error", () => {});
  await new Promise((resolve) => stream.once("close", resolve));
  assert.equal(stream.rstCode, 8);
  session.destroy();
});

test("headers beyond the bound are refused before they reach the handler, and the others are served", async () => {
  const port = nodeHttp2();
  let served = 0;
  await using listener = await port.listen({ host: "127.0.0.1", port: 0 }, async () => {
    served++;
    return { status: 204, headers: {}, body: none };
  });
  const session = await raw(listener.local);
  const fields = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`x-${i}`, "v".repeat(1500)]));
  const stream = session.request({ ":path": "/", ...fields });
  stream.on("error", () => {});
  const refused = new Promise((resolve) => {
    stream.once("response", ({ ":status": status }) => resolve(status));
    stream.once("close", () => resolve("closed"));
  });
  assert.notEqual(await refused, 204);
  assert.equal(served, 0);
  session.destroy();
  assert.equal((await port.request(listener.local, { method: "GET", path: "/", headers: {}, body: none })).status, 204);
  await port.close();
});
