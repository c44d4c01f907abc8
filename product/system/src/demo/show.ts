import process from "node:process";
import { memoryAir } from "@freehold/air";
import { startGnb } from "@freehold/gnb";
import type { Declared, SctpPort, UdpPort } from "@freehold/net";
import type { World } from "@freehold/runtime";
import type { TapeEntry, TapeSink } from "@freehold/tape";
import type { Ue } from "@freehold/ue";
import { type PhoneResult, type Progress, switchOff, switchOn, type Traffic } from "./phones.ts";
import type { DemoPlan } from "./plan.ts";

export interface DemoReport {
  readonly plan: DemoPlan;
  readonly phones: readonly PhoneResult[];
  readonly tape: readonly TapeEntry[];
  /** When the first phone registered and got its session: the ladder's span of the tape, milliseconds since 1970. */
  readonly ladder: { readonly from: number; readonly to: number };
  /** From the first line of ours to a core that serves. */
  readonly startMs: number;
  /** From the start of the core to the answer to the first ping. */
  readonly firstPingMs: number;
  readonly rssMB: number;
  /** Every connection that core and gNB could have made: what `freehold egress` prints for this configuration. */
  readonly egress: readonly Declared[];
}

/** A core that serves, and what the gNB and the phones of the demonstration need beside it. */
export interface Stage extends World {
  readonly plan: DemoPlan;
  readonly tape: TapeSink;
  /** The gNB's side of N3 and N2. */
  readonly udp: UdpPort;
  readonly sctp: SctpPort;
  /** When the core was begun, by performance.now(). */
  readonly begin: number;
  readonly startMs: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly traffic: Traffic;
}

/** A gNB comes, phones come and go: the same in every way of the demonstration. Rejects with the reason of `signal`, with nothing left open. */
export async function show(stage: Stage): Promise<Omit<DemoReport, "tape" | "egress">> {
  const { plan, clock, random, log, tape, udp, sctp, begin, startMs, signal, traffic } = stage;
  await using stack = new AsyncDisposableStack();
  signal.throwIfAborted();
  const air = memoryAir(clock);
  stack.use(await startGnb(gnbConfig(plan), { clock, random, log, tape, air, udp, sctp }));
  let firstPingMs = 0;
  const progress: Progress = (phone, step, detail) => {
    if (step === "first ping") firstPingMs ||= performance.now() - begin;
    else if (!signal.aborted) stage.progress(phone, step, detail);
  };
  const world = { clock, random, log, tape, air };
  const keep = (ue: Ue): void => {
    if (signal.aborted) ue.close().catch((error: unknown) => log.error("a phone did not close", { error }));
    else stack.use(ue);
  };
  const on = (index: number) => interruptible(signal, switchOn(plan, index, world, progress, traffic, keep));
  // The first phone has the air to itself, so that its ladder is one phone's; then all others at once.
  const from = clock.now();
  const switched = [await on(0)];
  const to = clock.now();
  switched.push(...(await Promise.all(plan.phones.slice(1).map((_, i) => on(i + 1)))));
  const rssMB = Math.round(process.memoryUsage().rss / 1e6);
  const phones: PhoneResult[] = [];
  for (const [i, { result, ue }] of switched.entries()) {
    if (ue !== undefined) {
      await interruptible(signal, switchOff(ue, result)).catch((error: unknown) => {
        signal.throwIfAborted();
        result.failed ??= `deregistration: ${error instanceof Error ? error.message : String(error)}`;
      });
      if (result.deregistered) progress(i, "deregistered", "");
    }
    phones.push(result);
  }
  return { plan, phones, ladder: { from, to }, startMs, firstPingMs, rssMB };
}

/** What `work` gives, unless `signal` comes first. */
function interruptible<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const interrupted = (): void => reject(signal.reason);
    if (signal.aborted) interrupted();
    signal.addEventListener("abort", interrupted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", interrupted));
  });
}

export const gnbConfig = ({ config, gnb }: DemoPlan) => ({
  name: "freehold-gnb",
  gnbId: 1,
  tac: config.network.tacs[0] ?? 1,
  plmns: config.network.plmns.map(({ mcc, mnc, slices }) => ({ plmn: { mcc, mnc }, slices: slices.map((s) => ({ ...s })) })),
  amfs: config.n2.addresses.map((host) => ({ host, port: config.n2.port })),
  n2: { host: gnb.n2 },
  n3: { host: gnb.n3 },
  air: gnb.air,
});
