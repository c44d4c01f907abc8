export { portError, showAddress } from "./address.ts";
export { HeldAssociation, sendQueueLimit } from "./association.ts";
export type { MemoryOptions, Passing } from "./fabric.ts";
export { MemoryNetwork } from "./memory.ts";
export { MemoryTun, type TunSettings } from "./memory-tun.ts";
export { type Http2Options, nodeHttp2 } from "./node-http2.ts";
export { nodeUdp, type UdpOptions } from "./node-udp.ts";
export * from "./ports.ts";
