export { type CheckedConfig, type GnbConfig, type GnbWorld, ngapPort } from "./config.ts";
export { connections } from "./connections.ts";
export { type Gnb, GnbError, type GnbState, startGnb } from "./gnb.ts";
export { type RefusalReason, refusalReasons } from "./refusals.ts";
