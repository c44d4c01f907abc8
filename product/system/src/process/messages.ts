import type { TapeEntry } from "@freehold/tape";
import type { FreeholdConfig } from "../config/types.ts";
import type { FunctionName } from "../names.ts";

/** What a function's process is told at its start. Keys travel on the channel between parent and child alone, never on a command line. */
export interface Start {
  readonly is: "start";
  readonly name: FunctionName;
  readonly config: FreeholdConfig;
  /** Folder with freehold.db and master.key. */
  readonly state: string;
  readonly homeNetworkKeys: readonly { readonly id: number; readonly profile: 1 | 2; readonly privateKey: Uint8Array }[];
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
}

export type ToChild = Start | { readonly is: "stop" } | { readonly is: "state" };

export type FromChild =
  | { readonly is: "ready" }
  | { readonly is: "failed"; readonly why: string }
  | { readonly is: "tape"; readonly entries: readonly TapeEntry[] }
  | { readonly is: "state"; readonly state: unknown }
  | { readonly is: "stopped" };
