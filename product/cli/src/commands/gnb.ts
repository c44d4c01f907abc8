import process from "node:process";
import type { Command } from "commander";

const examples = `
A gNB with one cell: N2 and N3 towards a core (this one or another), the air over UDP towards freehold ue.

Examples:
  freehold gnb --init > gnb.yaml
  freehold gnb -c gnb.yaml

Exit codes: 0 ended by Ctrl-C, 1 no AMF took it, 2 a mistake in the configuration or an address that cannot be had.`;

export function addGnb(freehold: Command): void {
  freehold
    .command("gnb")
    .description("run a simulated gNB against this core or another")
    .option("-c, --config <file>", "its configuration (the defaults)")
    .option("--init", "print a commented configuration instead")
    .option("--json", "its last state as one JSON object at the end")
    .addHelpText("after", examples)
    .action(async (options) => {
      process.exitCode = await (await import("../simulators/run-gnb.ts")).runGnb(options);
    });
}
