import process from "node:process";
import type { Command } from "commander";

const examples = `
FILE is what freehold up --record wrote. The control plane is run again from what it was given: messages, times and random draws. Nothing is
sent. It says "same", or shows the first message that differs: a fault seen once can be looked at again, and a changed program be tried on
yesterday's traffic. The file is sealed with the master key of the core's state, which is needed to read it.

Examples:
  freehold up --record evening.rec
  freehold replay evening.rec
  freehold replay evening.rec --with core.yaml     another configuration than the recorded one
  freehold replay evening.rec --ladder             what happened, as far as it is the same

Exit codes: 0 the same, 1 not, 2 a mistake in the command or a file.`;

export function addReplay(freehold: Command): void {
  freehold
    .command("replay")
    .description("run a recorded control plane again: the same, or the first message that differs")
    .argument("<file>", "a recording of freehold up --record")
    .option("-c, --config <file>", "the core's configuration, for where its state and keys are (./freehold.yaml)")
    .option("--with <file>", "replay under this configuration instead of the recorded one")
    .option("--ladder", "print the messages as a ladder")
    .option("--json", "one JSON object as the last line of standard output")
    .addHelpText("after", examples)
    .action(async (file: string, options) => {
      process.exitCode = await (await import("../replay/run-replay.ts")).runReplay(file, options);
    });
}
