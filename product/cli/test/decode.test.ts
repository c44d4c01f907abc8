import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Direction } from "@freehold/crypto";
import { Secret } from "@freehold/model";
import { ConfigurationUpdateComplete, encode, NasSecurity, SecurityHeaderType } from "@freehold/nas";
import { equal, hex, toHex } from "@freehold/wire";
import fc from "fast-check";
import { readHex, readLines } from "../src/decode/hex.ts";
import { readNas } from "../src/decode/nas.ts";
import { readNgap } from "../src/decode/ngap.ts";
import { plainJson } from "../src/decode/plain.ts";
import { type Protocol, protocols } from "../src/decode/protocols.ts";
import { Mistake } from "../src/mistake.ts";

const root = join(import.meta.dirname, "../../..");
const vectors = (protocol: string, file: string): readonly { readonly n: number; readonly hex: string }[] =>
  JSON.parse(readFileSync(join(root, "protocols", protocol, "test/vectors", file), "utf8"));

const mistake = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof Mistake, String(error));
    return error.message;
  }
  assert.fail("was taken");
};

test("hexadecimal digits are read with white space, colons and a leading 0x", () => {
  for (const text of ["7e0041", "7E 00 41", "7e:00:41", " 0x7e0041\n", "7e\t00\n41"]) assert.equal(toHex(readHex(text, "")), "7e0041");
});

test("a character that is no digit, half an octet and nothing at all are each named", () => {
  assert.equal(
    mistake(() => readHex("7e0g", "")),
    'character 4: "g" is not a hexadecimal digit',
  );
  assert.equal(
    mistake(() => readHex("7e0", "")),
    "3 hexadecimal digits, an odd number: the last octet is half",
  );
  assert.match(
    mistake(() => readHex(" : ", "")),
    /^no hexadecimal digits/,
  );
  assert.equal(
    mistake(() => readLines("7e00\n# a comment\n\n7e x\n")),
    'line 4, character 4: "x" is not a hexadecimal digit',
  );
  assert.match(
    mistake(() => readLines("\n# nothing\n")),
    /^no message: /,
  );
});

test("blank lines and comments do not count, and a message keeps its line", () => {
  assert.deepEqual(
    readLines("# two\n\n7e00 # plain\n2e01\n").map(({ octets, line }) => [toHex(octets), line]),
    [
      ["7e00", 3],
      ["2e01", 4],
    ],
  );
});

const files: readonly (readonly [Protocol, string])[] = [
  ["ngap", "messages.json"],
  ["nas", "messages.json"],
  ["pfcp", "pfcp.json"],
  ["gtpu", "gtpu.json"],
];

for (const [protocol, file] of files) {
  test(`every ${protocol} vector is read or refused with field and octet, and has a tree and JSON`, () => {
    let same = 0;
    for (const { n, hex: digits } of vectors(protocol, file)) {
      const octets = hex(digits);
      const read = protocols[protocol](octets);
      assert.ok(read.text.length > 0, `vector ${n}`);
      assert.doesNotThrow(() => JSON.stringify(read.value), `vector ${n}`);
      if (read.ok) same += equal(read.again(), octets) ? 1 : 0;
      else assert.ok(read.error.field !== "" && read.error.at >= 0 && read.error.detail !== "", `vector ${n}`);
    }
    // The rest are messages whose sender ordered or padded them in its own way, each explained in the codec's own tests.
    assert.ok(same >= { ngap: 39, nas: 43, pfcp: 16, gtpu: 25 }[protocol], `${same} the same`);
  });

  test(`any octets as ${protocol} are read or refused, never thrown at`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
        const read = protocols[protocol](octets);
        assert.equal(typeof read.text, "string");
        JSON.stringify(read.value);
      }),
      { numRuns: 300 },
    );
  });
}

test("an NGAP tree shows NAS messages and transfers inside its octet strings, also in JSON", () => {
  const digits = vectors("ngap", "messages.json").map((one) => one.hex);
  const read = digits.map((one) => readNgap(hex(one))).find((one) => one.ok && one.message === "PDUSessionResourceSetupRequest");
  assert.ok(read?.ok, "no PDU SESSION RESOURCE SETUP REQUEST among the vectors");
  assert.match(read.text, /^ +pDUSessionResourceSetupRequestTransfer: [0-9a-f]+\n +PDUSessionResourceSetupRequestTransfer\n/m);
  assert.match(read.text, /^ +gTPTEID: 00000001$/m);
  assert.match(read.text, /^ +DL NAS transport$/m);
  assert.match(read.text, /^ +PDU session establishment accept$/m);
  const { ies } = read.value as { ies: { pduSessionResourceSetupListSUReq: readonly Record<string, { octets: string; holds: object }>[] } };
  const [item] = ies.pduSessionResourceSetupListSUReq;
  assert.ok("qosFlowSetupRequestList" in item!["pDUSessionResourceSetupRequestTransfer"]!.holds);
  assert.match(item!["pDUSessionNASPDU"]!.octets, /^7e02/);
});

const { chains } = JSON.parse(readFileSync(join(root, "protocols/nas/test/vectors/chains.json"), "utf8")) as {
  readonly chains: readonly { readonly nasMacs: readonly { readonly nasPdu: string }[] }[];
};

test("a protected NAS message shows its header; one in clear its contents; one that is ciphered opens with its key", () => {
  const key = Secret.fromHex("ae76497c4666d24001b1a3aa4c8858d9");
  const sender = new NasSecurity({ nea: 2, nia: 2, side: "network", integrityKey: key, cipheringKey: key });
  sender.protect(encode(ConfigurationUpdateComplete({})), SecurityHeaderType.integrityProtectedAndCiphered);
  const octets = sender.protect(encode(ConfigurationUpdateComplete({})), SecurityHeaderType.integrityProtectedAndCiphered);
  const shut = readNas(octets);
  assert.ok(shut.ok);
  assert.match(
    shut.text,
    /integrity protected and ciphered\)\n {2}message authentication code: [0-9a-f]{8}\n {2}sequence number: 1\n {2}ciphered: /,
  );
  const open = readNas(octets, { nea: 2, key, direction: Direction.downlink });
  assert.ok(open.ok);
  assert.match(open.text, /\n {2}deciphered\n {4}Configuration update complete$/);
  assert.deepEqual(open.again(), octets);
  const wrong = readNas(octets, { nea: 2, key, direction: Direction.downlink, count: 257 });
  assert.ok(!wrong.ok && wrong.error.at >= 7);
  const clear = chains[0]!.nasMacs[0]!;
  const read = readNas(hex(clear.nasPdu));
  assert.ok(read.ok);
  assert.equal(read.message, "Security mode command");
  assert.match(read.text, /\n {2}in clear\n {4}Security mode command\n/);
});

test("octets are hexadecimal digits in JSON, a bigint its decimal digits, and what is absent is left out", () => {
  const value = { a: Uint8Array.of(1, 255), b: 2n ** 60n, c: undefined, d: [null, { e: Uint8Array.of() }] };
  assert.deepEqual(plainJson(value), { a: "01ff", b: "1152921504606846976", d: [null, { e: "" }] });
});
