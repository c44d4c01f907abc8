import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MemoryNetwork, nodeHttp2 } from "@freehold/net";
import { memoryLog, seededRandom, systemClock } from "@freehold/runtime";
import { memoryStore, Vault } from "@freehold/store";
import { type Core, type FreeholdConfig, readConfig, startCore } from "@freehold/system";
import { Tape } from "@freehold/tape";
import { provision } from "@freehold/udr";
import { echoN6, memoryDataPath } from "@freehold/upf";
import { subscriber } from "../src/index.ts";

const noCurl = /HTTP2/.test(spawnSync("curl", ["--version"], { encoding: "utf8" }).stdout ?? "") ? false : "curl with HTTP/2 is not here";

/** A core with every function on a socket of its own; N2, N4 and N3 stay in memory. */
async function onSockets(): Promise<{ core: Core; config: FreeholdConfig; stop: () => Promise<void> }> {
  const random = seededRandom(process.pid);
  const [a, b] = random(2);
  const at = (host: number): string => `127.${64 + (a! & 63)}.${b}.${host}`;
  const names = ["nrf", "udr", "udm", "ausf", "pcf", "nssf", "amf", "smf"].map((name, i) => `${name}: ${at(10 + i)}`);
  const config = readConfig(`sbi: { carrier: http2, port: 18080, addresses: { ${names.join(", ")} } }`, "the scenario");
  const clock = systemClock();
  const network = new MemoryNetwork(clock);
  const [store, vault, http2] = [memoryStore(), new Vault(new Uint8Array(32).fill(7), "memory"), nodeHttp2()];
  await provision(subscriber(1), { store, vault });
  const core = await startCore(config, {
    ...{ clock, random, store, vault, http2, log: memoryLog(), tape: new Tape(), homeNetworkKeys: [] },
    n2: network.sctp(),
    n4: network.udp(),
    dataPath: (door) => memoryDataPath(door.udp(network.udp()), () => echoN6({ clock, random })),
  });
  return {
    core,
    config,
    async stop() {
      await core[Symbol.asyncDispose]();
      await http2.close();
    },
  };
}

interface Given {
  readonly status: number;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

function curl(url: string, ...args: string[]): Promise<Given> {
  const all = [
    "--http2-prior-knowledge",
    "-s",
    "-g",
    "--max-time",
    "10",
    "-w",
    "\n%{http_version} %{http_code} %{content_type}",
    ...args,
    url,
  ];
  return new Promise((resolve, reject) => {
    execFile("curl", all, { encoding: "utf8" }, (error, stdout) => {
      if (error !== null) return reject(error);
      const [version, status, type = ""] = stdout.slice(stdout.lastIndexOf("\n") + 1).split(" ");
      assert.equal(version, "2");
      const text = stdout.slice(0, stdout.lastIndexOf("\n"));
      resolve({ status: Number(status), type, body: text === "" ? {} : JSON.parse(text) });
    });
  });
}

/** The commands of CONTRIBUTING.md, each with what it says will come. */
const recipe = [
  ...readFileSync(join(import.meta.dirname, "../../CONTRIBUTING.md"), "utf8").matchAll(
    /```sh\n([^`]*curl[^`]*)\n```\n\n```text\n([^`]*)\n```/g,
  ),
].map(([, command = "", comes = ""]) => ({ command, comes }));

test("INTEROP 38: curl drives the NRF, UDM, AMF and SMF with the commands that CONTRIBUTING.md shows, and gets what it says", {
  skip: noCurl,
}, async () => {
  assert.ok(recipe.length >= 12, `${recipe.length} commands`);
  const { config, stop } = await onSockets();
  const { addresses, port } = config.sbi;
  const ours = Object.fromEntries(
    Object.values(readConfig("", "the defaults").sbi.addresses).map((a, i) => [a, Object.values(addresses)[i]]),
  );
  const here = (text: string): string => text.replace(/(127\.0\.0\.1[0-7]):8080/g, (_, address: string) => `${ours[address]}:${port}`);
  try {
    for (const { command, comes } of recipe) {
      const given = await new Promise<string>((resolve, reject) => {
        execFile("sh", ["-c", here(command)], { encoding: "utf8", timeout: 10_000 }, (error, stdout) =>
          error ? reject(error) : resolve(stdout),
        );
      });
      for (const line of here(comes).split("\n")) {
        const parts = line.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
        assert.match(given, new RegExp(`^${parts.join(".*")}\\s*$`, "m"), command);
      }
    }
  } finally {
    await stop();
  }
});

test("INTEROP 38: curl speaks with the core over HTTP/2: discovery, subscription data, and the ProblemDetails of what is wrong (TS 29.500 §5.2.7)", {
  skip: noCurl,
}, async () => {
  const { config, stop } = await onSockets();
  try {
    const at = (name: keyof typeof config.sbi.addresses): string => `http://${config.sbi.addresses[name]}:${config.sbi.port}`;
    const problem = async (given: Promise<Given>, status: number, cause?: string): Promise<void> => {
      const { status: got, type, body } = await given;
      assert.deepEqual([got, type, body["status"], body["cause"]], [status, "application/problem+json", status, cause]);
    };

    const found = await curl(`${at("nrf")}/nnrf-disc/v1/nf-instances?target-nf-type=SMF&requester-nf-type=AMF`);
    assert.deepEqual([found.status, found.type], [200, "application/json"]);
    const [smf, ...others] = found.body["nfInstances"] as Record<string, unknown>[];
    assert.deepEqual([smf?.["nfType"], smf?.["nfStatus"], others], ["SMF", "REGISTERED", []]);
    await problem(curl(`${at("nrf")}/nnrf-disc/v1/nf-instances?requester-nf-type=AMF`), 400, "MANDATORY_QUERY_PARAM_MISSING");

    const data = await curl(`${at("udm")}/nudm-sdm/v2/imsi-001010000000001/am-data`);
    assert.equal(data.status, 200);
    assert.deepEqual((data.body["nssai"] as { defaultSingleNssais: unknown }).defaultSingleNssais, [{ sst: 1 }]);
    await problem(curl(`${at("udm")}/nudm-sdm/v2/imsi-001019999999999/am-data`), 404, "USER_NOT_FOUND");

    const messages = `${at("amf")}/namf-comm/v1/ue-contexts/imsi-001010000000001/n1-n2-messages`;
    const json = ["-H", "content-type: application/json"];
    await problem(curl(messages), 405, "METHOD_NOT_ALLOWED");
    await problem(
      curl(`${at("amf")}/namf-comm/v1/ue-context/imsi-001010000000001/n1-n2-messages`, "-d", "{}", ...json),
      404,
      "RESOURCE_URI_STRUCTURE_NOT_FOUND",
    );
    await problem(
      curl(`${at("amf")}/namf-comm/v9/ue-contexts/imsi-001010000000001/n1-n2-messages`, "-d", "{}", ...json),
      400,
      "INVALID_API",
    );
    await problem(curl(messages, "-d", "hello", "-H", "content-type: text/plain"), 415, "UNSUPPORTED_MEDIA_TYPE");
    await problem(curl(messages, "-d", "{", ...json), 400, "INVALID_MSG_FORMAT");
    await problem(curl(messages, "-d", '{"pduSessionId":"one"}', ...json), 400, "OPTIONAL_IE_INCORRECT");
    await problem(curl(messages, "-d", '{"pduSessionId":1}', ...json), 404, "CONTEXT_NOT_FOUND");
  } finally {
    await stop();
  }
});
