import { promises } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AirPort, memoryAir } from "@freehold/air";
import { startGnb } from "@freehold/gnb";
import { Secret, supi } from "@freehold/model";
import { batchUdp } from "@freehold/net";
import { silentLog, systemClock, systemRandom, type World } from "@freehold/runtime";
import { sctpOverUdp } from "@freehold/sctp";
import { type DemoPlan, gnbConfig, loopbackPlan, openState, subscriber } from "@freehold/system";
import type { TapeSink } from "@freehold/tape";
import { provision } from "@freehold/udr";
import { startUe, type Ue } from "@freehold/ue";
import { CoreProcess } from "./core/parent.ts";

export interface GroundOptions {
  readonly phones: number;
  /** Folder for a CPU profile of the core. */
  readonly cpuProf?: string;
  /** Whether the core writes a recording beside its store. */
  readonly record?: boolean;
}

/** What every benchmark of a core stands on: subscribers in a fresh store, a plan of addresses and keys, and nothing of it left afterwards. */
export interface Ground extends AsyncDisposable {
  readonly plan: DemoPlan;
  startCore(): Promise<CoreProcess>;
}

/** Makes the store with its subscribers, synced, before any clock runs. */
export async function prepare({ phones, cpuProf, record = false }: GroundOptions): Promise<Ground> {
  await using boot = new AsyncDisposableStack();
  const plan = loopbackPlan(systemRandom, { phones, carrier: "local", verbose: false });
  const baseDirectory = await promises.mkdtemp(join(tmpdir(), "freehold-bench-"));
  boot.defer(() => promises.rm(baseDirectory, { recursive: true, force: true }));
  {
    await using state = await openState(plan.config, { baseDirectory });
    await Promise.all(plan.phones.map((phone) => provision(subscriber(phone), state)));
  }
  const homeNetworkKeys = plan.homeNetworkKeys.map(({ id, profile, privateKey }) => ({ id, profile, privateKey: privateKey.reveal() }));
  const stack = boot.move();
  return {
    plan,
    startCore: () =>
      CoreProcess.start(
        { config: plan.config, baseDirectory, homeNetworkKeys, ...(record && { record: join(baseDirectory, "bench.rec") }) },
        cpuProf,
      ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The generator's side of the air: a gNB of ours that is up, and phones that may be switched on in its cell. */
export interface Cell extends AsyncDisposable {
  readonly world: World & { readonly air: AirPort; readonly tape: TapeSink };
  switchOn(index: number): Promise<Ue>;
}

/** The generator records nothing: the core's tape is the one that counts. */
const noTape: TapeSink = { record() {} };

export async function openCell(plan: DemoPlan): Promise<Cell> {
  const [clock, random, log] = [systemClock(), systemRandom, silentLog];
  const udp = batchUdp({ log });
  const world = { clock, random, log, tape: noTape, air: memoryAir(clock) };
  const sctp = sctpOverUdp(udp, { clock, random, log }, { encapsulationPort: plan.config.n2.udpPort });
  const gnb = await startGnb(gnbConfig(plan), { ...world, udp, sctp });
  const profileA = plan.homeNetworkKeys.find(({ profile }) => profile === 1)?.key;
  return {
    world,
    switchOn(index) {
      const phone = plan.phones[index];
      if (phone === undefined || profileA === undefined) throw new RangeError(`no phone ${index} in a plan of ${plan.phones.length}`);
      return startUe(
        {
          supi: supi(phone.supi),
          k: new Secret(phone.k.reveal()),
          opc: new Secret(phone.opc.reveal()),
          homeNetworkKey: profileA,
          air: plan.gnb.air,
        },
        world,
      );
    },
    [Symbol.asyncDispose]: () => gnb[Symbol.asyncDispose](),
  };
}
