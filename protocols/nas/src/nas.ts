import { type Pick, Reader } from "@freehold/wire";
import { type Decoded, type Plain, printMessage, readBody, sampleMessage, writeMessage } from "./codec.ts";
import type { NasError, ProtocolError } from "./errors.ts";
import { messages5gmm, messages5gsm } from "./messages/index.ts";
import { Epd, type MessageOf, type Shape } from "./rows.ts";

/** Any 5GMM message, told apart by `is`. */
export type Message5gmm = MessageOf<(typeof messages5gmm)[number]>;
/** Any 5GSM message, told apart by `is`. */
export type Message5gsm = MessageOf<(typeof messages5gsm)[number]>;
export type NasMessage = Message5gmm | Message5gsm;

const shapes: readonly Shape[] = [...messages5gmm, ...messages5gsm].map(({ shape }) => shape);
const byName: ReadonlyMap<string, Shape> = new Map(shapes.map((shape) => [shape.name, shape]));
const byType = (epd: number): readonly (Shape | undefined)[] =>
  Array.from({ length: 256 }, (_, type) => shapes.find((shape) => shape.epd === epd && shape.type === type));
const mm = byType(Epd.mm);
const sm = byType(Epd.sm);

export type Receiver = "network" | "UE";

function failed(
  is: ProtocolError,
  field: string,
  at: number,
  detail: string,
  known: Partial<NasError> = {},
): { ok: false; error: NasError } {
  const kind = is === "message too short" ? "truncated" : is === "security protected" ? "unexpected" : "unknown";
  return { ok: false, error: { is, kind, field, at, detail, ...known } };
}

function declared(shape: Shape | undefined, receiver: Receiver | undefined): shape is Shape {
  if (shape === undefined) return false;
  if (receiver === undefined || shape.direction === "both") return true;
  return (shape.direction === "UE to network") === (receiver === "network");
}

/**
 * Decodes a plain message, TS 24.501 §8.2, §8.3 and §7. With `receiver` a message of the other direction is unknown, as §7.4 has it.
 * An error says what to do about it (`reactions[error.is]`, `causeOf(error)`); `diagnostics` are the IEs that were passed over.
 */
export function decode(bytes: Uint8Array, { receiver }: { receiver?: Receiver } = {}): Decoded<NasMessage> {
  const reader = new Reader(bytes);
  if (bytes.length < 3) return failed("message too short", "header", bytes.length, "shorter than a header");
  const epd = reader.u8("epd");
  const second = reader.u8("header");
  if (epd === Epd.mm) {
    if ((second & 15) !== 0) return failed("security protected", "securityHeaderType", 1, "not a plain message", { epd });
    const messageType = reader.u8("messageType");
    const shape = mm[messageType];
    if (!declared(shape, receiver)) return unknownType(2, { epd, messageType });
    return readBody(shape, reader, {}) as Decoded<NasMessage>;
  }
  if (epd === Epd.sm) {
    if (bytes.length < 4)
      return failed("message too short", "header", bytes.length, "shorter than a header", { epd, pduSessionId: second });
    const pti = reader.u8("pti");
    const messageType = reader.u8("messageType");
    const header = { pduSessionId: second, pti };
    const shape = sm[messageType];
    if (!declared(shape, receiver)) return unknownType(3, { epd, messageType, ...header });
    return readBody(shape, reader, header) as Decoded<NasMessage>;
  }
  return failed("unknown protocol discriminator", "epd", 0, `0x${epd.toString(16)} is neither 5GMM nor 5GSM`, { epd });
}

const unknownType = (at: number, known: Partial<NasError> & { messageType: number }) =>
  failed("unknown message type", "messageType", at, `0x${known.messageType.toString(16)} is not a message to this receiver`, known);

function shapeOf(message: { readonly is: string }): Shape {
  const shape = byName.get(message.is);
  if (shape === undefined) throw new RangeError(`no message is called ${JSON.stringify(message.is)}`);
  return shape;
}

/** Octets of a plain message; RangeError naming the IE when a mandatory one is missing or a value does not fit. */
export const encode = (message: NasMessage): Uint8Array => writeMessage(shapeOf(message), message as unknown as Plain);

/** The message for people: its name, then a line per IE. */
export const print = (message: NasMessage, indent = 0): string => printMessage(shapeOf(message), message as unknown as Plain, indent);

/** A random message of a declaration: `sample(RegistrationRequest, pick)`. `density`: chance in eight of each optional IE. */
export const sample = <M>(declaration: { readonly shape: Shape; (fields: never): M }, pick: Pick, density?: number): M =>
  sampleMessage(declaration.shape, pick, density) as M;
