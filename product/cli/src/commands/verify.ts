import { resolve } from "node:path";
import process from "node:process";
import type { Command } from "commander";
import type { Verification, VerifiedProcess } from "../evidence/verify.ts";
import { Exit, Mistake } from "../mistake.ts";
import type { Output } from "../output.ts";

const examples = `
Each process of the core measures every module before it uses it. This compares what runs with the files that lie here, and Node itself with the
one that package-lock.json pins, and names what differs. Run it from a checkout that you have read.

Examples:
  freehold verify
  freehold verify -c core.yaml --json

Exit codes: 0 what runs is what lies here, 1 something differs, 2 nothing is running with this configuration.`;

export function addVerify(freehold: Command, root: string): void {
  freehold
    .command("verify")
    .description("compare the running core with the files here, module by module")
    .option("-c, --config <file>", "the core's configuration (./freehold.yaml, or the defaults)")
    .option("--records <folder>", "where the processes keep their start records, instead of the configuration's state")
    .option("--json", "the findings as one JSON object")
    .addHelpText("after", examples)
    .action((options: Options) => run(root, options));
}

interface Options {
  readonly config?: string;
  readonly records?: string;
  readonly json?: true;
}

async function run(root: string, { config: file, records, json }: Options): Promise<void> {
  const [{ verifyRunning }, { output }] = await Promise.all([import("../evidence/verify.ts"), import("../output.ts")]);
  const out = output(json === true);
  const directory = records === undefined ? await recordsOfConfiguration(file) : resolve(records);
  const found = verifyRunning(directory, root);
  if (found.processes.length === 0) {
    out.line(`No core runs that keeps its start record in ${directory}: start one with freehold up, or name its configuration with -c.`);
    out.result(found);
    process.exitCode = Exit.mistake;
    return;
  }
  await tell(found, out);
  out.result(found);
  process.exitCode = found.same ? Exit.ok : Exit.failed;
}

/** Reading a configuration takes the modules of the core; a tree that lacks one still verifies with --records. */
async function recordsOfConfiguration(file: string | undefined): Promise<string> {
  try {
    const [{ recordsOf, statePaths }, { loadConfiguration }] = await Promise.all([
      import("@freehold/system"),
      import("../configuration.ts"),
    ]);
    const { config, baseDirectory } = loadConfiguration(file);
    return recordsOf(statePaths(config, baseDirectory));
  } catch (error) {
    if ((error as { code?: string }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Mistake(`${(error as Error).message}; to verify all the same name the records: freehold verify --records STATE/processes`);
  }
}

async function tell({ processes, same, digest, git, root }: Verification, out: Output): Promise<void> {
  const { style } = await import("../output.ts");
  const { good, bad, dim, warn } = style(out.colour);
  const wide = Math.max(...processes.map(({ name }) => name.length));
  for (const one of processes) {
    out.line(`${one.faults.length === 0 ? good("✓") : bad("✗")} ${one.name.padEnd(wide)}  ${summary(one)}`);
    for (const { file, detail } of one.faults) out.line(`    ${file === undefined ? "" : `${bad(file)} `}${detail}`);
  }
  out.line();
  out.line(same ? good(`What runs is what lies in ${root}.`) : bad(`What runs is not what lies in ${root}.`));
  out.line(dim(`modules ${digest}`));
  const node = [...new Set(processes.map((one) => one.node).filter((sum) => sum !== undefined))];
  for (const sum of node) out.line(dim(`node    ${sum}`));
  const libraries = [...new Set(processes.flatMap((one) => one.libraries))];
  if (libraries.length > 0) out.line(dim(`beside it, as this system has them and nobody here measures: ${libraries.join(", ")}`));
  if (git === undefined) return;
  out.line(dim(`commit  ${git.commit}`));
  if (git.changed.length > 0) out.line(warn(`The tree is not as committed in ${list(git.changed)}.`));
  if (git.untracked.length > 0) out.line(warn(`Loaded, and not in git: ${list(git.untracked)}.`));
}

function summary({ pid, modules, threads, later, faults }: VerifiedProcess): string {
  const verdict = faults.length === 0 ? "all as in the tree" : `${faults.length} not as in the tree`;
  return `process ${pid}: ${modules} modules in ${threads} threads${later.length > 0 ? `, ${later.length} of them loaded later` : ""}; ${verdict}`;
}

const list = (files: readonly string[]): string =>
  `${files.slice(0, 8).join(", ")}${files.length > 8 ? ` and ${files.length - 8} more` : ""}`;
