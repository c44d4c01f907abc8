/** UL NAS TRANSPORT as others' phones sent it: which slice, data network and SMF it leads to, and how it comes back when it leads nowhere. */
import assert from "node:assert/strict";
import { Cause5gmm } from "@freehold/model";
import { decode as decodeNas, type Message5gsm } from "@freehold/nas";
import { hex, toHex } from "@freehold/wire";
import { scenario, warned } from "../src/by-hand.ts";
import { type FiveGC, holdings, subscriber } from "../src/index.ts";
import type { OddGnb } from "../src/odd-gnb.ts";
import type { ScriptedPhone } from "../src/scripted-phone.ts";

/** 5GMM messages in clear as they stood in captures; their phones' protection is put on again. */
const foreign = {
  /** Open5GS's test UE 2023 (open5gs-roaming-lbo-2023, frame 2334): DNN internet, no S-NSSAI. */
  noSlice:
    "7e006701002e2e0501c1ffff93a17b00238080211001000010810600000000830600000000000c00000d00000200000a00001000120581250908696e7465726e6574",
  /** UERANSIM 2023 (free5gc-ueransim-5gaka-resync-2023, frame 1599): DNN internet, slice 1-010203. */
  ofSlice: "7e00670100152e0101c1ffff91a12801007b000780000a00000d00120181220401010203250908696e7465726e6574",
  /** OpenAirInterface's phone 2021 (oai-cn5g-oai-gnb-2021, frame 149): slice 1-000001, and a DNN whose label is one octet longer than it is. */
  noDnn: "7e00670100072e0a01c1ffff91120a812204010000012504046f6169",
  /** gnbsim 2021 (oai-cn5g-vpp-upf-2021, frame 110): slice 222-010203. */
  otherSlice: "7e00670100072e0101c1ffff911201812204de01020325080764656661756c74",
  /** Open5GS's test UE 2020 (open5gs-testsuite-2020, frames 3016, 3026): release request and complete. */
  releaseRequest: "7e00670100042e0501d11205",
  releaseComplete: "7e00670100042e0501d41205",
};
/** UERANSIM 2023 (free5gc-ueransim-5gaka-resync-2023, frame 1959). */
const setupResponse = hex("0003e0ac100076000000010001");

const ambr = { uplink: 1e9, downlink: 1e9 };
const dnnOf = (dnn: string) => ({ dnn, default: true, type: "IPV4", ambr }) as const;
const twoSlices = {
  config: `
network: { plmns: [{ mcc: "001", mnc: "01", slices: [{ sst: 1 }, { sst: 2 }] }] }
dataNetworks: [{ dnn: ims, ipv4: 10.46.0.0/16, dns: [198.51.100.53] }, { dnn: internet, ipv4: 10.45.0.0/16, dns: [198.51.100.53] }]`,
  subscribers: [
    subscriber(1, {
      slices: [
        { sst: 1, default: true, dnns: [dnnOf("ims")] },
        { sst: 2, default: true, dnns: [dnnOf("internet")] },
      ],
    }),
  ],
};

const oneSlice = (sNssai: { sst: number; sd: string }, dnn: string) => ({
  config: `network: { plmns: [{ mcc: "001", mnc: "01", slices: [{ sst: ${sNssai.sst}, sd: "${sNssai.sd}" }] }] }`,
  subscribers: [subscriber(1, { slices: [{ ...sNssai, default: true, dnns: [dnnOf(dnn)] }] })],
});

/** Registered, then the message, protected. */
async function says(phone: ScriptedPhone, octets: string): Promise<void> {
  await phone.register();
  phone.put(phone.security!.protect(hex(octets), 2));
}

/** The gNB's resources asked for, and answered as UERANSIM did: the slice, and the 5GSM message that came along. */
async function resources(phone: ScriptedPhone, gnb: OddGnb, system: FiveGC) {
  const { ies } = await gnb.next("PDUSessionResourceSetupRequest");
  const [item] = ies.pduSessionResourceSetupListSUReq;
  assert.ok(item?.pDUSessionNASPDU !== undefined);
  const taken = phone.security!.unprotect(item.pDUSessionNASPDU);
  assert.ok(taken.ok);
  const outer = decodeNas(taken.message, { receiver: "UE" });
  assert.ok(outer.ok && outer.value.is === "DL NAS transport");
  const inner = decodeNas(outer.value.payloadContainer, { receiver: "UE" });
  assert.ok(inner.ok);
  gnb.send({
    is: "PDUSessionResourceSetupResponse",
    ies: {
      amfUeNgapId: ies.amfUeNgapId,
      ranUeNgapId: ies.ranUeNgapId,
      pduSessionResourceSetupListSURes: [{ pDUSessionID: item.pDUSessionID, pDUSessionResourceSetupResponseTransfer: setupResponse }],
      // one that nobody asked for
      pduSessionResourceFailedToSetupListSURes: [{ pDUSessionID: 9, pDUSessionResourceSetupUnsuccessfulTransfer: hex("0000") }],
    },
  });
  await system.clock.advance(2_000);
  return { slice: toHex(item.sNSSAI.sST), pduSessionId: item.pDUSessionID, message: inner.value as Message5gsm };
}

scenario(
  "INTEROP 27, 31: no S-NSSAI is the default slice that has the data network asked for, and the set-up is one message with NAS and transfer",
  async (phone, system, gnb) => {
    await says(phone, foreign.noSlice);
    const { slice, pduSessionId, message } = await resources(phone, gnb, system);
    assert.ok(message.is === "PDU session establishment accept");
    assert.deepEqual([slice, pduSessionId, message.dnn, message.sNssai], ["02", 5, "internet", { sst: 2 }]);
    assert.deepEqual(holdings(system).amf, [[5]]);
    const { smf } = system.core.state() as { smf: { sessions: { connection: string; downlink: object }[] } };
    assert.deepEqual(
      smf.sessions.map(({ connection, downlink }) => [connection, downlink]),
      [["ACTIVATED", { teid: 1, address: "172.16.0.118" }]],
    );
    assert.ok(warned(system, /PDU session that is not here/));
    // released as Open5GS's phone does it
    phone.put(phone.security!.protect(hex(foreign.releaseRequest), 2));
    const { ies } = await gnb.next("PDUSessionResourceReleaseCommand");
    gnb.send({
      is: "PDUSessionResourceReleaseResponse",
      ies: {
        amfUeNgapId: ies.amfUeNgapId,
        ranUeNgapId: ies.ranUeNgapId,
        pduSessionResourceReleasedListRelRes: [{ pDUSessionID: 5, pDUSessionResourceReleaseResponseTransfer: hex("00") }],
      },
    });
    phone.put(phone.security!.protect(hex(foreign.releaseComplete), 2));
    await system.clock.advance(1_000);
    assert.deepEqual([holdings(system).amf, holdings(system).smfSessions, holdings(system).teids], [[[]], 0, 0]);
  },
  twoSlices,
);

scenario(
  "INTEROP 27: neither DNN nor S-NSSAI: the default data network of the default slice",
  async (phone, system, gnb) => {
    await says(phone, foreign.noSlice.replace(/250908.*$/, ""));
    const { slice, message } = await resources(phone, gnb, system);
    assert.ok(message.is === "PDU session establishment accept");
    assert.deepEqual([slice, message.dnn], ["01", "ims"]);
  },
  twoSlices,
);

for (const [what, octets, cause, pduSessionId, container] of [
  [
    "a DNN that is not subscribed comes back with #91",
    foreign.ofSlice,
    Cause5gmm.dnnNotSupportedOrNotSubscribedInTheSlice,
    1,
    "2e0101c1ffff91a12801007b000780000a00000d00",
  ],
  ["a slice that is not allowed comes back with #90", foreign.otherSlice, Cause5gmm.payloadWasNotForwarded, 1, "2e0101c1ffff91"],
  ["a release request for no session comes back with #90", foreign.releaseRequest, Cause5gmm.payloadWasNotForwarded, 5, "2e0501d1"],
] as const) {
  scenario(
    `INTEROP 27: ${what}, the 5GSM message octet for octet`,
    async (phone, system) => {
      await says(phone, octets);
      const { message } = await phone.next("DL NAS transport");
      assert.deepEqual([message.cause, message.pduSessionId, toHex(message.payloadContainer)], [cause, pduSessionId, container]);
      assert.deepEqual([holdings(system).amf, holdings(system).smfSessions], [[[]], 0]);
    },
    oneSlice({ sst: 1, sd: "010203" }, "ims"),
  );
}

scenario(
  "INTEROP 27: a DNN that is none counts as absent (TS 24.501 §7.7.1): the phone gets the default one",
  async (phone, system, gnb) => {
    await says(phone, foreign.noDnn);
    const { message } = await resources(phone, gnb, system);
    assert.ok(message.is === "PDU session establishment accept");
    assert.deepEqual([message.pduSessionId, message.dnn, message.sNssai], [10, "internet", { sst: 1, sd: "000001" }]);
  },
  oneSlice({ sst: 1, sd: "000001" }, "internet"),
);

scenario(
  "INTEROP 27: the same request again replaces the session: the resources of the first are given up before the second's are asked for",
  async (phone, system, gnb) => {
    const request = foreign.noSlice;
    await says(phone, request);
    await resources(phone, gnb, system);
    phone.put(phone.security!.protect(hex(request), 2));
    const { ies } = await gnb.next("PDUSessionResourceReleaseCommand");
    gnb.send({
      is: "PDUSessionResourceReleaseResponse",
      ies: {
        amfUeNgapId: ies.amfUeNgapId,
        ranUeNgapId: ies.ranUeNgapId,
        pduSessionResourceReleasedListRelRes: [{ pDUSessionID: 5, pDUSessionResourceReleaseResponseTransfer: hex("00") }],
      },
    });
    const { message } = await resources(phone, gnb, system);
    assert.equal(message.is, "PDU session establishment accept");
    assert.deepEqual([holdings(system).amf, holdings(system).smfSessions, holdings(system).addresses], [[[5]], 1, { internet: 1 }]);
  },
);
