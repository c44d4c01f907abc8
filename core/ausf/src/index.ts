export { type Ausf, type AusfConfig, type AusfWorld, startAusf } from "./ausf.ts";
export { connections } from "./connections.ts";
