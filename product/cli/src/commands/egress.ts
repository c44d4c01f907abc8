import process from "node:process";
import type { Command } from "commander";
import { Exit } from "../mistake.ts";

const examples = `
Every socket that each function of the core may have and everybody whom it may send to, as its connections.ts declares and the configuration
places it. Whatever is not in this list, foundation/net refuses and the log records; nobody asks a DNS server anything.

Examples:
  freehold egress
  freehold egress -c core.yaml --json

Exit codes: 0 printed, and nothing else was tried; 1 a core that runs with this configuration tried something that it does not declare.`;

export function addEgress(freehold: Command): void {
  freehold
    .command("egress")
    .description("list every connection that the core may make, and what it was refused")
    .option("-c, --config <file>", "the core's configuration (./freehold.yaml, or the defaults)")
    .option("--json", "the list as one JSON object")
    .addHelpText("after", examples)
    .action(run);
}

async function run({ config: file, json }: { readonly config?: string; readonly json?: true }): Promise<void> {
  const [
    { coreEgress, functionNames, recordsOf, statePaths },
    { readRefusals },
    { showEndpoint },
    { loadConfiguration },
    { output, style },
  ] = await Promise.all([
    import("@freehold/system"),
    import("../evidence/records.ts"),
    import("@freehold/net"),
    import("../configuration.ts"),
    import("../output.ts"),
  ]);
  const out = output(json === true);
  const { bold, dim, bad } = style(out.colour);
  const { config, baseDirectory } = loadConfiguration(file);
  const declared = coreEgress(config);
  const refused = readRefusals(recordsOf(statePaths(config, baseDirectory)));
  const functions = [...new Set(declared.map((row) => row.function))];
  const places = declared.map(({ endpoints }) => endpoints.map(showEndpoint));
  const width = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length));
  const [wide, keyWide] = [width(places.flat()), width(declared.map(({ key }) => key))];
  for (const name of functions) {
    out.line(bold(name.toUpperCase()));
    for (const [i, row] of declared.entries()) {
      if (row.function !== name) continue;
      const [first = "", ...further] = places[i]!;
      out.line(
        `  ${row.direction.padEnd(7)}  ${row.protocol.padEnd(5)}  ${first.padEnd(wide)}  ${dim(`${row.key.padEnd(keyWide)}  ${row.why}`)}`,
      );
      for (const one of further) out.line(`${" ".repeat(18)}${one}`);
    }
  }
  out.line();
  const silent = functionNames.filter((name) => !functions.includes(name)).map((name) => name.toUpperCase());
  if (silent.length > 0) out.line(`${bold(silent.join(" "))}  no socket: called inside the process (sbi.carrier: local)`);
  out.line(dim("Nobody asks a DNS server, and nothing else is opened."));
  const anywhere = declared.filter((row) => row.direction === "calls" && row.endpoints.some(({ network }) => network === "any"));
  if (anywhere.length > 0) {
    const who = [...new Set(anywhere.map((row) => row.function.toUpperCase()))].join(" and ");
    out.line(`${who} may send to any address, where signalling of a gNB says so: name your gNBs' networks in egress.gnbs.`);
  }
  for (const { function: name, attempt, protocol, target } of refused) {
    out.line(`${bad("refused")}  ${name.toUpperCase()} tried to ${verbs[attempt]} ${target} (${protocol}), which it does not declare`);
  }
  out.result({ declared, asks: [], refused });
  process.exitCode = refused.length === 0 ? Exit.ok : Exit.failed;
}

const verbs = { listen: "listen at", call: "send to", ask: "ask DNS for" } as const;
