import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, Npcf_AMPolicyControl, Npcf_SMPolicyControl, Nudr_DR_PolicyData, refuse, sbiTwin, twinForms } from "@freehold/sbi";
import { startPcf } from "../src/index.ts";

const supi = "imsi-001010000000001";
const pcf = "http://127.0.0.14:8080";
const udr = "http://127.0.0.11:8080";

async function withPcf(form: (typeof twinForms)[number] = "wire", named = [{ service: "nudr-dr", apiRoot: udr }]) {
  const twin = sbiTwin({ form });
  const repository = twin.join("UDR", "127.0.0.11");
  repository.sbi.produce(Nudr_DR_PolicyData, {
    getSmPolicyData: ({ ueId }) =>
      ueId === supi
        ? answer({
            smPolicySnssaiData: { "1-00000a": { snssai: { sst: 1, sd: "00000A" }, smPolicyDnnData: { internet: { dnn: "internet" } } } },
          })
        : refuse(404, "USER_NOT_FOUND"),
  });
  await startPcf({ rfsp: 7 }, twin.join("PCF", "127.0.0.14", { named }));
  return { twin, amf: twin.join("AMF", "127.0.0.16"), smf: twin.join("SMF", "127.0.0.17") };
}

const context = {
  supi,
  pduSessionId: 1,
  pduSessionType: "IPV4",
  dnn: "internet",
  sliceInfo: { sst: 1, sd: "00000a" },
  notificationUri: "http://127.0.0.17:8080/nsmf-callback/v1/policy/1",
} as const;

for (const form of twinForms) {
  test(`TS 29.512 §4.2.2: the subscribed QoS is authorised, the configured where none is (${form})`, async () => {
    const { twin, smf } = await withPcf(form);
    const face = smf.sbi.consume(Npcf_SMPolicyControl, pcf);
    const plain = await twin.clock.until(face.create({ body: context }));
    assert.ok(plain.ok);
    const rule = plain.value.sessRules?.["default"];
    assert.equal(rule?.authDefQos?.["5qi"], 9);
    assert.equal(rule?.authDefQos?.arp?.priorityLevel, 8);
    assert.deepEqual(rule?.authSessAmbr, { uplink: "1 Gbps", downlink: "1 Gbps" });
    const subsSessAmbr = { uplink: "5 Mbps", downlink: "7 Mbps" };
    const subsDefQos = { "5qi": 5, arp: { priorityLevel: 2, preemptCap: "NOT_PREEMPT", preemptVuln: "PREEMPTABLE" } } as const;
    const given = await twin.clock.until(face.create({ body: { ...context, subsSessAmbr, subsDefQos } }));
    assert.ok(given.ok);
    assert.deepEqual(given.value.sessRules?.["default"]?.authSessAmbr, subsSessAmbr);
    assert.equal(given.value.sessRules?.["default"]?.authDefQos?.["5qi"], 5);
    const smPolicyId = `${given.location?.split("/").at(-1)}`;
    assert.notEqual(given.location, plain.location);
    const changed = await twin.clock.until(face.update({ smPolicyId, body: { subsSessAmbr: { uplink: "1 Mbps", downlink: "1 Mbps" } } }));
    assert.equal(changed.ok && changed.value.sessRules?.["default"]?.authSessAmbr?.uplink, "1 Mbps");
    assert.equal(changed.ok && changed.value.sessRules?.["default"]?.authDefQos?.["5qi"], 5);
    assert.equal((await twin.clock.until(face.delete({ smPolicyId, body: {} }))).status, 204);
    assert.equal((await twin.clock.until(face.delete({ smPolicyId, body: {} }))).status, 404);
  });

  test(`TS 29.507 §4.2: an AM policy association is made and ended (${form})`, async () => {
    const { twin, amf } = await withPcf(form);
    const face = amf.sbi.consume(Npcf_AMPolicyControl, pcf);
    const made = await twin.clock.until(
      face.create({ body: { supi, notificationUri: "http://127.0.0.16:8080/namf-callback/v1/am-policy/1", suppFeat: "1" } }),
    );
    assert.ok(made.ok);
    assert.deepEqual([made.value.rfsp, made.value.suppFeat], [7, "0"]);
    const polAssoId = `${made.location?.split("/").at(-1)}`;
    assert.equal((await twin.clock.until(face.delete({ polAssoId }))).status, 204);
    assert.equal((await twin.clock.until(face.get({ polAssoId }))).status, 404);
  });
}

test("who is unknown to the UDR, or may not use the DNN, gets no session; without an UDR the subscription decides", async () => {
  const { smf } = await withPcf();
  const face = smf.sbi.consume(Npcf_SMPolicyControl, pcf);
  const unknown = await face.create({ body: { ...context, supi: "imsi-001010000000002" } });
  assert.deepEqual([unknown.status, !unknown.ok && unknown.problem.cause], [400, "USER_UNKNOWN"]);
  const denied = await face.create({ body: { ...context, dnn: "ims" } });
  assert.deepEqual([denied.status, !denied.ok && denied.problem.cause], [403, "POLICY_CONTEXT_DENIED"]);
  const slice = await face.create({ body: { ...context, sliceInfo: { sst: 1 } } });
  assert.equal(slice.status, 403);
  const alone = await withPcf("wire", [{ service: "nudr-dr", apiRoot: "http://127.0.0.99:8080" }]);
  const asked = alone.smf.sbi.consume(Npcf_SMPolicyControl, pcf).create({ body: context });
  assert.equal((await alone.twin.clock.until(asked)).status, 201);
});
