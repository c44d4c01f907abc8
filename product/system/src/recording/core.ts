import type { Log } from "@freehold/runtime";
import type { FreeholdConfig } from "../config/types.ts";
import { type Core, carriageOf, startCore } from "../core.ts";
import { type Carriage, type Running, startFunction } from "../functions.ts";
import type { SystemWorld } from "../world.ts";
import { recordedWorld } from "./recorded-world.ts";
import { Recorder } from "./recorder.ts";
import { type Replayed, type ReplayOf, replay } from "./replay.ts";

/**
 * Starts a core whose control plane is recorded. The UPF stands outside: its packets are the users', and what it tells the SMF is recorded as
 * that comes. `write` takes chunks of whole records; closing the recorder, which is to be done before the core ends, gives it the last.
 */
export async function startRecorded(
  config: FreeholdConfig,
  world: SystemWorld,
  write: (octets: Uint8Array) => void,
  begin?: number,
): Promise<{ readonly core: Core; readonly recorder: Recorder }> {
  const recorder = new Recorder(world, write, begin);
  const recorded = recordedWorld(world, recorder);
  const carriage = carriageOf(config);
  const core = await startCore(config, recorded, carriage, async ({ pseudonym }) => {
    let upf: Running | undefined;
    const own: SystemWorld = { ...world, ...(pseudonym !== undefined && { pseudonym }) };
    await recorded.begun?.(
      startFunction("upf", config, own, carriage).then((running) => {
        upf = running;
      }),
    );
    return upf;
  });
  return { core, recorder };
}

/** Runs the control plane of a configuration again on a recording; `carriage` is the one of the recording where that was not the configuration's. */
export function replayCore(
  config: FreeholdConfig,
  recording: ReplayOf,
  world: Pick<SystemWorld, "vault" | "homeNetworkKeys" | "bootId"> & { readonly log: Log },
  carriage: (world: SystemWorld) => Carriage = () => carriageOf(config),
): Promise<Replayed> {
  return replay(recording, world, (recorded) =>
    startCore(config, recorded, carriage(recorded), async () => {
      await recorded.begun?.(Promise.resolve());
      return undefined;
    }),
  );
}
