export { type BitString, type ContainerExtras, EncodeFault, type UnknownIe } from "@freehold/asn1";
export * from "./codec.ts";
export * from "./convert.ts";
export * from "./diagnostics.ts";
export { procedures } from "./generated/procedures.js";
export type * from "./generated/types.d.ts";
export * from "./print.ts";
