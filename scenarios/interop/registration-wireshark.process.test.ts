/** What the AMF says to phones, judged by Wireshark. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pcapng } from "@freehold/tape";
import { alice } from "../src/by-hand.ts";
import { FiveGC } from "../src/index.ts";

const skip = spawnSync("tshark", ["--version"]).status === 0 ? false : "tshark is not installed";

/** What Wireshark makes of the N2 tape: one line a frame. */
function read(system: FiveGC, fields: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "freehold-n1-"));
  try {
    const file = join(folder, "n2.pcapng");
    writeFileSync(file, pcapng(system.tape.entries().filter(({ interface: where }) => where === "N2")));
    const options = ["-r", file, "-o", "nas-5gs.null_decipher:TRUE", "-T", "fields"];
    const text = execFileSync("tshark", [...options, ...fields.flatMap((field) => ["-e", field])], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return text.split("\n").filter((line) => line.trim() !== "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("INTEROP 25: Wireshark reads PAGING and the service request that answers it, with the identity, the area and the session", {
  skip,
}, async () => {
  await using system = await FiveGC.start({ config: "security: { ciphering: [NEA0] }" });
  const gnb = await system.gnb();
  const ue = await system.ue(alice, { sessions: [{}] });
  await system.until(ue.bringUp());
  await system.clock.advance(500);
  gnb.release(gnb.state().ues[0]!.ranUeNgapId);
  await system.clock.advance(500);
  const tmsi = String(Number.parseInt(ue.state().guti!.slice(-8), 16));
  system.dataNetwork.ping(ue.sessions[0]!.ip!, 1);
  await system.clock.advance(2_000);
  const lines = read(system, ["_ws.col.Info", "ngap.fiveG_TMSI", "ngap.tAC", "ngap.pDUSessionID", "_ws.malformed", "_ws.expert.severity"]);
  assert.deepEqual(
    lines.filter((line) => /[Mm]alformed|\t(6291456|8388608)/.test(line)),
    [],
  );
  const fieldsOf = (name: string): string[] | undefined => lines.find((line) => line.includes(name))?.split("\t");
  assert.deepEqual(fieldsOf("Paging")?.slice(1, 3), [tmsi, "1"]);
  for (const name of ["Service request", "Service accept", "Configuration update command"]) assert.ok(fieldsOf(name), name);
  const setUp = lines.filter((line) => line.includes("Service accept") && line.includes("InitialContextSetupRequest"));
  assert.equal(setUp[0]?.split("\t")[3], "1");
});

test("INTEROP 11, 15, 19: Wireshark reads every message of a registration with everything in it, and finds nothing malformed", {
  skip,
}, async () => {
  const config = `security: { ciphering: [NEA0] }
network: { localTime: { zone: "+05:45", daylightSavingHours: 1 } }`;
  await using system = await FiveGC.start({ config });
  await system.gnb();
  const ue = await system.ue(alice, { sessions: [{}], slices: [{ sst: 1 }, { sst: 4, sd: "00abcd" }] });
  await system.until(ue.bringUp());
  await system.until(ue.deregister());
  const lines = read(system, ["_ws.col.Info", "_ws.malformed", "_ws.expert.severity"]);
  assert.deepEqual(
    lines.filter((line) => /[Mm]alformed|\t(6291456|8388608)/.test(line)),
    [],
  );
  for (const name of ["Security mode command", "Registration accept", "Configuration update command", "Deregistration accept"]) {
    assert.ok(
      lines.some((line) => line.includes(name)),
      `${name} in ${lines.join("; ")}`,
    );
  }
  const times = read(system, ["gsm_a.dtap.time_zone_time", "gsm_a.dtap.timezone", "gsm_a.dtap.dst_adjustment"]);
  assert.match(times.join("\n"), /12:00:00.*\t0x17,0x17\t1/, "noon, 23 quarters of an hour east, one hour of daylight saving");
});
