import assert from "node:assert/strict";
import { test } from "node:test";
import {
  created,
  Nausf_UEAuthentication,
  type NFProfile,
  Nnrf_NFManagement,
  Nnrf_NFManagement_Callback,
  noContent,
  profileOf,
} from "@freehold/sbi";
import { apiRootOf, coreEgress, readConfig } from "@freehold/system";
import { FiveGC, subscriber } from "../src/index.ts";
import { SbiDoors } from "../src/sbi-doors.ts";
import { stranger } from "../src/sbi-stranger.ts";

const peer = "http://127.0.0.98:8080";

/** Another vendor's AUSF: takes what it is asked to ours, and counts. */
function foreignAusf(system: FiveGC, host = "127.0.0.98") {
  const sbi = stranger(system, { nfType: "AUSF", host });
  const ours = sbi.consume(Nausf_UEAuthentication, apiRootOf(system.config, "ausf"));
  const asked = { authenticate: 0, confirm: 0 };
  sbi.produce(Nausf_UEAuthentication, {
    async authenticate(input) {
      asked.authenticate++;
      const given = await ours.authenticate(input);
      if (!given.ok || given.location === undefined) return given;
      const href = `${sbi.apiRoot}${new URL(given.location).pathname}`;
      return created({ ...given.value, _links: { "5g-aka": { href: `${href}/5g-aka-confirmation` } } }, href);
    },
    async confirm(input) {
      asked.confirm++;
      return await ours.confirm(input);
    },
  });
  return { sbi, asked };
}

test("INTEROP 39: a vendor's function that never registers is named in the configuration, and serves in the place of ours", async () => {
  const config = `sbi: { carrier: http2, peers: [{ service: nausf-auth, apiRoot: "${peer}" }] }`;
  await using system = await FiveGC.start({ carrier: "wire", config });
  const { asked } = foreignAusf(system);
  await system.gnb();
  await system.until((await system.ue(subscriber(1))).register());
  assert.deepEqual(asked, { authenticate: 1, confirm: 1 });
  const may = coreEgress(readConfig(config, "freehold.yaml")).filter(({ why }) => /authentication/.test(why));
  assert.ok(JSON.stringify(may).includes("127.0.0.98"), "the egress list names it");
});

for (const shape of ["nfServices", "nfServiceList"] as const) {
  test(`INTEROP 39: a vendor's function that registers with ${shape} is found and served by, until its heartbeats stay away`, async () => {
    await using system = await FiveGC.start({ carrier: "wire", subscribers: [subscriber(1), subscriber(2)] });
    const { sbi, asked } = foreignAusf(system);
    const { nfServices = [], ...rest } = profileOf(sbi, [Nausf_UEAuthentication], { priority: 0 });
    const [service] = nfServices;
    assert.ok(service);
    const profile: NFProfile = {
      ...rest,
      ...(shape === "nfServices" ? { nfServices } : { nfServiceList: { [service.serviceInstanceId]: service } }),
      heartBeatTimer: 5,
    };
    Object.assign(profile, { later: ["an attribute of a later release"] });
    const management = sbi.consume(Nnrf_NFManagement, apiRootOf(system.config, "nrf"));
    const nfInstanceID = sbi.nfInstanceId;
    const kept = await system.until(management.register({ nfInstanceID, body: profile }));
    assert.ok(kept.ok && kept.status === 201);
    assert.equal(kept.value.heartBeatTimer, 10, "the NRF says how often");
    await system.gnb();
    await system.clock.advance(30_000);
    await system.until(management.update({ nfInstanceID, body: [{ op: "replace", path: "/nfStatus", value: "REGISTERED" }] }));
    await system.until((await system.ue(subscriber(1))).register());
    assert.equal(asked.authenticate, 1, "of two, the one with the lower priority value");
    await system.clock.advance(61_000);
    await system.until((await system.ue(subscriber(2))).register());
    assert.equal(asked.authenticate, 1, "ours again");
    const beat = await system.until(management.update({ nfInstanceID, body: [{ op: "replace", path: "/nfStatus", value: "REGISTERED" }] }));
    assert.equal(beat.status, 200, "it was suspended: a heartbeat brings it back, and that is news");
    await system.clock.advance(120_000);
    const gone = await system.until(management.update({ nfInstanceID, body: [{ op: "replace", path: "/nfStatus", value: "REGISTERED" }] }));
    assert.equal(gone.status, 404, "it was forgotten, and hears so");
  });
}

test("INTEROP 39: subscriptions have a validity time that is told, cut, extended by JSON Patch, and kept to", async () => {
  await using system = await FiveGC.start({ carrier: "wire" });
  const sbi = stranger(system, { nfType: "NEF" });
  const nrf = apiRootOf(system.config, "nrf");
  const heard: string[] = [];
  const callback = sbi.callback(Nnrf_NFManagement_Callback, "/nnef-callback/v1/nf-status", {
    statusNotify: ({ body }) => {
      heard.push(`${body.event} ${body.nfProfile?.nfType}`);
      return noContent();
    },
  });
  const management = sbi.consume(Nnrf_NFManagement, nrf);
  const at = (ms: number): string => new Date(system.clock.now() + ms).toISOString();
  const body = { nfStatusNotificationUri: callback.uri({}), subscrCond: { nfType: "AUSF" } };
  const short = await system.until(management.subscribe({ body: { ...body, validityTime: at(60_000) } }));
  const long = await system.until(management.subscribe({ body: { ...body, validityTime: at(1e12) } }));
  assert.ok(short.ok && long.ok);
  assert.equal(short.value.validityTime, at(60_000));
  assert.ok(Date.parse(`${long.value.validityTime}`) <= system.clock.now() + 86_400_000, "no longer than the NRF allows");
  await system.until(management.unsubscribe({ subscriptionID: `${long.value.subscriptionId}` }));
  const comesAndGoes = async (): Promise<void> => {
    const other = { ...profileOf(sbi, [Nausf_UEAuthentication]), nfInstanceId: "4947a69a-f61b-4bc1-b9da-47c9c5d14b65", nfType: "AUSF" };
    await system.until(management.register({ nfInstanceID: other.nfInstanceId, body: other }));
    await system.until(management.deregister({ nfInstanceID: other.nfInstanceId }));
    await system.clock.advance(1_000);
  };
  await comesAndGoes();
  assert.deepEqual(heard, ["NF_REGISTERED AUSF", "NF_DEREGISTERED undefined"]);
  const subscriptionID = `${short.value.subscriptionId}`;
  const patched = await system.until(
    management.updateSubscription({ subscriptionID, body: [{ op: "replace", path: "/validityTime", value: at(120_000) }] }),
  );
  assert.ok(patched.ok);
  await system.clock.advance(100_000);
  await comesAndGoes();
  assert.equal(heard.length, 4);
  await system.clock.advance(30_000);
  await comesAndGoes();
  assert.equal(heard.length, 4);
  assert.equal((await system.until(management.unsubscribe({ subscriptionID }))).status, 404);
});

test("INTEROP 39: an NRF that was started again has everybody back by their own heartbeats, and phones register meanwhile", async () => {
  await using system = await FiveGC.start({ carrier: "wire", subscribers: [subscriber(1), subscriber(2), subscriber(3)] });
  await system.gnb();
  await system.until((await system.ue(subscriber(1))).register());
  await system.stop("nrf");
  await system.until((await system.ue(subscriber(2))).register());
  await system.begin("nrf");
  await system.clock.advance(15_000);
  await using doors = await SbiDoors.open(system, ["nrf"]);
  const { json } = await doors.ask("nrf", "GET", "/nnrf-nfm/v1/nf-instances");
  assert.equal((json["_links"] as { item: unknown[] }).item.length, 7, "UDR, UDM, AUSF, PCF, NSSF, SMF and AMF");
  await system.until((await system.ue(subscriber(3))).register());
});
