import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { networkInterfaces } from "node:os";
import process from "node:process";
import { test } from "node:test";
import {
  addRoute,
  addVeth,
  capabilities,
  configureLink,
  deleteLink,
  gettid,
  inNet,
  LinuxError,
  linkExists,
  linkIndex,
  makeNet,
  namespaceOf,
  RawIp,
  SctpSocket,
  setLink,
  startNamespaced,
  Tun,
  UdpBatch,
  unshareNet,
} from "../src/index.ts";

const rethrow = (error: unknown): never => {
  throw error;
};
const failed = (code: string) => (error: unknown) => error instanceof LinuxError && error.code === code;

/** Why the tests that need a namespace do not run. */
function ground(): string | false {
  try {
    unshareNet();
    configureLink({ link: "lo" });
    return false;
  } catch (error) {
    return `needs root: ${error instanceof Error ? error.message : error}`;
  }
}
const skip = ground();

/** Receives until `count` datagrams came; gives their first octets and lengths. */
function gather(socket: UdpBatch, count: number): Promise<[number, number][]> {
  return new Promise((resolve) => {
    const seen: [number, number][] = [];
    socket.watch(() => {
      for (let got = socket.receive(); got > 0; got = socket.receive()) {
        for (let i = 0; i < got; i++) seen.push([socket.octets[i * socket.size]!, socket.lengthOf(i)]);
      }
      if (seen.length >= count) resolve(seen);
    }, rethrow);
  });
}

test("a failed call says which, with errno by number and name", () => {
  assert.throws(() => UdpBatch.bind({ host: "192.0.2.1", port: 0 }), failed("EADDRNOTAVAIL"));
  assert.throws(
    () => UdpBatch.bind({ host: "not an address", port: 0 }),
    (error) => failed("EINVAL")(error) && /not an address/.test(String(error)),
  );
  assert.throws(() => linkIndex("fh-none"), failed("ENODEV"));
  assert.throws(() => Tun.open("a/b"), failed("EINVAL"));
  assert.ok(gettid() >= process.pid);
});

test("batches of datagrams pass whole and in order, with their source", async () => {
  const a = UdpBatch.bind({ host: "127.0.0.1", port: 0 }, { batch: 8, size: 2048 });
  const b = UdpBatch.bind({ host: "127.0.0.1", port: 0 }, { batch: 8, size: 2048 });
  const gathered = gather(b, 50);
  for (let i = 0; i < 50; i++) a.put(new Uint8Array(i + 1).fill(i), "127.0.0.1", b.local.port);
  a.flush();
  assert.deepEqual(
    await gathered,
    Array.from({ length: 50 }, (_, i) => [i, i + 1]),
  );
  assert.deepEqual([b.hostOf(0), b.ipv4Of(0), b.portOf(0)], ["127.0.0.1", 0x7f000001, a.local.port]);
  await Promise.all([a.close(), b.close()]);
  assert.equal(a.receive(), 0);
  a.put(new Uint8Array(1), "127.0.0.1", 1);
  a.flush();
});

test("a datagram longer than its slot is marked and counted, one that is too long to send or for the other family is dropped", async () => {
  const a = UdpBatch.bind({ host: "127.0.0.1", port: 0 }, { size: 4096 });
  const b = UdpBatch.bind({ host: "127.0.0.1", port: 0 }, { size: 1024 });
  const gathered = gather(b, 2);
  a.put(new Uint8Array(5000), "127.0.0.1", b.local.port);
  a.put(new Uint8Array(10), "::1", b.local.port);
  a.put(new Uint8Array(2000).fill(1), "127.0.0.1", b.local.port);
  a.put(new Uint8Array(1000).fill(2), "127.0.0.1", b.local.port);
  a.flush();
  assert.deepEqual(
    (await gathered).map(([first]) => first),
    [1, 2],
  );
  assert.equal(b.truncated, 1);
  await Promise.all([a.close(), b.close()]);
});

test("sockets live through collections of garbage while they wait", async () => {
  const a = UdpBatch.bind({ host: "127.0.0.1", port: 0 }, { batch: 16, size: 512 });
  const b = UdpBatch.bind({ host: "127.0.0.1", port: 0 }, { batch: 16, size: 512 });
  let seen = 0;
  let litter: unknown[] = [];
  const done = new Promise<void>((resolve) => {
    b.watch(() => {
      for (let got = b.receive(); got > 0; got = b.receive()) seen += got;
      if (seen >= 20_000) resolve();
      else send();
    }, rethrow);
  });
  let sent = 0;
  const send = (): void => {
    while (sent < Math.min(20_000, seen + 32)) {
      a.put(new Uint8Array(64).fill(sent++ & 255), "127.0.0.1", b.local.port);
      litter.push(Buffer.alloc(1024), { sent });
    }
    if (litter.length > 10_000) litter = [];
    a.flush();
  };
  send();
  await done;
  assert.equal(seen, 20_000);
  await Promise.all([a.close(), b.close()]);
});

test("what a callback throws goes to its fault and the socket goes on", async () => {
  const a = UdpBatch.bind({ host: "127.0.0.1", port: 0 });
  const faults: unknown[] = [];
  let times = 0;
  await new Promise<void>((resolve) => {
    a.watch(
      () => {
        a.receive();
        if (++times === 1) throw new Error("bug");
        resolve();
      },
      (error) => {
        faults.push(error);
        a.put(new Uint8Array(1), "127.0.0.1", a.local.port);
        a.flush();
      },
    );
    a.put(new Uint8Array(1), "127.0.0.1", a.local.port);
    a.flush();
  });
  assert.match(String(faults[0]), /bug/);
  await a.close();
});

test("interfaces, addresses, MTU and routes are made by rtnetlink, and errors are the kernel's", { skip }, async () => {
  const tun = Tun.open("fh0");
  configureLink({
    link: "fh0",
    mtu: 1400,
    addresses: ["10.60.0.1/24", "fd60::1/64"],
    routes: ["10.61.0.0/16", { to: "10.62.1.1/16", via: "10.60.0.9" }, "fd61::/48", "0.0.0.0/0"],
  });
  const ours = networkInterfaces()["fh0"] ?? [];
  assert.ok(ours.some(({ cidr }) => cidr === "10.60.0.1/24"));
  assert.ok(ours.some(({ cidr }) => cidr === "fd60::1/64"));
  assert.throws(() => configureLink({ link: "fh0", addresses: ["10.60.0.1/24"] }), failed("EEXIST"));
  assert.throws(() => configureLink({ link: "fh0", addresses: ["10.60.0.1/33"] }), failed("EINVAL"));
  assert.throws(
    () => addRoute("10.63.0.0/16", { via: "203.0.113.1", link: "lo" }),
    (error) => error instanceof LinuxError,
  );
  assert.throws(() => Tun.open("fh0"), failed("EBUSY"));
  setLink("fh0", { up: false });
  for (let length = tun.read(); length > 0; length = tun.read()) assert.ok([4, 6].includes(tun.octets[0]! >> 4)); // router solicitations
  await tun.close();
  assert.equal(linkExists("fh0"), false);
});

test("a veth pair joins two namespaces of one process; only what is inside is reached there", { skip }, async () => {
  const worker = new URL("./echo-worker.ts", import.meta.url);
  const there = await startNamespaced(worker, { data: { host: "10.70.0.2", port: 7 } });
  addVeth({ name: "fh-a" }, { name: "fh-b", namespace: there.namespace });
  configureLink({ link: "fh-a", addresses: ["10.70.0.1/24"] });
  inNet(there.namespace, () => {
    configureLink({ link: "lo" });
    configureLink({ link: "fh-b", addresses: ["10.70.0.2/24"] });
  });
  assert.equal(linkExists("fh-b"), false);
  assert.equal(
    inNet(there.namespace, () => linkExists("fh-b")),
    true,
  );
  const ready = new Promise((resolve) => there.worker.once("message", resolve));
  there.begin();
  assert.deepEqual(await ready, { echo: "10.70.0.2", data: { host: "10.70.0.2", port: 7 } });

  const socket = UdpBatch.bind({ host: "10.70.0.1", port: 0 });
  const gathered = gather(socket, 1);
  socket.put(new Uint8Array([42, 1]), "10.70.0.2", 7);
  socket.flush();
  assert.deepEqual(await gathered, [[42, 2]]);
  assert.equal(socket.hostOf(0), "10.70.0.2");
  await socket.close();

  const second = await startNamespaced(worker, { namespace: there.namespace, data: { host: "10.70.0.2", port: 8 } });
  const also = new Promise((resolve) => second.worker.once("message", resolve));
  second.begin();
  await also;
  const ended = new Promise((resolve) => second.worker.once("exit", resolve));
  second.worker.postMessage("stop");
  assert.equal(await ended, 0);
  await there.stop(); // with its socket open
  if (linkExists("fh-a")) deleteLink("fh-a");
  assert.equal(linkExists("fh-a"), false);
});

test("a namespace without a thread: sockets and interfaces live in it, we stay at home, and it goes with what holds it", {
  skip,
}, async () => {
  const home = readlinkSync("/proc/thread-self/ns/net");
  const [one, other] = [makeNet(), makeNet()];
  assert.equal(readlinkSync("/proc/thread-self/ns/net"), home);
  assert.equal(new Set([home, readlinkSync(one.path), readlinkSync(other.path)]).size, 3);
  addVeth({ name: "fh-a", namespace: one.path }, { name: "fh-b", namespace: other.path });
  assert.equal(linkExists("fh-a"), false);
  inNet(one.path, () => configureLink({ link: "fh-a", addresses: ["192.0.2.1/30"] }));
  inNet(other.path, () => configureLink({ link: "fh-b", addresses: ["192.0.2.2/30"] }));
  const socket = inNet(one.path, () => UdpBatch.bind({ host: "192.0.2.1", port: 0 }));
  const peer = inNet(other.path, () => UdpBatch.bind({ host: "192.0.2.2", port: 0 }));
  const arrived = gather(socket, 1);
  peer.put(Uint8Array.of(7), "192.0.2.1", socket.local.port);
  peer.flush();
  assert.deepEqual(await arrived, [[7, 1]]);
  await Promise.all([socket.close(), peer.close()]);
  const path = one.path;
  one.close();
  one.close();
  assert.throws(() => inNet(path, () => 1), /ENOENT/);
  other.close();
});

test("inNet comes home after an exception", { skip }, () => {
  const before = linkExists("lo") && readdirSync("/proc/thread-self/net").length;
  assert.throws(() => inNet(namespaceOf(process.pid), () => rethrow(new Error("inside"))), /inside/);
  assert.throws(() => inNet("/nowhere", () => 1), /ENOENT/);
  assert.equal(readdirSync("/proc/thread-self/net").length, before);
});

test("a worker that may not enter its namespace rejects instead of running at home", { skip }, async () => {
  const worker = new URL("./echo-worker.ts", import.meta.url);
  await assert.rejects(startNamespaced(worker, { namespace: "/nowhere" }), /ENOENT/);
});

test("raw sockets of protocol 132 give payloads, and refuse what is not ours", { skip }, async () => {
  const a = RawIp.open(132, "127.0.0.1");
  const b = RawIp.open(132, "127.0.0.2");
  const seen = new Promise((resolve) => b.watch((payload, from) => resolve([...payload, from]), rethrow));
  a.send(new Uint8Array([1, 2, 3]), "::1");
  a.send(new Uint8Array([4, 5]), "127.0.0.2");
  assert.deepEqual(await seen, [4, 5, "127.0.0.1"]);
  assert.throws(() => RawIp.open(132, "192.0.2.1"), failed("EADDRNOTAVAIL"));
  await Promise.all([a.close(), b.close()]);
});

test("what this host can do is found out by trying, and agrees with what then happens", async () => {
  const can = await capabilities();
  for (const { ok, why } of Object.values(can)) assert.equal(ok, why === "");
  const happens = (attempt: () => { close(): Promise<void> }): Promise<boolean> =>
    (async () => {
      try {
        await attempt().close();
        return true;
      } catch (error) {
        assert.ok(error instanceof LinuxError);
        return false;
      }
    })();
  assert.equal(await happens(() => RawIp.open(132, "127.0.0.1")), can.rawIp.ok);
  assert.equal(await happens(() => Tun.open("fh-can")), can.tun.ok);
  assert.equal(await happens(() => SctpSocket.listen(["127.0.0.1"], 0, 2, rethrow)), can.sctp.ok);
});
