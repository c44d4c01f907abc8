import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address, UdpPort, UdpSocket } from "@freehold/net";
import { seededRandom, silentLog, VirtualClock } from "@freehold/runtime";
import {
  type AirLink,
  type AirMessage,
  type AirPort,
  decodeMessage,
  encodeMessage,
  memoryAir,
  readFrame,
  type SystemInformation,
  udpAir,
} from "../src/index.ts";

const information: SystemInformation = { plmns: [{ mcc: "001", mnc: "01" }], tac: 1, cellId: 0x10, gnbName: "gnb-1" };

/** Datagrams between sockets of one test, losing every `loseEvery`-th. */
function lossyUdp(clock: VirtualClock, loseEvery: number): UdpPort {
  const sockets = new Map<string, UdpSocket>();
  let ephemeral = 50_000;
  let sent = 0;
  return {
    async bind(local) {
      const own: Address = { host: local.host, port: local.port || ephemeral++ };
      const socket: UdpSocket = {
        local: own,
        onDatagram: () => {},
        send(data, to) {
          if (++sent % loseEvery === 0) return;
          clock.after(1, () => sockets.get(`${to.host}:${to.port}`)?.onDatagram(data.slice(), own));
        },
        async close() {
          sockets.delete(`${own.host}:${own.port}`);
        },
        async [Symbol.asyncDispose]() {
          await this.close();
        },
      };
      sockets.set(`${own.host}:${own.port}`, socket);
      return socket;
    },
  };
}

const airs: Record<string, (clock: VirtualClock) => AirPort> = {
  memory: (clock) => memoryAir(clock),
  "UDP that loses every third datagram": (clock) => udpAir(lossyUdp(clock, 3), { clock, random: seededRandom(1), log: silentLog }),
};

for (const [name, make] of Object.entries(airs)) {
  test(`over ${name}, signalling arrives once and in order both ways, and user data arrives as it was`, async () => {
    const clock = new VirtualClock();
    const air = make(clock);
    const links: AirLink[] = [];
    const heard: AirMessage[] = [];
    const cell = await air.broadcast("127.0.0.1:4997", information, (link) => {
      links.push(link);
      link.onMessage = (message) => heard.push(message);
      link.onData = (psi, qfi, packet) => link.sendData(psi, qfi, packet);
    });
    const camping = air.camp("127.0.0.1:4997");
    await clock.advance(1_000);
    const camp = await camping;
    assert.deepEqual(camp.cell, information);
    const link = camp.open();
    const answers: AirMessage[] = [];
    const packets: [number, number, Uint8Array][] = [];
    link.onMessage = (message) => answers.push(message);
    link.onData = (psi, qfi, packet) => packets.push([psi, qfi, packet]);
    const sent: AirMessage[] = Array.from({ length: 20 }, (_, i) => ({ is: "UlInformationTransfer", nas: Uint8Array.of(i, 0, 255) }));
    for (const message of sent) link.send(message);
    await clock.advance(3_000);
    assert.deepEqual(heard, sent);
    links[0]?.send({ is: "Setup" });
    links[0]?.send({ is: "DlInformationTransfer", nas: Uint8Array.of(0x7e) });
    for (let i = 0; i < 6; i++) link.sendData(5, 9, Uint8Array.of(1, 2, 3));
    await clock.advance(3_000);
    assert.deepEqual(answers, [{ is: "Setup" }, { is: "DlInformationTransfer", nas: Uint8Array.of(0x7e) }]);
    assert.ok(packets.length >= 1);
    for (const packet of packets) assert.deepEqual(packet, [5, 9, Uint8Array.of(1, 2, 3)]);
    let paged = "";
    camp.onPaging = (sTmsi) => {
      paged = sTmsi;
    };
    for (let i = 0; i < 3 && paged === ""; i++) {
      cell.page("004000000001");
      await clock.advance(100);
    }
    assert.equal(paged, "004000000001");
    let ended = "";
    link.onEnd = (why) => {
      ended = why;
    };
    links[0]?.end("released");
    await clock.advance(5_000);
    if (name !== "memory") link.send({ is: "UlInformationTransfer", nas: Uint8Array.of(1) });
    await clock.advance(5_000);
    assert.notEqual(ended, "");
    await camp.leave();
    await cell.close();
  });
}

test("camping where no cell is on the air is refused with a sentence", async () => {
  const clock = new VirtualClock();
  const camping = udpAir(lossyUdp(clock, 1_000), { clock, random: seededRandom(1), log: silentLog }).camp("127.0.0.1:4998", 500);
  const refused = assert.rejects(camping, /no cell on the air at 127\.0\.0\.1:4998/);
  await clock.advance(1_000);
  await refused;
});

test("a phone that loses its cell is told, and a link that nobody acknowledges fails", async () => {
  const clock = new VirtualClock();
  const air = udpAir(lossyUdp(clock, 1_000_000), { clock, random: seededRandom(1), log: silentLog });
  const cell = await air.broadcast("127.0.0.1:4997", information, () => {});
  const camping = air.camp("127.0.0.1:4997");
  await clock.advance(100);
  const camp = await camping;
  await cell.close();
  let lost = false;
  let ended = "";
  camp.onLost = () => {
    lost = true;
  };
  const link = camp.open();
  link.onEnd = (why) => {
    ended = why;
  };
  link.send({ is: "Setup" });
  await clock.advance(10_000);
  assert.ok(lost);
  assert.match(ended, /nothing acknowledged/);
  await camp.leave();
});

test("any octets on the air give a message or an error, never an exception", () => {
  const message: AirMessage = {
    is: "Reconfiguration",
    transaction: 1,
    add: [{ pduSessionId: 5, qfis: [1] }],
    release: [],
    nas: [Uint8Array.of(1)],
  };
  const bytes = encodeMessage(message);
  assert.deepEqual(decodeMessage(bytes), { ok: true, value: message });
  for (let length = 0; length < bytes.length; length++) {
    const read = decodeMessage(bytes.subarray(0, length));
    assert.equal(read.ok, false);
    readFrame(bytes.subarray(0, length));
  }
  for (let at = 0; at < bytes.length; at++) {
    const flipped = bytes.slice();
    flipped[at] = flipped[at]! ^ 0xff;
    decodeMessage(flipped);
    readFrame(flipped);
  }
});
