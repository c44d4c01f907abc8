// A newcomer's hour: what the README says, in its order, and then the mistakes that people make. UDP carries SCTP: no privilege is needed.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getuid } from "node:process";
import { after, before, test } from "node:test";

const program = join(import.meta.dirname, "../../../freehold");
const folder = mkdtempSync(join(tmpdir(), "freehold-newcomer-"));
/** Loopback addresses of this run's own, so that two runs on one machine do not meet. */
const net = `127.${64 + Math.floor(Math.random() * 128)}.${1 + Math.floor(Math.random() * 250)}`;
const key = "465b5ce8b199b49faa5f0a2ee238a6bc";
const opc = "cd63cb71954a9f4e48a5994e37a02baf";

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};

/** A command that ends. */
function freehold(...args: string[]): { status: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8", timeout: 60_000 });
  return { status, out: stdout + stderr };
}

/** A command that stays: resolves once it has said `ready`. */
function stays(ready: RegExp, ...args: string[]): Promise<{ child: ChildProcess; said: () => string }> {
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      text += chunk;
      if (ready.test(text)) resolve({ child, said: () => text });
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) => reject(new Error(`${args[0]} ended with ${code}: ${text}`)));
  });
}

const end = (child: ChildProcess | undefined): Promise<unknown> =>
  child === undefined || child.exitCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => {
        child.once("exit", resolve);
        child.kill("SIGINT");
      });

/** The printed configuration of a simulator, moved to this run's addresses. */
const moved = (text: string): string => text.replaceAll(/127\.0\.0\.(\d+)/g, `${net}.$1`).replace("transport: auto", "transport: udp");

let core: { child: ChildProcess; said: () => string };
let gnb: { child: ChildProcess; said: () => string } | undefined;

before(async () => {
  assert.equal(freehold("init").status, 0);
  file("freehold.yaml", moved(readFileSync(join(folder, "freehold.yaml"), "utf8")));
  const added = freehold("subscriber", "add", "--imsi", "001010000000001", "--count", "3", "--k", key, "--opc", opc);
  assert.match(added.out, /added 3 subscribers, imsi-001010000000001 to imsi-001010000000003, each like/);
  file("gnb.yaml", moved(freehold("gnb", "--init").out));
  file("ue.yaml", moved(freehold("ue", "--init").out));
  core = await stays(/Ctrl-C stops it/, "up");
});

after(async () => {
  await end(gnb?.child);
  await end(core?.child);
  rmSync(folder, { recursive: true, force: true });
});

test("the README's hour: own configuration, three subscribers, a core, a gNB and three phones that ping", async () => {
  assert.match(core.said(), /Freehold core ready in \d+ ms {2}\(freehold\.yaml\)\n {2}SCTP: our own over UDP port 9899/);
  gnb = await stays(/on the air/, "gnb", "-c", "gnb.yaml");
  assert.match(gnb.said(), /✓ freehold-gnb: NG Setup with freehold-amf, PLMN 001-01, TAC 1\n/);
  const { status, out } = freehold("ue", "-c", "ue.yaml", "-n", "3", "--once", "--ping", "1.1.1.1");
  assert.equal(status, 0, out);
  assert.equal(out.match(/^✓ imsi-00101000000000[123] {2}registered {2}internet 10\.45\.0\.\d+, ping 3\/3 [\d.]+ ms$/gm)?.length, 3, out);
  assert.match(out, /^3 of 3 phones are registered$/m);
  assert.equal(out.includes("\u001b"), false, "no colour where there is no terminal");
});

test("a phone that the core does not know: the cause in the standard's words, and the command that adds it; once for many", () => {
  const { status, out } = freehold(
    "ue",
    "-c",
    file("more.yaml", moved(freehold("ue", "--init").out).replace('0000001"', '0000004"')),
    "-n",
    "2",
    "--once",
  );
  assert.equal(status, 1);
  assert.equal(out.match(/#7 5GS services not allowed/g)?.length, 2, out);
  assert.equal(out.match(/freehold subscriber add --imsi 00101000000000[45] /g)?.length, 1, out);
});

test("the wrong key: the phone says that k or opc differs", () => {
  const { status, out } = freehold(
    "ue",
    "-c",
    file("key.yaml", readFileSync(join(folder, "ue.yaml"), "utf8").replace(key, key.replace("46", "47"))),
    "--once",
  );
  assert.equal(status, 1);
  assert.match(out, /✗ imsi-001010000000001 {2}Authentication reject.*\n {4}k, or opc, differs from the core's/);
  assert.equal(out.includes(key.slice(2)), false, "and does not print it");
});

test("a data network that is not subscribed is named with its cause and where to look", () => {
  const { status, out } = freehold(
    "ue",
    "-c",
    file("dnn.yaml", readFileSync(join(folder, "ue.yaml"), "utf8").replace("dnn: internet", "dnn: nosuch")),
    "--once",
  );
  assert.equal(status, 1);
  assert.match(
    out,
    /#91 DNN not supported or not subscribed in the slice\n {4}sessions\[\]\.dnn must be one that freehold subscriber show 001010000000001 lists/,
  );
});

test("a ping to a name is a mistake, told before anything is started", () => {
  const { status, out } = freehold("ue", "-c", "ue.yaml", "--ping", "example.org");
  assert.deepEqual([status, out], [2, "freehold: --ping example.org: an IPv4 address is wanted, such as 1.1.1.1; nothing here asks DNS\n"]);
});

test("a second gNB on the same addresses, and a second core on the same state, are told what has it", () => {
  const second = freehold("gnb", "-c", "gnb.yaml");
  assert.equal(second.status, 2);
  assert.match(
    second.out,
    /freehold: bind UDP 127\.[\d.]+:\d+: EADDRINUSE; another program has it: stop that, or change the address or port in the gNB's file\n$/,
  );
  const again = freehold("up");
  assert.equal(again.status, 2);
  assert.match(
    again.out,
    /^freehold: .*state: a core runs on this state already, process \d+: stop that, or name another state\.directory\n$/,
  );
});

test("a port that another program has is named with the key to change", () => {
  const other = readFileSync(join(folder, "freehold.yaml"), "utf8").replace(/directory: .*/, "directory: other");
  const { status, out } = freehold("up", "-c", file("other.yaml", other));
  assert.equal(status, 2);
  assert.match(out, /EADDRINUSE; another program has it: stop that, or change the address or port in the configuration\n$/);
});

test("a gNB of another PLMN is told at once why no AMF takes it, and the core's log says which PLMNs meet", async () => {
  await end(gnb?.child);
  const text = readFileSync(join(folder, "gnb.yaml"), "utf8");
  gnb = await stays(/trying again\n.*\n/, "gnb", "-c", file("plmn.yaml", text.replace('mcc: "001"', 'mcc: "999"')));
  assert.match(gnb.said(), /NG Setup refused: misc: unknown-PLMN-or-SNPN; trying again\n {4}that core does not serve 999-01/);
  assert.match(core.said(), /no common PLMN .*gnb=99901 core=00101/);
  await end(gnb.child);
});

test("a gNB of another TAC is taken with one warning, and its phones are served", async () => {
  const text = readFileSync(join(folder, "gnb.yaml"), "utf8");
  gnb = await stays(/on the air/, "gnb", "-c", file("tac.yaml", text.replace("tac: 1", "tac: 77")));
  assert.match(core.said(), /also broadcasts areas that are not configured here.*areas=00101-77/);
  assert.equal(freehold("ue", "-c", "ue.yaml", "--once").status, 0);
  await end(gnb.child);
});

test("a gNB without a core says within a second for what it waits", async () => {
  const text = readFileSync(join(folder, "gnb.yaml"), "utf8").replace(`${net}.5`, `${net}.55`);
  gnb = await stays(/no answer yet.*\n.*\n/, "gnb", "-c", file("alone.yaml", text));
  assert.match(gnb.said(), /… no answer yet from 127\.[\d.]+\.55 port 38412; trying again\n {4}does the core run at/);
  await end(gnb.child);
});

test("a configuration that may not be read is one line", { skip: getuid?.() === 0 ? "root may read every file" : false }, () => {
  chmodSync(join(folder, file("closed.yaml", "log: {level: info}\n")), 0o000);
  const { status, out } = freehold("up", "-c", "closed.yaml");
  assert.deepEqual([status, out], [2, "freehold: closed.yaml: it may not be read by this user; change its mode or run as its owner\n"]);
});
