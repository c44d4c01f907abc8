export { connections } from "./connections.ts";
export { type Nrf, type NrfConfig, type NrfWorld, startNrf } from "./nrf.ts";
