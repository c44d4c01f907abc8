import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  encode,
  messages5gmm,
  messages5gsm,
  type NasMessage,
  PcoIdentifier,
  PduSessionReleaseRequest,
  print,
  type Shape,
  sample,
} from "@freehold/nas";
import { concat, fromText, hex, nodeOf, type Pick, Writer } from "@freehold/wire";
import { picks } from "./specs.ts";

type Any = { readonly shape: Shape; (fields: never): NasMessage };

/** Octets that are octets to Wireshark too. */
const known: ReadonlySet<string> = new Set(["rand", "autn", "resStar", "auts", "abba"]);

function tsharkAbsent(): string | false {
  try {
    execFileSync("tshark", ["--version"], { stdio: "ignore" });
    return false;
  } catch {
    return "tshark is absent";
  }
}

/** A capture of "Wireshark upper PDU" packets (link type 252): a tag with the dissector's name, then the octets. */
function capture(messages: readonly Uint8Array[]): Uint8Array {
  const littleEndian = (value: number): Uint8Array =>
    Uint8Array.of(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255);
  const head = concat(littleEndian(0xa1b2c3d4), Uint8Array.of(2, 0, 4, 0), new Uint8Array(8), littleEndian(262_144), littleEndian(252));
  const name = fromText("nas-5gs\0");
  const tag = new Writer().u16(12).u16(name.length).octets(name).u32(0).done();
  return concat(
    head,
    ...messages.map((message, i) =>
      concat(
        littleEndian(i),
        littleEndian(0),
        littleEndian(tag.length + message.length),
        littleEndian(tag.length + message.length),
        tag,
        message,
      ),
    ),
  );
}

/** Messages of releases that Wireshark 4.4 does not know. */
const later: ReadonlySet<string> = new Set([
  "Relay key request",
  "Relay key accept",
  "Relay key reject",
  "Relay authentication request",
  "Relay authentication response",
  "Service-level authentication command",
  "Service-level authentication complete",
  "Remote UE report",
  "Remote UE report response",
]);

/** Rows of releases that Wireshark 4.4 does not know, and one of which it reads the slices with a home S-NSSAI wrong. */
const laterRows: ReadonlySet<string> = new Set([
  "allowedPduSessionStatus",
  "alternativeSNssai",
  "discontinuousCoverageMaximumTimeOffset",
  "extendedRejectedNssai",
  "forbiddenTaisForRegionalProvisionOfService",
  "forbiddenTaisForRoaming",
  "lowerBoundTimerValue",
  "lpWusStatus",
  "networkFeatureSupport5gsm",
  "payloadContainerInformation",
  "priorityIndicator",
  "requestedT3512Value",
  "ueDeterminedPlmnWithDisasterCondition",
]);

/** Values for rows that Wireshark looks into further than we do, or of which it knows fewer octets. */
const standIns: { readonly [row: string]: unknown } = {
  payloadContainerType: "N1 SM information",
  payloadContainer: encode(PduSessionReleaseRequest({ pduSessionId: 5, pti: 1 })),
  eapMessage: hex("03ea0004"),
  capability5gmm: { s1Mode: true, hoAttach: true, lpp: true, lcs: true, cag: true },
  networkFeatureSupport: { imsVops3gpp: true, emc: 1, iwkN26: true, mcsi: true, lcs: true },
  capability5gsm: { rqos: true, mh6Pdu: true },
  extendedProtocolConfigurationOptions: {
    configurationProtocol: 0,
    items: [
      { id: PcoIdentifier.dnsServerIpv4Address, octets: hex("08080808") },
      { id: PcoIdentifier.ipv4LinkMtu, octets: hex("0578") },
    ],
  },
};

function sensible(declaration: Any, pick: Pick, density: number): NasMessage {
  const message: Record<string, unknown> = { ...sample(declaration, pick, density) };
  for (const { name, presence, schema } of declaration.shape.rows) {
    if (message[name] === undefined) continue;
    if (name in standIns) message[name] = standIns[name];
    else if (laterRows.has(name) || (presence !== "M" && nodeOf(schema).kind === "octets" && !known.has(name))) message[name] = undefined;
  }
  return message as unknown as NasMessage;
}

test("Wireshark finds nothing malformed in random messages of every kind", { skip: tsharkAbsent() }, () => {
  const pick = picks(20260401);
  const messages: NasMessage[] = [];
  const all = ([...messages5gmm, ...messages5gsm] as readonly Any[]).filter(({ shape }) => !later.has(shape.name));
  for (let density = 0; density < 6; density++) {
    for (const declaration of all) messages.push(sensible(declaration, pick, density));
  }
  const folder = mkdtempSync(join(tmpdir(), "freehold-nas-"));
  try {
    const file = join(folder, "random.pcap");
    writeFileSync(file, capture(messages.map((message) => encode(message))));
    const fields = ["frame.number", "_ws.malformed", "_ws.expert.message", "nas_5gs.mm.message_type", "nas_5gs.sm.message_type"];
    const lines = execFileSync("tshark", ["-r", file, "-T", "fields", ...fields.flatMap((field) => ["-e", field])], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const frames = lines.trimEnd().split("\n");
    assert.equal(frames.length, messages.length);
    const complaints = frames.flatMap((line, i) => {
      const [, malformed = "", expert = ""] = line.split("\t");
      return malformed !== "" || /Extraneous|Bad length|Not enough/.test(expert) ? [`${malformed} ${expert}\n${print(messages[i]!)}`] : [];
    });
    assert.deepEqual(complaints, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
