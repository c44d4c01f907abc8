import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ipv4, ip, ipOctets } from "@freehold/model";
import { type Random, seededRandom } from "@freehold/runtime";
import { httpGet, ping, resolve, type Session, type Ue } from "@freehold/ue";
import { Writer } from "@freehold/wire";
import { type CarrierName, dropped, FiveGC, internet, subscriber } from "../src/index.ts";

const config = `dataNetworks: [{ dnn: internet, dns: [198.51.100.53] }]`;
const far = "198.51.100.1";

/** A system with a phone in a session. */
async function inSession(
  carrier: CarrierName = "local",
): Promise<{ system: FiveGC; ue: Ue; session: Session; world: { clock: FiveGC["clock"]; random: Random } }> {
  const system = await FiveGC.start({ carrier, config, subscribers: [subscriber(1), subscriber(2)] });
  await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  const session = await system.until(ue.establish({ dnn: internet }));
  await system.clock.advance(500);
  return { system, ue, session, world: { clock: system.clock, random: seededRandom(9) } };
}

/** An IPv4 packet with a UDP datagram (RFC 768, without a checksum) of four octets. */
function datagram(source: string, destination: string, port: number): Uint8Array {
  const packet = new Writer(32)
    .octets(Uint8Array.of(0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0))
    .octets(ipOctets(ip(source) as Ipv4))
    .octets(ipOctets(ip(destination) as Ipv4))
    .u16(40_000)
    .u16(port)
    .u16(12)
    .u16(0)
    .u32(0x2001_0000)
    .done();
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += (packet[i]! << 8) | packet[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  packet[10] = (~sum & 0xffff) >> 8;
  packet[11] = ~sum & 0xff;
  return packet;
}

for (const carrier of ["local", "contrary"] as const) {
  test(`ping, DNS and HTTP go through a session and come back, over the ${carrier} carrier (TS 23.502 §4.3.2.2.1, first data)`, async () => {
    const { system, session, world } = await inSession(carrier);
    await using _ = system;
    assert.deepEqual(await system.until(ping(session, world, far, 5)).then(({ sent, received }) => [sent, received]), [5, 5]);
    const [address] = await system.until(resolve(session, world, session.dns[0] ?? "", "freehold.example"));
    assert.ok(address);
    const page = await system.until(httpGet(session, world, address, "/"));
    assert.deepEqual([page.status, page.body.length > 0], [200, true]);
    assert.deepEqual(dropped(system), {});
  });
}

test("INTEROP 37: packets of the largest size that the phone was told pass whole, both ways (TS 24.008 §10.5.6.3, IPv4 link MTU)", async () => {
  const { system, session, world } = await inSession();
  await using _ = system;
  const { received } = await system.until(ping(session, world, far, 1, { size: session.mtu - 28 }));
  assert.equal(received, 1);
});

test("attack 42: a source that is not the phone's own address goes nowhere, and is counted (RFC 2827)", async () => {
  const { system, session, world } = await inSession();
  await using _ = system;
  session.send(datagram("10.45.0.99", far, 7));
  session.send(datagram(far, session.ip ?? "", 7));
  await system.clock.advance(100);
  assert.deepEqual([dropped(system), session.packets.downlink], [{ spoofed: 2 }, 0]);
  assert.equal((await system.until(ping(session, world, far, 1))).received, 1);
});

test("attack 40: phones do not reach the core: N2, N3, N4, SBI and loopback addresses, the UPF's own among them, are closed", async () => {
  const { system, session } = await inSession();
  await using _ = system;
  const { config } = system;
  const closed: [string, number][] = [
    ...config.n2.addresses.map((address): [string, number] => [address, config.n2.port]),
    ...config.n3.addresses.map((address): [string, number] => [address, 2152]),
    [config.n4.smf, 8805],
    [config.n4.upf, 8805],
    ...Object.values(config.sbi.addresses).map((address): [string, number] => [address, config.sbi.port]),
    ["127.0.0.1", 22],
    ["10.45.0.1", 8805],
    ["255.255.255.255", 67],
    ["169.254.169.254", 80],
  ];
  for (const [address, port] of closed) session.send(datagram(session.ip ?? "", address, port));
  await system.clock.advance(1_000);
  assert.deepEqual([dropped(system), session.packets.downlink], [{ closedDestination: closed.length }, 0]);
});

test("attack 43: phones do not reach one another, nor an address of the pool that nobody has, unless the data network is told so", async () => {
  const { system, session } = await inSession();
  await using _ = system;
  const bob = await system.ue(subscriber(2));
  await system.until(bob.register());
  const other = await system.until(bob.establish({ dnn: internet }));
  await system.clock.advance(500);
  session.send(datagram(session.ip ?? "", other.ip ?? "", 7));
  session.send(datagram(session.ip ?? "", "10.45.200.200", 7));
  await system.clock.advance(100);
  assert.deepEqual([dropped(system), other.packets.downlink], [{ ueToUe: 1, noUe: 1 }, 0]);
});

test("a replaced session's successor carries packets, and the address of the one before reaches nobody (TS 24.501 §5.4.5.2.5)", async () => {
  const { system, ue, session, world } = await inSession();
  await using _ = system;
  const next = await system.until(ue.establish({ dnn: internet, pduSessionId: session.id }));
  await system.clock.advance(500);
  assert.equal(session.send(datagram(session.ip ?? "", far, 7)), false);
  assert.equal(next.send(datagram(session.ip ?? "", far, 7)), true);
  await system.clock.advance(100);
  assert.deepEqual(dropped(system), { spoofed: 1 });
  assert.equal((await system.until(ping(next, world, far, 3))).received, 3);
});

test("a released session carries nothing more", async () => {
  const { system, session } = await inSession();
  await using _ = system;
  await system.until(session.release());
  assert.equal(session.send(datagram(session.ip ?? "", far, 7)), false);
});
