// Wireshark's opinion of our packets: a whole association in a pcapng, over IP and over UDP.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { numbered, pair } from "./compliance.ts";
import { hosts, memoryGround } from "./ground.ts";

const missing = spawnSync("tshark", ["--version"]).error !== undefined ? "tshark is not installed" : false;

/** A pcapng of raw IP packets (link type 101): section header, interface description, one enhanced packet block each. */
function pcapng(packets: readonly { readonly ms: number; readonly octets: Uint8Array }[]): Uint8Array {
  const block = (type: number, body: Uint8Array) => {
    const length = 12 + ((body.length + 3) & ~3);
    const whole = new Uint8Array(length);
    const view = new DataView(whole.buffer);
    view.setUint32(0, type, true);
    view.setUint32(4, length, true);
    whole.set(body, 8);
    view.setUint32(length - 4, length, true);
    return whole;
  };
  const header = new Uint8Array([0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
  const blocks = [block(0x0a0d0d0a, header), block(1, new Uint8Array([101, 0, 0, 0, 0, 0, 0, 0]))];
  for (const { ms, octets } of packets) {
    const body = new Uint8Array(20 + octets.length);
    const view = new DataView(body.buffer);
    const micros = BigInt(Math.round(ms * 1_000));
    view.setUint32(4, Number(micros >> 32n), true);
    view.setUint32(8, Number(micros & 0xffffffffn), true);
    view.setUint32(12, octets.length, true);
    view.setUint32(16, octets.length, true);
    body.set(octets, 20);
    blocks.push(block(6, body));
  }
  return new Uint8Array(blocks.flatMap((b) => [...b]));
}

function ipv4(protocol: number, from: string, to: string, payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(20 + payload.length);
  const view = new DataView(packet.buffer);
  view.setUint16(0, 0x4500);
  view.setUint16(2, packet.length);
  view.setUint16(8, (64 << 8) | protocol);
  packet.set(from.split(".").map(Number), 12);
  packet.set(to.split(".").map(Number), 16);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += view.getUint16(at);
  view.setUint16(10, ~((sum & 0xffff) + (sum >>> 16)) & 0xffff);
  packet.set(payload, 20);
  return packet;
}

function udp(payload: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(8 + payload.length);
  const view = new DataView(datagram.buffer);
  view.setUint16(0, 9_899);
  view.setUint16(2, 9_899);
  view.setUint16(4, datagram.length);
  datagram.set(payload, 8);
  return datagram;
}

for (const encapsulated of [false, true]) {
  test(`tshark reads an association ${encapsulated ? "over UDP" : "over IP"} without a malformed frame and with right checksums`, {
    skip: missing,
  }, async () => {
    const ground = memoryGround({ delay: 3, jitter: 5, loss: 0.1, duplication: 0.1 });
    const packets: { ms: number; octets: Uint8Array }[] = [];
    ground.pipes.pass = ({ from, to, packet }) => {
      const octets = encapsulated ? ipv4(17, from, to, udp(packet)) : ipv4(132, from, to, packet);
      packets.push({ ms: ground.clock.now(), octets });
      return true;
    };
    const { client, server, atServer, atClient, close } = await pair(ground, 4, 5_555);
    await close();
    for (let i = 0; i < 40; i++) client.send({ stream: i % 4, ppid: 0, data: numbered(i, 4 + 100 * i) });
    server.send({ stream: 1, ppid: 0, data: numbered(1, 20_000) });
    await ground.until(() => atServer.messages.length === 40 && atClient.messages.length === 1);
    await ground.clock.advance(12_000); // heartbeats
    await ground.wait(client.shutdown());
    const refused = ground.near.connect({ local: { host: hosts[0], port: 0 }, remote: { host: hosts[1], port: 5_555 } });
    await ground.wait(assert.rejects(refused));

    const folder = mkdtempSync(join(tmpdir(), "sctp-"));
    try {
      const file = join(folder, "association.pcapng");
      writeFileSync(file, pcapng(packets));
      const tshark = (...args: string[]) =>
        execFileSync("tshark", ["-o", "sctp.checksum:CRC-32C", "-r", file, ...args], {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
        });
      assert.equal(tshark("-Y", "_ws.malformed || _ws.expert.severity >= 0x600000 || sctp.checksum.status == 0 || !sctp"), "");
      const types = tshark("-T", "fields", "-e", "sctp.chunk_type").split(/[\n,]/).filter(Boolean).map(Number);
      assert.ok(types.length > packets.length);
      for (const type of [0, 1, 2, 3, 4, 5, 7, 8, 10, 11, 14]) assert.ok(types.includes(type), `chunk type ${type} was seen`);
      const good = tshark("-T", "fields", "-e", "sctp.checksum.status").trim().split("\n");
      assert.deepEqual([good.length, good.every((status) => status === "1")], [packets.length, true]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
