import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { sqliteStore } from "../src/index.ts";

test("sqlite: every commit that was acknowledged before kill -9 is there, whole, with what was for later before it, and no half of another", async () => {
  const directory = mkdtempSync(join(tmpdir(), "freehold-kill-"));
  const path = join(directory, "core.db");
  try {
    // the longest life is past SQLite's first checkpoint, at 1000 pages of log
    for (const acknowledged of [300, 1000, 4000]) {
      for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
      const known = await liveUntil(path, acknowledged);
      await using store = await sqliteStore({ path });
      const lanes = new Map((await store.all<number>("lane")).map((r) => [r.key, r]));
      const later = new Map((await store.all<number>("later")).map((r) => [r.key, r]));
      const log = new Map((await store.all<{ n: number }>("log")).map((r) => [r.key, r.value.n]));
      let rows = 0;
      for (let lane = 0; lane < 8; lane++) {
        const found = lanes.get(`${lane}`)?.value ?? 0;
        assert.ok(found >= known[lane]!, `lane ${lane}: ${known[lane]} acknowledged, ${found} found`);
        assert.equal(lanes.get(`${lane}`)?.version ?? 0, found);
        const before = later.get(`${lane}`);
        assert.ok((before?.value ?? 0) >= found, `lane ${lane}: ${found} committed, ${before?.value} for later before it`);
        assert.equal(before?.version ?? 0, before?.value ?? 0);
        for (let n = 1; n <= found; n++) assert.equal(log.get(`${lane}-${n}`), n);
        assert.equal((await store.find<{ n: number }>("log", "id", `id ${lane}-${found}`))?.value.n, found);
        rows += found;
      }
      assert.equal(log.size, rows);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** Starts the writer, kills it in the middle of its work after `acknowledged` lines, and gives the last number acknowledged in each lane. */
async function liveUntil(path: string, acknowledged: number): Promise<number[]> {
  const known = Array<number>(8).fill(0);
  const writer = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", fileURLToPath(new URL("./writer.ts", import.meta.url)), path],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const ended = new Promise<NodeJS.Signals | null>((resolve) => writer.once("close", (_code, signal) => resolve(signal)));
  let text = "";
  let lines = 0;
  for await (const part of writer.stdout) {
    text += part;
    const whole = text.split("\n");
    text = whole.pop()!;
    for (const line of whole) {
      const [lane, n] = line.split(" ");
      known[Number(lane)] = Number(n);
      lines++;
    }
    if (lines >= acknowledged) writer.kill("SIGKILL");
  }
  assert.equal(await ended, "SIGKILL");
  return known;
}
