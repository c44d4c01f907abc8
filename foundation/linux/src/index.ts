export { LinuxError } from "./libc.ts";
export * from "./namespace.ts";
export * from "./netlink.ts";
export { RawIp } from "./raw-ip.ts";
export type { Endpoint } from "./sockaddr.ts";
export { Tun } from "./tun.ts";
export { UdpBatch, type UdpBatchOptions } from "./udp.ts";
