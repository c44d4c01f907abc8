// Over real sockets, in a network namespace of this process where it may make one: nothing of it is left when the process ends.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import { decode as decodeGtpu, PduType, writeGpdu } from "@freehold/gtpu";
import { configureLink, unshareNet } from "@freehold/linux";
import { ip, seid, teid } from "@freehold/model";
import { batchUdp, linuxTun, nodeUdp, type UdpPort, type UdpSocket } from "@freehold/net";
import { gtpuTo, nodeIdOf, PfcpEndpoint } from "@freehold/pfcp";
import { silentLog, systemClock, systemRandom } from "@freehold/runtime";
import { type DataPath, echoN6, memoryDataPath, startUpf, tunDataPath, type Upf } from "@freehold/upf";
import { udpPacket } from "../src/n6/internet.ts";
import { checksum, ipv4Packet, put16 } from "../src/packet.ts";
import { establishment, number4, towardsGnb } from "./lab.ts";

/** Why the test that needs a TUN device does not run. */
function ground(): string | false {
  try {
    unshareNet();
    configureLink({ link: "lo", addresses: ["198.51.100.1/32"] });
    return false;
  } catch (error) {
    return `needs root: ${error instanceof Error ? error.message : error}`;
  }
}
const noTun = ground();

const host = (n: number) => ip(`127.83.7.${n}`);
const [n4, n3, smfHost, gnbHost] = [host(1), host(2), host(3), host(4)];
const clock = systemClock();

/** A UPF with one session for 10.45.0.2, and the gNB's socket. */
async function withSession(
  udp: UdpPort,
  dataPath: DataPath,
  run: (it: { upf: Upf; gnb: UdpSocket; up: (packet: Uint8Array) => void }) => Promise<void>,
): Promise<void> {
  await using upf = await startUpf(
    {
      nodeId: nodeIdOf(n4),
      n4: { host: n4, port: 8805 },
      n3: [n3],
      dataNetworks: [{ dnn: "internet", pools: ["10.45.0.0/16"] }],
      smfs: [{ addresses: [smfHost] }],
    },
    { clock, random: systemRandom, log: silentLog, n4: udp, dataPath },
  );
  await using smfSocket = await udp.bind({ host: smfHost, port: 8805 });
  await using gnb = await udp.bind({ host: gnbHost, port: 2152 });
  const smf = new PfcpEndpoint({
    socket: smfSocket,
    clock,
    random: systemRandom,
    log: silentLog,
    nodeId: nodeIdOf(smfHost),
    recoveryTimeStamp: 1,
    onRequest: () => undefined,
  });
  const to = { host: n4, port: 8805 };
  await smf.request(to, { is: "PFCP Association Setup Request", nodeId: nodeIdOf(smfHost), recoveryTimeStamp: 1 });
  const { message } = await smf.request(to, { ...establishment(), nodeId: nodeIdOf(smfHost) }, { seid: seid(0n) });
  assert.equal(message.cause, 1);
  const local = message.createdPdr?.[0]?.localFTeid;
  assert.ok(local?.is === "fTeid" && local.ipv4 === n3);
  const updateFar = [towardsGnb(gtpuTo(teid(0x51), gnbHost))];
  await smf.request(to, { is: "PFCP Session Modification Request", updateFar }, { seid: message.upFSeid!.seid });
  const up = (packet: Uint8Array): void => {
    const into = new Uint8Array(16 + packet.length);
    writeGpdu(into, local.teid, 1, packet, PduType.uplink);
    gnb.send(into, { host: n3, port: 2152 });
  };
  await run({ upf, gnb, up });
  smf.close();
}

const next = (socket: UdpSocket): Promise<Uint8Array> =>
  new Promise((resolve) => {
    socket.onDatagram = resolve;
  });

/** The inner packet of a downlink G-PDU for the session's tunnel. */
function inner(octets: Uint8Array): Uint8Array {
  const gpdu = decodeGtpu(octets);
  assert.ok(gpdu.ok && gpdu.value.is === "G-PDU");
  assert.equal(gpdu.value.teid, 0x51);
  return gpdu.value.payload;
}

test("over loopback sockets: association, session, and a ping through GTP-U to the data network in this process", async () => {
  const udp = nodeUdp();
  const n6 = echoN6({ clock, random: systemRandom });
  await withSession(
    udp,
    memoryDataPath(udp, () => n6),
    async ({ upf, gnb, up }) => {
      const pong = next(gnb);
      up(
        ipv4Packet(number4("10.45.0.2"), number4("198.51.100.80"), 1, 16, (bytes) => {
          bytes[20] = 8;
          put16(bytes, 22, checksum(bytes, 20, bytes.length));
        }),
      );
      const reply = inner(await pong);
      assert.deepEqual([reply[9], reply[20]], [1, 0]);
      assert.equal(upf.state().sessions.length, 1);
    },
  );
});

test("over a TUN device: a datagram of the kernel's reaches the UE through GTP-U, and the UE's answer the kernel's socket", {
  skip: noTun,
}, async () => {
  const udp = batchUdp();
  // the kernel's sockets: a server in the data network, and something that the host has on its own address in the pool
  const listen = async (address: string) => {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(5_000, address, resolve));
    return Object.assign(socket, { [Symbol.dispose]: () => void socket.close() });
  };
  await withSession(udp, tunDataPath(udp, linuxTun(), { mtu: 1_400 }), async ({ upf, gnb, up }) => {
    using server = await listen("198.51.100.1");
    using own = await listen("10.45.0.1");
    const arrived = next(gnb);
    server.send(Uint8Array.of(1, 2, 3), 4_000, "10.45.0.2");
    const down = inner(await arrived);
    assert.deepEqual(
      [down[9], Array.from(down.subarray(12, 20)), Array.from(down.subarray(28))],
      [17, [198, 51, 100, 1, 10, 45, 0, 2], [1, 2, 3]],
    );
    const answered = new Promise<Buffer>((resolve) => {
      server.once("message", resolve);
      own.once("message", resolve);
    });
    const answer = (to: string, octet: number) => up(udpPacket(number4("10.45.0.2"), 4_000, number4(to), 5_000, Uint8Array.of(octet)));
    answer("10.45.0.1", 4);
    answer("198.51.100.1", 5);
    assert.deepEqual([...(await answered)], [5]);
    assert.equal(upf.state().dropped["closedDestination"], 1);
  });
});
