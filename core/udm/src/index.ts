export { connections } from "./connections.ts";
export { startUdm, type Udm, type UdmConfig, type UdmWorld } from "./udm.ts";
