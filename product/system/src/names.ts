import type { FreeholdConfig, SbiFunction } from "./config/types.ts";

/** The functions of a core in the order in which they start: who is needed comes before who needs it. */
export const functionNames = ["nrf", "udr", "udm", "ausf", "pcf", "nssf", "upf", "smf", "amf"] as const;
export type FunctionName = (typeof functionNames)[number];

export const isFunctionName = (name: string): name is FunctionName => (functionNames as readonly string[]).includes(name);

const host = (address: string): string => (address.includes(":") ? `[${address}]` : address);

/** The apiRoot of a function, TS 29.501 §4.4: its own address, one port for all. */
export const apiRootOf = (config: FreeholdConfig, name: SbiFunction): string =>
  `http://${host(config.sbi.addresses[name])}:${config.sbi.port}`;

/** Lane name of the ladder for the function at a URI. */
export function laneOf(config: FreeholdConfig): (uri: string) => string | undefined {
  const names = new Map(Object.keys(config.sbi.addresses).map((name) => [apiRootOf(config, name as SbiFunction), name.toUpperCase()]));
  return (uri) => {
    const slash = uri.indexOf("/", "http://".length);
    return names.get(slash < 0 ? uri : uri.slice(0, slash));
  };
}
