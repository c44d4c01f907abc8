import process from "node:process";
import type { Command } from "commander";
import { whole } from "../whole.ts";

const examples = `
Phones that find the cell of freehold gnb, register, establish their sessions and stay. Ctrl-C deregisters them; once more ends at once.

Examples:
  freehold ue --init > ue.yaml
  freehold ue -c ue.yaml -n 10 --ping 1.1.1.1
  freehold ue --list sims.csv --once --json

Exit codes: 0 every phone was up and every ping answered, 1 not so, 2 a mistake in the configuration.`;

export function addUe(freehold: Command): void {
  freehold
    .command("ue")
    .description("run simulated phones on a cell of freehold gnb")
    .option("-c, --config <file>", "their configuration (the defaults)")
    .option("-n, --number <n>", "how many; the IMSI counts up (1, or all of --list)", whole(10_000))
    .option("--list <file>", "SIMs from a list as freehold subscriber import reads it")
    .option("--ping <address>", "ping this IPv4 address through each session")
    .option("--count <n>", "how often", whole(1_000), 3)
    .option("--once", "deregister and end when all is done")
    .option("--events", "print what happens to each phone")
    .option("--init", "print a commented configuration instead")
    .option("--json", "what became of each phone as one JSON object at the end")
    .addHelpText("after", examples)
    .action(async (options) => {
      process.exitCode = await (await import("../simulators/run-ue.ts")).runUe(options);
    });
}
