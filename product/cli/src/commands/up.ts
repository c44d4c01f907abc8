import process from "node:process";
import type { Command } from "commander";
import { Exit, fileMistake, Mistake, withRemedy } from "../mistake.ts";

interface Options {
  readonly config?: string;
  readonly log?: string;
  readonly record?: string;
  readonly json?: true;
}

const examples = `
Serves any standard gNB at the N2 and N3 addresses of the configuration until Ctrl-C. Without -c it reads ./freehold.yaml, and without that
file the defaults hold: loopback addresses, PLMN 001-01, data network internet.

Examples:
  freehold up                       with ./freehold.yaml
  freehold up -c core.yaml --log debug
  freehold up --record evening.rec    every input and message, sealed; freehold replay runs it again`;

export function addUp(freehold: Command): void {
  freehold
    .command("up")
    .description("start the core and serve gNBs")
    .option("-c, --config <file>", "the configuration (./freehold.yaml)")
    .option("--log <level>", "debug, info, warn or error, instead of the configuration's")
    .option("--record <file>", "write the control plane's inputs and messages into a sealed file, for freehold replay")
    .option("--json", "log lines as JSON, and one JSON object as the last line of standard output")
    .addHelpText("after", examples)
    .action(run);
}

const levels = ["debug", "info", "warn", "error"] as const;

async function run({ config: given, log: wanted, record, json }: Options): Promise<void> {
  const level = wanted === undefined ? undefined : levels.find((l) => l === wanted);
  if (wanted !== undefined && level === undefined) throw new Mistake(`--log ${wanted}: one of ${levels.join(", ")} is wanted`);
  const [
    { keepStartRecord, noteReady, recordsOf, statePaths, up },
    { consoleLog },
    { loadConfiguration },
    { output, style },
    { clearEnded },
  ] = await Promise.all([
    import("@freehold/system"),
    import("@freehold/runtime"),
    import("../configuration.ts"),
    import("../output.ts"),
    import("../evidence/records.ts"),
  ]);
  const out = output(json === true);
  const paint = style(out.colour);
  const { config, file, baseDirectory } = loadConfiguration(given);
  const log = consoleLog((line) => process.stderr.write(`${line}\n`), {
    level: level ?? config.log.level,
    json: json === true,
    colour: out.colour,
  });
  const begin = performance.now();
  const records = recordsOf(statePaths(config, baseDirectory));
  let measured: boolean;
  try {
    measured = keepStartRecord(records);
    clearEnded(records);
  } catch (error) {
    throw fileMistake(records, error);
  }
  const stop = Promise.withResolvers<string>();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.resolve(name));
  let serving: Awaited<ReturnType<typeof up>>;
  try {
    serving = await up(config, { baseDirectory, log, record });
  } catch (error) {
    throw startFault(error);
  }
  noteReady("core");
  const readyMs = Math.round(performance.now() - begin);
  out.line(
    paint.bold(`Freehold core ready in ${readyMs} ms`) + paint.dim(file === undefined ? "  (no freehold.yaml: defaults)" : `  (${file})`),
  );
  for (const line of serving.said) out.line(`  ${line}`);
  if (measured) out.line("  every module measured before use: freehold verify; every connection declared: freehold egress");
  if (record !== undefined) out.line(`  recording into ${record}, sealed with the master key of the state`);
  out.line(paint.dim("  Ctrl-C stops it"));
  const why = await stop.promise;
  out.line(`${why}: stopping`);
  const state = serving.core.state();
  await serving[Symbol.asyncDispose]();
  out.line("stopped");
  out.result({ readyMs, stoppedBy: why, state });
  process.exitCode = Exit.ok;
}

/** What keeps a core from starting is the user's to mend: a port in use, a file that may not be read, an address that is not here. */
function startFault(error: unknown): unknown {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if ((error as { syscall?: string }).syscall === "open") return fileMistake((error as { path?: string }).path ?? "a file", error);
  if (!["PortError", "StoreError", "VaultError", "StateInUse", "ConfigFault", "RangeError"].includes(name ?? "")) return error;
  return new Mistake(withRemedy({ message: `${message}`, code }, "the configuration"));
}
