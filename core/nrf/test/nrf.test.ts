import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Nausf_UEAuthentication,
  Nnrf_NFDiscovery,
  Nnrf_NFManagement,
  Nnrf_NFManagement_Callback,
  Nsmf_PDUSession,
  noContent,
  profileOf,
  sbiTwin,
  twinForms,
} from "@freehold/sbi";
import { fromText, toText } from "@freehold/wire";
import { startNrf } from "../src/index.ts";

const nrf = "http://127.0.0.10:8080";

async function withNrf(form: (typeof twinForms)[number] = "wire") {
  const twin = sbiTwin({ form });
  const running = await startNrf({ heartBeatTimer: 10 }, twin.join("NRF", "127.0.0.10"));
  return { twin, running };
}

for (const form of twinForms) {
  test(`TS 29.510 §5.2.2.2, §5.3.2.2: what registers is found, what deregisters is not (${form})`, async () => {
    const { twin, running } = await withNrf(form);
    const amf = twin.join("AMF", "127.0.0.16", { nrf });
    const ausf = twin.join("AUSF", "127.0.0.13", { nrf });
    const registration = await twin.clock.until(ausf.peers.register(profileOf(ausf.sbi, [Nausf_UEAuthentication])));
    const found = await twin.clock.until(amf.peers.find(Nausf_UEAuthentication));
    assert.equal(found?.apiRoot, "http://127.0.0.13:8080");
    assert.equal(found?.nfInstanceId, ausf.sbi.nfInstanceId);
    assert.equal(await twin.clock.until(amf.peers.find(Nsmf_PDUSession)), undefined);
    await twin.clock.until(Promise.resolve(registration[Symbol.asyncDispose]()));
    assert.equal(running.nfs.all().length, 0);
    await twin.clock.advance(30_001); // what was found before stays valid as long as the NRF said
    assert.equal(await twin.clock.until(amf.peers.find(Nausf_UEAuthentication)), undefined);
  });
}

test("TS 29.510 §5.2.2.3.2: heartbeats keep an NF registered; without them it is suspended, then forgotten; it comes back by itself", async () => {
  const { twin, running } = await withNrf();
  const smf = twin.join("SMF", "127.0.0.17", { nrf });
  const registration = await smf.peers.register(profileOf(smf.sbi, [Nsmf_PDUSession]));
  await twin.clock.advance(120_000);
  assert.equal(running.nfs.get(smf.sbi.nfInstanceId)?.nfStatus, "REGISTERED");
  running.nfs.remove(smf.sbi.nfInstanceId); // as after a restart of the NRF
  await twin.clock.advance(10_001);
  assert.equal(running.nfs.get(smf.sbi.nfInstanceId)?.nfStatus, "REGISTERED");
  await registration[Symbol.asyncDispose]();

  const profile = profileOf(smf.sbi, [Nsmf_PDUSession]);
  const direct = smf.sbi.consume(Nnrf_NFManagement, nrf);
  await direct.register({ nfInstanceID: profile.nfInstanceId, body: profile });
  await twin.clock.advance(30_001);
  assert.equal(running.nfs.get(profile.nfInstanceId)?.nfStatus, "SUSPENDED");
  assert.equal((await smf.peers.search(Nsmf_PDUSession)).length, 0);
  await twin.clock.advance(70_001);
  assert.equal(running.nfs.get(profile.nfInstanceId), undefined);
});

test("TS 29.510 §5.2.2.6: subscribers hear of what they asked for, until their time is over", async () => {
  const { twin } = await withNrf();
  const amf = twin.join("AMF", "127.0.0.16", { nrf });
  const smf = twin.join("SMF", "127.0.0.17", { nrf });
  const heard: string[] = [];
  const callback = amf.sbi.callback(Nnrf_NFManagement_Callback, "/namf-callback/v1/nf-status", {
    statusNotify: ({ body }) => {
      heard.push(body.event);
      return noContent();
    },
  });
  const face = amf.sbi.consume(Nnrf_NFManagement, nrf);
  const validityTime = "2026-01-01T00:01:00Z";
  const made = await face.subscribe({ body: { nfStatusNotificationUri: callback.uri({}), subscrCond: { nfType: "SMF" }, validityTime } });
  assert.ok(made.ok);
  assert.equal(made.value.validityTime, "2026-01-01T00:01:00.000Z");
  assert.equal(made.location, `${nrf}/nnrf-nfm/v1/subscriptions/${made.value.subscriptionId}`);
  const registration = await smf.peers.register(profileOf(smf.sbi, [Nsmf_PDUSession]));
  const other = twin.join("AUSF", "127.0.0.13", { nrf });
  await other.peers.register(profileOf(other.sbi, [Nausf_UEAuthentication]));
  await registration[Symbol.asyncDispose]();
  await twin.clock.settle();
  assert.deepEqual(heard, ["NF_REGISTERED", "NF_DEREGISTERED"]);
  await twin.clock.advance(60_000);
  await smf.peers.register(profileOf(smf.sbi, [Nsmf_PDUSession]));
  await twin.clock.settle();
  assert.equal(heard.length, 2);
  assert.equal((await face.unsubscribe({ subscriptionID: `${made.value.subscriptionId}` })).status, 404);
});

test("an SMF is found by slice, DNN and area; one that says nothing serves all", async () => {
  const { twin } = await withNrf();
  const amf = twin.join("AMF", "127.0.0.16", { nrf });
  const tai = { plmnId: { mcc: "001", mnc: "01" }, tac: "000001" };
  const info = (sd: string, dnn: string) => ({
    smfInfo: { sNssaiSmfInfoList: [{ sNssai: { sst: 1, sd }, dnnSmfInfoList: [{ dnn }] }], taiList: [tai] },
  });
  for (const [host, more] of [
    ["127.0.0.21", info("000001", "internet")],
    ["127.0.0.22", info("000002", "ims")],
    ["127.0.0.23", { nfStatus: "UNDISCOVERABLE", ...info("000001", "internet") }],
  ] as const) {
    const smf = twin.join("SMF", host, { nrf });
    await smf.peers.register(profileOf(smf.sbi, [Nsmf_PDUSession], more));
  }
  const hosts = async (wanted: object) => (await amf.peers.search(Nsmf_PDUSession, wanted)).map((f) => f.apiRoot.slice(7, 17));
  assert.deepEqual(await hosts({ snssais: [{ sst: 1, sd: "000001" }], dnn: "internet", tai }), ["127.0.0.21"]);
  assert.deepEqual(await hosts({ snssais: [{ sst: 1, sd: "000002" }], dnn: "internet" }), []);
  assert.deepEqual(await hosts({ dnn: "IMS" }), ["127.0.0.22"]);
  assert.deepEqual(await hosts({ tai: { ...tai, tac: "000002" } }), []);
});

test("attack 45: garbage at the door is a ProblemDetails that names the parameter", async () => {
  const { twin } = await withNrf();
  const server = twin.network.at(nrf);
  assert.ok(server);
  const get = async (path: string) => {
    const { status, body } = await server.handle({ method: "GET", path, headers: { "user-agent": "AMF" }, body: new Uint8Array() });
    return { status, ...(JSON.parse(toText(body)) as { cause?: string; invalidParams?: { param: string }[] }) };
  };
  const base = "/nnrf-disc/v1/nf-instances?target-nf-type=SMF&requester-nf-type=AMF";
  assert.equal((await get("/nnrf-disc/v1/nf-instances?requester-nf-type=AMF")).cause, "MANDATORY_QUERY_PARAM_MISSING");
  const plmn = await get(`${base}&target-plmn-list=not-json`);
  assert.deepEqual([plmn.status, plmn.cause, plmn.invalidParams?.[0]?.param], [400, "OPTIONAL_QUERY_PARAM_INCORRECT", "target-plmn-list"]);
  assert.equal((await get(`${base}&requester-features=0x${"f".repeat(40)}`)).status, 400);
  assert.equal((await get(`${base}&supi=imsi-%00`)).status, 200); // any text is a SUPI of some later release; it serves no range
  assert.equal((await get(`${base}${"&x=1".repeat(3_000)}`)).status, 414);
  assert.equal((await get(`${base}${"&x=1".repeat(300)}`)).cause, "INVALID_QUERY_PARAM");
  assert.equal((await get(`${base}&limit=-1`)).status, 400);
  assert.equal((await get(`${base}&some-later-parameter=1`)).status, 200);
  assert.equal((await get("/nnrf-disc/v1/nf-instances/x/y")).status, 404);

  const nfInstanceId = "4947a69a-f61b-4bc1-b9da-47c9c5d14b64";
  const put = async (body: unknown) => {
    const octets = fromText(typeof body === "string" ? body : JSON.stringify(body));
    const headers = { "user-agent": "SMF", "content-type": "application/json" };
    const response = await server.handle({ method: "PUT", path: `/nnrf-nfm/v1/nf-instances/${nfInstanceId}`, headers, body: octets });
    return { status: response.status, ...(JSON.parse(toText(response.body)) as { cause?: string; invalidParams?: { param: string }[] }) };
  };
  const profile = { nfInstanceId, nfType: "SMF", nfStatus: "REGISTERED", ipv4Addresses: ["127.0.0.9"] };
  assert.equal((await put({ ...profile, nfType: "S M F\n" })).status, 400);
  assert.equal((await put({ ...profile, heartBeatTimer: 0 })).invalidParams?.[0]?.param, "/heartBeatTimer");
  assert.equal(
    (await put({ ...profile, nfInstanceId: "00000000-0000-4000-8000-0000000000ff" })).invalidParams?.[0]?.param,
    "/nfInstanceId",
  );
  assert.equal((await put('{"nfType":"SMF","nfType":"AMF"}')).cause, "INVALID_MSG_FORMAT");
  assert.equal((await put({ ...profile, somethingLater: { a: 1 } })).status, 201);
});

test("a profile that would fill the table is refused; those that are there stay", async () => {
  const twin = sbiTwin();
  const running = await startNrf({ most: 2 }, twin.join("NRF", "127.0.0.10"));
  const amf = twin.join("AMF", "127.0.0.16", { nrf });
  const face = amf.sbi.consume(Nnrf_NFManagement, nrf);
  const statuses: number[] = [];
  for (const n of [1, 2, 3]) {
    const nfInstanceID = `00000000-0000-4000-8000-0000000000f${n}`;
    const body = { nfInstanceId: nfInstanceID, nfType: "SMF", nfStatus: "REGISTERED", ipv4Addresses: ["127.0.0.9"] };
    statuses.push((await face.register({ nfInstanceID, body })).status);
  }
  assert.deepEqual(statuses, [201, 201, 507]);
  assert.equal(running.nfs.all().length, 2);
  await running[Symbol.asyncDispose]();
  assert.equal((await amf.sbi.consume(Nnrf_NFDiscovery, nrf).search({ "target-nf-type": "SMF", "requester-nf-type": "AMF" })).status, 400);
});
