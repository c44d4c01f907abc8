// The first module of every thread of every process that ./freehold starts (`--require`, which workers and forked processes inherit).
// It measures each further module before its first use: the SHA-256 of the very octets that Node then compiles, so nothing lies between the
// measuring and the use. It opens the modules that reach the network or other code only to the folders named here. What it cannot see stands in
// docs/decisions/0025-modules-are-measured.md.
const { hash } = require("node:crypto") as typeof import("node:crypto");
const { appendFileSync, mkdirSync, readFileSync, realpathSync, writeFileSync } = require("node:fs") as typeof import("node:fs");
// biome-ignore lint/style/noRestrictedImports: the hooks are here and nowhere else
const nodeModule = require("node:module") as typeof import("node:module");
const { join, resolve } = require("node:path") as typeof import("node:path");
const { fileURLToPath, pathToFileURL } = require("node:url") as typeof import("node:url");
const { threadId } = require("node:worker_threads") as typeof import("node:worker_threads");

const root = resolve(__dirname, "../../../..");
const rootUrl = `${pathToFileURL(root).href}/`;

/** Built-in modules by the folders whose files may import them. The rest of Node's modules reach neither the network nor other code. */
const doors: Readonly<Record<string, readonly string[]>> = {
  dgram: ["foundation/net/src/"],
  net: ["foundation/net/src/"],
  http2: ["foundation/net/src/"],
  ffi: ["foundation/linux/src/"],
  http: ["product/system/src/demo/tun/"], // the web server and client of demo --tun, in a namespace without a way out
  sqlite: ["foundation/store/src/"],
  worker_threads: ["foundation/store/src/", "foundation/linux/src/", "product/system/src/demo/tun/"],
  child_process: ["foundation/linux/src/", "product/system/src/", "product/bench/src/", "product/cli/src/", "node_modules/commander/"],
  ...Object.fromEntries(
    [
      "https",
      "tls",
      "dns",
      "dns/promises",
      "quic",
      "module",
      "vm",
      "wasi",
      "cluster",
      "inspector",
      "inspector/promises",
      "repl",
      "test",
    ].map((name) => [name, []]),
  ),
};

const refuse = (what: string): never => {
  throw Object.assign(new Error(`refused: ${what}`), { code: "ERR_FREEHOLD_GUARD" });
};

/** Lines that wait until it is known where the record lies; undefined when it is. */
let waiting: string[] | undefined = [];
let file: string | undefined;

function note(line: object): void {
  const text = `${JSON.stringify(threadId === 0 ? line : { ...line, thread: threadId })}\n`;
  if (waiting !== undefined) waiting.push(text);
  else if (file !== undefined) appendFileSync(file, text);
}

/** Where a file lies in the tree, be it by a link of node_modules; its URL when it lies elsewhere. */
function placeOf(url: string): string {
  if (url.startsWith(rootUrl)) return decodeURIComponent(url.slice(rootUrl.length));
  const at = url.lastIndexOf("/node_modules/");
  if (at < 0) return url;
  const place = decodeURIComponent(url.slice(at + 1));
  try {
    return realpathSync(join(root, place)) === fileURLToPath(url) ? place : url;
  } catch {
    return url;
  }
}

/** Begins the record in a folder: what came before, then each line as it comes, before the module that it is about is used. */
function keep(directory: string): void {
  if (waiting === undefined) return;
  file = join(directory, `${process.pid}.jsonl`);
  if (threadId === 0) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(file, waiting.join(""), { mode: 0o600 });
  } else appendFileSync(file, waiting.join(""));
  waiting = undefined;
  process.env["FREEHOLD_START_RECORDS"] = directory; // workers and forked processes begin theirs at once
}

if (threadId === 0) {
  const stat = readFileSync("/proc/self/stat", "latin1");
  note({
    is: "start",
    version: 1,
    pid: process.pid,
    // Field 22 of proc_pid_stat(5): tells this process from a later one of the same number.
    startTicks: stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19],
    at: new Date().toISOString(),
    root,
    node: { file: process.execPath, version: process.versions.node },
    execArgv: process.execArgv,
    command: process.argv.slice(1, 3),
    compileCache: nodeModule.getCompileCacheDir?.() ?? null,
  });
}
note({ is: "module", file: placeOf(pathToFileURL(__filename).href), sha256: hash("sha256", readFileSync(__filename)), by: "itself" });

nodeModule.registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const { url } = resolved;
    if (url.startsWith("node:")) {
      const allowed = Object.hasOwn(doors, url.slice(5)) ? doors[url.slice(5)] : undefined;
      const from = context.parentURL === undefined ? "" : placeOf(context.parentURL);
      if (allowed !== undefined && !allowed.some((folder) => from.startsWith(folder))) refuse(`${from || "no file"} may not import ${url}`);
    } else if (!url.startsWith("file:")) refuse(`${url.slice(0, 60)} is not a file`);
    return resolved;
  },
  load(url, context, next) {
    const loaded = next(url, context);
    if (url.startsWith("node:")) return loaded;
    const source = loaded.source ?? readFileSync(fileURLToPath(url));
    const octets = source instanceof ArrayBuffer ? new Uint8Array(source) : (source as string | Uint8Array);
    note({ is: "module", file: placeOf(url), sha256: hash("sha256", octets) });
    return loaded.source === source ? loaded : { ...loaded, source };
  },
});

// Other ways to the network, to code that no hook sees, or around the hooks. Each is closed for what is loaded after this file.
const closed = (name: string) => () => refuse(`${name} is closed`);
const close = (holder: object, names: readonly string[]): void => {
  for (const name of names) {
    if (name in holder)
      Object.defineProperty(holder, name, { value: closed(name), writable: false, configurable: false, enumerable: true });
  }
};
close(globalThis, ["fetch", "WebSocket", "EventSource"]);
close(process, ["dlopen", "binding", "_linkedBinding", "getBuiltinModule"]);
close(nodeModule, ["registerHooks", "register"]);
nodeModule.syncBuiltinESMExports();

Object.defineProperty(globalThis, Symbol.for("freehold.start-record"), { value: Object.freeze({ keep, note }) });

const directory = process.env["FREEHOLD_START_RECORDS"];
if (directory !== undefined && directory !== "") keep(directory);
