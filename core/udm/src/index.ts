export { startUdm, type Udm, type UdmConfig, type UdmWorld } from "./udm.ts";
