// One suite for every stack that nobody here wrote: ours on one side, the stranger's on the other.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address, SctpAssociation, SctpPort } from "@freehold/net";
import { fromText, hex } from "@freehold/wire";
import { ChunkType, Flag } from "../../src/codes.ts";
import type { SctpOptions } from "../../src/index.ts";
import { chunk, octets32, sourcePort, typed, u32, verificationTag } from "../../src/packet.ts";
import { numbered, type Watched, watch } from "../compliance.ts";
import { data, initChunk, packetFrom } from "../kit.ts";
import { exactlyOnceInOrder, pump } from "../traffic.ts";
import type { Wire } from "./relay.ts";

export interface StrangerGround {
  readonly ours: SctpPort;
  readonly theirs: SctpPort;
  readonly ourHost: string;
  readonly theirHost: string;
  readonly wire: Wire;
  /** Timers that our stack has armed. */
  armed(): number;
  /** Milliseconds for which the stranger's cookies are good from now on. */
  cookieLife(ms: number): Promise<void>;
  /** The stranger's cookies are this much older now than they were: by waiting, where only waiting helps. */
  age(ms: number): Promise<void>;
  wait<T>(promise: Promise<T>): Promise<T>;
  until(condition: () => boolean): Promise<void>;
  /** Lets what is on its way arrive. */
  rest(): Promise<void>;
  end(): Promise<void>;
}

export interface StrangerTests {
  /** Messages of the long runs; virtual time bears more than real time. */
  readonly messages: number;
  readonly lossy: number;
  readonly associations: number;
  /** Only what a carrier can change: set-up, both ways, long messages, loss, restart. */
  readonly carrierOnly?: boolean;
  /** The name of the test of a peer with one stream, which a table of the house looks for in the files of tests; without it there is none. */
  readonly singleStream?: string;
  readonly skip?: string | false;
}

interface Between {
  readonly us: SctpAssociation;
  readonly them: SctpAssociation;
  readonly atUs: Watched;
  readonly atThem: Watched;
  /** The one that listens goes on listening until this. */
  close(): Promise<void>;
}

type Side = "we" | "they";

let port = 20_000;

/** An association that `who` set up; `midway` happens when the INIT has left and before anybody waits for more. */
async function between(g: StrangerGround, who: Side, streams = 8, midway = async () => {}): Promise<Between> {
  const arrived = Promise.withResolvers<{ association: SctpAssociation; seen: Watched }>();
  const [near, far] = who === "we" ? [g.ours, g.theirs] : [g.theirs, g.ours];
  const [nearHost, farHost] = who === "we" ? [g.ourHost, g.theirHost] : [g.theirHost, g.ourHost];
  const listener = await far.listen({
    addresses: [farHost],
    port: port++,
    streams,
    onAssociation: (association) => arrived.resolve({ association, seen: watch(association) }),
  });
  const connecting = near.connect({ local: { host: nearHost, port: port++ }, remote: listener.local, streams });
  connecting.catch(() => {}); // whoever waits below is told
  await midway();
  const near1 = await g.wait(connecting);
  const seen1 = watch(near1);
  const { association, seen } = await g.wait(arrived.promise);
  const close = () => listener.close();
  return who === "we"
    ? { us: near1, atUs: seen1, them: association, atThem: seen, close }
    : { us: association, atUs: seen, them: near1, atThem: seen1, close };
}

/** Both sides can still say something, and hear it. */
async function talk(g: StrangerGround, { us, them, atUs, atThem }: Omit<Between, "close">): Promise<void> {
  const [n, m] = [atUs.messages.length, atThem.messages.length];
  assert.equal(us.send({ stream: 0, ppid: 60, data: fromText("here") }), true);
  assert.equal(them.send({ stream: 0, ppid: 60, data: fromText("there") }), true);
  await g.until(() => atUs.messages.length > n && atThem.messages.length > m);
  assert.deepEqual(atUs.messages.at(-1)?.data, fromText("there"));
  assert.deepEqual(atThem.messages.at(-1)?.data, fromText("here"));
}

const words = { we: "we", they: "the stranger" } as const;
const firstType = (packet: Uint8Array): number => packet[12] ?? -1;

export function strangerSuite(
  name: string,
  make: (options?: Partial<SctpOptions>) => Promise<StrangerGround>,
  { messages, lossy, associations, carrierOnly = false, singleStream, skip = false }: StrangerTests,
): void {
  const on = (sentence: string, run: (ground: StrangerGround) => Promise<void>, options: Partial<SctpOptions> = {}) =>
    named(`${name}: ${sentence}`, run, options);
  const named = (title: string, run: (ground: StrangerGround) => Promise<void>, options: Partial<SctpOptions> = {}) =>
    test(title, { skip }, async () => {
      const ground = await make(options);
      try {
        await run(ground);
      } finally {
        await ground.end();
      }
    });
  const onFull = carrierOnly ? () => {} : on;

  for (const who of ["we", "they"] as const) {
    on(`${words[who]} set up an association with fewer streams than the other has, and both sides talk`, async (g) => {
      const b = await between(g, who, 5);
      assert.deepEqual([b.us.outbound, b.us.inbound, b.them.outbound, b.them.inbound], [5, 5, 5, 5]);
      assert.deepEqual([b.us.remote, b.them.remote], [b.them.local, b.us.local] satisfies Address[]);
      await talk(g, b);
      await b.close();
      await talk(g, b);
    });
  }

  on(`${messages} messages on 8 streams both ways arrive once each, in the order of their stream`, async (g) => {
    const b = await between(g, "they");
    const length = (n: number) => 8 + ((n * 7) % 300);
    await g.wait(Promise.all([pump(b.us, messages, 8, length, g.rest), pump(b.them, messages, 8, length, g.rest)]));
    await g.until(() => b.atUs.messages.length >= messages && b.atThem.messages.length >= messages);
    exactlyOnceInOrder(b.atUs, messages, 8, length);
    exactlyOnceInOrder(b.atThem, messages, 8, length);
  });

  on("messages of 60 kB pass both ways whole", async (g) => {
    const b = await between(g, "we");
    for (let i = 0; i < 6; i++) {
      for (const from of [b.us, b.them]) assert.equal(from.send({ stream: i, ppid: 60, data: numbered(i, 60_000 + i) }), true);
    }
    await g.until(() => b.atUs.messages.length === 6 && b.atThem.messages.length === 6);
    for (const { messages: got } of [b.atUs, b.atThem])
      for (const m of got) assert.deepEqual(m.data, numbered(m.stream, 60_000 + m.stream));
  });

  on(`${lossy} messages up to 9 kB survive loss, reordering and duplication by a relay`, async (g) => {
    const b = await between(g, "they", 4);
    g.wire.quality = { loss: 0.03, duplication: 0.03, jitter: 4, delay: 0.5 };
    const length = (n: number) => (n % 50 === 0 ? 9_000 : 20 + ((n * 37) % 600));
    await g.wait(Promise.all([pump(b.us, lossy, 4, length, g.rest), pump(b.them, lossy, 4, length, g.rest)]));
    await g.until(() => b.atUs.messages.length >= lossy && b.atThem.messages.length >= lossy);
    const done = b.us.shutdown();
    await g.wait(done);
    await g.until(() => b.atThem.ends.length > 0 && b.atUs.ends.length > 0);
    exactlyOnceInOrder(b.atUs, lossy, 4, length);
    exactlyOnceInOrder(b.atThem, lossy, 4, length);
    assert.deepEqual([b.atUs.ends, b.atThem.ends], [["shutdown"], ["shutdown"]]);
  });

  for (const who of ["we", "they"] as const) {
    onFull(
      `a cookie that is too old when ${words[who]} bring it back is refused, and ${words[who]} get in with a fresh one`,
      async (g) => {
        if (who === "we") await g.cookieLife(1_000);
        let held: Uint8Array | undefined;
        const types: number[] = [];
        const [from, to] = who === "we" ? [g.ourHost, g.theirHost] : [g.theirHost, g.ourHost];
        g.wire.pass = (p) => {
          types.push(firstType(p.packet));
          if (held !== undefined || p.from !== from || firstType(p.packet) !== ChunkType.COOKIE_ECHO) return held === undefined || released;
          held = p.packet.slice();
          return false;
        };
        let released = false;
        const b = await between(g, who, 8, async () => {
          await g.until(() => held !== undefined);
          await g.age(1_200);
          released = true;
          g.wire.inject({ from, to, packet: held! });
        });
        assert.ok(types.includes(ChunkType.ERROR), "the old cookie was answered with ERROR");
        assert.equal(types.filter((type) => type === ChunkType.INIT).length >= 2, true, "a fresh cookie was asked for");
        g.wire.pass = () => true;
        await talk(g, b);
        if (who === "we") await g.cookieLife(60_000);
      },
      { validCookieLife: 1_000 },
    );
  }

  for (const who of ["we", "they"] as const) {
    on(`${words[who]} restart: same ports, new tag, the other side is told and goes on with the new association`, async (g) => {
      const arrivals: { association: SctpAssociation; seen: Watched }[] = [];
      const [near, far] = who === "we" ? [g.ours, g.theirs] : [g.theirs, g.ours];
      const [nearHost, farHost] = who === "we" ? [g.ourHost, g.theirHost] : [g.theirHost, g.ourHost];
      const listener = await far.listen({
        addresses: [farHost],
        port: port++,
        streams: 8,
        onAssociation: (association) => arrivals.push({ association, seen: watch(association) }),
      });
      const local = { host: nearHost, port: port++ };
      const first = await g.wait(near.connect({ local, remote: listener.local, streams: 8 }));
      const firstSeen = watch(first);
      await g.until(() => arrivals.length === 1);
      const tags = new Set<number>();
      // What dies without a word: its ABORT is lost, and so is what the other says to nobody meanwhile.
      g.wire.pass = ({ packet }) => {
        if (firstType(packet) === ChunkType.INIT) tags.add(u32(packet, 16));
        return firstType(packet) !== ChunkType.ABORT;
      };
      first.abort("died");
      await g.until(() => firstSeen.ends.length > 0);
      const second = await g.wait(near.connect({ local, remote: listener.local, streams: 8 }));
      await g.until(() => arrivals.length === 2);
      assert.deepEqual(arrivals[0]!.seen.ends, ["restart"]);
      assert.equal(tags.size, 1);
      const [nearEnd, farEnd] = [
        { a: second, seen: watch(second) },
        { a: arrivals[1]!.association, seen: arrivals[1]!.seen },
      ];
      const [us, them] = who === "we" ? [nearEnd, farEnd] : [farEnd, nearEnd];
      await talk(g, { us: us.a, atUs: us.seen, them: them.a, atThem: them.seen });
      await listener.close();
    });
  }

  for (const who of ["we", "they"] as const) {
    onFull(`${words[who]} shut down: what was sent before arrives, and both sides end as shut down`, async (g) => {
      const b = await between(g, who === "we" ? "they" : "we");
      const [from, at] = who === "we" ? [b.us, b.atThem] : [b.them, b.atUs];
      for (let i = 0; i < 50; i++) assert.equal(from.send({ stream: 3, ppid: 60, data: numbered(i, 1_000) }), true);
      await g.wait(from.shutdown());
      await g.until(() => b.atUs.ends.length > 0 && b.atThem.ends.length > 0);
      assert.deepEqual(
        at.messages.map((m) => m.data),
        [...Array(50).keys()].map((i) => numbered(i, 1_000)),
      );
      assert.deepEqual([b.atUs.ends, b.atThem.ends], [["shutdown"], ["shutdown"]]);
    });

    onFull(`${words[who]} abort: the other side ends as aborted, at once`, async (g) => {
      const b = await between(g, who);
      await talk(g, b);
      (who === "we" ? b.us : b.them).abort("enough");
      await g.until(() => b.atUs.ends.length > 0 && b.atThem.ends.length > 0);
      assert.deepEqual([b.atUs.ends, b.atThem.ends], [["abort"], ["abort"]]);
    });
  }

  onFull("whoever does not know the verification tags cannot say, end, restart or multiply anything", async (g) => {
    const b = await between(g, "they");
    const [tagToUs, tagToThem] = await tags(g, b);
    const forged = (source: number, destination: number, tag: number): Uint8Array[] => {
      const reflected = chunk(ChunkType.ABORT, Flag.reflected);
      return [
        ...[data(1, fromText("forged")), chunk(ChunkType.ABORT, 0), reflected, chunk(ChunkType.SHUTDOWN, 0, octets32(0))],
        ...[chunk(ChunkType.SHUTDOWN_ACK, 0), chunk(ChunkType.SHUTDOWN_COMPLETE, 0), chunk(ChunkType.SHUTDOWN_COMPLETE, Flag.reflected)],
        ...[
          chunk(ChunkType.COOKIE_ECHO, 0, new Uint8Array(120).fill(7)),
          chunk(ChunkType.COOKIE_ACK, 0),
          chunk(ChunkType.HEARTBEAT, 0, typed(1, octets32(1))),
        ],
        chunk(ChunkType.ERROR, 0, typed(3, octets32(9))),
        initChunk(ChunkType.INIT_ACK, { cookie: new Uint8Array(8) }),
      ].map((c) => packetFrom(source, destination, tag, c));
    };
    let answers = 0;
    const [us, them] = [b.us.local.port, b.them.local.port];
    g.wire.pass = ({ from }) => {
      if (from === g.ourHost) answers++;
      return true;
    };
    let injected = 0;
    for (const tag of [1, 0, tagToUs ^ 1, tagToThem, 0xffff_ffff]) {
      for (const packet of forged(them, us, tag)) {
        // A reflected tag is the tag that we send with (§8.5.1 B): whoever knows that one is on the path, and no blind attacker.
        if (tag === tagToThem && (packet[13]! & Flag.reflected) !== 0) continue;
        g.wire.inject({ from: g.theirHost, to: g.ourHost, packet });
        injected++;
      }
    }
    // An INIT from nowhere gets a cookie, which goes to the one it claims to be; nothing else changes.
    g.wire.inject({ from: g.theirHost, to: g.ourHost, packet: packetFrom(them, us, 0, initChunk(ChunkType.INIT)) });
    const added = initChunk(ChunkType.INIT, { addresses: [g.theirHost, "192.0.2.7"] });
    g.wire.inject({ from: g.theirHost, to: g.ourHost, packet: packetFrom(them, us, 0, added) });
    await g.rest();
    assert.ok(injected > 40);
    assert.ok(answers <= 4, `${answers} packets left us for ${injected + 2} forged ones`);
    for (const tag of [1, tagToThem ^ 1]) {
      for (const packet of forged(us, them, tag)) g.wire.inject({ from: g.ourHost, to: g.theirHost, packet });
    }
    await g.rest();
    g.wire.pass = () => true;
    assert.deepEqual([b.atUs.ends, b.atThem.ends, b.atUs.messages, b.atThem.messages], [[], [], [], []]);
    await talk(g, b);
  });

  onFull(
    `${associations} associations are opened and dropped, shut down and aborted by either side in turn, and nothing of them stays`,
    async (g) => {
      const before = g.armed();
      let open = 0;
      let ended = 0;
      let at = 0;
      const listener = await g.ours.listen({
        addresses: [g.ourHost],
        port: port++,
        onAssociation: (association) => {
          open++;
          const kind = at++ % 4;
          association.onEnd = () => void ended++;
          association.onMessage = () => {
            if (kind === 0) association.abort("dropped");
            else if (kind === 1) void association.shutdown();
            else association.send({ stream: 0, ppid: 60, data: fromText("done") });
          };
        },
      });
      const one = async (i: number): Promise<void> => {
        const association = await g.theirs.connect({ local: { host: g.theirHost, port: 30_000 + i }, remote: listener.local, streams: 2 });
        await new Promise<void>((resolve) => {
          association.onEnd = () => resolve();
          association.onMessage = () => {
            if (i % 2 === 0) association.abort("dropped");
            else association.shutdown().catch(() => {});
          };
          association.send({ stream: 0, ppid: 60, data: Uint8Array.of(0) });
        });
      };
      for (let i = 0; i < associations; i += 20) await g.wait(Promise.all([...Array(20).keys()].map((j) => one(i + j))));
      await g.until(() => ended === associations);
      assert.equal(open, associations);
      await listener.close();
      await g.rest();
      await g.until(() => g.armed() <= before);
      const b = await between(g, "they");
      await talk(g, b);
    },
    { associationsPerSecond: 10_000 },
  );

  if (singleStream === undefined) return;
  named(singleStream, async (g) => {
    const payloads: string[] = [];
    g.wire.pass = ({ packet, from }) => {
      if (from === g.ourHost && firstType(packet) === ChunkType.DATA) payloads.push(Buffer.from(packet.subarray(24, 28)).toString("hex"));
      return true;
    };
    const arrived = Promise.withResolvers<{ association: SctpAssociation; seen: Watched }>();
    const listener = await g.ours.listen({
      ...{ addresses: [g.ourHost], port: port++, streams: 16 },
      onAssociation: (association) => arrived.resolve({ association, seen: watch(association) }),
    });
    const them = await g.wait(g.theirs.connect({ local: { host: g.theirHost, port: port++ }, remote: listener.local, streams: 1 }));
    const atThem = watch(them);
    const { association: us, seen: atUs } = await g.wait(arrived.promise);
    assert.deepEqual([us.outbound, us.inbound, them.outbound, them.inbound], [1, 1, 1, 1]);
    assert.equal(us.send({ stream: 1, ppid: 60, data: fromText("there is no stream 1") }), false);
    for (let i = 0; i < 20; i++) for (const from of [us, them]) from.send({ stream: 0, ppid: 60, data: numbered(i, 50) });
    await g.until(() => atUs.messages.length === 20 && atThem.messages.length === 20);
    exactlyOnceInOrder(atUs, 20, 1, () => 50);
    exactlyOnceInOrder(atThem, 20, 1, () => 50);
    assert.ok(payloads.length > 0 && payloads.every((p) => p === "0000003c"), String(new Set(payloads)));
    await listener.close();
  });
}

/** The verification tags of an association's packets, to us and to them, seen as they pass. */
async function tags(g: StrangerGround, b: Between): Promise<[number, number]> {
  let [toUs, toThem] = [0, 0];
  g.wire.pass = ({ from, packet }) => {
    if (sourcePort(packet) === b.us.local.port && from === g.ourHost) toThem = verificationTag(packet);
    else if (sourcePort(packet) === b.them.local.port && from === g.theirHost) toUs = verificationTag(packet);
    return true;
  };
  b.us.send({ stream: 0, ppid: 60, data: hex("00") });
  b.them.send({ stream: 0, ppid: 60, data: hex("00") });
  await g.until(() => toUs !== 0 && toThem !== 0 && b.atUs.messages.length === 1 && b.atThem.messages.length === 1);
  await g.rest();
  b.atUs.messages.length = 0;
  b.atThem.messages.length = 0;
  return [toUs, toThem];
}
