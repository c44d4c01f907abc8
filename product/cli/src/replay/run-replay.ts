import { consoleLog } from "@freehold/runtime";
import { openVault, VaultError } from "@freehold/store";
import {
  type Difference,
  type OutputRecord,
  type ReadRecording,
  RecordingError,
  type Replayed,
  readConfig,
  readHomeNetworkKeys,
  readRecording,
  replayCore,
  statePaths,
} from "@freehold/system";
import { type Alias, aliases, ladder } from "@freehold/tape";
import { toText, WireFault } from "@freehold/wire";
import { loadConfiguration, readAs } from "../configuration.ts";
import { protocols } from "../decode/protocols.ts";
import { Exit, fileMistake, Mistake } from "../mistake.ts";
import { type Output, output, style } from "../output.ts";
import { compareLines } from "./lines.ts";

export interface ReplayOptions {
  readonly config?: string;
  readonly with?: string;
  readonly ladder?: true;
  readonly json?: true;
}

/** `freehold replay`. The exit code. */
export async function runReplay(file: string, options: ReplayOptions): Promise<number> {
  const out = output(options.json === true);
  const { config, baseDirectory } = loadConfiguration(options.config);
  const { recording, vault } = open(file, statePaths(config, baseDirectory).masterKey);
  const { head, records, cut } = recording;
  const replayed = options.with === undefined ? head.config : readAs(options.with, readConfig);
  out.progress(`${records.length} records`);
  const log = consoleLog((line) => process.stderr.write(`${line}\n`), { level: "error" });
  const homeNetworkKeys = readHomeNetworkKeys(replayed, baseDirectory);
  const result = await replayCore(
    replayed,
    { begin: head.begin, records },
    { vault, homeNetworkKeys, log, ...(head.bootId !== undefined && { bootId: head.bootId }) },
  );
  const alias = aliases();
  if (options.ladder) out.line(ladder(result.tape.entries(), undefined, { width: Math.min(out.columns, 120), colour: out.colour, alias }));
  tell(file, head, result, alias, out);
  if (cut > 0) out.line(`    the file ends in the middle of a chunk, as a kill leaves it: ${cut} octets at its end were not read`);
  out.result({ same: result.difference === undefined, ...counts(result), difference: jsonOf(result.difference, alias) });
  return result.difference === undefined ? Exit.ok : Exit.failed;
}

function open(file: string, masterKey: string): { recording: ReadRecording; vault: ReturnType<typeof openVault> } {
  try {
    const vault = openVault(masterKey);
    return { vault, recording: readRecording(file, vault) };
  } catch (error) {
    if (error instanceof RecordingError || error instanceof VaultError) throw new Mistake(error.message);
    if (error instanceof WireFault) throw new Mistake(`${file}: ${error.message}`);
    if ((error as { syscall?: string }).syscall !== undefined) throw fileMistake(file, error);
    throw error;
  }
}

const counts = ({ inputs, messages, spanMs }: Replayed) => ({ inputs, messages, spanMs: Math.round(spanMs) });

function tell(file: string, head: ReadRecording["head"], result: Replayed, alias: Alias, out: Output): void {
  const { good, bad, dim, bold } = style(out.colour);
  const { inputs, messages, spanMs, difference } = result;
  const when = new Date(head.begin).toISOString().slice(0, 19).replace("T", " ");
  const what = `${inputs} inputs over ${(spanMs / 1_000).toFixed(1)} s`;
  if (difference === undefined) {
    out.line(`${good("✓")} ${bold("same")}: ${messages} messages, ${what}`);
  } else {
    const at = new Date(difference.at).toISOString().slice(11, 23);
    out.line(`${bad("✗")} ${bold("differs")} at ${at}, after ${messages} messages: ${where(difference, alias)}`);
    if (difference.why !== undefined) out.line(`    the core ${difference.why}`);
    for (const line of shown(difference, out)) out.line(`    ${line}`);
  }
  out.line(dim(`    ${file}, recorded ${when} UTC by Node ${head.node}`));
}

/** The channel; a phone is named by its alias. */
function where({ channel, recorded, now }: Difference, alias: Alias): string {
  const one = recorded ?? now;
  return one?.is === "nas" ? `NAS of ${one.ue === "" ? "a phone not yet known" : alias(one.ue)}, ${one.message}` : channel;
}

/** Both messages as trees: what differs, and the line or two around it. */
function shown({ recorded, now }: Difference, out: Output): string[] {
  const { good, bad, dim } = style(out.colour);
  if (recorded === undefined && now === undefined) return [];
  if (now === undefined) return [bad("recorded, and not sent now:"), ...treeOf(recorded)];
  if (recorded === undefined) return [bad("sent now, and not in the recording:"), ...treeOf(now)];
  const lines = compareLines(treeOf(recorded), treeOf(now));
  const near = (i: number): boolean => lines.slice(Math.max(0, i - 1), i + 2).some(({ mark }) => mark !== " ");
  return [
    dim("- recorded, + now"),
    ...lines.flatMap(({ mark, line }, i) => {
      if (!near(i)) return i === 0 ? [dim(`  ${line}`)] : [];
      return [mark === "-" ? bad(`- ${line}`) : mark === "+" ? good(`+ ${line}`) : dim(`  ${line}`)];
    }),
  ];
}

function treeOf(record: OutputRecord | undefined): string[] {
  if (record === undefined) return [];
  const text = (() => {
    switch (record.is) {
      case "sctp":
        return protocols.ngap(record.data).text;
      case "udp":
        return protocols.pfcp(record.data).text;
      case "nas":
        return protocols.nas(record.data).text;
      case "aborted":
        return "ABORT";
      case "asked":
      case "answer":
        return `${JSON.stringify(record.head, undefined, 2)}\n${toText(record.body)}`;
    }
  })();
  return text.split("\n");
}

const jsonOf = (difference: Difference | undefined, alias: Alias) =>
  difference && {
    at: difference.at,
    where: where(difference, alias),
    why: difference.why,
    recorded: difference.recorded && treeOf(difference.recorded).join("\n"),
    now: difference.now && treeOf(difference.now).join("\n"),
  };
