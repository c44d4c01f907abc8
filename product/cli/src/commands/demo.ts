import { promises } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import type { DemoReport } from "@freehold/system";
import { type Command, InvalidArgumentError } from "commander";
import { Exit, fileMistake, Mistake } from "../mistake.ts";
import { type Output, output, style } from "../output.ts";

interface Options {
  readonly phones: number;
  readonly tun?: boolean;
  readonly processes?: boolean;
  readonly nea?: string;
  readonly pcap: string;
  readonly capture?: string;
  readonly ladder: boolean;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

export function demo(freehold: Command): void {
  freehold
    .command("demo")
    .description("a core, a gNB and three phones on this machine: register, get an address, reach the network")
    .option("--tun", "as root: raw IP SCTP between network namespaces, a TUN per phone, real ping and HTTP")
    .option("--processes", "every network function in its own process, found through the NRF over HTTP/2")
    .option("--phones <n>", "how many phones, 1 to 100", count, 3)
    .option("--nea <n>", "ciphering of NAS: 0 (none), 1, 2 or 3", nea)
    .option("--pcap <file>", "where the exchange is written, for Wireshark", "demo.pcapng")
    .option("--capture <file>", "with --tun: what tcpdump sees beside it on the core's interfaces")
    .option("--no-ladder", "leave the ladder of the first phone out")
    .option("--verbose", "every log line of the core on standard error")
    .option("--json", "one JSON object as the last line of standard output")
    .addHelpText("after", "\nExamples:\n  freehold demo\n  sudo ./freehold demo --tun\n  freehold demo --processes --json\n")
    .action(run);
}

function count(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1 || n > 100) throw new InvalidArgumentError("a whole number from 1 to 100 is wanted.");
  return n;
}

function nea(text: string): string {
  if (!/^[0-3]$/.test(text)) throw new InvalidArgumentError("0, 1, 2 or 3 is wanted.");
  return text;
}

async function run(options: Options): Promise<void> {
  if (options.tun && options.processes) throw new Mistake("--tun and --processes are two demonstrations: choose one");
  if (options.capture !== undefined && !options.tun) throw new Mistake("--capture goes with --tun: elsewhere capture on lo yourself");
  const out = output(options.json === true);
  const paint = style(out.colour);
  const stop = new AbortController();
  const interrupted = (): void => stop.abort(new Error("interrupted"));
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  const { demonstrate } = await import("@freehold/system");
  const way = options.tun ? "tun" : options.processes ? "processes" : "local";
  out.line(paint.bold("Freehold demonstration"));
  out.line(paint.dim(introduction[way]));
  out.line();
  let report: DemoReport;
  try {
    report = await demonstrate(way, {
      phones: options.phones,
      carrier: options.processes ? "http2" : "local",
      ...(options.nea === undefined ? {} : { ciphering: [`NEA${options.nea}`] }),
      verbose: options.verbose === true,
      ...(options.capture === undefined ? {} : { capture: resolve(options.capture) }),
      signal: stop.signal,
      progress: (phone, step, detail) => {
        const mark = step === "failed" ? paint.bad("✗") : paint.good("✓");
        out.line(`  ${mark} phone ${phone + 1}  ${step.padEnd(13)}${paint.dim(detail)}`);
      },
    });
  } catch (error) {
    if (stop.signal.aborted) {
      out.line("interrupted: everything that was started is stopped");
      process.exitCode = 130;
      return;
    }
    if (error instanceof Error && error.name === "Unavailable") {
      out.line(`${paint.bad("✗")} ${error.message}`);
      process.exitCode = Exit.unavailable;
      return;
    }
    throw error;
  } finally {
    process.removeListener("SIGINT", interrupted);
    process.removeListener("SIGTERM", interrupted);
  }
  await tell(report, options, out);
}

const introduction = {
  local: "NRF UDR UDM AUSF PCF NSSF AMF SMF UPF, a gNB and phones in one process; NGAP over SCTP in UDP, GTP-U over loopback",
  tun: "SCTP over raw IP between network namespaces, a TUN interface per phone, a data network behind the UPF",
  processes: "each network function in a process of its own, found through the NRF, over HTTP/2",
} as const;

async function tell(report: DemoReport, options: Options, out: Output): Promise<void> {
  const { aliases, ladder, pcapng } = await import("@freehold/tape");
  const paint = style(out.colour);
  const [first] = report.phones;
  if (options.ladder && first !== undefined && !options.json) {
    out.line();
    out.line(paint.bold("Registration and session of phone 1"));
    const mine = report.tape.filter((e) => e.at >= report.ladder.from && e.at <= report.ladder.to && e.interface !== "N3");
    out.line(ladder(mine, undefined, { width: Math.min(out.columns, 120), colour: out.colour, alias: aliases() }));
  }
  const file = resolve(options.pcap);
  try {
    await promises.writeFile(file, pcapng(report.tape));
  } catch (error) {
    throw fileMistake(options.pcap, error);
  }
  out.line();
  out.line(paint.bold("What was done"));
  const ms = (value: number | undefined): string => (value === undefined ? "-" : `${value.toFixed(1)} ms`);
  out.line(paint.dim("  phone  address        register    session     ping            DNS         HTTP"));
  for (const [i, p] of report.phones.entries()) {
    const pings = `${p.ping.received}/${p.ping.sent} ${p.ping.rttMs[0] === undefined ? "" : ms(p.ping.rttMs[0])}`;
    out.line(
      `  ${String(i + 1).padEnd(7)}${(p.session?.ip ?? "-").padEnd(15)}${ms(p.ms["register"]).padEnd(12)}${ms(p.ms["session"]).padEnd(12)}${pings.padEnd(16)}${ms(p.ms["DNS"]).padEnd(12)}${p.http === undefined ? "-" : `${p.http.status}, ${ms(p.ms["HTTP"])}`}`,
    );
  }
  const good = report.phones.every((p) => p.failed === undefined && p.deregistered);
  out.line();
  out.line(
    `  core ready after ${report.startMs.toFixed(0)} ms, first ping answered after ${report.firstPingMs.toFixed(0)} ms, ${report.rssMB} MB`,
  );
  out.line(`  ${report.tape.length} messages in ${options.pcap}: wireshark ${options.pcap}`);
  out.line(
    good
      ? paint.good("  all phones registered, reached the network, and left")
      : paint.bad("  not everything held: see the lines marked ✗"),
  );
  out.result({
    phones: report.phones.map((p) => ({ ...p, ping: { sent: p.ping.sent, received: p.ping.received, rttMs: p.ping.rttMs } })),
    pcap: file,
    startMs: Math.round(report.startMs * 10) / 10,
    firstPingMs: Math.round(report.firstPingMs * 10) / 10,
    rssMB: report.rssMB,
    egress: report.egress,
  });
  process.exitCode = good ? Exit.ok : Exit.failed;
}
