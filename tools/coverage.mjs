// docs/coverage.md: which clauses the code and its tests name, and where; `--check` compares. What is cited is not yet proved: the tests are.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

const file = "docs/coverage.md";
const sources = globSync("{foundation,protocols,core,access,product,scenarios}/**/*.ts", {
  exclude: (f) => f.includes("node_modules") || f.includes("generated"),
}).sort();

/** By specification, then clause: the files that cite it. */
const specifications = new Map();
let unchecked = 0;
for (const source of sources) {
  const text = readFileSync(source, "utf8");
  unchecked += text.match(/\(unchecked\)|, unchecked\)/g)?.length ?? 0;
  // "TS 24.501 §5.4.1.3, §6.4.1" names two clauses of one specification.
  for (const [, specification, clauses] of text.matchAll(/TS (\d\d\.\d{3}) ((?:(?:,| and)? ?§[A-Z]?[0-9][0-9A-Za-z.]*)+)/g)) {
    const byClause = specifications.get(specification) ?? new Map();
    specifications.set(specification, byClause);
    for (const [, clause] of clauses.matchAll(/§([A-Z]?[0-9A-Za-z.]*[0-9A-Za-z])/g))
      byClause.set(clause, (byClause.get(clause) ?? new Set()).add(source));
  }
}

const order = new Intl.Collator("en", { numeric: true }).compare;
const isTest = (source) => source.includes(".test.") || source.startsWith("scenarios/");
const short = (source) => source.replace(/^(\w+\/[\w-]+)\/(src|test)\//, "$1/").replace(/\.ts$/, "");
const clausesOf = [...specifications.values()].reduce((n, byClause) => n + byClause.size, 0);
const tested = [...specifications.values()].reduce(
  (n, byClause) => n + [...byClause.values()].filter((files) => [...files].some(isTest)).length,
  0,
);

const lines = [
  "# Clauses",
  "",
  "Made by `node tools/coverage.mjs`: where code and tests cite a clause of 3GPP. A citation is where to look, not a proof.",
  "",
  `${clausesOf} clauses of ${specifications.size} specifications; ${tested} of them in a test. ${unchecked} citations from memory are marked \`(unchecked)\`.`,
];
for (const [specification, byClause] of [...specifications].sort(([a], [b]) => order(a, b))) {
  lines.push("", `## TS ${specification}`, "", "| clause | code | tests |", "|---|---|---|");
  for (const [clause, files] of [...byClause].sort(([a], [b]) => order(a, b))) {
    const of = (test) =>
      [...files]
        .filter((f) => isTest(f) === test)
        .map(short)
        .join(" ");
    lines.push(`| ${clause} | ${of(false)} | ${of(true)} |`);
  }
}
const text = `${lines.join("\n")}\n`;

if (!process.argv.includes("--check")) writeFileSync(file, text);
else if (readFileSync(file, "utf8") !== text) {
  console.log(`${file} is not what the sources say: run node tools/coverage.mjs`);
  process.exit(1);
}
