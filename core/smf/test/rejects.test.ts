import assert from "node:assert/strict";
import { test } from "node:test";
import { Cause5gsm } from "@freehold/model";
import { Cause } from "@freehold/pfcp";
import { refuse } from "@freehold/sbi";
import { nothing, read, request, type SmfTwin, smfTwin, supi } from "./twin.ts";

/** The cause of the reject that CreateSMContext itself carries. */
async function refusedAtOnce(
  twin: SmfTwin,
  more: Parameters<SmfTwin["create"]>[0],
): Promise<{ cause: number; status: number; error?: string }> {
  const given = await twin.create(more);
  assert.ok(!given.ok && given.refusal?.n1SmMsg !== undefined, JSON.stringify(given));
  const n1 = read(given.refusal.n1SmMsg);
  assert.ok(n1.is === "PDU session establishment reject");
  assert.deepEqual([n1.pduSessionId, n1.pti], [1, 5]);
  await twin.clock.advance(200);
  assert.deepEqual(await twin.holdings(), nothing);
  assert.equal(twin.told.length, 0);
  return { cause: n1.cause, status: given.status, ...(given.problem.cause && { error: given.problem.cause }) };
}

/** The cause of the reject that goes to the phone after the 201. */
async function refusedLater(twin: SmfTwin, wait = 200, more: Parameters<SmfTwin["create"]>[0] = {}): Promise<number> {
  const given = await twin.create(more);
  assert.equal(given.status, 201);
  await twin.clock.advance(wait);
  const [told] = twin.told;
  assert.ok(told?.n1?.is === "PDU session establishment reject");
  assert.deepEqual([told.n2, told.n1.pti, twin.told.length], [undefined, 5, 1]);
  assert.deepEqual(
    twin.statuses.map(({ statusInfo }) => statusInfo.resourceStatus),
    ["RELEASED"],
  );
  return told.n1.cause;
}

test("INTEROP 27: #27 for a DNN that nobody serves, that is missing, or that is not subscribed", async () => {
  const twin = await smfTwin();
  const { missingOrUnknownDnn: cause } = Cause5gsm;
  assert.deepEqual(await refusedAtOnce(twin, { dnn: "nowhere" }), { cause, status: 403, error: "DNN_NOT_SUPPORTED" });
  assert.equal((await refusedAtOnce(twin, { dnn: "not a dnn" })).cause, cause);
  twin.smData[0] = { singleNssai: { sst: 1, sd: "000001" }, dnnConfigurations: {} };
  assert.equal((await refusedAtOnce(twin, {})).cause, cause);
});

test("#70: a DNN that is served, but not in this slice; #33: a slice that is not subscribed", async () => {
  const twin = await smfTwin();
  assert.equal((await refusedAtOnce(twin, { dnn: "ims" })).cause, Cause5gsm.missingOrUnknownDnnInASlice);
  twin.smData.length = 0;
  const given = await refusedAtOnce(twin, {});
  assert.deepEqual(given, { cause: Cause5gsm.requestedServiceOptionNotSubscribed, status: 403, error: "SUBSCRIPTION_DENIED" });
});

test("TS 29.524 — what the UDM answers: #29 for a stranger, #33 without data, #38 for what no row has", async () => {
  const twin = await smfTwin();
  for (const [status, problem, cause] of [
    [404, "USER_NOT_FOUND", Cause5gsm.userAuthenticationOrAuthorizationFailed],
    [404, "DATA_NOT_FOUND", Cause5gsm.requestedServiceOptionNotSubscribed],
    [500, "SYSTEM_FAILURE", Cause5gsm.networkFailure],
  ] as const) {
    twin.udmAnswer = refuse(status, problem);
    assert.equal((await refusedAtOnce(twin, {})).cause, cause);
  }
});

test("INTEROP 28: IPv4v6, no type and an unused value get IPv4 with #50, IPv6 alone #50, what is no IP #28", async () => {
  for (const [asked, cause] of [
    ["IPv4", undefined],
    ["IPv4v6", Cause5gsm.pduSessionTypeIpv4OnlyAllowed],
    [undefined, Cause5gsm.pduSessionTypeIpv4OnlyAllowed],
    [7, Cause5gsm.pduSessionTypeIpv4OnlyAllowed],
  ] as const) {
    const twin = await smfTwin();
    assert.equal((await twin.create({ n1SmMsg: request({ pduSessionType: asked }) })).status, 201);
    const n1 = twin.told[0]?.n1;
    assert.ok(n1?.is === "PDU session establishment accept");
    assert.deepEqual([n1.selectedPduSessionType, n1.cause, n1.pduAddress?.type], ["IPv4", cause, "IPv4"]);
  }
  const twin = await smfTwin();
  const refused = (pduSessionType: "IPv6" | "Unstructured" | "Ethernet") =>
    refusedAtOnce(twin, { n1SmMsg: request({ pduSessionType }) }).then(({ cause }) => cause);
  assert.equal(await refused("IPv6"), Cause5gsm.pduSessionTypeIpv4OnlyAllowed);
  assert.equal(await refused("Unstructured"), Cause5gsm.unknownPduSessionType);
  assert.equal(await refused("Ethernet"), Cause5gsm.unknownPduSessionType);
  const six = await smfTwin({ subscription: { pduSessionTypes: { defaultSessionType: "IPV6", allowedSessionTypes: ["IPV6"] } } });
  assert.equal((await refusedAtOnce(six, {})).cause, Cause5gsm.unknownPduSessionType);
});

test("#68: an SSC mode that is not subscribed, with those that are; 4 to 6 stand for 1 to 3", async () => {
  const twin = await smfTwin({
    subscription: { sscModes: { defaultSscMode: "SSC_MODE_2", allowedSscModes: ["SSC_MODE_2", "SSC_MODE_3"] } },
  });
  const given = await twin.create({ n1SmMsg: request({ sscMode: 1 }) });
  const n1 = !given.ok && given.refusal?.n1SmMsg && read(given.refusal.n1SmMsg);
  assert.ok(n1 && n1.is === "PDU session establishment reject");
  assert.deepEqual([n1.cause, n1.allowedSscMode], [Cause5gsm.notSupportedSscMode, { ssc1: false, ssc2: true, ssc3: true }]);
  for (const [asked, selected] of [
    [6, 3],
    [undefined, 2],
    [2, 2],
  ] as const) {
    const next = await smfTwin({ subscription: { sscModes: { defaultSscMode: "SSC_MODE_2", allowedSscModes: ["SSC_MODE_3"] } } });
    await next.create({ n1SmMsg: request({ sscMode: asked }) });
    const accept = next.told[0]?.n1;
    assert.equal(accept?.is === "PDU session establishment accept" && accept.selectedSscMode, selected);
  }
});

test("#26: an empty pool, and a subscribed address that somebody has; a freed address can be had again", async () => {
  const twin = await smfTwin();
  const ims = { dnn: "ims", sNssai: { sst: 1 } };
  for (let id = 1; id <= 5; id++) {
    assert.equal((await twin.create({ ...ims, pduSessionId: id, n1SmMsg: request({ pduSessionId: id }) })).status, 201);
  }
  assert.equal(twin.smf.state().addresses["ims"], 5); // of a /29: eight less the network, the router and the broadcast address
  assert.equal((await twin.create({ ...ims, pduSessionId: 6, n1SmMsg: request({ pduSessionId: 6 }) })).status, 201);
  const last = twin.told.at(-1)?.n1;
  assert.equal(last?.is === "PDU session establishment reject" && last.cause, Cause5gsm.insufficientResources);
  assert.equal((await twin.released(3)).status, 204);
  assert.equal((await twin.create({ ...ims, pduSessionId: 6, n1SmMsg: request({ pduSessionId: 6 }) })).status, 201);
  const again = twin.told.at(-1)?.n1;
  assert.equal(again?.is === "PDU session establishment accept" && again.pduAddress?.ipv4, "10.46.0.4");

  const own = await smfTwin({ subscription: { staticIpAddress: [{ ipv4Addr: "192.0.2.77" }] } });
  await own.create();
  const accept = own.told[0]?.n1;
  assert.equal(accept?.is === "PDU session establishment accept" && accept.pduAddress?.ipv4, "192.0.2.77");
  await own.create({ pduSessionId: 2, n1SmMsg: request({ pduSessionId: 2 }) });
  const second = own.told[1]?.n1;
  assert.equal(second?.is === "PDU session establishment reject" && second.cause, Cause5gsm.insufficientResources);
});

test("TS 29.524 — what the PCF refuses is refused to the phone, and nothing is left", async () => {
  const twin = await smfTwin();
  twin.pcfAnswer = refuse(403, "POLICY_CONTEXT_DENIED");
  assert.equal(await refusedLater(twin), Cause5gsm.userAuthenticationOrAuthorizationFailed);
  assert.deepEqual(await twin.holdings(), nothing);
});

test("what the UPF refuses: #26 without resources, #38 otherwise, and nothing is left", async () => {
  for (const [refused, cause] of [
    [Cause.noResourcesAvailable, Cause5gsm.insufficientResources],
    [Cause.ruleCreationModificationFailure, Cause5gsm.networkFailure],
  ] as const) {
    const twin = await smfTwin();
    twin.upf.refuses.establishment = refused;
    assert.equal(await refusedLater(twin), cause);
    assert.deepEqual(await twin.holdings(), nothing);
  }
});

test("#38: no UPF is associated", async () => {
  const twin = await smfTwin({ upf: false });
  assert.equal(await refusedLater(twin), Cause5gsm.networkFailure);
  assert.deepEqual(await twin.holdings(), nothing);
});

test("#38: the UPF falls silent; the address waits until the UPF has begun anew", async () => {
  const twin = await smfTwin();
  twin.network.cut("127.0.0.8");
  assert.equal(await refusedLater(twin, 6_000), Cause5gsm.networkFailure);
  assert.deepEqual(await twin.holdings(), { ...nothing, leftovers: 1, addresses: 1, rows: 1 });
  await twin.clock.advance(20_000);
  assert.equal(twin.smf.state().upfs[0]?.state, "LOST");
  twin.upf.recoveryTimeStamp += 10;
  twin.network.mend("127.0.0.8");
  await twin.clock.advance(20_000);
  assert.equal(twin.smf.state().upfs[0]?.state, "ASSOCIATED");
  assert.deepEqual(await twin.holdings(), nothing);
  assert.equal((await twin.create()).status, 201);
  assert.equal(twin.smf.state().sessions[0]?.state, "ACTIVE");
});

test("INTEROP 31: the gNB gives no resources: #26 comes back in the answer, and nothing is left", async () => {
  const twin = await smfTwin();
  twin.gnb = "refuses";
  await twin.create();
  const [, reject] = twin.told;
  assert.ok(reject?.n1?.is === "PDU session establishment reject");
  assert.equal(reject.n1.cause, Cause5gsm.insufficientResources);
  assert.deepEqual(reject.body, {}); // in the answer, not by a transfer
  assert.deepEqual(await twin.holdings(), nothing);
  assert.equal(twin.statuses.length, 1);
});

test("INTEROP 31: the gNB never answers: the session is released", async () => {
  const twin = await smfTwin();
  twin.gnb = "silent";
  await twin.create();
  await twin.clock.advance(40_000);
  const command = twin.told[1];
  assert.ok(command?.n1?.is === "PDU session release command");
  assert.equal(command.n1.cause, Cause5gsm.insufficientResources);
  assert.equal(command.n2?.type, "PDU_RES_REL_CMD");
  assert.deepEqual(await twin.holdings(), nothing);
});

test("the UPF will not have the gNB's tunnel, or the UDM the session: the phone, which has its accept, is told to release", async () => {
  const twin = await smfTwin();
  twin.upf.refuses.modification = Cause.ruleCreationModificationFailure;
  await twin.create();
  await twin.clock.advance(1_000);
  const command = twin.told[1]?.n1;
  assert.equal(command?.is === "PDU session release command" && command.cause, Cause5gsm.networkFailure);
  assert.deepEqual(await twin.holdings(), nothing);

  const roaming = await smfTwin();
  roaming.uecmAnswer = refuse(403, "ROAMING_NOT_ALLOWED");
  await roaming.create();
  await roaming.clock.advance(1_000);
  const other = roaming.told[1]?.n1;
  assert.equal(other?.is === "PDU session release command" && other.cause, Cause5gsm.userAuthenticationOrAuthorizationFailed);
  assert.deepEqual(await roaming.holdings(), nothing);
});

test("an AMF that refuses for a time is asked again; one that does not know the UE ends the session", async () => {
  const twin = await smfTwin();
  twin.amfAnswers = [refuse(409, "TEMPORARY_REJECT_REGISTRATION_ONGOING"), refuse(409, "TEMPORARY_REJECT_HANDOVER_ONGOING")];
  await twin.create();
  await twin.clock.advance(3_000);
  assert.equal(twin.smf.state().sessions[0]?.state, "ACTIVE");
  const other = await smfTwin();
  other.amfAnswers = [refuse(404, "CONTEXT_NOT_FOUND")];
  await other.create();
  await other.clock.advance(3_000);
  assert.equal(other.told.length, 0);
  assert.deepEqual(await other.holdings(), nothing);
});

test("what the AMF may not leave out, and what this SMF does not do", async () => {
  const twin = await smfTwin();
  assert.equal((await twin.create({ supi: undefined })).status, 400);
  assert.equal((await twin.create({ pduSessionId: 16 })).status, 400);
  assert.equal((await twin.create({ n1SmMsg: undefined })).status, 400);
  assert.equal((await twin.create({ sNssai: undefined })).status, 400);
  const cause = async (requestType: string): Promise<number> => (await refusedAtOnce(twin, { requestType })).cause;
  assert.equal(await cause("EXISTING_PDU_SESSION"), Cause5gsm.pduSessionDoesNotExist);
  assert.equal(await cause("INITIAL_EMERGENCY_REQUEST"), Cause5gsm.serviceOptionNotSupported);
  assert.equal(
    twin.sbi.lines.some((line) => JSON.stringify(line).includes(supi)),
    false,
    "a SUPI in the log",
  );
});
