import { type Clock, type Log, seededRandom, VirtualClock } from "@freehold/runtime";
import type { TapeEntry } from "@freehold/tape";
import { type Carrier, LocalNetwork, local } from "./carrier.ts";
import { contrary } from "./contrary.ts";
import { Discovery, type NamedProducer } from "./discovery.ts";
import { SbiRecorder } from "./recorder.ts";
import { Sbi } from "./sbi.ts";
import type { SbiWorld } from "./world.ts";

/** How calls travel in a twin: by reference, through the whole wire form, or through it over a network that delays, repeats and loses. */
export type TwinForm = "frozen" | "wire" | "contrary";

export const twinForms: readonly TwinForm[] = ["frozen", "wire", "contrary"];

export interface TwinLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly event: string;
  readonly fields: Record<string, unknown>;
}

/** A service-based interface in memory, on a virtual clock, with seeded randomness: where tests and scenarios put functions. */
export interface SbiTwin {
  readonly clock: VirtualClock;
  readonly carrier: Carrier;
  readonly network: LocalNetwork;
  /** What the functions said to each other. */
  readonly tape: TapeEntry[];
  readonly lines: TwinLine[];
  /** A function at `http://{host}:8080`; its world, and what takes it off the network. */
  join(nfType: string, host: string, where?: { nrf?: string; named?: readonly NamedProducer[] }): SbiWorld & Disposable;
}

export function sbiTwin({ form = "wire", seed = 1 }: { form?: TwinForm; seed?: number } = {}): SbiTwin {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const network = new LocalNetwork();
  const tape: TapeEntry[] = [];
  const lines: TwinLine[] = [];
  const logOf = (base: Record<string, unknown>): Log => {
    const line =
      (level: TwinLine["level"]) =>
      (event: string, fields: Record<string, unknown> = {}): void =>
        void lines.push({ level, event, fields: { ...base, ...fields } });
    const child = (more: Record<string, unknown>): Log => logOf({ ...base, ...more });
    return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error"), child };
  };
  const wire = local(network, { form: form === "frozen" ? "frozen" : "wire" });
  const carrier = form === "contrary" ? contrary(wire, { clock, random: seededRandom(`contrary ${seed}`) }) : wire;
  const recorder = new SbiRecorder({ record: (entry) => void tape.push(entry) }, { clock: clock as Clock, random });
  let instances = 0;
  return {
    clock,
    carrier,
    network,
    tape,
    lines,
    join(nfType, host, where = {}) {
      const nfInstanceId = `00000000-0000-4000-8000-${String(++instances).padStart(12, "0")}`;
      const log = logOf({ nf: nfType });
      const sbi = new Sbi({ nfType, nfInstanceId, apiRoot: `http://${host}:8080`, carrier, clock, random, log, recorder });
      const attached = network.attach(sbi.server);
      const peers = new Discovery({ sbi, clock, log, ...where });
      return { clock, random, log, sbi, peers, [Symbol.dispose]: () => attached[Symbol.dispose]() };
    },
  };
}
