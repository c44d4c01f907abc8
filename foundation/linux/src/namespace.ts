import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { MessageChannel, Worker } from "node:worker_threads";
import { c, must } from "./libc.ts";

const CLONE_NEWNET = 0x40000000;

/** The kernel's number of this thread. */
export const gettid = (): number => c.gettid();

/** The network namespace of a thread of this process, as a path that other calls take. */
export const namespaceOf = (tid: number): string => `/proc/${process.pid}/task/${tid}/ns/net`;

/** Puts this thread into a network namespace of its own, empty but for `lo` (down), gone with the last thread and socket in it. */
export function unshareNet(): void {
  must(c.unshare(CLONE_NEWNET), "unshare CLONE_NEWNET");
}

/** Puts this thread into the network namespace at `path`. Sockets that exist stay where they were made. */
export function setNet(path: string): void {
  const fd = openSync(path, "r");
  try {
    must(c.setns(fd, CLONE_NEWNET), `setns ${path}`);
  } finally {
    closeSync(fd);
  }
}

/** Calls `fn` in the network namespace at `path` and comes back. `fn` must be synchronous: what it does later happens at home. */
export function inNet<T>(path: string, fn: () => T extends Promise<unknown> ? never : T): T {
  const home = openSync("/proc/thread-self/ns/net", "r");
  try {
    setNet(path);
    try {
      return fn();
    } finally {
      must(c.setns(home, CLONE_NEWNET), "setns home");
    }
  } finally {
    closeSync(home);
  }
}

/** A network namespace that no thread lives in. */
export interface Net {
  /** For `inNet`, `setNet`, `addVeth`: valid in this process until `close`. */
  readonly path: string;
  /** Lets go of it: it is gone, with its interfaces, when the last socket and child in it is. */
  close(): void;
}

/** Makes an empty network namespace (`lo` only, down), held by a descriptor of this process: after `kill -9` nothing of it is left. */
export function makeNet(): Net {
  const home = openSync("/proc/thread-self/ns/net", "r");
  try {
    unshareNet();
    try {
      const held = openSync("/proc/thread-self/ns/net", "r");
      let open = true;
      return {
        path: `/proc/${process.pid}/fd/${held}`,
        close() {
          if (open) closeSync(held);
          open = false;
        },
      };
    } finally {
      must(c.setns(home, CLONE_NEWNET), "setns home");
    }
  } finally {
    closeSync(home);
  }
}

export interface Namespaced {
  readonly worker: Worker;
  readonly tid: number;
  /** Of its network namespace, for `addVeth`, `inNet`, `setNet`. */
  readonly namespace: string;
  /** Lets the worker's module begin; before that its interfaces can be made. */
  begin(): void;
  /** Ends the thread as `process.exit` in it would, whatever it has open; resolves when it has. Never `terminate` it. */
  stop(): Promise<void>;
}

/**
 * A worker in a network namespace of its own (or in the one at `namespace`): all of Node there, children it starts too, opens its sockets in it.
 * Addresses must be literals: name look-ups stay at home. Its module at `url` is loaded on `begin`. Rejects when the thread may not.
 */
export async function startNamespaced(url: URL, options: { data?: unknown; namespace?: string; name?: string } = {}): Promise<Namespaced> {
  const entry = new URL("./namespaced.ts", import.meta.url);
  const argv = [url.href, options.namespace ?? ""];
  const worker = new Worker(entry, { workerData: options.data, name: options.name ?? "namespaced", argv });
  const tid = await new Promise<number>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (message: { tid: number }) => {
      worker.off("error", reject);
      resolve(message.tid);
    });
  });
  const { port1: control, port2: far } = new MessageChannel();
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  ended.then(() => control.close()).catch(() => {});
  let begun = false;
  const begin = (): void => {
    if (!begun) worker.postMessage(far, [far]);
    begun = true;
  };
  return {
    worker,
    tid,
    namespace: namespaceOf(tid),
    begin,
    stop() {
      control.postMessage("stop");
      begin();
      return ended;
    },
  };
}
