export { ConfigFault, readConfig, readYaml } from "./config/load.ts";
export { configSchema } from "./config/schema.ts";
export { configTemplate } from "./config/template.ts";
export type { DataNetwork, FreeholdConfig, SbiFunction } from "./config/types.ts";
export { type Core, carriageOf, startCore } from "./core.ts";
export { type Demonstration, demonstrate, Unavailable } from "./demo/demonstrate.ts";
export type { DemoReport } from "./demo/local.ts";
export type { PhoneResult } from "./demo/phones.ts";
export { type Carriage, type Running, startFunction } from "./functions.ts";
export {
  type HomeNetworkPrivateKey,
  type HomeNetworkPrivateKey,
  keepHomeNetworkKey,
  keepHomeNetworkKey,
  readHomeNetworkKeys,
  readHomeNetworkKeys,
} from "./home-network-keys.ts";
export { apiRootOf, type FunctionName, functionNames, isFunctionName } from "./names.ts";
export { openState, openState, type State, type State, type StatePaths, type StatePaths, statePaths, statePaths } from "./state.ts";
export { type ChosenSctp, type ChosenSctp, chooseSctp, chooseSctp, type Transport, type Transport } from "./transport.ts";
export type { SystemWorld } from "./world.ts";
