// `./freehold check`: configuration fresh, format, lint, types, generated code fresh, tests.  One command proves the tree.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const arch = process.arch === "arm64" ? "arm64" : "x64";
const node = process.execPath;
const json = process.argv.includes("--json");
const steps = [
  ["package.json and biome.json are those of tools/floors.mjs", node, ["tools/configure.mjs", "--check"]],
  ["format and lint (Biome)", `node_modules/@biomejs/cli-linux-${arch}/biome`, ["ci", "--max-diagnostics=60", "--colors=off"]],
  ["types (TypeScript)", node, ["node_modules/typescript/bin/tsc", "-p", "."]],
  ["generated code is fresh", node, ["tools/generate.mjs", "--check"]],
  ["tests", node, ["--disable-warning=ExperimentalWarning", "tools/test.mjs", ...(json ? ["--json"] : [])]],
];
for (const [what, command, args] of steps) {
  if (args[0]?.startsWith("tools/") && !existsSync(args[0])) continue;
  console.log(`— ${what}`);
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) {
    console.log(`check failed: ${what}`);
    if (what !== "tests") console.log(json ? JSON.stringify({ passed: 0, failed: 1, skipped: 0 }) : "0 passed, 1 failed");
    process.exit(1);
  }
}
