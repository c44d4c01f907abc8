export * from "./algorithms.ts";
export { kdf, kdfKey } from "./kdf.ts";
export * from "./keys.ts";
export * from "./milenage.ts";
export { sameMac } from "./octets.ts";
export * from "./sqn.ts";
export * from "./suci.ts";
