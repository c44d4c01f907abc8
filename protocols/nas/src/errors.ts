import { Cause5gmm } from "@freehold/model";
import type { WireError } from "@freehold/wire";

/** What a receiver does with what it cannot take, TS 24.501 §7: one row per kind of wrong, for both protocols (5GMM and 5GSM share the numbers). */
export interface Reaction {
  readonly clause: string;
  /** `ignore`: as if the message had not come. `status`: ignored too, but answered with a status message of this cause (or the reject
   *  of the procedure where §7.5.2 and §7.5.3 say so). `absent`: the message counts, the IE does not. */
  readonly does: "ignore" | "status" | "absent" | "take";
  readonly cause?: number;
}

export const reactions = {
  /** Too short to hold a whole message type. */
  "message too short": { clause: "TS 24.501 §7.2.1", does: "ignore" },
  "unknown protocol discriminator": { clause: "TS 24.007 §11.2.3.1.1A (unchecked)", does: "ignore" },
  "security protected": { clause: "TS 24.501 §4.4.4", does: "ignore" },
  /** Also a type that is not defined in this direction. */
  "unknown message type": { clause: "TS 24.501 §7.4", does: "status", cause: Cause5gmm.messageTypeNonExistentOrNotImplemented },
  "message not compatible with the protocol state": {
    clause: "TS 24.501 §7.4",
    does: "status",
    cause: Cause5gmm.messageTypeNotCompatibleWithTheProtocolState,
  },
  "mandatory IE missing or malformed": { clause: "TS 24.501 §7.5.1", does: "status", cause: Cause5gmm.invalidMandatoryInformation },
  "unknown IE, comprehension required": { clause: "TS 24.501 §7.5.1", does: "status", cause: Cause5gmm.invalidMandatoryInformation },
  /** Kept in `rest`. #99 is what a peer may answer to ours; nothing in §7 makes us send it. */
  "unknown IE": { clause: "TS 24.501 §7.6.1", does: "absent", cause: Cause5gmm.informationElementNonExistentOrNotImplemented },
  /** The clause lets a network do better than ignore it: it is taken, for phones and cores that order by their own taste. */
  "IE out of sequence": { clause: "TS 24.501 §7.6.2", does: "take" },
  "IE repeated": { clause: "TS 24.501 §7.6.3", does: "absent" },
  "optional IE malformed": { clause: "TS 24.501 §7.7.1", does: "absent" },
  "conditional IE missing or malformed": { clause: "TS 24.501 §7.7.2", does: "status", cause: Cause5gmm.conditionalIeError },
  "semantically incorrect": { clause: "TS 24.501 §7.8", does: "status", cause: Cause5gmm.semanticallyIncorrectMessage },
  "anything else": { clause: "TS 24.501 §9.11.3.2", does: "status", cause: Cause5gmm.protocolErrorUnspecified },
} as const satisfies Record<string, Reaction>;
export type ProtocolError = keyof typeof reactions;

/** Why a message could not be taken, with what is known of it, so that a status message can name its transaction. */
export interface NasError extends WireError {
  readonly is: ProtocolError;
  readonly epd?: number;
  readonly messageType?: number;
  /** Only of a 5GSM message. */
  readonly pduSessionId?: number;
  readonly pti?: number;
}

/** Something that was passed over in a message that counts. */
export interface Diagnostic extends WireError {
  readonly is: ProtocolError;
  readonly iei: number;
}

/** The cause of a status message, or undefined when the message is ignored. */
export const causeOf = (error: { readonly is: ProtocolError }): number | undefined => {
  const reaction: Reaction = reactions[error.is];
  return reaction.does === "status" ? reaction.cause : undefined;
};
