/** What every store must do. Each store's test file runs it; `reopen` stands for the end of the process and its next start. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Change, type Plain, type Put, type Store, StoreClosed, StoreConflict } from "../src/index.ts";

export interface Trial {
  readonly store: Store;
  /** Closes the store and opens what it left. */
  reopen(): Promise<Store>;
}

export function compliance(name: string, trial: (body: (trial: Trial) => Promise<void>) => Promise<void>): void {
  const it = (sentence: string, body: (trial: Trial) => Promise<void>): void => {
    test(`${name}: ${sentence}`, () => trial(body));
  };

  it("a new row has version 1, an update the next, a row that is not there is undefined", async ({ store }) => {
    assert.deepEqual(await store.commit([put("a", { x: 1 })]), [1]);
    assert.deepEqual(await store.commit([put("a", { x: 2 })]), [2]);
    assert.deepEqual(await store.get("ue", "a"), { key: "a", version: 2, value: { x: 2 } });
    assert.equal(await store.get("ue", "b"), undefined);
    assert.equal(await store.get("other", "a"), undefined);
    assert.equal(await store.find("ue", "guti", "b"), undefined);
  });

  it("values come back as they went in, octets and marked text too, and share nothing with the caller", async ({ store }) => {
    const value = {
      text: "~tilde",
      tilde: "~",
      none: null,
      deep: [{ octets: Uint8Array.of(0, 255, 1) }, [], new Uint8Array(0), true, -1.5, "ü\u0000\ud83d\udcf1"],
      __proto: 1,
    };
    const before = structuredClone(value);
    const done = store.commit([put("a", value)]);
    (value.deep[0] as { octets: Uint8Array }).octets[0] = 9;
    await done;
    const first = await store.get("ue", "a");
    assert.deepEqual(first?.value, before);
    (first!.value as typeof value).deep.length = 0;
    assert.deepEqual((await store.get("ue", "a"))?.value, before);
  });

  it("an optional that is undefined is left out", async ({ store }) => {
    await store.commit([put("a", { x: 1, y: undefined })]);
    assert.deepEqual((await store.get("ue", "a"))?.value, { x: 1 });
  });

  it("any plain value survives", async ({ store }) => {
    const plain = fc.letrec<{ plain: Plain }>((tie) => ({
      plain: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
        fc.string({ unit: "binary" }),
        fc.string().map((s) => `~${s}`),
        fc.uint8Array().map((octets) => new Uint8Array(octets)),
        fc.array(tie("plain"), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("__proto__", "toJSON", "~k", "length")), tie("plain"), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
      ),
    })).plain;
    await fc.assert(
      fc.asyncProperty(plain, async (value) => {
        await store.commit([put("any", value)]);
        assert.deepEqual((await store.get("ue", "any"))?.value, value);
      }),
      { numRuns: 150 },
    );
  });

  it("what is not plain is refused and names its place", async ({ store }) => {
    const wrong: [unknown, RegExp][] = [
      [{ a: [1n] }, /value\.a\[0\]: a bigint/],
      [{ a: Number.NaN }, /value\.a: NaN/],
      [{ a: new Date(0) }, /value\.a: an instance of Date/],
      [[undefined], /value\[0\]: a undefined/],
      [{ f: () => 1 }, /value\.f: a function/],
      [new Map(), /value: an instance of Map/],
    ];
    for (const [value, message] of wrong) {
      await assert.rejects(store.commit([put("ok", 1), put("a", value as Plain)]), { name: "TypeError", message });
    }
    assert.equal(await store.get("ue", "ok"), undefined);
    await assert.rejects(store.commit([put("a\u0000b", 1)]), TypeError);
    await assert.rejects(store.commit([put("\ud800", 1)]), TypeError);
  });

  it("expect is compared: 0 is absent, any other the version now", async ({ store }) => {
    await store.commit([put("a", 1, { expect: 0 })]);
    await conflict(store.commit([put("a", 2, { expect: 0 })]), "a");
    await conflict(store.commit([put("a", 2, { expect: 2 })]), "a");
    await conflict(store.commit([put("b", 2, { expect: 1 })]), "b");
    assert.deepEqual(await store.commit([put("a", 2, { expect: 1 })]), [2]);
    await conflict(store.commit([{ table: "ue", key: "a", remove: true, expect: 1 }]), "a");
    assert.deepEqual(await store.commit([{ table: "ue", key: "a", remove: true, expect: 2 }]), [0]);
    assert.deepEqual(await store.commit([put("a", 3, { expect: 0 })]), [1]);
  });

  it("a conflict anywhere in a commit leaves nothing of it", async ({ store }) => {
    await store.commit([put("a", 1, { unique: { guti: "1" } })]);
    const changes: Change[] = [
      put("a", 2, { unique: { guti: "2" } }),
      { table: "ue", key: "gone", remove: true },
      put("new", 1, { unique: { guti: "1" } }),
      put("late", 1, { expect: 7 }),
    ];
    await conflict(store.commit(changes), "late");
    assert.deepEqual(await store.get("ue", "a"), { key: "a", version: 1, value: 1 });
    assert.equal(await store.get("ue", "new"), undefined);
    assert.equal((await store.find("ue", "guti", "1"))?.key, "a");
    assert.equal(await store.find("ue", "guti", "2"), undefined);
  });

  it("several changes of one row apply in order within a commit", async ({ store }) => {
    const remove: Change = { table: "ue", key: "a", remove: true };
    assert.deepEqual(await store.commit([put("a", 1), put("a", 2, { expect: 1 }), remove, put("a", 3, { expect: 0 })]), [1, 2, 0, 1]);
    assert.deepEqual(await store.get("ue", "a"), { key: "a", version: 1, value: 3 });
    assert.deepEqual(await store.commit([remove, remove]), [0, 0]);
  });

  it("a row is found by its secondary keys, which are replaced as a whole and kept when not given", async ({ store }) => {
    await store.commit([put("a", 1, { unique: { guti: "g1", tmsi: "t1" } })]);
    await store.commit([put("a", 2)]);
    assert.equal((await store.find("ue", "guti", "g1"))?.version, 2);
    await store.commit([put("a", 3, { unique: { guti: "g2" } })]);
    assert.deepEqual(await store.find("ue", "guti", "g2"), { key: "a", version: 3, value: 3 });
    assert.equal(await store.find("ue", "guti", "g1"), undefined);
    assert.equal(await store.find("ue", "tmsi", "t1"), undefined);
    await store.commit([put("a", 4, { unique: {} })]);
    assert.equal(await store.find("ue", "guti", "g2"), undefined);
    await store.commit([put("a", 5, { unique: { guti: "g2" } }), put("b", 1, { unique: { tmsi: "t1" } })]);
    await store.commit([{ table: "ue", key: "a", remove: true }]);
    assert.equal(await store.find("ue", "guti", "g2"), undefined);
    await store.commit([put("c", 1, { unique: { guti: "g2" } })]);
    assert.equal((await store.find("ue", "guti", "g2"))?.key, "c");
  });

  it("a secondary key belongs to one row of its table, and one commit may hand it over", async ({ store }) => {
    await store.commit([put("a", 1, { unique: { guti: "g" } })]);
    await conflict(store.commit([put("b", 1, { unique: { guti: "g" } })]), "b");
    await conflict(store.commit([put("c", 1, { unique: { guti: "h" } }), put("d", 1, { unique: { guti: "h" } })]), "c");
    assert.equal(await store.get("ue", "b"), undefined);
    await store.commit([{ table: "other", key: "b", value: 1, unique: { guti: "g" } }]);
    await store.commit([put("b", 1, { unique: { guti: "g" } }), put("a", 2, { unique: { guti: "f" } })]);
    assert.equal((await store.find("ue", "guti", "g"))?.key, "b");
    assert.equal((await store.find("ue", "guti", "f"))?.key, "a");
    await store.commit([put("a", 3, { unique: { guti: "g" } }), put("b", 2, { unique: { guti: "f" } })]);
    assert.equal((await store.find("ue", "guti", "g"))?.key, "a");
  });

  it("commits that arrive together apply in the order they came, each for itself", async ({ store }) => {
    const outcomes = await Promise.allSettled([
      store.commit([put("a", 1, { expect: 0 })]),
      store.commit([put("a", 2, { expect: 0 })]),
      store.commit([put("a", 3, { expect: 1 })]),
      store.commit([put("b", 1, { unique: { guti: "g" } }), put("a", 4, { expect: 9 })]),
      store.commit([put("c", 1, { unique: { guti: "g" } })]),
    ]);
    assert.deepEqual(
      outcomes.map((o) => (o.status === "fulfilled" ? o.value : (o.reason as Error).name)),
      [[1], "StoreConflict", [2], "StoreConflict", [1]],
    );
    assert.equal((await store.find("ue", "guti", "g"))?.key, "c");
  });

  it("acknowledgements come in the order of the commits, never before commit returns", async ({ store }) => {
    const order: number[] = [];
    const commits = Array.from({ length: 50 }, (_, i) => store.commit([put(`k${i}`, i)]).then(() => order.push(i)));
    assert.deepEqual(order, []);
    await Promise.all(commits);
    assert.deepEqual(
      order,
      Array.from({ length: 50 }, (_, i) => i),
    );
  });

  it("of a hundred compare-and-sets of one version exactly one wins", async ({ store }) => {
    await store.commit([put("a", -1)]);
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => store.commit([put("a", i, { expect: 1 })])));
    assert.equal(outcomes.filter((o) => o.status === "fulfilled").length, 1);
    assert.equal((await store.get("ue", "a"))?.version, 2);
  });

  it("a commit is seen by reads once it is acknowledged", async ({ store }) => {
    for (let i = 1; i <= 20; i++) {
      await store.commit([put("a", i)]);
      assert.equal((await store.get("ue", "a"))?.value, i);
    }
  });

  it("all gives a table's rows in key order", async ({ store }) => {
    await store.commit(["b", "a", "c", "B"].map((key, i) => put(key, i)));
    await store.commit([{ table: "other", key: "z", value: 1 }]);
    assert.deepEqual(
      (await store.all("ue")).map((r) => [r.key, r.version, r.value]),
      [
        ["B", 1, 3],
        ["a", 1, 1],
        ["b", 1, 0],
        ["c", 1, 2],
      ],
    );
    assert.deepEqual(await store.all("nothing"), []);
  });

  it("rowWrites counts the changes that were committed", async ({ store }) => {
    await store.commit([put("a", 1), put("b", 1)]);
    await conflict(store.commit([put("c", 1, { expect: 4 })]), "c");
    await store.commit([{ table: "ue", key: "a", remove: true }]);
    assert.equal(store.rowWrites, 3);
  });

  it("an empty commit is acknowledged and changes nothing", async ({ store }) => {
    assert.deepEqual(await store.commit([]), []);
    assert.deepEqual(await store.all("ue"), []);
  });

  it("what is for later is acknowledged, compared and seen by every read at once, and found by the next start", async ({
    store,
    reopen,
  }) => {
    await store.commit([put("a", 1, { unique: { guti: "g" } }), put("c", 1)]);
    assert.deepEqual(await store.commit([put("a", 2, { expect: 1 })], later), [2]);
    assert.deepEqual(await store.commit([put("b", 1, { expect: 0 })], later), [1]);
    assert.deepEqual(await store.commit([{ table: "ue", key: "c", remove: true }], later), [0]);
    await conflict(store.commit([put("a", 9, { expect: 1 })], later), "a");
    await conflict(store.commit([put("c", 9, { expect: 1 })], later), "c");
    assert.deepEqual(await store.get("ue", "a"), { key: "a", version: 2, value: 2 });
    assert.deepEqual(await store.find("ue", "guti", "g"), { key: "a", version: 2, value: 2 });
    assert.equal(await store.get("ue", "c"), undefined);
    assert.deepEqual(await seen(store), ["a 2 2", "b 1 1"]);
    await conflict(store.commit([put("a", 9, { expect: 1 })]), "a");
    assert.deepEqual(await store.commit([put("a", 3, { expect: 2 })]), [3]);
    const again = await reopen();
    assert.deepEqual(await seen(again), ["a 3 3", "b 1 1"]);
    assert.equal((await again.find("ue", "guti", "g"))?.version, 3);
  });

  it("changes of one row that wait together are one row write, with the versions that were acknowledged", async ({ store, reopen }) => {
    await store.commit([put("a", 1), put("b", 1)]);
    for (let i = 2; i <= 5; i++) assert.deepEqual(await store.commit([put("a", i, { expect: i - 1 })], later), [i]);
    const remove: Change = { table: "ue", key: "b", remove: true };
    assert.deepEqual(await store.commit([remove], later), [0]);
    assert.deepEqual(await store.commit([put("b", 7, { expect: 0 })], later), [1]);
    assert.deepEqual(await store.commit([put("short", 7, { expect: 0 })], later), [1]);
    assert.deepEqual(await store.commit([{ ...remove, key: "short" }], later), [0]);
    assert.equal(store.rowWrites, 2);
    await store.commit([put("c", 1)]);
    assert.equal(store.rowWrites, 6);
    assert.deepEqual(await seen(store), ["a 5 5", "b 1 7", "c 1 1"]);
    assert.deepEqual(await seen(await reopen()), ["a 5 5", "b 1 7", "c 1 1"]);
  });

  it("a change for later of a row that a commit under way changes waits for it", async ({ store }) => {
    const order: string[] = [];
    const first = store.commit([put("a", 1)]).then(() => order.push("first"));
    const second = store.commit([put("a", 2, { expect: 1 })], later).then(([version]) => order.push(`second ${version}`));
    await Promise.all([first, second]);
    assert.deepEqual(order, ["first", "second 2"]);
    assert.equal((await store.get("ue", "a"))?.value, 2);
  });

  it("a commit of several rows, or of secondary keys, does not wait for later", async ({ store, reopen }) => {
    await store.commit([put("a", 1), put("b", 1)], later);
    await store.commit([put("c", 1, { unique: { guti: "g" } })], later);
    assert.equal(store.rowWrites, 3);
    await conflict(store.commit([put("d", 1, { unique: { guti: "g" } })], later), "d");
    assert.deepEqual(await seen(await reopen()), ["a 1 1", "b 1 1", "c 1 1"]);
  });

  it("a row changed for later and by commits in any order agrees with a plain model", async ({ store, reopen }) => {
    const step = fc.record({
      key: fc.constantFrom("a", "b"),
      expect: fc.option(fc.nat(3), { nil: undefined }),
      remove: fc.boolean(),
      waits: fc.boolean(),
      awaited: fc.boolean(),
    });
    const model = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const made: Promise<unknown>[] = [];
        for (const { key, expect, remove, waits, awaited } of steps) {
          const found = model.get(key) ?? 0;
          const good = expect === undefined || expect === found;
          const change: Change = remove ? { table: "ue", key, remove, expect } : put(key, 0, { expect });
          const commit = store.commit([change], waits ? later : {});
          if (good && remove) model.delete(key);
          if (good && !remove) model.set(key, found + 1);
          made.push(good ? commit.then((v) => assert.deepEqual(v, [remove ? 0 : found + 1])) : assert.rejects(commit, StoreConflict));
          if (awaited) await made.at(-1);
        }
        await Promise.all(made);
        assert.deepEqual(new Map((await store.all("ue")).map((r) => [r.key, r.version])), new Map([...model].sort()));
      }),
      { numRuns: 60 },
    );
    assert.deepEqual(new Map((await (await reopen()).all("ue")).map((r) => [r.key, r.version])), new Map([...model].sort()));
  });

  it("the next start finds what was committed, with versions and secondary keys", async ({ store, reopen }) => {
    await store.commit([put("a", { k: Uint8Array.of(1, 2) }, { unique: { guti: "g" } }), put("b", 1)]);
    await store.commit([put("b", 2)]);
    const again = await reopen();
    assert.deepEqual(await again.find("ue", "guti", "g"), { key: "a", version: 1, value: { k: Uint8Array.of(1, 2) } });
    await conflict(again.commit([put("c", 1, { unique: { guti: "g" } })]), "c");
    assert.deepEqual(await again.commit([put("b", 3, { expect: 2 })]), [3]);
  });

  it("close waits for the commits before it and refuses those after it", async ({ store, reopen }) => {
    const before = Array.from({ length: 20 }, (_, i) => store.commit([put(`k${i}`, i)]));
    const closing = store.close();
    await assert.rejects(store.commit([put("late", 1)]), StoreClosed);
    await assert.rejects(store.get("ue", "k0"), StoreClosed);
    await Promise.all([closing, ...before]);
    await store.close();
    assert.equal((await (await reopen()).all("ue")).length, 20);
  });

  it("agrees with a plain model over random commits", async ({ store }) => {
    const change = fc.record({
      key: fc.constantFrom("a", "b", "c"),
      expect: fc.option(fc.nat(3), { nil: undefined }),
      unique: fc.option(fc.dictionary(fc.constantFrom("g", "t"), fc.constantFrom("1", "2")), { nil: undefined }),
      remove: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { maxLength: 12 }), async (commits) => {
        await store.commit(["a", "b", "c"].map((key) => ({ table: "ue", key, remove: true })));
        let model = new Map<string, { version: number; unique: Record<string, string> }>();
        for (const changes of commits) {
          const next = structuredClone(model);
          let good = true;
          for (const { key, expect, unique, remove } of changes) {
            const now = next.get(key);
            if (expect !== undefined && expect !== (now?.version ?? 0)) good = false;
            if (remove) next.delete(key);
            else next.set(key, { version: (now?.version ?? 0) + 1, unique: { ...(unique ?? now?.unique) } });
          }
          const taken = [...next.values()].flatMap((r) => Object.entries(r.unique).map((e) => e.join("=")));
          if (new Set(taken).size < taken.length) good = false;
          const made = store.commit(
            changes.map(({ key, expect, unique, remove }) =>
              remove ? { table: "ue", key, remove, expect } : { table: "ue", key, value: 0, expect, unique },
            ),
          );
          if (good) {
            await made;
            model = next;
          } else await assert.rejects(made, StoreConflict);
          assert.deepEqual(
            new Map((await store.all("ue")).map((r) => [r.key, r.version])),
            new Map([...model].sort().map(([k, r]) => [k, r.version])),
          );
          for (const index of ["g", "t"]) {
            for (const value of ["1", "2"]) {
              const owner = [...model].find(([, r]) => r.unique[index] === value)?.[0];
              assert.equal((await store.find("ue", index, value))?.key, owner);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
}

export const put = (key: string, value: Plain, more: Partial<Put> = {}): Put => ({ table: "ue", key, value, ...more });

const later = { durable: "later" } as const;

const seen = async (store: Store): Promise<string[]> =>
  (await store.all("ue")).map(({ key, version, value }) => `${key} ${version} ${value}`);

async function conflict(made: Promise<unknown>, key: string): Promise<void> {
  await assert.rejects(made, (fault: unknown) => fault instanceof StoreConflict && fault.table === "ue" && fault.key === key);
}
