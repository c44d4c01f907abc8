export { connections } from "./connections.ts";
export * from "./provision.ts";
export type * from "./subscriber.ts";
export { startUdr, type Udr, type UdrConfig, type UdrWorld } from "./udr.ts";
