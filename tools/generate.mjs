// Runs every generator: `node tools/generate.mjs [--check]`. A generator gives file names and texts; `--check` compares them with
// the tree instead of writing. The specifications are not part of the project: where their folder is absent a generator is skipped by name.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ngap } from "./generate/ngap.mjs";
import { sbi } from "./generate/sbi.mjs";

const root = join(import.meta.dirname, "..");
const specs = process.env.FREEHOLD_SPECS ?? join(root, "../shared/specs");
const check = process.argv.includes("--check");
const generators = [ngap, sbi];

let stale = 0;
for (const { name, needs, generate } of generators) {
  const absent = needs.filter((file) => !existsSync(join(specs, file)));
  if (absent.length > 0) {
    console.log(`skipped: ${name} (no ${absent.join(", ")} in the specifications folder)`);
    continue;
  }
  const files = generate((file) => readFileSync(join(specs, file), "utf8"));
  for (const [file, text] of Object.entries(files)) {
    const path = join(root, file);
    if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
    if (check) {
      stale++;
      console.log(`stale: ${file} (run node tools/generate.mjs)`);
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      console.log(`written: ${file}`);
    }
  }
  if (check) console.log(`compared: ${name}, ${Object.keys(files).length} files`);
}
process.exit(stale > 0 ? 1 : 0);
