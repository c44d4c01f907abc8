export type { DefaultQos, ServedDnn, SmfConfig, SmfTimers, SmfUpf } from "./config.ts";
export { connections } from "./connections.ts";
export type { SessionCause } from "./reject.ts";
export { type RunningSmf, type SessionState, type SmfState, type SmfWorld, startSmf, type UpfState } from "./smf.ts";
