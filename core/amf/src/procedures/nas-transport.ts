import { samePlmn } from "@freehold/model";
import type { Pdu } from "@freehold/ngap";
import { equal } from "@freehold/wire";
import { hasPriority } from "../admission.ts";
import type { Amf } from "../amf.ts";
import { initialNas, uplinkNas } from "../n1.ts";
import { locationOf } from "../n2-values.ts";
import { type N2Association, N2Connection } from "../ran.ts";
import { dismiss, lostConnection } from "./ue-context-release.ts";

/** INITIAL UE MESSAGE, TS 38.413 §8.6.1: a new N2 connection for a UE that has yet to say who it is. */
export function initialUeMessage(amf: Amf, association: N2Association, { ies }: Pdu<"InitialUEMessage">): void {
  const { node } = association;
  if (node === undefined) return;
  const location = locationOf(ies.userLocationInformation);
  const again = node.connections.get(ies.ranUeNgapId);
  // The gNB gives an id only once: an old connection of that id is one that the gNB has forgotten.
  if (again !== undefined) lostConnection(amf, again, "the gNB uses its RAN UE NGAP ID again");
  const id = amf.connectionIds.take();
  if (id === undefined || location === undefined) {
    const why = id === undefined ? "no AMF UE NGAP ID is free" : "its location has no TAI of NR";
    if (id !== undefined) amf.connectionIds.release(id);
    if (!association.mayComplain()) return;
    amf.world.log.warn(`INITIAL UE MESSAGE dropped: ${why}`, { gnb: node.name });
    association.send({
      is: "ErrorIndication",
      ies: {
        ranUeNgapId: ies.ranUeNgapId,
        cause:
          location === undefined
            ? { choice: "protocol", value: "semantic-error" }
            : { choice: "misc", value: "control-processing-overload" },
      },
    });
    return;
  }
  const connection = new N2Connection(
    association,
    node,
    { amfUeNgapId: id, ranUeNgapId: ies.ranUeNgapId },
    {
      tai: location.tai,
      nrCellId: location.nrCellId,
      contextRequested: ies.ueContextRequest !== undefined,
      priority: hasPriority(ies.rrcEstablishmentCause),
    },
  );
  amf.connections.set(id, connection);
  node.connections.set(ies.ranUeNgapId, connection);
  if (!amf.config.plmns.some(({ plmn }) => samePlmn(plmn, location.tai.plmn))) {
    if (association.mayComplain()) amf.world.log.warn("a UE in a PLMN that is not served here is released", { gnb: node.name });
    return dismiss(amf, connection, { choice: "nas", value: "unspecified" });
  }
  initialNas(amf, connection, ies.nasPdu);
}

/**
 * UE RADIO CAPABILITY INFO INDICATION, TS 38.413 §8.14.1: comes at any moment, is kept, and is given back in the next set-up. It has no
 * commit of its own: a gNB that is not given it asks the UE, and the session that mostly follows takes it along.
 */
export function radioCapabilityInfo(_amf: Amf, { ue }: N2Connection, { ies }: Pdu<"UERadioCapabilityInfoIndication">): void {
  const radioCapability = ies.ueRadioCapability;
  if (ue === undefined || radioCapability === undefined) return;
  const known = ue.radioCapability ?? ue.context?.radioCapability;
  ue.radioCapability = radioCapability;
  if (known !== undefined && equal(known, radioCapability)) return;
  // Before the registration is committed there is no context; that commit takes it along.
  ue.learn((context) => ({ ...context, radioCapability }));
}

/** UPLINK NAS TRANSPORT, TS 38.413 §8.6.3. */
export function uplinkNasTransport(amf: Amf, connection: N2Connection, { ies }: Pdu<"UplinkNASTransport">): void {
  const location = ies.userLocationInformation === undefined ? undefined : locationOf(ies.userLocationInformation);
  if (location !== undefined) {
    connection.tai = location.tai;
    connection.nrCellId = location.nrCellId;
  }
  uplinkNas(amf, connection, ies.nasPdu);
}
