import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, echoRequest, encode, endMarker, errorIndication, MessageType, writeGpdu } from "@freehold/gtpu";
import { toHex } from "@freehold/wire";
import fc from "fast-check";
import { type Ground, ground } from "./ground.ts";

const packet = Uint8Array.of(0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 8, 8, 8, 8, 10, 45, 0, 2);

async function session(): Promise<{ g: Ground; gnb: Awaited<ReturnType<Ground["gnb"]>>; teid: number; heard: Uint8Array[] }> {
  const g = await ground();
  const gnb = await g.gnb();
  const ue = await g.ue();
  const [one] = await g.wait(ue.bringUp());
  await g.clock.advance(10);
  const heard: Uint8Array[] = [];
  one!.onPacket = (data) => heard.push(data);
  return { g, gnb, teid: gnb.state().ues[0]!.sessions[0]!.downlinkTeid, heard };
}

const plain = (teid: number, payload: Uint8Array, extensions: { type: number; content: Uint8Array }[] = []): Uint8Array =>
  encode({ is: "G-PDU", teid, sequenceNumber: undefined, nPduNumber: undefined, extensions, payload });

test("a downlink packet reaches the phone only with a container, of the downlink type, with a QFI of the session", async () => {
  const { g, gnb, teid, heard } = await session();
  const send = async (bytes: Uint8Array): Promise<number> => {
    g.upf.raw(bytes, "10.0.0.10");
    await g.clock.advance(5);
    return heard.length;
  };
  const into = new Uint8Array(packet.length + 16);
  writeGpdu(into, teid, 9, packet);
  assert.equal(await send(into), 1);
  assert.deepEqual(heard[0], packet);
  assert.equal(await send(plain(teid, packet)), 1);
  assert.equal(gnb.state().refusals["no PDU session container"], 1);
  // The uplink type says it comes from a gNB.
  assert.equal(await send(plain(teid, packet, [{ type: 0x85, content: Uint8Array.of(0x10, 9) }])), 1);
  assert.equal(gnb.state().refusals["no PDU session container"], 2);
  writeGpdu(into, teid, 10, packet);
  assert.equal(await send(into), 1);
  assert.equal(gnb.state().refusals["unknown QFI"], 1);
  // Other extension headers before it do not matter.
  assert.equal(
    await send(
      plain(teid, packet, [
        { type: 0xc0, content: Uint8Array.of(0, 1) },
        { type: 0x85, content: Uint8Array.of(0, 9) },
      ]),
    ),
    2,
  );
  await g.end();
});

test("a packet for an unknown TEID is answered with an Error Indication that names it, ten a second at most", async () => {
  const { g, gnb, heard } = await session();
  for (let i = 0; i < 15; i++) g.upf.downlink({ host: "10.0.0.10", teid: 0x0badbeef }, 9, packet);
  await g.clock.advance(5);
  const answers = g.upf.received.filter(({ type }) => type === MessageType.errorIndication);
  assert.equal(answers.length, 10);
  const read = decode(answers[0]!.bytes);
  assert.ok(read.ok && read.value.is === "Error Indication");
  assert.equal(read.value.teidDataI, 0x0badbeef);
  assert.equal(toHex(read.value.peerAddress), "0a00000a");
  assert.equal(gnb.state().refusals["unknown TEID"], 15);
  assert.equal(heard.length, 0);
  await g.end();
});

test("an Echo Request is answered with its sequence number; an End Marker and an Error Indication disturb nothing", async () => {
  const { g, gnb, teid } = await session();
  g.upf.raw(echoRequest(77), "10.0.0.10");
  g.upf.raw(endMarker(teid), "10.0.0.10");
  g.upf.raw(errorIndication(0x1001, Uint8Array.of(10, 0, 0, 6)), "10.0.0.10");
  await g.clock.advance(5);
  const [answer] = g.upf.received;
  assert.ok(answer);
  const read = decode(answer.bytes);
  assert.ok(read.ok && read.value.is === "Echo Response");
  assert.equal(read.value.sequenceNumber, 77);
  assert.equal(read.value.recovery, 0);
  assert.equal(gnb.state().refusals["tunnel refused by the UPF"], 1);
  assert.equal(gnb.state().ues[0]?.sessions.length, 1);
  await g.end();
});

test("an extension header that must be understood and is not is answered with those that are", async () => {
  const { g, teid, heard } = await session();
  g.upf.raw(plain(teid, packet, [{ type: 0xd7, content: Uint8Array.of(0, 0) }]), "10.0.0.10");
  await g.clock.advance(5);
  assert.equal(heard.length, 0);
  assert.equal(g.upf.received[0]?.type, MessageType.supportedExtensionHeadersNotification);
  await g.end();
});

test("any datagram on N3 ends in a packet, an answer or a count", async () => {
  const { g, teid, heard } = await session();
  const head = fc.constantFrom(
    Uint8Array.of(),
    Uint8Array.of(0x34, 0xff, 0, 40, teid >>> 24, (teid >> 16) & 255, (teid >> 8) & 255, teid & 255),
    Uint8Array.of(0x30, 0xff, 0, 0, 0, 0, 0, 1),
    Uint8Array.of(0x32, 1),
  );
  fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 80 }), (start, rest) => {
      g.upf.raw(Uint8Array.from([...start, ...rest]), "10.0.0.10");
    }),
    { numRuns: 500 },
  );
  await g.clock.advance(10);
  const before = heard.length;
  g.upf.downlink({ host: "10.0.0.10", teid }, 9, packet);
  await g.clock.advance(5);
  assert.equal(heard.length, before + 1);
  await g.end();
});
