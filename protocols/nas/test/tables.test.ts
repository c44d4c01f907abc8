import assert from "node:assert/strict";
import { test } from "node:test";
import { messages5gmm, messages5gsm, type NamedRow, type Shape } from "@freehold/nas";
import { absent, spec } from "./specs.ts";

interface TableRow {
  iei: string;
  name: string;
  clause: string;
  presence: string;
  format: string;
  length: string;
}
interface Table {
  message: string;
  clause: string;
  messageType: number | null;
  epd: number;
  ies: TableRow[];
}

const file = "tables/nas5gs-messages-24501-v19.6.2.json";
const shapes: readonly Shape[] = [...messages5gmm, ...messages5gsm].map(({ shape }) => shape);
/** Extended protocol discriminator, security header type, PDU session identity, spare half octet, PTI, message type: the header and its fillers. */
const header = new Set(["9.2", "9.3", "9.4", "9.5", "9.6", "9.7"]);

/** Rows that the specification prints wrong and that are declared as they must be. */
const typos: { readonly [row: string]: { readonly table: string; readonly declared: string; readonly why: string } } = {
  "RELAY KEY REQUEST/Relay key request parameters": {
    table: " M LV 22-65537",
    declared: " M LV-E 22-n",
    why: "one octet of length cannot say 65535; §9.11.3.89 is a type 6 IE",
  },
};

const most = { LV: 256, "LV-E": 65_537, TLV: 257, "TLV-E": 65_538 } as const;

function printed({ iei, presence, format, min, max }: NamedRow): string {
  const id =
    iei === undefined ? "" : format === "TV1" ? `${iei.toString(16).toUpperCase()}-` : iei.toString(16).toUpperCase().padStart(2, "0");
  const shown = format === "half" ? "V" : format === "TV1" ? "TV" : format;
  const open = max >= ((most as Record<string, number>)[shown] ?? Number.POSITIVE_INFINITY);
  const length = format === "half" ? "1/2" : min === max ? `${min}` : `${min}-${open ? "n" : max}`;
  return `${id} ${presence} ${shown} ${length}`;
}

/** A bound that the length field cannot pass is the same as none. */
function expected({ iei, presence, format, length }: TableRow): string {
  const [min, max] = length.split("-");
  const open = max !== undefined && max !== "n" && Number(max) >= ((most as Record<string, number>)[format] ?? Number.POSITIVE_INFINITY);
  return `${iei} ${presence} ${format} ${open ? `${min}-n` : length}`;
}

const tables = absent ? [] : spec<Table[]>(file).filter(({ messageType }) => messageType !== null);

test("every message of TS 24.501 §8.2 and §8.3 is declared, and no other", { skip: absent }, () => {
  const wanted = tables.map(({ epd, messageType, message }) => `${epd}/${messageType} ${message.toLowerCase()}`).sort();
  assert.deepEqual(shapes.map(({ epd, type, name }) => `${epd}/${type} ${name.toLowerCase()}`).sort(), wanted);
});

for (const { message, clause, epd, messageType, ies } of tables) {
  test(`${message}: the rows are those of TS 24.501 §${clause}`, () => {
    const shape = shapes.find((one) => one.epd === epd && one.type === messageType);
    assert.ok(shape);
    const rows = ies.filter((row) => !header.has(row.clause));
    assert.equal(shape.rows.length, rows.length);
    rows.forEach((row, i) => {
      const typo = typos[`${message}/${row.name}`];
      const inTable = expected(row);
      if (typo !== undefined) assert.equal(`${row.iei} ${row.presence} ${row.format} ${row.length}`, typo.table);
      const declared = shape.rows[i]!;
      assert.equal(`${declared.name}: ${printed(declared)}`, `${declared.name}: ${typo === undefined ? inTable : typo.declared}`, row.name);
    });
  });
}
