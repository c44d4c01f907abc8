export type { Decoded } from "./codec.ts";
export * from "./errors.ts";
export * from "./ie/index.ts";
export * from "./messages/index.ts";
export * from "./nas.ts";
export * from "./rows.ts";
export * from "./secured.ts";
export * from "./security.ts";
