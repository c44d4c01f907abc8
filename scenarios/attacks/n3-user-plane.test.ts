/** Phones and strangers that send what they may not through N3, in a running system with residents. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { echoRequest, endMarker, errorIndication, PduType, writeGpdu } from "@freehold/gtpu";
import { type Ipv4, ip, ipOctets } from "@freehold/model";
import type { UdpSocket } from "@freehold/net";
import { seededRandom } from "@freehold/runtime";
import { concat, hex } from "@freehold/wire";
import { dropped, type FiveGC, type Survivors, survives } from "../src/index.ts";

const far = "198.51.100.1";
const residentsSources = (survivors: Survivors): string[] => survivors.phones.map(({ sessions: [session] }) => session?.ip ?? "");

/** An IPv4 packet of any kind; checksums are nobody's business before the phone. */
function packet4(
  source: string,
  destination: string,
  { protocol = 17, port = 7, payload = new Uint8Array(8), flags = 0 } = {},
): Uint8Array {
  const data = concat(Uint8Array.of(0x9c, 0x40, port >> 8, port), payload);
  const length = 20 + data.length;
  const head = Uint8Array.of(0x45, 0, length >> 8, length, 0, 1, flags >> 8, flags, 64, protocol, 0, 0);
  return concat(head, ipOctets(ip(source) as Ipv4), ipOctets(ip(destination) as Ipv4), data);
}

/** Somebody on the N3 network: a gNB that went bad, or no gNB at all. */
class Stranger {
  readonly heard: Uint8Array[] = [];
  readonly #socket: UdpSocket;
  readonly #upf: string;

  private constructor(system: FiveGC, socket: UdpSocket) {
    this.#socket = socket;
    this.#upf = system.config.n3.addresses[0]!;
    socket.onDatagram = (octets) => void this.heard.push(octets);
  }
  static async at(system: FiveGC, host = "127.6.6.7", port = 2152): Promise<Stranger> {
    return new Stranger(system, await system.until(system.network.udp(host).bind({ host, port })));
  }
  raw(octets: Uint8Array): void {
    this.#socket.send(octets, { host: this.#upf, port: 2152 });
  }
  uplink(teid: number, packet: Uint8Array): void {
    const into = new Uint8Array(16 + packet.length);
    this.raw(into.subarray(0, writeGpdu(into, teid, 1, packet, PduType.uplink)));
  }
  /** How often each message type came: 2 Echo Response, 26 Error Indication. */
  get types(): Record<number, number> {
    const types: Record<number, number> = {};
    for (const octets of this.heard) types[octets[1]!] = (types[octets[1]!] ?? 0) + 1;
    return types;
  }
}

/** Tunnels of the residents: the UPF's ends, and their gNB's. */
function tunnels({ gnb }: Survivors): { uplink: number; downlink: number }[] {
  return gnb.state().ues.flatMap(({ sessions }) => sessions.map((s) => ({ uplink: s.uplink.teid, downlink: s.downlinkTeid })));
}

test("attack 40: a resident sends SCTP, PFCP, GTP-U, SBI and console packets to every address of the core: none arrives anywhere", async () => {
  await survives(async (system, { phones }) => {
    const [session] = phones[0].sessions;
    assert.ok(session?.ip);
    const { n2, n3, n4, sbi } = system.config;
    const core = [...n2.addresses, ...n3.addresses, n4.smf, n4.upf, ...Object.values(sbi.addresses), "127.0.0.1", "10.45.0.1"];
    const before = system.tape.length;
    let sent = 0;
    for (const to of new Set(core)) {
      for (const [protocol, port] of [
        [132, n2.port],
        [17, 8805],
        [17, 2152],
        [6, sbi.port],
        [6, 9090],
        [6, 22],
      ] as const) {
        session.send(packet4(session.ip, to, { protocol, port }));
        // in fragments, the ports of later ones are not to be seen
        session.send(packet4(session.ip, to, { protocol, port, flags: 0x2000 }));
        session.send(packet4(session.ip, to, { protocol, port, flags: 0x0010 }));
        sent += 3;
      }
    }
    await system.clock.advance(1_000);
    assert.deepEqual(dropped(system), { closedDestination: sent });
    const others = system.tape
      .entries()
      .slice(before)
      .filter((entry) => entry.interface !== "N3");
    assert.deepEqual(
      others.map(({ message }) => message).filter((message) => !/Heartbeat/.test(message)),
      [],
    );
  });
});

test("attack 41: GTP-U in GTP-U, extension headers that loop or overrun, lengths that lie, fragments, a resident's TEID on each", async () => {
  await survives(async (system, survivors) => {
    const stranger = await Stranger.at(system);
    const random = seededRandom("n3");
    const [own] = residentsSources(survivors);
    for (const { uplink } of tunnels(survivors)) {
      const id = uplink.toString(16).padStart(8, "0");
      // the inner packet is itself a G-PDU of the other resident, to the UPF
      const within = new Uint8Array(64);
      const inner = within.subarray(0, writeGpdu(within, tunnels(survivors)[1]!.uplink, 1, packet4(own!, far), PduType.uplink));
      stranger.uplink(uplink, packet4(own!, system.config.n3.addresses[0]!, { port: 2152, payload: inner }));
      for (const bad of [
        `34ff0008${id}0000008500000000`,
        `34ff0008${id}00000085ff100100`,
        `34ff0010${id}0000008501100185011001850110010000000000`,
        `30ffffff${id}4500`,
        `30ff0000${id}`,
        `30ff0004${id}45000000`,
        `34ff0008${id}000000c700000000`,
        `20ff0000${id}`,
        "30",
      ])
        stranger.raw(hex(bad));
      const whole = new Uint8Array(16 + 60);
      writeGpdu(whole, uplink, 1, packet4(own!, far, { payload: new Uint8Array(36) }), PduType.uplink);
      for (let at = 0; at < 36; at++) {
        stranger.raw(whole.slice(0, at));
        // not the addresses and the identifiers of the packet itself, which may be right
        if (at < 4 || (at >= 11 && at < 20)) stranger.raw(whole.with(at, random(1)[0]! ^ 0x80));
      }
    }
    for (let i = 0; i < 3_000; i++) stranger.raw(random(1 + (i % 90)));
    await system.clock.advance(100);
    const { malformed = 0, closedDestination = 0 } = dropped(system);
    assert.ok(malformed > 50 && closedDestination >= 1, JSON.stringify(dropped(system)));
  });
});

test("attack 42: a flood with sources that are not the sender's own, and the log stays as it was", async () => {
  await survives(async (system, survivors) => {
    const [session] = survivors.phones[0].sessions;
    const [, other] = residentsSources(survivors);
    const lines = system.log.lines.length;
    const forged = [other!, far, "0.0.0.0", "255.255.255.255", "224.0.0.1", "127.0.0.1", "10.45.255.255", "169.254.1.1"];
    for (let i = 0; i < 4_000; i++) session?.send(packet4(forged[i % forged.length]!, far));
    await system.clock.advance(1_000);
    assert.deepEqual(dropped(system), { spoofed: 4_000 });
    assert.equal(system.log.lines.length, lines);
  });
});

test("attack 43: residents send to each other, to themselves and to addresses that nobody has: nothing comes through", async () => {
  await survives(async (system, survivors) => {
    const [one, two] = survivors.phones.map(({ sessions: [session] }) => session!);
    const heard = two!.packets.downlink;
    one!.send(packet4(one!.ip!, two!.ip!));
    one!.send(packet4(one!.ip!, two!.ip!, { protocol: 1, port: 0x0501 }));
    one!.send(packet4(one!.ip!, one!.ip!));
    one!.send(packet4(one!.ip!, "10.45.99.99"));
    await system.clock.advance(1_000);
    assert.deepEqual([dropped(system), two!.packets.downlink], [{ ueToUe: 3, noUe: 1 }, heard]);
  });
});

test("attack 44: random TEIDs, echo floods, End Markers and Error Indications from strangers, about the residents' tunnels", async () => {
  await survives(async (system, survivors) => {
    const stranger = await Stranger.at(system);
    const gnb = "127.1.0.1";
    for (let i = 0; i < 3_000; i++) stranger.uplink(0x4000_0000 + i, packet4("10.45.0.2", far));
    for (let i = 0; i < 3_000; i++) stranger.raw(echoRequest(i & 0xffff));
    for (const { uplink, downlink } of tunnels(survivors)) {
      for (const teid of [uplink, downlink]) {
        stranger.raw(endMarker(teid));
        // as itself, and in the name of the gNB
        for (const host of ["127.6.6.7", gnb, system.config.n3.addresses[0]!]) stranger.raw(errorIndication(teid, ipOctets(ip(host))));
      }
    }
    await system.clock.advance(1_000);
    // both bounds are a second's: answers do not multiply what comes in
    assert.deepEqual(stranger.types, { 2: 100, 26: 20 });
  });
});
