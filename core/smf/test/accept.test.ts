import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultQosRule, type PcoItem } from "@freehold/nas";
import type { DnnConfiguration } from "@freehold/sbi";
import { hex, toHex } from "@freehold/wire";
import fc from "fast-check";
import { answerPco } from "../src/pco.ts";
import { request, smfTwin, transferOf } from "./twin.ts";

async function accepted(more: Parameters<typeof request>[0] = {}, options: Parameters<typeof smfTwin>[0] = {}) {
  const twin = await smfTwin(options);
  await twin.create({ n1SmMsg: request(more) });
  const [told] = twin.told;
  assert.ok(told?.n1?.is === "PDU session establishment accept" && told.n2 !== undefined);
  return { twin, n1: told.n1, n2: transferOf(told.n2.octets), body: told.body };
}

test("INTEROP 29: the accept has what phones look for", async () => {
  const { n1, n2, body } = await accepted({ pti: 9, alwaysOnPduSessionRequested: true });
  assert.deepEqual([n1.pti, n1.selectedPduSessionType, n1.selectedSscMode], [9, "IPv4", 1]);
  assert.deepEqual(n1.authorizedQosRules, [{ ...defaultQosRule(1), deletedFilters: undefined }]);
  const [rule] = n1.authorizedQosRules;
  assert.deepEqual([rule?.isDefault, rule?.precedence, rule?.qfi], [true, 255, 1]);
  assert.deepEqual(n1.sessionAmbr, { uplink: 50e6, downlink: 200e6 });
  assert.deepEqual(n1.sNssai, { sst: 1, sd: "000001" });
  assert.equal(n1.dnn, "internet");
  assert.equal(n1.alwaysOnPduSessionIndication, false);
  const [flow] = n1.authorizedQosFlowDescriptions ?? [];
  assert.deepEqual([flow?.qfi, flow?.operation, flow?.fiveQi], [1, "create new QoS flow description", 8]);
  assert.equal(n1.extendedProtocolConfigurationOptions, undefined);

  assert.equal(n2.pduSessionType, "ipv4");
  assert.deepEqual(n2.pduSessionAggregateMaximumBitRate, {
    pDUSessionAggregateMaximumBitRateDL: 200e6,
    pDUSessionAggregateMaximumBitRateUL: 50e6,
  });
  const [item] = n2.qosFlowSetupRequestList ?? [];
  assert.deepEqual(item?.qosFlowLevelQosParameters.qosCharacteristics, { choice: "nonDynamic5QI", value: { fiveQI: 8 } });
  assert.deepEqual(item?.qosFlowLevelQosParameters.allocationAndRetentionPriority, {
    priorityLevelARP: 7,
    preEmptionCapability: "shall-not-trigger-pre-emption",
    preEmptionVulnerability: "pre-emptable",
  });
  assert.equal(n2.securityIndication, undefined);
  assert.deepEqual([body.pduSessionId, body.n1MessageContainer?.n1MessageClass, body.n2InfoContainer?.n2InformationClass], [1, "SM", "SM"]);
  assert.deepEqual(body.n2InfoContainer?.smInfo?.sNssai, { sst: 1, sd: "000001" });
});

test("INTEROP 29: an always-on session is granted where the data network is configured so, and not spoken of where nobody asked", async () => {
  const { config } = await import("./twin.ts");
  const served = config.served.map((s) => ({ ...s, alwaysOn: true }));
  const { n1 } = await accepted({ alwaysOnPduSessionRequested: true }, { config: { served } });
  assert.equal(n1.alwaysOnPduSessionIndication, true);
  const other = await accepted({}, { config: { served } });
  assert.equal(other.n1.alwaysOnPduSessionIndication, undefined);
});

test("QoS: the PCF's word before the subscription's, the configuration's last; a guaranteed 5QI is not for the default flow", async () => {
  const qos = async (options: Parameters<typeof smfTwin>[0], decide?: object) => {
    const twin = await smfTwin(options);
    if (decide) twin.pcfDecision = decide;
    await twin.create();
    const n1 = twin.told[0]?.n1;
    assert.ok(n1?.is === "PDU session establishment accept");
    return [n1.authorizedQosFlowDescriptions?.[0]?.fiveQi, n1.sessionAmbr.uplink, n1.sessionAmbr.downlink];
  };
  const rule = (fiveQi: number) => ({
    sessRules: { a: { sessRuleId: "a", authSessAmbr: { uplink: "1 Mbps", downlink: "2 Mbps" }, authDefQos: { "5qi": fiveQi } } },
  });
  assert.deepEqual(await qos({}, rule(7)), [7, 1e6, 2e6]);
  assert.deepEqual(await qos({}, rule(1)), [8, 1e6, 2e6]);
  assert.deepEqual(await qos({ pcf: false }), [8, 50e6, 200e6]);
  const bare: Partial<DnnConfiguration> = { "5gQosProfile": undefined, sessionAmbr: undefined };
  assert.deepEqual(await qos({ pcf: false, subscription: bare }), [9, 1e9, 1e9]);
  const defaultQos = { fiveQi: 6, arp: 3, ambr: { uplink: 3e6, downlink: 4e6 } };
  assert.deepEqual(await qos({ pcf: false, subscription: bare, config: { defaultQos } }), [6, 3e6, 4e6]);
});

test("TS 38.413 §9.3.1.27 — the subscription's user plane security reaches the gNB with what the phone can do", async () => {
  const upSecurity = { upIntegr: "REQUIRED", upConfid: "PREFERRED" } as const;
  const slow = { uplink: "64 kbps", downlink: "64 kbps" } as const;
  const { n2 } = await accepted({ integrityProtectionMaximumDataRate: slow }, { subscription: { upSecurity } });
  assert.deepEqual(n2.securityIndication, {
    integrityProtectionIndication: "required",
    confidentialityProtectionIndication: "preferred",
    maximumIntegrityProtectedDataRateUL: "bitrate64kbs",
  });
});

const facts = { dns: ["192.0.2.1", "192.0.2.2", "2001:db8::53"], mtu: 1_400, pcscf: ["192.0.2.9"] };
const asked = (...items: readonly [id: number, contents: string][]): PcoItem[] =>
  items.map(([id, contents]) => ({ id, octets: hex(contents) }));
const told = (items: readonly PcoItem[], from: Parameters<typeof answerPco>[1] = facts): string[] =>
  (answerPco({ items }, from)?.items ?? []).map(({ id, octets }) => `${id.toString(16).padStart(4, "0")} ${toHex(octets)}`);

test("INTEROP 30: only what was asked for, each once; what nobody knows is passed over", () => {
  assert.deepEqual(told([]), []);
  assert.deepEqual(told(asked([0x000d, ""], [0x000d, ""])), ["000d c0000201", "000d c0000202"]);
  assert.deepEqual(told(asked([0x0003, ""])), ["0003 20010db8000000000000000000000053"]);
  assert.deepEqual(told(asked([0x0010, ""], [0x000a, ""], [0xff00, "0102"])), ["0010 0578"]);
  assert.deepEqual(told(asked([0x000c, ""], [0x0001, ""])), ["000c c0000209"]);
  assert.deepEqual(told(asked([0x000d, ""]), { dns: [], mtu: 1_400 }), []);
});

test("INTEROP 30: IPCP gets a Nak with the DNS servers (RFC 1877), a reject without servers, PAP and CHAP succeed", () => {
  // what phones send: primary and secondary DNS 0.0.0.0
  const wish = "0100001081060000000083060000000";
  assert.deepEqual(told(asked([0x8021, `${wish}0`])), ["8021 030000108106c00002018306c0000202"]);
  assert.deepEqual(told(asked([0x8021, `${wish}0`]), { dns: [], mtu: 1_400 }), ["8021 04000010810600000000830600000000"]);
  assert.deepEqual(told(asked([0x8021, "01070004"])), ["8021 02070004"]);
  assert.deepEqual(told(asked([0x8021, "0107000a0306"])), []); // longer than it is
  assert.deepEqual(told(asked([0xc023, "01050008016100"])), []); // shorter than it says
  assert.deepEqual(told(asked([0xc023, "0105000801610161"])), ["c023 0205000500"]);
  assert.deepEqual(told(asked([0xc223, "0101000504"], [0xc223, "020100050a"])), ["c223 03010004"]);
});

test("INTEROP 30: PCO of any octets is answered with what can be encoded, and never throws", () => {
  const item = fc.record({ id: fc.constantFrom(0x8021, 0xc023, 0xc223, 0x000d, 0x0010, 0x1234), octets: fc.uint8Array({ maxLength: 40 }) });
  fc.assert(
    fc.property(fc.array(item, { maxLength: 6 }), (items) => {
      for (const { octets } of answerPco({ items }, facts)?.items ?? []) assert.ok(octets.length < 256);
    }),
  );
});

test("the accept carries the answers of the data network's configuration", async () => {
  const { n1 } = await accepted({ extendedProtocolConfigurationOptions: { items: asked([0x000d, ""], [0x0010, ""]) } });
  const items = n1.extendedProtocolConfigurationOptions?.items ?? [];
  assert.deepEqual(
    items.map(({ id, octets }) => [id, toHex(octets)]),
    [
      [0x000d, "0a2d0001"],
      [0x0010, "0578"],
    ],
  );
});
