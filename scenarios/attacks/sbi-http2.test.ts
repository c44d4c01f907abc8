import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, fromText } from "@freehold/wire";
import { ErrorCode, Flag, Frame, frame, header, newest, RawHttp2, requestHeaders, u32 } from "../src/http2-by-hand.ts";
import { survives } from "../src/index.ts";
import { SbiDoors } from "../src/sbi-doors.ts";

const search = "/nnrf-disc/v1/nf-instances?target-nf-type=SMF&requester-nf-type=AMF";
const get = requestHeaders("GET", search);
const complete = Flag.END_HEADERS | Flag.END_STREAM;

/** An attack on the NRF's socket; afterwards a stranger is served there, and all phones still work. */
function attacked(
  title: string,
  attack: (doors: SbiDoors, open: typeof RawHttp2.to) => Promise<void>,
  options: Parameters<typeof SbiDoors.open>[2] = {},
) {
  test(title, { timeout: 20_000 }, () =>
    survives(async (system) => {
      await using doors = await SbiDoors.open(system, ["nrf"], options);
      const opened: RawHttp2[] = [];
      const open = async (...given: Parameters<typeof RawHttp2.to>): Promise<RawHttp2> => {
        const raw = await RawHttp2.to(...given);
        opened.push(raw);
        return raw;
      };
      await attack(doors, open);
      const { status, json } = await doors.ask("nrf", "GET", search);
      assert.deepEqual([status, (json["nfInstances"] as unknown[]).length], [200, 1], "others are served");
      for (const raw of opened) raw.destroy();
    }),
  );
}

attacked(
  "attack 49: streams opened and cancelled as fast as they go (rapid reset) end the connection with ENHANCE_YOUR_CALM",
  async (doors, open) => {
    const raw = await open(doors.at("nrf"));
    let stream = 1;
    while (!raw.closed && stream < 20_000) {
      const burst: Uint8Array[] = [];
      for (let i = 0; i < 100; i++, stream += 2)
        burst.push(frame(Frame.HEADERS, complete, stream, get), frame(Frame.RST_STREAM, 0, stream, u32(ErrorCode.CANCEL)));
      await raw.flood(concat(...burst));
    }
    assert.notEqual(await raw.end(), ErrorCode.NO_ERROR);
    assert.ok(stream < 10_000, `${stream}`);
  },
);

attacked("attack 49: of 100,000 streams none is held beyond the bound, and who goes on loses the connection", async (doors, open) => {
  const raw = await open(doors.at("nrf"));
  const post = requestHeaders("POST", "/nnrf-nfm/v1/subscriptions");
  let stream = 1;
  while (!raw.closed && stream < 200_000) {
    const burst: Uint8Array[] = [];
    for (let i = 0; i < 500; i++, stream += 2) burst.push(frame(Frame.HEADERS, Flag.END_HEADERS, stream, post));
    await raw.flood(concat(...burst));
  }
  assert.notEqual(await raw.end(), ErrorCode.NO_ERROR);
  assert.ok(stream < 20_000, `${stream}`);
});

attacked("attack 49: header blocks without end, in CONTINUATION frames full and empty, end the connection", async (doors, open) => {
  for (const one of [frame(Frame.CONTINUATION, 0, 1, header("x-more", "v".repeat(100))), frame(Frame.CONTINUATION, 0, 1)]) {
    const raw = await open(doors.at("nrf"));
    await raw.flood(frame(Frame.HEADERS, Flag.END_STREAM, 1, get));
    let sent = 0;
    for (; !raw.closed && sent < 20_000; sent += 100) await raw.flood(concat(...new Array<Uint8Array>(100).fill(one)));
    assert.notEqual(await raw.end(), ErrorCode.NO_ERROR);
    assert.ok(sent < 2_000, `${sent}`);
  }
});

attacked("attack 49: an HPACK bomb of 47 MB in 12 kB is refused before it is unpacked", async (doors, open) => {
  const raw = await open(doors.at("nrf"));
  raw.write(frame(Frame.HEADERS, complete, 1, concat(get, header("x-big", "v".repeat(3_900), true))));
  assert.match(await raw.body(1), /nfInstances/);
  const before = process.memoryUsage().rss;
  raw.write(frame(Frame.HEADERS, complete, 3, concat(get, ...new Array<Uint8Array>(12_000).fill(newest))));
  assert.equal(await raw.reset(3), ErrorCode.ENHANCE_YOUR_CALM);
  assert.ok(process.memoryUsage().rss - before < 32e6);
});

attacked("attack 49: floods of frames that cost the sender nothing", async (doors, open) => {
  for (const [what, one] of [
    ["PING", frame(Frame.PING, 0, 0, new Uint8Array(8))],
    ["SETTINGS", frame(Frame.SETTINGS, 0, 0, concat(Uint8Array.of(0, 4), u32(65_535)))],
    ["empty SETTINGS", frame(Frame.SETTINGS, 0, 0)],
    ["PRIORITY", frame(Frame.PRIORITY, 0, 1, new Uint8Array(5).fill(3))],
    ["RST_STREAM", frame(Frame.RST_STREAM, 0, 1, u32(ErrorCode.CANCEL))],
    ["frames of a later extension", frame(0x77, 0, 0, new Uint8Array(5))],
  ] as const) {
    const raw = await open(doors.at("nrf"));
    const burst = concat(...new Array<Uint8Array>(500).fill(one));
    for (let n = 0; n < 200 && !raw.closed; n++) await raw.flood(burst);
    await raw.end();
    assert.ok(raw.closed, `${what} without end ends the connection`);
  }
  const raw = await open(doors.at("nrf"));
  for (let n = 0; n < 200; n++) await raw.flood(frame(Frame.WINDOW_UPDATE, 0, 0, u32(1))); // legal, and nothing is kept of it
  raw.write(frame(Frame.HEADERS, complete, 1, get));
  assert.match(await raw.body(1), /nfInstances/);
});

attacked(
  "attack 49: windows that never open and bodies that never end lose their stream, and what they held",
  async (doors, open) => {
    const closed = await open(doors.at("nrf"), { settings: concat(Uint8Array.of(0, 4), u32(0)) });
    for (let stream = 1; stream < 200; stream += 2) closed.write(frame(Frame.HEADERS, complete, stream, get));
    assert.equal(await closed.reset(199), ErrorCode.CANCEL);
    const slow = await open(doors.at("nrf"));
    slow.write(frame(Frame.HEADERS, Flag.END_HEADERS, 1, concat(requestHeaders("POST", "/nnrf-nfm/v1/subscriptions"))));
    slow.write(frame(Frame.DATA, 0, 1, fromText("{")));
    assert.equal(await slow.reset(1), ErrorCode.CANCEL);
  },
  { stall: 100 },
);

attacked(
  "attack 49: connections of one address that say nothing are bounded, and end",
  async (doors, open) => {
    const silent: RawHttp2[] = [];
    for (let n = 0; n < 40; n++) silent.push(await open(doors.at("nrf"), { silent: true }));
    assert.equal((await doors.ask("nrf", "GET", search)).status, 200, "another address finds room at once");
    await Promise.all(silent.map((raw) => raw.end()));
    assert.ok(silent.every(({ closed }) => closed));
  },
  { maxConnections: 40, greeting: 200 },
);

attacked("attack 49: octets that are no HTTP/2, and frames against its rules, end their own connection alone", async (doors, open) => {
  const headers = (...more: Uint8Array[]) => frame(Frame.HEADERS, complete, 1, concat(get, ...more));
  for (const [what, octets] of [
    ["a frame beyond the bound", frame(Frame.DATA, 0, 1, new Uint8Array(16_385))],
    ["DATA on a stream that is none", frame(Frame.DATA, 0, 1, new Uint8Array(1))],
    ["an index into no table", frame(Frame.HEADERS, complete, 1, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff))],
    ["a dynamic table beyond the bound", frame(Frame.HEADERS, complete, 1, Uint8Array.of(0x3f, 0xff, 0xff, 0x7f))],
    ["an even stream", frame(Frame.HEADERS, complete, 2, get)],
    ["PUSH_PROMISE from a client", frame(Frame.PUSH_PROMISE, Flag.END_HEADERS, 1, concat(u32(2), get))],
    ["a window beyond 2^31", frame(Frame.WINDOW_UPDATE, 0, 0, u32(0x7fff_ffff))],
    ["SETTINGS of seven octets", frame(Frame.SETTINGS, 0, 0, new Uint8Array(7))],
    ["more padding than frame", frame(Frame.DATA, Flag.PADDED, 1, Uint8Array.of(255))],
    ["HTTP/1.1", fromText("GET / HTTP/1.1\r\nHost: core\r\n\r\n")],
  ] as const) {
    const raw = await open(doors.at("nrf"), { silent: what === "HTTP/1.1" });
    raw.write(octets);
    await raw.end();
    assert.ok(raw.closed, what);
  }
  for (const [what, octets] of [
    ["a header name in capitals", headers(header("X-Big", "v"))],
    ["a header of HTTP/1.1", headers(header("connection", "keep-alive"))],
    ["two paths", headers(header(":path", "/"))],
    ["a pseudo-header that is none", headers(header(":status", "200"))],
    ["a path that is none", frame(Frame.HEADERS, complete, 1, requestHeaders("GET", ""))],
  ] as const) {
    const raw = await open(doors.at("nrf"));
    raw.write(octets);
    const refused = await raw.wait(({ type, stream }) => stream === 1 && (type === Frame.RST_STREAM || type === Frame.HEADERS));
    const body = refused?.type === Frame.HEADERS ? await raw.body(1) : "";
    assert.ok(!/nfInstances/.test(body), what);
  }
});
