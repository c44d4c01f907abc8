import { dnn } from "@freehold/model";
import type { Ue } from "@freehold/ue";
import type { CoreProcess } from "./core/parent.ts";
import { type Cell, openCell, prepare } from "./ground.ts";
import { bounded, percentile, rounded } from "./statistics.ts";

export interface RegistrationOptions {
  /** Phones measured; as many go before them. 200 unless given. */
  readonly phones?: number;
  /** Phones that register at the same time; 16 unless given. */
  readonly concurrency?: number;
  /** How many phones begin in a second, while fewer than `concurrency` are under way; as fast as these allow unless given. */
  readonly rate?: number;
  /** Folder for a CPU profile of the core. */
  readonly cpuProf?: string;
  /** Whether the core writes a recording of its control plane (`freehold up --record`); not unless given. */
  readonly record?: boolean;
  readonly progress?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface RegistrationReport {
  readonly bench: "registration";
  readonly phones: number;
  readonly concurrency: number;
  /** Phones that were to begin in a second, where that was asked for. */
  readonly rate?: number;
  /** User and system time of the core's process for one registration and one PDU session. */
  readonly cpuMsPerPhone: number;
  /** The same for the phones that went before, while code was still being compiled. */
  readonly coldCpuMsPerPhone: number;
  /** As a phone sees it, from switching on to an address; what else runs on the machine is in it. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly phonesPerSecond: number;
  /** Slope of the core's heap after collections, from N to 2N phones that are registered and have a session. */
  readonly bytesPerPhone: number;
  /** With all phones registered. */
  readonly coreRssMB: number;
  readonly rowWritesPerPhone: number;
  readonly maxLoopMs: number;
  readonly maxGcMs: number;
  readonly failures: number;
  readonly profile: string;
}

/** The one profile of this benchmark: a figure is comparable with another only when both say this. */
export const profile = "durable store (SQLite, synced), SUCI profile A, NEA2/NIA2, tape on";

/** What a core still does when a phone has its address: answers of the gNB on their way, timers that are let go. */
const settleMs = 200;

interface Batch {
  readonly ms: readonly number[];
  readonly seconds: number;
  readonly cpuMs: number;
  readonly rowWrites: number;
  readonly maxLoopMs: number;
  readonly maxGcMs: number;
  readonly rssMB: number;
  readonly heap: number;
  readonly failures: readonly string[];
}

/**
 * N phones register and get a session each, then N more, in a cell outside the core's process; the second N are measured, and the heap
 * grown between the two is their memory. Nothing is tried again. Rejects when the core or the gNB does not start.
 */
export async function registration(
  options: RegistrationOptions = {},
): Promise<{ report: RegistrationReport; failures: readonly string[] }> {
  const { phones = 200, rate, concurrency = rate === undefined ? 16 : 256, cpuProf, record = false, progress, signal } = options;
  await using ground = await prepare({ phones: 2 * phones, record, ...(cpuProf !== undefined && { cpuProf }) });
  await using core = await ground.startCore();
  await using cell = await openCell(ground.plan);
  const on: Ue[] = [];
  const run = (first: number, name: string): Promise<Batch> =>
    batch(
      { core, cell, on, first, phones, concurrency, ...(rate !== undefined && { rate }), ...(signal !== undefined && { signal }) },
      (done) => progress?.(`${name}: ${done} of ${phones}`),
    );
  const cold = await run(0, "phones that go before");
  const warm = await run(phones, "phones measured");
  progress?.("phones leave");
  const failures = [...cold.failures, ...warm.failures];
  await bounded(on.length, concurrency, async (i) => {
    const ue = on[i]!;
    await ue.deregister().catch((error: unknown) => failures.push(`deregistration: ${reason(error)}`));
    await ue.close();
  });
  const report: RegistrationReport = {
    bench: "registration",
    phones,
    concurrency,
    ...(rate !== undefined && { rate }),
    cpuMsPerPhone: rounded(warm.cpuMs / phones, 3),
    coldCpuMsPerPhone: rounded(cold.cpuMs / phones, 3),
    p50Ms: warm.ms.length === 0 ? 0 : rounded(percentile(warm.ms, 50), 2),
    p99Ms: warm.ms.length === 0 ? 0 : rounded(percentile(warm.ms, 99), 2),
    phonesPerSecond: rounded(warm.ms.length / warm.seconds, 1),
    bytesPerPhone: Math.round((warm.heap - cold.heap) / phones),
    coreRssMB: rounded(warm.rssMB, 1),
    rowWritesPerPhone: rounded(warm.rowWrites / phones, 2),
    maxLoopMs: rounded(warm.maxLoopMs, 1),
    maxGcMs: rounded(warm.maxGcMs, 1),
    failures: failures.length,
    profile: record ? `${profile}, recorded` : profile,
  };
  return { report, failures };
}

interface BatchGround {
  readonly core: CoreProcess;
  readonly cell: Cell;
  /** Phones that are on; those of this batch are added. */
  readonly on: Ue[];
  readonly first: number;
  readonly phones: number;
  readonly concurrency: number;
  readonly rate?: number;
  readonly signal?: AbortSignal;
}

async function batch(ground: BatchGround, progress: (done: number) => void): Promise<Batch> {
  const { core, cell, on, first, phones, concurrency, rate, signal } = ground;
  const ms: number[] = [];
  const failures: string[] = [];
  const before = await core.figures();
  const begin = performance.now();
  const itsTurn = async (i: number): Promise<void> => {
    const early = begin + (i * 1000) / (rate ?? Number.POSITIVE_INFINITY) - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  };
  const one = async (i: number): Promise<void> => {
    signal?.throwIfAborted();
    const at = performance.now();
    try {
      const ue = await cell.switchOn(first + i);
      on.push(ue);
      await ue.register();
      await ue.establish({ dnn: dnn("internet") });
      ms.push(performance.now() - at);
    } catch (error) {
      failures.push(`phone ${first + i + 1}: ${reason(error)}`);
    }
    progress(ms.length + failures.length);
  };
  await bounded(phones, concurrency, one, rate === undefined ? undefined : itsTurn);
  const seconds = (performance.now() - begin) / 1000;
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const after = await core.figures();
  return {
    ms,
    seconds,
    failures,
    cpuMs: after.cpuMs - before.cpuMs,
    rowWrites: after.rowWrites - before.rowWrites,
    maxLoopMs: after.maxLoopMs,
    maxGcMs: after.maxGcMs,
    rssMB: after.rssMB,
    heap: await core.heap(),
  };
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
