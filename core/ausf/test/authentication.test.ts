import assert from "node:assert/strict";
import { test } from "node:test";
import {
  conceal,
  deriveHresStar,
  deriveKausf,
  deriveKseaf,
  deriveResStar,
  HomeNetworkKey,
  Milenage,
  parseServingNetworkName,
  SqnWindow,
} from "@freehold/crypto";
import { ProtectionScheme, plmn, Secret, suciText, supi as supiOf } from "@freehold/model";
import { startNrf } from "@freehold/nrf";
import {
  type Av5gAka,
  Nausf_UEAuthentication,
  Nsmf_PDUSession,
  Nudm_SDM,
  Nudm_UECM,
  Nudm_UECM_Callback,
  noContent,
  sbiTwin,
  twinForms,
} from "@freehold/sbi";
import { memoryStore, Vault } from "@freehold/store";
import { startUdm } from "@freehold/udm";
import { provision, startUdr, subscribers, withdraw } from "@freehold/udr";
import { hex, parseHex, toHex, toText } from "@freehold/wire";
import { startAusf } from "../src/index.ts";

const supi = supiOf("imsi-001010000000001");
const k = () => Secret.fromHex("465b5ce8b199b49faa5f0a2ee238a6bc");
const opc = () => Secret.fromHex("cd63cb71954a9f4e48a5994e37a02baf");
const nrf = "http://127.0.0.10:8080";
const snn = "5G:mnc001.mcc001.3gppnetwork.org";
const alice = {
  supi,
  k: k(),
  opc: opc(),
  ueAmbr: { uplink: 1e9, downlink: 2e9 },
  slices: [
    {
      sst: 1,
      sd: "000001",
      default: true,
      dnns: [{ dnn: "internet", type: "IPV4", ambr: { uplink: 1e8, downlink: 2e8 }, staticIp: "10.45.0.9" }],
    },
    { sst: 2, dnns: [{ dnn: "ims", type: "IPV4V6", ambr: { uplink: 1e6, downlink: 1e6 }, fiveQi: 5 }] },
  ],
} as const;

async function home(form: (typeof twinForms)[number] = "wire", { nullScheme = false } = {}) {
  const twin = sbiTwin({ form });
  const store = memoryStore();
  const vault = new Vault(new Uint8Array(32).fill(7), "test");
  await provision(alice, { store, vault });
  await startNrf({}, twin.join("NRF", "127.0.0.10"));
  const homeNetworkKey = new HomeNetworkKey(ProtectionScheme.profileA, 1, new Secret(new Uint8Array(32).fill(9)));
  const homeNetworkKeys = [{ id: 1, profile: ProtectionScheme.profileA, privateKey: new Secret(new Uint8Array(32).fill(9)) }];
  const start = async () => {
    await startUdr({}, { ...twin.join("UDR", "127.0.0.11", { nrf }), store, vault });
    const udm = twin.join("UDM", "127.0.0.12", { nrf });
    const running = await startUdm({ home: plmn("001", "01"), homeNetworkKeys, nullScheme, sqnBlock: 4 }, { ...udm, vault });
    await startAusf({ servingNetworks: [plmn("001", "01")] }, twin.join("AUSF", "127.0.0.13", { nrf }));
    return { running, leave: () => udm[Symbol.dispose]() };
  };
  const udm = await twin.clock.until(start());
  const amf = twin.join("AMF", "127.0.0.16", { nrf });
  const suci = (seed: number) =>
    suciText(conceal({ supi, mncDigits: 2, routingIndicator: "0000", homeNetworkKey }, (n) => new Uint8Array(n).fill(seed)));
  return { twin, store, vault, amf, suci, udm, homeNetworkKeys };
}

/** The phone's side of 5G AKA. */
function phone() {
  const milenage = new Milenage(k(), opc());
  const window = new SqnWindow();
  return {
    window,
    milenage,
    answer(av: Av5gAka) {
      const rand = hex(av.rand);
      const verdict = milenage.verifyAutn({ rand, autn: hex(av.autn) });
      assert.ok(verdict.ok);
      assert.ok(verdict.value.amf & 0x8000);
      const fresh = window.accept(verdict.value.sqn);
      const name = parseServingNetworkName(snn);
      assert.ok(name.ok);
      const resStar = deriveResStar(verdict.value, name.value, rand, verdict.value.res);
      const kseaf = deriveKseaf(deriveKausf(verdict.value, name.value, hex(av.autn)), name.value);
      return { fresh, sqn: verdict.value.sqn, resStar, kseaf: toHex(kseaf.reveal()), hresStar: toHex(deriveHresStar(rand, resStar)) };
    },
  };
}

for (const form of twinForms) {
  test(`TS 33.501 §6.1.3.2: phone and home network come to the same KSEAF (${form})`, async () => {
    const { twin, amf, suci } = await home(form);
    const ausf = amf.peers.peer(Nausf_UEAuthentication);
    const ue = phone();
    const given = await twin.clock.until(ausf.authenticate({ body: { supiOrSuci: suci(3), servingNetworkName: snn } }));
    assert.ok(given.ok, JSON.stringify(given));
    const av = given.value["5gAuthData"] as Av5gAka;
    const told = ue.answer(av);
    assert.ok(told.fresh);
    assert.equal(told.hresStar, av.hxresStar);
    const authCtxId = `${given.location?.split("/").at(-1)}`;
    const confirmed = await twin.clock.until(ausf.confirm({ authCtxId, body: { resStar: toHex(told.resStar) } }));
    assert.ok(confirmed.ok);
    assert.deepEqual(confirmed.value, { authResult: "AUTHENTICATION_SUCCESS", supi, kseaf: told.kseaf });
    const again = await twin.clock.until(ausf.confirm({ authCtxId, body: { resStar: "00".repeat(16) } }));
    assert.equal(again.ok && again.value.authResult, "AUTHENTICATION_SUCCESS");
    await twin.clock.advance(30_001);
    assert.equal((await twin.clock.until(ausf.confirm({ authCtxId, body: { resStar: toHex(told.resStar) } }))).status, 404);
    const names = twin.tape.map((e) => e.message).filter((m) => /Authentic|Query|Update|Create/.test(m));
    for (const name of [
      "Nausf_UEAuthentication_Authenticate",
      "Nudm_UEAuthentication_Get",
      "Nudr_DM_Query",
      "Nudm_UEAuthentication_ResultConfirmation",
    ]) {
      assert.ok(names.includes(name), name);
    }
    assert.ok(!JSON.stringify(twin.lines).includes(supi.slice(10)), "an identity stands in the log");
    const spoken = twin.tape.map((e) => `${toText(e.bytes)}`).join("");
    for (const key of [k(), opc()]) assert.ok(!spoken.includes(toHex(key.reveal())), "a key went over the SBI");
    assert.ok(spoken.includes('"kseaf":"----') && !spoken.includes(told.kseaf), "a session key stands on the tape");
  });
}

test("a wrong RES* fails once and for all", async () => {
  const { twin, amf, suci } = await home();
  const ausf = amf.peers.peer(Nausf_UEAuthentication);
  const given = await twin.clock.until(ausf.authenticate({ body: { supiOrSuci: suci(4), servingNetworkName: snn } }));
  assert.ok(given.ok);
  const told = phone().answer(given.value["5gAuthData"] as Av5gAka);
  const authCtxId = `${given.location?.split("/").at(-1)}`;
  for (const resStar of ["00".repeat(16), toHex(told.resStar)]) {
    const confirmed = await twin.clock.until(ausf.confirm({ authCtxId, body: { resStar } }));
    assert.deepEqual(confirmed.ok && confirmed.value, { authResult: "AUTHENTICATION_FAILURE" });
  }
  assert.ok(twin.lines.some((l) => l.event === "RES* is not XRES*"));
  assert.ok(!JSON.stringify(twin.lines).includes(supi.slice(10)));
});

test("TS 33.102 §6.3.2: no sequence number is given twice, over parallel requests and a restart of the UDM", async () => {
  const { twin, amf, suci, udm, vault, homeNetworkKeys } = await home();
  const ausf = amf.peers.peer(Nausf_UEAuthentication);
  const ue = phone();
  const sqns: number[] = [];
  const ask = async (seed: number) => {
    const given = await ausf.authenticate({ body: { supiOrSuci: suci(seed), servingNetworkName: snn } });
    assert.ok(given.ok);
    const told = ue.answer(given.value["5gAuthData"] as Av5gAka);
    assert.ok(told.fresh);
    sqns.push(told.sqn);
  };
  await Promise.all([11, 12, 13, 14, 15, 16].map(ask));
  udm.leave(); // as when the process ends
  await startUdm({ home: plmn("001", "01"), homeNetworkKeys, sqnBlock: 4 }, { ...twin.join("UDM", "127.0.0.12", { nrf }), vault });
  await ask(17);
  assert.equal(new Set(sqns).size, 7);
});

test("TS 33.102 §6.3.5: a phone that is ahead brings the home network to its sequence number", async () => {
  const { twin, amf, suci } = await home();
  const ausf = amf.peers.peer(Nausf_UEAuthentication);
  const ue = phone();
  const first = await twin.clock.until(ausf.authenticate({ body: { supiOrSuci: suci(5), servingNetworkName: snn } }));
  assert.ok(first.ok);
  const { rand } = first.value["5gAuthData"] as Av5gAka;
  const sqnMs = 0x000000_ff_0000;
  assert.ok(ue.window.accept(sqnMs));
  const auts = toHex(ue.milenage.auts({ rand: hex(rand), sqnMs: ue.window.sqnMs }));
  const again = await ausf.authenticate({ body: { supiOrSuci: supi, servingNetworkName: snn, resynchronizationInfo: { rand, auts } } });
  assert.ok(again.ok);
  assert.ok(ue.answer(again.value["5gAuthData"] as Av5gAka).fresh);
  const wrong = `${auts.slice(0, -2)}${auts.endsWith("00") ? "01" : "00"}`;
  const refused = await ausf.authenticate({
    body: { supiOrSuci: supi, servingNetworkName: snn, resynchronizationInfo: { rand, auts: wrong } },
  });
  assert.deepEqual([refused.ok, refused.status, !refused.ok && refused.problem.cause], [false, 403, "AUTHENTICATION_REJECTED"]);
});

test("who may not: unknown users, networks without authority, SUCIs of no key, of no sense, unconcealed", async () => {
  const { amf, suci } = await home();
  const ausf = amf.peers.peer(Nausf_UEAuthentication);
  const cause = async (supiOrSuci: string, servingNetworkName = snn) => {
    const given = await ausf.authenticate({ body: { supiOrSuci, servingNetworkName } });
    return given.ok ? "served" : `${given.status} ${given.problem.cause}`;
  };
  const good = suci(6);
  assert.equal(await cause(good), "served");
  assert.equal(await cause("imsi-001010000000002"), "404 USER_NOT_FOUND");
  assert.equal(await cause(good, "5G:mnc002.mcc001.3gppnetwork.org"), "403 SERVING_NETWORK_NOT_AUTHORIZED");
  assert.equal(await cause(good.replace("-1-1-", "-1-2-")), "403 INVALID_HN_PUBLIC_KEY_IDENTIFIER");
  assert.equal(await cause(good.replace(/.$/, (c) => (c === "0" ? "1" : "0"))), "403 INVALID_SCHEME_OUTPUT");
  assert.equal(await cause("suci-0-001-01-0000-0-0-0000000001"), "403 AUTHENTICATION_REJECTED");
  const lax = await home("wire", { nullScheme: true });
  const open = await lax.amf.peers
    .peer(Nausf_UEAuthentication)
    .authenticate({ body: { supiOrSuci: "suci-0-001-01-0000-0-0-0000000001", servingNetworkName: snn } });
  assert.ok(open.ok);
});

test("TS 29.503 §5.2.2: what the AMF and the SMF read of a subscription", async () => {
  const { amf, store } = await home();
  const sdm = amf.peers.peer(Nudm_SDM);
  const am = await sdm.getAmData({ supi, "plmn-id": { mcc: "001", mnc: "01" } });
  assert.deepEqual(am.ok && am.value, {
    subscribedUeAmbr: { uplink: "1 Gbps", downlink: "2 Gbps" },
    nssai: { defaultSingleNssais: [{ sst: 1, sd: "000001" }], singleNssais: [{ sst: 2 }] },
  });
  const select = await sdm.getSmfSelectData({ supi });
  assert.deepEqual(select.ok && select.value.subscribedSnssaiInfos?.["1-000001"], {
    dnnInfos: [{ dnn: "internet", defaultDnnIndicator: true }],
  });
  const sm = await sdm.getSmData({ supi, "single-nssai": { sst: 1, sd: "000001" }, dnn: "internet" });
  assert.ok(sm.ok && Array.isArray(sm.value));
  const configuration = sm.value[0]?.dnnConfigurations?.["internet"];
  assert.deepEqual(configuration?.sessionAmbr, { uplink: "100 Mbps", downlink: "200 Mbps" });
  assert.deepEqual(configuration?.staticIpAddress, [{ ipv4Addr: "10.45.0.9" }]);
  assert.equal((await sdm.getSmData({ supi, dnn: "corporate" })).status, 404);
  const sets = await sdm.getDataSets({ supi, "dataset-names": ["AM", "SMF_SEL", "UEC_SMF"] });
  assert.deepEqual(sets.ok && Object.keys(sets.value), ["amData", "smfSelData", "uecSmfData"]);
  const watched = await sdm.subscribe({
    ueId: supi,
    body: {
      nfInstanceId: amf.sbi.nfInstanceId,
      callbackReference: `${amf.sbi.apiRoot}/x/y`,
      monitoredResourceUris: ["http://127.0.0.12:8080/a"],
    },
  });
  assert.ok(watched.ok);
  const subscriptionId = `${watched.value.subscriptionId}`;
  assert.equal((await sdm.unsubscribe({ ueId: supi, subscriptionId })).status, 204);
  assert.equal((await sdm.unsubscribe({ ueId: supi, subscriptionId })).status, 404);
  assert.equal(JSON.stringify(await subscribers(store)).includes("sealed"), false);
});

test("TS 29.503 §5.3.2: a new AMF takes the UE over, the old one hears of it; SMFs come and go", async () => {
  const { twin, amf, store } = await home();
  const next = twin.join("AMF", "127.0.0.26", { nrf });
  const heard: unknown[] = [];
  const callback = amf.sbi.callback(Nudm_UECM_Callback, "/namf-callback/v1/dereg/{supi}", {
    deregistrationNotification: ({ supi: who, body }) => {
      heard.push([who, body.deregReason, body.accessType]);
      return noContent();
    },
  });
  const registration = (from: typeof amf, amfId: string) => ({
    amfInstanceId: from.sbi.nfInstanceId,
    deregCallbackUri: callback.uri({ supi }),
    guami: { plmnId: { mcc: "001", mnc: "01" }, amfId },
    ratType: "NR",
    initialRegistrationInd: true,
  });
  const first = amf.peers.peer(Nudm_UECM);
  assert.equal((await first.register3gppAccess({ ueId: supi, body: registration(amf, "020040") })).status, 201);
  assert.equal((await first.register3gppAccess({ ueId: supi, body: registration(amf, "020040") })).status, 200);
  assert.deepEqual(heard, []);
  const second = next.peers.peer(Nudm_UECM);
  assert.equal((await second.register3gppAccess({ ueId: supi, body: registration(next, "020080") })).status, 200);
  await twin.clock.settle();
  assert.deepEqual(heard, [[supi, "UE_INITIAL_REGISTRATION", "3GPP_ACCESS"]]);
  const purge = (from: typeof first, amfId: string) =>
    from.update3gppAccess({ ueId: supi, body: { guami: { plmnId: { mcc: "001", mnc: "01" }, amfId }, purgeFlag: true } });
  assert.equal((await purge(first, "020040")).status, 403);
  assert.equal((await purge(second, "020080")).status, 204);
  assert.equal((await second.get3gppAccess({ ueId: supi })).status, 404);

  const smf = twin.join("SMF", "127.0.0.17", { nrf }).peers.peer(Nudm_UECM);
  const body = {
    smfInstanceId: "00000000-0000-4000-8000-0000000000aa",
    pduSessionId: 5,
    singleNssai: { sst: 1, sd: "000001" },
    dnn: "internet",
    plmnId: { mcc: "001", mnc: "01" },
  };
  assert.equal((await smf.registerSmf({ ueId: supi, pduSessionId: 5, body })).status, 201);
  assert.equal((await smf.registerSmf({ ueId: supi, pduSessionId: 6, body })).status, 400);
  const sessions = await amf.peers.peer(Nudm_SDM).getUeContextInSmfData({ supi });
  assert.deepEqual(sessions.ok && Object.keys(sessions.value.pduSessions ?? {}), ["5"]);
  assert.equal((await smf.deregisterSmf({ ueId: supi, pduSessionId: 5 })).status, 204);
  assert.equal((await smf.deregisterSmf({ ueId: supi, pduSessionId: 5 })).status, 404);
  assert.equal((await smf.registerSmf({ ueId: "imsi-001010000000077", pduSessionId: 5, body })).status, 404);
  assert.equal(await withdraw(supi, store), true);
  assert.equal(await withdraw(supi, store), false);
  assert.equal((await second.register3gppAccess({ ueId: supi, body: registration(next, "020080") })).status, 404);
  assert.equal(await amf.peers.find(Nsmf_PDUSession), undefined);
});

test("nothing at rest holds a key in clear", async () => {
  const { store } = await home();
  const row = await store.get<{ sealedK: Uint8Array; sealedOpc: Uint8Array }>("subscriber", supi);
  assert.ok(row);
  for (const sealed of [row.value.sealedK, row.value.sealedOpc]) {
    assert.equal(sealed.length, 45);
    for (const key of [k(), opc()]) assert.ok(!toHex(sealed).includes(toHex(key.reveal())));
  }
  assert.equal(parseHex("zz"), undefined);
});
