/** A process that commits until it is killed: one line of output per acknowledged commit, written before anything else happens. */
import { writeSync } from "node:fs";
import { sqliteStore } from "../src/index.ts";

const store = await sqliteStore({ path: process.argv[2]! });
const lanes = Array.from({ length: 8 }, async (_, lane) => {
  for (let n = 1; ; n++) {
    const key = `${lane}-${n}`;
    await store.commit([{ table: "later", key: `${lane}`, value: n, expect: n - 1 }], { durable: "later" });
    const versions = await store.commit([
      { table: "log", key, value: { n, octets: new Uint8Array(300).fill(lane) }, expect: 0, unique: { id: `id ${key}` } },
      { table: "lane", key: `${lane}`, value: n, expect: n - 1 },
    ]);
    writeSync(1, `${lane} ${n} ${versions.join(",")}\n`);
  }
});
await Promise.all(lanes);
