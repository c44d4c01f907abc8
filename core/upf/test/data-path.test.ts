import assert from "node:assert/strict";
import { test } from "node:test";
import { ip } from "@freehold/model";
import { type Address, MemoryNetwork } from "@freehold/net";
import { VirtualClock } from "@freehold/runtime";
import { type DataPath, memoryDataPath, type N6, tunDataPath } from "@freehold/upf";
import { toHex } from "@freehold/wire";
import { Recorder, server, udp4, ueAddress, upfN3 } from "./lab.ts";

/** A data path, and the far side of its N6. */
interface Made {
  readonly clock: VirtualClock;
  readonly net: MemoryNetwork;
  readonly path: DataPath;
  /** What went into the data network. */
  readonly sent: () => readonly string[];
  /** A packet from the data network. */
  readonly inject: (packet: Uint8Array) => void;
}

const network = { dnn: "internet", pools: ["10.45.0.0/16", "2001:db8:45::/48"] };
const kinds: Record<string, () => Made> = {
  memory: () => {
    const clock = new VirtualClock();
    const net = new MemoryNetwork(clock);
    const n6 = new Recorder();
    const path = memoryDataPath(net.udp(), () => n6);
    return { clock, net, path, sent: () => n6.sent.map(toHex), inject: (packet) => n6.onPacket(packet) };
  },
  tun: () => {
    const clock = new VirtualClock();
    const net = new MemoryNetwork(clock);
    const tun = net.tun();
    const written: string[] = [];
    tun.onWritten = (_, packet) => void written.push(toHex(packet));
    const path = tunDataPath(net.udp(), tun, { mtu: 1_400 });
    return { clock, net, path, sent: () => written, inject: (packet) => tun.inject("fh-n6-0", packet) };
  },
};

for (const [kind, make] of Object.entries(kinds)) {
  test(`the ${kind} data path carries packets into the data network and out of it`, async () => {
    const { clock, path, sent, inject } = make();
    const n6: N6 = await path.n6(network);
    const out: string[] = [];
    n6.onPacket = (packet) => void out.push(toHex(packet));
    const [up, down] = [udp4(ueAddress, server), udp4(server, ueAddress)];
    n6.send(up);
    inject(down);
    await clock.settle();
    assert.deepEqual([sent(), out], [[toHex(up)], [toHex(down)]]);
    await path[Symbol.asyncDispose]();
    inject(down);
    await clock.settle();
    assert.equal(out.length, kind === "memory" ? 2 : 1);
  });

  test(`the ${kind} data path sends from the N3 address asked for, or from one of the destination's family`, async () => {
    const { clock, net, path } = make();
    const second = ip("127.0.0.18");
    const six = ip("::8");
    const received: [string, string, string][] = [];
    await path.open([upfN3, second, six], (octets, from, local) => received.push([toHex(octets), from.host, local]));
    const seen: [string, string][] = [];
    const peer = async (host: string): Promise<Address> => {
      const socket = await net.udp().bind({ host, port: 2152 });
      socket.onDatagram = (octets, from) => void seen.push([toHex(octets), `${from.host} ${from.port}`]);
      return socket.local;
    };
    const [gnb4, gnb6] = [await peer("127.0.0.9"), await peer("::9")];
    path.send(Uint8Array.of(1), gnb4, second);
    path.send(Uint8Array.of(2), gnb4, undefined);
    path.send(Uint8Array.of(3), gnb6, undefined);
    await clock.settle();
    assert.deepEqual(seen, [
      ["01", "127.0.0.18 2152"],
      ["02", "127.0.0.8 2152"],
      ["03", "::8 2152"],
    ]);
    const sender = await net.udp().bind({ host: "127.0.0.30", port: 5_000 });
    sender.send(Uint8Array.of(4), { host: "127.0.0.18", port: 2152 });
    await clock.settle();
    assert.deepEqual(received, [["04", "127.0.0.30", "127.0.0.18"]]);
    await path[Symbol.asyncDispose]();
    sender.send(Uint8Array.of(5), { host: "127.0.0.18", port: 2152 });
    await clock.settle();
    assert.equal(received.length, 1);
    // the ports are free again
    await path.open([upfN3], () => {});
    await path[Symbol.asyncDispose]();
  });

  test(`the ${kind} data path rejects an N3 address in use, and leaves nothing open`, async () => {
    const { net, path } = make();
    await net.udp().bind({ host: "127.0.0.18", port: 2152 });
    await assert.rejects(
      path.open([upfN3, ip("127.0.0.18")], () => {}),
      { code: "EADDRINUSE" },
    );
    await path[Symbol.asyncDispose]();
    await net.udp().bind({ host: upfN3, port: 2152 });
  });
}

test("a TUN device has the first host address of each pool, whose prefix routes to it", async () => {
  const net = new MemoryNetwork(new VirtualClock());
  const tun = net.tun();
  const path = tunDataPath(net.udp(), tun, { mtu: 1_400, name: ({ dnn }) => `n6-${dnn}` });
  await path.n6(network);
  assert.deepEqual(
    tun.opened.map(({ name, addresses, mtu }) => [name, addresses, mtu]),
    [["n6-internet", ["10.45.0.1/16", "2001:db8:45::1/48"], 1_400]],
  );
  await path[Symbol.asyncDispose]();
  assert.deepEqual(tun.opened, []);
});
