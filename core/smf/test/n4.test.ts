import assert from "node:assert/strict";
import { test } from "node:test";
import { Cause5gsm, ip, seid, teid } from "@freehold/model";
import { Cause, nodeIdOf, PfcpEndpoint, type PfcpRequest } from "@freehold/pfcp";
import { memoryLog, seededRandom } from "@freehold/runtime";
import { gnbTunnel, nothing, smfAddress, smfTwin, supi, upfAddress } from "./twin.ts";

const established = async () => {
  const twin = await smfTwin();
  await twin.create();
  const [session] = twin.upf.sessions.values();
  assert.ok(session);
  return { twin, ...session };
};
const smf = { host: smfAddress, port: 8805 };

test("INTEROP 34: the rules that UPFs of others need: PDN type, DNN, F-TEID to choose, UE address both ways, QFI", async () => {
  const { establishment: e } = await established();
  assert.deepEqual([e.pdnType, e.apnDnn, e.sNssai], ["ipv4", "internet", { sst: 1, sd: "000001" }]);
  assert.equal(e.cpFSeid.ipv4, smfAddress);
  const [uplink, downlink] = e.createPdr;
  assert.equal(uplink?.pdi.sourceInterface, "access");
  assert.equal(uplink?.pdi.localFTeid?.is, "choose");
  assert.equal(uplink?.pdi.networkInstance, "internet");
  assert.deepEqual(uplink?.pdi.qfi, [1]);
  assert.deepEqual([uplink?.pdi.ueIpAddress?.[0]?.destination, uplink?.pdi.ueIpAddress?.[0]?.ipv4], [false, "10.45.0.3"]);
  assert.equal(uplink?.outerHeaderRemoval?.description, "gtpuUdpIpv4");
  assert.deepEqual([downlink?.pdi.sourceInterface, downlink?.pdi.ueIpAddress?.[0]?.destination], ["core", true]);
  const [up, down] = e.createFar;
  assert.deepEqual([up?.applyAction.forw, up?.forwardingParameters?.destinationInterface], [true, "core"]);
  assert.deepEqual([down?.applyAction.buff, down?.applyAction.forw, down?.forwardingParameters], [true, false, undefined]);
  const [qer] = e.createQer ?? [];
  assert.deepEqual(qer?.gateStatus, { uplink: "open", downlink: "open" });
  assert.deepEqual(qer?.maximumBitrate, { uplink: 50_000, downlink: 200_000 });
  assert.equal(qer?.qosFlowIdentifier, 1);
  assert.deepEqual([uplink?.qerId, downlink?.qerId], [[1], [1]]);
});

test("INTEROP 35: the gNB's tunnel turns the downlink on; an idle phone's packets wait and are reported", async () => {
  const { twin, modifications } = await established();
  const far = modifications[0]?.updateFar?.[0];
  assert.equal(far?.applyAction?.forw, true);
  assert.deepEqual(far?.updateForwardingParameters?.outerHeaderCreation, {
    description: 0x0100,
    teid: gnbTunnel.teid,
    ipv4: gnbTunnel.address,
    ipv6: undefined,
    port: undefined,
    cTag: undefined,
    sTag: undefined,
  });
  const idle = await twin.updated(1, { upCnxState: "DEACTIVATED" });
  assert.equal(idle.ok && idle.value?.upCnxState, "DEACTIVATED");
  const action = modifications[1]?.updateFar?.[0]?.applyAction;
  assert.deepEqual([action?.buff, action?.nocp, action?.forw], [true, true, false]);
  assert.equal(twin.smf.state().sessions[0]?.downlink, undefined);

  const report = { is: "PFCP Session Report Request", reportType: { downlinkData: true }, downlinkDataReport: { pdrId: [2] } } as const;
  const ours = seid(BigInt(`0x${twin.smf.state().sessions[0]?.seid}`));
  const given = await twin.clock.until(twin.upf.endpoint!.request(smf, report, { seid: ours }));
  assert.equal(given.message.cause, Cause.requestAccepted);
  assert.equal(given.header.seid, seid(0x5001n));

  const service = await twin.updated(1, { upCnxState: "ACTIVATING" });
  assert.equal(service.ok && service.value?.n2SmInfoType, "PDU_RES_SETUP_REQ");
  assert.equal(twin.smf.state().sessions[0]?.connection, "ACTIVATED");
  assert.deepEqual(twin.smf.state().sessions[0]?.downlink, gnbTunnel);
});

test("a service request that the gNB refuses leaves the session idle", async () => {
  const { twin } = await established();
  await twin.updated(1, { upCnxState: "DEACTIVATED" });
  twin.gnb = "refuses";
  await twin.updated(1, { upCnxState: "ACTIVATING" });
  const [session] = twin.smf.state().sessions;
  assert.deepEqual([session?.state, session?.connection], ["ACTIVE", "DEACTIVATED"]);
});

test("INTEROP 37: an error indication of the gNB's tunnel ends the connection, of another tunnel nothing", async () => {
  const { twin } = await established();
  const ours = seid(BigInt(`0x${twin.smf.state().sessions[0]?.seid}`));
  const report = (tunnel: { teid: number; address: string }) =>
    twin.clock.until(
      twin.upf.endpoint!.request(
        smf,
        {
          is: "PFCP Session Report Request",
          reportType: { errorIndication: true },
          errorIndicationReport: { remoteFTeid: [{ is: "fTeid", teid: teid(tunnel.teid), ipv4: ip(tunnel.address) as never }] },
        },
        { seid: ours },
      ),
    );
  await report({ ...gnbTunnel, teid: 99 });
  await twin.settle();
  assert.equal(twin.smf.state().sessions[0]?.connection, "ACTIVATED");
  await report(gnbTunnel);
  await twin.settle();
  assert.equal(twin.smf.state().sessions[0]?.connection, "DEACTIVATED");
  assert.deepEqual([twin.told.at(-1)?.n2?.type, twin.told.at(-1)?.n1], ["PDU_RES_REL_CMD", undefined]);
});

test("attack 32: a stranger gets no association, no report and no state; an unknown SEID is said to be unknown", async () => {
  const { twin } = await established();
  const stranger = await twin.network.udp().bind({ host: "127.0.0.99", port: 8805 });
  const endpoint = new PfcpEndpoint({
    socket: stranger,
    clock: twin.clock,
    random: seededRandom("stranger"),
    log: memoryLog(),
    nodeId: nodeIdOf(ip("127.0.0.99")),
    recoveryTimeStamp: 1,
    onRequest: () => undefined,
  });
  const ask = async (message: PfcpRequest, id?: bigint): Promise<unknown> => {
    const given = await twin.clock.until(endpoint.request(smf, message, id === undefined ? {} : { seid: seid(id) }));
    return "cause" in given.message ? given.message.cause : undefined;
  };
  const setup = { is: "PFCP Association Setup Request", nodeId: nodeIdOf(ip(upfAddress)), recoveryTimeStamp: 5 } as const;
  assert.equal(await ask(setup), Cause.requestRejected);
  const report = { is: "PFCP Session Report Request", reportType: { downlinkData: true }, downlinkDataReport: { pdrId: [2] } } as const;
  assert.equal(await ask(report, BigInt(`0x${twin.smf.state().sessions[0]?.seid}`)), Cause.sessionContextNotFound);
  assert.equal(await ask({ is: "PFCP Session Deletion Request" }, 1n), Cause.serviceNotSupported);
  assert.equal(await ask({ is: "PFCP Heartbeat Request", recoveryTimeStamp: 3_999_999_999 }), undefined);
  await twin.settle();
  assert.equal(twin.smf.state().sessions[0]?.connection, "ACTIVATED");
  const own = await twin.clock.until(twin.upf.endpoint!.request(smf, report, { seid: seid(12345n) }));
  assert.equal(own.message.cause, Cause.sessionContextNotFound);
});

test("INTEROP 34: a UPF without FTUP is given TEIDs at the N3 address that is configured", async () => {
  const twin = await smfTwin({ config: { upfs: [{ address: upfAddress, n3: "10.100.0.9" }] }, upf: false });
  twin.upf.features.ftup = false;
  await twin.upf.start(twin.network, twin.sbi);
  await twin.clock.advance(6_000);
  await twin.create();
  const [session] = twin.smf.state().sessions;
  assert.equal(session?.state, "ACTIVE");
  assert.equal(session.uplink?.address, "10.100.0.9");
  const asked = [...twin.upf.sessions.values()][0]?.establishment.createPdr[0]?.pdi.localFTeid;
  assert.equal(asked?.is === "fTeid" && asked.teid, session.uplink?.teid);
});

test("a UPF that neither chooses F-TEIDs nor has an address here gets no session, and no address is lost", async () => {
  const twin = await smfTwin({ upf: false });
  twin.upf.features.ftup = false;
  await twin.upf.start(twin.network, twin.sbi);
  await twin.clock.advance(6_000);
  assert.equal((await twin.create()).status, 201);
  const n1 = twin.told[0]?.n1;
  assert.equal(n1?.is === "PDU session establishment reject" && n1.cause, Cause5gsm.networkFailure);
  assert.deepEqual(await twin.holdings(), nothing);
});

test("N4 lies on the tape under the standard's names, each message with its phone", async () => {
  const { twin } = await established();
  const n4 = twin.sbi.tape.filter((entry) => entry.interface === "N4");
  assert.deepEqual(
    n4.map(({ from, to, message, ue }) => [from, to, message, ue]),
    [
      ["SMF", "UPF", "PFCP Association Setup Request", undefined],
      ["UPF", "SMF", "PFCP Association Setup Response", undefined],
      ["SMF", "UPF", "PFCP Session Establishment Request", supi],
      ["UPF", "SMF", "PFCP Session Establishment Response", supi],
      ["SMF", "UPF", "PFCP Session Modification Request", supi],
      ["UPF", "SMF", "PFCP Session Modification Response", supi],
    ],
  );
});
