import process from "node:process";
import type { Command } from "commander";
import { Exit } from "../mistake.ts";

const examples = `
Tries what a core, a gNB and phones need and says what to do where it is not there:  ✓ there   ✗ needed and not there   – not there, not needed.

Examples:
  freehold doctor
  freehold doctor -c core.yaml --json

Exit codes: 0 nothing that is needed is missing, 1 something is.`;

export function addDoctor(freehold: Command, root: string): void {
  freehold
    .command("doctor")
    .description("try what this machine offers and say what is missing")
    .option("-c, --config <file>", "the core's configuration (./freehold.yaml, or the defaults)")
    .option("--json", "the findings as one JSON object")
    .addHelpText("after", examples)
    .action(async ({ config, json }: { config?: string; json?: true }) => {
      const [{ checks }, { output, style }] = await Promise.all([import("../doctor/checks.ts"), import("../output.ts")]);
      const out = output(json === true);
      const found = await checks(root, config);
      const { good, bad, dim } = style(out.colour);
      const marks = { good: good("✓"), bad: bad("✗"), absent: dim("–") };
      for (const { name, state, found: what, advice } of found) {
        out.line(`${marks[state]} ${name}: ${what}`);
        if (advice !== undefined) out.line(`    ${advice}`);
      }
      const missing = found.filter(({ state }) => state === "bad").length;
      out.line(missing === 0 ? "Ready." : `${missing} of ${found.length} need something done.`);
      out.result({ ok: missing === 0, checks: found });
      process.exitCode = missing === 0 ? Exit.ok : Exit.failed;
    });
}
