import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { functionNames } from "@freehold/system";
import { type Verification, verifyRunning } from "../../src/evidence/verify.ts";

const root = join(import.meta.dirname, "../../../..");
const { packages } = (await import(join(root, "tools/floors.mjs"))) as {
  packages: Readonly<Record<string, { readonly node: readonly string[] | "*" }>>;
};
const folder = mkdtempSync(join(tmpdir(), "freehold-verify-"));
const guard = join(root, "product/system/src/evidence/guard.cts");
const flags = ["--disable-warning=ExperimentalWarning", "--disable-sigusr1", "--disallow-code-generation-from-strings", "--require", guard];
const started = new Set<ChildProcess>();
after(async () => {
  for (const child of started) await ended(child);
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a program and resolves when it has said `word`; rejects with what it said when it ends first. */
function begin(word: string, program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<ChildProcess> {
  const child = spawn(program, args, { cwd: folder, env, stdio: ["pipe", "pipe", "pipe"] });
  started.add(child);
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (data: Buffer): void => {
      said += data.toString();
      if (said.includes(word)) resolve(child);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${program} ended with ${code}:\n${said}`)));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  started.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.stdin?.end();
  child.kill("SIGINT");
  await gone;
}

/** A command of a tree's ./freehold: its exit code and its JSON. */
function freehold(tree: string, ...args: string[]): Promise<{ code: number; found: Verification }> {
  return new Promise((resolve, reject) => {
    execFile(join(tree, "freehold"), [...args, "--json"], { cwd: folder, timeout: 60_000 }, (error, stdout) => {
      const code = error === null ? 0 : error.code;
      if (typeof code !== "number" || stdout === "") reject(error ?? new Error("it said nothing"));
      else resolve({ code, found: JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Verification });
    });
  });
}

const faultsOf = ({ processes }: Verification): string[] =>
  processes.flatMap(({ faults }) => faults.map(({ is, file }) => `${is}: ${file}`));

/** The tree again in another place, with this one's dependencies. */
function copyTree(to: string): string {
  for (const one of ["freehold", "package.json", "package-lock.json", ...Object.keys(packages).map((name) => `${name}/package.json`)]) {
    mkdirSync(join(to, one, ".."), { recursive: true });
    cpSync(join(root, one), join(to, one));
  }
  for (const name of Object.keys(packages)) {
    if (existsSync(join(root, name, "src"))) cpSync(join(root, name, "src"), join(to, name, "src"), { recursive: true });
  }
  mkdirSync(join(to, "node_modules/@freehold"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name !== "@freehold" && name !== ".cache") symlinkSync(join(root, "node_modules", name), join(to, "node_modules", name));
  }
  for (const name of Object.keys(packages)) symlinkSync(join("../..", name), join(to, "node_modules/@freehold", basename(name)));
  return to;
}

/** A configuration with addresses of its own. */
function configure(net: number): string {
  const file = join(folder, `core-${net}.yaml`);
  const at = (host: number): string => `127.63.${net}.${host}`;
  writeFileSync(
    file,
    `n2: { addresses: [${at(5)}], transport: udp }\nn3: { addresses: [${at(7)}] }\nn4: { smf: ${at(4)}, upf: ${at(8)} }\nstate: { directory: ./state-${net} }\n`,
  );
  return file;
}

describe("freehold verify", () => {
  const tree = join(folder, "tree");
  before(() => void copyTree(tree));

  test("finds a running core as in the tree, then names the one file that was changed after its start, and one that is gone", async () => {
    const config = configure(1);
    assert.equal((await freehold(tree, "verify", "-c", config)).code, 2, "nothing runs");
    const core = await begin("Ctrl-C stops it", join(tree, "freehold"), ["up", "-c", config]);
    const { code, found } = await freehold(tree, "verify", "-c", config);
    assert.deepEqual(faultsOf(found), []);
    assert.equal(code, 0);
    const [one, ...others] = found.processes;
    assert.deepEqual(others, []);
    assert.equal(one?.name, "core");
    assert.ok(one.modules > 300, `${one.modules} modules`);
    assert.equal(one.threads, 2, "the store's worker too");
    const record = readFileSync(join(folder, "state-1/processes", `${one.pid}.jsonl`), "utf8");
    for (const file of [
      "core/amf/src/n1.ts",
      "node_modules/commander/index.js",
      "node_modules/yaml/dist/index.js",
      "foundation/store/src/worker.ts",
    ])
      assert.ok(record.includes(`"file":"${file}"`), `${file} is not in the record`);

    const changed = join(tree, "core/amf/src/n1.ts");
    const text = readFileSync(changed, "utf8");
    appendFileSync(changed, "// one line more\n");
    const different = await freehold(tree, "verify", "-c", config);
    assert.deepEqual([different.code, ...faultsOf(different.found)], [1, "differs: core/amf/src/n1.ts"]);
    rmSync(changed);
    await assert.rejects(freehold(tree, "verify", "-c", config), /Cannot find module .*core\/amf\/src\/n1\.ts.*--records/s);
    const missing = await freehold(tree, "verify", "--records", join(folder, "state-1/processes"));
    assert.deepEqual([missing.code, ...faultsOf(missing.found)], [1, "missing: core/amf/src/n1.ts"]);
    writeFileSync(changed, text);
    assert.equal((await freehold(tree, "verify", "-c", config)).code, 0);
    await ended(core);
    assert.equal((await freehold(tree, "verify", "-c", config)).code, 2, "nothing runs any more");
  });

  test("run from a tree that was read, names what was changed before the start, and what was loaded from elsewhere", async () => {
    const config = configure(2);
    const rogue = join(folder, "rogue.mjs");
    writeFileSync(rogue, "export const here = true;\n");
    const [changed, importing] = [join(tree, "core/smf/src/n1.ts"), join(tree, "core/smf/src/index.ts")];
    const texts = [changed, importing].map((file) => readFileSync(file, "utf8"));
    appendFileSync(changed, "// a door at the back\n");
    appendFileSync(importing, `import "${rogue}";\n`);
    const core = await begin("Ctrl-C stops it", join(tree, "freehold"), ["up", "-c", config]);
    const own = await freehold(tree, "verify", "-c", config);
    assert.deepEqual(faultsOf(own.found), [`outside: file://${rogue}`], "the tree that it was started from has the same changes");
    const { code, found } = await freehold(root, "verify", "-c", config);
    assert.equal(code, 1);
    assert.deepEqual(faultsOf(found).sort(), ["differs: core/smf/src/index.ts", "differs: core/smf/src/n1.ts", `outside: file://${rogue}`]);
    await ended(core);
    for (const [i, file] of [changed, importing].entries()) writeFileSync(file, texts[i]!);
  });

  test("verifies nine processes, each by its own record", async () => {
    const records = join(folder, "nine");
    const env = { PATH: process.env["PATH"], NODE_DISABLE_COMPILE_CACHE: "1", FREEHOLD_START_RECORDS: records };
    const core = await begin("ready", process.execPath, [...flags, join(root, "product/system/test/nine.ts")], env);
    const found = verifyRunning(records, root);
    assert.deepEqual(faultsOf(found), []);
    assert.equal(found.same, true);
    const names = found.processes.map(({ name }) => name).filter((name) => name !== "starting");
    assert.deepEqual(names.sort(), [...functionNames].sort());
    assert.equal(found.processes.length, 10, "and what started them");
    const gone = new Promise((resolve) => core.once("exit", resolve));
    core.stdin?.end();
    await gone;
    assert.deepEqual(verifyRunning(records, root).processes, []);
  });

  test("names flags, environment and a compile cache by which other code could have come in, and a record that does not read", async () => {
    const records = join(folder, "odd");
    const script = join(folder, "waits.mjs");
    writeFileSync(script, `process.stdin.resume(); console.log("ready");`);
    const env = {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: join(folder, "cache"),
      LD_LIBRARY_PATH: "/nowhere",
      FREEHOLD_START_RECORDS: records,
    };
    const odd = await begin("ready", process.execPath, ["--no-warnings", ...flags, script], env);
    appendFileSync(join(records, `${odd.pid}.jsonl`), '{"is":"modu');
    const kinds = verifyRunning(records, root).processes.flatMap(({ faults }) =>
      faults.map(({ is, detail }) => `${is}: ${detail.split(":")[0]}`),
    );
    assert.deepEqual(kinds, [
      `outside: lies outside the tree; SHA-256 ${kinds[0]?.slice(-12)}`,
      "record: does not read in line 4",
      "compile cache: code came from Node's compile cache, which nobody measures",
      "flag: --no-warnings",
      "environment: LD_LIBRARY_PATH=/nowhere",
    ]);
    await ended(odd);
  });
});

test("a core that holds the state and keeps no record is told, not passed over", () => {
  const records = join(folder, "held/processes");
  mkdirSync(records, { recursive: true });
  const stat = readFileSync("/proc/self/stat", "latin1");
  writeFileSync(join(folder, "held/core.pid"), `${process.pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}\n`);
  const { same, processes } = verifyRunning(records, root);
  assert.equal(same, false);
  assert.match(processes[0]?.faults[0]?.detail ?? "", /keeps no start record/);
  writeFileSync(join(folder, "held/core.pid"), `${process.pid} 1\n`);
  assert.deepEqual(verifyRunning(records, root).processes, [], "a number that another process has by now");
});

describe("the guard", () => {
  const attempts: readonly (readonly [what: string, code: string, says: RegExp])[] = [
    ["a module of the network", `await import("node:net")`, /may not import node:net/],
    ["a resolver", `await import("dns")`, /may not import node:dns/],
    ["another process", `await import("node:child_process")`, /may not import node:child_process/],
    ["a thread without the guard", `await import("node:worker_threads")`, /may not import node:worker_threads/],
    ["the hooks themselves", `await import("node:module")`, /may not import node:module/],
    ["the C library", `await import("node:ffi")`, /may not import node:ffi/],
    ["a module by the back door", `process.getBuiltinModule("node:net")`, /process|closed/],
    ["a binding of Node's", `process.binding("tcp_wrap")`, /closed/],
    ["native code", `process.dlopen({}, "/nowhere.node")`, /closed/],
    ["code that is no file", `await import("data:text/javascript,1")`, /is not a file/],
    ["code from a string", `new Function("return 1")()`, /Code generation from strings/],
    ["fetch", `await fetch("http://127.0.0.1:9")`, /fetch is closed/],
    ["a WebSocket", `new WebSocket("ws://127.0.0.1:9")`, /WebSocket is closed|not a constructor/],
  ];
  for (const [what, code, says] of attempts) {
    test(`refuses ${what}`, async () => {
      const script = join(folder, "attempt.mjs");
      writeFileSync(script, `${code};\nconsole.log("it went through");\n`);
      const said = await new Promise<string>((resolve) => {
        execFile(process.execPath, [...flags, script], { timeout: 30_000 }, (_, stdout, stderr) => resolve(stdout + stderr));
      });
      assert.match(said, says);
      assert.doesNotMatch(said, /it went through\n/);
    });
  }

  test("opens to each folder what tools/floors.mjs opens to its package, and no more", () => {
    const text = readFileSync(guard, "utf8");
    const table = /const doors[^=]*= \{([\s\S]*?)\.\.\.Object/.exec(text)?.[1] ?? "";
    const doors = [...table.matchAll(/^ {2}(\w+): \[([\s\S]*?)\]/gm)].map(([, name, list = ""]) => ({
      name: `node:${name}`,
      folders: [...list.matchAll(/"([^"]+)"/g)].map(([, one = ""]) => one),
    }));
    assert.ok(doors.length >= 8, `${doors.length} doors`);
    for (const { name, folders } of doors) {
      for (const one of folders.filter((place) => !place.startsWith("node_modules/"))) {
        const owner = Object.entries(packages).find(([place]) => one.startsWith(`${place}/`));
        assert.ok(owner?.[1].node.includes(name), `${name} is open to ${one} and not in tools/floors.mjs`);
      }
    }
  });
});
