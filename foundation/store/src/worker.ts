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

/** A group of commits (`EncodedChange[][]`) as JSON text, which crosses to the thread at a fifth of the price of its objects; `close` is the last. */
export type WorkerRequest = string;

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
      const commits: readonly (readonly EncodedChange[])[] = JSON.parse(request);
      reply({ is: "done", results: database.group(commits) });
    } catch (fault) {
      refuse(fault);
    }
  });
  reply({ is: "open", warning: database.warning });
} catch (fault) {
  refuse(fault);
}
