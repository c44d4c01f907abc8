import type { FreeholdConfig } from "@freehold/system";

/** What the core under measurement is told. Keys travel on the channel between parent and child alone. */
export interface Start {
  readonly is: "start";
  readonly config: FreeholdConfig;
  /** What the state directory of the configuration is relative to. */
  readonly baseDirectory: string;
  /** File for a recording of the control plane. */
  readonly record?: string;
  readonly homeNetworkKeys: readonly { readonly id: number; readonly profile: 1 | 2; readonly privateKey: Uint8Array }[];
}

export type ToCore = Start | { readonly is: "figures" } | { readonly is: "heap" } | { readonly is: "stop" };

/** The core's own account of itself. */
export interface Figures {
  /** User and system time since the process began, all its threads, milliseconds. */
  readonly cpuMs: number;
  readonly rssMB: number;
  /** Rows that the store has written since it opened. */
  readonly rowWrites: number;
  /** The longest turn of the event loop since the last time the figures were asked for, milliseconds. */
  readonly maxLoopMs: number;
  /** The longest that one collection stopped the loop. */
  readonly maxGcMs: number;
}

export type FromCore =
  | { readonly is: "ready" }
  | { readonly is: "failed"; readonly why: string }
  | { readonly is: "figures"; readonly figures: Figures }
  | { readonly is: "heap"; readonly bytes: number }
  | { readonly is: "stopped" };
