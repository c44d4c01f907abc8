export { connections } from "./connections.ts";
export { type ConfiguredSlice, type Nssf, type NssfConfig, type NssfWorld, startNssf } from "./nssf.ts";
