import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sqliteStore } from "../src/index.ts";
import { RecentRows } from "../src/recent.ts";

test("a row is read once a second, an absent one too, and again at once when it was forgotten", () => {
  let now = 0;
  let reads = 0;
  const recent = new RecentRows(() => now);
  const read = (_: string, key: string) => {
    reads++;
    return key === "there" ? { version: reads, value: "" } : undefined;
  };
  assert.equal(recent.get("t", "there", read)?.version, 1);
  assert.equal(recent.get("t", "gone", read), undefined);
  now = 999;
  assert.deepEqual([recent.get("t", "there", read)?.version, recent.get("t", "gone", read), reads], [1, undefined, 2]);
  recent.forget("t", "there");
  assert.equal(recent.get("t", "there", read)?.version, 3);
  now = 1_000;
  recent.get("t", "gone", read);
  assert.equal(reads, 4);
});

test("what is kept is bounded: the row read longest ago goes first", () => {
  let reads = 0;
  const recent = new RecentRows(() => 0);
  const read = () => {
    reads++;
    return undefined;
  };
  for (let i = 0; i <= 256; i++) recent.get("t", `${i}`, read);
  recent.get("t", "256", read);
  assert.equal(reads, 257);
  recent.get("t", "0", read);
  assert.equal(reads, 258);
});

test("sqlite: own commits are seen at once, and another writer's change makes a compare-and-set fail and is seen after it", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "freehold-recent-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "core.db");
  await using ours = await sqliteStore({ path });
  await using theirs = await sqliteStore({ path });
  const put = (value: string, expect?: number) => [{ table: "t", key: "a", value, ...(expect !== undefined && { expect }) }];
  assert.equal(await ours.get("t", "a"), undefined);
  await ours.commit(put("one", 0));
  assert.equal((await ours.get("t", "a"))?.value, "one");
  await theirs.commit(put("two", 1));
  await assert.rejects(ours.commit(put("three", 1)), { name: "StoreConflict" });
  assert.deepEqual(await ours.get("t", "a"), { key: "a", version: 2, value: "two" });
});
