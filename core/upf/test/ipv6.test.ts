/** IPv6 and IPv4v6 sessions, and N3 over IPv6: TS 23.501 §5.8.2.2, TS 29.244 §8.2.62. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, pduSessionContainer } from "@freehold/gtpu";
import { ip, ipOctets, teid } from "@freehold/model";
import { gtpuTo, ueIpAddressOf } from "@freehold/pfcp";
import { concat, hex, toHex } from "@freehold/wire";
import { establishment, type Lab, lab, packet6, server, session, towardsGnb, udp4, ueAddress, upfN3, upfN3six } from "./lab.ts";

const ue6 = "2001:db8:45:1::7";
const other6 = "2001:db8:45:2::7";
const server6 = "2001:db8:ffff::1";
const gateway6 = "2001:db8:45::1";
const dataNetworks = [{ dnn: "internet", pools: ["10.45.0.0/16", "2001:db8:45::/48"] }];

/** Both addresses of one UE, as an SMF gives them to an IPv4v6 session. */
function dual(address6 = ip(ue6), address4 = ueAddress, cpSeid = 0x77n) {
  const request = establishment({ pdnType: "ipv4v6" }, { ue: address4, cpSeid });
  const [up, down] = request.createPdr;
  const both = (side: "source" | "destination") => [{ ...ueIpAddressOf(address4, side), ipv6: ueIpAddressOf(address6, side).ipv6 }];
  return {
    ...request,
    createPdr: [
      { ...up!, pdi: { ...up!.pdi, ueIpAddress: both("source") } },
      { ...down!, pdi: { ...down!.pdi, ueIpAddress: both("destination") } },
    ],
  };
}

async function standing(it: Lab): Promise<number> {
  await it.associate();
  const { uplinkTeid } = await session(it, { request: dual() });
  await session(it, { request: dual(ip(other6), ip("10.45.0.3"), 0x78n) });
  return uplinkTeid;
}

/** RFC 8200 §8.1: what the sum over pseudo header and payload must come to. */
function sum6(packet: Uint8Array): number {
  const { length } = packet;
  const pseudo = concat(packet.subarray(8, 40), Uint8Array.of(0, 0, (length - 40) >> 8, length - 40, 0, 0, 0, packet[6]!));
  let sum = 0;
  for (const [i, octet] of concat(pseudo, packet.subarray(40)).entries()) sum += i % 2 === 0 ? octet * 256 : octet;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

test("INTEROP 36: an IPv4v6 session carries both families both ways, each downlink packet with its PDU Session Container", async () => {
  await using it = await lab({ dataNetworks });
  const up = await standing(it);
  const sent = [udp4(ueAddress, server), packet6(ue6, server6), packet6("2001:db8:45:1:aaaa::9", server6)];
  for (const packet of sent) it.gnb.uplink(up, packet);
  await it.clock.settle();
  assert.deepEqual(it.n6.sent.map(toHex), sent.map(toHex));
  const down = [udp4(server, ueAddress), packet6(server6, ue6), packet6(server6, "2001:db8:45:1:bbbb::1")];
  for (const packet of down) it.n6.onPacket(packet);
  await it.clock.settle();
  assert.deepEqual(it.gnb.payloads.map(toHex), down.map(toHex));
  for (const { message } of it.gnb.received) {
    assert.ok(message.is === "G-PDU");
    assert.deepEqual(pduSessionContainer(message), { pduType: 0, qfi: 1, rqi: false, ppi: undefined });
  }
});

test("INTEROP 36: N3 over IPv6: the uplink tunnel where it is asked for, the downlink to the gNB's IPv6 address", async () => {
  await using it = await lab({ n3: [upfN3, upfN3six] });
  await it.associate();
  const request = establishment();
  const [first, second] = request.createPdr;
  const localFTeid = { is: "choose", v4: false, v6: true } as const;
  const { seid, response } = await session(it, {
    request: { ...request, createPdr: [{ ...first!, pdi: { ...first!.pdi, localFTeid } }, second!] },
    connected: false,
  });
  const local = response.createdPdr?.[0]?.localFTeid;
  assert.ok(local?.is === "fTeid");
  assert.deepEqual([local.ipv4, local.ipv6], [undefined, upfN3six]);
  const host = ip("fd00:3::9");
  const gnb = await it.net.udp(host).bind({ host, port: 2152 });
  const heard: Uint8Array[] = [];
  gnb.onDatagram = (octets, from) => {
    assert.equal(from.host, upfN3six);
    heard.push(octets);
  };
  await it.ask({ is: "PFCP Session Modification Request", updateFar: [towardsGnb(gtpuTo(teid(0x61), host))] }, seid);
  it.n6.onPacket(udp4(server, ueAddress));
  await it.clock.settle();
  const [first6] = heard.map((octets) => decode(octets));
  assert.ok(first6?.ok && first6.value.is === "G-PDU" && first6.value.teid === 0x61);
});

test("INTEROP 37: an IPv6 packet too big for the path down gets ICMPv6 Packet Too Big with the MTU; the error about an error is not told", async () => {
  await using it = await lab({ dataNetworks, mtu: 1_400 });
  await standing(it);
  it.n6.onPacket(packet6(server6, ue6, { payload: new Uint8Array(1_361) }));
  await it.clock.settle();
  assert.deepEqual(it.gnb.payloads, []);
  const [icmp] = it.n6.sent;
  assert.ok(icmp);
  assert.deepEqual(
    [toHex(icmp.subarray(8, 24)), toHex(icmp.subarray(24, 40))],
    [gateway6, server6].map((a) => toHex(ipOctets(ip(a)))),
  );
  assert.deepEqual([icmp[6], icmp[40], icmp[41], new DataView(icmp.buffer).getUint32(44)], [58, 2, 0, 1_400]);
  // RFC 4443 §3.2: as much of the packet as fits into 1280 octets
  assert.equal(icmp.length, 1_280);
  assert.equal(sum6(icmp), 0xffff);
  it.n6.onPacket(packet6(server6, ue6, { next: 58, payload: Uint8Array.of(3, 0, ...new Uint8Array(1_400)) }));
  it.n6.onPacket(packet6(server6, ue6, { payload: new Uint8Array(1_360) }));
  await it.clock.settle();
  assert.deepEqual([it.n6.sent.length, it.gnb.payloads.length], [1, 1]);
});

test("INTEROP 37: a phone whose packet is too big for another phone is told over its own tunnel", async () => {
  await using it = await lab({ dataNetworks: [{ ...dataNetworks[0]!, ueToUe: true }], mtu: 1_400 });
  const up = await standing(it);
  it.gnb.uplink(up, udp4(ueAddress, "10.45.0.3", { length: 1_410, df: true }));
  it.gnb.uplink(up, packet6(ue6, other6, { payload: new Uint8Array(1_400) }));
  await it.clock.settle();
  assert.deepEqual(it.n6.sent, []);
  assert.deepEqual(
    it.gnb.payloads.map((p) => (p[0]! >> 4 === 4 ? [p[9], p[20], p[21]] : [p[6], p[40], p[41]])),
    [
      [1, 3, 4],
      [58, 2, 0],
    ],
  );
});

test("attack 42: an IPv6 source outside the phone's /64, link-local or multicast goes nowhere, and fills no log", async () => {
  await using it = await lab({ dataNetworks });
  const up = await standing(it);
  const lines = it.log.lines.length;
  const forged = [other6, "2001:db8:45::7", "2001:db8:46:1::7", "fe80::1", "::", "::1", "ff02::1", "::ffff:10.45.0.2", server6];
  for (const from of forged) it.gnb.uplink(up, packet6(from, server6));
  for (let i = 0; i < 5_000; i++) it.gnb.uplink(up, udp4(`10.45.${i >> 8}.${i & 255}`, server));
  await it.clock.settle();
  // of the 5,000 one is the phone's own address
  assert.deepEqual([it.n6.sent.length, it.upf.state().dropped["spoofed"], it.log.lines.length], [1, forged.length + 4_999, lines]);
  it.gnb.uplink(up, packet6(ue6, server6));
  await it.clock.settle();
  assert.equal(it.n6.sent.length, 2);
});

test("attack 40: over IPv6 too nothing reaches the core, the host, loopback, a link, or our own address but a ping", async () => {
  await using it = await lab({ dataNetworks, closed: ["2001:db8:c0::/64"], n3: [upfN3, upfN3six] });
  const up = await standing(it);
  const closed = ["2001:db8:c0::38", upfN3six, "::1", "::", "::ffff:127.0.0.7", "fe80::1", "ff02::2", gateway6];
  for (const to of closed) {
    const before = it.upf.state().dropped["closedDestination"]!;
    it.gnb.uplink(up, packet6(ue6, to));
    await it.clock.settle();
    assert.equal(it.upf.state().dropped["closedDestination"], before + 1, to);
  }
  it.gnb.uplink(up, packet6(ue6, "2001:db8:45:9::1")); // nobody of the pool: it would come back
  await it.clock.settle();
  assert.deepEqual([it.upf.state().dropped["noUe"], it.n6.sent.length], [1, 0]);
  it.gnb.uplink(up, packet6(ue6, gateway6, { next: 58, payload: hex("8000000000010001") }));
  await it.clock.settle();
  assert.equal(it.n6.sent.length, 1);
});

test("attack 41: IPv6 extension headers that overrun or never end reach no address of ours, fragments only hide their ports", async () => {
  await using it = await lab({ dataNetworks });
  const up = await standing(it);
  const options = (next: number, words = 0) => concat(Uint8Array.of(next, words), new Uint8Array(6 + words * 8));
  const chain = (count: number, last: number) =>
    concat(...Array.from({ length: count }, (_, i) => options(i === count - 1 ? last : 60)), hex("03e81f90000c000000000000"));
  // a header that says it is longer than the packet
  it.gnb.uplink(up, packet6(ue6, server6, { next: 60, payload: hex("11ff000000000000") }));
  // jumbogram: RFC 2675
  it.gnb.uplink(up, packet6(ue6, server6, { next: 0, payload: hex("3b00c20400010000") }).fill(0, 4, 6));
  await it.clock.settle();
  assert.deepEqual([it.upf.state().dropped["notIp"], it.n6.sent.length], [2, 0]);
  // nine headers: no ports can be known, so our own address, where only a ping is let in, stays closed; elsewhere it goes on
  it.gnb.uplink(up, packet6(ue6, gateway6, { next: 60, payload: chain(9, 58) }));
  it.gnb.uplink(up, packet6(ue6, server6, { next: 60, payload: chain(9, 17) }));
  // a later fragment whose payload looks like a destination options header of 2,048 octets
  it.gnb.uplink(up, packet6(ue6, server6, { next: 44, payload: hex("3c0000a800000001 11ff000000000000") }));
  // authentication header, RFC 4302: length in words of four
  it.gnb.uplink(
    up,
    packet6(ue6, gateway6, { next: 51, payload: hex("3a040000 00000001 00000001 000000000000000000000000 8000000000010001") }),
  );
  await it.clock.settle();
  assert.deepEqual([it.upf.state().dropped["closedDestination"], it.n6.sent.length], [1, 3]);
});

test("attack 43: a phone's redirects and router advertisements go nowhere, and what it sends to itself does not come back", async () => {
  await using it = await lab({ dataNetworks: [{ ...dataNetworks[0]!, ueToUe: true }] });
  const up = await standing(it);
  const redirect4 = udp4(ueAddress, "10.45.0.3", { protocol: 1 });
  redirect4.set([5, 1], 20);
  it.gnb.uplink(up, redirect4);
  it.gnb.uplink(up, packet6(ue6, other6, { next: 58, payload: hex("89000000000000000000000000000000") }));
  it.gnb.uplink(up, packet6(ue6, other6, { next: 58, payload: hex("86000000400007080000000000000000") }));
  await it.clock.settle();
  assert.deepEqual([it.upf.state().dropped["redirect"], it.gnb.payloads.length, it.n6.sent.length], [3, 0, 0]);
  await using closed = await lab({ dataNetworks });
  const own = await standing(closed);
  closed.gnb.uplink(own, udp4(ueAddress, ueAddress));
  closed.gnb.uplink(own, packet6(ue6, "2001:db8:45:1::9"));
  await closed.clock.settle();
  assert.deepEqual([closed.upf.state().dropped["ueToUe"], closed.gnb.payloads.length], [2, 0]);
});
