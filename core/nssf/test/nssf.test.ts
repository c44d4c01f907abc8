import assert from "node:assert/strict";
import { test } from "node:test";
import { type InputOf, Nnssf_NSSelection, sbiTwin, twinForms } from "@freehold/sbi";
import { startNssf } from "../src/index.ts";

const nrf = "http://127.0.0.10:8080";
const tai = (tac: string) => ({ plmnId: { mcc: "001", mnc: "01" }, tac });
const slices = [
  { sst: 1, sd: "00000a", nsis: [{ id: "nsi-1" }] },
  { sst: 2, tacs: ["000001"] },
  { sst: 3, sd: "000003" },
];

type Query = Omit<InputOf<(typeof Nnssf_NSSelection)["operations"]["get"]>, "nf-type" | "nf-id">;

async function selection(form: (typeof twinForms)[number] = "wire") {
  const twin = sbiTwin({ form });
  await startNssf({ slices, nrf }, twin.join("NSSF", "127.0.0.15"));
  const amf = twin.join("AMF", "127.0.0.16");
  const face = amf.sbi.consume(Nnssf_NSSelection, "http://127.0.0.15:8080");
  return (query: Query) => twin.clock.until(face.get({ "nf-type": "AMF", "nf-id": amf.sbi.nfInstanceId, ...query }));
}

const subscribedNssai = [
  { subscribedSnssai: { sst: 1, sd: "00000A" }, defaultIndication: true },
  { subscribedSnssai: { sst: 2 } },
  { subscribedSnssai: { sst: 9 } },
];

for (const form of twinForms) {
  test(`TS 23.501 §5.15.5.2.1: requested, subscribed and present is allowed; the rest is rejected where it is missing (${form})`, async () => {
    const get = await selection(form);
    const requestedNssai = [{ sst: 2 }, { sst: 3, sd: "000003" }, { sst: 9 }];
    const here = await get({ "slice-info-request-for-registration": { subscribedNssai, requestedNssai }, tai: tai("000001") });
    assert.deepEqual(here.ok && here.value, {
      allowedNssaiList: [{ allowedSnssaiList: [{ allowedSnssai: { sst: 2 } }], accessType: "3GPP_ACCESS" }],
      configuredNssai: [{ configuredSnssai: { sst: 1, sd: "00000a" } }, { configuredSnssai: { sst: 2 } }],
      rejectedNssaiInPlmn: [{ sst: 3, sd: "000003" }, { sst: 9 }],
    });
    const there = await get({
      "slice-info-request-for-registration": { subscribedNssai, requestedNssai: [{ sst: 2 }] },
      tai: tai("000002"),
    });
    assert.ok(there.ok);
    assert.deepEqual(there.value.rejectedNssaiInTa, [{ sst: 2 }]);
    const allowed = there.value.allowedNssaiList?.[0]?.allowedSnssaiList;
    assert.deepEqual(allowed, [
      { allowedSnssai: { sst: 1, sd: "00000a" }, nsiInformationList: [{ nrfId: `${nrf}/nnrf-disc/v1/nf-instances`, nsiId: "nsi-1" }] },
    ]);
  });
}

test("a phone that asks for nothing gets its default slices; a subscriber without any gets none", async () => {
  const get = await selection();
  const nothing = await get({ "slice-info-request-for-registration": { subscribedNssai } });
  assert.deepEqual(nothing.ok && nothing.value.allowedNssaiList?.[0]?.allowedSnssaiList.map((a) => a.allowedSnssai.sst), [1]);
  const none = await get({ "slice-info-request-for-registration": { requestedNssai: [{ sst: 2 }] } });
  assert.deepEqual(none.ok && none.value, { rejectedNssaiInPlmn: [{ sst: 2 }] });
});

test("a PDU session's slice has an instance, or the network's NRF; one that is not here is refused", async () => {
  const get = await selection();
  const session = (sNssai: { sst: number; sd?: string }) => ({
    "slice-info-request-for-pdu-session": { sNssai, roamingIndication: "NON_ROAMING" as const },
    tai: tai("000002"),
  });
  const first = await get(session({ sst: 1, sd: "00000A" }));
  assert.equal(first.ok && first.value.nsiInformation?.nsiId, "nsi-1");
  const third = await get(session({ sst: 3, sd: "000003" }));
  assert.deepEqual(third.ok && third.value.nsiInformation, { nrfId: `${nrf}/nnrf-disc/v1/nf-instances` });
  const second = await get(session({ sst: 2 }));
  assert.deepEqual([second.status, !second.ok && second.problem.cause], [403, "SNSSAI_NOT_SUPPORTED"]);
  assert.equal((await get({})).status, 400);
});
