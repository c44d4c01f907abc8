/** The thread that owns the database file, so that a sync never stalls the loop. One request at a time: open, groups of commits, close. */
import { parentPort, workerData } from "node:worker_threads";
import { type CommitResult, Database, explained } from "./database.ts";
import type { EncodedChange } from "./plan.ts";
import type { StoreError } from "./store-error.ts";

export interface WorkerStart {
  readonly path: string;
  /** milliseconds to wait for another process's lock */
  readonly busy: number;
}

/** `close` is the last request. */
export type WorkerRequest = readonly (readonly EncodedChange[])[] | "close";

export type WorkerReply =
  | { readonly is: "open"; readonly warning: string | undefined }
  | { readonly is: "done"; readonly results: readonly CommitResult[] }
  | { readonly is: "refused"; readonly code: StoreError["code"]; readonly message: string };

const { path, busy } = workerData as WorkerStart;
const port = parentPort!;
const reply = (message: WorkerReply): void => port.postMessage(message);
const refuse = (fault: unknown): void => {
  const { code, message } = explained(path, fault);
  reply({ is: "refused", code, message });
};

try {
  const database = new Database(path, busy);
  port.on("message", (request: WorkerRequest) => {
    if (request === "close") {
      database.close();
      port.close();
      return;
    }
    try {
      reply({ is: "done", results: database.group(request) });
    } catch (fault) {
      refuse(fault);
    }
  });
  reply({ is: "open", warning: database.warning });
} catch (fault) {
  refuse(fault);
}
