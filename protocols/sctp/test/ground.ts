import { type Random, seededRandom, silentLog, VirtualClock, type World } from "@freehold/runtime";
import { MemoryPipes, type PipeQuality, type SctpOptions, sctpOverMemory } from "../src/index.ts";
import type { Ground } from "./compliance.ts";

export const hosts = ["10.1.0.1", "10.1.0.10"] as const;

export interface MemoryGround extends Ground {
  readonly clock: VirtualClock;
  readonly pipes: MemoryPipes;
  readonly world: World;
}

/** Two stacks on pipes, on virtual time. */
export function memoryGround(quality: PipeQuality = { delay: 1 }, options: Partial<SctpOptions> = {}, seed = 1): MemoryGround {
  const clock = new VirtualClock();
  const random: Random = seededRandom(seed);
  const world: World = { clock, random, log: silentLog };
  const pipes = new MemoryPipes({ clock, random: seededRandom(`pipe ${seed}`) }, quality);
  return {
    ...{ clock, pipes, world, hosts },
    near: sctpOverMemory(pipes, world, options),
    far: sctpOverMemory(pipes, world, options),
    wait: (promise) => clock.until(promise),
    until: (condition) => passUntil(clock, condition),
    rest: () => clock.advance(2_000),
    end: async () => {},
  };
}

/** Passes virtual time, up to ten minutes of it, until `condition` holds. */
export async function passUntil(clock: VirtualClock, condition: () => boolean): Promise<void> {
  for (let ms = 0; ms < 600_000 && !condition(); ms += 10) await clock.advance(10);
  if (!condition()) throw new Error("ten minutes passed and it did not happen");
}
