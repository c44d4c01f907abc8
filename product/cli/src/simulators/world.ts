import process from "node:process";
import { type Clock, consoleLog, type LogLevel, systemClock, systemRandom, type World } from "@freehold/runtime";
import type { TapeSink } from "@freehold/tape";
import type { Output } from "../output.ts";
import { style } from "../output.ts";

/** The process's time, randomness and log on standard error; nobody reads a tape here. */
export function simulatorWorld(level: LogLevel): World & { readonly tape: TapeSink } {
  const colour = process.stderr.isTTY === true && process.env["NO_COLOR"] === undefined;
  const log = consoleLog((line) => process.stderr.write(`${line}\n`), { level, colour });
  const clock: Clock = systemClock();
  return { clock, random: systemRandom, log, tape: { record: () => {} } };
}

/** Resolves at the first SIGINT or SIGTERM; the second ends the process as it stands. */
export function interrupted(out: Output): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (): void => {
      if (asked) process.exit(130);
      asked = true;
      out.line(style(out.colour).dim("ending; once more ends at once"));
      resolve();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}
