export { ConfigFault, readConfig, readYaml } from "./config/load.ts";
export { configSchema } from "./config/schema.ts";
export { configTemplate } from "./config/template.ts";
export type { DataNetwork, FreeholdConfig, SbiFunction } from "./config/types.ts";
export { type HomeNetworkPrivateKey, keepHomeNetworkKey, readHomeNetworkKeys } from "./home-network-keys.ts";
export { openState, type State, type StatePaths, statePaths } from "./state.ts";
export { type ChosenSctp, chooseSctp, type Transport } from "./transport.ts";
