import assert from "node:assert/strict";
import { test } from "node:test";
import { decode as decodeGtpu, PduType, writeGpdu } from "@freehold/gtpu";
import { ip, seid, teid } from "@freehold/model";
import { nodeUdp } from "@freehold/net";
import { gtpuTo, nodeIdOf, PfcpEndpoint } from "@freehold/pfcp";
import { silentLog, systemClock, systemRandom } from "@freehold/runtime";
import { echoN6, memoryDataPath, startUpf } from "@freehold/upf";
import { checksum, ipv4Packet, put16 } from "../src/packet.ts";
import { establishment, number4, towardsGnb } from "./lab.ts";

test("over loopback sockets: association, session, and a ping through GTP-U to the data network in this process", async () => {
  const clock = systemClock();
  const host = (n: number) => ip(`127.83.7.${n}`);
  const [n4, n3, smfHost, gnbHost] = [host(1), host(2), host(3), host(4)];
  const udp = nodeUdp();
  const n6 = echoN6({ clock, random: systemRandom });
  await using upf = await startUpf(
    {
      nodeId: nodeIdOf(n4),
      n4: { host: n4, port: 8805 },
      n3: [n3],
      dataNetworks: [{ dnn: "internet", pools: ["10.45.0.0/16"] }],
      smfs: [{ addresses: [smfHost] }],
    },
    { clock, random: systemRandom, log: silentLog, n4: udp, dataPath: memoryDataPath(udp, () => n6) },
  );
  await using smfSocket = await udp.bind({ host: smfHost, port: 8805 });
  const smf = new PfcpEndpoint({
    socket: smfSocket,
    clock,
    random: systemRandom,
    log: silentLog,
    nodeId: nodeIdOf(smfHost),
    recoveryTimeStamp: 1,
    onRequest: () => undefined,
  });
  await using gnb = await udp.bind({ host: gnbHost, port: 2152 });
  const to = { host: n4, port: 8805 };
  await smf.request(to, { is: "PFCP Association Setup Request", nodeId: nodeIdOf(smfHost), recoveryTimeStamp: 1 });
  const { message } = await smf.request(to, { ...establishment(), nodeId: nodeIdOf(smfHost) }, { seid: seid(0n) });
  assert.equal(message.cause, 1);
  const local = message.createdPdr?.[0]?.localFTeid;
  assert.ok(local?.is === "fTeid" && local.ipv4 === n3);
  await smf.request(
    to,
    { is: "PFCP Session Modification Request", updateFar: [towardsGnb(gtpuTo(teid(0x51), gnbHost))] },
    { seid: message.upFSeid!.seid },
  );
  const ping = ipv4Packet(number4("10.45.0.2"), number4("198.51.100.80"), 1, 16, (bytes) => {
    bytes[20] = 8;
    put16(bytes, 22, checksum(bytes, 20, bytes.length));
  });
  const pong = new Promise<Uint8Array>((resolve) => {
    gnb.onDatagram = resolve;
  });
  const into = new Uint8Array(200);
  gnb.send(into.slice(0, writeGpdu(into, local.teid, 1, ping, PduType.uplink)), { host: n3, port: 2152 });
  const reply = decodeGtpu(await pong);
  assert.ok(reply.ok && reply.value.is === "G-PDU");
  assert.equal(reply.value.teid, 0x51);
  assert.deepEqual([reply.value.payload[9], reply.value.payload[20]], [1, 0]);
  smf.close();
  assert.equal(upf.state().sessions.length, 1);
});
