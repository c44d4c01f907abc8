import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { bitsOf, decode, decodeType, encode, encodeType, type Message, type MessageName, type Pdu } from "@freehold/ngap";
import { concat, fromText, hex } from "@freehold/wire";
import { bytesOf } from "./corpus.ts";

const skip = spawnSync("tshark", ["--version"]).status === 0 ? false : "no tshark";

const u16 = (n: number): Uint8Array => Uint8Array.of(n >> 8, n & 255);
const u32 = (n: number): Uint8Array => concat(u16(n >>> 16), u16(n & 0xffff));
const padded = (octets: Uint8Array): Uint8Array => concat(octets, new Uint8Array(-octets.length & 3));

/** A pcapng file of exported PDUs (link type 252) for one dissector. */
function pcapng(dissector: string, pdus: readonly Uint8Array[]): Uint8Array {
  const block = (type: number, body: Uint8Array): Uint8Array => concat(u32(type), u32(body.length + 12), body, u32(body.length + 12));
  const name = padded(fromText(dissector));
  const head = concat(u16(12), u16(name.length), name, u32(0));
  const section = block(0x0a0d0d0a, concat(u32(0x1a2b3c4d), u16(1), u16(0), hex("ffffffffffffffff")));
  const face = block(1, concat(u16(252), u16(0), u32(0)));
  const packets = pdus.map((pdu) => {
    const frame = concat(head, pdu);
    return block(6, concat(u32(0), u32(0), u32(0), u32(frame.length), u32(frame.length), padded(frame)));
  });
  return concat(section, face, ...packets);
}

/** Rows of tshark's `-T fields`, one a PDU. */
function dissect(pdus: readonly Uint8Array[], ...args: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "freehold-ngap-"));
  try {
    const file = join(folder, "pdus.pcapng");
    writeFileSync(file, pcapng("ngap", pdus));
    const run = spawnSync("tshark", ["-r", file, ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout.split("\n").slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Change = { [N in MessageName]: readonly [is: N, change: (ies: Pdu<N>["ies"]) => object, field: string, shown: string] }[MessageName];
const one = <N extends MessageName>(is: N, change: (ies: Pdu<N>["ies"]) => object, field: string, shown: string): Change =>
  [is, change, field, shown] as unknown as Change;

const changes: readonly Change[] = [
  one("InitialUEMessage", (ies) => ({ ...ies, ranUeNgapId: 4_294_967_295 }), "ngap.RAN_UE_NGAP_ID", "4294967295"),
  one("DownlinkNASTransport", (ies) => ({ ...ies, amfUeNgapId: 2 ** 40 - 1 }), "ngap.AMF_UE_NGAP_ID", "1099511627775"),
  one("UplinkNASTransport", (ies) => ({ ...ies, nasPdu: hex("7e0057") }), "ngap.NAS_PDU", "7e0057"),
  one(
    "NGSetupRequest",
    (ies) => ({ ...ies, ranNodeName: "a node of 150 characters".padEnd(150, ".") }),
    "ngap.RANNodeName",
    "a node of 150 characters".padEnd(150, "."),
  ),
  one("NGSetupRequest", (ies) => ({ ...ies, defaultPagingDRX: "v256" }), "ngap.PagingDRX", "3"),
  one("NGSetupResponse", (ies) => ({ ...ies, relativeAMFCapacity: 77 }), "ngap.RelativeAMFCapacity", "77"),
  one(
    "InitialContextSetupRequest",
    (ies) => ({ ...ies, securityKey: bitsOf((1n << 256n) - 3n, 256) }),
    "ngap.SecurityKey",
    `${"f".repeat(63)}d`,
  ),
  one(
    "InitialContextSetupRequest",
    (ies) => ({ ...ies, ueAggregateMaximumBitRate: { uEAggregateMaximumBitRateDL: 4_000_000_000_000, uEAggregateMaximumBitRateUL: 1 } }),
    "ngap.uEAggregateMaximumBitRateDL",
    "4000000000000",
  ),
  one(
    "InitialContextSetupFailure",
    (ies) => ({ ...ies, cause: { choice: "radioNetwork", value: "unspecified" } }),
    "ngap.radioNetwork",
    "24,0",
  ),
  one("UEContextReleaseCommand", (ies) => ({ ...ies, cause: { choice: "nas", value: "deregister" } }), "ngap.nas", "2"),
  one(
    "UEContextReleaseCommand",
    (ies) => ({ ...ies, ueNgapIDs: { choice: "uE-NGAP-ID-pair", value: { aMFUENGAPID: 5, rANUENGAPID: 6 } } }),
    "ngap.RAN_UE_NGAP_ID",
    "6",
  ),
  one(
    "PDUSessionResourceSetupRequest",
    (ies) => ({
      ...ies,
      pduSessionResourceSetupListSUReq: ies.pduSessionResourceSetupListSUReq.map((item) => ({ ...item, pDUSessionID: 200 })),
    }),
    "ngap.pDUSessionID",
    "200",
  ),
  one("PDUSessionResourceReleaseCommand", (ies) => ({ ...ies, ranPagingPriority: 256 }), "ngap.RANPagingPriority", "256"),
  one("Paging", (ies) => ({ ...ies, pagingPriority: "priolevel8" }), "ngap.PagingPriority", "7"),
  one("AMFConfigurationUpdate", (ies) => ({ ...ies, amfName: "amf-2" }), "ngap.AMFName", "amf-2"),
  one("ErrorIndication", (ies) => ({ ...ies, cause: { choice: "protocol", value: "semantic-error" } }), "ngap.protocol", "4"),
  one("HandoverNotify", (ies) => ({ ...ies, amfUeNgapId: 256 }), "ngap.AMF_UE_NGAP_ID", "256"),
];

describe("tshark reads what is written here", { skip }, () => {
  test("one field changed in a message is the field that tshark shows", () => {
    const pdus = changes.map(([is, change]) => {
      const decoded = decode(bytesOf(is), { order: "any" });
      assert.ok(decoded.ok && decoded.value.is === is, is);
      return encode({ is, ies: change(decoded.value.ies as never) } as Message);
    });
    const fields = [...new Set(changes.map(([, , field]) => field))];
    const rows = dissect(pdus, "-T", "fields", ...fields.flatMap((field) => ["-e", field]));
    for (const [i, [is, , field, shown]] of changes.entries()) {
      assert.equal(rows[i]?.split("\t")[fields.indexOf(field)], shown, `${is} ${field}`);
    }
    assert.deepEqual(dissect(pdus, "-Y", "_ws.malformed || _ws.expert.severity >= 0x600000"), []);
  });

  test("a transfer inside a message is dissected with the values put into it", () => {
    const decoded = decode(bytesOf("PDUSessionResourceSetupRequest"));
    assert.ok(decoded.ok && decoded.value.is === "PDUSessionResourceSetupRequest");
    const { ies } = decoded.value;
    const list = ies.pduSessionResourceSetupListSUReq.map((item) => {
      const transfer = decodeType("PDUSessionResourceSetupRequestTransfer", item.pDUSessionResourceSetupRequestTransfer);
      assert.ok(transfer.ok);
      const tunnel = { transportLayerAddress: { bits: hex("c0000201"), length: 32 }, gTPTEID: hex("deadbeef") };
      const changed = { ...transfer.value, ulNguUpTNLInformation: { choice: "gTPTunnel" as const, value: tunnel } };
      return { ...item, pDUSessionResourceSetupRequestTransfer: encodeType("PDUSessionResourceSetupRequestTransfer", changed) };
    });
    const message = encode({ is: "PDUSessionResourceSetupRequest", ies: { ...ies, pduSessionResourceSetupListSUReq: list } });
    assert.deepEqual(dissect([message], "-T", "fields", "-e", "ngap.gTP_TEID", "-e", "ngap.TransportLayerAddressIPv4"), [
      "deadbeef\t192.0.2.1",
    ]);
  });
});
