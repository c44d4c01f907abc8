/** GTP-U that others' gNBs and UPFs sent: taken as it came, and ours octet for octet like theirs. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { GtpuHeader, HeaderVerdict } from "@freehold/gtpu";
import { type IpAddress, ip, ipFromOctets, teid } from "@freehold/model";
import { fTeidAt, gtpuTo } from "@freehold/pfcp";
import { hex, toHex } from "@freehold/wire";
import { establishment, gnbHost, gnbTeid, type Lab, lab, server, session, towardsGnb, udp4, ueAddress, upfN3 } from "./lab.ts";

interface Foreign {
  readonly peer: string;
  readonly capture: string;
  readonly frame: number;
  readonly kind: "up" | "down" | "end" | "link-local";
  /** What it was sent from. VPP's UPF is not here: its length counts the header too, which no length may. */
  readonly port: number;
  readonly octets: string;
}
const foreign: readonly Foreign[] = JSON.parse(readFileSync(new URL("vectors/foreign-gtpu.json", import.meta.url), "utf8"));
const of = (kind: Foreign["kind"]): readonly Foreign[] => foreign.filter((one) => one.kind === kind);
const where = ({ peer, capture, frame }: Foreign): string => `${peer} (${capture}, frame ${frame})`;

function gPdu(octets: Uint8Array) {
  const header = new GtpuHeader();
  assert.equal(header.parse(octets), HeaderVerdict.ok);
  return { teid: header.teid, qfi: header.qfi < 0 ? undefined : header.qfi, payload: octets.subarray(header.payload, header.end) };
}
function address4(packet: Uint8Array, at: number): IpAddress {
  const made = ipFromOctets(packet.slice(at, at + 4));
  assert.ok(made.ok);
  return made.value;
}

/** A UPF that has the tunnel and the UE of a stranger's packet. */
async function upfFor(local: number, ue: IpAddress, qfi: number): Promise<{ it: Lab; seid: Awaited<ReturnType<typeof session>>["seid"] }> {
  const it = await lab({ dataNetworks: [{ dnn: "internet", pools: [] }] });
  await it.associate();
  const request = establishment({}, { ue });
  const [first, second] = request.createPdr;
  const localFTeid = fTeidAt(teid(local), upfN3);
  const made = await it.ask(
    {
      ...request,
      createPdr: [{ ...first!, pdi: { ...first!.pdi, localFTeid, qfi: [qfi] } }, second!],
      createQer: [{ ...request.createQer![0]!, qosFlowIdentifier: qfi }],
    },
    0n as never,
  );
  assert.ok(made.is === "PFCP Session Establishment Response" && made.upFSeid !== undefined);
  return { it, seid: made.upFSeid.seid };
}

for (const one of of("up")) {
  test(`INTEROP 36: an uplink packet of ${where(one)} goes on as its phone sent it`, async () => {
    const octets = hex(one.octets);
    const { teid: local, qfi, payload } = gPdu(octets);
    const { it } = await upfFor(local, address4(payload, 12), qfi ?? 1);
    await using _ = it;
    const gnb = await it.net.udp(ip("127.0.0.40")).bind({ host: "127.0.0.40", port: one.port });
    gnb.send(octets, { host: upfN3, port: 2152 });
    await it.clock.settle();
    // no further than the packet says that it is long
    const length = (payload[2]! << 8) | payload[3]!;
    assert.deepEqual(it.n6.sent.map(toHex), [toHex(payload.subarray(0, length))]);
  });
}

for (const one of of("down")) {
  test(`INTEROP 36: our downlink packet is that of ${where(one)}, octet for octet`, async () => {
    const octets = hex(one.octets);
    const { teid: remote, qfi, payload } = gPdu(octets);
    assert.ok(qfi !== undefined);
    // some mark best effort with QFI 0, which TS 24.501 §9.11.4.13 does not know
    const { it, seid } = await upfFor(1, address4(payload, 16), Math.max(qfi, 1));
    await using _ = it;
    await it.ask({ is: "PFCP Session Modification Request", updateFar: [towardsGnb(gtpuTo(teid(remote), gnbHost))] }, seid);
    it.n6.onPacket(payload);
    await it.clock.settle();
    const expected = hex(one.octets);
    expected[14] = Math.max(qfi, 1);
    assert.deepEqual(
      it.gnb.received.map((heard) => toHex(heard.octets)),
      [toHex(expected)],
    );
  });
}

test("attack 44: an End Marker that Open5GS's UPF sent, at a tunnel of ours, from the gNB or a stranger, changes nothing", async () => {
  await using it = await lab();
  await it.associate();
  const { uplinkTeid, seid } = await session(it);
  const stranger = await it.net.udp(ip("127.0.0.30")).bind({ host: "127.0.0.30", port: 2152 });
  const before = it.upf.state();
  for (const marked of [uplinkTeid, gnbTeid]) {
    const marker = hex(of("end")[0]!.octets);
    new DataView(marker.buffer).setUint32(4, marked);
    it.gnb.raw(marker);
    stranger.send(marker, { host: upfN3, port: 2152 });
  }
  await it.clock.settle();
  assert.deepEqual([it.reports, it.gnb.received, it.upf.state().sessions], [[], [], before.sessions]);
  it.gnb.uplink(uplinkTeid, udp4(ueAddress, server));
  it.n6.onPacket(udp4(server, ueAddress));
  await it.clock.settle();
  assert.deepEqual([it.n6.sent.length, it.gnb.payloads.length], [1, 1]);
  assert.ok(seid > 0n);
});

test("attack 42: router solicitations that phones of others sent, from link-local addresses, go nowhere and end nothing", async () => {
  await using it = await lab();
  await it.associate();
  const { uplinkTeid } = await session(it);
  for (const one of of("link-local")) {
    const octets = hex(one.octets);
    new DataView(octets.buffer).setUint32(4, uplinkTeid);
    it.gnb.raw(octets);
  }
  await it.clock.settle();
  assert.deepEqual([it.n6.sent, it.upf.state().dropped["spoofed"], it.upf.state().dropped["malformed"]], [[], 2, 0]);
});
