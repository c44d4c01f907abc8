/**
 * NGAP (TS 38.413 V19.2.0), generated from its ASN.1. A message is `{ is, ies }`, `is` being the name of its ASN.1 type.
 *
 * Names. Where a name is a string (messages, types, CHOICE alternatives, values of enumerations) it is spelled as in the
 * ASN.1. Where it is a property: a SEQUENCE component loses its hyphens (`nR-CGI`: `nRCGI`); an IE is the camel case of its
 * id (`id-AMF-UE-NGAP-ID`: `amfUeNgapId`), by the rule of `ieKey`. A protocol IE container is an object by those keys, and a
 * SEQUENCE that only wraps one is that object.
 *
 * Values. CHOICE: `{ choice, value }`. BIT STRING: `{ bits, length }`. OCTET STRING: Uint8Array, also where it holds another
 * type (then `encodeType`, `decodeType`). INTEGER: number, or bigint where the range needs it. NULL: null.
 */
export { type BitString, type Choose, type ContainerExtras, EncodeFault, type RandomOptions, type UnknownIe } from "@freehold/asn1";
export * from "./codec.ts";
export * from "./convert.ts";
export * from "./diagnostics.ts";
export { procedures } from "./generated/procedures.js";
export type * from "./generated/types.d.ts";
export * from "./print.ts";
export * from "./random.ts";
