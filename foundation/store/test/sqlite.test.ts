import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { Log } from "@freehold/runtime";
import { type Store, sqliteStore } from "../src/index.ts";
import { compliance, put } from "./compliance.ts";

async function folder(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "freehold-store-"));
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

compliance("sqlite", (body) =>
  folder(async (directory) => {
    const path = join(directory, "store.db");
    const opened: Store[] = [await sqliteStore({ path })];
    try {
      await body({
        store: opened[0]!,
        reopen: async () => {
          await opened[0]!.close();
          opened.push(await sqliteStore({ path }));
          return opened.at(-1)!;
        },
      });
    } finally {
      for (const store of opened) await store.close();
    }
  }),
);

test("sqlite: the directory and every file belong to their owner alone", () =>
  folder(async (directory) => {
    const path = join(directory, "var", "lib", "core.db");
    await using store = await sqliteStore({ path });
    await store.commit([put("a", 1)]);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) assert.equal(statSync(file).mode & 0o777, 0o600, file);
    assert.equal(statSync(join(directory, "var")).mode & 0o777, 0o700);
    assert.equal(statSync(join(directory, "var", "lib")).mode & 0o777, 0o700);
  }));

test("sqlite: a file that others may read is reported once, with the remedy", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    await (await sqliteStore({ path })).close();
    chmodSync(path, 0o644);
    const lines: string[] = [];
    const log = { warn: (line: string) => lines.push(line) } as unknown as Log;
    await (await sqliteStore({ path, log })).close();
    assert.deepEqual(lines, [`store ${path}: others may read it; chmod 600 it`]);
  }));

test("sqlite: close leaves one file, without a log beside it", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    const store = await sqliteStore({ path });
    await store.commit([put("a", 1)]);
    await store.close();
    assert.equal(existsSync(`${path}-wal`), false);
  }));

test("sqlite: a file that is no database is refused with one line and left alone", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    const text = "this is not a database, whatever its name says\n".repeat(100);
    writeFileSync(path, text, { mode: 0o600 });
    await refused(path, "damaged", /damaged or not a database; restore it from a backup/);
    assert.equal(readFileSync(path, "utf8"), text);
  }));

test("sqlite: a database with a damaged page is refused or says so at the read, with one line", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    const store = await sqliteStore({ path });
    await store.commit(Array.from({ length: 200 }, (_, i) => put(`key ${i}`, "x".repeat(200))));
    await store.close();
    const octets = readFileSync(path);
    octets.fill(0x5a, 4096);
    writeFileSync(path, octets);
    await assert.rejects(
      async () => {
        await using damaged = await sqliteStore({ path });
        await damaged.all("ue");
      },
      { name: "StoreError", code: "damaged" },
    );
  }));

test("sqlite: another program's database is refused and not touched", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    const other = new DatabaseSync(path);
    other.exec("CREATE TABLE theirs (x)");
    other.close();
    await refused(path, "damaged", /not one of this program; choose another path/);
    const after = new DatabaseSync(path);
    assert.deepEqual({ ...after.prepare("SELECT count(*) AS n FROM sqlite_schema").get() }, { n: 1 });
    after.close();
  }));

test("sqlite: a file of a newer version is refused", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    await (await sqliteStore({ path })).close();
    const db = new DatabaseSync(path);
    db.exec("UPDATE about SET value = '99' WHERE name = 'schema'");
    db.close();
    await refused(path, "newer", /schema 99, this one knows 1\); start that version/);
  }));

test("sqlite: a directory in place of the file is refused", () =>
  folder(async (directory) => {
    await refused(directory, "unreadable", /not a file \(EISDIR\); choose another path/);
  }));

test("sqlite: a locked file is refused at the start; while open, the commits are refused and nothing is changed", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    await using store = await sqliteStore({ path, busy: 1 });
    await store.commit([put("a", 1)]);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    await refused(path, "locked", /another process holds it; stop that one/);
    await assert.rejects(store.commit([put("a", 2)]), { name: "StoreError", code: "locked" });
    other.exec("ROLLBACK");
    other.close();
    assert.equal((await store.get("ue", "a"))?.value, 1);
    assert.deepEqual(await store.commit([put("a", 3, { expect: 1 })]), [2]);
  }));

test("sqlite: two stores on one file see each other's commits, and compare-and-set holds between them", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    await using one = await sqliteStore({ path });
    await using two = await sqliteStore({ path });
    await one.commit([put("a", 1)]);
    assert.equal((await two.get("ue", "a"))?.value, 1);
    const outcomes = await Promise.allSettled([one, two].map((s) => s.commit([put("a", 2, { expect: 1 })])));
    assert.deepEqual(outcomes.map((o) => o.status).sort(), ["fulfilled", "rejected"]);
  }));

test("sqlite: commits that arrive during a sync share the next one", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    await using store = await sqliteStore({ path });
    await store.commit([put("a", 0)]);
    // Each transaction appends at least one frame (24 + 4096 octets) per page it changed: a group of 400 small rows takes tens of frames, 400 transactions 800 and more.
    const before = statSync(`${path}-wal`).size;
    await Promise.all(Array.from({ length: 400 }, (_, i) => store.commit([put(`k${i}`, i)])));
    const frames = (statSync(`${path}-wal`).size - before) / 4120;
    assert.ok(frames < 200, `${frames} frames`);
  }));

test("sqlite: what is for later is in the file within a moment, without another commit", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    await using store = await sqliteStore({ path });
    await using reader = await sqliteStore({ path });
    await store.commit([put("a", 1)], later);
    while (store.rowWrites === 0) await new Promise((resolve) => setImmediate(resolve)); // the bound is the test runner's own
    assert.equal((await reader.get("ue", "a"))?.value, 1);
  }));

test("sqlite: a store that other processes commit to keeps nothing for later", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    await using store = await sqliteStore({ path, shared: true });
    await using reader = await sqliteStore({ path });
    await store.commit([put("a", 1)], later);
    assert.equal((await reader.get("ue", "a"))?.value, 1);
  }));

test("sqlite: what is for later gives way to what another process has committed meanwhile, and is said", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    const lines: string[] = [];
    const log = { warn: (line: string) => lines.push(line) } as unknown as Log;
    await using store = await sqliteStore({ path, log });
    await using other = await sqliteStore({ path });
    await store.commit([put("a", 1)]);
    await store.commit([put("a", 2)], later);
    await other.commit([put("a", 9)]);
    await store.commit([put("b", 1)]);
    assert.deepEqual([(await store.get("ue", "a"))?.value, (await store.get("ue", "b"))?.value], [9, 1]);
    assert.match(lines.join(), /a change gives way to another process's: ue: the row is at version 2, expected at version 1/);
  }));

test("sqlite: what is for later waits while the disk refuses, goes on being changed, and is there in the end", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    const store = await sqliteStore({ path, busy: 1 });
    await store.commit([put("a", 1)]);
    const lock = new DatabaseSync(path);
    lock.exec("BEGIN IMMEDIATE");
    await store.commit([put("a", 2, { expect: 1 })], later);
    const refusedCommit = store.commit([put("b", 1)]);
    await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
    await store.commit([put("a", 3, { expect: 2 })], later);
    await assert.rejects(refusedCommit, { code: "locked" });
    assert.equal((await store.get("ue", "a"))?.version, 3);
    assert.deepEqual(await store.commit([put("a", 4, { expect: 3 })], later), [4]);
    lock.exec("ROLLBACK");
    lock.close();
    await store.close();
    await using again = await sqliteStore({ path });
    assert.deepEqual(await again.get("ue", "a"), { key: "a", version: 4, value: 4 });
  }));

const later = { durable: "later" } as const;

async function refused(path: string, code: string, message: RegExp): Promise<void> {
  await assert.rejects(sqliteStore({ path, busy: 1 }), (fault: Error & { code?: string }) => {
    assert.equal(fault.name, "StoreError");
    assert.equal(fault.code, code);
    assert.match(fault.message, message);
    assert.ok(fault.message.startsWith(`store ${path}: `) && !fault.message.includes("\n"));
    return true;
  });
}
