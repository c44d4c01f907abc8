import { join } from "node:path";
import type { Refusal } from "@freehold/net";
import type { StatePaths } from "../state.ts";

/** What guard.cts leaves for the process that it measures. */
interface StartRecord {
  readonly keep: (directory: string) => void;
  readonly note: (line: object) => void;
}

const own = (): StartRecord | undefined =>
  (globalThis as Record<symbol, unknown>)[Symbol.for("freehold.start-record")] as StartRecord | undefined;

/** Where the processes of a core keep their start records. */
export const recordsOf = ({ directory }: Pick<StatePaths, "directory">): string => join(directory, "processes");

/** Begins this process's start record in a folder. False in a process that is not measured: one that ./freehold did not start. */
export function keepStartRecord(directory: string): boolean {
  const record = own();
  record?.keep(directory);
  return record !== undefined;
}

/** Says in the record what this process is, once it is ready: what it loads afterwards was loaded later. */
export const noteReady = (name: string): void => own()?.note({ is: "ready", name });

/** Writes a refusal of a door into the record. */
export const noteRefusal = (refusal: Refusal): void => own()?.note({ is: "refused", refusal });
