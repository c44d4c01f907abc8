import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import type { CodecReport, RegistrationReport, SctpReport, StartReport } from "@freehold/bench";
import { type Command, InvalidArgumentError } from "commander";
import { Exit, fileMistake } from "../mistake.ts";
import { type Output, output, style } from "../output.ts";

const examples = `
CPU time is the figure; how long something took is told beside it and depends on what else runs on the machine.
docs/benchmarks.md has what was measured, and on what.

Examples:
  freehold bench registration
  freehold bench registration --phones 1000 --cpu-prof profiles
  freehold bench registration --phones 1000 --rate 500
  freehold bench codec --json`;

export function addBench(freehold: Command): void {
  const bench = freehold
    .command("bench")
    .description("measure this core: CPU per registration, codecs, start")
    .helpCommand(false)
    .addHelpText("after", examples);
  bench
    .command("registration")
    .description("phones register and get a session each; the core has a process of its own, gNB and phones are outside")
    .option("--phones <n>", "how many are measured, 1 to 10000; as many go before them", whole(10_000), 200)
    .option("--concurrency <n>", "how many register at the same time; 16, or 256 with --rate", whole(1_000))
    .option("--rate <n>", "how many begin in a second, as long as that many at the same time allow", whole(10_000))
    .option("--record", "with the control plane recorded, as by freehold up --record")
    .option("--cpu-prof <folder>", "write a CPU profile of the core there (open it in a browser's developer tools)")
    .option("--json", "one JSON object as the last line of standard output")
    .action(registration);
  bench
    .command("codec")
    .description("decode and encode the messages of a registration")
    .option("--rounds <n>", "rounds of which the median is told", whole(1_000), 7)
    .option("--json", "one JSON object as the last line of standard output")
    .action(codec);
  bench
    .command("sctp")
    .description("messages over SCTP in UDP on loopback, between two stacks of ours and against libusrsctp")
    .option("--ms <n>", "milliseconds of CPU time that each figure is measured for", whole(60_000), 500)
    .option("--json", "one JSON object as the last line of standard output")
    .action(sctp);
  bench
    .command("start")
    .description("from starting a core to the answer to a phone's first ping")
    .option("--runs <n>", "runs of which the median is told", whole(100), 5)
    .option("--json", "one JSON object as the last line of standard output")
    .action(start);
}

const whole =
  (most: number) =>
  (text: string): number => {
    const n = Number(text);
    if (!Number.isInteger(n) || n < 1 || n > most) throw new InvalidArgumentError(`a whole number from 1 to ${most} is wanted.`);
    return n;
  };

/** Runs a benchmark until it is done or interrupted; either way everything that it started is stopped. */
async function measured<T>(json: boolean | undefined, work: (out: Output, signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const stop = new AbortController();
  const interrupted = (): void => stop.abort(new Error("interrupted"));
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, interrupted);
  const out = output(json === true);
  try {
    return await work(out, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) {
      out.line("interrupted: everything that was started is stopped");
      process.exitCode = 130;
    } else {
      out.line(`${style(out.colour).bad("✗")} ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = Exit.failed;
    }
    return undefined;
  } finally {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.removeListener(name, interrupted);
  }
}

interface RegistrationOptions {
  readonly phones: number;
  readonly concurrency?: number;
  readonly rate?: number;
  readonly cpuProf?: string;
  readonly record?: true;
  readonly json?: true;
}

async function registration({ phones, concurrency, rate, cpuProf, record, json }: RegistrationOptions): Promise<void> {
  const folder = cpuProf === undefined ? undefined : profiles(cpuProf);
  const bench = await import("@freehold/bench");
  await measured(json, async (out, signal) => {
    const { report, failures } = await bench.registration({
      phones,
      ...(concurrency !== undefined && { concurrency }),
      ...(rate !== undefined && { rate }),
      record: record === true,
      ...(folder !== undefined && { cpuProf: folder }),
      progress: (text) => out.progress(text),
      signal,
    });
    tellRegistration(report, failures, out);
    if (folder !== undefined) out.line(`  CPU profile of the core in ${cpuProf}`);
    out.result(report);
    process.exitCode = failures.length === 0 ? Exit.ok : Exit.failed;
  });
}

function profiles(given: string): string {
  try {
    mkdirSync(given, { recursive: true });
  } catch (error) {
    throw fileMistake(given, error);
  }
  return resolve(given);
}

/** How many failures are told one by one. */
const told = 5;

const atOnce = ({ rate, concurrency }: RegistrationReport): string =>
  rate === undefined ? `${concurrency} at a time` : `${rate} a second, no more than ${concurrency} at a time`;

function tellRegistration(report: RegistrationReport, failures: readonly string[], out: Output): void {
  const paint = style(out.colour);
  out.line(paint.bold(`${report.phones} registrations with a PDU session, ${atOnce(report)}`));
  out.line(paint.dim(`  ${report.profile}`));
  out.line();
  const rows: readonly (readonly [string, string, string])[] = [
    ["CPU of the core", `${report.cpuMsPerPhone.toFixed(2)} ms`, `per phone; ${report.coldCpuMsPerPhone.toFixed(2)} ms for as many before`],
    ["memory", `${(report.bytesPerPhone / 1000).toFixed(1)} kB`, "of heap per phone that stays"],
    ["rows written", report.rowWritesPerPhone.toFixed(2), "per phone"],
    ["longest turn", `${report.maxLoopMs.toFixed(1)} ms`, `of the core's event loop; longest collection ${report.maxGcMs.toFixed(1)} ms`],
    ["core", `${report.coreRssMB.toFixed(0)} MB`, `resident, with ${2 * report.phones} phones`],
    ["a phone waits", `${report.p50Ms.toFixed(1)} ms`, `median; 99 % no longer than ${report.p99Ms.toFixed(1)} ms`],
    ["rate", report.phonesPerSecond.toFixed(0), "phones a second, with gNB and phones on the same machine"],
  ];
  for (const [what, figure, note] of rows) out.line(`  ${what.padEnd(17)}${figure.padStart(10)}  ${paint.dim(note)}`);
  if (failures.length === 0) return;
  out.line();
  for (const failure of failures.slice(0, told)) out.line(`  ${paint.bad("✗")} ${failure}`);
  if (failures.length > told) out.line(paint.bad(`  and ${failures.length - told} more failures`));
}

async function codec({ rounds, json }: { readonly rounds: number; readonly json?: true }): Promise<void> {
  const bench = await import("@freehold/bench");
  await measured(json, async (out) => {
    const report: CodecReport = bench.codec({ rounds, progress: (text) => out.progress(text) });
    const paint = style(out.colour);
    out.line(paint.bold("CPU time of one message, nanoseconds"));
    out.line(paint.dim(`  ${"".padEnd(40)}${"octets".padStart(8)}${"decode".padStart(10)}${"encode".padStart(10)}`));
    for (const { message, octets, decodeNs, encodeNs } of report.rows) {
      out.line(
        `  ${message.padEnd(40)}${String(octets).padStart(8)}${decodeNs.toFixed(0).padStart(10)}${encodeNs.toFixed(0).padStart(10)}`,
      );
    }
    out.result(report);
  });
}

async function sctp({ ms, json }: { readonly ms: number; readonly json?: true }): Promise<void> {
  const bench = await import("@freehold/bench");
  await measured(json, async (out, signal) => {
    const report: SctpReport = await bench.sctp({ ms, progress: (text) => out.progress(text), signal });
    const paint = style(out.colour);
    out.line(paint.bold("SCTP in UDP on loopback, both ends in one process"));
    const head = ["octets", "µs CPU each", "a second", "MB a second", "datagrams each"].map((title) => title.padStart(16)).join("");
    out.line(paint.dim(`  ${"".padEnd(36)}${head}`));
    for (const row of report.rows) {
      const figures = [row.octets, row.cpuUsPerMessage.toFixed(2), row.messagesPerSecond.toFixed(0), row.megabytesPerSecond.toFixed(1)];
      const datagrams = row.datagramsPerMessage.toFixed(2);
      out.line(`  ${row.between.padEnd(36)}${[...figures, datagrams].map((figure) => String(figure).padStart(16)).join("")}`);
    }
    if (report.without !== undefined) out.line(paint.dim(`  not measured: ${report.without}`));
    out.result(report);
  });
}

async function start({ runs, json }: { readonly runs: number; readonly json?: true }): Promise<void> {
  const bench = await import("@freehold/bench");
  await measured(json, async (out, signal) => {
    const report: StartReport = await bench.start({ runs, progress: (text) => out.progress(text), signal });
    const paint = style(out.colour);
    out.line(paint.bold("From starting the core to the first ping answered"));
    for (const [i, { coreReadyMs, firstPingMs, coreRssMB }] of report.runs.entries()) {
      out.line(
        paint.dim(`  run ${i + 1}: core ready ${coreReadyMs.toFixed(0)} ms, ping ${firstPingMs.toFixed(0)} ms, ${coreRssMB.toFixed(0)} MB`),
      );
    }
    out.line(`  median: first ping ${report.firstPingMs.toFixed(0)} ms, core ${report.coreRssMB.toFixed(0)} MB resident`);
    out.result(report);
  });
}
