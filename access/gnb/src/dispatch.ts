import { sTmsiText } from "@freehold/model";
import type { MessageName, Pdu } from "@freehold/ngap";
import { numberOf } from "@freehold/ngap";
import type { GnbNode } from "./node.ts";
import { ngReset, ueContextRelease } from "./procedures/context-release.ts";
import { initialContextSetup } from "./procedures/initial-context-setup.ts";
import { pduSessionResourceModify, ueContextModification } from "./procedures/modification.ts";
import { downlinkNasTransport } from "./procedures/nas-transport.ts";
import { amfConfigurationUpdate } from "./procedures/ng-setup.ts";
import { pduSessionResourceRelease, pduSessionResourceSetup } from "./procedures/pdu-session-resource.ts";
import type { UeConnection } from "./ue-connection.ts";
import { causeText, radio } from "./values.ts";

/** §10.6: an ID that nobody has is answered with ERROR INDICATION; ours with another AMF UE NGAP ID than before, too, and the UE goes. */
function ueOf(gnb: GnbNode, is: MessageName, ids: { amfUeNgapId?: number; ranUeNgapId?: number }): UeConnection | undefined {
  const { amfUeNgapId, ranUeNgapId } = ids;
  const indicate = (cause: "unknown-local-UE-NGAP-ID" | "inconsistent-remote-UE-NGAP-ID"): void => {
    gnb.refusals.count(cause === "unknown-local-UE-NGAP-ID" ? "unknown UE NGAP ID" : "inconsistent UE NGAP ID", { message: is, ...ids });
    gnb.send({ is: "ErrorIndication", ies: { ...ids, cause: radio(cause) } });
  };
  const ue = ranUeNgapId === undefined ? undefined : gnb.ues.get(ranUeNgapId);
  if (ue === undefined) {
    indicate("unknown-local-UE-NGAP-ID");
    return undefined;
  }
  ue.amfUeNgapId ??= amfUeNgapId;
  if (ue.amfUeNgapId !== amfUeNgapId) {
    indicate("inconsistent-remote-UE-NGAP-ID");
    ue.link.send({ is: "Release", cause: "inconsistent AP ID" });
    gnb.drop(ue, "inconsistent AP ID").catch((why: unknown) => gnb.world.log.error("release failed", { why }));
    return undefined;
  }
  return ue;
}

type UeProcedure<M extends MessageName> = (gnb: GnbNode, ue: UeConnection, pdu: Pdu<M>) => void;
const forUe =
  <M extends MessageName>(procedure: UeProcedure<M>) =>
  (gnb: GnbNode, pdu: Pdu<M>): void => {
    const { amfUeNgapId, ranUeNgapId } = pdu.ies as { amfUeNgapId?: number; ranUeNgapId?: number };
    const ue = ueOf(gnb, pdu.is, {
      ...(amfUeNgapId === undefined ? {} : { amfUeNgapId }),
      ...(ranUeNgapId === undefined ? {} : { ranUeNgapId }),
    });
    if (ue !== undefined) procedure(gnb, ue, pdu);
  };

/** §8.3.3: by both IDs, or by the AMF's alone when that is all it has. */
function release(gnb: GnbNode, { ies }: Pdu<"UEContextReleaseCommand">): void {
  const { ueNgapIDs, cause } = ies;
  if (ueNgapIDs.choice === "uE-NGAP-ID-pair") {
    const { aMFUENGAPID: amfUeNgapId, rANUENGAPID: ranUeNgapId } = ueNgapIDs.value;
    const ue = ueOf(gnb, "UEContextReleaseCommand", { amfUeNgapId, ranUeNgapId });
    if (ue !== undefined) ueContextRelease(gnb, ue, cause);
    return;
  }
  if (ueNgapIDs.choice !== "aMF-UE-NGAP-ID") return;
  const amfUeNgapId = ueNgapIDs.value;
  const ue = [...gnb.ues.values()].find((one) => one.amfUeNgapId === amfUeNgapId);
  if (ue !== undefined) return ueContextRelease(gnb, ue, cause);
  gnb.refusals.count("unknown UE NGAP ID", { message: "UEContextReleaseCommand", amfUeNgapId });
  gnb.send({ is: "ErrorIndication", ies: { amfUeNgapId, cause: radio("unknown-local-UE-NGAP-ID") } });
}

/** §8.5: on the air of our one cell when our tracking area is in the list. */
function page(gnb: GnbNode, { ies }: Pdu<"Paging">): void {
  const identity = ies.uePagingIdentity;
  if (identity?.choice !== "fiveG-S-TMSI") return;
  const ours = (ies.taiListForPaging ?? []).some(({ tAI }) => {
    const [a = 0, b = 0, c = 0] = tAI.tAC;
    return ((a << 16) | (b << 8) | c) === gnb.config.tac;
  });
  if (!ours) return gnb.world.log.info("paging for another tracking area", {});
  const { aMFSetID, aMFPointer, fiveGTMSI: t } = identity.value;
  const tmsi = ((t[0]! << 24) | (t[1]! << 16) | (t[2]! << 8) | t[3]!) >>> 0;
  gnb.page(sTmsiText({ amfSetId: numberOf(aMFSetID), amfPointer: numberOf(aMFPointer), tmsi }));
}

/** §8.7.5, §10.6: when the AMF does not know the connection, it is gone here too. */
function errorIndicated(gnb: GnbNode, { ies }: Pdu<"ErrorIndication">): void {
  const { amfUeNgapId, ranUeNgapId, cause } = ies;
  gnb.world.log.warn("ERROR INDICATION from the AMF", { amfUeNgapId, ranUeNgapId, cause: causeText(cause) });
  const ue = ranUeNgapId === undefined ? undefined : gnb.ues.get(ranUeNgapId);
  const unknown =
    cause?.choice === "radioNetwork" && (cause.value === "unknown-local-UE-NGAP-ID" || cause.value === "inconsistent-remote-UE-NGAP-ID");
  if (ue === undefined || !unknown) return;
  ue.link.send({ is: "Release", cause: "unknown to the AMF" });
  gnb.drop(ue, "unknown to the AMF").catch((why: unknown) => gnb.world.log.error("release failed", { why }));
}

const noted = (gnb: GnbNode, pdu: { readonly is: string }): void => gnb.world.log.info("noted", { message: pdu.is });

/** What each message starts. A message that is not here is answered as a procedure that is not ours. */
const doors: { readonly [M in MessageName]?: (gnb: GnbNode, pdu: Pdu<M>) => void } = {
  DownlinkNASTransport: forUe(downlinkNasTransport),
  InitialContextSetupRequest: forUe(initialContextSetup),
  PDUSessionResourceSetupRequest: forUe(pduSessionResourceSetup),
  PDUSessionResourceModifyRequest: forUe(pduSessionResourceModify),
  UEContextModificationRequest: forUe(ueContextModification),
  PDUSessionResourceReleaseCommand: forUe(pduSessionResourceRelease),
  UEContextReleaseCommand: release,
  Paging: page,
  NGReset: (gnb, pdu) => {
    ngReset(gnb, pdu).catch((why: unknown) => gnb.world.log.error("NG Reset failed", { why }));
  },
  ErrorIndication: errorIndicated,
  AMFConfigurationUpdate: amfConfigurationUpdate,
  // Load is the AMF's affair here: a simulator that holds phones back would hide what the AMF does under load.
  OverloadStart: noted,
  OverloadStop: noted,
  AMFStatusIndication: noted,
  NGResetAcknowledge: noted,
};

/** False when no procedure of ours begins with the message. */
export function dispatch(gnb: GnbNode, pdu: Pdu): boolean {
  const door = doors[pdu.is] as ((gnb: GnbNode, pdu: Pdu) => void) | undefined;
  door?.(gnb, pdu);
  return door !== undefined;
}
