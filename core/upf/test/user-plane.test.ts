import assert from "node:assert/strict";
import { test } from "node:test";
import { echoRequest, errorIndication, pduSessionContainer } from "@freehold/gtpu";
import { ip, ipOctets, teid } from "@freehold/model";
import { gtpuTo } from "@freehold/pfcp";
import { hex, toHex } from "@freehold/wire";
import { establishment, gnbHost, gnbTeid, lab, number4, server, session, towardsGnb, udp4, ueAddress, upfN3 } from "./lab.ts";

test("a packet goes up to the data network and its answer down with a PDU Session Container", async () => {
  await using it = await lab();
  await it.associate();
  const { uplinkTeid } = await session(it);
  const up = udp4(ueAddress, server);
  it.gnb.uplink(uplinkTeid, up);
  await it.clock.settle();
  assert.deepEqual(it.n6.sent.map(toHex), [toHex(up)]);
  const down = udp4(server, ueAddress, { length: 60 });
  it.n6.onPacket(down);
  await it.clock.settle();
  const [first] = it.gnb.received;
  assert.ok(first?.message.is === "G-PDU");
  assert.equal(first.message.teid, gnbTeid);
  assert.deepEqual(pduSessionContainer(first.message), { pduType: 0, qfi: 1, rqi: false, ppi: undefined });
  assert.deepEqual(first.message.payload, down);
  const { packets } = it.upf.state();
  assert.deepEqual([packets["uplinkOctets"], packets["downlinkOctets"]], [40, 60]);
});

test("INTEROP 36: uplink is taken with S and PN flags, other extension headers before and after, and any source port", async () => {
  await using it = await lab();
  await it.associate();
  const { uplinkTeid } = await session(it);
  const packet = toHex(udp4(ueAddress, server));
  const id = uplinkTeid.toString(16).padStart(8, "0");
  const gpdu = (flags: string, options: string): Uint8Array => {
    const rest = hex(options + packet);
    return hex(`${flags}ff${rest.length.toString(16).padStart(4, "0")}${id}${toHex(rest)}`);
  };
  it.gnb.raw(gpdu("37", "00070985 01100100")); // S, PN and E
  it.gnb.raw(gpdu("34", "000000c0 01000185 01100140 01000000")); // PDCP PDU number before, UDP port after
  const elsewhere = await it.net.udp(ip("127.0.0.30")).bind({ host: "127.0.0.30", port: 40_000 });
  elsewhere.send(gpdu("34", "00000085 02100100 00000000"), { host: upfN3, port: 2152 }); // a longer container
  await it.clock.settle();
  assert.equal(it.n6.sent.length, 3);
  // another QFI than the PDR's does not match; none at all means no choice
  it.gnb.raw(gpdu("34", "00000085 01100200"));
  it.gnb.raw(gpdu("34", "00000085 01100000"));
  await it.clock.settle();
  assert.deepEqual([it.n6.sent.length, it.upf.state().dropped["noPdr"]], [3, 2]);
  it.gnb.raw(gpdu("30", ""));
  await it.clock.settle();
  assert.equal(it.n6.sent.length, 4);
});

test("attack 40, 42: what a UE may not send goes nowhere: others' sources, the core's addresses, loopback, multicast", async () => {
  await using it = await lab({ closed: ["172.16.0.0/12", "192.0.2.10"] });
  await it.associate();
  const { uplinkTeid } = await session(it);
  const refused: [string, string, string][] = [
    ["spoofed", "10.45.0.3", server],
    ["spoofed", "0.0.0.0", server],
    ["spoofed", "224.0.0.1", server],
    ["closedDestination", ueAddress, "172.16.0.4"], // the core's prefix
    ["closedDestination", ueAddress, "192.0.2.10"],
    ["closedDestination", ueAddress, "127.0.0.1"],
    ["closedDestination", ueAddress, "127.0.0.7"],
    ["closedDestination", ueAddress, "0.0.0.0"],
    ["closedDestination", ueAddress, "255.255.255.255"],
    ["closedDestination", ueAddress, "239.1.2.3"],
    ["closedDestination", ueAddress, "169.254.169.254"],
    ["closedDestination", ueAddress, "10.45.0.1"], // our own address in the pool: with a TUN device, the host
    ["noUe", ueAddress, "10.45.0.99"], // nobody of the pool
  ];
  for (const [reason, from, to] of refused) {
    const before = it.upf.state().dropped[reason]!;
    it.gnb.uplink(uplinkTeid, udp4(from, to, { dport: 8805 }));
    await it.clock.settle();
    assert.equal(it.upf.state().dropped[reason], before + 1, `${from} to ${to}`);
  }
  assert.deepEqual(it.n6.sent, []);
  // a ping to our own address in the pool goes
  it.gnb.uplink(uplinkTeid, udp4(ueAddress, "10.45.0.1", { protocol: 1 }));
  await it.clock.settle();
  assert.equal(it.n6.sent.length, 1);
});

test("attack 40: where packets pass through the host's kernel, the host's own addresses are closed, also those that it gets later", async () => {
  const addresses = ["192.168.7.20", "2001:db8:7::20", "no address"];
  await using it = await lab({}, undefined, () => addresses);
  await it.associate();
  const { uplinkTeid } = await session(it);
  const reaches = async (to: string): Promise<boolean> => {
    const before = it.n6.sent.length;
    it.gnb.uplink(uplinkTeid, udp4(ueAddress, to, { dport: 22 }));
    await it.clock.settle();
    return it.n6.sent.length > before;
  };
  assert.deepEqual([await reaches("192.168.7.20"), await reaches("192.168.7.21")], [false, true]);
  addresses[0] = "192.168.7.21";
  await it.clock.advance(10_000);
  assert.deepEqual([await reaches("192.168.7.20"), await reaches("192.168.7.21")], [true, false]);
});

test("attack 41: tunnels in tunnels, lying lengths and endless header chains reach nobody", async () => {
  await using it = await lab();
  await it.associate();
  const { uplinkTeid } = await session(it);
  const id = uplinkTeid.toString(16).padStart(8, "0");
  // GTP-U inside GTP-U, to our own N3 address
  it.gnb.uplink(uplinkTeid, udp4(ueAddress, upfN3, { dport: 2152 }));
  const short = udp4(ueAddress, server);
  for (const bad of [
    hex(`34ff0008${id}0000008500000000`), // extension header of length 0
    hex(`34ff0008${id}00000085ff100100`), // beyond the end
    hex(`30ff0100${id}4500`), // beyond the datagram
    hex(`30ff000b${id}4500002800000000401100`), // half an IP header
    hex("30"),
    hex(`20ff0000${id}`), // GTP'
  ])
    it.gnb.raw(bad);
  for (const change of [
    (p: Uint8Array) => p.fill(0x41, 0, 1), // header of 4 octets
    (p: Uint8Array) => p.fill(0x4f, 0, 1).fill(0x30, 3, 4), // header longer than the packet
    (p: Uint8Array) => p.fill(0xff, 2, 4), // length longer than the packet
    (p: Uint8Array) => p.fill(0x70, 0, 1), // version 7
  ]) {
    const packet = short.slice();
    change(packet);
    it.gnb.uplink(uplinkTeid, packet);
  }
  // IPv6 with a payload length of 0 and a hop-by-hop header (a jumbogram), and a chain of headers that never ends
  const jumbo = new Uint8Array(48);
  jumbo.set([0x60, 0, 0, 0, 0, 0, 0, 64]);
  it.gnb.uplink(uplinkTeid, jumbo);
  await it.clock.settle();
  assert.deepEqual(it.n6.sent, []);
  assert.deepEqual(
    it.gnb.received.map(({ message }) => message.is),
    [],
  );
  // a later fragment has no ports, but goes on
  const fragment = udp4(ueAddress, server);
  fragment.set([0, 10], 6);
  it.gnb.uplink(uplinkTeid, fragment);
  await it.clock.settle();
  assert.equal(it.n6.sent.length, 1);
});

test("attack 43: UEs reach each other only where the operator says so", async () => {
  for (const ueToUe of [false, true]) {
    // said for the data network, whatever is said for all
    await using it = await lab({ ueToUe: !ueToUe, dataNetworks: [{ dnn: "internet", pools: ["10.45.0.0/16"], ueToUe }] });
    await it.associate();
    const first = await session(it);
    await session(it, { request: establishment({}, { ue: ip("10.45.0.3"), cpSeid: 0x78n }) });
    it.gnb.uplink(first.uplinkTeid, udp4(ueAddress, "10.45.0.3"));
    await it.clock.settle();
    assert.equal(it.gnb.payloads.length, ueToUe ? 1 : 0);
    assert.equal(it.upf.state().dropped["ueToUe"], ueToUe ? 0 : 1);
    assert.deepEqual(it.n6.sent, []);
  }
});

test("INTEROP 37: echo is answered with Recovery 0; random TEIDs and echo floods have a bound", async () => {
  await using it = await lab();
  it.gnb.raw(echoRequest(0x1234));
  await it.clock.settle();
  const [echo] = it.gnb.received;
  assert.ok(echo?.message.is === "Echo Response");
  assert.deepEqual([echo.message.recovery, echo.message.sequenceNumber], [0, 0x1234]);
  for (let i = 0; i < 1_000; i++) it.gnb.uplink(0x1000 + i, udp4(ueAddress, server));
  await it.clock.settle();
  const errors = it.gnb.received.flatMap(({ message }) => (message.is === "Error Indication" ? [message] : []));
  assert.equal(errors.length, 20);
  assert.deepEqual([errors[0]?.teidDataI, errors[0]?.peerAddress], [0x1000, ipOctets(upfN3)]);
  for (let i = 0; i < 1_000; i++) it.gnb.raw(echoRequest(i));
  await it.clock.settle();
  assert.equal(it.gnb.received.filter(({ message }) => message.is === "Echo Response").length, 100);
  await it.clock.advance(1_000);
  it.gnb.raw(echoRequest(1));
  await it.clock.settle();
  assert.equal(it.gnb.received.filter(({ message }) => message.is === "Echo Response").length, 101);
});

test("TS 29.281 §5.2.1 — an extension header that must be understood and is not is answered with those that are", async () => {
  await using it = await lab();
  it.gnb.raw(hex("34ff000800000001 000000cf 01000000"));
  await it.clock.settle();
  assert.deepEqual(
    it.gnb.received.map(({ message }) => message.is),
    ["Supported Extension Headers Notification"],
  );
});

test("INTEROP 35: packets for an idle UE wait, the SMF is told once, and they come in order when the gNB is there", async () => {
  await using it = await lab();
  await it.associate();
  const { seid } = await session(it, { connected: false });
  const down = [1, 2, 3].map((fill) => udp4(server, ueAddress, { fill }));
  for (const packet of down) it.n6.onPacket(packet);
  await it.clock.settle();
  assert.equal(it.reports.length, 1);
  const [report] = it.reports;
  assert.ok(report?.message.is === "PFCP Session Report Request");
  assert.equal(report.header.seid, 0x77n);
  assert.equal(report.message.reportType.downlinkData, true);
  assert.deepEqual(report.message.downlinkDataReport?.pdrId, [2]);
  assert.equal(report.message.downlinkDataReport?.downlinkDataServiceInformation?.[0]?.qfi, 1);
  assert.equal(it.upf.state().waitingOctets, 120);
  await it.ask({ is: "PFCP Session Modification Request", updateFar: [towardsGnb()] }, seid);
  await it.clock.settle();
  assert.deepEqual(it.gnb.payloads, down);
  assert.equal(it.upf.state().waitingOctets, 0);
  // idle again: told again
  await it.ask({ is: "PFCP Session Modification Request", updateFar: [{ farId: 2, applyAction: { buff: true, nocp: true } }] }, seid);
  it.n6.onPacket(down[0]!);
  await it.clock.settle();
  assert.equal(it.reports.length, 2);
  // and dropped on request
  await it.ask({ is: "PFCP Session Modification Request", pfcpSmReqFlags: { drobu: true }, updateFar: [towardsGnb()] }, seid);
  await it.clock.settle();
  assert.equal(it.gnb.payloads.length, 3);
});

test("attack 44: what waits has a bound for a UE and for all, and the newest stays", async () => {
  await using it = await lab({ limits: { waitingPackets: 5, waitingOctets: 300 } });
  await it.associate();
  const { seid } = await session(it, { connected: false });
  await session(it, { request: establishment({}, { ue: ip("10.45.0.3"), cpSeid: 0x78n }), connected: false });
  for (let i = 1; i <= 8; i++) it.n6.onPacket(udp4(server, ueAddress, { fill: i }));
  for (let i = 1; i <= 8; i++) it.n6.onPacket(udp4(server, "10.45.0.3", { fill: i }));
  await it.clock.settle();
  assert.equal(it.upf.state().waitingOctets, 280);
  assert.equal(it.reports.length, 2);
  await it.ask({ is: "PFCP Session Modification Request", updateFar: [towardsGnb()] }, seid);
  await it.clock.settle();
  assert.deepEqual(
    it.gnb.payloads.map((p) => p[30]),
    [4, 5, 6, 7, 8],
  );
});

test("TS 29.281 §7.3.2 — when the path moves, an End Marker goes the old way before anything goes the new one", async () => {
  await using it = await lab();
  await it.associate();
  const { seid } = await session(it);
  const target = ip("127.0.0.19");
  const order: string[] = [];
  const old = it.gnb.received;
  const next = await it.net.udp(target).bind({ host: target, port: 2152 });
  next.onDatagram = () => order.push(`new after ${old.length}`);
  await it.ask({ is: "PFCP Session Modification Request", updateFar: [towardsGnb(gtpuTo(teid(0x99), target), true)] }, seid);
  it.n6.onPacket(udp4(server, ueAddress));
  await it.clock.settle();
  assert.deepEqual(
    old.map(({ message }) => `${message.is} ${message.teid}`),
    [`End Marker ${gnbTeid}`],
  );
  assert.deepEqual(order, ["new after 1"]);
});

test("INTEROP 37: an Error Indication from the tunnel's peer is reported once; one from anybody else is not", async () => {
  await using it = await lab();
  await it.associate();
  const { seid } = await session(it);
  const stranger = await it.net.udp(ip("127.0.0.30")).bind({ host: "127.0.0.30", port: 2152 });
  stranger.send(errorIndication(gnbTeid, ipOctets(gnbHost)), { host: upfN3, port: 2152 });
  it.gnb.raw(errorIndication(0x52, ipOctets(gnbHost)));
  it.gnb.raw(errorIndication(gnbTeid, ipOctets(ip("127.0.0.30"))));
  await it.clock.settle();
  assert.equal(it.reports.length, 0);
  it.gnb.raw(errorIndication(gnbTeid, ipOctets(gnbHost)));
  it.gnb.raw(errorIndication(gnbTeid, ipOctets(gnbHost)));
  await it.clock.settle();
  assert.equal(it.reports.length, 1);
  const [report] = it.reports;
  assert.ok(report?.message.is === "PFCP Session Report Request");
  assert.deepEqual(report.message.errorIndicationReport?.remoteFTeid, [{ is: "fTeid", teid: gnbTeid, ipv4: gnbHost, ipv6: undefined }]);
  it.n6.onPacket(udp4(server, ueAddress));
  await it.clock.settle();
  assert.deepEqual(it.gnb.payloads, []);
  await it.ask({ is: "PFCP Session Modification Request", updateFar: [towardsGnb(gtpuTo(teid(0x53), gnbHost))] }, seid);
  it.n6.onPacket(udp4(server, ueAddress));
  await it.clock.settle();
  assert.equal(it.gnb.payloads.length, 1);
});

test("PDRs are tried by precedence, with their SDF filters, and mark the QFI of their QER", async () => {
  await using it = await lab();
  await it.associate();
  const base = establishment();
  const { uplinkTeid, seid } = await session(it, {
    request: establishment({
      createPdr: [
        ...base.createPdr,
        {
          pdrId: 3,
          precedence: 10,
          pdi: {
            sourceInterface: "core",
            networkInstance: "internet",
            sdfFilter: [{ flowDescription: "permit out 17 from 198.51.100.0/24 5060-5061,7000 to assigned 2000" }],
          },
          farId: 2,
          qerId: [2],
        },
      ],
      createQer: [
        ...base.createQer!,
        { qerId: 2, gateStatus: { uplink: "open", downlink: "open" }, qosFlowIdentifier: 5, reflectiveQos: true },
      ],
    }),
  });
  const marks = async (packet: Uint8Array): Promise<string> => {
    const before = it.gnb.received.length;
    it.n6.onPacket(packet);
    await it.clock.settle();
    const message = it.gnb.received[before]?.message;
    const container = message && pduSessionContainer(message);
    return container === undefined ? "none" : `${container.qfi}${container.rqi ? " RQI" : ""}`;
  };
  assert.equal(await marks(udp4("198.51.100.9", ueAddress, { sport: 5061 })), "5 RQI");
  assert.equal(await marks(udp4("198.51.100.9", ueAddress, { sport: 7000 })), "5 RQI");
  assert.equal(await marks(udp4("198.51.100.9", ueAddress, { sport: 5062 })), "1");
  assert.equal(await marks(udp4("198.51.101.9", ueAddress, { sport: 5061 })), "1");
  assert.equal(await marks(udp4("198.51.100.9", ueAddress, { sport: 5061, protocol: 6 })), "1");
  // closing the gate of QER 2 stops that flow alone
  await it.ask(
    { is: "PFCP Session Modification Request", updateQer: [{ qerId: 2, gateStatus: { uplink: "open", downlink: "closed" } }] },
    seid,
  );
  assert.equal(await marks(udp4("198.51.100.9", ueAddress, { sport: 5061 })), "none");
  assert.equal(await marks(udp4("198.51.100.9", ueAddress, { sport: 1 })), "1");
  assert.equal(it.upf.state().dropped["gate"], 1);
  assert.ok(uplinkTeid < 2 ** 31);
});

test("a maximum bit rate lets through what it says, in each direction, and a session's rate bounds all its flows", async () => {
  await using it = await lab();
  await it.associate();
  const base = establishment();
  // 800 kbit/s down is 100,000 octets a second; 30,000 may come at once
  const request = establishment({
    createPdr: base.createPdr.map((pdr) => ({ ...pdr, qerId: [1, 2] })),
    createQer: [
      ...base.createQer!,
      { qerId: 2, gateStatus: { uplink: "open", downlink: "open" }, maximumBitrate: { uplink: 1_600, downlink: 800 } },
    ],
  });
  const { uplinkTeid } = await session(it, { request });
  const count = () => it.gnb.payloads.length;
  for (let i = 0; i < 100; i++) it.n6.onPacket(udp4(server, ueAddress, { length: 1_000 }));
  await it.clock.settle();
  assert.equal(count(), 30);
  for (let second = 0; second < 10; second++) {
    for (let slice = 0; slice < 20; slice++) {
      await it.clock.advance(50);
      for (let i = 0; i < 10; i++) it.n6.onPacket(udp4(server, ueAddress, { length: 1_000 }));
    }
  }
  await it.clock.settle();
  assert.equal(count() - 30, 1_000);
  for (let i = 0; i < 100; i++) it.gnb.uplink(uplinkTeid, udp4(ueAddress, server, { length: 1_000 }));
  await it.clock.settle();
  assert.equal(it.n6.sent.length, 30);
});

test("INTEROP 37: a packet too big for the path down gets ICMP with the MTU, once in a while", async () => {
  await using it = await lab({ mtu: 1_400 });
  await it.associate();
  await session(it);
  it.n6.onPacket(udp4(server, ueAddress, { length: 1_401, df: true }));
  await it.clock.settle();
  assert.deepEqual(it.gnb.payloads, []);
  const [icmp] = it.n6.sent;
  assert.ok(icmp);
  // from our address in the pool to the sender: type 3, code 4, MTU 1400, then the packet's beginning
  assert.deepEqual(
    [number4(Array.from(icmp.subarray(12, 16)).join(".")), Array.from(icmp.subarray(16, 20)).join(".")],
    [number4("10.45.0.1"), server],
  );
  assert.deepEqual(Array.from(icmp.subarray(20, 22)), [3, 4]);
  assert.equal((icmp[26]! << 8) | icmp[27]!, 1_400);
  assert.equal(icmp.length, 20 + 8 + 28);
  for (let i = 0; i < 500; i++) it.n6.onPacket(udp4(server, ueAddress, { length: 1_401, df: true }));
  await it.clock.settle();
  assert.equal(it.n6.sent.length, 50);
  // one that may be fragmented goes on
  it.n6.onPacket(udp4(server, ueAddress, { length: 1_401 }));
  await it.clock.settle();
  assert.equal(it.gnb.payloads.length, 1);
});

test("a packet for nobody, and one before the gNB's tunnel is known, go nowhere", async () => {
  await using it = await lab();
  await it.associate();
  await session(it, { connected: false, request: establishment({}, { downlink: { drop: true } }) });
  it.n6.onPacket(udp4(server, "10.45.9.9"));
  it.n6.onPacket(udp4(server, ueAddress));
  it.n6.onPacket(hex("00"));
  await it.clock.settle();
  const { dropped } = it.upf.state();
  assert.deepEqual([dropped["noUe"], dropped["dropAction"], dropped["notIp"]], [1, 1, 1]);
  assert.deepEqual(it.gnb.received, []);
});

test("INTEROP 35: a modification of a QER alone changes its rate and gate, and nothing else", async () => {
  await using it = await lab();
  await it.associate();
  const base = establishment();
  const gate = { uplink: "open", downlink: "open" } as const;
  const { seid, uplinkTeid } = await session(it, {
    request: establishment({ createQer: [{ ...base.createQer![0]!, maximumBitrate: { uplink: 8_000, downlink: 8_000 } }] }),
  });
  const [before] = it.upf.state().sessions;
  const change = (updateQer: object) => it.ask({ is: "PFCP Session Modification Request", updateQer: [{ qerId: 1, ...updateQer }] }, seid);
  const down = async (): Promise<number> => {
    const count = it.gnb.payloads.length;
    for (let i = 0; i < 200; i++) it.n6.onPacket(udp4(server, ueAddress, { length: 1_000 }));
    await it.clock.settle();
    return it.gnb.payloads.length - count;
  };
  assert.equal(await down(), 100); // a tenth of a second of 8 Mbit/s
  const answer = await change({ maximumBitrate: { uplink: 8_000, downlink: 80 } });
  assert.ok("cause" in answer && answer.cause === 1);
  assert.equal(await down(), 30); // the least burst
  it.gnb.uplink(uplinkTeid, udp4(ueAddress, server));
  await change({ gateStatus: { ...gate, downlink: "closed" } });
  await it.clock.advance(10_000);
  assert.deepEqual([await down(), it.n6.sent.length], [0, 1]);
  await change({ gateStatus: gate });
  assert.equal(await down(), 30);
  const [after] = it.upf.state().sessions;
  assert.deepEqual([after?.pdrs, after?.fars, after?.teids], [before?.pdrs, before?.fars, before?.teids]);
});

test("a packet that one QER refuses is not counted by another, and a change of other rules refills no bucket", async () => {
  await using it = await lab();
  await it.associate();
  const base = establishment();
  const gate = { uplink: "open", downlink: "open" } as const;
  const [uplink, downlink] = base.createPdr;
  // QER 1 lets 100,000 octets through at once, QER 2 30,000; the second downlink PDR has the first alone
  const { seid } = await session(it, {
    request: establishment({
      createPdr: [
        uplink!,
        { ...downlink!, qerId: [1, 2] },
        {
          ...downlink!,
          pdrId: 3,
          precedence: 1,
          pdi: { ...downlink!.pdi, sdfFilter: [{ flowDescription: "permit out 6 from any to assigned" }] },
          qerId: [1],
        },
      ],
      createQer: [
        { qerId: 1, gateStatus: gate, maximumBitrate: { uplink: 8_000, downlink: 8_000 }, qosFlowIdentifier: 1 },
        { qerId: 2, gateStatus: gate, maximumBitrate: { uplink: 8, downlink: 8 } },
      ],
    }),
  });
  const through = async (packet: Uint8Array): Promise<number> => {
    const before = it.gnb.payloads.length;
    for (let i = 0; i < 100; i++) it.n6.onPacket(packet);
    await it.clock.settle();
    return it.gnb.payloads.length - before;
  };
  assert.equal(await through(udp4(server, ueAddress, { length: 1_000 })), 30);
  const touched = await it.ask(
    { is: "PFCP Session Modification Request", updateQer: [{ qerId: 1, gateStatus: gate }], updateFar: [towardsGnb()] },
    seid,
  );
  assert.ok("cause" in touched && touched.cause === 1);
  assert.equal(await through(udp4(server, ueAddress, { length: 1_000 })), 0);
  assert.equal(await through(udp4(server, ueAddress, { length: 1_000, protocol: 6 })), 70);
});
