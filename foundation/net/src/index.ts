export { portError, showAddress } from "./address.ts";
export { HeldAssociation, sendQueueLimit } from "./association.ts";
export {
  type Connection,
  type Connections,
  type Declared,
  declared,
  type Endpoint,
  type Place,
  type Places,
  type Protocol,
  showEndpoint,
} from "./connections.ts";
export { Door, type DoorOptions, type Refusal } from "./door.ts";
export type { MemoryOptions, Passing } from "./fabric.ts";
export { kernelSctp } from "./kernel-sctp.ts";
export { rawIp } from "./linux-ip.ts";
export { linuxTun } from "./linux-tun.ts";
export { batchUdp } from "./linux-udp.ts";
export { MemoryNetwork } from "./memory.ts";
export { MemoryTun, type TunSettings } from "./memory-tun.ts";
export { Reach } from "./networks.ts";
export { type Http2Options, nodeHttp2 } from "./node-http2.ts";
export { nodeUdp, type UdpOptions } from "./node-udp.ts";
export * from "./ports.ts";
export { type ForeignHost, ForeignSctp } from "./usrsctp.ts";
