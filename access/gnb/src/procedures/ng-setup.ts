/** TS 38.413 §8.7.1 NG Setup and §8.7.3 AMF Configuration Update: what gNB and AMF say of themselves. */
import { ngapPlmnFromOctets, ngapPlmnOctets, type Plmn, plmnText } from "@freehold/model";
import { bitsOf, type GUAMI, type Message, numberOf, type Pdu, type ServedGUAMIList, type TimeToWait } from "@freehold/ngap";
import type { CheckedConfig } from "../config.ts";
import type { GnbNode } from "../node.ts";
import { ngapSNssai, tacOctets, transport } from "../values.ts";

export const ngSetupRequest = (config: CheckedConfig): Message<"NGSetupRequest"> => ({
  is: "NGSetupRequest",
  ies: {
    globalRANNodeID: {
      choice: "globalGNB-ID",
      value: {
        pLMNIdentity: ngapPlmnOctets(config.plmns[0]!.plmn),
        gNBID: { choice: "gNB-ID", value: bitsOf(config.gnbId, config.gnbIdBits) },
      },
    },
    ranNodeName: config.name,
    supportedTAList: [
      {
        tAC: tacOctets(config.tac),
        broadcastPLMNList: config.plmns.map(({ plmn, slices }) => ({
          pLMNIdentity: ngapPlmnOctets(plmn),
          tAISliceSupportList: slices.map((slice) => ({ sNSSAI: ngapSNssai(slice) })),
        })),
      },
    ],
    defaultPagingDRX: "v128",
  },
});

const waits: Readonly<Record<TimeToWait, number>> = { v1s: 1, v2s: 2, v5s: 5, v10s: 10, v20s: 20, v60s: 60 };
/** Milliseconds of a Time to Wait (§9.3.1.56, unchecked). */
export const timeToWaitMs = (time: TimeToWait | undefined): number | undefined => (time === undefined ? undefined : waits[time] * 1000);

const plmnShown = (octets: Uint8Array): string => {
  const plmn = ngapPlmnFromOctets(octets);
  return plmn.ok ? plmnText(plmn.value) : "?";
};
const guamiShown = ({ pLMNIdentity, aMFRegionID, aMFSetID, aMFPointer }: GUAMI): string =>
  `${plmnShown(pLMNIdentity)}-${numberOf(aMFRegionID)}-${numberOf(aMFSetID)}-${numberOf(aMFPointer)}`;
const guamisShown = (list: ServedGUAMIList): readonly string[] => list.map(({ gUAMI }) => guamiShown(gUAMI));

/** Takes what the AMF said. Returns our PLMNs that it does not serve. */
export function ngSetUp(gnb: GnbNode, { ies }: Pdu<"NGSetupResponse">): readonly Plmn[] {
  gnb.amf = {
    name: ies.amfName,
    guamis: guamisShown(ies.servedGUAMIList),
    relativeCapacity: ies.relativeAMFCapacity ?? 0,
  };
  const served = new Set(ies.plmnSupportList.map(({ pLMNIdentity }) => plmnShown(pLMNIdentity)));
  return gnb.config.plmns.map(({ plmn }) => plmn).filter((plmn) => !served.has(plmnText(plmn)));
}

/** §8.7.3: taken as a whole; further TNL associations are refused one by one, for we keep one. */
export function amfConfigurationUpdate(gnb: GnbNode, { ies }: Pdu<"AMFConfigurationUpdate">): void {
  if (gnb.amf !== undefined) {
    gnb.amf = {
      name: ies.amfName ?? gnb.amf.name,
      guamis: ies.servedGUAMIList === undefined ? gnb.amf.guamis : guamisShown(ies.servedGUAMIList),
      relativeCapacity: ies.relativeAMFCapacity ?? gnb.amf.relativeCapacity,
    };
  }
  const failed = ies.amfTNLAssociationToAddList?.map(({ aMFTNLAssociationAddress }) => ({
    tNLAssociationAddress: aMFTNLAssociationAddress,
    cause: transport("transport-resource-unavailable"),
  }));
  gnb.send({
    is: "AMFConfigurationUpdateAcknowledge",
    ies: failed === undefined ? {} : { amfTNLAssociationFailedToSetupList: failed },
  });
}
