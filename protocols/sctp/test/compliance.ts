// What every SCTP backend must do, whatever carries it. The clock's part is the ground's: a virtual one passes time while we wait.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Address, PortError, type SctpAssociation, type SctpEnd, type SctpMessage, type SctpPort } from "@freehold/net";

/** A near and a far stack, and how to let happen what needs time. */
export interface Ground {
  readonly near: SctpPort;
  readonly far: SctpPort;
  readonly hosts: readonly [string, string];
  /** Waits for `promise`, passing time where it is ours to pass. */
  wait<T>(promise: Promise<T>): Promise<T>;
  /** Waits until `condition` holds, passing time where it is ours to pass; rejects when it never does. */
  until(condition: () => boolean): Promise<void>;
  /** Lets arrive what arrives soon: before asserting that nothing more comes. */
  rest(): Promise<void>;
  end(): Promise<void>;
}

export interface Ends {
  readonly client: SctpAssociation;
  readonly server: SctpAssociation;
  readonly atClient: Watched;
  readonly atServer: Watched;
  readonly remote: Address;
  close(): Promise<void>;
}

export interface Watched {
  readonly messages: SctpMessage[];
  readonly ends: SctpEnd[];
  readonly why: string[];
}

export function watch(association: SctpAssociation): Watched {
  const seen: Watched = { messages: [], ends: [], why: [] };
  association.onMessage = (message) => void seen.messages.push(message);
  association.onEnd = (how, why) => {
    seen.ends.push(how);
    seen.why.push(why);
  };
  return seen;
}

export async function pair(ground: Ground, streams?: number, port = 38_412): Promise<Ends> {
  const arrived = Promise.withResolvers<{ server: SctpAssociation; atServer: Watched }>();
  const listener = await ground.far.listen({
    addresses: [ground.hosts[1]],
    port,
    streams,
    onAssociation: (server) => arrived.resolve({ server, atServer: watch(server) }),
  });
  const connecting = ground.near.connect({ local: { host: ground.hosts[0], port: 0 }, remote: listener.local, streams });
  const client = await ground.wait(connecting);
  const atClient = watch(client);
  const { server, atServer } = await ground.wait(arrived.promise);
  return { client, server, atClient, atServer, remote: listener.local, close: () => listener.close() };
}

/** A message whose octets tell its number: easy to check for order and completeness. */
export function numbered(n: number, length: number): Uint8Array {
  const data = new Uint8Array(length);
  for (let i = 0; i < length; i++) data[i] = i < 4 ? n >>> (24 - 8 * i) : n + i;
  return data;
}

export const numberOf = (data: Uint8Array): number => ((data[0]! << 24) | (data[1]! << 16) | (data[2]! << 8) | data[3]!) >>> 0;

const code = (wanted: string) => (error: unknown) => error instanceof PortError && error.code === wanted;

/** `except`: beginnings of the sentences that are about the `SctpPort` of this house and that a stranger need not keep. */
export function sctpCompliance(
  name: string,
  make: () => Promise<Ground>,
  skip: string | false = false,
  except: readonly string[] = [],
): void {
  const on = (sentence: string, run: (ground: Ground) => Promise<void>) =>
    !except.some((beginning) => sentence.startsWith(beginning)) &&
    test(`${name}: ${sentence}`, { skip }, async () => {
      const ground = await make();
      try {
        await run(ground);
      } finally {
        await ground.end();
      }
    });

  on("messages pass both ways with stream and payload protocol identifier, ordered within a stream", async (ground) => {
    const { client, server, atClient, atServer, remote } = await pair(ground, 4);
    assert.deepEqual([client.outbound, client.inbound, server.outbound, server.inbound], [4, 4, 4, 4]);
    assert.deepEqual(client.remote, remote);
    assert.deepEqual(server.remote, client.local);
    for (let i = 0; i < 100; i++) assert.equal(client.send({ stream: i % 4, ppid: 60, data: numbered(i, 4 + i) }), true);
    server.send({ stream: 3, ppid: 0x01020304, data: numbered(7, 9) });
    await ground.until(() => atServer.messages.length >= 100 && atClient.messages.length >= 1);
    assert.equal(atServer.messages.length, 100);
    for (let s = 0; s < 4; s++) {
      const numbers = atServer.messages.filter((m) => m.stream === s).map((m) => numberOf(m.data));
      assert.deepEqual(
        numbers,
        [...Array(25).keys()].map((i) => 4 * i + s),
      );
    }
    assert.ok(atServer.messages.every((m) => m.ppid === 60));
    assert.deepEqual(atClient.messages, [{ stream: 3, ppid: 0x01020304, data: numbered(7, 9) }]);
  });

  on("a message of 60 kB is cut up and put together again", async (ground) => {
    const { client, server, atClient, atServer } = await pair(ground);
    for (let i = 0; i < 3; i++) assert.equal(client.send({ stream: i, ppid: 60, data: numbered(i, 60_000) }), true);
    server.send({ stream: 1, ppid: 60, data: numbered(9, 61_234) });
    await ground.until(() => atServer.messages.length >= 3 && atClient.messages.length >= 1);
    assert.deepEqual(
      atServer.messages.map((m) => m.data),
      [0, 1, 2].map((i) => numbered(i, 60_000)),
    );
    assert.deepEqual(
      atClient.messages.map((m) => m.data),
      [numbered(9, 61_234)],
    );
  });

  on("the smaller number of streams counts, and a stream beyond it is refused", async (ground) => {
    const listener = await ground.far.listen({ addresses: [ground.hosts[1]], port: 38_412, streams: 1, onAssociation: () => {} });
    const client = await ground.wait(
      ground.near.connect({ local: { host: ground.hosts[0], port: 0 }, remote: listener.local, streams: 8 }),
    );
    assert.deepEqual([client.outbound, client.inbound], [1, 1]);
    assert.equal(client.send({ stream: 1, ppid: 60, data: new Uint8Array(1) }), false);
    assert.equal(client.send({ stream: 0, ppid: 60, data: new Uint8Array(0) }), false);
    assert.equal(client.send({ stream: 0, ppid: 60, data: new Uint8Array(1) }), true);
  });

  on("what the peer sends at once waits for the connecting side's handler", async (ground) => {
    const listener = await ground.far.listen({
      addresses: [ground.hosts[1]],
      port: 38_412,
      onAssociation: (server) => {
        for (let i = 0; i < 5; i++) server.send({ stream: 0, ppid: 60, data: numbered(i, 4) });
      },
    });
    const client = await ground.wait(ground.near.connect({ local: { host: ground.hosts[0], port: 0 }, remote: listener.local }));
    await ground.rest();
    const seen = watch(client);
    assert.equal(seen.messages.length, 0);
    await ground.until(() => seen.messages.length >= 5);
    assert.deepEqual(
      seen.messages.map((m) => numberOf(m.data)),
      [0, 1, 2, 3, 4],
    );
  });

  on("shutdown delivers what was sent before it, ends both sides once, and refuses what comes after", async (ground) => {
    const { client, server, atClient, atServer } = await pair(ground);
    for (let i = 0; i < 50; i++) client.send({ stream: 0, ppid: 60, data: numbered(i, 2_000) });
    const done = client.shutdown();
    assert.equal(client.send({ stream: 0, ppid: 60, data: new Uint8Array(4) }), false);
    await ground.wait(done);
    await ground.until(() => atServer.ends.length > 0);
    assert.deepEqual(
      atServer.messages.map((m) => numberOf(m.data)),
      [...Array(50).keys()],
    );
    assert.deepEqual([atClient.ends, atServer.ends], [["shutdown"], ["shutdown"]]);
    assert.equal(server.send({ stream: 0, ppid: 60, data: new Uint8Array(4) }), false);
    await ground.wait(Promise.all([client.shutdown(), server.shutdown()]));
    client.abort("again");
    await ground.rest();
    assert.deepEqual([atClient.ends, atServer.ends], [["shutdown"], ["shutdown"]]);
  });

  on("both sides may shut down at once", async (ground) => {
    const { client, server, atClient, atServer } = await pair(ground);
    server.send({ stream: 0, ppid: 60, data: numbered(1, 5_000) });
    client.send({ stream: 0, ppid: 60, data: numbered(2, 5_000) });
    await ground.wait(Promise.all([client.shutdown(), server.shutdown()]));
    assert.deepEqual([atClient.ends, atServer.ends], [["shutdown"], ["shutdown"]]);
    assert.deepEqual([atClient.messages.length, atServer.messages.length], [1, 1]);
  });

  on("an abort ends both sides as abort and tells the other why", async (ground) => {
    const { client, server, atClient, atServer } = await pair(ground);
    server.abort("out of order");
    await ground.until(() => atClient.ends.length > 0);
    assert.deepEqual([atClient.ends, atServer.ends], [["abort"], ["abort"]]);
    assert.match(atClient.why[0]!, /out of order/);
    assert.equal(client.send({ stream: 0, ppid: 60, data: new Uint8Array(1) }), false);
  });

  on("an SCTP port where nobody listens, or nobody listens any more, refuses", async (ground) => {
    const first = await pair(ground);
    const from = { host: ground.hosts[0], port: 0 };
    const other = ground.near.connect({ local: from, remote: { host: ground.hosts[1], port: 9 } });
    if (ground.far.backend !== "raw IP") await ground.wait(assert.rejects(other, code("ECONNREFUSED")));
    else await ground.wait(assert.rejects(other, code("ETIMEDOUT"))); // silence: the port may be another stack's
    await first.close();
    await ground.wait(assert.rejects(ground.near.connect({ local: from, remote: first.remote }), code("ECONNREFUSED")));
    first.client.send({ stream: 0, ppid: 60, data: numbered(5, 4) });
    await ground.until(() => first.atServer.messages.length > 0);
    assert.deepEqual(
      first.atServer.messages.map((m) => numberOf(m.data)),
      [5],
    );
  });

  on("names, addresses that are not ours, a taken port and an aborted signal are refused by code", async (ground) => {
    const { remote } = await pair(ground);
    const listen = (host: string) => ground.far.listen({ addresses: [host], port: remote.port, onAssociation: () => {} });
    await assert.rejects(listen("localhost"), code("EINVAL"));
    await assert.rejects(listen(ground.hosts[1]), code("EADDRINUSE"));
    await assert.rejects(ground.near.connect({ remote, signal: AbortSignal.abort(new Error("no")) }), code("ABORT_ERR"));
    const giveUp = new AbortController();
    const far = { host: ground.hosts[1], port: 4 };
    const connecting = ground.near.connect({ local: { host: ground.hosts[0], port: 0 }, remote: far, signal: giveUp.signal });
    giveUp.abort();
    await ground.wait(assert.rejects(connecting, code("ABORT_ERR")));
  });

  on("one port listens at several addresses", async (ground) => {
    const [near, far] = ground.hosts;
    const second = far.includes(":") ? far : far.replace(/\d+$/, (n) => String(Number(n) + 1));
    let arrived = 0;
    const listener = await ground.far.listen({ addresses: [far, second], port: 38_412, onAssociation: () => void arrived++ });
    for (const host of [far, second]) {
      const client = await ground.wait(ground.near.connect({ local: { host: near, port: 0 }, remote: { host, port: 38_412 } }));
      assert.equal(client.remote.host, host);
      await ground.wait(client.shutdown());
    }
    assert.equal(arrived, 2);
    await listener.close();
  });

  on("the send queue has an end and empties", async (ground) => {
    const { client, atServer } = await pair(ground);
    let accepted = 0;
    while (accepted < 4_096 && client.send({ stream: 0, ppid: 60, data: numbered(accepted, 16_384) })) accepted++;
    assert.equal(accepted, 64); // 1 MiB
    await ground.until(() => atServer.messages.length >= 64);
    await ground.rest();
    assert.deepEqual(
      atServer.messages.map((m) => numberOf(m.data)),
      [...Array(64).keys()],
    );
    assert.equal(client.send({ stream: 0, ppid: 60, data: new Uint8Array(16_384) }), true);
  });
}
