/** What we send about sessions, judged by Wireshark's dissectors: NGAP with NAS and transfer in it, PFCP, GTP-U. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { echoRequest } from "@freehold/gtpu";
import { seededRandom } from "@freehold/runtime";
import type { TapeEntry } from "@freehold/tape";
import { ping, type Session } from "@freehold/ue";
import { concat, fromText, Writer } from "@freehold/wire";
import { FiveGC, internet, subscriber } from "../src/index.ts";

const skip = spawnSync("tshark", ["-v"]).status === 0 ? false : "tshark not installed";

/** A capture of "Wireshark upper PDU" packets (link type 252): a tag with the dissector's name, then the octets. */
function capture(dissector: string, messages: readonly Uint8Array[]): Uint8Array {
  const u32 = (...values: number[]): Uint8Array => {
    const octets = new Uint8Array(4 * values.length);
    for (const [i, value] of values.entries()) new DataView(octets.buffer).setUint32(4 * i, value);
    return octets;
  };
  const name = fromText(dissector.padEnd(8, "\0"));
  const tag = new Writer().u16(12).u16(name.length).octets(name).u32(0).done();
  const packets = messages.map((m) => concat(u32(0, 0, tag.length + m.length, tag.length + m.length), tag, m));
  return concat(u32(0xa1b2c3d4, 0x00020004, 0, 0, 262_144, 252), ...packets);
}

/** What Wireshark reads of the messages: its detailed text, and what it finds malformed. */
function judged(dissector: string, messages: readonly Uint8Array[]): { readonly text: string; readonly malformed: string } {
  const folder = mkdtempSync(join(tmpdir(), "freehold-sessions-"));
  try {
    const file = join(folder, "sent.pcap");
    writeFileSync(file, capture(dissector, messages));
    const tshark = (...args: string[]): string =>
      execFileSync("tshark", ["-n", "-o", "nas-5gs.null_decipher:TRUE", "-r", file, ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    const complaint = "_ws.malformed || _ws.expert.severity == error";
    return { text: tshark("-V"), malformed: tshark("-Y", complaint, "-T", "fields", "-e", "frame.number", "-e", "_ws.expert.message") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Asserts that the lines stand in the text, one after the other. */
function reads(text: string, ...lines: readonly string[]): void {
  let at = 0;
  for (const line of lines) {
    const found = text.indexOf(line, at);
    assert.ok(found >= 0, `Wireshark does not read "${line}" after "${text.slice(Math.max(0, at - 80), at)}"`);
    at = found + line.length;
  }
}

/** A system with null ciphering and a phone in a session, everything that went over the interfaces on its tape. */
async function played(): Promise<{ system: FiveGC; session: Session }> {
  const config = `
security: { ciphering: [NEA0] }
dataNetworks: [{ dnn: internet, dns: [198.51.100.53, 198.51.100.54], mtu: 1380 }]`;
  const system = await FiveGC.start({ config });
  const gnb = await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  const session = await system.until(ue.establish({ dnn: internet, type: "IPv4v6" }));
  await system.clock.advance(500);
  await system.until(ping(session, { clock: system.clock, random: seededRandom(1) }, "198.51.100.1", 1));
  const [context] = gnb.state().ues;
  assert.ok(gnb.release(context?.ranUeNgapId ?? -1));
  await system.clock.advance(2_000);
  return { system, session };
}
const octetsOf = (system: FiveGC, which: (entry: TapeEntry) => boolean): Uint8Array[] =>
  system.tape
    .entries()
    .filter(which)
    .flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));

test("INTEROP 28, 29, 30, 31: Wireshark reads the set-up request with the accept and the transfer in it as they were meant", {
  skip,
}, async () => {
  const { system, session } = await played();
  await using _ = system;
  const sent = octetsOf(system, ({ message }) => message === "PDUSessionResourceSetupRequest");
  assert.equal(sent.length, 1);
  const { text, malformed } = judged("ngap", sent);
  assert.equal(malformed, "");
  reads(
    text,
    "NG Application Protocol (PDUSessionResourceSetupRequest)",
    "Message type: DL NAS transport (0x68)",
    "PDU session identity: PDU session identity value 1 (1)",
    "Procedure transaction identity: 1",
    "Message type: PDU session establishment accept (0xc2)",
    "Selected SSC mode: SSC mode 1 (1)",
    "PDU session type: IPv4 (1)",
    "Rule operation code: Create new QoS rule (1)",
    "DQR: The QoS rule is the default QoS rule",
    "Packet filter component type: Match-all type (1)",
    "QoS rule precedence: 255",
    "Qos flow identifier: 1",
    "Session-AMBR for downlink: 1000 Mbps (1000)",
    "Session-AMBR for uplink: 1000 Mbps (1000)",
    "5GSM cause: PDU session type IPv4 only allowed (50)",
    `PDU address information: ${session.ip}`,
    "Slice/service type (SST): eMBB (1)",
    "Operation code: Create new QoS flow description (1)",
    "5QI: 9",
    "Protocol or Container ID: DNS Server IPv4 Address (0x000d)",
    "IPv4: 198.51.100.53",
    "IPv4: 198.51.100.54",
    "IPv4 link MTU size: 1380 octets",
    "DNN: internet",
    "sST: 01",
    "pDUSessionAggregateMaximumBitRateDL: 1000000000bits/s",
    "TransportLayerAddress (IPv4): 127.0.0.7",
    "PDUSessionType: ipv4 (0)",
    "qosFlowIdentifier: 1",
    "fiveQI: 9",
    "priorityLevelARP: 8",
  );
});

test("INTEROP 33, 34, 35: Wireshark reads our PFCP as UPFs and SMFs of others want it", { skip }, async () => {
  const { system, session } = await played();
  await using _ = system;
  const sent = octetsOf(system, (entry) => entry.interface === "N4");
  const { text, malformed } = judged("pfcp", sent);
  assert.equal(malformed, "");
  reads(
    text,
    "Message Type: PFCP Association Setup Request (5)",
    "Node ID : IPv4 address: 127.0.0.4",
    "Recovery Time Stamp :",
    "Message Type: PFCP Association Setup Response (6)",
    "Cause: Request accepted(success) (1)",
    "FTUP: Supported",
    "Message Type: PFCP Session Establishment Request (50)",
    "SEID: 0x0000000000000000",
    "Create PDR",
    "Source Interface: Access (0)",
    "CH (CHOOSE): True",
    "Network Instance: internet",
    "S/D: Source IP address",
    "QFI: 0x01",
    "Outer Header Removal Description: GTP-U/UDP/IPv4",
    "Source Interface: Core (1)",
    "S/D: Destination IP address",
    `IPv4 address: ${session.ip}`,
    "Create FAR",
    "FORW (Forward): True",
    "Destination Interface : Core",
    "BUFF (Buffer): True",
    "Create QER",
    "PDN Type: IPv4 (1)",
    "APN/DNN: internet",
    "Message Type: PFCP Session Modification Request (52)",
    "FORW (Forward): True",
    "Destination Interface : Access",
    "Outer Header Creation Description: GTP-U/UDP/IPv4",
    "Message Type: PFCP Session Modification Request (52)",
    "NOCP (Notify the CP function): True",
    "BUFF (Buffer): True",
  );
});

test("INTEROP 36, 37: Wireshark reads our downlink packets, echo answers and Error Indications", { skip }, async () => {
  const { system } = await played();
  await using _ = system;
  const { network } = system;
  const peer = await system.until(network.udp("127.6.6.8").bind({ host: "127.6.6.8", port: 2152 }));
  const heard: Uint8Array[] = [];
  peer.onDatagram = (octets) => void heard.push(octets);
  const upf = { host: system.config.n3.addresses[0]!, port: 2152 };
  peer.send(echoRequest(0x1234), upf);
  peer.send(Uint8Array.of(0x30, 0xff, 0, 0, 0x0a, 0x0b, 0x0c, 0x0d), upf);
  await system.clock.settle();
  const down = octetsOf(system, (entry) => entry.interface === "N3" && entry.from === "UPF" && entry.to === "gNB").slice(0, 1);
  const { text, malformed } = judged("gtp", [...down, ...heard]);
  assert.equal(malformed, "");
  reads(
    text,
    "Message Type: T-PDU (0xff)",
    "Next extension header type: PDU Session container (0x85)",
    "PDU Type: DL PDU SESSION INFORMATION (0)",
    "QoS Flow Identifier (QFI): 1",
    "Internet Control Message Protocol",
    "Type: 0 (Echo (ping) reply)",
    "Message Type: Echo response (0x02)",
    "Sequence number: 0x1234",
    "Recovery: 0",
    "Message Type: Error indication (0x1a)",
    "TEID Data I: 0x0a0b0c0d",
    `GSN address IPv4: ${upf.host}`,
  );
});
