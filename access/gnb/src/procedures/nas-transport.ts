/** TS 38.413 §8.6: NAS messages between phone and AMF, and what the gNB says about the phone in passing. */
import type { AirMessage } from "@freehold/air";
import { ngapPlmnOctets, sTmsiFromOctets } from "@freehold/model";
import { bitsOf, type FiveGSTMSI, type Pdu } from "@freehold/ngap";
import { parseHex, Writer } from "@freehold/wire";
import type { GnbNode } from "../node.ts";
import type { UeConnection } from "../ue-connection.ts";

type Of<Is extends AirMessage["is"]> = Extract<AirMessage, { is: Is }>;

function fiveGSTmsi(text: string | undefined): FiveGSTMSI | undefined {
  const octets = text === undefined ? undefined : parseHex(text);
  const read = octets === undefined ? undefined : sTmsiFromOctets(octets);
  if (read?.ok !== true) return undefined;
  const { amfSetId, amfPointer, tmsi } = read.value;
  return { aMFSetID: bitsOf(amfSetId, 10), aMFPointer: bitsOf(amfPointer, 6), fiveGTMSI: new Writer(4).u32(tmsi).done() };
}

/** §8.6.1 */
export function initialUeMessage(gnb: GnbNode, ue: UeConnection, complete: Of<"SetupComplete">, cause: Of<"SetupRequest">["cause"]): void {
  const sTmsi = fiveGSTmsi(complete.sTmsi);
  gnb.send(
    {
      is: "InitialUEMessage",
      ies: {
        ranUeNgapId: ue.ranUeNgapId,
        nasPdu: complete.nas,
        userLocationInformation: ue.location,
        rrcEstablishmentCause: cause,
        ...(sTmsi === undefined ? {} : { fiveGSTmsi: sTmsi }),
        ...(gnb.config.ueContextRequest ? { ueContextRequest: "requested" } : {}),
        ...(gnb.config.plmns.length > 1 ? { selectedPLMNIdentity: ngapPlmnOctets(ue.plmn) } : {}),
      },
    },
    ue.stream,
  );
}

/** §8.6.3: in its turn, so that the AMF hears of a procedure's end before what the phone says after it. */
export function uplinkNasTransport(gnb: GnbNode, ue: UeConnection, nasPdu: Uint8Array): void {
  ue.active();
  ue.run("Uplink NAS Transport", async () => {
    // Before the AMF has answered there is no connection to send it on.
    if (ue.amfUeNgapId === undefined)
      gnb.world.log.warn("uplink NAS before the AMF has answered: dropped", { ranUeNgapId: ue.ranUeNgapId });
    else gnb.send({ is: "UplinkNASTransport", ies: { ...ue.ids, nasPdu, userLocationInformation: ue.location } }, ue.stream);
  });
}

/** §8.6.2: in its turn, after what the AMF sent before it. */
export function downlinkNasTransport(gnb: GnbNode, ue: UeConnection, { ies }: Pdu<"DownlinkNASTransport">): void {
  if (ies.ueAggregateMaximumBitRate !== undefined) ue.hasAmbr = true;
  ue.active();
  ue.run("Downlink NAS Transport", async () => ue.link.send({ is: "DlInformationTransfer", nas: ies.nasPdu }));
  if (ies.ueCapabilityInfoRequest === "requested") reportRadioCapability(gnb, ue);
}

/** §8.14.1: asks the phone for its radio capability and gives it to the AMF. */
export function reportRadioCapability(gnb: GnbNode, ue: UeConnection): void {
  ue.run("UE Radio Capability Info Indication", async (scope) => {
    const answered = ue.answer(scope, "UeCapabilityInformation");
    ue.link.send({ is: "UeCapabilityEnquiry" });
    const { capability } = await answered;
    ue.radioCapability = capability;
    gnb.send({ is: "UERadioCapabilityInfoIndication", ies: { ...ue.ids, ueRadioCapability: capability } }, ue.stream);
  });
}
