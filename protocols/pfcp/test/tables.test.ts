import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { declarations, type Ie, ies, type Rows } from "@freehold/pfcp";

const specs = process.env["FREEHOLD_SPECS"] ?? new URL("../../../../shared/specs", import.meta.url).pathname;
const skip = existsSync(`${specs}/tables`) ? false : "specs folder not present";
const load = (name: string) => JSON.parse(readFileSync(`${specs}/tables/pfcp-${name}-29244-v19.5.0.json`, "utf8"));

interface TableRow {
  readonly name: string;
  readonly presence: string;
  readonly ieType: string;
}
interface Table {
  readonly clause: string;
  readonly caption: string;
  readonly groupedIeType: number | null;
  readonly ies: readonly TableRow[];
}

const bare = (name: string): string =>
  name
    .toLowerCase()
    .replace(/ \(.*\)$/, "")
    .replace(/ within .*$/, "")
    .replace(/[^a-z0-9]/g, "");
/** IE names of the contents tables that table 8.1.2-1 spells otherwise. */
const spelled: Readonly<Record<string, string>> = { dnn: "apndnn", imdnn: "apndnn" };

const byType: ReadonlyMap<number, string> = skip
  ? new Map()
  : new Map(load("ie-types").map((row: { type: number; name: string }) => [row.type, row.name]));

/** All declared IEs, by walking the messages. */
function declared(): Map<Ie, string> {
  const found = new Map<Ie, string>();
  const walk = (rows: Rows): void => {
    for (const { ie } of Object.values(rows)) {
      if (found.has(ie)) continue;
      found.set(ie, ie.name);
      if (ie.rows !== undefined) walk(ie.rows);
    }
  };
  for (const { rows } of declarations) walk(rows);
  return found;
}

test("every declared IE has the number and name of table 8.1.2-1", { skip }, () => {
  const all = declared();
  assert.ok(all.size > 120, `${all.size}`);
  for (const ie of all.keys()) {
    const name = byType.get(ie.type)!;
    if (ie === ies.UserPlaneIpResourceInformation) assert.equal(name, "Reserved");
    else assert.equal(bare(ie.name), bare(name), `IE ${ie.type}`);
  }
});

test("every declared message has the number and name of table 7.3-1", { skip }, () => {
  const types: { type: number; name: string }[] = load("message-types");
  for (const { is, type } of declarations) assert.equal(types.find((row) => row.type === type)?.name, is);
});

/** Rows that differ from the tables, and why. */
const differ: Readonly<Record<string, string>> = {
  "PFCP Session Establishment Request FQ-CSID": "one row for the FQ-CSIDs of all node types",
  "PFCP Session Establishment Response FQ-CSID": "one row for the FQ-CSIDs of all node types",
  "PFCP Session Modification Request FQ-CSID": "one row for the FQ-CSIDs of all node types",
  "PFCP Session Set Deletion Request FQ-CSID": "one row for the FQ-CSIDs of all node types",
  "PFCP Association Setup Request User Plane IP Resource Information": "removed in V16",
  "PFCP Association Setup Response User Plane IP Resource Information": "removed in V16",
  "PFCP Association Update Request User Plane IP Resource Information": "removed in V16",
  "PFCP Session Report Response FQ-CSID": "named for one node type in the table",
};

/** One declared group against its table: each row is there, with the presence that the table gives for N4. */
function compare(title: string, rows: Rows, table: Table): number {
  let compared = 0;
  const columns = new Map<string, Set<string>>();
  for (const row of table.ies) {
    const key = spelled[bare(row.ieType || row.name)] ?? bare(row.ieType || row.name);
    columns.set(key, (columns.get(key) ?? new Set()).add(row.presence));
  }
  for (const { ie, presence } of Object.values(rows)) {
    if (differ[`${title} ${ie.name}`] !== undefined) continue;
    const presences = columns.get(bare(ie.name));
    assert.ok(presences, `${title}: no row ${ie.name} in ${table.caption}`);
    assert.ok(presences.has(presence), `${title} ${ie.name}: ${presence}, the table says ${[...presences].join("/")}`);
    compared++;
  }
  // a mandatory row of the table may not be forgotten; N4mb's alone are not ours
  for (const row of table.ies) {
    if (row.presence !== "M" || /MBS/.test(row.name)) continue;
    const key = bare(row.ieType || row.name);
    assert.ok(
      Object.values(rows).some(({ ie, presence }) => bare(ie.name) === key && presence === "M"),
      `${title}: mandatory ${row.name} is not declared`,
    );
  }
  return compared;
}

test("the rows of messages and groups are those of §7.4 and §7.5, with their presence", { skip }, () => {
  const tables: Table[] = load("message-and-grouped-ie-contents");
  let compared = 0;
  for (const { is, rows } of declarations) {
    const name = is.replace(/^PFCP /, "");
    const table = tables.find(
      (t) => t.groupedIeType === null && new RegExp(`Information Elements in (a )?(PFCP )?${name}$`).test(t.caption),
    );
    if (table === undefined) {
      // header alone, or a table of one row that the collection holds under another caption
      assert.ok(["PFCP Version Not Supported Response"].includes(is), `no table for ${is}`);
      continue;
    }
    compared += compare(is, rows, table);
  }
  for (const ie of declared().keys()) {
    if (ie.rows === undefined) continue;
    const table = tables.find((t) =>
      t.groupedIeType === null ? t.caption.includes(`: ${ie.name} IE within`) : t.groupedIeType === ie.type,
    );
    assert.ok(table, `no table for ${ie.name}`);
    compared += compare(ie.name, ie.rows, table);
  }
  assert.ok(compared > 270, `${compared} rows compared`);
});
