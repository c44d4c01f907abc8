import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "freehold-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const has = (tool: string): boolean => spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0;
const noTshark = has("tshark") ? false : "tshark is not installed";

interface Phone {
  readonly supi: string;
  readonly registered: boolean;
  readonly session: { readonly ip: string };
  readonly ping: { readonly sent: number; readonly received: number; readonly rttMs: readonly number[] };
  readonly http: { readonly status: number };
}
interface Report {
  readonly phones: readonly Phone[];
  readonly pcap: string;
  readonly startMs: number;
  readonly firstPingMs: number;
  readonly rssMB: number;
}

function demo(args: readonly string[], pcap: string): Report {
  const run = spawnSync(join(root, "freehold"), ["demo", "--json", "--pcap", pcap, ...args], {
    cwd: folder,
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout.trimEnd().split("\n").at(-1) ?? "") as Report;
}

function tshark(file: string, ...args: readonly string[]): string[] {
  const run = spawnSync("tshark", ["-o", "sctp.checksum:CRC-32C", "-r", file, ...args], { encoding: "utf8", maxBuffer: 64 << 20 });
  return run.stdout.split("\n").filter((line) => line !== "");
}

const fields = (file: string, filter: string, ...names: readonly string[]): string[][] =>
  tshark(file, "-Y", filter, "-T", "fields", ...names.flatMap((name) => ["-e", name])).map((line) => line.split("\t"));

/** What Wireshark must say of any of the three captures: nothing malformed, no error, and per phone the inner messages and values. */
function judge({ phones }: Report, file: string): void {
  assert.deepEqual(tshark(file, "-Y", "_ws.malformed || _ws.expert.severity >= 0x600000"), []);
  for (const protocol of ["ngap", "pfcp", "gtp", "nas-5gs", "http2"])
    assert.notEqual(tshark(file, "-Y", protocol).length, 0, `no ${protocol}`);
  const clear = fields(file, "exported_pdu && nas-5gs", "frame.comment", "nas_5gs.mm.message_type", "nas_5gs.sm.message_type");
  for (const [i] of phones.entries()) {
    const mine = clear.filter(([comment]) => comment?.endsWith(`phone ${i + 1}`));
    const mm = mine.map(([, type]) => type?.split(",")[0]);
    // Registration, authentication and security mode both ways, accept and complete, de-registration and its accept.
    for (const type of ["0x41", "0x56", "0x57", "0x5d", "0x5e", "0x42", "0x43", "0x45", "0x46"])
      assert.ok(mm.includes(type), `phone ${i + 1}: no ${type}`);
    const sm = mine.map(([, , type]) => type);
    assert.ok(sm.includes("0xc1") && sm.includes("0xc2"), `phone ${i + 1}: no PDU session establishment`);
  }
  const accepts = fields(file, "exported_pdu && nas_5gs.sm.message_type == 0xc2", "nas_5gs.sm.pdu_addr_inf_ipv4", "nas_5gs.sm.5gsm_cause");
  assert.deepEqual(accepts.map(([ip]) => ip).sort(), phones.map(({ session }) => session.ip).sort());
  // Phones ask for IPv4v6 and are told that IPv4 alone is here.
  assert.ok(accepts.every(([, cause]) => cause === "50"));
}

function whole({ phones, startMs, firstPingMs, rssMB }: Report): void {
  assert.equal(phones.length, 3);
  for (const { registered, ping, http } of phones) {
    assert.equal(registered, true);
    assert.equal(ping.received, ping.sent);
    assert.equal(ping.rttMs.length, ping.sent);
    assert.equal(http.status, 200);
  }
  assert.ok(startMs > 0 && firstPingMs > startMs && rssMB > 0);
}

test("freehold demo: three phones register and reach the network, and Wireshark finds nothing wrong", { skip: noTshark }, () => {
  const file = join(folder, "local.pcapng");
  const report = demo([], file);
  whole(report);
  judge(report, file);
  // Ciphered on the wire: a Registration accept can be read in the deciphered export alone.
  assert.deepEqual(fields(file, "ngap && nas_5gs.mm.message_type == 0x42", "frame.number"), []);
  assert.deepEqual(readdirSync(folder), ["local.pcapng"]);
});

test("freehold demo --nea 0: with null ciphering the NAS messages inside NGAP are the exported ones", { skip: noTshark }, () => {
  const file = join(folder, "nea0.pcapng");
  const report = demo(["--nea", "0"], file);
  judge(report, file);
  assert.equal(tshark(file, "-o", "nas-5gs.null_decipher:TRUE", "-Y", "ngap && nas_5gs.mm.message_type == 0x42").length, 3);
});

/** Octets of every message of a kind, each once and sorted: what two captures of one exchange must have in common. */
function payloads(file: string, filter: string, field: string, ...more: readonly string[]): string[] {
  const all = tshark(file, ...more, "-Y", filter, "-T", "fields", "-e", field).flatMap((line) => line.split(","));
  return [...new Set(all.filter((octets) => octets !== ""))].sort();
}

const noCapture = noTshark || (process.getuid?.() !== 0 ? "not root" : has("tcpdump") ? false : "tcpdump is not installed");
const services =
  "nnrf-nfm nnrf-disc nausf-auth nudm-ueau nudm-uecm nudm-sdm nudr-dr npcf-am-policy-control npcf-smpolicycontrol nnssf-nsselection nsmf-pdusession namf-comm";

/** Waits until the capture holds a datagram sent now: everything before it is in the file then. */
async function captured(file: string): Promise<void> {
  const mark = "the demonstration is over";
  const socket = createSocket("udp4");
  try {
    for (let tries = 0; tries < 100; tries++) {
      socket.send(mark, 9, "127.64.0.9");
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (readFileSync(file).includes(mark)) return;
    }
    assert.fail("tcpdump does not write");
  } finally {
    socket.close();
  }
}

test("freehold demo --processes: a capture beside it holds the same payloads, and HTTP/2 of every service", {
  skip: noCapture,
}, async () => {
  const [file, beside] = [join(folder, "processes.pcapng"), join(folder, "beside.pcap")];
  const before = Object.keys(networkInterfaces());
  const tcpdump = spawn(
    "tcpdump",
    ["-i", "lo", "--immediate-mode", "-s", "4096", "-B", "16384", "-U", "-w", beside, "net", "127.64.0.0/10"],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  await new Promise<void>((resolve) => tcpdump.stderr.on("data", (said: Uint8Array) => String(said).includes("listening") && resolve()));
  let report: Report;
  try {
    report = demo(["--processes"], file);
    await captured(beside);
  } finally {
    await new Promise<void>((resolve) => {
      tcpdump.once("exit", () => resolve());
      tcpdump.kill("SIGINT");
    });
  }
  whole(report);
  judge(report, file);
  // Other demonstrations may run beside this one: ours is the /24 of its N2 address.
  const [[n2 = ""] = []] = fields(file, "ngap && sctp", "ip.dst");
  const ours = `ip.addr == ${n2.replace(/\.\d+$/, ".0/24")}`;
  const nas = (f: string, filter: string, ...more: string[]): string[] => payloads(f, filter, "ngap.NAS_PDU", ...more);
  assert.deepEqual(nas(beside, `ngap && sctp && ${ours}`, "-d", "udp.port==9899,sctp"), nas(file, "ngap && sctp"));
  const pfcp = (f: string): string[] => payloads(f, `pfcp && pfcp.msg_type >= 50 && ${ours}`, "udp.payload");
  assert.deepEqual(pfcp(beside), pfcp(file));
  const gtp = (f: string): string[] => payloads(f, `gtp && ${ours}`, "udp.payload");
  assert.deepEqual(gtp(beside), gtp(file));
  const paths = fields(beside, `http2.headers.method && ${ours}`, "http2.headers.path").flatMap(([path]) => (path ?? "").split(","));
  for (const service of services.split(" "))
    assert.ok(
      paths.some((path) => path.startsWith(`/${service}/`)),
      `no HTTP/2 stream of ${service}`,
    );
  assert.deepEqual(Object.keys(networkInterfaces()), before);
});

test("an interrupted demonstration leaves no process and no file", async () => {
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const child = spawn(join(root, "freehold"), ["demo", "--processes", "--pcap", join(folder, "interrupted.pcapng")], {
    cwd: folder,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "ignore"],
  });
  await new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  child.kill("SIGINT");
  assert.equal(await ended, 130);
  assert.equal(readdirSync(folder).includes("interrupted.pcapng"), false);
  assert.deepEqual(readdirSync(temporary), []);
  // Its children were in its group: none of them has it as parent any more, and none runs.
  assert.equal(spawnSync("pgrep", ["-P", String(child.pid)]).status, 1);
});

test("what the user gets wrong is one line and exit code 2", () => {
  for (const [args, said] of [
    [["--phones", "0"], /a whole number from 1 to 100/],
    [["--tun", "--processes"], /choose one/],
    [["--pcap", join(folder, "no", "such", "x.pcapng")], /no such/],
  ] as const) {
    const run = spawnSync(join(root, "freehold"), ["demo", "--phones", "1", ...args], { cwd: folder, encoding: "utf8" });
    assert.equal(run.status, 2, `${args.join(" ")}: ${run.stderr}`);
    assert.match(run.stderr, said);
  }
});
