import { spawnSync } from "node:child_process";
import { createHash, hash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { type ReadRecord, type RecordedModule, readRecords, startTicksOf } from "./records.ts";

/** Something that is not as in the tree, or that the record cannot answer for. */
export interface Fault {
  readonly is:
    | "differs"
    | "missing"
    | "outside"
    | "two versions"
    | "node differs"
    | "native code"
    | "flag"
    | "environment"
    | "compile cache"
    | "record"
    | "unreadable";
  readonly file?: string;
  /** A sentence that says what is wrong. */
  readonly detail: string;
}

export interface VerifiedProcess {
  readonly pid: number;
  readonly name: string;
  readonly modules: number;
  /** Loaded after the process was ready. */
  readonly later: readonly string[];
  readonly threads: number;
  /** SHA-256 of the program that runs, from /proc. */
  readonly node: string | undefined;
  /** Code of the system that is mapped beside it: the C library and the like, as it lies on this machine. */
  readonly libraries: readonly string[];
  readonly faults: readonly Fault[];
}

export interface Verification {
  readonly root: string;
  readonly same: boolean;
  readonly processes: readonly VerifiedProcess[];
  /** Over all modules that were loaded, by name and SHA-256: two machines that run the same print the same. */
  readonly digest: string;
  /** The commit of the tree and the files in it that are not as committed; undefined where the tree is no git checkout. */
  readonly git: { readonly commit: string; readonly changed: readonly string[]; readonly untracked: readonly string[] } | undefined;
}

/** What the launcher gives Node; anything else could change which code runs. */
const launcherFlags = [
  "--disable-warning=ExperimentalWarning",
  "--disable-sigusr1",
  "--disallow-code-generation-from-strings",
  "--require",
];
const guardFile = "product/system/src/evidence/guard.cts";
/** Environment by which other code gets into a process of Node or of the C library. */
const telling = /^(NODE_OPTIONS|NODE_PATH|NODE_REPL_EXTERNAL_MODULE|NODE_V8_COVERAGE|LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH)=./;

/** Compares every process that keeps a start record in `directory` and runs with the tree at `root`. No processes: nothing is running. */
export function verifyRunning(directory: string, root: string): Verification {
  const tree = new Tree(root);
  const records = readRecords(directory).filter(({ alive }) => alive);
  const processes = [...records.map((record) => verifyProcess(record, tree)), ...unmeasured(directory, records)];
  const loaded = records.flatMap(({ modules }) => modules);
  const lines = [...new Set(loaded.map(({ file, sha256 }) => `${sha256}  ${file}\n`))].sort();
  return {
    root,
    same: processes.length > 0 && processes.every(({ faults }) => faults.length === 0),
    processes,
    digest: hash("sha256", lines.join("")),
    git: gitOf(root, loaded),
  };
}

/** The core that holds the state beside the records, when it runs and none of them is its own. */
function unmeasured(directory: string, records: readonly ReadRecord[]): VerifiedProcess[] {
  const holder = join(directory, "../core.pid");
  if (!existsSync(holder)) return [];
  const [pid = "", begun = ""] = readFileSync(holder, "utf8").trim().split(" ");
  if (begun === "" || startTicksOf(Number(pid)) !== begun || records.some((record) => record.pid === Number(pid))) return [];
  const faults: Fault[] = [{ is: "record", detail: "holds this state and keeps no start record: nothing of it was measured" }];
  return [{ pid: Number(pid), name: "core", modules: 0, later: [], threads: 0, node: undefined, libraries: [], faults }];
}

/** The working tree, each file read once. */
class Tree {
  readonly root: string;
  readonly #sums = new Map<string, string | undefined>();

  constructor(root: string) {
    this.root = root;
  }

  /** SHA-256 of a file as it lies now; undefined where there is none. */
  sum(file: string): string | undefined {
    if (!this.#sums.has(file)) this.#sums.set(file, sumOf(join(this.root, file)));
    return this.#sums.get(file);
  }

  /** SHA-256 of another file, remembered by what it is and not by its name. */
  sumOfOther(path: string): string | undefined {
    const { dev, ino } = statSync(path);
    const key = `/${dev}/${ino}`;
    if (!this.#sums.has(key)) this.#sums.set(key, sumOf(path));
    return this.#sums.get(key);
  }
}

/** In pieces: Node itself has more than 100 MB. */
function sumOf(path: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as { code?: string }).code ?? "")) return undefined;
    throw error;
  }
  try {
    const [sum, piece] = [createHash("sha256"), new Uint8Array(1 << 20)];
    for (let n = readSync(fd, piece); n > 0; n = readSync(fd, piece)) sum.update(piece.subarray(0, n));
    return sum.digest("hex");
  } finally {
    closeSync(fd);
  }
}

function verifyProcess(record: ReadRecord, tree: Tree): VerifiedProcess {
  const { pid, modules } = record;
  const faults: Fault[] = [...moduleFaults(modules, tree), ...recordFaults(record)];
  let node: string | undefined;
  let libraries: readonly string[] = [];
  try {
    node = tree.sumOfOther(`/proc/${pid}/exe`);
    const pinned = `node_modules/node-linux-${process.arch}/bin/node`;
    if (node !== tree.sum(pinned)) {
      faults.push({
        is: "node differs",
        file: pinned,
        detail: `runs a Node with SHA-256 ${node?.slice(0, 12)}, the tree's is ${short(tree.sum(pinned))}`,
      });
    }
    libraries = mapped(pid);
    for (const path of libraries.filter((name) => name.endsWith(".node") || name.endsWith(" (deleted)"))) {
      faults.push({ is: "native code", file: path, detail: "native code that is not Node's own, or a file that was replaced, is mapped" });
    }
    faults.push(...flagFaults(pid, tree.root), ...environmentFaults(pid));
  } catch (error) {
    faults.push({
      is: "unreadable",
      detail: `/proc/${pid} cannot be read (${(error as { code?: string }).code}): run verify as the core's user`,
    });
  }
  return {
    pid,
    name: record.name ?? "starting",
    modules: new Set(modules.map(({ file }) => file)).size,
    later: [...new Set(modules.filter(({ later }) => later).map(({ file }) => file))],
    threads: new Set(modules.map(({ thread }) => thread)).size,
    node,
    libraries,
    faults,
  };
}

const short = (sum: string | undefined): string => sum?.slice(0, 12) ?? "missing";

function moduleFaults(modules: readonly RecordedModule[], tree: Tree): Fault[] {
  const faults: Fault[] = [];
  const seen = new Map<string, string>();
  for (const { file, sha256 } of modules) {
    const before = seen.get(file);
    if (before === sha256) continue;
    if (before !== undefined)
      faults.push({ is: "two versions", file, detail: `was loaded twice with other octets: ${short(before)} and ${short(sha256)}` });
    seen.set(file, sha256);
    if (/^[a-z]+:/.test(file)) {
      faults.push({ is: "outside", file, detail: `lies outside the tree; SHA-256 ${short(sha256)}` });
      continue;
    }
    const now = tree.sum(file);
    if (now === undefined) faults.push({ is: "missing", file, detail: `runs (SHA-256 ${short(sha256)}) and is no longer in the tree` });
    else if (now !== sha256) faults.push({ is: "differs", file, detail: `runs as ${short(sha256)}, lies in the tree as ${short(now)}` });
  }
  return faults;
}

function recordFaults({ modules, broken, compileCache, file }: ReadRecord): Fault[] {
  const faults: Fault[] = [];
  if (broken.length > 0) faults.push({ is: "record", file, detail: `does not read in line ${broken.join(", ")}` });
  if (modules[0]?.file !== guardFile) faults.push({ is: "record", file, detail: `does not begin with ${guardFile}` });
  if (compileCache !== undefined)
    faults.push({
      is: "compile cache",
      file: compileCache,
      detail: "code came from Node's compile cache, which nobody measures: start by ./freehold up",
    });
  return faults;
}

/** Files that are mapped to be run, without Node itself. */
function mapped(pid: number): string[] {
  const exe = new Set<string>();
  for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
    const found = /^\S+ ..x. \S+ \S+ (\d+)\s+(\/.*)$/.exec(line);
    if (found?.[2] !== undefined) exe.add(found[2]);
  }
  return [...exe].filter((path) => !path.endsWith("/bin/node")).sort();
}

/** Node's options on the command line as the kernel has it. */
function flagFaults(pid: number, root: string): Fault[] {
  const [, ...words] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  const faults: Fault[] = [];
  let guarded = false;
  for (let i = 0; words[i]?.startsWith("-") === true; i++) {
    const flag = words[i]!;
    if (flag === "--require" || flag === "-r") {
      const given = words[++i] ?? "";
      if (given.endsWith(`/${guardFile}`) && !guarded) guarded = true;
      else faults.push({ is: "flag", detail: `${flag} ${given}: loads code beside ${join(root, guardFile)}` });
    } else if (!launcherFlags.includes(flag)) faults.push({ is: "flag", detail: `${flag}: not a flag that ./freehold gives` });
  }
  if (!guarded) faults.push({ is: "flag", detail: `was started without --require ${guardFile}: not by ./freehold` });
  return faults;
}

function environmentFaults(pid: number): Fault[] {
  const told = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return told
    .filter((entry) => telling.test(entry))
    .map((entry): Fault => ({ is: "environment", detail: `${entry.slice(0, 120)}: brings other code into the process` }));
}

function gitOf(root: string, loaded: readonly RecordedModule[]): Verification["git"] {
  if (!existsSync(join(root, ".git"))) return undefined;
  const git = (...args: string[]): string | undefined => {
    const { status, stdout } = spawnSync("git", ["-C", root, "--no-optional-locks", ...args], {
      encoding: "utf8",
      timeout: 20_000,
      maxBuffer: 64 << 20,
    });
    return status === 0 ? stdout : undefined;
  };
  const commit = git("rev-parse", "HEAD")?.trim();
  const changed = git("diff", "--name-only", "-z", "HEAD");
  const tracked = git("ls-files", "-z");
  if (commit === undefined || changed === undefined || tracked === undefined) return undefined;
  const known = new Set(tracked.split("\0"));
  const ours = [...new Set(loaded.map(({ file }) => file))].filter((file) => !file.startsWith("node_modules/") && !/^[a-z]+:/.test(file));
  return { commit, changed: changed.split("\0").filter((file) => file !== ""), untracked: ours.filter((file) => !known.has(file)) };
}
