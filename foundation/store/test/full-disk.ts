/** Fills the file system that the store is on, sees commits refused, frees it, and sees the store go on. Exit code 0 when all of it holds. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sqliteStore } from "../src/index.ts";

const directory = process.argv[2]!;
const store = await sqliteStore({ path: join(directory, "core.db") });
const ballast = join(directory, "ballast");
writeFileSync(ballast, new Uint8Array(512 * 1024));

let acknowledged = 0;
const refusals: string[] = [];
for (let round = 0; refusals.length === 0; round++) {
  const group = Array.from({ length: 5 }, (_, i) =>
    store.commit([{ table: "t", key: `${round * 5 + i}`, value: "x".repeat(2000), expect: 0 }]),
  );
  for (const outcome of await Promise.allSettled(group)) {
    if (outcome.status === "fulfilled") acknowledged++;
    else refusals.push((outcome.reason as { code: string }).code);
  }
}
assert.deepEqual(refusals, Array<string>(5).fill("full"));
assert.equal((await store.all("t")).length, acknowledged);

rmSync(ballast);
assert.deepEqual(await store.commit([{ table: "t", key: `${acknowledged}`, value: 1, expect: 0 }]), [1]);
await store.close();
await using again = await sqliteStore({ path: join(directory, "core.db") });
assert.equal((await again.all("t")).length, acknowledged + 1);
