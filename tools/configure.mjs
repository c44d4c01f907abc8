// Writes every package.json of the house and biome.json from tools/floors.mjs.  `--check` only compares (exit 1 if stale).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { packages, scoped, short } from "./floors.mjs";

const check = process.argv.includes("--check");
let stale = 0;
function put(file, text) {
  const now = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  if (now === text) return;
  if (check) {
    console.error(`stale: ${file} (run: node tools/configure.mjs)`);
    stale++;
  } else writeFileSync(file, text);
}

const folders = Object.keys(packages);
const external = { "product/system": { yaml: "2.9.1" }, "product/cli": { commander: "15.1.0", yaml: "2.9.1" } };
const usesOf = (folder) => {
  const { uses } = packages[folder];
  if (uses !== "*") return uses;
  if (folder === "scenarios") return folders.filter((f) => f !== folder).map(short);
  return folders
    .filter((f) => f !== folder && f !== "scenarios" && !(f.startsWith("product/") && folders.indexOf(f) > folders.indexOf(folder)))
    .map(short);
};

for (const folder of folders) {
  mkdirSync(folder, { recursive: true });
  const dependencies = Object.fromEntries(usesOf(folder).map((name) => [scoped(name), "*"]));
  put(
    `${folder}/package.json`,
    `${JSON.stringify({ name: scoped(short(folder)), version: "0.1.0", private: true, type: "module", license: "Apache-2.0", exports: { ".": "./src/index.ts" }, dependencies: { ...dependencies, ...external[folder] } }, null, 2)}\n`,
  );
}

const builtins = [
  "dgram",
  "net",
  "http2",
  "http",
  "https",
  "tls",
  "dns",
  "dns/promises",
  "quic",
  "wasi",
  "repl",
  "inspector/promises",
  "fs",
  "fs/promises",
  "ffi",
  "crypto",
  "sqlite",
  "worker_threads",
  "child_process",
  "process",
  "timers",
  "timers/promises",
  "os",
  "vm",
  "cluster",
  "inspector",
  "module",
  "path",
  "readline",
  "tty",
  "v8",
  "perf_hooks",
  "events",
].map((m) => `node:${m}`);
const globals = [
  "Date",
  "setTimeout",
  "setInterval",
  "clearTimeout",
  "clearInterval",
  "setImmediate",
  "process",
  "globalThis",
  "global",
  "eval",
  "Function",
  "fetch",
  "WebSocket",
  "EventSource",
  "Buffer",
  "performance",
];
const message = {
  Date: "take time from World.clock",
  setTimeout: "take time from World.clock",
  process: "the environment comes in through World",
};

const overrides = [];
for (const folder of folders) {
  const { node } = packages[folder];
  const allowed = new Set([...usesOf(folder).map(scoped), scoped(short(folder))]);
  const paths = {};
  for (const other of folders)
    if (!allowed.has(scoped(short(other)))) paths[scoped(short(other))] = `${folder} may not import ${other} (tools/floors.mjs)`;
  if (node !== "*") for (const m of builtins) if (!node.includes(m)) paths[m] = `${m} is closed to ${folder} (tools/floors.mjs)`;
  const rules = {
    style: {
      noRestrictedImports: {
        level: "error",
        options: { paths, patterns: [{ group: ["../../../**", "@freehold/*/**"], message: "import another package by its name" }] },
      },
    },
  };
  const deny = /^(protocols|core|access)\//.test(folder) || ["foundation/wire", "foundation/asn1"].includes(folder);
  // The way to the network is a port of foundation/net; the built-in clients have no door.
  const undoored = Object.fromEntries(
    ["fetch", "WebSocket", "EventSource"].map((g) => [g, "the network is reached through a port of @freehold/net and a function's door"]),
  );
  if (!deny && folder !== "scenarios") rules.style.noRestrictedGlobals = { level: "error", options: { deniedGlobals: undoored } };
  if (deny)
    rules.style.noRestrictedGlobals = {
      level: "error",
      options: {
        deniedGlobals: Object.fromEntries(globals.map((g) => [g, message[g] ?? "not from here: it comes in through World or a port"])),
      },
    };
  overrides.push({ includes: [`${folder}/src/**`], linter: { rules } });
}
overrides.push({ includes: ["**/generated/**"], linter: { enabled: false }, formatter: { enabled: false }, assist: { enabled: false } });

put(
  "biome.json",
  `${JSON.stringify(
    {
      files: { includes: ["**", "!**/node_modules", "!**/generated", "!**/package-lock.json", "!**/*.json", "!**/*.md", "!biome.json"] },
      formatter: { indentStyle: "space", indentWidth: 2, lineWidth: 140 },
      json: { formatter: { enabled: false }, linter: { enabled: false }, assist: { enabled: false } },
      assist: { actions: { source: { organizeImports: "on" } } },
      linter: {
        rules: {
          preset: "recommended",
          correctness: { noUndeclaredDependencies: "off", noVoidTypeReturn: "off", noUnusedImports: "error", noUnusedVariables: "error" },
          style: {
            useNodejsImportProtocol: "error",
            noEnum: "error",
            noParameterProperties: "error",
            noNonNullAssertion: "off",
            useImportType: "error",
            noParameterAssign: "off",
          },
          suspicious: { noExplicitAny: "error", noImportCycles: "error", noAssignInExpressions: "off", noConfusingVoidType: "off" },
          complexity: { noBannedTypes: "error", useLiteralKeys: "off" },
          nursery: { noFloatingPromises: "error", noMisusedPromises: "error" },
        },
      },
      overrides,
    },
    null,
    2,
  )}\n`,
);
process.exitCode = stale ? 1 : 0;
