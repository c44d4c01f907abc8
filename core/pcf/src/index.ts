export { type Pcf, type PcfConfig, type PcfWorld, startPcf } from "./pcf.ts";
