/** TS 24.501 §5.4.5.2 UE-initiated NAS transport. */
import type { Dnn, SNssai } from "@freehold/model";
import { encode, type Message5gsm, UlNasTransport } from "@freehold/nas";
import type { Phone } from "../phone.ts";

/** What accompanies a 5GSM message (§5.4.5.2.2). */
export interface Routing {
  readonly requestType?: "initial request" | "modification request" | "existing PDU session";
  readonly dnn?: Dnn;
  readonly sNssai?: SNssai;
}

export function uplinkNasTransport(phone: Phone, message: Message5gsm, routing: Routing = {}): void {
  phone.n1.send(
    UlNasTransport({
      payloadContainerType: "N1 SM information",
      payloadContainer: encode(message),
      pduSessionId: message.pduSessionId,
      ...routing,
    }),
  );
}
