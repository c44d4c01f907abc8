import { type Declared, Door, type DoorOptions, type Refusal } from "@freehold/net";
import type { FreeholdConfig } from "../config/types.ts";
import { type FunctionName, functionNames } from "../names.ts";
import { coreConnections, corePlaces } from "./core.ts";

/** The doors of a core's functions: one each, also where they share a process. */
export interface Doors {
  of(name: FunctionName): Door;
  /** What all of them refused so far. */
  readonly refused: readonly Refusal[];
}

/** Doors as the functions declare and the configuration places them. RangeError when a network of `egress` is none. */
export function coreDoors(config: FreeholdConfig, options: DoorOptions = {}): Doors {
  const places = corePlaces(config);
  const doors = new Map(functionNames.map((name) => [name, new Door(name, coreConnections[name], places, options)]));
  return {
    of: (name) => doors.get(name)!,
    get refused() {
      return [...doors.values()].flatMap(({ refused }) => refused);
    },
  };
}

/** Everything that a core with this configuration may do with the network, function by function: what `freehold egress` prints. */
export function coreEgress(config: FreeholdConfig): readonly Declared[] {
  const doors = coreDoors(config);
  return functionNames.flatMap((name) => doors.of(name).declared);
}
