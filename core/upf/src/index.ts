export * from "./config.ts";
export { connections } from "./connections.ts";
export * from "./data-path.ts";
export type { WebRequest, WebResponse } from "./n6/http.ts";
export { echoN6, type Internet, type InternetOptions } from "./n6/internet.ts";
export type * from "./n6/n6.ts";
export type { NetworkConfig } from "./network.ts";
export * from "./upf.ts";
