/** What our AMF says at N2, read by Wireshark: nothing malformed, and each value where the row says it is. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pcapng, type TapeEntry } from "@freehold/tape";
import { FiveGC, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

const skip = spawnSync("tshark", ["--version"]).status === 0 ? false : "tshark is not installed";

/** For each frame the values of the fields, by name; several of one name are parted by commas. */
function tshark(entries: readonly TapeEntry[], fields: readonly string[]): readonly ReadonlyMap<string, string>[] {
  const folder = mkdtempSync(join(tmpdir(), "freehold-n2-"));
  try {
    const file = join(folder, "n2.pcapng");
    writeFileSync(file, pcapng(entries));
    const asked = ["-T", "fields", ...fields.flatMap((field) => ["-e", field])];
    const text = execFileSync("tshark", ["-r", file, ...asked], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => new Map(line.split("\t").map((value, i) => [fields[i]!, value])));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const capabilities = [
  "ngap.NrencryptionAlgorithms.nea1",
  "ngap.NrencryptionAlgorithms.nea2",
  "ngap.NrencryptionAlgorithms.nea3",
  "ngap.NrintegrityProtectionAlgorithms.nia1",
  "ngap.NrintegrityProtectionAlgorithms.nia2",
  "ngap.NrintegrityProtectionAlgorithms.nia3",
  "ngap.MaskedIMEISV",
];
const setUp = ["ngap.AMFName", "e212.mcc", "e212.mnc", "ngap.sST", "ngap.sD"];
const errors = ["ngap.AMF_UE_NGAP_ID", "ngap.RAN_UE_NGAP_ID", "ngap.procedureCode"];
const everywhere = ["sctp.srcport", "sctp.data_payload_proto_id", "_ws.col.Info", "_ws.malformed", "_ws.expert.severity"];

test("INTEROP 1, 3, 5, 6, 21: Wireshark reads each message of our AMF: port, PPID, PLMN of three digits, NEA and NIA by their names, masked IMEISV, diagnostics", {
  skip,
}, async () => {
  const plmn = { mcc: "310", mnc: "014" };
  const config = `network: { plmns: [{ mcc: "310", mnc: "014", slices: [{ sst: 1, sd: "010203" }] }, { mcc: "001", mnc: "01", slices: [{ sst: 1 }] }] }`;
  await using system = await FiveGC.start({ config });
  const away = await OddGnb.connect(system, { plmn, gnbId: 3, host: "127.1.9.10" });
  const gnb = await OddGnb.connect(system);
  const phone = new ScriptedPhone(system, gnb, subscriber(1));
  phone.capability = { nea: [0, 2], nia: [1, 3], eea: [0, 1], eia: [2] };
  await phone.toSecurityMode();
  phone.say({ is: "Security mode complete", imeisv: { is: "IMEISV", imeisv: "4370816125816151" } }, 4);
  await phone.accepted();
  phone.say({ is: "Registration complete" }, 2);
  phone.say(
    {
      is: "UL NAS transport",
      payloadContainerType: "N1 SM information",
      payloadContainer: Uint8Array.of(0x2e, 1, 1, 0xc1, 0xff, 0xff),
      pduSessionId: 1,
      requestType: "initial request",
    },
    2,
  );
  await gnb.next("PDUSessionResourceSetupRequest");
  const cause = { choice: "misc", value: "om-intervention" } as const;
  gnb.send({ is: "RANConfigurationUpdate", ies: { globalRANNodeID: gnb.globalId } });
  gnb.send({
    is: "RANConfigurationUpdate",
    ies: {
      supportedTAList: [
        {
          ...gnb.supportedTas[0]!,
          broadcastPLMNList: [{ ...away.supportedTas[0]!.broadcastPLMNList[0]!, pLMNIdentity: Uint8Array.of(0x99, 0xf9, 0x07) }],
        },
      ],
    },
  });
  gnb.send(gnb.uplinkNas(2 ** 40 - 1, 7, Uint8Array.of(0x7e, 0, 0x43)));
  gnb.raw(Uint8Array.of(0x00, 200, 0x00, 3, 0, 0, 0));
  gnb.send({ is: "UEContextReleaseRequest", ies: { amfUeNgapId: phone.amfUeNgapId!, ranUeNgapId: 1, cause } });
  await gnb.next("UEContextReleaseCommand");
  gnb.send({ is: "NGReset", ies: { cause, resetType: { choice: "partOfNG-Interface", value: [{ aMFUENGAPID: 1, rANUENGAPID: 2 }, {}] } } });
  gnb.send({ is: "NGReset", ies: { cause, resetType: { choice: "nG-Interface", value: "reset-all" } } });
  await system.clock.advance(1_000);

  const ours = system.tape.entries().filter(({ interface: where, from }) => where === "N2" && from === "AMF");
  const frames = tshark(ours, [...everywhere, ...setUp, ...capabilities, ...errors]);
  assert.equal(frames.length, ours.length);
  const named = (name: string) => frames.filter((frame) => frame.get("_ws.col.Info")?.includes(name));
  const show = (frame: ReadonlyMap<string, string> | undefined, fields: readonly string[]) =>
    fields.map((field) => frame?.get(field) ?? "");
  for (const frame of frames) {
    assert.deepEqual(show(frame, ["sctp.srcport", "sctp.data_payload_proto_id", "_ws.malformed"]), ["38412", "60", ""]);
    const gravest = Math.max(0, ...(frame.get("_ws.expert.severity") ?? "").split(",").map(Number));
    assert.ok(gravest < 0x600000, frame.get("_ws.col.Info") ?? "");
  }
  for (const name of [
    "NGSetupResponse",
    "InitialContextSetupRequest",
    "PDUSessionResourceSetupRequest",
    "RANConfigurationUpdateAcknowledge",
    "RANConfigurationUpdateFailure",
    "ErrorIndication",
    "UEContextReleaseCommand",
    "NGResetAcknowledge",
  ])
    assert.ok(named(name).length > 0, name);
  assert.deepEqual(show(named("NGSetupResponse")[0], setUp), [system.config.amf.name, "310,1", "14,1", "01,01", "010203"]);
  assert.deepEqual(
    show(named("InitialContextSetupRequest")[0], capabilities).map((one) => one.replace("True", "1").replace("False", "0")),
    ["0", "1", "0", "1", "0", "1", "4370816125ffff51"],
  );
  assert.deepEqual(
    named("ErrorIndication").map((frame) => show(frame, errors)),
    [
      ["1099511627775", "7", "9,46"],
      ["", "", "9,200"],
    ],
  );
});
