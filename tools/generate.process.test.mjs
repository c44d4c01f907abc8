import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

test("without the specifications folder every generator is skipped by name, and that is no failure", () => {
  const env = { ...process.env, FREEHOLD_SPECS: join(import.meta.dirname, "no such folder") };
  for (const args of [[], ["--check"]]) {
    const run = spawnSync(process.execPath, [join(import.meta.dirname, "generate.mjs"), ...args], { env, encoding: "utf8" });
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stdout, /^skipped: NGAP \(TS 38\.413 V19\.2\.0\) \(no asn1\//m);
    assert.doesNotMatch(run.stdout, /written/);
  }
});
