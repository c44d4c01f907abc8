export { type Amf, type AmfState, type AmfWorld, type RunningAmf, type Sealer, startAmf } from "./amf.ts";
export type { AmfConfig } from "./config.ts";
export { connections } from "./connections.ts";
export type { UeContext } from "./ue-context.ts";
