/** TS 24.501 §6.3.2 Network-requested PDU session modification. */
import { Cause5gsm } from "@freehold/model";
import { type PduSessionModificationCommand, PduSessionModificationCommandReject, PduSessionModificationComplete } from "@freehold/nas";
import { uplinkNasTransport } from "../mm/uplink-transport.ts";
import type { Phone } from "../phone.ts";

export function modificationCommand(phone: Phone, command: PduSessionModificationCommand): void {
  const { pduSessionId, pti } = command;
  const session = phone.sessions.get(pduSessionId);
  if (session === undefined) {
    phone.refuse("5GSM message", { message: command.is, pduSessionId });
    return uplinkNasTransport(
      phone,
      PduSessionModificationCommandReject({ pduSessionId, pti, cause: Cause5gsm.invalidPduSessionIdentity }),
    );
  }
  if (command.sessionAmbr !== undefined) session.ambr = command.sessionAmbr;
  const rule = command.authorizedQosRules?.find((one) => one.isDefault && one.operation !== "delete existing QoS rule");
  if (rule?.qfi !== undefined && rule.qfi > 0) session.qfi = rule.qfi;
  phone.tell(command.is, { pduSessionId });
  uplinkNasTransport(phone, PduSessionModificationComplete({ pduSessionId, pti }));
}
