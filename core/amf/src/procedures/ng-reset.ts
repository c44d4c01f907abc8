import type { CriticalityDiagnostics, Pdu } from "@freehold/ngap";
import type { Amf } from "../amf.ts";
import type { N2Association, N2Connection } from "../ran.ts";
import { lostConnection } from "./ue-context-release.ts";

/** NG Reset by the gNB, TS 38.413 §8.7.4.2.2: frees what it names, or everything of this gNB, and acknowledges with the same list. */
export function ngReset(amf: Amf, association: N2Association, { ies }: Pdu<"NGReset">, noted?: CriticalityDiagnostics): void {
  const { node } = association;
  if (node === undefined) return;
  const { resetType } = ies;
  const diagnosed = noted === undefined ? {} : { criticalityDiagnostics: noted };
  if (resetType.choice !== "partOfNG-Interface") {
    for (const connection of [...node.connections.values()]) lostConnection(amf, connection, "NG Reset by the gNB");
    association.send({ is: "NGResetAcknowledge", ies: diagnosed });
    return;
  }
  for (const { aMFUENGAPID, rANUENGAPID } of resetType.value) {
    const connection: N2Connection | undefined =
      aMFUENGAPID === undefined ? node.connections.get(rANUENGAPID ?? -1) : amf.connections.get(aMFUENGAPID);
    // A list may name connections of others: only this gNB's own are freed.
    if (connection !== undefined && connection.node === node) lostConnection(amf, connection, "NG Reset by the gNB");
  }
  association.send({ is: "NGResetAcknowledge", ies: { ueAssociatedLogicalNGConnectionList: resetType.value, ...diagnosed } });
}
