import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "freehold-cli-"));
after(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `./freehold` in a folder of this test's own. */
function freehold(args: readonly string[], input = ""): Run {
  const { status, stdout, stderr } = spawnSync(join(root, "freehold"), args, { cwd: folder, input, encoding: "utf8", timeout: 60_000 });
  return { status, stdout, stderr };
}

const lastLine = (text: string): unknown => JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");

test("every command has help with examples, and the list of commands is short", () => {
  const { status, stdout } = freehold(["--help"]);
  assert.equal(status, 0);
  for (const command of ["init", "subscriber", "gnb", "ue", "decode", "doctor"]) {
    assert.match(stdout, new RegExp(`^ {2}${command} `, "m"));
    const help = freehold([command, "--help"]);
    assert.equal(help.status, 0);
    assert.match(help.stdout, /^Examples:\n {2}freehold |freehold subscriber add --help shows examples/m, command);
  }
});

test("a mistake is one clear line on standard error and exit code 2", () => {
  for (const [args, says] of [
    [["serve"], /^error: unknown command 'serve'/],
    [["decode", "nas", "--colour"], /^error: unknown option '--colour'/],
    [["decode", "nas", "7e0g"], /^freehold: character 4: "g" is not a hexadecimal digit\n$/],
    [["decode", "nas", "7e0"], /^freehold: 3 hexadecimal digits, an odd number: the last octet is half\n$/],
    [["decode", "nas"], /^freehold: no message: .*\n$/],
    [["subscriber", "import", "nowhere.csv"], /^freehold: nowhere\.csv: there is no such file; check the path\n$/],
    [["subscriber", "list", "-c", "."], /^freehold: \.: it is a folder; name a file\n$/],
    [["ue", "-n", "0"], /^error: option '-n, --number <n>' argument '0' is invalid\. A whole number from 1 to 10000\./],
  ] as const) {
    const { status, stdout, stderr } = freehold(args);
    assert.equal(status, 2, args.join(" "));
    assert.match(stderr, says);
    assert.equal(stdout, "");
  }
});

test("what cannot be read as a message is told with field and octet, exit code 1", () => {
  const { status, stdout } = freehold(["decode", "nas", "7e0041"]);
  assert.equal(status, 1);
  assert.match(stdout, /^not read: Registration request\.registrationType at octet 3: needs 1 octet, 0 left \(truncated\)$/m);
  const json = freehold(["decode", "nas", "--json", "7e0041"]);
  assert.equal(json.status, 1);
  assert.equal(json.stdout.trimEnd().split("\n").length, 1);
  const { protocol, ok, error } = lastLine(json.stdout) as { protocol: string; ok: boolean; error: { field: string; at: number } };
  assert.deepEqual([protocol, ok, error.field, error.at], ["nas", false, "Registration request.registrationType", 3]);
});

test("several messages on standard input are a line of JSON each and a count at the end", () => {
  const { status, stdout } = freehold(["decode", "gtpu", "--json"], "# two\n30fe000000000001\n\n320100040000000000000000\nffff\n");
  assert.equal(status, 1);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.slice(0, 3).map(({ line, message, ok }) => [line, message, ok]),
    [
      [2, "End Marker", true],
      [4, "Echo Request", true],
      [5, undefined, false],
    ],
  );
  assert.deepEqual(lines[3], { messages: 3, failed: 1 });
});

test("--reencode says same for every message of the vectors that their sender wrote as the standard has it", () => {
  const vectors = JSON.parse(readFileSync(join(root, "protocols/gtpu/test/vectors/gtpu.json"), "utf8")) as { readonly hex: string }[];
  const { status, stdout } = freehold(["decode", "gtpu", "--reencode"], vectors.map(({ hex }) => hex).join("\n"));
  assert.equal(stdout, "same\n".repeat(vectors.length));
  assert.equal(status, 0);
});

test("init writes a configuration and keys once, and writes over the file only when forced, keeping the keys", () => {
  const first = freehold(["init", "-o", "core/freehold.yaml", "--json"]);
  assert.equal(first.status, 0, first.stderr);
  const made = lastLine(first.stdout) as { file: string; keys: { file: string; publicKey: string; made: boolean }[] };
  assert.deepEqual(
    made.keys.map((key) => key.publicKey.length),
    [64, 66],
  );
  for (const { file } of made.keys) assert.equal(statSync(join(folder, "core", file)).mode & 0o777, 0o600);
  writeFileSync(join(folder, "core/freehold.yaml"), "# mine\n");
  const again = freehold(["init", "-o", "core/freehold.yaml"]);
  assert.equal(again.status, 2);
  assert.match(again.stderr, /^freehold: core\/freehold\.yaml: is there already; nothing was changed: .*--force\n$/);
  assert.equal(readFileSync(join(folder, "core/freehold.yaml"), "utf8"), "# mine\n");
  const forced = freehold(["init", "-o", "core/freehold.yaml", "--force", "--json"]);
  assert.equal(forced.status, 0, forced.stderr);
  const kept = lastLine(forced.stdout) as typeof made;
  assert.deepEqual(
    kept.keys,
    made.keys.map((key) => ({ ...key, made: false })),
  );
});

test("a wrong configuration is named by file, line and key, exit code 2", () => {
  writeFileSync(join(folder, "wrong.yaml"), "amf:\n  region: 256\n");
  const { status, stderr } = freehold(["subscriber", "list", "-c", "wrong.yaml"]);
  assert.equal(status, 2);
  assert.match(stderr, /^freehold: wrong\.yaml:2: amf\.region: found 256; allowed: a whole number from 0 to 255/);
});

test("a subscriber comes, is listed, shown and goes; K and OPc stand nowhere, neither in what is printed nor in the state", () => {
  const k = "0123456789abcdef0123456789abcdee";
  const opc = "fedcba9876543210fedcba9876543211";
  writeFileSync(join(folder, "sims.csv"), `imsi,k,opc\n001010000000002,${k},${opc}\n001010000000003,${k},${opc}\n`);
  writeFileSync(join(folder, "bad.csv"), `imsi,k,opc\n001010000000004,${k},${opc}\n001010000000005,${k.slice(1)},${opc}\n`);
  const runs = {
    add: freehold(["subscriber", "add", "--imsi", "001010000000001", "--k", "-", "--opc", "-", "--json"], `${k}\n${opc}\n`),
    again: freehold(["subscriber", "add", "--imsi", "001010000000001", "--k", k, "--opc", opc]),
    wrongKey: freehold(["subscriber", "add", "--imsi", "001010000000009", "--k", `${k}0`, "--opc", opc]),
    list: freehold(["subscriber", "import", "sims.csv"]),
    bad: freehold(["subscriber", "import", "bad.csv"]),
    remove: freehold(["subscriber", "remove", "001010000000002", "imsi-001010000000003"]),
    show: freehold(["subscriber", "show", "001010000000001", "--json"]),
    all: freehold(["subscriber", "list", "--json"]),
  };
  assert.deepEqual(
    Object.entries(runs).map(([name, { status }]) => [name, status]),
    [
      ["add", 0],
      ["again", 2],
      ["wrongKey", 2],
      ["list", 0],
      ["bad", 2],
      ["remove", 0],
      ["show", 0],
      ["all", 0],
    ],
  );
  assert.match(runs.again.stderr, /^freehold: imsi-001010000000001: there already; nothing was changed/);
  assert.match(runs.bad.stderr, /^freehold: bad\.csv:3: K: 32 hexadecimal digits are wanted; 31 digits are there; nothing was changed\n$/);
  assert.equal((lastLine(runs.show.stdout) as { supi: string }).supi, "imsi-001010000000001");
  const { subscribers } = lastLine(runs.all.stdout) as { subscribers: { supi: string }[] };
  assert.deepEqual(
    subscribers.map(({ supi }) => supi),
    ["imsi-001010000000001"],
  );

  const said = Object.values(runs)
    .map(({ stdout, stderr }) => stdout + stderr)
    .join("")
    .toLowerCase();
  const state = join(folder, "state");
  const stored = Buffer.concat(readdirSync(state).map((file) => readFileSync(join(state, file))));
  assert.ok(stored.length > 0);
  for (const secret of [k, opc]) {
    assert.ok(!said.includes(secret.slice(0, 16)), "a key was printed");
    assert.ok(!stored.includes(secret.slice(0, 16)), "a key stands in the state as text");
    assert.ok(!stored.includes(Buffer.from(secret, "hex")), "a key stands in the state");
  }
  assert.equal(statSync(join(state, "master.key")).mode & 0o777, 0o600);
});

test("doctor names every finding and what to do; a port that is taken is one", () => {
  const found = freehold(["doctor", "--json"]);
  const { ok, checks } = lastLine(found.stdout) as { ok: boolean; checks: { name: string; state: string; advice?: string }[] };
  assert.equal(found.status, ok ? 0 : 1);
  assert.equal(checks.find(({ name }) => name === "Node")?.state, "good");
  for (const { name, state, advice } of checks) assert.ok(state === "good" || (advice ?? "") !== "", name);
  writeFileSync(join(folder, "elsewhere.yaml"), "n3: { addresses: [192.0.2.1] }\n");
  const wrong = freehold(["doctor", "-c", "elsewhere.yaml"]);
  assert.equal(wrong.status, 1);
  assert.match(wrong.stdout, /^✗ N3 192\.0\.2\.1 UDP port 2152: .*EADDRNOTAVAIL.*\n {4}not an address of this machine/m);
});

test("a gNB and phones print the configuration that they take, and a phone without a cell says so", () => {
  for (const command of ["gnb", "ue"]) {
    const { status, stdout } = freehold([command, "--init"]);
    assert.equal(status, 0);
    assert.match(stdout, /^# Freehold: /);
  }
  writeFileSync(join(folder, "nowhere.yaml"), "air: 127.9.9.9:4997\n");
  const { status, stdout } = freehold(["ue", "-c", "nowhere.yaml", "--once", "--json"]);
  assert.equal(status, 1);
  const { ok, failed, phones } = lastLine(stdout) as { ok: boolean; failed: number; phones: { error: string }[] };
  assert.deepEqual([ok, failed], [false, 1]);
  assert.match(phones[0]!.error, /no cell on the air at 127\.9\.9\.9:4997/);
});
