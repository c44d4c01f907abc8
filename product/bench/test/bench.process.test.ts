import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { execPath } from "node:process";
import { describe, it } from "node:test";

const main = join(import.meta.dirname, "../../cli/src/main.ts");

/** What a benchmark prints as its last line, its exit code, and all it said to people. */
function bench(...args: string[]): Promise<{ code: number; json: Record<string, unknown> | undefined; said: string }> {
  return new Promise((resolve) => {
    execFile(execPath, ["--disable-warning=ExperimentalWarning", main, "bench", ...args], (error, stdout, stderr) => {
      const last = stdout.trimEnd().split("\n").at(-1) ?? "";
      const json = last.startsWith("{") ? (JSON.parse(last) as Record<string, unknown>) : undefined;
      resolve({ code: error === null ? 0 : Number(error.code), json, said: stderr });
    });
  });
}

const above = (json: Record<string, unknown> | undefined, keys: readonly string[]): void => {
  for (const key of keys) {
    const value = json?.[key];
    assert.ok(typeof value === "number" && value > 0, `${key} is ${String(value)}`);
  }
};

describe("freehold bench", () => {
  it("registers phones with a session each and says what one cost the core", async () => {
    const { code, json, said } = await bench("registration", "--phones", "5", "--json");
    assert.equal(code, 0, said);
    assert.equal(json?.["bench"], "registration");
    assert.equal(json["phones"], 5);
    assert.equal(json["failures"], 0);
    above(json, ["cpuMsPerPhone", "coldCpuMsPerPhone", "p50Ms", "p99Ms", "phonesPerSecond", "coreRssMB", "rowWritesPerPhone"]);
    // A few phones say little of the heap's slope: that it is a number is all.
    for (const key of ["bytesPerPhone", "maxLoopMs", "maxGcMs"]) assert.equal(typeof json[key], "number", key);
    assert.ok(Number(json["p99Ms"]) >= Number(json["p50Ms"]));
    assert.match(String(json["profile"]), /SQLite, synced.*SUCI profile A.*NEA2\/NIA2.*tape on/);
  });

  it("lets phones begin at the rate that is asked for", async () => {
    const { code, json, said } = await bench("registration", "--phones", "6", "--rate", "20", "--json");
    assert.equal(code, 0, said);
    assert.deepEqual([json?.["rate"], json?.["concurrency"], json?.["failures"]], [20, 256, 0]);
    // The sixth begins 250 ms after the first, whatever the machine does.
    assert.ok(Number(json?.["phonesPerSecond"]) <= 24, String(json?.["phonesPerSecond"]));
  });

  it("decodes and encodes the messages of a registration", async () => {
    const { code, json, said } = await bench("codec", "--rounds", "1", "--json");
    assert.equal(code, 0, said);
    assert.equal(json?.["bench"], "codec");
    const rows = json["rows"] as readonly Record<string, unknown>[];
    for (const row of rows) above(row, ["decodeNs", "encodeNs", "octets"]);
    const names = rows.map((row) => String(row["message"]));
    for (const wanted of [
      "NAS Registration request",
      "NGAP InitialUEMessage",
      "PFCP Session Establishment Request",
      "GTP-U G-PDU header",
    ]) {
      assert.ok(names.includes(wanted), wanted);
    }
  });

  it("sends messages over SCTP, between two stacks of ours and, where there is one, against libusrsctp", async () => {
    const { code, json, said } = await bench("sctp", "--ms", "20", "--json");
    assert.equal(code, 0, said);
    assert.equal(json?.["bench"], "sctp");
    const rows = json["rows"] as readonly Record<string, unknown>[];
    for (const row of rows) above(row, ["octets", "cpuUsPerMessage", "messagesPerSecond", "megabytesPerSecond", "datagramsPerMessage"]);
    assert.deepEqual(
      rows.filter((row) => row["between"] === "ours and ours, one way").map((row) => row["octets"]),
      [64, 1_024, 60_000],
    );
    assert.ok(rows.length >= 8 || typeof json["without"] === "string", "libusrsctp was measured, or it says why not");
  });

  it("starts a core and pings through it", async () => {
    const { code, json, said } = await bench("start", "--runs", "1", "--json");
    assert.equal(code, 0, said);
    assert.equal(json?.["bench"], "start");
    above(json, ["firstPingMs", "coreRssMB"]);
  });

  it("answers a number that is none with exit code 2 and what is wanted", async () => {
    const { code, json, said } = await bench("registration", "--phones", "none");
    assert.equal(code, 2);
    assert.equal(json, undefined);
    assert.match(said, /a whole number from 1 to 10000/);
  });
});
