// A newcomer's hour: what the README says, in its order, and then the mistakes that people make. UDP carries SCTP: no privilege is needed.
import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { getuid } from "node:process";
import { after, before, test } from "node:test";
import { end, key, type Staying, Terminal } from "./terminal.ts";

const terminal = new Terminal();
const { net } = terminal;
const freehold = (...args: string[]) => terminal.run(...args);
const file = (name: string, text: string): string => terminal.write(name, text);

let core: Staying;
let gnb: Staying | undefined;

before(async () => {
  assert.match(terminal.prepare(3), /added 3 subscribers, imsi-001010000000001 to imsi-001010000000003, each like/);
  core = await terminal.stays(/Ctrl-C stops it/, "up");
});
after(() => terminal[Symbol.asyncDispose]());

test("the README's hour: own configuration, three subscribers, a core, a gNB and three phones that ping", async () => {
  assert.match(core.said(), /Freehold core ready in \d+ ms {2}\(freehold\.yaml\)\n {2}SCTP: our own over UDP port 9899/);
  gnb = await terminal.stays(/on the air/, "gnb", "-c", "gnb.yaml");
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
    file("more.yaml", terminal.moved(freehold("ue", "--init").out).replace('0000001"', '0000004"')),
    "-n",
    "2",
    "--once",
  );
  assert.equal(status, 1);
  assert.equal(out.match(/#7 5GS services not allowed/g)?.length, 2, out);
  assert.equal(out.match(/freehold subscriber add --imsi 00101000000000[45] /g)?.length, 1, out);
});

test("the wrong key: the phone says that k or opc differs", () => {
  const { status, out } = freehold("ue", "-c", file("key.yaml", terminal.read("ue.yaml").replace(key, key.replace("46", "47"))), "--once");
  assert.equal(status, 1);
  assert.match(out, /✗ imsi-001010000000001 {2}Authentication reject.*\n {4}k, or opc, differs from the core's/);
  assert.equal(out.includes(key.slice(2)), false, "and does not print it");
});

test("a data network that is not subscribed is named with its cause and where to look", () => {
  const { status, out } = freehold(
    "ue",
    "-c",
    file("dnn.yaml", terminal.read("ue.yaml").replace("dnn: internet", "dnn: nosuch")),
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
  const other = terminal.read("freehold.yaml").replace(/directory: .*/, "directory: other");
  const { status, out } = freehold("up", "-c", file("other.yaml", other));
  assert.equal(status, 2);
  assert.match(out, /EADDRINUSE; another program has it: stop that, or change the address or port in the configuration\n$/);
});

test("a gNB of another PLMN is told at once why no AMF takes it, and the core's log says which PLMNs meet", async () => {
  if (gnb !== undefined) await end(gnb.child);
  const text = terminal.read("gnb.yaml");
  gnb = await terminal.stays(/trying again\n.*\n/, "gnb", "-c", file("plmn.yaml", text.replace('mcc: "001"', 'mcc: "999"')));
  assert.match(gnb.said(), /NG Setup refused: misc: unknown-PLMN-or-SNPN; trying again\n {4}that core does not serve 999-01/);
  assert.match(core.said(), /no common PLMN .*gnb=99901 core=00101/);
  await end(gnb.child);
});

test("a gNB of another TAC is taken with one warning, and its phones are served", async () => {
  const text = terminal.read("gnb.yaml");
  gnb = await terminal.stays(/on the air/, "gnb", "-c", file("tac.yaml", text.replace("tac: 1", "tac: 77")));
  assert.match(core.said(), /also broadcasts areas that are not configured here.*areas=00101-77/);
  assert.equal(freehold("ue", "-c", "ue.yaml", "--once").status, 0);
  await end(gnb.child);
});

test("a gNB without a core says within a second for what it waits", async () => {
  const text = terminal.read("gnb.yaml").replace(`${net}.5`, `${net}.55`);
  gnb = await terminal.stays(/no answer yet.*\n.*\n/, "gnb", "-c", file("alone.yaml", text));
  assert.match(gnb.said(), /… no answer yet from 127\.[\d.]+\.55 port 38412; trying again\n {4}does the core run at/);
  await end(gnb.child);
});

test("a configuration that may not be read is one line", { skip: getuid?.() === 0 ? "root may read every file" : false }, () => {
  chmodSync(join(terminal.folder, file("closed.yaml", "log: {level: info}\n")), 0o000);
  const { status, out } = freehold("up", "-c", "closed.yaml");
  assert.deepEqual([status, out], [2, "freehold: closed.yaml: it may not be read by this user; change its mode or run as its owner\n"]);
});
