import assert from "node:assert/strict";
import { test } from "node:test";
import * as sbi from "@freehold/sbi";
import type { Carriage } from "@freehold/tape";
import { fromText } from "@freehold/wire";
import { type FiveGC, internet, subscriber, survives } from "../src/index.ts";
import { type Answered, SbiDoors } from "../src/sbi-doors.ts";

const doorNames = ["nrf", "udr", "udm", "ausf", "pcf", "nssf", "amf", "smf"] as const;
type DoorName = (typeof doorNames)[number];

/** An attack on every function's socket; afterwards all phones still work. The real requests of a phone's life are at hand. */
function attacked(title: string, attack: (doors: SbiDoors, system: FiveGC) => Promise<void>) {
  test(title, () =>
    survives(
      async (system) => {
        await using doors = await SbiDoors.open(system, doorNames);
        await attack(doors, system);
      },
      { carrier: "wire", but: (census) => ({ ...census, gnbs: census.gnbs.filter(({ name }) => name === "gnb-1") }) },
    ),
  );
}

/** Answered, and not by a fault of ours; what is refused has a ProblemDetails with its cause. */
function stands({ status, headers, json }: Answered, what: string): void {
  assert.notEqual(status, 500, `${JSON.stringify(json)}: ${what}`);
  if (status < 400) return;
  if (headers["content-type"] === "application/problem+json") assert.equal(typeof json["cause"], "string", what);
  else assert.equal(typeof (json["error"] as { cause?: unknown } | undefined)?.cause, "string", `${what} ${JSON.stringify(json)}`);
}

const operations = (Object.values(sbi) as unknown[]).flatMap((value) => {
  if (typeof value !== "object" || value === null || !("operations" in value) || "callback" in value) return [];
  const service = value as sbi.Service;
  return Object.values(service.operations).map((op) => ({ door: service.nf.toLowerCase() as DoorName, root: sbi.rootOf(service), op }));
});

const injections = [
  "%2e%2e",
  "..%2f..%2fnudr-dr",
  "%00",
  "imsi-001010000000901%00",
  "imsi-001010000000901%0d%0aX-A:%20b",
  "imsi-001010000000901'%20OR%20'1'='1",
  "imsi-%F0%9F%93%B1",
  "%7B%22$ne%22:null%7D",
  "$ne",
  "__proto__",
  "constructor",
  "%ff%fe",
  "%",
  "imsi-0010100000009010000",
  `imsi-${"9".repeat(3_000)}`,
  "a".repeat(4_000),
  "IMSI-001010000000901",
  "imsi-٠٠١٠١٠٠٠٠٠٠٠٩٠١",
];

attacked(
  "attack 46: every path parameter of every operation, filled with what is no identity, is refused and reaches nothing",
  async (doors) => {
    let refused = 0;
    for (const { door, root, op } of operations) {
      for (const { name } of op.parameters.filter((p) => p.in === "path")) {
        await Promise.all(
          injections.map(async (bad) => {
            const path = `${root}${op.path}`.replace(`{${name}}`, encodeURI(bad).replaceAll("%25", "%")).replace(/\{[^}]*\}/g, "1");
            const given = await doors.ask(door, op.method, path, op.request === undefined ? "" : "{}", {
              "content-type": op.request?.media[0] ?? "application/json",
            });
            stands(given, `${op.name} ${path.slice(0, 100)}`);
            assert.ok(given.status >= 400, `${given.status} ${op.method} ${path.slice(0, 120)}`);
            refused++;
          }),
        );
      }
    }
    assert.ok(refused > 500, `${refused}`);
  },
);

attacked("attack 46: identities of 3GPP alone select anything, whatever hides them in a query or a body", async (doors) => {
  for (const path of [
    "/nudm-sdm/v2/imsi-001010000000901/sm-data?single-nssai=%7B%22sst%22:%7B%22$gt%22:0%7D%7D",
    "/nudm-sdm/v2/imsi-001010000000901/sm-data?plmn-id=%7B%22mcc%22:%22001%22,%22mnc%22:%7B%22$ne%22:1%7D%7D",
    "/nudm-sdm/v2/imsi-001010000000901/am-data?plmn-id=%7B%22__proto__%22:%7B%7D%7D",
    "/nudm-sdm/v2/imsi-001010000000901/am-data?supported-features='%3B--",
  ]) {
    const given = await doors.ask("udm", "GET", path);
    stands(given, path);
    assert.equal(given.status, 400, path);
  }
  for (const supiOrSuci of [
    { $ne: "" },
    ["imsi-001010000000901"],
    "imsi-001010000000901\u0000",
    "suci-0-001-01-0-9-9-zz",
    "suci-0-001-01-0-1-1-",
    "",
    null,
    1,
  ]) {
    const body = JSON.stringify({ supiOrSuci, servingNetworkName: "5G:mnc001.mcc001.3gppnetwork.org" });
    const given = await doors.ask("ausf", "POST", "/nausf-auth/v1/ue-authentications", body);
    stands(given, body);
    assert.ok(given.status === 400 || given.status === 403 || given.status === 404, `${given.status} ${body}`);
  }
  for (const method of ["TRACE", "CONNECT", "get", "PROPFIND", "POST"]) {
    if (method === "CONNECT") continue; // HTTP/2 has no path with it
    const { status, headers } = await doors.ask("udm", method, "/nudm-sdm/v2/imsi-001010000000901/am-data");
    assert.deepEqual([status, headers["allow"]], [405, "GET"], method);
  }
});

interface Real {
  readonly door: DoorName;
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** One request with a JSON object of each operation in a phone's life, as it crossed between the functions. */
async function requestsOfALife(system: FiveGC): Promise<readonly Real[]> {
  const from = system.tape.entries().length;
  await system.gnb();
  const ue = await system.ue(subscriber(1), {}, 2);
  await system.until(ue.register());
  await system.until(ue.establish({ dnn: internet }));
  await system.until(ue.deregister());
  await system.clock.advance(20_000);
  const hosts = new Map(Object.entries(system.config.sbi.addresses).map(([name, host]) => [host, name as DoorName]));
  const found = new Map<string, Real>();
  for (const { carriage, bytes, message } of system.tape.entries().slice(from)) {
    const http = carriage as Carriage & { readonly kind: "http2" };
    if (http.kind !== "http2" || !("method" in http.half) || bytes.length === 0) continue;
    const text = new TextDecoder("latin1").decode(bytes);
    const json = JSON.parse(
      text.slice(text.search(/[{[]/), text.startsWith("--") ? text.indexOf("\r\n--", text.indexOf("{")) : undefined),
    ) as Real["json"];
    const door = hosts.get(http.dst.host);
    const { method, path } = http.half;
    const type = http.headers["content-type"]?.startsWith("multipart") ? "application/json" : `${http.headers["content-type"]}`;
    if (door !== undefined) found.set(message, { door, method, path, type, json, message });
  }
  return [...found.values()];
}

attacked(
  "attack 48: each attribute of each real request, missing, null, of another type or nested beyond reason, is refused with its cause",
  async (doors, system) => {
    const life = await requestsOfALife(system);
    assert.ok(life.length >= 12, `${life.length} operations`);
    const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
    let sent = 0;
    for (const { door, method, path, type, json, message } of life) {
      const ask = async (text: string | Uint8Array, wanted?: number): Promise<void> => {
        const given = await doors.ask(door, method, path, text, { "content-type": type });
        sent++;
        stands(given, `${message}: ${String(text).slice(0, 120)}`);
        if (wanted !== undefined) assert.equal(given.status, wanted, `${message}: ${String(text).slice(0, 120)}`);
      };
      const whole = JSON.stringify(json);
      const inner = whole.slice(1, -1);
      if (!Array.isArray(json)) {
        for (const key of Object.keys(json)) {
          const { [key]: _, ...rest } = json;
          if (method !== "POST" || !/CreateSMContext|Create$/.test(message)) await ask(JSON.stringify(rest));
          for (const bad of [null, { $ne: 1 }, [[]], 1e300, true])
            if (typeof bad !== typeof json[key]) await ask(JSON.stringify({ ...json, [key]: bad }));
        }
        await ask(`{${inner},"later":${deep}}`, 400);
        await ask(`{${inner},"__proto__":{"polluted":1}}`, 400);
        await ask(`{${inner},${inner}}`, 400); // each key twice
        await ask(`{${inner},"later":1e999}`, 400);
        await ask(`{${inner},"later":"\\ud800"}`);
      }
      for (const text of [
        deep,
        whole.slice(0, -1),
        `${whole}x`,
        `\ufeff${whole}x`,
        "NaN",
        '{"a":01}',
        "'a'",
        '{"a":"\u0001"}',
        "\u0000",
        "nul",
      ])
        await ask(text, 400);
      await ask(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x2c, 0x22, 0xfe, 0x22, 0x3a, 0x31, 0x7d), 400); // no UTF-8: one name, twice
    }
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    assert.ok(sent > 300, `${sent}`);
  },
);

attacked(
  "attack 48: bodies beyond the bound get 413 with a ProblemDetails, of another type 415; boundaries that lie get 400",
  async (doors) => {
    const path = "/nsmf-pdusession/v1/sm-contexts";
    const large = await doors.ask("smf", "POST", path, new Uint8Array((1 << 20) + 1));
    assert.deepEqual([large.status, large.headers["content-type"], large.json["status"]], [413, "application/problem+json", 413]);
    for (const type of ["text/plain", "application/xml", "application/jsonx", "json", "multipart/form-data; boundary=x", "*/*"]) {
      const given = await doors.ask("smf", "POST", path, "{}", { "content-type": type });
      stands(given, type);
      assert.equal(given.status, 415, type);
    }
    const part = 'Content-Type: application/json\r\n\r\n{"n1SmMsg":{"contentId":"a"}}';
    for (const [boundary, text] of [
      ["x", ""],
      ["x", "--x"],
      ["x", "--x--"],
      ["x", `--x\r\n${part}`],
      ["x", `--x\r\n${part}\r\n--x\r\nContent-Id: a`],
      ["x", `--x\r\n${part}\r\n${"--x\r\nContent-Id: a\r\n\r\nb\r\n".repeat(2_000)}--x--`],
      ["x", `--x\r\n${"A: b\r\n".repeat(2_000)}\r\n{}\r\n--x--`],
      ["x", `--x\r\n${part}\r\n${"--x".repeat(100_000)}`],
      ["x", `--x\r\n${"\r\n".repeat(200_000)}`],
      ["", `--\r\n${part}\r\n----`],
      ["a".repeat(71), `--${"a".repeat(71)}\r\n${part}`],
      ["-".repeat(70), "-".repeat(200_000)],
      [".*+?^$()|[]", "--x--"],
    ] as const) {
      const before = performance.now();
      const given = await doors.ask("smf", "POST", path, fromText(text), { "content-type": `multipart/related; boundary=${boundary}` });
      stands(given, `${boundary} ${text.slice(0, 80)}`);
      assert.equal(given.status, 400, `${boundary} ${text.slice(0, 80)}`);
      assert.ok(performance.now() - before < 1_000, `${boundary} ${text.slice(0, 80)}`);
    }
  },
);
