import { stderr } from "node:process";
import { consoleLog, type Log, silentLog } from "@freehold/runtime";
import { type DemoReport, localDemo } from "./local.ts";
import type { Progress } from "./phones.ts";
import type { DemoOptions } from "./plan.ts";

/** This machine lacks what a way of the demonstration needs. */
export class Unavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Unavailable";
  }
}

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
    default:
      throw new Unavailable(`--${way} is not there yet`);
  }
}
