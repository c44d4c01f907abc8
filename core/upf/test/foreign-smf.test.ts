import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PduType, writeGpdu } from "@freehold/gtpu";
import { type IpAddress, ip } from "@freehold/model";
import { MemoryNetwork } from "@freehold/net";
import { decode, encode, nodeIdOf, type Pfcp } from "@freehold/pfcp";
import { memoryLog, seededRandom, VirtualClock } from "@freehold/runtime";
import { memoryDataPath, startUpf } from "@freehold/upf";
import { explain, hex } from "@freehold/wire";
import { Recorder, server, udp4 } from "./lab.ts";

interface Foreign {
  readonly peer: string;
  readonly host: string;
  /** The SEID that their UPF gave: ours takes its place in what follows. */
  readonly upSeid: string;
  /** PFCP requests as they were captured: association setup, establishment, modifications, deletion. */
  readonly requests: readonly string[];
}
const foreign: readonly Foreign[] = JSON.parse(readFileSync(new URL("vectors/foreign-smfs.json", import.meta.url), "utf8"));

function decoded(octets: Uint8Array): Pfcp {
  const result = decode(octets);
  assert.ok(result.ok, result.ok ? "" : explain(result.error));
  return result.value;
}

/** Addresses of F-TEIDs that an SMF allocates itself: they are its UPF's, so they are ours here. */
function addressesGiven(requests: readonly string[]): IpAddress[] {
  const given = new Set<IpAddress>();
  for (const request of requests) {
    const { message } = decoded(hex(request));
    if (message.is !== "PFCP Session Establishment Request") continue;
    for (const { pdi } of message.createPdr)
      if (pdi.localFTeid?.is === "fTeid" && pdi.localFTeid.ipv4 !== undefined) given.add(pdi.localFTeid.ipv4);
  }
  return [...given];
}

for (const { peer, host, upSeid, requests } of foreign) {
  test(`INTEROP 33, 34, 35: the requests of ${peer} are accepted, and packets go both ways`, async () => {
    const clock = new VirtualClock();
    const net = new MemoryNetwork(clock);
    const udp = net.udp();
    const [n3 = ip("192.0.2.8")] = addressesGiven(requests);
    const n6 = new Recorder();
    const log = memoryLog();
    await using upf = await startUpf(
      {
        nodeId: nodeIdOf(ip("192.0.2.7")),
        n4: { host: "192.0.2.7", port: 8805 },
        n3: [n3],
        dataNetworks: [{ dnn: "internet", pools: [] }],
        smfs: [{ addresses: [host] }],
        heartbeat: 0,
      },
      { clock, random: seededRandom(peer), log, n4: udp, dataPath: memoryDataPath(udp, () => n6) },
    );
    const smf = await udp.bind({ host, port: 8805 });
    const answers: Pfcp[] = [];
    smf.onDatagram = (octets) => void answers.push(decoded(octets));
    const say = async (octets: Uint8Array): Promise<Pfcp> => {
      const before = answers.length;
      smf.send(octets, { host: "192.0.2.7", port: 8805 });
      await clock.settle();
      assert.equal(answers.length, before + 1, "one answer");
      return answers[before]!;
    };
    const [first] = requests.map((request) => decoded(hex(request)));
    if (first?.message.is !== "PFCP Association Setup Request") {
      await say(
        encode({ sequenceNumber: 0xffffff }, { is: "PFCP Association Setup Request", nodeId: nodeIdOf(ip(host)), recoveryTimeStamp: 1 }),
      );
    }

    let ours = "";
    let uplink: { teid: number; qfi: number } | undefined;
    let ue: string | undefined;
    let gnb: { address: string; teid: number } | undefined;
    for (const request of requests) {
      const octets = hex(request.slice(8, 24) === upSeid && ours !== "" ? `${request.slice(0, 8)}${ours}${request.slice(24)}` : request);
      const { message: asked } = decoded(octets);
      const { message } = await say(octets);
      assert.ok(
        "cause" in message && message.cause === 1,
        `${asked.is}: ${log.lines.map(({ event, fields }) => `${event} ${fields["why"]}`).join("; ")}`,
      );
      if (message.is === "PFCP Session Establishment Response" && asked.is === "PFCP Session Establishment Request") {
        ours = message.upFSeid!.seid.toString(16).padStart(16, "0");
        for (const pdr of asked.createPdr) {
          ue ??= pdr.pdi.ueIpAddress?.find(({ ipv4 }) => ipv4 !== undefined)?.ipv4;
          const filtered = pdr.pdi.sdfFilter !== undefined;
          if (pdr.pdi.sourceInterface !== "access" || filtered) continue;
          const chosen = message.createdPdr?.find(({ pdrId }) => pdrId === pdr.pdrId)?.localFTeid ?? pdr.pdi.localFTeid;
          if (chosen?.is === "fTeid") uplink = { teid: chosen.teid, qfi: pdr.pdi.qfi?.[0] ?? 1 };
        }
      }
      if (asked.is === "PFCP Session Modification Request") {
        for (const { updateForwardingParameters } of asked.updateFar ?? []) {
          const to = updateForwardingParameters?.outerHeaderCreation;
          if (to?.ipv4 !== undefined && to.teid !== undefined) gnb = { address: to.ipv4, teid: to.teid };
        }
        for (const { forwardingParameters } of asked.createFar ?? []) {
          const to = forwardingParameters?.outerHeaderCreation;
          if (to?.ipv4 !== undefined && to.teid !== undefined) gnb = { address: to.ipv4, teid: to.teid };
        }
        for (const pdr of asked.createPdr ?? []) ue ??= pdr.pdi.ueIpAddress?.find(({ ipv4 }) => ipv4 !== undefined)?.ipv4;
      }
      if (
        gnb === undefined ||
        ue === undefined ||
        uplink === undefined ||
        upf.state().sessions[0]?.fars.every(({ action }) => action !== "forward")
      )
        continue;
      // both directions, once the gNB's tunnel is there
      const access = await udp.bind({ host: gnb.address, port: 2152 });
      const down: Uint8Array[] = [];
      access.onDatagram = (packet) => void down.push(packet);
      const into = new Uint8Array(100);
      const size = writeGpdu(into, uplink.teid, uplink.qfi, udp4(ue, server), PduType.uplink);
      const sent = n6.sent.length;
      access.send(into.slice(0, size), { host: n3, port: 2152 });
      n6.onPacket(udp4(server, ue));
      await clock.settle();
      await access.close();
      const buffers = upf.state().sessions[0]!.fars.some(({ action }) => action === "buffer");
      if (buffers) continue;
      assert.equal(n6.sent.length, sent + 1, `${asked.is}: uplink ${JSON.stringify(upf.state().dropped)}`);
      assert.equal(down.length, 1, `${asked.is}: downlink ${JSON.stringify(upf.state().dropped)}`);
      assert.deepEqual([down[0]![0], down[0]![11]], [0x34, 0x85]);
      gnb = undefined;
    }
    assert.ok(n6.sent.length > 0, "packets went up");
  });
}
