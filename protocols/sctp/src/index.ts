/** SCTP (RFC 9260) in user space, over UDP (RFC 6951), raw IP or memory. Clauses are cited from memory of the RFC (unchecked). */
export type { Association } from "./association.ts";
export type { Carrier, CarrierSocket } from "./carrier.ts";
export { type SctpOverIpOptions, sctpOverIp } from "./carriers/ip.ts";
export { MemoryPipes, type PipePacket, type PipeQuality, sctpOverMemory } from "./carriers/memory.ts";
export { type SctpOverUdpOptions, sctpOverUdp } from "./carriers/udp.ts";
export { type Counters, type EndpointPorts, type Hop, SctpEndpoint } from "./endpoint.ts";
export { defaults as sctpDefaults, type SctpOptions } from "./options.ts";
export { SctpStack } from "./stack.ts";
export type { State } from "./surroundings.ts";
