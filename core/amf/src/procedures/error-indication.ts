import type { Pdu } from "@freehold/ngap";
import type { Amf } from "../amf.ts";
import { causeText } from "../n2-values.ts";
import type { N2Association } from "../ran.ts";
import { lostConnection } from "./ue-context-release.ts";

/** ERROR INDICATION from a gNB, TS 38.413 §8.7.4 and §10.6: never answered; one about UE NGAP IDs ends that connection alone. */
export function gnbErrorIndication(amf: Amf, association: N2Association, { ies }: Pdu<"ErrorIndication">): void {
  const connection = ies.amfUeNgapId === undefined ? undefined : amf.connections.get(ies.amfUeNgapId);
  const ours = connection !== undefined && connection.node === association.node ? connection : undefined;
  amf.world.log.warn("gNB reports an error", { gnb: association.peer, ue: ours?.ue?.name, cause: causeText(ies.cause) });
  if (ours === undefined || ies.cause?.choice !== "radioNetwork") return;
  if (/UE-NGAP-ID$/.test(String(ies.cause.value))) lostConnection(amf, ours, `the gNB says ${ies.cause.value}`);
}
