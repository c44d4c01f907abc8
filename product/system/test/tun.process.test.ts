import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";

const freehold = join(import.meta.dirname, "../../../freehold");
const folder = mkdtempSync(join(tmpdir(), "freehold-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Where demonstrations keep what they keep in files. */
const temporary = join(folder, "tmp");
mkdirSync(temporary);

const where = (tool: string): string => spawnSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).stdout.trim();

/** Why these tests do not run here. */
function missing(...tools: readonly string[]): string | false {
  if (process.geteuid?.() !== 0) return "needs root";
  try {
    accessSync("/dev/net/tun", constants.R_OK | constants.W_OK);
  } catch {
    return "needs /dev/net/tun";
  }
  const [none] = tools.filter((tool) => where(tool) === "");
  return none === undefined ? false : `${none} is not installed`;
}

interface Report {
  readonly phones: readonly {
    readonly registered: boolean;
    readonly session: { readonly ip: string };
    readonly ping: { readonly sent: number; readonly received: number; readonly rttMs: readonly number[] };
    readonly http: { readonly status: number; readonly octets: number };
    readonly deregistered: boolean;
    readonly failed?: string;
  }[];
  readonly startMs: number;
  readonly firstPingMs: number;
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  /** Standard output and standard error: with --json the lines for people are on the latter. */
  readonly said: string;
  /** The network namespaces that the demonstration held when it was looked at, as the kernel calls them. */
  readonly namespaces: readonly string[];
  /** Processes of its group that outlive it, by command line. */
  readonly left: readonly string[];
}

/** The namespaces that a process holds by descriptor. */
const namespacesOf = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const name = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return name.startsWith("net:[") ? [name] : [];
    } catch {
      return []; // closed in between
    }
  });

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
  } catch {
    return pid;
  }
}

/** The process group of a process that runs, the fifth field of stat; the second, the name, may hold spaces. */
function groupOf(pid: string): number {
  try {
    const [state, , group] = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
    return state === "Z" ? 0 : Number(group); // one that nobody asks after holds nothing any more
  } catch {
    return 0;
  }
}

/** Runs the demonstration in a process group of its own; `at` is called when a line of its output matches. */
async function demo(args: readonly string[], options: { path?: string; when?: RegExp; at?: (pid: number) => void } = {}): Promise<Ended> {
  const { path, when = /register/, at = () => {} } = options;
  const env = { ...process.env, TMPDIR: temporary, ...(path !== undefined && { PATH: path }) };
  const child = spawn(freehold, ["demo", "--tun", "--no-ladder", ...args], {
    cwd: folder,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid!;
  const home = readlinkSync("/proc/self/ns/net");
  let stdout = "";
  let said = "";
  let namespaces: string[] = [];
  const hear = (text: string): void => {
    said += text;
    if (namespaces.length > 0 || !when.test(said)) return;
    namespaces = [...new Set(namespacesOf(pid))].filter((name) => name !== home);
    at(pid);
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    hear(text);
  });
  child.stderr.setEncoding("utf8").on("data", hear);
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  // children of a process that was killed see it when they write next
  const end = performance.now() + 5_000;
  while (group(pid).length > 0 && performance.now() < end) await new Promise((next) => setImmediate(next));
  return { status, stdout, said, namespaces, left: group(pid) };
}
const group = (pid: number): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && groupOf(name) === pid)
    .map(commandOf);

/** It had namespaces, and no process of its group is there to hold one; the machine's links are what they were, no state was left. */
function nothingLeft({ namespaces, left }: Ended, before: ReturnType<typeof machine>): void {
  assert.ok(namespaces.length >= 4, `core, gNB, data network and phones: ${namespaces.join(" ")}`);
  assert.deepEqual(left, []);
  assert.deepEqual(machine(), before);
}
const machine = () => ({
  links: readFileSync("/proc/net/dev", "latin1")
    .split("\n")
    .map((line) => line.split(":")[0]?.trim()),
  routes: readFileSync("/proc/net/route", "latin1"),
  state: readdirSync(temporary),
});

const tshark = (file: string, ...args: readonly string[]): string =>
  spawnSync("tshark", ["-o", "sctp.checksum:CRC-32C", "-r", file, ...args], { encoding: "utf8", maxBuffer: 256 << 20 }).stdout;

/** Every UDP payload of a protocol, sorted; one that came twice is there twice. */
const datagrams = (file: string, protocol: string): string[] =>
  tshark(file, "-Y", protocol, "-T", "fields", "-e", "udp.payload").trim().split("\n").sort();

/** Every NGAP message over SCTP, sorted. A message in a packet is [octets, position, length …]; several are a list of these. */
function ngap(file: string): string[] {
  type Raw = readonly [string, number];
  const frames = JSON.parse(tshark(file, "-Y", "ngap && sctp", "-T", "jsonraw", "-j", "ngap", "--no-duplicate-keys")) as {
    _source: { layers: { ngap_raw: Raw | readonly Raw[] } };
  }[];
  const isOne = (raw: Raw | readonly Raw[]): raw is Raw => typeof raw[0] === "string";
  return frames
    .flatMap(({ _source: { layers } }) => (isOne(layers.ngap_raw) ? [layers.ngap_raw[0]] : layers.ngap_raw.map(([hex]) => hex)))
    .sort();
}

const report = ({ stdout }: Ended): Report => JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Report;

test("freehold demo --tun: real ping and HTTP cross it, a capture beside it holds the same payloads, nothing is left", {
  skip: missing("ping", "curl", "tcpdump", "tshark"),
}, async () => {
  const [tape, beside] = [join(folder, "tun.pcapng"), join(folder, "beside.pcap")];
  const before = machine();
  const ended = await demo(["--json", "--pcap", tape, "--capture", beside]);
  assert.equal(ended.status, 0, ended.said);
  const { phones, startMs, firstPingMs } = report(ended);
  assert.equal(phones.length, 3);
  for (const { registered, ping, http, deregistered, failed } of phones) {
    assert.equal(failed, undefined);
    assert.deepEqual([registered, deregistered], [true, true]);
    assert.deepEqual([ping.sent, ping.received, ping.rttMs.length], [3, 3, 3]);
    assert.deepEqual(http, { status: 200, octets: 32_768 });
  }
  assert.equal(new Set(phones.map(({ session }) => session.ip)).size, 3);
  assert.ok(startMs > 0 && firstPingMs > startMs);
  assert.equal(ended.said.match(/no way out .*unreachable/g)?.length, 6, "each phone is alone before its session and after it");

  assert.equal(tshark(tape, "-Y", "_ws.malformed || _ws.expert.severity >= 0x600000"), "");
  // the other way round too: what tcpdump heard of SCTP carries our checksums on the wire
  assert.equal(tshark(beside, "-Y", "sctp && (_ws.malformed || _ws.expert.severity >= 0x600000)"), "");
  assert.notEqual(tshark(beside, "-Y", "sctp && !udp"), "", "SCTP straight over IP");
  assert.deepEqual(ngap(beside), ngap(tape));
  for (const protocol of ["pfcp", "gtp"]) {
    assert.ok(datagrams(tape, protocol).length > 10, protocol);
    assert.deepEqual(datagrams(beside, protocol), datagrams(tape, protocol));
  }
  const pings = tshark(beside, "-Y", "gtp && icmp", "-T", "fields", "-e", "icmp.type").trim().split("\n").sort();
  assert.deepEqual(pings, [...Array<string>(9).fill("0"), ...Array<string>(9).fill("8")]);
  nothingLeft(ended, before);
});

test("freehold demo --tun, interrupted while phones use the network, stops everything and leaves nothing", {
  skip: missing("ping"),
}, async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const before = machine();
    const file = join(folder, `${signal}.pcapng`);
    const ended = await demo(["--pcap", file], { when: /phone 1 {2}session/, at: (pid) => process.kill(pid, signal) });
    assert.equal(ended.status, 130, ended.said);
    assert.match(ended.said, /interrupted/);
    assert.doesNotMatch(ended.said, /failed/);
    assert.throws(() => accessSync(file));
    nothingLeft(ended, before);
  }
});

test("freehold demo --tun, killed without a chance to clean up, leaves nothing", { skip: missing("ping", "tcpdump") }, async () => {
  const before = machine();
  const kill = (pid: number): void => void process.kill(pid, "SIGKILL");
  const ended = await demo(["--capture", join(folder, "killed.pcap")], { when: /phone 1 {2}session/, at: kill });
  assert.equal(ended.status, null);
  nothingLeft(ended, before);
});

test("freehold demo --tun fetches the page with a client of its own where there is no curl, and says what it cannot do without", {
  skip: missing("ping"),
}, async () => {
  const tools = join(folder, "bin");
  mkdirSync(tools);
  for (const tool of ["sh", "dirname", "readlink", "uname", "cmp", "ping"]) symlinkSync(where(tool), join(tools, tool));
  const ended = await demo(["--json", "--phones", "1"], { path: tools });
  assert.equal(ended.status, 0, ended.said);
  assert.deepEqual(report(ended).phones[0]?.http, { status: 200, octets: 32_768 });
  rmSync(join(tools, "ping"));
  const before = machine();
  const without = await demo([], { path: tools });
  assert.equal(without.status, 69, without.said);
  assert.match(without.said, /install ping/);
  assert.deepEqual(machine(), before);
});
