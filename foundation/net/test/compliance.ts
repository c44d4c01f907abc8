// One suite per port, run against the in-memory twin and against each binding: what holds here holds wherever a function runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Address,
  type Http2Port,
  type HttpResponse,
  type IpPort,
  PortError,
  type SctpAssociation,
  type SctpEnd,
  type SctpMessage,
  type SctpPort,
  type TunPort,
  type UdpPort,
} from "../src/index.ts";

/** What a callback was given, in order, to be awaited. */
export class Seen<T> {
  readonly #values: T[] = [];
  readonly #waiting: ((value: T) => void)[] = [];

  readonly push = (value: T): void => {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(value);
    else this.#values.push(value);
  };

  /** Values that nobody has taken. */
  get left(): number {
    return this.#values.length;
  }

  next(): Promise<T> {
    const value = this.#values.shift();
    return value === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(value);
  }
}

const octets = (...values: number[]): Uint8Array => new Uint8Array(values);
const code = (wanted: string) => (error: unknown) => error instanceof PortError && error.code === wanted;

/** Whether the tests below run: undefined, or why not. */
export interface Ground {
  readonly skip?: string | false;
}

export function udpCompliance(name: string, make: () => UdpPort, hosts: readonly [string, string], { skip = false }: Ground = {}): void {
  const bound = async (port: UdpPort, host: string) => {
    const seen = new Seen<{ data: Uint8Array; from: Address }>();
    const socket = await port.bind({ host, port: 0 });
    socket.onDatagram = (data, from) => seen.push({ data, from });
    return { socket, seen };
  };

  test(`${name}: a datagram arrives with its source, and can be answered`, { skip }, async () => {
    const port = make();
    await using a = (await bound(port, hosts[0])).socket;
    const b = await bound(port, hosts[1]);
    await using _ = b.socket;
    const back = new Seen<Uint8Array>();
    a.onDatagram = (data) => back.push(data);
    a.send(octets(1, 2, 3), b.socket.local);
    const { data, from } = await b.seen.next();
    assert.deepEqual(data, octets(1, 2, 3));
    assert.equal(Object.getPrototypeOf(data), Uint8Array.prototype);
    assert.deepEqual(from, a.local);
    b.socket.send(octets(4), from);
    assert.deepEqual(await back.next(), octets(4));
  });

  test(`${name}: nothing is delivered synchronously, and what arrives is the callee's to keep`, { skip }, async () => {
    const port = make();
    const a = await bound(port, hosts[0]);
    const b = await bound(port, hosts[1]);
    const data = octets(7, 7);
    for (let i = 0; i < 200; i++) {
      data[0] = i;
      a.socket.send(data, b.socket.local);
    }
    assert.equal(b.seen.left, 0);
    const kept: Uint8Array[] = [];
    for (let i = 0; i < 200; i++) kept.push((await b.seen.next()).data);
    assert.deepEqual(
      kept.map((k) => k[0]),
      Array.from({ length: 200 }, (_, i) => i),
    );
    await Promise.all([a.socket.close(), b.socket.close()]);
  });

  test(`${name}: empty and large datagrams pass whole; one too large or to nobody is lost without a word`, { skip }, async () => {
    const port = make();
    const a = await bound(port, hosts[0]);
    const b = await bound(port, hosts[1]);
    a.socket.send(new Uint8Array(70_000), b.socket.local);
    a.socket.send(octets(1), { host: hosts[1], port: 9 });
    a.socket.send(octets(), b.socket.local);
    a.socket.send(new Uint8Array(60_000).fill(9), b.socket.local);
    assert.equal((await b.seen.next()).data.length, 0);
    assert.deepEqual((await b.seen.next()).data, new Uint8Array(60_000).fill(9));
    await a.socket.close();
    a.socket.send(octets(1), b.socket.local);
    await a.socket.close();
    await b.socket.close();
  });

  test(`${name}: a handler that throws is not the end of the socket`, {
    skip: skip || (name.includes("memory") && "the twin hands the fault to the test"),
  }, async () => {
    const port = make();
    const a = await bound(port, hosts[0]);
    const b = await port.bind({ host: hosts[1], port: 0 });
    const seen = new Seen<number>();
    b.onDatagram = (data) => {
      if (data[0] === 1) throw new Error("bug");
      seen.push(data[0]!);
    };
    a.socket.send(octets(1), b.local);
    a.socket.send(octets(2), b.local);
    assert.equal(await seen.next(), 2);
    await Promise.all([a.socket.close(), b.close()]);
  });

  test(`${name}: an address in use, one that is not ours, and a host name are refused by code`, { skip }, async () => {
    const port = make();
    await using a = (await bound(port, hosts[0])).socket;
    await assert.rejects(port.bind(a.local), code("EADDRINUSE"));
    await assert.rejects(port.bind({ host: "192.0.2.1", port: 0 }), code("EADDRNOTAVAIL"));
    await assert.rejects(port.bind({ host: "localhost", port: 0 }), code("EINVAL"));
    await a.close();
    await using again = await port.bind(a.local);
    assert.deepEqual(again.local, a.local);
  });
}

export function http2Compliance(
  name: string,
  make: () => { server: Http2Port; client: Http2Port },
  host: string,
  { skip = false }: Ground = {},
): void {
  const empty: HttpResponse = { status: 204, headers: {}, body: octets() };

  test(`${name}: a request and its response pass with method, path, headers and body`, { skip }, async () => {
    const { server, client } = make();
    await using listener = await server.listen({ host, port: 0 }, async (request, from) => ({
      status: 201,
      headers: { location: `http://x/${from.host}`, "content-type": "application/json" },
      body: new TextEncoder().encode(JSON.stringify({ ...request, body: [...request.body] })),
    }));
    const response = await client.request(listener.local, {
      method: "POST",
      path: "/nausf-auth/v1/ue-authentications?x=1",
      headers: { "Content-Type": "application/json", "3gpp-sbi-callback": "Namf" },
      body: octets(0, 255, 10),
    });
    assert.equal(response.status, 201);
    assert.equal(response.headers["location"], `http://x/${host}`);
    assert.equal(Object.getPrototypeOf(response.body), Uint8Array.prototype);
    const seen = JSON.parse(new TextDecoder().decode(response.body)) as Record<string, unknown> & { headers: Record<string, string> };
    assert.equal(seen["method"], "POST");
    assert.equal(seen["path"], "/nausf-auth/v1/ue-authentications?x=1");
    assert.equal(seen.headers["content-type"], "application/json");
    assert.equal(seen.headers["3gpp-sbi-callback"], "Namf");
    assert.deepEqual(seen["body"], [0, 255, 10]);
    await client.close();
  });

  test(`${name}: a slow answer holds nobody up, and answers without a body are whole`, { skip }, async () => {
    const { server, client } = make();
    const gate = Promise.withResolvers<void>();
    await using listener = await server.listen({ host, port: 0 }, async ({ path }) => {
      if (path === "/slow") await gate.promise;
      return { ...empty, headers: { path } };
    });
    const order: string[] = [];
    const get = async (path: string): Promise<void> => {
      const { status, headers, body } = await client.request(listener.local, { method: "DELETE", path, headers: {}, body: octets() });
      assert.deepEqual([status, body.length], [204, 0]);
      order.push(headers["path"]!);
    };
    const slow = get("/slow");
    await Promise.all(Array.from({ length: 50 }, (_, i) => get(`/${i}`)));
    gate.resolve();
    await slow;
    assert.equal(order.length, 51);
    assert.equal(order.at(-1), "/slow");
    await client.close();
  });

  test(`${name}: a handler that rejects is a 500, and the connection goes on`, { skip }, async () => {
    const { server, client } = make();
    await using listener = await server.listen({ host, port: 0 }, async ({ path }) => {
      if (path === "/bug") throw new Error("bug");
      return empty;
    });
    const get = (path: string) => client.request(listener.local, { method: "GET", path, headers: {}, body: octets() });
    assert.equal((await get("/bug")).status, 500);
    assert.equal((await get("/fine")).status, 204);
    await client.close();
  });

  test(`${name}: bodies up to a mebibyte pass; a longer request is answered 413, a longer response rejects`, { skip }, async () => {
    const { server, client } = make();
    let served = 0;
    await using listener = await server.listen({ host, port: 0 }, async ({ path, body }) => {
      served++;
      return { status: 200, headers: {}, body: path === "/long" ? new Uint8Array((1 << 20) + 1) : body };
    });
    const post = (path: string, body: Uint8Array) => client.request(listener.local, { method: "POST", path, headers: {}, body });
    assert.equal((await post("/", new Uint8Array(1 << 20).fill(5))).body.length, 1 << 20);
    assert.equal((await post("/", new Uint8Array((1 << 20) + 1))).status, 413);
    assert.equal(served, 1);
    await assert.rejects(post("/long", octets()), code("EMSGSIZE"));
    assert.equal((await post("/", octets(1))).status, 200);
    await client.close();
  });

  test(`${name}: an aborted request rejects with the signal's reason as cause, before or while it runs`, { skip }, async () => {
    const { server, client } = make();
    const asked = new Seen<string>();
    await using listener = await server.listen({ host, port: 0 }, ({ path }) => {
      asked.push(path);
      return path === "/stay" ? new Promise(() => {}) : Promise.resolve(empty);
    });
    const stop = new AbortController();
    const get = (path: string, signal?: AbortSignal) =>
      client.request(listener.local, { method: "GET", path, headers: {}, body: octets() }, signal);
    const stays = get("/stay", stop.signal);
    assert.equal(await asked.next(), "/stay");
    const reason = new Error("superseded");
    stop.abort(reason);
    await assert.rejects(stays, (error) => code("ABORT_ERR")(error) && (error as Error).cause === reason);
    await assert.rejects(get("/stay", stop.signal), code("ABORT_ERR"));
    assert.equal((await get("/next")).status, 204);
    await client.close();
  });

  test(`${name}: nobody there is ECONNREFUSED; a listener that comes back is found again`, { skip }, async () => {
    const { server, client } = make();
    const first = await server.listen({ host, port: 0 }, async () => empty);
    const get = () => client.request(first.local, { method: "GET", path: "/", headers: {}, body: octets() });
    assert.equal((await get()).status, 204);
    await first.close();
    await assert.rejects(get(), code("ECONNREFUSED"));
    await using _ = await server.listen(first.local, async () => ({ ...empty, status: 200 }));
    await assert.rejects(
      server.listen(first.local, async () => empty),
      code("EADDRINUSE"),
    );
    assert.equal((await get()).status, 200);
    await client.close();
    await assert.rejects(get(), code("ECANCELED"));
  });

  test(`${name}: a request under way rejects when the listener closes`, { skip }, async () => {
    const { server, client } = make();
    const asked = new Seen<string>();
    const gate = Promise.withResolvers<void>();
    const listener = await server.listen({ host, port: 0 }, async ({ path }) => {
      asked.push(path);
      await gate.promise;
      return empty;
    });
    const stays = client.request(listener.local, { method: "GET", path: "/", headers: {}, body: octets() });
    stays.catch(() => {});
    await asked.next();
    await listener.close();
    gate.resolve();
    await assert.rejects(stays, PortError);
    await client.close();
  });
}

export interface SctpGround extends Ground {
  readonly hosts: readonly [string, string];
}

export function sctpCompliance(name: string, make: () => { near: SctpPort; far: SctpPort }, { hosts, skip = false }: SctpGround): void {
  const pair = async (streams?: number) => {
    const { near, far } = make();
    const arrived = Promise.withResolvers<SctpAssociation>();
    const listener = await far.listen({
      addresses: [hosts[1]],
      port: 0,
      streams,
      onAssociation: (association) => arrived.resolve(association),
    });
    const local = { host: hosts[0], port: 0 };
    const client = await near.connect({ local, remote: listener.local, streams });
    return { client, server: await arrived.promise, listener, near };
  };
  const watch = (association: SctpAssociation) => {
    const messages = new Seen<SctpMessage>();
    const ends = new Seen<SctpEnd>();
    association.onMessage = messages.push;
    association.onEnd = (how) => ends.push(how);
    return { messages, ends };
  };

  test(`${name}: messages pass both ways with stream and payload protocol identifier, ordered within a stream`, { skip }, async () => {
    const { client, server, listener } = await pair(4);
    assert.ok(client.outbound >= 2 && client.inbound >= 2 && server.outbound >= 2);
    assert.deepEqual(server.remote, client.local);
    assert.deepEqual(client.remote, listener.local);
    const there = watch(server);
    const here = watch(client);
    for (let i = 0; i < 100; i++) assert.equal(client.send({ stream: i % 2, ppid: 60, data: octets(i, 1) }), true);
    assert.equal(there.messages.left, 0);
    const byStream: number[][] = [[], []];
    for (let i = 0; i < 100; i++) {
      const { stream, ppid, data } = await there.messages.next();
      assert.equal(ppid, 60);
      byStream[stream]!.push(data[0]!);
    }
    assert.deepEqual(byStream, [Array.from({ length: 50 }, (_, i) => 2 * i), Array.from({ length: 50 }, (_, i) => 2 * i + 1)]);
    server.send({ stream: 1, ppid: 0x01020304, data: new Uint8Array(60_000).fill(3) });
    const reply = await here.messages.next();
    assert.deepEqual([reply.stream, reply.ppid, reply.data], [1, 0x01020304, new Uint8Array(60_000).fill(3)]);
    await client.shutdown();
    await listener.close();
  });

  test(`${name}: what the peer sends at once is not lost while the connecting side has no handler yet`, { skip }, async () => {
    const { near, far } = make();
    const listener = await far.listen({
      addresses: [hosts[1]],
      port: 0,
      onAssociation: (association) => void association.send({ stream: 0, ppid: 60, data: octets(9) }),
    });
    const client = await near.connect({ local: { host: hosts[0], port: 0 }, remote: listener.local });
    await new Promise((resolve) => setImmediate(resolve));
    const { messages } = watch(client);
    assert.deepEqual((await messages.next()).data, octets(9));
    await client.shutdown();
    await listener.close();
  });

  test(`${name}: a shutdown delivers what was sent before it, ends both sides once, and refuses what comes after`, { skip }, async () => {
    const { client, server, listener } = await pair();
    const there = watch(server);
    const here = watch(client);
    for (let i = 0; i < 20; i++) client.send({ stream: 0, ppid: 60, data: octets(i) });
    const done = client.shutdown();
    assert.equal(client.send({ stream: 0, ppid: 60, data: octets(99) }), false);
    await done;
    assert.equal(await there.ends.next(), "shutdown");
    assert.equal(await here.ends.next(), "shutdown");
    for (let i = 0; i < 20; i++) assert.deepEqual((await there.messages.next()).data, octets(i));
    assert.equal(server.send({ stream: 0, ppid: 60, data: octets(1) }), false);
    await Promise.all([client.shutdown(), server.shutdown()]);
    client.abort("again");
    assert.equal(here.ends.left + there.ends.left + there.messages.left, 0);
    await listener.close();
  });

  test(`${name}: an abort ends both sides as abort`, { skip }, async () => {
    const { client, server, listener } = await pair();
    const there = watch(server);
    const here = watch(client);
    server.abort("out of order");
    assert.equal(await here.ends.next(), "abort");
    assert.equal(await there.ends.next(), "abort");
    assert.equal(client.send({ stream: 0, ppid: 60, data: octets(1) }), false);
    await listener.close();
  });

  test(`${name}: connecting to nobody, from an address that is not ours, or with an aborted signal is refused`, { skip }, async () => {
    const { near, listener, client } = await pair();
    client.abort("done");
    await listener.close();
    await assert.rejects(near.connect({ local: { host: hosts[0], port: 0 }, remote: listener.local }), code("ECONNREFUSED"));
    await assert.rejects(near.connect({ local: { host: "192.0.2.1", port: 0 }, remote: listener.local }), code("EADDRNOTAVAIL"));
    await assert.rejects(near.connect({ remote: listener.local, signal: AbortSignal.abort(new Error("no")) }), code("ABORT_ERR"));
  });

  test(`${name}: a closed listener keeps its associations, and its port can be taken again`, { skip }, async () => {
    const { client, server, listener, near } = await pair();
    const { messages } = watch(server);
    await listener.close();
    client.send({ stream: 0, ppid: 60, data: octets(1) });
    assert.deepEqual((await messages.next()).data, octets(1));
    await client.shutdown();
    await assert.rejects(near.connect({ local: { host: hosts[0], port: 0 }, remote: listener.local }), code("ECONNREFUSED"));
  });

  test(`${name}: a send queue has an end`, { skip }, async () => {
    const { client, server, listener } = await pair();
    let accepted = 0;
    while (accepted < 4096 && client.send({ stream: 0, ppid: 60, data: new Uint8Array(16_384) })) accepted++;
    assert.ok(accepted >= 8 && accepted < 4096, `${accepted} messages were taken`);
    const { messages } = watch(server);
    for (let i = 0; i < accepted; i++) assert.equal((await messages.next()).data.length, 16_384);
    await client.shutdown();
    await listener.close();
  });
}

export function ipCompliance(name: string, make: () => IpPort, hosts: readonly [string, string], { skip = false }: Ground = {}): void {
  test(`${name}: a payload arrives without its IP header, with both addresses`, { skip }, async () => {
    const port = make();
    await using a = await port.open({ protocol: 132, addresses: [hosts[0]] });
    await using b = await port.open({ protocol: 132, addresses: [hosts[1]] });
    const seen = new Seen<{ payload: Uint8Array; from: string; to: string }>();
    b.onPacket = (payload, from, to) => seen.push({ payload, from, to });
    for (const length of [12, 1400, 9000]) {
      a.send(new Uint8Array(length).fill(7), hosts[1]);
      assert.deepEqual(await seen.next(), { payload: new Uint8Array(length).fill(7), from: hosts[0], to: hosts[1] });
    }
    a.send(octets(1, 2), "192.0.2.1");
    a.send(octets(1, 2), hosts[1], hosts[0]);
    const { payload } = await seen.next();
    assert.deepEqual(payload, octets(1, 2));
    assert.equal(Object.getPrototypeOf(payload), Uint8Array.prototype);
  });

  test(`${name}: an address that is not ours is refused by code`, { skip }, async () => {
    await assert.rejects(make().open({ protocol: 132, addresses: ["192.0.2.1"] }), code("EADDRNOTAVAIL"));
  });
}

/** The kernel's side of a device: `inject` makes it route a packet into the device, `written` is what comes out of it. */
export interface Behind {
  readonly port: TunPort;
  inject(name: string, packet: Uint8Array): void;
  readonly written: Seen<Uint8Array>;
  end(): Promise<void>;
}

/** An IPv4 UDP packet without UDP checksum, as a device carries it. */
export function udp4(from: Address, to: Address, data: Uint8Array): Uint8Array {
  const packet = new Uint8Array(28 + data.length);
  const view = new DataView(packet.buffer);
  view.setUint16(0, 0x4500);
  view.setUint16(2, packet.length);
  view.setUint16(8, 0x4011);
  packet.set(from.host.split(".").map(Number), 12);
  packet.set(to.host.split(".").map(Number), 16);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += view.getUint16(at);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(10, ~((sum & 0xffff) + (sum >>> 16)) & 0xffff);
  view.setUint16(20, from.port);
  view.setUint16(22, to.port);
  view.setUint16(24, 8 + data.length);
  packet.set(data, 28);
  return packet;
}

export function tunCompliance(name: string, make: () => Promise<Behind>, { skip = false }: Ground = {}): void {
  const ue = { host: "10.45.0.2", port: 4000 };
  const dn = { host: "10.45.0.1", port: 5000 };
  const settings = { name: "fh-tun0", addresses: ["10.45.0.1/16", "fd45::1/64"], routes: ["10.46.0.0/16"], mtu: 1400 };

  test(`${name}: packets pass both ways, in order`, { skip }, async () => {
    const behind = await make();
    await using device = await behind.port.open(settings);
    assert.equal(device.name, settings.name);
    const packets = new Seen<Uint8Array>();
    device.onPacket = (packet) => {
      if (packet[0]! >> 4 === 4 && packet[9] === 17) packets.push(packet); // an IPv6 kernel also solicits routers
    };
    for (let i = 0; i < 100; i++) behind.inject(device.name, udp4(dn, ue, octets(i, 1)));
    for (let i = 0; i < 100; i++) {
      const packet = await packets.next();
      assert.deepEqual([...packet.subarray(12, 20)], [10, 45, 0, 1, 10, 45, 0, 2]);
      assert.deepEqual(packet.subarray(28), octets(i, 1));
      assert.equal(Object.getPrototypeOf(packet), Uint8Array.prototype);
    }
    for (let i = 0; i < 100; i++) device.write(udp4(ue, dn, octets(i, 2)));
    for (let i = 0; i < 100; i++) assert.deepEqual((await behind.written.next()).slice(-2), octets(i, 2));
    await device.close();
    device.write(udp4(ue, dn, octets(1)));
    await device.close();
    await behind.end();
  });

  test(`${name}: a device that is open cannot be opened again; after closing it can, and octets that are no packet do no harm`, {
    skip,
  }, async () => {
    const behind = await make();
    const device = await behind.port.open(settings);
    await assert.rejects(behind.port.open(settings), code("EBUSY"));
    await assert.rejects(behind.port.open({ ...settings, name: "a-name-that-is-too-long" }), code("EINVAL"));
    device.write(octets(1, 2, 3));
    device.write(octets());
    device.write(new Uint8Array(60));
    await device.close();
    await (await behind.port.open(settings)).close();
    await behind.end();
  });
}
