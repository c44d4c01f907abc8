import assert from "node:assert/strict";
import { test } from "node:test";
import { type IpAddress, type Ipv4, ip, seid, teid } from "@freehold/model";
import { type Answer, fTeidAt, gtpuTo, type Incoming, nodeIdOf, SessionEstablishmentRequest } from "@freehold/pfcp";
import { hex } from "@freehold/wire";
import {
  establishment,
  gnbHost,
  gnbTeid,
  type Lab,
  lab,
  server,
  session,
  smfHost,
  towardsGnb,
  udp4,
  ueAddress,
  upfAt,
  upfN3,
} from "./lab.ts";

const setup = (nodeId = nodeIdOf(smfHost), recoveryTimeStamp = 1_000) =>
  ({ is: "PFCP Association Setup Request", nodeId, recoveryTimeStamp }) as const;
const causeOf = (message: object): unknown => ("cause" in message ? message.cause : undefined);

/** Uplink and downlink work, or not. */
async function flows(it: Lab, uplinkTeid: number): Promise<[boolean, boolean]> {
  const [up, down] = [it.n6.sent.length, it.gnb.payloads.length];
  it.gnb.uplink(uplinkTeid, udp4(ueAddress, server));
  it.n6.onPacket(udp4(server, ueAddress));
  await it.clock.settle();
  return [it.n6.sent.length > up, it.gnb.payloads.length > down];
}

test("INTEROP 33: an association tells the features, and heartbeats are answered, from strangers too", async () => {
  await using it = await lab();
  const stranger = await it.endpoint(ip("127.0.0.66"));
  const beat = await it.clock.until(stranger.request(upfAt, { is: "PFCP Heartbeat Request", recoveryTimeStamp: 5 }));
  assert.equal(beat.message.recoveryTimeStamp, it.upf.state().recoveryTimeStamp);
  const answer = await it.ask(setup());
  assert.ok(answer.is === "PFCP Association Setup Response");
  assert.equal(answer.cause, 1);
  assert.equal(answer.upFunctionFeatures?.ftup, true);
  assert.deepEqual(answer.nodeId, nodeIdOf(ip("127.0.0.7")));
});

test("attack 32: an SMF that is not configured, or calls itself another's name, has no association", async () => {
  await using it = await lab({
    smfs: [{ addresses: [smfHost] }, { addresses: ["127.0.0.64/28"], nodeId: { is: "fqdn", value: "smf2.example" } }],
  });
  await it.associate();
  const { uplinkTeid } = await session(it);
  const stranger = await it.endpoint(ip("127.0.0.33"));
  const other = await it.endpoint(ip("127.0.0.66"));
  const ask = async (who: typeof stranger, name: Parameters<typeof setup>[0]) =>
    causeOf((await it.clock.until(who.request(upfAt, setup(name)))).message);
  assert.equal(await ask(stranger, nodeIdOf(ip("127.0.0.33"))), 64);
  assert.equal(await ask(stranger, nodeIdOf(smfHost)), 64);
  assert.equal(await ask(other, nodeIdOf(smfHost)), 64);
  assert.equal(await ask(other, { is: "fqdn", value: "smf3.example" }), 64);
  assert.equal(await ask(other, { is: "fqdn", value: "SMF2.example" }), 1);
  assert.equal(await ask(stranger, { is: "fqdn", value: "smf2.example" }), 64);
  assert.deepEqual(
    it.upf
      .state()
      .associations.map(({ smf }) => smf)
      .sort(),
    ["127.0.0.4", "smf2.example"],
  );
  assert.deepEqual(await flows(it, uplinkTeid), [true, true]);
});

test("attack 32: a configured address with ten thousand names gets as many associations as there are room for", async () => {
  await using it = await lab({ limits: { associations: 10 }, smfs: [{ addresses: [smfHost] }] });
  const causes: Record<number, number> = {};
  for (let i = 0; i < 500; i++) {
    const cause = Number(causeOf(await it.ask(setup({ is: "fqdn", value: `smf${i}.example` }))));
    causes[cause] = (causes[cause] ?? 0) + 1;
  }
  assert.deepEqual(causes, { 1: 10, 75: 490 });
});

test("attack 33: a session is its SMF's alone: another SMF's requests find nothing, whatever SEID they guess", async () => {
  await using it = await lab({ smfs: [{ addresses: [smfHost] }, { addresses: ["127.0.0.5"] }] });
  await it.associate();
  const { seid: up, uplinkTeid } = await session(it);
  const other = await it.endpoint(ip("127.0.0.5"));
  assert.equal(causeOf((await it.clock.until(other.request(upfAt, setup(nodeIdOf(ip("127.0.0.5")))))).message), 1);
  const stranger = await it.endpoint(ip("127.0.0.33"));
  for (const who of [other, stranger]) {
    const modified = await it.clock.until(
      who.request(
        upfAt,
        { is: "PFCP Session Modification Request", updateFar: [towardsGnb(gtpuTo(teid(1), ip("127.0.0.33")))] },
        { seid: up },
      ),
    );
    assert.deepEqual([causeOf(modified.message), modified.header.seid], [65, 0n]);
    const deleted = await it.clock.until(who.request(upfAt, { is: "PFCP Session Deletion Request" }, { seid: up }));
    assert.equal(causeOf(deleted.message), 65);
  }
  const stolen = await it.clock.until(stranger.request(upfAt, establishment({}, { ue: ip("10.45.0.9") }), { seid: seid(0n) }));
  assert.equal(causeOf(stolen.message), 72);
  assert.deepEqual(await flows(it, uplinkTeid), [true, true]);
});

test("attack 33: two SMFs of one configured prefix do not touch each other's sessions or names", async () => {
  await using it = await lab({ smfs: [{ addresses: ["127.0.0.0/29"] }] });
  const fqdn = { is: "fqdn", value: "smf.example" } as const;
  assert.equal(causeOf(await it.ask(setup(fqdn))), 1);
  const made = await it.ask({ ...establishment(), nodeId: fqdn }, seid(0n));
  assert.ok(made.is === "PFCP Session Establishment Response" && made.cause === 1);
  const other = await it.endpoint(ip("127.0.0.5"));
  const cause = async (message: Parameters<typeof other.request>[1], to?: bigint) =>
    causeOf((await it.clock.until(other.request(upfAt, message, to === undefined ? {} : { seid: seid(to) }))).message);
  assert.equal(await cause(setup(nodeIdOf(ip("127.0.0.5")))), 1);
  assert.equal(await cause(setup(fqdn)), 64);
  assert.equal(await cause({ is: "PFCP Session Deletion Request" }, made.upFSeid!.seid), 65);
  assert.equal(await cause({ ...establishment(), nodeId: fqdn }, 0n), 72);
  assert.equal(await cause({ is: "PFCP Association Release Request", nodeId: fqdn }), 72);
  assert.equal(it.upf.state().sessions.length, 1);
});

test("attack 33: SEIDs and TEIDs cannot be foretold", async () => {
  await using it = await lab();
  await it.associate();
  const seids = new Set<bigint>();
  const teids: number[] = [];
  for (let i = 2; i < 34; i++) {
    const made = await session(it, { request: establishment({}, { ue: ip(`10.45.1.${i}`), cpSeid: BigInt(i) }), connected: false });
    seids.add(made.seid);
    teids.push(made.uplinkTeid);
  }
  assert.equal(seids.size, 32);
  assert.equal(new Set(teids).size, 32);
  assert.ok([...seids].every((id) => id > 2n ** 40n));
  const steps = new Set(teids.slice(1).map((id, i) => id - teids[i]!));
  assert.ok(steps.size > 30, "no step repeats");
});

test("attack 34: an address that is another session's, or outside the pools, is refused, and so is a TEID that is taken", async () => {
  await using it = await lab();
  await it.associate();
  const first = await session(it);
  const taken = await it.ask(establishment({}, { cpSeid: 0x99n }), seid(0n));
  assert.ok(taken.is === "PFCP Session Establishment Response");
  assert.deepEqual([taken.cause, taken.failedRuleId, taken.upFSeid], [73, { rule: "pdr", id: 1 }, undefined]);
  const outside = await it.ask(establishment({}, { ue: ip("10.99.0.1"), cpSeid: 0x99n }), seid(0n));
  assert.equal(causeOf(outside), 73);
  const request = establishment({}, { ue: ip("10.45.0.3"), cpSeid: 0x99n });
  const [uplink, downlink] = request.createPdr;
  const given = (id: number, address: IpAddress = upfN3) => ({
    ...request,
    createPdr: [{ ...uplink!, pdi: { ...uplink!.pdi, localFTeid: fTeidAt(teid(id), address) } }, downlink!],
  });
  assert.equal(causeOf(await it.ask(given(first.uplinkTeid), seid(0n))), 71);
  assert.equal(causeOf(await it.ask(given(77, gnbHost), seid(0n))), 71);
  assert.equal(it.upf.state().sessions.length, 1);
  assert.deepEqual(await flows(it, first.uplinkTeid), [true, true]);
  // an F-TEID of the SMF's own choosing is taken when it is free
  assert.equal(causeOf(await it.ask(given(77), seid(0n))), 1);
});

test("attack 35: a modification that is refused changes nothing, however much of it was right", async () => {
  await using it = await lab();
  await it.associate();
  const { seid: up, uplinkTeid } = await session(it);
  const before = it.upf.state();
  const refused = async (request: object): Promise<[unknown, unknown]> => {
    const message = await it.ask({ is: "PFCP Session Modification Request", ...request }, up);
    return [causeOf(message), "failedRuleId" in message ? message.failedRuleId : undefined];
  };
  const pdr3 = {
    pdrId: 3,
    precedence: 1,
    pdi: { sourceInterface: "access" as const, localFTeid: { is: "choose" as const, v4: true, v6: false } },
    farId: 1,
  };
  const drop = { farId: 2, applyAction: { drop: true } };
  assert.deepEqual(await refused({ updateFar: [drop], removePdr: [{ pdrId: 9 }] }), [73, { rule: "pdr", id: 9 }]);
  assert.deepEqual(await refused({ updateFar: [drop, { farId: 9, applyAction: { drop: true } }] }), [73, { rule: "far", id: 9 }]);
  assert.deepEqual(await refused({ createPdr: [pdr3, { ...pdr3, pdrId: 4, farId: 44 }] }), [73, { rule: "pdr", id: 4 }]);
  assert.deepEqual(await refused({ createPdr: [pdr3, { ...pdr3, pdrId: 1 }] }), [73, { rule: "pdr", id: 1 }]);
  assert.deepEqual(await refused({ removeFar: [{ farId: 2 }] }), [73, { rule: "pdr", id: 2 }]);
  assert.deepEqual(await refused({ updateFar: [{ farId: 2, applyAction: {} }] }), [69, { rule: "far", id: 2 }]);
  assert.deepEqual(await refused({ updateFar: [drop], updatePdr: [{ pdrId: 2, qerId: [7] }] }), [73, { rule: "pdr", id: 2 }]);
  const { sessions } = it.upf.state();
  assert.deepEqual(sessions, before.sessions);
  assert.deepEqual(await flows(it, uplinkTeid), [true, true]);
});

test("attack 36: what a request must have and has not is named", async () => {
  await using it = await lab();
  await it.associate();
  const request = establishment();
  const [first, second] = request.createPdr;
  const refusal = async (change: object): Promise<unknown[]> => {
    const message = await it.ask(SessionEstablishmentRequest({ ...request, ...change }), seid(0n));
    assert.ok(message.is === "PFCP Session Establishment Response");
    return [message.cause, message.offendingIe, message.failedRuleId?.id];
  };
  assert.deepEqual(await refusal({ createPdr: [{ ...first, farId: undefined }, second] }), [67, 108, 1]);
  assert.deepEqual(await refusal({ createFar: [{ farId: 1, applyAction: { forw: true } }, request.createFar[1]] }), [67, 4, 1]);
  assert.deepEqual(await refusal({ createPdr: [first, first] }), [73, undefined, 1]);
  assert.deepEqual(await refusal({ createFar: [request.createFar[0]] }), [73, undefined, 2]);
  assert.deepEqual(await refusal({ createFar: [{ farId: 1, applyAction: { forw: true, drop: true } }] }), [69, 44, 1]);
  assert.deepEqual(await refusal({ pdnType: "ethernet" }), [76, undefined, undefined]);
  for (const flowDescription of [
    "",
    "permit",
    "permit out ip from any",
    "deny out ip from any to any",
    "permit out ip from !10.0.0.1 to assigned",
    "permit out ip from any 99999 to assigned",
    "permit out ip from any to assigned frag",
  ]) {
    const filtered = { ...second, pdi: { ...second!.pdi, sdfFilter: [{ flowDescription }] } };
    assert.deepEqual(await refusal({ createPdr: [first, filtered] }), [73, 23, 2], flowDescription);
  }
  assert.deepEqual(it.upf.state().sessions, []);
});

test("attack 38: sessions and rules have a bound, and TEIDs of what was refused are free again", async () => {
  await using it = await lab({ limits: { sessions: 3, rules: 4 } });
  await it.associate();
  const request = establishment();
  const many = SessionEstablishmentRequest({
    ...request,
    createPdr: Array.from({ length: 5 }, (_, i) => ({ ...request.createPdr[0]!, pdrId: i + 1 })),
  });
  assert.equal(causeOf(await it.ask(many, seid(0n))), 75);
  const causes: unknown[] = [];
  for (let i = 0; i < 5; i++)
    causes.push(causeOf(await it.ask(establishment({}, { ue: ip(`10.45.0.${10 + i}`), cpSeid: BigInt(i) }), seid(0n))));
  assert.deepEqual(causes, [1, 1, 1, 75, 75]);
});

test("INTEROP 33: a repeated request gets the same answer; a restarted SMF loses its sessions; an old time stamp changes nothing", async () => {
  await using it = await lab();
  await it.associate();
  const { uplinkTeid } = await session(it);
  const beat = (recoveryTimeStamp: number) => it.ask({ is: "PFCP Heartbeat Request", recoveryTimeStamp });
  await beat(1_000);
  await beat(999);
  await beat(3);
  assert.deepEqual(await flows(it, uplinkTeid), [true, true]);
  // a request with the time of day is not believed (OAI's SMF sends such): the SMF is asked, and answers as before
  await beat(5_000);
  await it.clock.advance(100);
  assert.deepEqual(await flows(it, uplinkTeid), [true, true]);
  it.life.recoveryTimeStamp = 1_001;
  await beat(1_001);
  await it.clock.advance(100);
  assert.deepEqual(it.upf.state().sessions, []);
  assert.deepEqual(it.upf.state().associations, []);
  assert.deepEqual(await flows(it, uplinkTeid), [false, false]);
  assert.equal(causeOf(await it.ask(establishment(), seid(0n))), 72);
  // setting up anew ends what was before, whatever the time stamp
  await it.associate();
  await session(it);
  await it.associate();
  assert.deepEqual(it.upf.state().sessions, []);
});

test("the same bytes from the SMF twice establish one session", async () => {
  await using it = await lab();
  await it.associate();
  let dropped = 0;
  it.net.arrivals = ({ from }) => (from === "127.0.0.7" && dropped++ < 2 ? 0 : 1);
  await session(it, { connected: false });
  assert.equal(dropped, 3);
  assert.equal(it.upf.state().sessions.length, 1);
  assert.equal(it.upf.state().n4["established"], 1);
});

test("TS 29.244 §5.5.3 — PDRs with one CHOOSE ID share an F-TEID, and it is free when the session ends", async () => {
  await using it = await lab();
  await it.associate();
  const request = establishment();
  const [uplink, downlink] = request.createPdr;
  const shared = (pdrId: number, chooseId: number) => ({
    ...uplink!,
    pdrId,
    pdi: { ...uplink!.pdi, localFTeid: { is: "choose" as const, v4: true, v6: false, chooseId } },
  });
  const { response, seid: up } = await session(it, {
    request: { ...request, createPdr: [shared(1, 4), downlink!, shared(3, 4), shared(5, 6)] },
  });
  const teids = response.createdPdr?.map(({ localFTeid }) => (localFTeid?.is === "fTeid" ? localFTeid.teid : undefined));
  assert.equal(teids?.length, 3);
  assert.equal(teids?.[0], teids?.[1]);
  assert.notEqual(teids?.[0], teids?.[2]);
  const deleted = await it.ask({ is: "PFCP Session Deletion Request" }, up);
  assert.equal(causeOf(deleted), 1);
  it.gnb.uplink(Number(teids?.[0]), udp4(ueAddress, server));
  await it.clock.settle();
  assert.deepEqual(it.n6.sent, []);
  assert.equal(causeOf(await it.ask({ is: "PFCP Session Deletion Request" }, up)), 65);
});

test("our heartbeats find an SMF that is silent, keep its sessions, and end them when it comes back as another", async () => {
  await using it = await lab({ heartbeat: 10_000 });
  await it.associate();
  const { uplinkTeid } = await session(it);
  const alive = () => it.upf.state().associations.map(({ alive, sessions }) => [alive, sessions]);
  await it.clock.advance(30_000);
  assert.deepEqual(alive(), [[true, 1]]);
  it.net.cut("127.0.0.4");
  await it.clock.advance(40_000);
  assert.deepEqual(alive(), [[false, 1]]);
  assert.deepEqual(await flows(it, uplinkTeid), [true, true]);
  it.net.mend("127.0.0.4");
  await it.clock.advance(20_000);
  assert.deepEqual(alive(), [[true, 1]]);
  it.life.recoveryTimeStamp = 2_000;
  await it.clock.advance(20_000);
  assert.deepEqual(alive(), []);
  assert.deepEqual(it.upf.state().sessions, []);
});

test("INTEROP 33: the UPF sets up the association itself where it is told to, and tries again", async () => {
  let refusals = 2;
  const seen: Incoming[] = [];
  await using it = await lab({ smfs: [{ addresses: [smfHost], connect: true }] }, (incoming): Answer | undefined => {
    if (incoming.message.is !== "PFCP Association Setup Request") return undefined;
    seen.push(incoming);
    const cause = refusals-- > 0 ? 74 : 1;
    return { message: { is: "PFCP Association Setup Response", nodeId: nodeIdOf(smfHost), cause, recoveryTimeStamp: 1_000 } };
  });
  await it.clock.advance(20_000);
  assert.equal(seen.length, 3);
  assert.equal(seen[0]?.message.is === "PFCP Association Setup Request" && seen[0].message.upFunctionFeatures?.ftup, true);
  const { uplinkTeid } = await session(it);
  assert.deepEqual(await flows(it, uplinkTeid), [true, true]);
  // the SMF restarts: the association is set up again
  it.life.recoveryTimeStamp = 2_000;
  await it.ask({ is: "PFCP Heartbeat Request", recoveryTimeStamp: 2_000 });
  await it.clock.advance(100);
  assert.equal(seen.length, 4);
  assert.deepEqual(it.upf.state().sessions, []);
});

test("INTEROP 33: when both sides set up the association at once, sessions made meanwhile stay", async () => {
  await using it = await lab({ smfs: [{ addresses: [smfHost], connect: true }] }, (incoming): Answer | undefined =>
    incoming.message.is === "PFCP Association Setup Request"
      ? { message: { is: "PFCP Association Setup Response", nodeId: nodeIdOf(smfHost), cause: 1, recoveryTimeStamp: 1_000 } }
      : undefined,
  );
  // our request is lost; the SMF's own comes, and a session, before we ask again
  it.net.cut("127.0.0.4");
  await it.clock.advance(500);
  it.net.mend("127.0.0.4");
  await it.associate();
  const { uplinkTeid } = await session(it);
  await it.clock.advance(30_000);
  assert.deepEqual(await flows(it, uplinkTeid), [true, true]);
});

test("a session report that the SMF knows nothing of ends the session; one that is not answered may be sent again", async () => {
  let cause = 65;
  await using it = await lab({ t1: 100, n1: 2 }, (incoming) => ({
    seid: incoming.header.seid,
    message: { is: "PFCP Session Report Response", cause },
  }));
  await it.associate();
  await session(it, { connected: false });
  it.n6.onPacket(udp4(server, ueAddress));
  await it.clock.advance(10);
  assert.deepEqual(it.upf.state().sessions, []);
  cause = 1;
  await session(it, { connected: false });
  it.net.cut("127.0.0.4");
  it.n6.onPacket(udp4(server, ueAddress));
  await it.clock.advance(1_000);
  it.net.mend("127.0.0.4");
  it.n6.onPacket(udp4(server, ueAddress));
  await it.clock.advance(10);
  assert.equal(it.reports.length, 2);
});

test("usage is counted and reported: on deletion, on query, at a volume, and by the clock", async () => {
  await using it = await lab();
  await it.associate();
  const base = establishment();
  const { seid: up, uplinkTeid } = await session(it, {
    request: {
      ...base,
      createPdr: base.createPdr.map((pdr) => ({ ...pdr, urrId: [1, 2] })),
      createUrr: [
        {
          urrId: 1,
          measurementMethod: { volume: true, duration: true },
          reportingTriggers: { volth: true },
          volumeThreshold: { total: 200n },
        },
        { urrId: 2, measurementMethod: { volume: true }, reportingTriggers: { perio: true }, measurementPeriod: 60 },
      ],
    },
  });
  await flows(it, uplinkTeid);
  await it.clock.advance(5_000);
  const queried = await it.ask({ is: "PFCP Session Modification Request", queryUrr: [{ urrId: 1 }] }, up);
  assert.ok(queried.is === "PFCP Session Modification Response");
  const [report] = queried.usageReport ?? [];
  assert.deepEqual(
    [report?.volumeMeasurement?.uplink, report?.volumeMeasurement?.downlink, report?.durationMeasurement, report?.urSeqn],
    [40n, 40n, 5, 0],
  );
  for (let i = 0; i < 5; i++) it.gnb.uplink(uplinkTeid, udp4(ueAddress, server));
  await it.clock.settle();
  assert.equal(it.reports.length, 1);
  await it.clock.advance(60_000);
  assert.equal(it.reports.length, 2);
  const deleted = await it.ask({ is: "PFCP Session Deletion Request" }, up);
  assert.ok(deleted.is === "PFCP Session Deletion Response");
  assert.deepEqual(
    deleted.usageReport?.map(({ urrId, usageReportTrigger }) => [urrId, usageReportTrigger.termr]),
    [
      [1, true],
      [2, true],
    ],
  );
  await it.clock.advance(200_000);
  assert.equal(it.reports.length, 2);
});

test("an Update PDR whose PDI does not mention the F-TEID keeps it, and TEIDs come and go with their PDRs", async () => {
  await using it = await lab();
  await it.associate();
  const { seid: up, uplinkTeid } = await session(it);
  const teids = () => it.upf.state().n4["teids"];
  const pdi = { sourceInterface: "access", networkInstance: "internet", qfi: [1, 2] } as const;
  assert.equal(causeOf(await it.ask({ is: "PFCP Session Modification Request", updatePdr: [{ pdrId: 1, pdi }] }, up)), 1);
  assert.deepEqual(await flows(it, uplinkTeid), [true, true]);
  it.gnb.uplink(uplinkTeid, udp4(ueAddress, server), 2);
  await it.clock.settle();
  assert.equal(it.n6.sent.length, 2);
  assert.equal(teids(), 1);
  const localFTeid = { is: "choose", v4: true, v6: false } as const;
  const createPdr = [{ pdrId: 7, precedence: 9, pdi: { ...pdi, localFTeid }, farId: 1 }];
  const made = await it.ask({ is: "PFCP Session Modification Request", createPdr }, up);
  assert.ok(made.is === "PFCP Session Modification Response");
  const chosen = made.createdPdr?.[0]?.localFTeid;
  assert.ok(chosen?.is === "fTeid" && chosen.teid !== uplinkTeid);
  assert.equal(teids(), 2);
  await it.ask({ is: "PFCP Session Modification Request", createPdr: [{ ...createPdr[0]!, pdrId: 8, farId: 99 }] }, up);
  await it.ask({ is: "PFCP Session Modification Request", removePdr: [{ pdrId: 7 }] }, up);
  assert.equal(teids(), 1);
  await it.ask({ is: "PFCP Session Deletion Request" }, up);
  assert.equal(teids(), 0);
});

test("a UE moved to another gNB and back keeps its uplink tunnel", async () => {
  await using it = await lab();
  await it.associate();
  const { seid: up, uplinkTeid } = await session(it);
  for (const peer of [gtpuTo(teid(9), ip("127.0.0.19")), gtpuTo(gnbTeid, gnbHost)]) {
    assert.equal(causeOf(await it.ask({ is: "PFCP Session Modification Request", updateFar: [towardsGnb(peer, true)] }, up)), 1);
  }
  assert.deepEqual(await flows(it, uplinkTeid), [true, true]);
});

test("a request for what is not served is refused with its own response", async () => {
  await using it = await lab();
  await it.associate();
  assert.equal(causeOf(await it.ask({ is: "PFCP PFD Management Request" })), 76);
  assert.equal(causeOf(await it.ask({ is: "PFCP Session Set Deletion Request", nodeId: nodeIdOf(smfHost) })), 76);
  assert.equal(causeOf(await it.ask({ is: "PFCP Association Release Request", nodeId: nodeIdOf(ip("127.0.0.50")) })), 72);
  assert.equal(causeOf(await it.ask({ is: "PFCP Association Release Request", nodeId: nodeIdOf(smfHost) })), 1);
  assert.deepEqual(it.upf.state().associations, []);
});

test("attack 37: random octets at N4 and N3 change nothing and end nothing", async () => {
  await using it = await lab();
  await it.associate();
  const { uplinkTeid, seid: up } = await session(it);
  const at = await it.net.udp("127.0.0.4").bind({ host: "127.0.0.4", port: 40_000 });
  const before = it.upf.state().sessions;
  const seidHex = up.toString(16).padStart(16, "0");
  for (const body of [
    "",
    "00",
    "000a",
    "000a0000",
    "000a0004006c0000",
    "000b00020054",
    "0031000101",
    "ffffffff",
    "0054000201",
    "000900060038000200ff",
  ]) {
    const octets = hex(body);
    for (const type of ["34", "32", "36"]) {
      const length = (12 + octets.length).toString(16).padStart(4, "0");
      if (type === "36" || (type === "34" && body === "")) continue;
      at.send(hex(`21${type}${length}${seidHex}00000900${body}`), upfAt);
    }
    it.gnb.raw(octets);
  }
  await it.clock.settle();
  assert.deepEqual(
    it.upf.state().sessions.map(({ pdrs, fars }) => [pdrs, fars]),
    before.map(({ pdrs, fars }) => [pdrs, fars]),
  );
  assert.deepEqual(await flows(it, uplinkTeid), [true, true]);
});

test("TS 29.244 §6.2.6.2.2 — an SMF that sets up its association anew keeps the sessions that it asks to retain, and is told so", async () => {
  await using it = await lab();
  await it.associate();
  const { uplinkTeid } = await session(it);
  const before = it.upf.state().sessions.map(({ seid: id }) => id);
  const again = setup(nodeIdOf(smfHost), 3_900_000_000);
  const kept = await it.ask({ ...again, pfcpSessionRetentionInformation: {} });
  assert.ok(kept.is === "PFCP Association Setup Response");
  assert.deepEqual(kept.pfcpAsRspFlags?.psrei, true);
  assert.deepEqual(
    it.upf.state().sessions.map(({ seid: id }) => id),
    before,
  );
  assert.deepEqual(await flows(it, uplinkTeid), [true, true]);
  // Of another control plane entity only: ours is not among them.
  const others = { cpPfcpEntityIpAddress: [{ ipv4: ip("127.0.0.99") as Ipv4 }] };
  await it.ask({ ...again, pfcpSessionRetentionInformation: others });
  assert.deepEqual(it.upf.state().sessions, []);
  // With nothing to retain it is as the first time.
  await session(it);
  const anew = await it.ask(again);
  assert.ok(anew.is === "PFCP Association Setup Response" && anew.pfcpAsRspFlags === undefined);
  assert.deepEqual(it.upf.state().sessions, []);
});

test("TS 29.244 §5.6.2 — an SMF that asks again under a CP F-SEID has lost our answer: the session is made anew in the place of the first", async () => {
  await using it = await lab();
  await it.associate();
  const first = await session(it);
  const second = await session(it);
  assert.notEqual(second.seid, first.seid);
  assert.equal(it.upf.state().sessions.length, 1);
  assert.equal(it.upf.state().n4["teids"], 1);
  assert.deepEqual(await flows(it, second.uplinkTeid), [true, true]);
});
