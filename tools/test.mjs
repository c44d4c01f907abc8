// The test run: every *.test.ts of the house, unisolated; then the files of tools/test.mjs's second list, one process each.
// Not `node --test`: four ways to pass silently are closed here (exit inside a test, a rejection after its end, a promise that
// never settles, no files at all). Last line: `N passed, N failed, N skipped`.
import { globSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const args = process.argv.slice(2);
const only = args.filter((a) => !a.startsWith("--"));
const quiet = args.includes("--quiet");
const json = args.includes("--json");
const all = globSync("{foundation,protocols,core,access,product,tools}/**/*.test.{ts,mjs}", { exclude: (f) => f.includes("node_modules") })
  .concat(globSync("scenarios/**/*.test.ts", { exclude: (f) => f.includes("node_modules") }))
  .filter((f) => only.length === 0 || only.some((o) => f.includes(o)))
  .sort();
// A file named *.process.test.ts starts processes, takes ports or makes namespaces: it runs after the others, in a process of its own.
const shared = all.filter((f) => !f.includes(".process.test."));
const isolated = all.filter((f) => f.includes(".process.test."));
let passed = 0;
let failed = 0;
let skipped = 0;
let done = false;
const skips = [];

const last = () => {
  if (skips.length > 0 && !quiet) console.log(`skipped:\n${skips.map((s) => `  ${s}`).join("\n")}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (json) console.log(JSON.stringify({ passed, failed, skipped }));
};
process.on("exit", () => {
  if (done) return;
  failed++;
  process.exitCode = 1;
  console.log("a test ended the process, or the event loop ran dry with a test unfinished");
  last();
});

async function pass(files, isolation, timeout, concurrency) {
  if (files.length === 0) return;
  const stream = run({ files, isolation, timeout, concurrency });
  stream.on("test:diagnostic", (d) => {
    if (/generated asynchronous activity after the test ended/.test(d.message)) failed++;
  });
  stream.on("test:pass", (d) => {
    if (d.details.type === "suite" || (isolation === "process" && files.some((f) => d.name.endsWith(f)))) return;
    if (d.skip !== undefined || d.todo !== undefined) {
      skipped++;
      skips.push(`${d.name}${typeof d.skip === "string" && d.skip ? ` (${d.skip})` : ""}`);
    } else passed++;
  });
  stream.on("test:fail", (d) => {
    if (d.details.type === "suite") return;
    failed++;
    const error = d.details.error;
    const cause = error?.cause ?? error;
    console.log(`\nFAILED ${d.file ?? ""}: ${d.name}\n${cause?.stack ?? cause}\n`);
  });
  if (!quiet && process.stdout.isTTY) stream.compose(spec).pipe(process.stdout);
  await new Promise((resolve) => stream.on("end", resolve).resume());
}

await pass(shared, "none", 60_000, undefined);
await pass(isolated, "process", 300_000, 1);
done = true;
last();
process.exit(failed || !passed ? 1 : 0);
