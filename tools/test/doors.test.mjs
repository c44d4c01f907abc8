import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");
const sources = globSync("{foundation,protocols,core,access,product}/*/src/**/*.{ts,cts,js}", { cwd: root }).map((file) => [
  file,
  readFileSync(join(root, file), "utf8"),
]);

test("every way to the network is opened where this list says, each file with its reason", () => {
  const opens = /\b(nodeUdp|batchUdp|nodeHttp2|rawIp|kernelSctp|linuxTun)\(/;
  const reasons = {
    "product/bench/src/core/process.ts": "the core under measurement: its functions have their doors",
    "product/bench/src/ground.ts": "the generator of the benchmarks",
    "product/bench/src/sctp.ts": "the benchmark of SCTP, on the loopback",
    "product/cli/src/doctor/checks.ts": "tries the ports of the functions, through their doors",
    "product/cli/src/simulators/run-gnb.ts": "the gNB's door",
    "product/cli/src/simulators/run-ue.ts": "the phones' door",
    "product/system/src/demo/local.ts": "doors of core and gNB",
    "product/system/src/demo/tun/demo.ts": "doors of core and gNB",
    "product/system/src/demo/tun/nets.ts": "gives ports of a namespace, which demo.ts puts doors before",
    "product/system/src/process/child.ts": "the function's door",
    "product/system/src/transport.ts": "SCTP and what is below it, through the door that it is given",
    "product/system/src/up.ts": "doors of the core",
  };
  const found = sources.filter(([file, text]) => !file.startsWith("foundation/net/") && opens.test(text)).map(([file]) => file);
  assert.deepEqual(found.sort(), Object.keys(reasons));
});

test("built-in modules of the network are imported where this list says", () => {
  const names = /(?:from|import\(|require\()\s*["'](?:node:)?(net|dgram|http2|http|https|tls|dns|dns\/promises|quic|inspector|ffi)["']/g;
  const found = sources.flatMap(([file, text]) =>
    [...text.matchAll(names)].map(([, name]) => `${name} ${file.split("/").slice(0, 2).join("/")}`),
  );
  assert.deepEqual([...new Set(found)].sort(), [
    "dgram foundation/net",
    "ffi foundation/linux",
    "http product/system", // the web server and client of demo --tun
    "http2 foundation/net",
    "net foundation/net",
  ]);
  const http = sources.filter(([, text]) => /from "node:http"/.test(text)).map(([file]) => file);
  assert.deepEqual(http.sort(), ["product/system/src/demo/tun/fetch.ts", "product/system/src/demo/tun/server.ts"]);
});

test("every function that is started declares its connections", () => {
  for (const folder of globSync("core/*", { cwd: root })) {
    assert.match(readFileSync(join(root, folder, "src/connections.ts"), "utf8"), /export const connections: Connections = \{/);
  }
});
