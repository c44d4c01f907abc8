/** What a 5GSM message starts when no procedure waits for it, and TS 24.501 §7.3 for what does not fit. */
import { Cause5gsm } from "@freehold/model";
import { causeOf, type Message5gsm, type NasError, Status5gsm } from "@freehold/nas";
import { uplinkNasTransport } from "../mm/uplink-transport.ts";
import type { Phone } from "../phone.ts";
import { modificationCommand } from "./modification.ts";
import { complete } from "./release.ts";

export function sessionMessage(phone: Phone, message: Message5gsm): void {
  if (phone.smInbox.deliver({ is: "message", message })) return;
  const { pduSessionId, pti } = message;
  const status = (cause: number): void => {
    phone.refuse("5GSM message", { message: message.is, pduSessionId, pti, cause });
    uplinkNasTransport(phone, Status5gsm({ pduSessionId, pti, cause }));
  };
  switch (message.is) {
    case "PDU session release command":
      return complete(phone, message);
    case "PDU session modification command":
      return modificationCommand(phone, message);
    case "5GSM status":
      return phone.tell("5GSM status", { pduSessionId, cause: message.cause });
    case "PDU session establishment accept":
    case "PDU session establishment reject":
    case "PDU session release reject":
    case "PDU session modification reject":
      // §7.3.1: nobody asked with this PTI.
      return status(Cause5gsm.ptiMismatch);
    default:
      return status(Cause5gsm.messageTypeNotCompatibleWithTheProtocolState);
  }
}

/** §7: a 5GSM message that does not read, answered where its transaction can be named. */
export function sessionMessageUnreadable(phone: Phone, error: NasError): void {
  const cause = causeOf(error);
  if (cause === undefined || error.pduSessionId === undefined || error.pti === undefined) return;
  uplinkNasTransport(phone, Status5gsm({ pduSessionId: error.pduSessionId, pti: error.pti, cause }));
}
