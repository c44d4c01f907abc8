import { bad, good, type Result } from "@freehold/wire";
import type { Brand } from "./brand.ts";

/** Permanent Equipment Identifier in its text of TS 29.571: "imei-…", "imeisv-…", "mac-…", "eui-…". */
export type Pei = Brand<string, "Pei">;
export function parsePei(text: string): Result<Pei> {
  const known = /^(?:imei-[0-9]{15}|imeisv-[0-9]{16}|mac(?:-[0-9a-fA-F]{2}){6}(?:-untrusted)?|eui(?:-[0-9a-fA-F]{2}){8})$/;
  return known.test(text) ? good(text as Pei) : bad("invalid", "pei", 0, "wants imei- and 15 digits, imeisv- and 16, mac- or eui-");
}

function within(value: number, least: number, most: number, name: string): number {
  if (!Number.isInteger(value) || value < least || value > most) throw new RangeError(`${name} ${value} is not in ${least} to ${most}`);
  return value;
}

/** PDU session identity, TS 24.501 §9.4: 1 to 15. */
export type PduSessionId = Brand<number, "PduSessionId">;
export const pduSessionId = (n: number): PduSessionId => within(n, 1, 15, "PDU session identity") as PduSessionId;
export const isPduSessionId = (n: number): n is PduSessionId => Number.isInteger(n) && n >= 1 && n <= 15;

/** GTP-U tunnel endpoint, TS 29.281 §5.1: 32 bits. */
export type Teid = Brand<number, "Teid">;
export const teid = (n: number): Teid => within(n, 0, 0xffffffff, "TEID") as Teid;

/** PFCP session endpoint, TS 29.244 §7.2.2.4.2 (unchecked): 64 bits. */
export type Seid = Brand<bigint, "Seid">;
export function seid(n: bigint): Seid {
  if (n < 0n || n >= 1n << 64n) throw new RangeError(`SEID ${n} does not fit 64 bits`);
  return n as Seid;
}

/** AMF UE NGAP ID, TS 38.413 §9.3.3.1: 0 to 2^40-1. */
export type AmfUeNgapId = Brand<number, "AmfUeNgapId">;
export const amfUeNgapId = (n: number): AmfUeNgapId => within(n, 0, 2 ** 40 - 1, "AMF UE NGAP ID") as AmfUeNgapId;

/** RAN UE NGAP ID, TS 38.413 §9.3.3.2: 0 to 2^32-1. */
export type RanUeNgapId = Brand<number, "RanUeNgapId">;
export const ranUeNgapId = (n: number): RanUeNgapId => within(n, 0, 2 ** 32 - 1, "RAN UE NGAP ID") as RanUeNgapId;

/** QoS flow identifier, TS 23.501 §5.7.1.1: 0 to 63. */
export type Qfi = Brand<number, "Qfi">;
export const qfi = (n: number): Qfi => within(n, 0, 63, "QFI") as Qfi;

/** AccessType of TS 29.571; both rooms exist in every UE context. */
export const AccessType = { threeGpp: "3GPP_ACCESS", nonThreeGpp: "NON_3GPP_ACCESS" } as const;
export type AccessType = (typeof AccessType)[keyof typeof AccessType];
/** The octet of key derivations and NAS: 1 for 3GPP access, 2 for non-3GPP access (TS 33.501 table A.9-1, TS 24.501 §9.11.3.11). */
export const accessTypeValue = (a: AccessType): 1 | 2 => (a === AccessType.threeGpp ? 1 : 2);

/** PduSessionType of TS 29.571. */
export type PduSessionType = "IPV4" | "IPV6" | "IPV4V6" | "UNSTRUCTURED" | "ETHERNET";
/** SscMode of TS 29.571. */
export type SscMode = "SSC_MODE_1" | "SSC_MODE_2" | "SSC_MODE_3";
