import { readdirSync, readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { Refusal } from "@freehold/net";

export interface RecordedModule {
  /** In the tree, or the URL of what lies outside. */
  readonly file: string;
  readonly sha256: string;
  readonly thread: number;
  /** Loaded when the process was ready already. */
  readonly later: boolean;
}

/** A start record as read: what guard.cts of product/system wrote. */
export interface ReadRecord {
  readonly file: string;
  readonly pid: number;
  /** Whether the process that wrote it runs still. */
  readonly alive: boolean;
  readonly name: string | undefined;
  readonly execArgv: readonly string[];
  readonly compileCache: string | undefined;
  readonly modules: readonly RecordedModule[];
  readonly refused: readonly Refusal[];
  /** Lines that do not read, by number. */
  readonly broken: readonly number[];
}

/** The start records of a folder; none where there is no folder. */
export function readRecords(directory: string): readonly ReadRecord[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw error;
  }
  return names
    .filter((name) => /^\d+\.jsonl$/.test(name))
    .map((name) => readRecord(join(directory, name), Number.parseInt(name, 10)))
    .sort((a, b) => a.pid - b.pid);
}

function readRecord(file: string, pid: number): ReadRecord {
  const modules: RecordedModule[] = [];
  const refused: Refusal[] = [];
  const broken: number[] = [];
  let start: Readonly<Record<string, unknown>> = {};
  let name: string | undefined;
  for (const [i, line] of readFileSync(file, "utf8").split("\n").entries()) {
    if (line === "") continue;
    const read = parsed(line);
    if (read?.["is"] === "start") start = read;
    else if (read?.["is"] === "ready") name = String(read["name"]);
    else if (read?.["is"] === "refused") refused.push(read["refusal"] as Refusal);
    else if (read?.["is"] === "module" && typeof read["file"] === "string" && typeof read["sha256"] === "string") {
      const { file: of, sha256, thread = 0 } = read as { file: string; sha256: string; thread?: number };
      modules.push({ file: of, sha256, thread, later: name !== undefined });
    } else broken.push(i + 1);
  }
  const { startTicks, execArgv, compileCache } = start as { startTicks?: string; execArgv?: string[]; compileCache?: string | null };
  const alive = startTicks !== undefined && startTicksOf(pid) === startTicks;
  return { file, pid, alive, name, execArgv: execArgv ?? [], compileCache: compileCache ?? undefined, modules, refused, broken };
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // cut off in the middle: the process was killed while it wrote
  }
}

/** When a process began, in the kernel's ticks since boot (proc_pid_stat(5), field 22); undefined when there is none. */
export function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Takes away the records of processes that are no more. */
export function clearEnded(directory: string): void {
  for (const { file } of readRecords(directory).filter(({ alive }) => !alive)) unlinkSync(file);
}

/** What the functions of a running core were refused, as their processes recorded it. */
export const readRefusals = (directory: string): readonly Refusal[] =>
  readRecords(directory)
    .filter(({ alive }) => alive)
    .flatMap(({ refused }) => refused);
