import { Cause5gsm } from "@freehold/model";
import {
  causeOf,
  decode,
  encode,
  type Message5gsm,
  type NasError,
  PduSessionEstablishmentReject,
  PduSessionModificationReject,
  PduSessionReleaseReject,
  Status5gsm,
} from "@freehold/nas";
import { explain } from "@freehold/wire";

/** §9.6: 0 is no transaction, 255 is reserved. */
const reservedPti = 255;

/** A 5GSM message for this session, or what is answered instead (nothing, when it is to be ignored), and why. */
export type Heard =
  | { readonly ok: true; readonly message: Message5gsm }
  | { readonly ok: false; readonly answer: Uint8Array | undefined; readonly why: string };

export const status5gsm = (pduSessionId: number, pti: number, cause: number): Uint8Array =>
  encode(Status5gsm({ pduSessionId, pti, cause }));

const establishmentRequest = 0xc1;
const modificationRequest = 0xc9;

/** TS 24.501 §7.2 to §7.7: the reject of the procedure where the message begins one, else 5GSM STATUS. */
function refused(error: NasError): Heard {
  const cause = causeOf(error);
  const { pduSessionId = 0, pti = 0, messageType } = error;
  const why = explain(error);
  if (cause === undefined) return { ok: false, answer: undefined, why };
  const header = { pduSessionId, pti, cause };
  const malformed = error.is === "mandatory IE missing or malformed" || error.is === "conditional IE missing or malformed";
  if (malformed && messageType === establishmentRequest) return { ok: false, answer: encode(PduSessionEstablishmentReject(header)), why };
  if (malformed && messageType === modificationRequest) return { ok: false, answer: encode(PduSessionModificationReject(header)), why };
  return { ok: false, answer: status5gsm(pduSessionId, pti, cause), why };
}

/** The reject of a procedure that the phone begins, by its message. */
function reject(message: Message5gsm, cause: number): Uint8Array {
  const { pduSessionId, pti } = message;
  switch (message.is) {
    case "PDU session establishment request":
      return encode(PduSessionEstablishmentReject({ pduSessionId, pti, cause }));
    case "PDU session modification request":
      return encode(PduSessionModificationReject({ pduSessionId, pti, cause }));
    case "PDU session release request":
      return encode(PduSessionReleaseReject({ pduSessionId, pti, cause }));
    default:
      return status5gsm(pduSessionId, pti, cause);
  }
}

const begins = (message: Message5gsm): boolean => message.is.endsWith(" request");

/** The door of N1: any octets, as the AMF passed them on for one PDU session. §7.3.1: PTI; §7.3.2: PDU session identity. */
export function readN1(octets: Uint8Array, pduSessionId: number): Heard {
  const read = decode(octets, { receiver: "network" });
  if (!read.ok) return refused(read.error);
  if (!("pti" in read.value)) return { ok: false, answer: undefined, why: `${read.value.is} is no 5GSM message` };
  const message = read.value;
  const no = (cause: number, why: string): Heard => ({ ok: false, answer: reject(message, cause), why });
  if (message.pti === reservedPti)
    return { ok: false, answer: status5gsm(message.pduSessionId, message.pti, Cause5gsm.invalidPtiValue), why: "PTI 255" };
  if (message.pti === 0 && begins(message)) return no(Cause5gsm.invalidPtiValue, "a request without PTI");
  if (message.pduSessionId !== pduSessionId) return no(Cause5gsm.invalidPduSessionIdentity, `PDU session identity ${message.pduSessionId}`);
  return { ok: true, message };
}
