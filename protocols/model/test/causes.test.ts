import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Cause5gmm, Cause5gsm } from "@freehold/model";

const specs = process.env["FREEHOLD_SPECS"] ?? join(import.meta.dirname, "../../../../shared/specs");
const tables = join(specs, "tables/nas5gs-ie-coding-tables-24501-v19.6.2.json");
const skip = existsSync(tables) ? false : "the specs folder is absent";

/** The numbers of a cause table of TS 24.501. */
function numbers(caption: string): number[] {
  const all = JSON.parse(readFileSync(tables, "utf8")) as { caption: string; rows: string[][] }[];
  const rows = all.find((t) => t.caption.startsWith(caption))?.rows ?? [];
  return rows
    .filter((r) => r.length >= 9 && r.slice(0, 8).every((b) => b === "0" || b === "1"))
    .map((r) => Number.parseInt(r.slice(0, 8).join(""), 2));
}

test("Cause5gmm has every row of TS 24.501 table 9.11.3.2.1 and no other", { skip }, () => {
  assert.deepEqual(Object.values(Cause5gmm), numbers("Table 9.11.3.2.1"));
});

test("Cause5gsm has every row of TS 24.501 table 9.11.4.2.1 and no other", { skip }, () => {
  assert.deepEqual(Object.values(Cause5gsm), numbers("Table 9.11.4.2.1"));
});
