/** The N2 side of recorded gNBs and cores: what they sent goes to our AMF, and what it says on N2 is laid beside what their core said. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Choices, type Difference, loadTrace, type Replayed, replay, specsFolder } from "../src/strangers/index.ts";

const specs = specsFolder();

/** Of NGAP itself: messages, their order, their IEs; what is inside NAS and transfers has tests of its own. */
const ofN2 = ({ in: where, ie }: Difference): boolean =>
  (/^(NGSetup|InitialContextSetup|UEContextRelease|PDUSessionResource\w+(Request|Command)( |$)|DownlinkNAS|ErrorIndication)/.test(where) &&
    !/nASPDU|nasPdu/i.test(ie)) ||
  (where === "sequence" && !/Configuration update command/.test(ie));

function stranger(
  sentence: string,
  capture: string,
  frames: readonly [number, number],
  known: readonly string[],
  more: { readonly choices?: Choices; readonly also?: (replayed: Replayed) => void } = {},
): void {
  if (specs === undefined) {
    test(sentence, { skip: "the specification folder is not here (FREEHOLD_SPECS)" }, () => {});
    return;
  }
  test(sentence, async () => {
    const replayed = await replay(loadTrace(specs, capture, frames), more.choices);
    assert.deepEqual([...new Set(replayed.differences.filter(ofN2).map((d) => `${d.in}: ${d.ie}`))], known);
    assert.deepEqual(replayed.rewritten, [], "frames that our NGAP writes otherwise than it read them");
    assert.deepEqual(
      replayed.protectedUplinks.filter(({ verified }) => !verified),
      [],
    );
    more.also?.(replayed);
  });
}

const testSuite = "open5gs-testsuite-2020";
const names = { choices: { networkName: { full: "Open5GS", short: "Next" } } } as const;
/** Their core still has the capability of an earlier test. */
const radioCapability = "InitialContextSetupRequest: ueRadioCapability";

const sessions =
  (...held: readonly number[]) =>
  ({ phones }: Replayed): void =>
    assert.deepEqual(
      phones.map((phone) => phone.sessions),
      [held],
    );

stranger(
  "INTEROP 21, 22, 24: Open5GS's tester registers, has a session and asks for release: GUAMI, capabilities and KgNB are theirs to the bit; only the cause of the release is our own",
  testSuite,
  [250, 328],
  ["UEContextReleaseCommand: cause.choice", "UEContextReleaseCommand: cause.value"],
  { ...names, also: sessions(5) },
);

stranger(
  "INTEROP 25: Open5GS's tester has a session, goes idle and asks for service, with and without uplink data status: their Service accepts come here at the same messages, with the same set-up of the gNB",
  testSuite,
  [250, 354],
  ["", " (2)"].flatMap((nth) => [`UEContextReleaseCommand${nth}: cause.choice`, `UEContextReleaseCommand${nth}: cause.value`]),
  { ...names, also: sessions(5) },
);

stranger(
  "INTEROP 25: Open5GS's tester registers, and asks for service without a session",
  testSuite,
  [362, 417],
  [radioCapability, "UEContextReleaseCommand: cause.choice", "UEContextReleaseCommand: cause.value"],
  { ...names, also: sessions() },
);

stranger(
  "INTEROP 24: Open5GS's tester is switched off in a session: no answer in NAS, and the connection is released",
  testSuite,
  [2814, 2895],
  [radioCapability],
  { ...names, also: sessions() },
);

stranger(
  "INTEROP 22, 23: Open5GS's tester releases a session, deregisters, and comes back with its context and no security mode: KgNB of the initial message's COUNT is theirs, and the radio capability of before is given back as theirs is",
  testSuite,
  [2945, 3054],
  [radioCapability],
  { ...names, also: sessions(5) },
);

stranger(
  "INTEROP 7: INITIAL CONTEXT SETUP FAILURE of Open5GS's tester: the connection is released as theirs was",
  testSuite,
  [4060, 4104],
  [],
  names,
);

stranger(
  "INTEROP 21, 22: UERANSIM of 2021 with Open5GS, whose core leaves the SD out that phone and gNB name",
  "open5gs-ueransim-smc-2021",
  [1, 13],
  [
    "NGSetupResponse: plmnSupportList[0].sliceSupportList[0].sNSSAI.sD",
    "InitialContextSetupRequest: allowedNSSAI[0].sNSSAI.sD",
    "PDUSessionResourceSetupRequest: pduSessionResourceSetupListSUReq[0].sNSSAI.sD",
  ],
  {
    choices: {
      networkName: { full: "Open5GS", short: "Next" },
      served: [{ sst: 1, sd: "000001" }],
      subscribed: [{ sst: 1, sd: "000001" }],
    },
    also: sessions(1),
  },
);

stranger(
  "INTEROP 7: the RAN node VirtualeNB with free5GC of 2021: its core names integrity algorithms to the gNB that the phone has not; PTI 0 is refused here",
  "free5gc-2021-virtualgnb",
  [823, 1859],
  [
    "NGSetupResponse: plmnSupportList[0].sliceSupportList[0].sNSSAI.sST",
    "NGSetupResponse: plmnSupportList[0].sliceSupportList[0].sNSSAI.sD",
    "NGSetupResponse: plmnSupportList[0].sliceSupportList[1].sNSSAI.sST",
    "NGSetupResponse: plmnSupportList[0].sliceSupportList[1].sNSSAI.sD",
    "InitialContextSetupRequest: ueSecurityCapabilities.nRintegrityProtectionAlgorithms",
    "InitialContextSetupRequest: mobilityRestrictionList",
    "InitialContextSetupRequest: ueAggregateMaximumBitRate",
    "sequence: PDUSessionResourceSetupRequest with DL NAS transport",
    "sequence: DownlinkNASTransport with DL NAS transport",
  ],
  {
    choices: {
      served: [
        { sst: 1, sd: "010203" },
        { sst: 1, sd: "112233" },
      ],
    },
  },
);

stranger(
  "INTEROP 7: gnbsim of 2021 with OpenAirInterface asks for no UE context: the accept goes by itself, Initial Context Setup comes with the session; its NG RESET, whose IEs are out of order, is refused (TS 38.413 §10.3.6)",
  "oai-cn5g-spgwu-ext-2021",
  [60, 808],
  [
    "NGSetupResponse: servedGUAMIList",
    "NGSetupResponse: plmnSupportList[0].sliceSupportList",
    "sequence: InitialContextSetupRequest with Registration accept",
    "sequence: PDUSessionResourceSetupRequest with DL NAS transport",
    "sequence: DownlinkNASTransport with Registration accept",
    "sequence: InitialContextSetupRequest with DL NAS transport",
    "sequence: PDUSessionResourceReleaseCommand with DL NAS transport",
    "sequence: ErrorIndication",
  ],
  { choices: { served: [{ sst: 222, sd: "00007b" }], subscribed: [{ sst: 222, sd: "00007b" }] } },
);
