import assert from "node:assert/strict";
import { test } from "node:test";
import { ip, seid } from "@freehold/model";
import type { Address, UdpSocket } from "@freehold/net";
import {
  type Answer,
  AssociationSetupRequest,
  Cause,
  decode,
  encode,
  HeartbeatRequest,
  type Incoming,
  nodeIdOf,
  PfcpEndpoint,
  type PfcpEndpointOptions,
  PfcpTimeout,
  PfcpUnreadable,
  SessionDeletionRequest,
} from "@freehold/pfcp";
import { memoryLog, seededRandom, VirtualClock } from "@freehold/runtime";
import { hex, toHex } from "@freehold/wire";

const smf: Address = { host: "127.0.0.4", port: 8805 };
const upf: Address = { host: "127.0.0.7", port: 8805 };

/** Two sockets that see each other; `lose` says of a datagram that it does not arrive. */
function wire(clock: VirtualClock, lose: (octets: Uint8Array, to: Address) => boolean = () => false) {
  const sockets = new Map<string, UdpSocket>();
  const socket = (local: Address): UdpSocket => {
    const made: UdpSocket = {
      local,
      onDatagram: () => {},
      send: (octets, to) => {
        if (!lose(octets, to)) clock.soon(() => sockets.get(to.host)?.onDatagram(octets.slice(), local));
      },
      close: async () => {},
      [Symbol.asyncDispose]: async () => {},
    };
    sockets.set(local.host, made);
    return made;
  };
  return { socket };
}

function endpoint(socket: UdpSocket, clock: VirtualClock, more: Partial<PfcpEndpointOptions> = {}): PfcpEndpoint {
  return new PfcpEndpoint({
    socket,
    clock,
    random: seededRandom(socket.local.host),
    log: memoryLog(),
    nodeId: nodeIdOf(ip(socket.local.host)),
    recoveryTimeStamp: 3_900_000_000,
    onRequest: () => undefined,
    ...more,
  });
}

const setup = AssociationSetupRequest({ nodeId: nodeIdOf(ip(smf.host)), recoveryTimeStamp: 1 });
const accept = (): Answer => ({
  message: { is: "PFCP Association Setup Response", nodeId: nodeIdOf(ip(upf.host)), cause: Cause.requestAccepted, recoveryTimeStamp: 2 },
});

test("a request is answered, and its response resolves it", async () => {
  const clock = new VirtualClock();
  const { socket } = wire(clock);
  endpoint(socket(upf), clock, { onRequest: accept });
  const reply = await clock.until(endpoint(socket(smf), clock).request(upf, setup));
  assert.equal(reply.message.cause, Cause.requestAccepted);
  assert.deepEqual(reply.message.nodeId, nodeIdOf(ip(upf.host)));
});

test("TS 29.244 §6.4 — a request is sent N1 times, T1 apart, octet for octet the same, and then given up", async () => {
  const clock = new VirtualClock();
  const sent: [number, string][] = [];
  const { socket } = wire(clock, (octets) => {
    sent.push([clock.now(), toHex(octets)]);
    return true;
  });
  const began = clock.now();
  const asking = endpoint(socket(smf), clock, { t1: 3_000, n1: 3 }).request(upf, setup);
  await clock.until(assert.rejects(asking, PfcpTimeout));
  assert.deepEqual(
    sent.map(([at]) => at - began),
    [0, 3_000, 6_000],
  );
  assert.equal(new Set(sent.map(([, octets]) => octets)).size, 1);
  assert.equal(clock.now() - began, 9_000);
  assert.equal(clock.armed, 0);
});

test("a request whose answer was lost gets the same answer again and is not carried out twice", async () => {
  const clock = new VirtualClock();
  const answers: string[] = [];
  let carriedOut = 0;
  const { socket } = wire(clock, (octets, to) => {
    if (to.host !== smf.host) return false;
    answers.push(toHex(octets));
    return answers.length === 1;
  });
  const server = endpoint(socket(upf), clock, {
    onRequest: async () => {
      carriedOut++;
      await clock.sleep(100);
      return accept();
    },
  });
  const reply = await clock.until(endpoint(socket(smf), clock).request(upf, setup));
  assert.equal(reply.message.cause, Cause.requestAccepted);
  assert.equal(carriedOut, 1);
  assert.equal(answers.length, 2);
  assert.equal(answers[0], answers[1]);
  assert.equal(server.counts.repeated, 1);
});

test("the same sequence number with other contents is a new request: the peer has restarted", async () => {
  const clock = new VirtualClock();
  const net = wire(clock);
  const seen: number[] = [];
  endpoint(net.socket(upf), clock, {
    onRequest: ({ message }) => {
      if (message.is === "PFCP Association Setup Request") seen.push(message.recoveryTimeStamp);
      return accept();
    },
  });
  const peer = net.socket(smf);
  for (const recoveryTimeStamp of [10, 10, 11]) {
    peer.send(encode({ sequenceNumber: 1 }, AssociationSetupRequest({ nodeId: nodeIdOf(ip(smf.host)), recoveryTimeStamp })), upf);
    await clock.settle();
  }
  assert.deepEqual(seen, [10, 11]);
});

test("a request that could not be read is refused with the cause and the IE, and the peer's SEID where it is known", async () => {
  const clock = new VirtualClock();
  const net = wire(clock);
  const asked: Incoming[] = [];
  endpoint(net.socket(upf), clock, {
    onRequest: (incoming) => {
      asked.push(incoming);
      return undefined;
    },
    peerSeid: (ours) => (ours === 5n ? seid(77n) : undefined),
  });
  const peer = net.socket(smf);
  const back: string[] = [];
  peer.onDatagram = (octets) => {
    const result = decode(octets);
    assert.ok(result.ok);
    const { message, header } = result.value;
    back.push(
      `${message.is} ${header.seid} ${header.sequenceNumber} ${"cause" in message && message.cause} ${"offendingIe" in message && message.offendingIe}`,
    );
  };
  for (const octets of [
    hex("2132000c 0000000000000000 00000100"), // establishment without anything
    hex("21340016 0000000000000005 00000200 000a0006 006c0002 0001"), // Update FAR with a FAR ID of two octets
    hex("2005000d 00000300 003c0005 007f0000 04"), // association setup without recovery time stamp
    hex("40050004 00000000"), // version 2
    hex("20630004 00000000"), // a type that is none
    hex("2033"),
    hex("200b0004 00000000"), // a response that nobody waits for
  ]) {
    peer.send(octets, upf);
    await clock.settle();
  }
  assert.deepEqual(back, [
    "PFCP Session Establishment Response 0 1 66 60",
    "PFCP Session Modification Response 77 2 68 108",
    "PFCP Association Setup Response undefined 3 66 false",
    "PFCP Version Not Supported Response undefined 0 false false",
  ]);
  assert.deepEqual(asked, []);
});

test("a response that cannot be read ends the request with its cause", async () => {
  const clock = new VirtualClock();
  const net = wire(clock);
  const peer = net.socket(upf);
  peer.onDatagram = (octets, from) => {
    // Session Establishment Response with Cause 72 and nothing else
    if (octets[1] === 5) peer.send(Uint8Array.of(0x20, 6, 0, 9, octets[4]!, octets[5]!, octets[6]!, 0, 0, 19, 0, 1, 72), from);
  };
  const asking = endpoint(net.socket(smf), clock).request(upf, setup);
  await clock.until(assert.rejects(asking, (error) => error instanceof PfcpUnreadable && error.error.refused === 72));
});

test("a fault of ours is answered with system failure, and the endpoint goes on", async () => {
  const clock = new VirtualClock();
  const net = wire(clock);
  let calls = 0;
  endpoint(net.socket(upf), clock, {
    onRequest: () => {
      if (calls++ === 0) throw new TypeError("a bug");
      return { message: { is: "PFCP Session Deletion Response", cause: Cause.sessionContextNotFound } };
    },
  });
  const client = endpoint(net.socket(smf), clock);
  const ask = () => clock.until(client.request(upf, SessionDeletionRequest({}), { seid: seid(9n) }));
  assert.equal((await ask()).message.cause, Cause.systemFailure);
  assert.equal((await ask()).message.cause, Cause.sessionContextNotFound);
});

test("closing gives up what is outstanding; an aborted signal gives up one", async () => {
  const clock = new VirtualClock();
  const net = wire(clock, () => true);
  const client = endpoint(net.socket(smf), clock);
  const abort = new AbortController();
  const first = client.request(upf, setup, { signal: abort.signal });
  const second = client.request(upf, setup);
  abort.abort(new Error("enough"));
  await assert.rejects(first, /enough/);
  client.close();
  await assert.rejects(second, /closed/);
  await assert.rejects(client.request(upf, setup), /closed/);
  assert.equal(clock.armed, 0);
});

test("closing forgets the answers that were kept, and leaves no timer behind", async () => {
  const clock = new VirtualClock();
  const { socket } = wire(clock);
  const server = endpoint(socket(upf), clock, { onRequest: accept });
  const client = endpoint(socket(smf), clock);
  await clock.until(client.request(upf, setup));
  client.close();
  assert.equal(clock.armed, 1);
  server.close();
  assert.equal(clock.armed, 0);
});

test("ten thousand different requests do not grow the memory of answers without bound, and heartbeats are not kept", async () => {
  const clock = new VirtualClock();
  const net = wire(clock);
  let asked = 0;
  endpoint(net.socket(upf), clock, {
    onRequest: ({ message }) => {
      asked++;
      return message.is === "PFCP Heartbeat Request" ? { message: { is: "PFCP Heartbeat Response", recoveryTimeStamp: 5 } } : accept();
    },
  });
  const peer = net.socket(smf);
  const request = (sequenceNumber: number) => encode({ sequenceNumber }, setup);
  for (let i = 0; i < 10_000; i++) peer.send(request(i), upf);
  await clock.settle();
  // the first was pushed out, the last is remembered
  peer.send(request(0), upf);
  peer.send(request(9_999), upf);
  await clock.settle();
  assert.equal(asked, 10_001);
  for (let i = 0; i < 3; i++) peer.send(encode({ sequenceNumber: 1 }, HeartbeatRequest({ recoveryTimeStamp: 5 })), upf);
  await clock.settle();
  assert.equal(asked, 10_004);
  await clock.advance(60_000);
  assert.equal(clock.armed, 0);
});
