import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "@freehold/model";
import { Nudr_DR, Nudr_DR_PolicyData, sbiTwin } from "@freehold/sbi";
import { memoryStore, Vault } from "@freehold/store";
import { provision, type Subscriber, startUdr, subscribers, withdraw } from "../src/index.ts";

const supi = "imsi-001010000000001";
const subscriber = (more: Partial<Subscriber> = {}): Subscriber => ({
  supi,
  k: Secret.fromHex("465b5ce8b199b49faa5f0a2ee238a6bc"),
  opc: Secret.fromHex("cd63cb71954a9f4e48a5994e37a02baf"),
  ueAmbr: { uplink: 1e9, downlink: 1e9 },
  slices: [{ sst: 1, sd: "00000A", dnns: [{ dnn: "internet", type: "IPV4", ambr: { uplink: 1e6, downlink: 1e6 } }] }],
  ...more,
});
const path = "/sequenceNumber/sqn";

async function udr() {
  const twin = sbiTwin();
  const store = memoryStore();
  const vault = new Vault(new Uint8Array(32).fill(1), "test");
  await provision(subscriber(), { store, vault });
  await startUdr({}, { ...twin.join("UDR", "127.0.0.11"), store, vault });
  const { sbi } = twin.join("UDM", "127.0.0.12");
  return {
    store,
    vault,
    face: sbi.consume(Nudr_DR, "http://127.0.0.11:8080"),
    policy: sbi.consume(Nudr_DR_PolicyData, "http://127.0.0.11:8080"),
  };
}

test("a subscriber that cannot be is refused with the reason, and nothing is stored", async () => {
  const store = memoryStore();
  const vault = new Vault(new Uint8Array(32), "test");
  const wrong: [Partial<Subscriber>, RegExp][] = [
    [{ supi: "imsi-12" }, /SUPI/],
    [{ k: new Secret(new Uint8Array(15)) }, /K must/],
    [{ opc: new Secret(new Uint8Array(17)) }, /OPc must/],
    [{ amf: "80" }, /AMF/],
    [{ sqn: 2 ** 48 }, /SQN/],
    [{ slices: [] }, /slice/],
    [{ slices: [{ sst: 256, dnns: [] }] }, /SST/],
    [{ slices: [{ sst: 1, dnns: [] }] }, /DNN/],
    [{ slices: [{ sst: 1, dnns: [{ dnn: "a b", type: "IPV4", ambr: { uplink: 1, downlink: 1 } }] }] }, /DNN/],
    [{ slices: [{ sst: 1, dnns: [{ dnn: "a", type: "IPV4", ambr: { uplink: 1, downlink: 1 }, staticIp: "1.2.3" }] }] }, /IPv4/],
    [{ slices: [{ sst: 1, dnns: [{ dnn: "a", type: "IPV4", ambr: { uplink: 1, downlink: 1 }, arp: 16 }] }] }, /ARP/],
  ];
  for (const [more, why] of wrong) await assert.rejects(provision(subscriber(more), { store, vault }), why);
  assert.deepEqual(await subscribers(store), []);
});

test("provisioning again changes what the operator may change, and leaves the sequence number where it is", async () => {
  const { store, vault, face } = await udr();
  await face.updateAuthenticationSubscription({ ueId: supi, body: [{ op: "replace", path, value: "000000000400" }] });
  await provision(subscriber({ ueAmbr: { uplink: 5e6, downlink: 5e6 } }), { store, vault });
  const read = await face.getAuthenticationSubscription({ ueId: supi });
  assert.equal(read.ok && read.value.sequenceNumber?.sqn, "000000000400");
  const am = await face.getAmData({ ueId: supi, servingPlmnId: "00101" });
  assert.equal(am.ok && am.value.subscribedUeAmbr?.uplink, "5 Mbps");
  await provision(subscriber({ sqn: 32 }), { store, vault });
  const reset = await face.getAuthenticationSubscription({ ueId: supi });
  assert.equal(reset.ok && reset.value.sequenceNumber?.sqn, "000000000020");
});

test("only SQN may be patched, and of two who saw the same value only one sets it", async () => {
  const { face } = await udr();
  const set = (from: string, to: string) =>
    face.updateAuthenticationSubscription({
      ueId: supi,
      body: [
        { op: "test", path, value: from },
        { op: "replace", path, value: to },
      ],
    });
  const both = await Promise.all([set("000000000000", "000000000020"), set("000000000000", "000000000040")]);
  assert.deepEqual(both.map((a) => a.status).sort(), [204, 409]);
  const stolen = await face.updateAuthenticationSubscription({
    ueId: supi,
    body: [{ op: "replace", path: "/encPermanentKey", value: "00" }],
  });
  assert.deepEqual([stolen.status, !stolen.ok && stolen.problem.cause], [403, "MODIFICATION_NOT_ALLOWED"]);
  assert.equal((await face.updateAuthenticationSubscription({ ueId: supi, body: [{ op: "replace", path, value: "xyz" }] })).status, 400);
  assert.equal(
    (await face.updateAuthenticationSubscription({ ueId: "imsi-001010000000009", body: [{ op: "replace", path, value: "0" }] })).status,
    404,
  );
});

test("attributes are narrowed to those asked for; the unknown user is told from the data that is not there", async () => {
  const { face, policy, store } = await udr();
  const am = await face.getAmData({ ueId: supi, servingPlmnId: "00101", fields: ["nssai"] });
  assert.deepEqual(am.ok && am.value, { nssai: { defaultSingleNssais: [{ sst: 1, sd: "00000a" }] } });
  const none = await face.getAmfContext3gpp({ ueId: supi });
  assert.deepEqual([none.status, !none.ok && none.problem.cause], [404, "DATA_NOT_FOUND"]);
  const stranger = await face.getAmData({ ueId: "imsi-001010000000009", servingPlmnId: "00101" });
  assert.deepEqual([stranger.status, !stranger.ok && stranger.problem.cause], [404, "USER_NOT_FOUND"]);
  const sm = await policy.getSmPolicyData({ ueId: supi });
  assert.deepEqual(sm.ok && Object.keys(sm.value.smPolicySnssaiData), ["1-00000a"]);
  await withdraw(supi, store);
  assert.equal((await policy.getAmPolicyData({ ueId: supi })).status, 404);
});

test("sessions of one UE that change at the same time are all kept", async () => {
  const { face } = await udr();
  const body = (pduSessionId: number) => ({
    smfInstanceId: "4947a69a-f61b-4bc1-b9da-47c9c5d14b64",
    pduSessionId,
    singleNssai: { sst: 1 },
    plmnId: { mcc: "001", mnc: "01" },
  });
  const ids = [1, 2, 3, 4, 5];
  const made = await Promise.all(ids.map((id) => face.createSmfRegistration({ ueId: supi, pduSessionId: id, body: body(id) })));
  assert.ok(made.every((a) => a.status === 201));
  await Promise.all([1, 3].map((id) => face.deleteSmfRegistration({ ueId: supi, pduSessionId: id })));
  const left = await face.listSmfRegistrations({ ueId: supi });
  assert.deepEqual(left.ok && left.value.map((r) => r.pduSessionId).sort(), [2, 4, 5]);
});
