/** What a network function is given from outside. Nothing in core, access or protocols reads a clock, a random byte or a log by itself. */

/** Cancels what it was returned for; calling it twice is harmless. */
export type Cancel = () => void;

/** Time. `systemClock()` is the process's; `VirtualClock` stands still until a test advances it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z, with fractions. */
  now(): number;
  /** Calls `fn` once after `ms` milliseconds (never synchronously). A process holds one timer wheel behind this. */
  after(ms: number, fn: () => void): Cancel;
  /** Resolves after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** `octets` unpredictable octets. `systemRandom` is the kernel's; `seededRandom(seed)` repeats. */
export type Random = (octets: number) => Uint8Array;

export type LogLevel = "debug" | "info" | "warn" | "error";

/** One line per event: a sentence, then fields. Secrets and SUPIs wear types that print as pseudonyms (protocols/model). */
export interface Log {
  debug(event: string, fields?: Record<string, unknown>): void;
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
  /** A log whose every line also carries `fields`. */
  child(fields: Record<string, unknown>): Log;
}

/** The part of the world that every function needs. Functions add their own ports: `interface AmfWorld extends World { n2: SctpPort … }`. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Log names of subscribers: one for all functions of a process, so that their lines can be put together. Each makes its own without. */
  readonly pseudonym?: (identity: string) => string;
}
