import assert from "node:assert/strict";
import { test } from "node:test";
import { Nnrf_NFDiscovery, Nnrf_NFManagement, Nnrf_NFManagement_Callback, noContent, profileOf } from "@freehold/sbi";
import { apiRootOf } from "@freehold/system";
import { ping } from "@freehold/ue";
import { FiveGC, internet, outcome, subscriber } from "../src/index.ts";
import { judge, noOpenApi, OpenApi, services } from "../src/openapi.ts";
import { stranger } from "../src/sbi-stranger.ts";

/** Reading the published set takes seconds: once for all of this file. */
let published: OpenApi | undefined;
const openApi = (): OpenApi => {
  published ??= new OpenApi(services);
  return published;
};

test("every SBI request and answer of registration, session, service request, paging, rejects, release and deregistration is what the published OpenAPI describes (Ajv as the oracle)", {
  skip: noOpenApi,
}, async () => {
  await using system = await FiveGC.start({ carrier: "wire", subscribers: [subscriber(1), subscriber(2)] });
  const gnb = await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  const session = await system.until(ue.establish({ dnn: internet }));
  await system.clock.advance(500);
  gnb.release(gnb.state().ues[0]!.ranUeNgapId);
  await system.clock.advance(1_000);
  const { received } = await system.until(ping(session, { clock: system.clock, random: system.world.random }, "198.51.100.1", 1));
  assert.equal(received, 1, "the service request brought the user plane up again");
  await system.until(session.release());
  await system.until(ue.establish({ dnn: internet, pduSessionId: 2 }));
  await system.until(ue.establish({ dnn: internet, pduSessionId: 2 }));
  await outcome(system.until(ue.establish({ dnn: internet, type: "IPv6" })));
  await system.until(ue.deregister());
  await outcome(system.until((await system.ue(subscriber(3))).register())); // nobody knows it
  const other = await system.ue(subscriber(2));
  await system.until(other.register());
  const unheard = await system.until(other.establish({ dnn: internet }));
  await system.clock.advance(500);
  for (const { ranUeNgapId } of gnb.state().ues) gnb.release(ranUeNgapId);
  await system.clock.advance(500);
  await system.until(other.close());
  system.dataNetwork.ping(unheard.ip!, 1);
  await system.clock.advance(10_000); // paged in vain

  const nef = stranger(system, { nfType: "NEF" });
  const nrf = apiRootOf(system.config, "nrf");
  const callback = nef.callback(Nnrf_NFManagement_Callback, "/nnef-callback/v1/nf-status", { statusNotify: () => noContent() });
  const management = nef.consume(Nnrf_NFManagement, nrf);
  const profile = profileOf(nef, []);
  await system.until(management.register({ nfInstanceID: nef.nfInstanceId, body: profile }));
  const made = await system.until(
    management.subscribe({ body: { nfStatusNotificationUri: callback.uri({}), subscrCond: { nfType: "SMF" }, reqNfType: "NEF" } }),
  );
  assert.ok(made.ok);
  await system.stop("smf");
  await system.begin("smf");
  const subscriptionID = `${made.value.subscriptionId}`;
  const validityTime = new Date(system.clock.now() + 60_000).toISOString();
  await system.until(
    management.updateSubscription({ subscriptionID, body: [{ op: "replace", path: "/validityTime", value: validityTime }] }),
  );
  await system.until(management.unsubscribe({ subscriptionID }));
  await system.until(management.list({ "nf-type": "SMF" }));
  await system.until(management.get({ nfInstanceID: nef.nfInstanceId }));
  await system.until(nef.consume(Nnrf_NFDiscovery, nrf).search({ "target-nf-type": "SMF", "requester-nf-type": "NEF" }));
  await system.until(management.deregister({ nfInstanceID: nef.nfInstanceId }));
  await system.clock.advance(12_000); // heartbeats

  const { faults, seen } = judge(openApi(), system.tape.entries());
  assert.deepEqual(faults, []);
  for (const one of [
    "Nausf_UEAuthentication_Authenticate 201",
    "Nsmf_PDUSession_CreateSMContext 403",
    "Nsmf_PDUSession_SMContextStatusNotify 204",
    "Namf_Communication_N1N2MessageTransfer 202",
    "Namf_Communication_N1N2TransferFailureNotification 204",
    "Nsmf_PDUSession_UpdateSMContext 200",
    "Nnrf_NFManagement_NFStatusNotify 204",
    "Nnrf_NFManagement_NFUpdate 204",
    "Nudm_UECM_Deregistration 204",
  ])
    assert.ok(seen.has(one), `${one} in ${[...seen].join(", ")}`);
  assert.ok(seen.size > 40, `${seen.size} kinds of message`);
});

test("the judge says no: to what is missing, of another type, undescribed, or answered with a status that nobody described", {
  skip: noOpenApi,
}, () => {
  const api = openApi();
  const find = (method: string, path: string) => {
    const row = api.find(method, path);
    assert.ok(row, path);
    return row;
  };
  const json = "application/json";
  const authenticate = find("POST", "/nausf-auth/v1/ue-authentications");
  const good = { supiOrSuci: "imsi-001010000000001", servingNetworkName: "5G:mnc001.mcc001.3gppnetwork.org" };
  assert.equal(api.fault(authenticate, json, good), undefined);
  assert.match(api.fault(authenticate, json, { supiOrSuci: good.supiOrSuci }) ?? "", /servingNetworkName/);
  assert.match(api.fault(authenticate, json, { ...good, supiOrSuci: 1 }) ?? "", /must be string/);
  assert.match(api.fault(authenticate, json, { ...good, servingNetworkName: "5G:mnc1" }) ?? "", /pattern/);
  assert.match(api.fault(authenticate, "text/plain", good) ?? "", /no body of type text\/plain/);
  assert.match(api.fault(authenticate, json, undefined) ?? "", /missing/);
  assert.match(api.fault(authenticate, "application/problem+json", { status: "400" }, 400) ?? "", /must be integer/);
  const register = find("PUT", "/nnrf-nfm/v1/nf-instances/4947a69a-f61b-4bc1-b9da-47c9c5d14b64");
  assert.match(api.fault(register, json, { nfInstanceId: "a", nfType: "AMF", fqdn: "a.example" }) ?? "", /nfStatus/);
  assert.match(api.fault(register, undefined, undefined, 200) ?? "", /missing/);
  assert.equal(api.find("POST", "/nausf-auths/v1/ue-authentications"), undefined);
  assert.equal(api.find("PATCH", "/nausf-auth/v1/ue-authentications"), undefined);
  const tape = [
    {
      ...{ at: 0, interface: "SBI", from: "AMF", to: "AUSF", message: "Nausf_UEAuthentication_Authenticate" },
      bytes: new TextEncoder().encode("{}"),
      carriage: {
        ...{ kind: "http2", src: { host: "127.0.0.1", port: 1 }, dst: { host: "127.0.0.2", port: 2 }, exchange: 1 },
        half: { method: "POST", path: "/nausf-auth/v1/ue-authentications" },
        headers: { "content-type": json },
      },
    },
  ] as unknown as Parameters<typeof judge>[1];
  assert.equal(judge(api, tape).faults.length, 1);
});
