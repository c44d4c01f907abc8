import assert from "node:assert/strict";
import { test } from "node:test";
import { ip } from "@freehold/model";
import { seededRandom, VirtualClock } from "@freehold/runtime";
import { echoN6, type Internet } from "@freehold/upf";
import { fromText, hex, toHex, toText } from "@freehold/wire";
import fc from "fast-check";
import { udpPacket } from "../src/n6/internet.ts";
import { parseSegment, type Segment, segmentPacket } from "../src/n6/tcp.ts";
import { checksum, IpPacket, ipv4Packet, put16 } from "../src/packet.ts";
import { number4 } from "./lab.ts";

const ue = number4("10.45.0.2");
const far = number4("198.51.100.80");

function open(options: Partial<Parameters<typeof echoN6>[0]> = {}) {
  const clock = new VirtualClock();
  const n6 = echoN6({ clock, random: seededRandom("internet"), ...options });
  const received: Uint8Array[] = [];
  n6.onPacket = (packet) => void received.push(packet);
  return { clock, n6, received };
}

const echoRequest = (data: Uint8Array): Uint8Array =>
  ipv4Packet(ue, far, 1, 8 + data.length, (bytes) => {
    bytes[20] = 8;
    put16(bytes, 24, 0x1234);
    put16(bytes, 26, 7);
    bytes.set(data, 28);
    put16(bytes, 22, checksum(bytes, 20, bytes.length));
  });

test("an echo request comes back as an echo reply with its data and good checksums", async () => {
  const { clock, n6, received } = open();
  n6.send(echoRequest(fromText("abcdefg")));
  assert.equal(received.length, 0, "not before its turn");
  await clock.advance(1);
  const [reply] = received;
  assert.ok(reply);
  assert.equal(toHex(reply.subarray(12, 20)), "c63364500a2d0002");
  assert.equal(checksum(reply, 0, 20), 0);
  assert.equal(checksum(reply, 20, reply.length), 0);
  assert.deepEqual([reply[20], toHex(reply.subarray(24, 28)), toText(reply.subarray(28))], [0, "12340007", "abcdefg"]);
});

test("DNS: an A query and an AAAA query get the addresses of their family, another type none, an unknown name a name error, nonsense a format error", async () => {
  const { clock, n6, received } = open({ names: { "www.example.org": [ip("198.51.100.80"), ip("2001:db8::80")] } });
  const ask = async (query: string): Promise<string> => {
    n6.send(udpPacket(ue, 4_000, far, 53, hex(query)));
    await clock.advance(1);
    const packet = received.pop();
    return packet === undefined ? "" : toHex(packet.subarray(28));
  };
  const name = "03777777076578616d706c65036f726700";
  assert.equal(
    await ask(`abcd01000001000000000000${name}00010001`),
    `abcd85800001000100000000${name}00010001c00c000100010000003c0004c6336450`,
  );
  assert.equal(
    await ask(`abcd01000001000000000000${name}001c0001`),
    `abcd85800001000100000000${name}001c0001c00c001c00010000003c001020010db8000000000000000000000080`,
  );
  assert.match(await ask(`abcd01000001000000000000${name}000f0001`), /^abcd8580000100000000/);
  assert.match(await ask("abcd01000001000000000000 03666f6f00 00010001"), /^abcd858300010000/);
  assert.match(await ask("abcd0100000100000000000003777777"), /^abcd858100000000/);
  assert.match(await ask("abcd28000001000000000000"), /^abcd[0-9a-f]{3}4/);
  // a response is not answered: two responders would talk for ever
  assert.equal(await ask(`abcd85800001000000000000${name}00010001`), "");
});

// ---- a client, enough to test the server -------------------------------------------------------------------------------------------

/** Fetches over a path that may lose packets; what a phone's small TCP client does. */
class Client {
  readonly #n6: Internet;
  readonly #packet = new IpPacket();
  readonly #port: number;
  #next = 0;
  #sequence = 1_000;
  readonly received: Uint8Array[] = [];
  state: "opening" | "open" | "closed" | "reset" = "opening";
  readonly segments: Segment[] = [];

  constructor(n6: Internet, received: (packet: Uint8Array) => boolean, port = 40_000) {
    this.#n6 = n6;
    this.#port = port;
    n6.onPacket = (packet) => {
      if (received(packet) && this.#packet.parse(packet)) this.#receive(parseSegment(packet, this.#packet)!);
    };
  }

  send(flags: number, payload: Uint8Array = new Uint8Array(0), mss?: number): void {
    const to = { source: ue, sourcePort: this.#port, destination: far, destinationPort: 80 };
    this.#n6.send(segmentPacket({ ...to, sequence: this.#sequence, acknowledgment: this.#next, flags, window: 65_535, mss, payload }));
  }

  /** Sends and moves on. */
  write(octets: Uint8Array): void {
    this.send(0x18, octets);
    this.#sequence += octets.length;
  }

  open(): void {
    this.send(2, undefined, 1_000);
  }

  #receive(segment: Segment): void {
    this.segments.push(segment);
    if ((segment.flags & 4) !== 0) {
      this.state = "reset";
      return;
    }
    if ((segment.flags & 2) !== 0) {
      if (this.state === "opening") {
        this.#next = (segment.sequence + 1) >>> 0;
        this.#sequence++;
        this.state = "open";
      }
      this.send(0x10);
      return;
    }
    if (segment.sequence === this.#next) {
      this.#next = (this.#next + segment.payload.length) >>> 0;
      this.received.push(segment.payload);
      if ((segment.flags & 1) !== 0) {
        this.#next = (this.#next + 1) >>> 0;
        this.state = "closed";
        this.send(0x11);
        this.#sequence++;
        return;
      }
    }
    if (segment.payload.length > 0 || (segment.flags & 1) !== 0) this.send(0x10);
  }

  get text(): string {
    return this.received.map(toText).join("");
  }
}

test("GET / over TCP gives a page with the phone's address, and the connection ends", async () => {
  const { clock, n6 } = open();
  const client = new Client(n6, () => true);
  client.open();
  await clock.advance(5);
  assert.equal(client.state, "open");
  client.write(fromText("GET / HTTP/1.0\r\nHost: www.exam"));
  client.write(fromText("ple.org\r\n\r\n"));
  await clock.advance(5);
  assert.equal(client.state, "closed");
  assert.match(client.text, /^HTTP\/1\.0 200 OK\r\nContent-Type: text\/plain\r\nContent-Length: \d+\r\nConnection: close\r\n\r\nHello/);
  assert.match(client.text, /\(www\.example\.org\)[\s\S]*10\.45\.0\.2/);
  await clock.advance(10);
  assert.equal(clock.armed, 0, "nothing is left of the connection");
});

test("what is no request is told so, and a port where nobody listens is reset or unreachable", async () => {
  for (const [request, status] of [
    ["POST / HTTP/1.0\r\n\r\n", 405],
    ["nonsense\r\n\r\n", 400],
    ["GET /nothing HTTP/1.0\r\n\r\n", 404],
    [`GET / HTTP/1.0\r\nX: ${"y".repeat(900)}`.repeat(10), 413],
  ] as const) {
    const { clock, n6 } = open();
    const client = new Client(n6, () => true);
    client.open();
    await clock.advance(2);
    for (let at = 0; at < request.length; at += 1_000) client.write(fromText(request.slice(at, at + 1_000)));
    await clock.advance(5);
    assert.match(client.text, new RegExp(`^HTTP/1\\.0 ${status} `));
  }
  const { clock, n6, received } = open();
  n6.send(
    segmentPacket({
      source: ue,
      sourcePort: 1,
      destination: far,
      destinationPort: 81,
      sequence: 5,
      acknowledgment: 0,
      flags: 2,
      window: 1,
      mss: 500,
      payload: new Uint8Array(0),
    }),
  );
  n6.send(udpPacket(ue, 1, far, 9, hex("00")));
  n6.send(ipv4Packet(ue, far, 47, 8, () => {}));
  await clock.advance(1);
  assert.deepEqual(
    received.map((packet) => [packet[9], packet[20], packet[21]]),
    [
      [6, 0, 81],
      [1, 3, 3],
      [1, 3, 2],
    ],
  );
  const packet = new IpPacket();
  packet.parse(received[0]!);
  assert.deepEqual([parseSegment(received[0]!, packet)?.flags, parseSegment(received[0]!, packet)?.acknowledgment], [0x14, 6]);
});

test("a million octets arrive whole and in order over a path that loses one packet in twenty", async () => {
  const { clock, n6 } = open();
  const draw = seededRandom("loss");
  const client = new Client(n6, () => draw(1)[0]! >= 13);
  for (let i = 0; client.state === "opening" && i < 20; i++) {
    client.open();
    await clock.advance(600);
  }
  client.write(fromText("GET /octets/1000000 HTTP/1.0\r\n\r\n"));
  for (let i = 0; client.state === "open" && i < 2_000; i++) await clock.advance(600);
  assert.equal(client.state, "closed");
  const body = client.text.slice(client.text.indexOf("\r\n\r\n") + 4);
  assert.equal(body.length, 1_000_000);
  assert.equal(body, "0123456789".repeat(100_000));
  assert.ok(
    client.segments.every(({ payload }) => payload.length <= 1_000),
    "the client's MSS holds",
  );
});

test("ten thousand SYNs hold no more than a thousand connections, and silence ends them", async () => {
  const { clock, n6 } = open();
  for (let i = 0; i < 10_000; i++) {
    n6.send(
      segmentPacket({
        source: ue + (i >> 14),
        sourcePort: 1_024 + (i & 0x3fff),
        destination: far,
        destinationPort: 80,
        sequence: i,
        acknowledgment: 0,
        flags: 2,
        window: 1,
        mss: 500,
        payload: new Uint8Array(0),
      }),
    );
  }
  await clock.advance(1);
  assert.ok(clock.armed <= 2 * 1_024, `${clock.armed} timers`);
  await clock.advance(120_000);
  assert.equal(clock.armed, 0);
});

test("random packets, and packets with changed octets, never end the responder", async () => {
  const { clock, n6, received } = open();
  const samples = [
    echoRequest(hex("0102")),
    udpPacket(ue, 5, far, 53, hex("abcd01000001000000000000036161610000010001")),
    segmentPacket({
      source: ue,
      sourcePort: 1,
      destination: far,
      destinationPort: 80,
      sequence: 1,
      acknowledgment: 1,
      flags: 2,
      window: 9,
      mss: 500,
      payload: hex("00"),
    }),
  ];
  fc.assert(
    fc.property(fc.nat(2), fc.nat(60), fc.nat(255), fc.nat(60), (which, at, value, length) => {
      const packet = samples[which]!.slice(0, Math.max(1, samples[which]!.length - length));
      packet[at % packet.length] = value;
      n6.send(packet);
    }),
    { numRuns: 2_000 },
  );
  await clock.advance(200_000);
  received.length = 0;
  n6.send(echoRequest(hex("0102")));
  await clock.advance(1);
  assert.equal(received.length, 1);
});
