export * from "./codec.ts";
export * from "./codes.ts";
export * from "./endpoint.ts";
export * as ies from "./ies.ts";
export { type GroupOf, type Ie, type MessageOf, PfcpFault, type Presence, type RawIe, type Row, type Rows } from "./kit.ts";
export * from "./messages.ts";
export {
  type FailedRuleId,
  type FSeid,
  type FTeid,
  fTeidAt,
  gtpuTo,
  inFamily,
  type NodeId,
  nodeIdOf,
  nodeIdText,
  type OuterHeaderCreation,
  ueIpAddressOf,
} from "./values.ts";
