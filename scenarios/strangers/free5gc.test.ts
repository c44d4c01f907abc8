/** Registrations and sessions of gNBs and phones that were recorded with free5GC, replayed into our core. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { encode } from "@freehold/ngap";
import { differs, expectLike, readTrace, replay, strangerTest, type TraceFile } from "../src/strangers/index.ts";

/** The one trace whose licence lets it lie here: what it shows is tested without the specification folder too. */
const resync = readTrace(JSON.parse(readFileSync(new URL("vectors/free5gc-ueransim-resync.json", import.meta.url), "utf8")) as TraceFile);

strangerTest(
  "INTEROP 11, 12: free5GC 2020 with its own tester: SECURITY MODE COMPLETE under header type 2, a phone that names a key, PTI 0 refused",
  "free5gc-2020-telekom",
  [13, 233],
  {
    warnings: [
      "an N1 message that cannot be taken",
      "PDU session refused by the SMF",
      "the gNB answers for a PDU session that is not here",
    ],
    identical: [],
    sessions: [[]],
    known: [
      differs("Authentication request", "ngKsi", "1", "2", "never the one that the phone named (TS 33.501 §6.1)"),
      differs("Security mode command", "ngKsi", "1", "2", "never the one that the phone named (TS 33.501 §6.1)"),
      differs(
        "Security mode command",
        "additionalSecurityInformation",
        '{"horizontalDerivation":false,"retransmissionOfInitialNasMessageRequested":false}',
        "absent",
        "an IE that only says no is left out",
      ),
      differs(
        "Security mode command",
        "selectedEpsNasSecurityAlgorithms",
        "absent",
        '{"ciphering":0,"integrity":2}',
        "the phone has S1 mode (TS 24.501 §8.2.25.3)",
      ),
      differs(
        "Registration accept",
        "innerHeaderType",
        "2",
        "0",
        "the message under protection is a plain one (TS 24.501 §9.1.1): theirs repeats the outer header type",
      ),
      differs(
        "Registration accept",
        "configuredNssai",
        "absent",
        '[{"sst":1,"sd":"010203"},{"sst":1,"sd":"112233"}]',
        "told to a phone that asked for no slice, so that it can (TS 23.501 §5.15.4.2)",
      ),
      differs("Registration accept", "networkFeatureSupport", "absent", "{}", "always told; nothing is supported"),
      differs(
        "InitialContextSetupRequest",
        "mobilityRestrictionList",
        '{"servingPLMN":"02f839"}',
        "absent",
        "without a restriction the IE says nothing",
      ),
      differs(
        "InitialContextSetupRequest",
        "ueAggregateMaximumBitRate",
        "absent",
        '{"uEAggregateMaximumBitRateDL":1000000000,"uEAggregateMaximumBitRateUL":1000000000}',
        "told with the context already, where it binds the same",
      ),
      differs(
        "sequence",
        "PDUSessionResourceSetupRequest with DL NAS transport",
        "sent",
        "absent",
        "the phone asks with PTI 0, which no procedure may have (TS 24.501 §7.3.1): refused",
      ),
      differs(
        "sequence",
        "DownlinkNASTransport with DL NAS transport",
        "absent",
        "sent",
        "the phone asks with PTI 0, which no procedure may have (TS 24.501 §7.3.1): refused",
      ),
    ],
  },
);

test("INTEROP 10: UERANSIM with free5GC 2023: synch failure, AUTS, the phone's SQN taken over, a second challenge", () =>
  expectLike(resync, {
    identical: ["Authentication request", "Authentication request", "Registration accept"],
    sessions: [[1]],
    known: [
      differs(
        "Security mode command",
        "additionalSecurityInformation",
        '{"horizontalDerivation":false,"retransmissionOfInitialNasMessageRequested":true}',
        "absent",
        "asked for only when the initial message came protected and could not be verified; without a context the phone sends it whole anyway (TS 33.501 §6.4.6)",
      ),
      differs(
        "InitialContextSetupRequest",
        "ueSecurityCapabilities.eUTRAencryptionAlgorithms",
        "0000/16",
        "e000/16",
        "the phone's EEA and EIA are passed on (TS 38.413 §9.3.1.86)",
      ),
      differs(
        "InitialContextSetupRequest",
        "ueSecurityCapabilities.eUTRAintegrityProtectionAlgorithms",
        "0000/16",
        "e000/16",
        "the phone's EEA and EIA are passed on (TS 38.413 §9.3.1.86)",
      ),
      differs(
        "InitialContextSetupRequest",
        "mobilityRestrictionList",
        '{"servingPLMN":"02f839"}',
        "absent",
        "without a restriction the IE says nothing",
      ),
      differs(
        "InitialContextSetupRequest",
        "ueAggregateMaximumBitRate",
        "absent",
        '{"uEAggregateMaximumBitRateDL":2000000000,"uEAggregateMaximumBitRateUL":1000000000}',
        "told with the context already, where it binds the same",
      ),
      differs(
        "PDU session establishment accept",
        "pduAddress.ipv4",
        "10.60.0.1",
        "10.60.0.2",
        "their pool begins elsewhere: ours gives the second host first",
      ),
      differs(
        "PDUSessionResourceSetupRequestTransfer",
        "ulNguUpTNLInformation.value.transportLayerAddress",
        "ac100072/32",
        "7f000008/32",
        "the address of our UPF",
      ),
      differs("PDUSessionResourceSetupRequestTransfer", "ulNguUpTNLInformation.value.gTPTEID", "00000001", undefined, "drawn by our UPF"),
      differs(
        "PDUSessionResourceSetupRequestTransfer",
        "qosFlowSetupRequestList[0].qosFlowLevelQosParameters.allocationAndRetentionPriority.preEmptionVulnerability",
        "not-pre-emptable",
        "pre-emptable",
        "ours may be pre-empted unless provisioned otherwise",
      ),
      differs(
        "PDUSessionResourceSetupRequest",
        "ueAggregateMaximumBitRate",
        '{"uEAggregateMaximumBitRateDL":2000000000,"uEAggregateMaximumBitRateUL":1000000000}',
        "absent",
        "told with the context before",
      ),
    ],
  }));

test("INTEROP 20: a stranger's SECURITY MODE COMPLETE with one bit of its MAC turned is not believed, and the phone not registered", async () => {
  const complete = 1258;
  const pdus = resync.pdus.map((traced) => {
    const { frame, pdu } = traced;
    if (frame !== complete || pdu.is !== "UplinkNASTransport") return traced;
    const nasPdu = pdu.ies.nasPdu.with(2, pdu.ies.nasPdu[2]! ^ 1);
    const changed = { ...pdu, ies: { ...pdu.ies, nasPdu } };
    return { frame, bytes: encode(changed), pdu: changed };
  });
  const replayed = await replay({ ...resync, pdus });
  assert.deepEqual(
    replayed.protectedUplinks.filter(({ verified }) => !verified).map(({ frame }) => frame),
    [complete],
  );
  assert.deepEqual(
    replayed.phones.map(({ rm }) => rm),
    [undefined],
  );
});

strangerTest(
  "INTEROP 19: UERANSIM with free5GC 2026: name and time to the octet; four flows there, one here",
  "free5gc-ueransim-ngap-2026",
  [5, 23],
  {
    choices: { networkName: { full: "free5GC", short: "free" } },
    identical: ["Authentication request", "Registration accept"],
    sessions: [[1]],
    known: [
      differs("NGSetupResponse", "criticalityDiagnostics", "{}", "absent", "nothing was found: theirs sends it empty"),
      differs(
        "Security mode command",
        "additionalSecurityInformation",
        '{"horizontalDerivation":false,"retransmissionOfInitialNasMessageRequested":true}',
        "absent",
        "asked for only when the initial message came protected and could not be verified; without a context the phone sends it whole anyway (TS 33.501 §6.4.6)",
      ),
      differs(
        "InitialContextSetupRequest",
        "ueSecurityCapabilities.eUTRAencryptionAlgorithms",
        "0000/16",
        "e000/16",
        "the phone's EEA and EIA are passed on (TS 38.413 §9.3.1.86)",
      ),
      differs(
        "InitialContextSetupRequest",
        "ueSecurityCapabilities.eUTRAintegrityProtectionAlgorithms",
        "0000/16",
        "e000/16",
        "the phone's EEA and EIA are passed on (TS 38.413 §9.3.1.86)",
      ),
      differs(
        "InitialContextSetupRequest",
        "mobilityRestrictionList",
        '{"servingPLMN":"02f839"}',
        "absent",
        "without a restriction the IE says nothing",
      ),
      differs(
        "InitialContextSetupRequest",
        "ueAggregateMaximumBitRate",
        "absent",
        '{"uEAggregateMaximumBitRateDL":2000000000,"uEAggregateMaximumBitRateUL":1000000000}',
        "told with the context already, where it binds the same",
      ),
      differs(
        "Configuration update command",
        "configurationUpdateIndication",
        '{"acknowledgementRequested":false,"registrationRequested":false}',
        "absent",
        "an IE that only says no is left out",
      ),
      differs(
        "DownlinkNASTransport",
        "mobilityRestrictionList",
        '{"servingPLMN":"02f839"}',
        "absent",
        "without a restriction the IE says nothing",
      ),
      differs(
        "PDU session establishment accept",
        "authorizedQosRules",
        '[{"id":1,"operation":"create new QoS rule","isDefault":true,"packetFilters":[{"id":1,"direction":"bidirectional","components":[{"is":"match-all","value":{}}]}],"precedence":255,"qfi":1,"segregation":false},{"id":2,"operation":"create new QoS rule","isDefault":false,"packetFilters":[{"id":1,"direction":"downlink only","components":[{"is":"IPv4 remote address","value":{"address":"10.200.0.2","mask":"255.255.255.255"}}]}],"precedence":32,"qfi":2,"segregation":false},{"id":3,"operation":"create new QoS rule","isDefault":false,"packetFilters":[{"id":2,"direction":"downlink only","components":[{"is":"IPv4 remote address","value":{"address":"10.200.0.3","mask":"255.255.255.255"}}]}],"precedence":64,"qfi":3,"segregation":false},{"id":4,"operation":"create new QoS rule","isDefault":false,"packetFilters":[{"id":3,"direction":"downlink only","components":[{"is":"IPv4 remote address","value":{"address":"0.0.0.0","mask":"0.0.0.0"}}]}],"precedence":128,"qfi":4,"segregation":false}]',
        '[{"id":1,"operation":"create new QoS rule","isDefault":true,"packetFilters":[{"id":1,"direction":"bidirectional","components":[{"is":"match-all","value":{}}]}],"precedence":255,"qfi":1,"segregation":false}]',
        "theirs has three more flows by its own policy",
      ),
      differs(
        "PDU session establishment accept",
        "pduAddress.ipv4",
        "10.60.0.1",
        "10.60.0.2",
        "their pool begins elsewhere: ours gives the second host first",
      ),
      differs(
        "PDU session establishment accept",
        "authorizedQosFlowDescriptions",
        '[{"qfi":1,"operation":"create new QoS flow description","e":true,"fiveQi":9},{"qfi":2,"operation":"create new QoS flow description","e":true,"fiveQi":7},{"qfi":3,"operation":"create new QoS flow description","e":true,"fiveQi":8},{"qfi":4,"operation":"create new QoS flow description","e":true,"fiveQi":9}]',
        '[{"qfi":1,"operation":"create new QoS flow description","e":true,"fiveQi":9}]',
        "theirs has three more flows by its own policy",
      ),
      differs(
        "PDUSessionResourceSetupRequestTransfer",
        "ulNguUpTNLInformation.value.transportLayerAddress",
        "c0a83868/32",
        "7f000008/32",
        "the address of our UPF",
      ),
      differs("PDUSessionResourceSetupRequestTransfer", "ulNguUpTNLInformation.value.gTPTEID", "00000002", undefined, "drawn by our UPF"),
      differs(
        "PDUSessionResourceSetupRequestTransfer",
        "additionalULNguUpTNLInformation",
        '[{"nGUUPTNLInformation":{"choice":"gTPTunnel","value":{"transportLayerAddress":"c0a83868/32","gTPTEID":"00000003"}}}]',
        "absent",
        "one tunnel: nothing asks for redundant ones",
      ),
      differs(
        "PDUSessionResourceSetupRequestTransfer",
        "qosFlowSetupRequestList",
        '[{"qosFlowIdentifier":1,"qosFlowLevelQosParameters":{"qosCharacteristics":{"choice":"nonDynamic5QI","value":{"fiveQI":9}},"allocationAndRetentionPriority":{"priorityLevelARP":8,"preEmptionCapability":"shall-not-trigger-pre-emption","preEmptionVulnerability":"not-pre-emptable"}}},{"qosFlowIdentifier":2,"qosFlowLevelQosParameters":{"qosCharacteristics":{"choice":"nonDynamic5QI","value":{"fiveQI":7}},"allocationAndRetentionPriority":{"priorityLevelARP":8,"preEmptionCapability":"shall-not-trigger-pre-emption","preEmptionVulnerability":"not-pre-emptable"}}},{"qosFlowIdentifier":3,"qosFlowLevelQosParameters":{"qosCharacteristics":{"choice":"nonDynamic5QI","value":{"fiveQI":8}},"allocationAndRetentionPriority":{"priorityLevelARP":8,"preEmptionCapability":"shall-not-trigger-pre-emption","preEmptionVulnerability":"not-pre-emptable"}}},{"qosFlowIdentifier":4,"qosFlowLevelQosParameters":{"qosCharacteristics":{"choice":"nonDynamic5QI","value":{"fiveQI":9}},"allocationAndRetentionPriority":{"priorityLevelARP":8,"preEmptionCapability":"shall-not-trigger-pre-emption","preEmptionVulnerability":"not-pre-emptable"}}}]',
        '[{"qosFlowIdentifier":1,"qosFlowLevelQosParameters":{"qosCharacteristics":{"choice":"nonDynamic5QI","value":{"fiveQI":9}},"allocationAndRetentionPriority":{"priorityLevelARP":8,"preEmptionCapability":"shall-not-trigger-pre-emption","preEmptionVulnerability":"pre-emptable"}}}]',
        "theirs has three more flows by its own policy",
      ),
      differs(
        "PDUSessionResourceSetupRequest",
        "ueAggregateMaximumBitRate",
        '{"uEAggregateMaximumBitRateDL":2000000000,"uEAggregateMaximumBitRateUL":1000000000}',
        "absent",
        "told with the context before",
      ),
    ],
  },
);
