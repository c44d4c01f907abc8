/** What the scripted AMF says when nobody wants it to be wrong. */
import { dnn, type Guti, type Ipv4 } from "@freehold/model";
import { defaultQosRule, PcoIdentifier, PduSessionEstablishmentAccept, RegistrationAccept, taiList } from "@freehold/nas";
import type { PDUSessionResourceSetupRequestTransfer } from "@freehold/ngap";
import { Writer } from "@freehold/wire";

export const registrationAccept = (guti: Guti): RegistrationAccept =>
  RegistrationAccept({
    registrationResult: {
      result: "3GPP access",
      smsAllowed: false,
      nssaaToBePerformed: false,
      emergencyRegistered: false,
      disasterRoaming: false,
    },
    guti: { is: "5G-GUTI", guti },
    taiList: taiList([{ plmn: guti.plmn, tac: 1 }]),
    allowedNssai: [{ sst: 1 }],
    t3512: 3240,
  });

export const sessionAccept = (pduSessionId: number, pti: number): PduSessionEstablishmentAccept =>
  PduSessionEstablishmentAccept({
    pduSessionId,
    pti,
    selectedPduSessionType: "IPv4",
    selectedSscMode: 1,
    authorizedQosRules: [defaultQosRule(9)],
    sessionAmbr: { uplink: 1e8, downlink: 1e8 },
    cause: 50,
    pduAddress: { type: "IPv4", ipv4: "10.45.0.2" as Ipv4 },
    sNssai: { sst: 1 },
    dnn: dnn("internet"),
    extendedProtocolConfigurationOptions: {
      items: [
        { id: PcoIdentifier.dnsServerIpv4Address, octets: Uint8Array.of(10, 45, 0, 1) },
        { id: PcoIdentifier.ipv4LinkMtu, octets: Uint8Array.of(5, 120) },
      ],
    },
  });

/** Uplink TEID 0x1000 and the session's number. */
export const setupTransfer = (upf: string, id: number): PDUSessionResourceSetupRequestTransfer => ({
  pduSessionAggregateMaximumBitRate: { pDUSessionAggregateMaximumBitRateDL: 1e8, pDUSessionAggregateMaximumBitRateUL: 1e8 },
  ulNguUpTNLInformation: {
    choice: "gTPTunnel",
    value: {
      transportLayerAddress: { bits: Uint8Array.from(upf.split("."), Number), length: 32 },
      gTPTEID: new Writer(4).u32(0x1000 + id).done(),
    },
  },
  pduSessionType: "ipv4",
  qosFlowSetupRequestList: [
    {
      qosFlowIdentifier: 9,
      qosFlowLevelQosParameters: {
        qosCharacteristics: { choice: "nonDynamic5QI", value: { fiveQI: 9 } },
        allocationAndRetentionPriority: {
          priorityLevelARP: 8,
          preEmptionCapability: "shall-not-trigger-pre-emption",
          preEmptionVulnerability: "not-pre-emptable",
        },
      },
    },
  ],
});
