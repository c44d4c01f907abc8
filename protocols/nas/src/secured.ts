import { attempt, Reader, type Result, Writer } from "@freehold/wire";
import { Epd } from "./rows.ts";

/** Security header type, TS 24.501 §9.3. */
export const SecurityHeaderType = {
  plain: 0,
  integrityProtected: 1,
  integrityProtectedAndCiphered: 2,
  /** Only of a SECURITY MODE COMMAND. */
  integrityProtectedWithNewContext: 3,
  /** Only of a SECURITY MODE COMPLETE. */
  integrityProtectedAndCipheredWithNewContext: 4,
} as const;
export type SecurityHeaderType = (typeof SecurityHeaderType)[keyof typeof SecurityHeaderType];

/** Security protected 5GS NAS message, TS 24.501 §8.2.28. */
export interface Secured {
  /** 1 to 4; others are reserved and a fault. */
  readonly securityHeaderType: Exclude<SecurityHeaderType, 0>;
  /** Message authentication code, four octets. */
  readonly mac: Uint8Array;
  /** Sequence number: the low octet of the NAS COUNT. */
  readonly sqn: number;
  /** The plain message, ciphered with header types 2 and 4. */
  readonly payload: Uint8Array;
}

/** Whether the octets are a security protected message: 5GMM with a security header type that is not 0. */
export const isSecured = (bytes: Uint8Array): boolean => bytes.length > 1 && bytes[0] === Epd.mm && (bytes[1]! & 15) !== 0;

/** Header of a security protected message; nothing is verified or deciphered. A payload shorter than a plain message is a fault. */
export function decodeSecured(bytes: Uint8Array): Result<Secured> {
  return attempt(() => {
    const reader = new Reader(bytes);
    const epd = reader.u8("epd");
    if (epd !== Epd.mm) throw reader.fault("invalid", "epd", `0x${epd.toString(16)} is not 5GMM`, 0);
    const securityHeaderType = reader.u8("securityHeaderType") & 15;
    if (securityHeaderType === 0 || securityHeaderType > 4) {
      throw reader.fault("invalid", "securityHeaderType", `${securityHeaderType} is not a protected message`, 1);
    }
    const mac = reader.octets(4, "mac");
    const sqn = reader.u8("sqn");
    reader.need(3, "payload");
    return { securityHeaderType: securityHeaderType as Secured["securityHeaderType"], mac, sqn, payload: reader.rest() };
  });
}

export const encodeSecured = ({ securityHeaderType, mac, sqn, payload }: Secured): Uint8Array =>
  new Writer(7 + payload.length).u8(Epd.mm).u8(securityHeaderType).octets(mac).u8(sqn).octets(payload).done();
