import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process, { argv, execArgv, execPath } from "node:process";
import { Command, CommanderError } from "commander";
import { commands } from "./commands.ts";
import { Exit, Mistake } from "./mistake.ts";

/** The root of the checkout that runs: the source read here is the program. */
const root = join(dirname(import.meta.filename), "../../..");

function program(): Command {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const freehold = new Command("freehold")
    .description(
      "Freehold: a complete 5G System that its owner owns outright.\nA core, a gNB and phones in one program; the source you read is what runs.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help; also: freehold COMMAND --help")
    .helpCommand(false)
    .showHelpAfterError("(freehold --help lists the commands)")
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false, helpWidth: 110, subcommandTerm: (command) => command.name() })
    .exitOverride();
  for (const add of commands) add(freehold, root);
  freehold
    .command("test")
    .description("run every test of the house; arguments filter by file name")
    .argument("[filter...]", "parts of test file names")
    .option("--json", "one JSON object as the last line of standard output")
    .action((filter: string[], { json }: { readonly json?: true }) => {
      process.exitCode = tool("test.mjs", json ? [...filter, "--json"] : filter);
    });
  freehold
    .command("check")
    .description("format, lint, types, generated code, tests: what proves the tree")
    .option("--json", "one JSON object as the last line of standard output")
    .action(({ json }: { readonly json?: true }) => {
      process.exitCode = tool("check.mjs", json ? ["--json"] : []);
    });
  freehold.addHelpText(
    "after",
    `
Start here:
  freehold demo                 a core, a gNB and three phones on this machine, in seconds, without root
  freehold init && freehold up  your own core for your own gNBs

Exit codes: 0 done, 1 something did not hold, 2 a mistake in the command or a file, 69 not possible on this machine.`,
  );
  return freehold;
}

/** Tests open what a core may not: the tools run without the guard. */
const toolArgv = execArgv.filter((flag) => flag.startsWith("--disable-warning="));

function tool(name: string, args: readonly string[]): number {
  return spawnSync(execPath, [...toolArgv, join(root, "tools", name), ...args], { stdio: "inherit", cwd: root }).status ?? Exit.failed;
}

async function main(): Promise<void> {
  const freehold = program();
  if (argv.length <= 2) {
    freehold.outputHelp();
    return;
  }
  try {
    await freehold.parseAsync(argv);
  } catch (error) {
    if (error instanceof Mistake) {
      process.stderr.write(`freehold: ${error.message}\n`);
      process.exitCode = Exit.mistake;
    } else if (error instanceof CommanderError) {
      // commander has already said what is wrong; its own code for a bad option is 1.
      process.exitCode = error.exitCode === 0 ? Exit.ok : Exit.mistake;
    } else throw error;
  }
}

await main();
