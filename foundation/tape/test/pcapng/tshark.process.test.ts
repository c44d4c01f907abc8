/** Wireshark reads what we write: no malformed frame, no wrong checksum, no complaint about a sequence number. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { hex, toHex } from "@freehold/wire";
import { pcapng, type TapeEntry } from "../../src/index.ts";
import { Recorder, registration, supi } from "../registration.ts";

const installed = spawnSync("tshark", ["--version"]).status === 0;
const skip = installed ? false : "tshark is not installed";

const strict = ["sctp.checksum:CRC-32C", "ip.check_checksum:TRUE", "udp.check_checksum:TRUE", "tcp.check_checksum:TRUE"];
const complaints = ["-Y", "_ws.malformed || _ws.expert.severity >= 0x600000"];

function tshark(entries: readonly TapeEntry[], ...args: readonly string[]): string[] {
  const directory = mkdtempSync(join(tmpdir(), "freehold-pcapng-"));
  try {
    const file = join(directory, "tape.pcapng");
    writeFileSync(file, pcapng(entries));
    const text = execFileSync("tshark", [...strict.flatMap((o) => ["-o", o]), "-r", file, ...args], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return text.split("\n").filter((l) => l !== "");
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("a whole registration is read without a complaint, each message as what it is", { skip }, () => {
  const entries = registration();
  assert.deepEqual(tshark(entries, ...complaints), []);
  const rows = tshark(
    entries,
    "-Y",
    "!tcp || json || http2.headers.method",
    "-T",
    "fields",
    "-e",
    "_ws.col.Protocol",
    "-e",
    "ip.src",
    "-e",
    "_ws.col.Info",
  );
  assert.equal(rows.length, entries.length);
  assert.deepEqual(rows.slice(0, 4), [
    "NGAP/NAS-5GS\t127.0.1.1\tInitialUEMessage, Registration request",
    "NAS-5GS\t192.0.2.1\tRegistration request",
    "HTTP2\t127.0.0.5\tHEADERS[1]: GET /nnrf-disc/v1/nf-instances?target-nf-type=AUSF",
    "HTTP2/JSON\t127.0.0.11\tHEADERS[1]: 200 OK, DATA[1], JavaScript Object Notation (application/json)",
  ]);
  for (const name of [
    "PFCP Session Establishment Request",
    "PFCP Session Establishment Response",
    "Echo (ping) request",
    "HEADERS[1]: 404 Not Found",
  ]) {
    assert.ok(
      rows.some((row) => row.includes(name)),
      name,
    );
  }
});

test("NAS in clear stands between the phone and the AMF, with a comment that has no identity", { skip }, () => {
  const rows = tshark(
    registration(),
    "-Y",
    "frame.interface_id == 1",
    "-T",
    "fields",
    "-e",
    "_ws.col.Source",
    "-e",
    "_ws.col.Destination",
    "-e",
    "frame.comment",
  );
  assert.equal(rows.length, 8);
  assert.equal(rows[0], "192.0.2.1\t127.0.0.5\tdeciphered: as it was before protection or after its removal; phone 1");
  assert.equal(rows.join().includes(supi), false);
});

test("HTTP bodies larger than a frame, a segment and a window, and long header fields come out whole", { skip }, () => {
  const tape = new Recorder();
  const long = "x".repeat(300_000);
  for (const cookie of ["short", "y".repeat(127), "z".repeat(40_000)]) {
    tape.sbi("AMF", "UDM", "Nudm_SDM_Get", `/nudm-sdm/v2/test?cookie=${cookie}`, { long }, 200, { long, n: 1 });
  }
  assert.deepEqual(tshark(tape.entries, ...complaints), []);
  const sizes = tshark(tape.entries, "-Y", "json", "-T", "fields", "-e", "json.value.string", "-E", "separator=,").map((row) => row.length);
  assert.deepEqual(sizes, Array<number>(6).fill(300_000));
  const paths = tshark(tape.entries, "-Y", "http2.headers.path", "-T", "fields", "-e", "http2.headers.path").map((row) => row.length);
  assert.deepEqual(paths, [30, 152, 40_025]);
});

test("interleaved exchanges, a repeated request, and answers whose request is lost keep the streams apart", { skip }, () => {
  const tape = new Recorder();
  for (let i = 0; i < 4; i++) tape.sbi("AMF", "UDM", `m${i}`, `/m${i}`, { i }, 200 + i, { i });
  const [a, A, b, B, c, C, , D] = tape.entries;
  assert.deepEqual(
    tshark(
      [a!, b!, c!, c!, B!, A!, C!, D!].map((e, i) => ({ ...e, at: i })),
      ...complaints,
    ),
    [],
  );
});

test("IPv6, mixed families and messages beyond one IP packet are read without a complaint", { skip }, () => {
  const v6 = (host: string, port: number) => ({ host, port });
  const base = registration()[0]!;
  const udp = registration().find((e) => e.interface === "N4")!;
  const entries: TapeEntry[] = [
    { ...base, carriage: { kind: "sctp", src: v6("2001:db8::1", 38412), dst: v6("2001:db8::2", 9), stream: 3, ppid: 60 } },
    { ...base, carriage: { kind: "sctp", src: v6("::1", 38412), dst: v6("127.0.0.1", 9), stream: 0, ppid: 60 } },
    { ...udp, carriage: { kind: "udp", src: v6("2001:db8::1", 8805), dst: v6("2001:db8::2", 8805) } },
    // no protocol is known for PPID 0x1000: data, whole
    {
      ...base,
      bytes: new Uint8Array(150_001).fill(1),
      carriage: { kind: "sctp", src: v6("10.0.0.1", 1000), dst: v6("10.0.0.2", 2000), stream: 1, ppid: 0x1000 },
    },
    { ...base, carriage: { kind: "sctp", src: v6("10.0.0.1", 1000), dst: v6("10.0.0.2", 2000), stream: 1, ppid: 60 } },
  ];
  assert.deepEqual(tshark(entries, ...complaints), []);
  assert.equal(tshark(entries, "-Y", "ngap").length, 3);
  assert.equal(tshark(entries, "-Y", "pfcp && ipv6").length, 1);
  assert.equal(tshark(entries, "-Y", "data.len == 150001").length, 1);
});

const folder = resolve(process.env["FREEHOLD_SPECS"] ?? join(import.meta.dirname, "../../../../../shared/specs"), "vectors/messages");

test("every collected message of other implementations is read as it is alone", {
  skip: skip || (existsSync(folder) ? false : "no specs folder"),
}, () => {
  const read = (name: string): Uint8Array[] =>
    (JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as { hex: string }[]).map((m) => hex(m.hex));
  const tape = new Recorder();
  for (const bytes of read("ngap")) {
    tape.put("N2", "gNB", "AMF", "m", bytes, {
      kind: "sctp",
      src: { host: "10.0.0.1", port: 38412 },
      dst: { host: "10.0.0.2", port: 38412 },
      stream: 1,
      ppid: 60,
    });
  }
  for (const bytes of read("nas5g")) tape.put("N1", "UE", "AMF", "m", bytes, { kind: "nas" });
  for (const [name, port] of [
    ["pfcp", 8805],
    ["gtpu", 2152],
  ] as const) {
    for (const bytes of read(name))
      tape.put("N4", "SMF", "UPF", "m", bytes, { kind: "udp", src: { host: "10.0.0.3", port }, dst: { host: "10.0.0.4", port } });
  }
  const broken = "sctp.checksum.status == 0 || ip.checksum.status == 0 || udp.checksum.status == 0 || sctp.retransmission";
  assert.deepEqual(tshark(tape.entries, "-Y", broken), []);
  assert.equal(tshark(tape.entries).length, tape.entries.length);
  assert.deepEqual(tshark(tape.entries, "-Y", "(ngap || nas-5gs) && _ws.malformed"), []);
  // an older tshark does not know every IE of the PFCP collection: what it must see is every octet
  const payloads = tshark(tape.entries, "-Y", "udp && !icmp", "-T", "fields", "-e", "udp.payload").map((p) => p.split(",")[0]);
  const sent = tape.entries.filter((e) => e.carriage.kind === "udp").map((e) => toHex(e.bytes));
  assert.ok(payloads.length > 30 && payloads.every((p) => sent.includes(p!)));
});
