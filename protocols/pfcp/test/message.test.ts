import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ip, seid, teid } from "@freehold/model";
import {
  Cause,
  declarations,
  decode,
  encode,
  fTeidAt,
  gtpuTo,
  HeartbeatRequest,
  inFamily,
  nodeIdOf,
  type Pfcp,
  print,
  SessionEstablishmentRequest,
  SessionModificationRequest,
  sample,
  ueIpAddressOf,
} from "@freehold/pfcp";
import { explain, hex, toHex } from "@freehold/wire";
import fc from "fast-check";

interface Vector {
  readonly n: number;
  readonly info: string;
  readonly hex: string;
}
const vectors: Vector[] = JSON.parse(readFileSync(new URL("vectors/pfcp.json", import.meta.url), "utf8"));
const specs = process.env["FREEHOLD_SPECS"] ?? new URL("../../../../shared/specs", import.meta.url).pathname;
const noSpecs = existsSync(`${specs}/oracle/captures`) ? false : "specs folder not present";

function decoded(octets: Uint8Array): Pfcp {
  const result = decode(octets);
  assert.ok(result.ok, result.ok ? "" : explain(result.error));
  return result.value;
}

/** Published messages that lack a mandatory IE: the number, and the IE. */
const incomplete: ReadonlyMap<number, number> = new Map([
  [14, 60],
  [15, 60],
]);
/** Published messages that do not come back octet by octet, and why. */
const rearranged: ReadonlyMap<number, string> = new Map([
  [16, "a second F-TEID in Created PDR (redundant transmission) is kept behind the declared IEs"],
  [17, "the same, and spare bits of Usage Report Trigger are set"],
  [19, "spare bits of Usage Report Trigger are set"],
  [20, "spare bits of Usage Report Trigger are set"],
]);

test("22 published messages decode, and encode to the same octets but for those listed", () => {
  assert.equal(vectors.length, 22);
  for (const v of vectors) {
    const octets = hex(v.hex);
    const missing = incomplete.get(v.n);
    if (missing !== undefined) {
      const result = decode(octets);
      assert.ok(!result.ok);
      assert.deepEqual([result.error.cause, result.error.offendingIe], [Cause.mandatoryIeMissing, missing], v.info);
      continue;
    }
    const value = decoded(octets);
    const back = encode(value.header, value.message);
    assert.deepEqual(decoded(back), value);
    assert.equal(toHex(back) === v.hex, !rearranged.has(v.n), `${v.n} ${v.info}`);
    assert.equal(back.length, octets.length);
    assert.equal(value.message.is, v.info);
  }
});

test("TS 29.244 §7.5.2 — an establishment request built by hand has the fields that it was given", () => {
  const request = SessionEstablishmentRequest({
    nodeId: nodeIdOf(ip("127.0.0.4")),
    cpFSeid: { seid: seid(0x0102030405060708n), ...inFamily(ip("127.0.0.4")) },
    createPdr: [
      {
        pdrId: 1,
        precedence: 255,
        pdi: {
          sourceInterface: "access",
          localFTeid: { is: "choose", v4: true, v6: false, chooseId: 5 },
          networkInstance: "internet",
          ueIpAddress: [ueIpAddressOf(ip("10.45.0.2"), "source")],
          qfi: [1],
        },
        outerHeaderRemoval: { description: "gtpuUdpIpv4" },
        farId: 1,
        qerId: [1],
      },
    ],
    createFar: [{ farId: 1, applyAction: { forw: true }, forwardingParameters: { destinationInterface: "core" } }],
    pdnType: "ipv4",
    apnDnn: "internet",
    sNssai: { sst: 1, sd: "010203" },
  });
  const octets = encode({ seid: seid(0n), sequenceNumber: 7 }, request);
  assert.equal(
    toHex(octets),
    [
      "213200aa 0000000000000000 00000700", // header
      "003c0005 00 7f000004", //               Node ID
      "0039000d 02 0102030405060708 7f000004", // CP F-SEID
      "0001004c 00380002 0001 001d0004 000000ff", // Create PDR: PDR ID, Precedence
      "00020025 00140001 00 00150002 0d 05 00160008 696e7465726e6574", // PDI: Source Interface, F-TEID, Network Instance
      "005d0005 02 0a2d0002 007c0001 01", //   UE IP Address, QFI
      "005f0001 00 006c0004 00000001 006d0004 00000001", // Outer Header Removal, FAR ID, QER ID
      "00030016 006c0004 00000001 002c0001 02 00040005 002a0001 01", // Create FAR
      "00710001 01", // PDN Type
      "009f0009 08696e7465726e6574", // APN/DNN
      "01010004 01010203", // S-NSSAI
    ]
      .join("")
      .replaceAll(" ", ""),
  );
  const { header, message } = decoded(octets);
  assert.deepEqual(header, { seid: 0n, sequenceNumber: 7, priority: undefined });
  assert.ok(message.is === "PFCP Session Establishment Request");
  assert.equal(message.createPdr[0]?.pdi.networkInstance, "internet");
  assert.deepEqual(message.sNssai, { sst: 1, sd: "010203" });
  assert.match(print({ header, message }), /PDI:\n {6}Source Interface: access\n {6}F-TEID:/);
});

test("TS 29.244 §8.2.56 — outer header creation is 0100 (hex) with TEID and IPv4 address, 0200 with IPv6", () => {
  const update = (to: ReturnType<typeof gtpuTo>) =>
    toHex(
      encode(
        { seid: seid(1n), sequenceNumber: 1 },
        SessionModificationRequest({ updateFar: [{ farId: 2, updateForwardingParameters: { outerHeaderCreation: to } }] }),
      ),
    );
  assert.match(update(gtpuTo(teid(0x11223344), ip("10.0.0.9"))), /0054000a0100112233440a000009$/);
  assert.match(update(gtpuTo(teid(0x11223344), ip("2001:db8::9"))), /005400160200112233442001.*0009$/);
});

test("a TEID of 0 and above 2^31 and a SEID of all ones survive", () => {
  const message = SessionEstablishmentRequest({
    nodeId: { is: "fqdn", value: "smf.5gc.mnc001.mcc001.3gppnetwork.org" },
    cpFSeid: { seid: seid(2n ** 64n - 1n), ...inFamily(ip("::1")) },
    createPdr: [
      { pdrId: 65_535, precedence: 2 ** 32 - 1, pdi: { sourceInterface: "access", localFTeid: fTeidAt(teid(0xfffffffe), ip("10.0.0.1")) } },
    ],
    createFar: [{ farId: 2 ** 32 - 1, applyAction: { drop: true } }],
  });
  const back = decoded(encode({ seid: seid(2n ** 64n - 1n), sequenceNumber: 2 ** 24 - 1 }, message));
  assert.ok(back.message.is === "PFCP Session Establishment Request");
  assert.equal(back.message.cpFSeid.seid, 2n ** 64n - 1n);
  assert.equal(back.header.sequenceNumber, 2 ** 24 - 1);
  assert.deepEqual(back.message.nodeId, { is: "fqdn", value: "smf.5gc.mnc001.mcc001.3gppnetwork.org" });
  assert.deepEqual(back.message.createPdr[0]?.pdi.localFTeid, fTeidAt(teid(0xfffffffe), ip("10.0.0.1")));
});

// ---- errors: TS 29.244 §7.6 ---------------------------------------------------------------------------------------------------------

/** A session establishment request with the octets of `ies` between the mandatory ones. */
function establishment(pdrs: string, fars = "0003000d 006c0004 00000001 002c0001 01"): Uint8Array {
  const body = hex(`0000000000000000 00000700 003c0005007f000004 0039000d0201020304050607087f000004 ${pdrs} ${fars}`);
  return Uint8Array.of(0x21, 50, body.length >> 8, body.length & 255, ...body);
}
const refusal = (octets: Uint8Array): [number, number | undefined, string] => {
  const result = decode(octets);
  assert.ok(!result.ok, "decoded");
  assert.equal(result.error.header?.sequenceNumber, 7);
  return [result.error.cause, result.error.offendingIe, result.error.field];
};

test("a refusal carries the PFCP cause, the IE at fault and the path to it", () => {
  const at = "Session Establishment Request";
  const pdr = (inside: string): string => {
    const octets = hex(inside);
    return `0001${octets.length.toString(16).padStart(4, "0")}${inside}`;
  };
  const ok = pdr("003800020001 001d000400000001 00020005 0014000100");
  assert.ok(decode(establishment(ok)).ok);
  // no Create PDR at all; Create PDR without PDI; PDI without Source Interface
  assert.deepEqual(refusal(establishment("")), [66, 1, `${at}.createPdr`]);
  assert.deepEqual(refusal(establishment(pdr("003800020001 001d000400000001"))), [66, 2, `${at}.createPdr.pdi`]);
  assert.deepEqual(refusal(establishment(pdr("003800020001 001d000400000001 00020000"))), [66, 20, `${at}.createPdr.pdi.sourceInterface`]);
  // PDR ID of one octet; an IE that runs past its group
  assert.deepEqual(refusal(establishment(pdr("0038000101 001d000400000001 00020005 0014000100"))), [68, 56, `${at}.createPdr.pdrId`]);
  assert.deepEqual(refusal(establishment(pdr("00380002 0001 001d00ff00000001"))), [68, 29, `${at}.createPdr.precedence`]);
  // Outer Header Creation with nothing in it
  const far = "0003001a 006c0004 00000001 002c0001 02 00040009 002a0001 00 00540000";
  assert.deepEqual(refusal(establishment(ok, far)), [68, 84, `${at}.createFar.forwardingParameters.outerHeaderCreation.description`]);
});

test("TS 29.244 §7.6.8 — an optional IE that is wrong is treated as absent, and kept", () => {
  // F-TEID with no address at all, in a PDI
  const octets = establishment("00010020 003800020001 001d000400000001 0002000e 0014000100 0015000500 00000001");
  const { message } = decoded(octets);
  assert.ok(message.is === "PFCP Session Establishment Request");
  assert.equal(message.createPdr[0]?.pdi.localFTeid, undefined);
  assert.deepEqual(
    message.createPdr[0]?.pdi.rest?.map((raw) => [raw.type, toHex(raw.value)]),
    [[21, "0000000001"]],
  );
});

test("a header that lies about its length, its version or its SEID is refused with what can be said about it", () => {
  const good = encode({ sequenceNumber: 9 }, HeartbeatRequest({ recoveryTimeStamp: 1 }));
  const change = (at: number, value: number): ReturnType<typeof decode> => {
    const octets = good.slice();
    octets[at] = value;
    return decode(octets);
  };
  const wrongLength = change(3, 11);
  assert.ok(!wrongLength.ok && wrongLength.error.cause === 68 && wrongLength.error.header?.sequenceNumber === 9);
  const wrongVersion = change(0, 0x40);
  assert.ok(!wrongVersion.ok && wrongVersion.error.version === 2);
  const unknownType = change(1, 99);
  assert.ok(!unknownType.ok && unknownType.error.kind === "unknown");
  assert.equal(change(1, 54).ok, false);
  assert.equal(decode(Uint8Array.of(...good, 0)).ok, false);
});

test("a response that refuses and lacks mandatory IEs still tells its cause", () => {
  const result = decode(hex("21330011 0000000000000001 00000700 00130001 48"));
  assert.ok(!result.ok);
  assert.deepEqual([result.error.cause, result.error.offendingIe, result.error.refused], [66, 60, 72]);
});

// ---- anything at all --------------------------------------------------------------------------------------------------------------

test("decode is the inverse of encode for random messages of every type", () => {
  for (const { type, is } of declarations) {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
        const value = sample(type, (n) => (numbers.next().value ?? 0) % n);
        const octets = encode(value.header, value.message);
        const back = decoded(octets);
        assert.equal(toHex(encode(back.header, back.message)), toHex(octets), is);
        assert.deepEqual(plain(back), plain(value));
        assert.ok(print(back).length > 10);
      }),
      { numRuns: 30 },
    );
  }
});

/** Without what is undefined, and IEs whose random content reads as another (spare bits of a fixed field). */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([name, one]) => [name, plain(one)]),
  );
}

test("every truncation and every changed octet of published messages gives a value or an error", () => {
  for (const v of vectors) {
    const whole = hex(v.hex);
    for (let length = 0; length < whole.length; length++) assert.equal(decode(whole.subarray(0, length)).ok, false);
    const step = whole.length > 150 ? 37 : 5;
    for (let at = 0; at < whole.length; at++) {
      for (let value = at % step; value < 256; value += step) {
        const changed = whole.slice();
        changed[at] = value;
        const result = decode(changed);
        if (result.ok) encode(result.value.header, result.value.message);
        else assert.ok(result.error.at <= changed.length);
      }
    }
  }
});

test("random octets behind a good header give a value or an error", () => {
  fc.assert(
    fc.property(fc.constantFrom(...declarations.map((d) => d.type)), fc.uint8Array({ maxLength: 80 }), (type, tail) => {
      const body = type >= 50 ? [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, ...tail] : [0, 0, 1, 0, ...tail];
      decode(Uint8Array.of(type >= 50 ? 0x21 : 0x20, type, body.length >> 8, body.length & 255, ...body));
    }),
    { numRuns: 2000 },
  );
});

// ---- others' cores ----------------------------------------------------------------------------------------------------------------

test("every PFCP message of the captures decodes to the type, SEID and sequence number that Wireshark read", { skip: noSpecs }, () => {
  let messages = 0;
  let exact = 0;
  const fields = {
    "pfcp.pdr_id": 0,
    "pfcp.far_id": 0,
    "pfcp.f_teid.teid": 0,
    "pfcp.ue_ip_addr_ipv4": 0,
    "pfcp.outer_hdr_creation.teid": 0,
  };
  for (const file of readdirSync(`${specs}/oracle/captures`)) {
    if (file.endsWith(".sbi.json")) continue;
    for (const frame of JSON.parse(readFileSync(`${specs}/oracle/captures/${file}`, "utf8")).frames) {
      if (typeof frame.pfcpHex !== "string") continue;
      const octets = hex(frame.pfcpHex);
      const value = decoded(octets);
      const tree = frame.pfcp;
      assert.equal(String(octets[1]), tree["pfcp.msg_type"]);
      assert.equal(String(value.header.sequenceNumber), tree["pfcp.seqno"]);
      if (value.header.seid !== undefined) assert.equal(value.header.seid, BigInt(tree["pfcp.seid"]));
      assert.deepEqual(decoded(encode(value.header, value.message)), value);
      if (toHex(encode(value.header, value.message)) === frame.pfcpHex) exact++;
      const seen = JSON.stringify(tree);
      const ours = print(value);
      for (const name of Object.keys(fields) as (keyof typeof fields)[]) {
        for (const [, text] of seen.matchAll(new RegExp(`"${name.replaceAll(".", "\\.")}": ?"([^"]+)"`, "g"))) {
          const shown = text!.startsWith("0x") ? String(Number(text)) : text!;
          assert.ok(new RegExp(`\\b${shown.replaceAll(".", "\\.")}\\b`).test(ours), `${file} ${frame.frame}: ${name} ${text}`);
          fields[name]++;
        }
      }
      messages++;
    }
  }
  assert.ok(messages > 1900, `${messages} messages`);
  assert.ok(exact > messages * 0.98, `${exact} of ${messages} come back octet by octet`);
  for (const [name, count] of Object.entries(fields)) assert.ok(count > 20, `${name} ${count}`);
});
