export { connections } from "./connections.ts";
export { type Pcf, type PcfConfig, type PcfWorld, startPcf } from "./pcf.ts";
