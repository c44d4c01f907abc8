import { stderr } from "node:process";
import { consoleLog, type Log, silentLog } from "@freehold/runtime";
import { localDemo } from "./local.ts";
import type { Progress } from "./phones.ts";
import type { DemoOptions } from "./plan.ts";
import type { DemoReport } from "./show.ts";
import { tunDemo } from "./tun/demo.ts";

export interface Demonstration extends DemoOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Runs one of the three ways; the same core, gNB and phones in each. */
export async function demonstrate(way: "local" | "tun" | "processes", options: Demonstration): Promise<DemoReport> {
  const log: Log = options.verbose ? consoleLog((line) => stderr.write(`${line}\n`), { level: "debug" }) : silentLog;
  switch (way) {
    case "local":
      return await localDemo(options, log, options.progress, options.signal);
    case "processes":
      return await localDemo(options, log, options.progress, options.signal, true);
    case "tun":
      return await tunDemo(options, log, options.progress, options.signal);
  }
}
