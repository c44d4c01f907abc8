/** TS 24.501 §5.4.5 NAS transport: 5GSM messages inside 5GMM messages. */
import { type DlNasTransport, deactivated, decode, type Message5gsm } from "@freehold/nas";
import { explain } from "@freehold/wire";
import type { Phone } from "../phone.ts";
import { sessionMessage, sessionMessageUnreadable } from "../sm/door.ts";

export function downlinkNasTransport(phone: Phone, transport: DlNasTransport): void {
  const { payloadContainerType, payloadContainer, pduSessionId, cause, backOffTimerValue } = transport;
  if (payloadContainerType !== "N1 SM information") {
    return phone.tell("DL NAS transport of another kind", { payloadContainerType });
  }
  if (cause !== undefined) {
    // §5.4.5.3.3: it is our own message that comes back.
    phone.smInbox.deliver({
      is: "not forwarded",
      pduSessionId: pduSessionId ?? payloadContainer[1] ?? 0,
      cause,
      retryAfterSeconds: backOffTimerValue === undefined || backOffTimerValue === deactivated ? undefined : backOffTimerValue,
    });
    return;
  }
  const read = decode(payloadContainer, { receiver: "UE" });
  if (!read.ok) {
    phone.refuse("5GSM message", { why: explain(read.error) });
    return sessionMessageUnreadable(phone, read.error);
  }
  if (!("pti" in read.value)) return phone.refuse("5GSM message", { why: "not a 5GSM message" });
  sessionMessage(phone, read.value as Message5gsm);
}
