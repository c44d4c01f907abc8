import type { World } from "@freehold/runtime";
import type { Discovery } from "./discovery.ts";
import type { Sbi } from "./sbi.ts";

/** What an NF with a service-based interface is given from outside. */
export interface SbiWorld extends World {
  readonly sbi: Sbi;
  readonly peers: Discovery;
}
