export { type ConfiguredSlice, type Nssf, type NssfConfig, type NssfWorld, startNssf } from "./nssf.ts";
