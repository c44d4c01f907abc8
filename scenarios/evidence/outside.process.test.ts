import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { Declared } from "@freehold/net";
import { compare, traced } from "../src/outside.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "freehold-outside-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** strace has to be here, to be allowed, and to tell sockets by their protocol. */
const probe = spawnSync("strace", ["-f", "-qq", "-yy", "-e", "trace=network", "-o", join(folder, "probe"), "true"], { encoding: "utf8" });
const skip = probe.status === 0 ? false : `strace cannot watch here: ${probe.error?.message ?? probe.stderr.trim().split("\n")[0]}`;

/** Runs a program under strace; what it says and what it did. */
function watch(name: string, program: string, args: readonly string[]): Promise<{ stdout: string; trace: string }> {
  const file = join(folder, name);
  const strace = ["-f", "-qq", "-yy", "-s", "64", "-e", `trace=${traced}`, "-o", file, program, ...args];
  return new Promise((resolve, reject) => {
    execFile("strace", strace, { cwd: folder, timeout: 120_000, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${program} ${args.join(" ")}: ${error.message}\n${stdout}\n${stderr}`));
      else resolve({ stdout, trace: readFileSync(file, "latin1") });
    });
  });
}

const ways: readonly (readonly [name: string, args: readonly string[], listens: number])[] = [
  ["in one process", [], 6],
  ["in nine processes", ["--processes", "--phones", "1"], 14],
];

describe("watched from outside", { skip }, () => {
  for (const [way, args, sockets] of ways) {
    test(`the demonstration ${way} listens, connects and sends as its functions declare, and no otherwise`, async () => {
      const { stdout, trace } = await watch(`demo${args.length}`, join(root, "freehold"), [
        "demo",
        "--json",
        "--no-ladder",
        "--pcap",
        join(folder, "demo.pcapng"),
        ...args,
      ]);
      const report = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { egress: Declared[]; phones: { http?: { status: number } }[] };
      assert.ok(report.phones.every(({ http }) => http?.status === 200));
      const { undeclared, declared } = compare(trace, report.egress);
      assert.deepEqual(undeclared, []);
      assert.equal(declared.listens, sockets, "the trace shows every socket");
      assert.ok(declared.calls > 50, `${declared.calls} calls`);
      // The same trace against a declaration that lacks one row: whoever watches does see.
      const without = report.egress.filter(
        ({ function: nf, direction, protocol }) => !(nf === "upf" && direction === "listens" && protocol === "udp"),
      );
      assert.equal(compare(trace, without).undeclared.length, 2, "N3 and N4 of the UPF");
    });
  }

  test("a program that opens what nobody declared is found out, kind by kind", async () => {
    const rogue = join(folder, "rogue.mjs");
    writeFileSync(
      rogue,
      `import dgram from "node:dgram"; import dns from "node:dns"; import net from "node:net";
       const settled = (socket) => new Promise((resolve) => socket.once("error", resolve).once("connect", resolve));
       await settled(net.connect(9, "127.0.0.1"));
       await settled(net.connect(9, "::1"));
       await settled(net.connect("/nowhere/of/any/use"));
       const server = net.createServer(); await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve)); server.close();
       const udp = dgram.createSocket("udp4"); await new Promise((resolve) => udp.send("x", 9, "127.0.0.1", resolve)); udp.close();
       const resolver = new dns.promises.Resolver({ timeout: 100, tries: 1 }); resolver.setServers(["127.0.0.1:9"]);
       await resolver.resolve4("freehold.example").catch(() => {});`,
    );
    const { trace } = await watch("rogue", process.execPath, [rogue]);
    const rows: Declared[] = [
      {
        function: "fun",
        direction: "calls",
        protocol: "http2",
        place: "p",
        key: "k",
        why: "w",
        endpoints: [{ network: "127.0.0.1", port: 8_080 }],
      },
      {
        function: "fun",
        direction: "listens",
        protocol: "udp",
        place: "p",
        key: "k",
        why: "w",
        endpoints: [{ network: "0.0.0.0", port: 0 }],
      },
    ];
    const { undeclared } = compare(trace, rows);
    for (const wanted of [
      /^connect\(.*TCP.*htons\(9\).*"127\.0\.0\.1"/,
      /^connect\(.*TCPv6.*htons\(9\).*"::1"/,
      /AF_UNIX.*\/nowhere|^socket\(AF_UNIX/,
      /^bind\(.*TCP.*htons\(0\).*"127\.0\.0\.1"/,
      /^send\w+\(.*UDP.*htons\(9\).*"127\.0\.0\.1"/,
      /^connect\(.*UDP.*htons\(9\).*"127\.0\.0\.1"/,
    ])
      assert.ok(
        undeclared.some((call) => wanted.test(call)),
        `${wanted} is not in\n${undeclared.join("\n")}`,
      );
  });
});
