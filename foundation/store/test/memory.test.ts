import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore } from "../src/index.ts";
import { compliance, put } from "./compliance.ts";

compliance("memory", async (body) => {
  const store = memoryStore();
  await body({
    store,
    reopen: async () => {
      await store.close();
      return store.survivor();
    },
  });
});

test("memory: what was not acknowledged does not survive, and what survives is its own", async () => {
  const store = memoryStore();
  await store.commit([put("a", 1, { unique: { guti: "g" } })]);
  const disk = store.hold();
  const late = store.commit([put("a", 2), put("b", 1)]);
  const survivor = store.survivor();
  disk.release();
  await late;
  assert.equal(store.commits, 2);
  assert.deepEqual(await survivor.all("ue"), [{ key: "a", version: 1, value: 1 }]);
  await survivor.commit([put("a", 9, { unique: {} })]);
  assert.equal((await store.find("ue", "guti", "g"))?.value, 2);
});

test("memory: while the disk does not answer no commit is acknowledged or seen", async () => {
  const store = memoryStore();
  const disk = store.hold();
  let acknowledged = false;
  const commit = store.commit([put("a", 1)]).then(() => {
    acknowledged = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(acknowledged, false);
  assert.equal(await store.get("ue", "a"), undefined);
  disk.release();
  await commit;
  assert.equal((await store.get("ue", "a"))?.value, 1);
});

test("memory: what is for later survives with the next commit, not before, and is gone when the process dies first", async () => {
  const store = memoryStore();
  const later = { durable: "later" } as const;
  await store.commit([put("a", 1)]);
  await store.commit([put("a", 2)], later);
  assert.deepEqual(await store.survivor().all("ue"), [{ key: "a", version: 1, value: 1 }]);
  await store.commit([put("b", 1)]);
  assert.equal((await store.survivor().get("ue", "a"))?.value, 2);
  await store.commit([put("a", 3)], later);
  const underWay = store.commit([put("b", 2)]);
  await store.commit([put("c", 1)], later);
  store.lose();
  await underWay;
  assert.deepEqual(
    (await store.all("ue")).map(({ key, value }) => [key, value]),
    [
      ["a", 3],
      ["b", 2],
    ],
  );
});
