export { ConfigFault, readConfig, readYaml } from "./config/load.ts";
export { configSchema } from "./config/schema.ts";
export { configTemplate } from "./config/template.ts";
export type { DataNetwork, FreeholdConfig, SbiFunction } from "./config/types.ts";
