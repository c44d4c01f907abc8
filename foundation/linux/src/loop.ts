// The event loop wakes JavaScript when a descriptor is ready. The only C callbacks of the house, and what they need to live.

import { dlopen, getCurrentEventLoop, getRawPointer } from "node:ffi";
import process from "node:process";
import { LinuxError } from "./libc.ts";

const { lib, functions: uv } = dlopen(null, {
  /** size_t uv_handle_size(uv_handle_type type); */
  uv_handle_size: { arguments: ["i32"], return: "u64" },
  /** int uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd); */
  uv_poll_init: { arguments: ["pointer", "pointer", "i32"], return: "i32" },
  /** int uv_poll_start(uv_poll_t *handle, int events, uv_poll_cb callback); */
  uv_poll_start: { arguments: ["pointer", "i32", "pointer"], return: "i32" },
  /** int uv_poll_stop(uv_poll_t *handle); */
  uv_poll_stop: { arguments: ["pointer"], return: "i32" },
  /** void uv_close(uv_handle_t *handle, uv_close_cb callback); */
  uv_close: { arguments: ["pointer", "pointer"], return: "void" },
});

export const READABLE = 1;
export const WRITABLE = 2;
const UV_POLL = 8; // of uv_handle_type

/** Watches by the address of their handle. C holds these addresses: an entry leaves only when libuv has called back that it let go. */
const held = new Map<bigint, Held>();
interface Held {
  /** uv_poll_t, at the address that is the key. */
  readonly handle: Buffer;
  readonly watch: Watch;
  readonly closed: () => void;
}

// In a callback from C no microtask runs and an exception ends the process: it only notes what happened, the rest runs in a turn of its own.
let noted: (() => void)[] = [];
function note(what: () => void): void {
  if (noted.push(what) > 1) return;
  setImmediate(() => {
    const all = noted;
    noted = [];
    for (const run of all) run();
  });
}

const onPoll = lib.registerCallback({ arguments: ["pointer", "i32", "i32"], return: "void" }, (handle, status, events) => {
  try {
    const watch = typeof handle === "bigint" ? held.get(handle)?.watch : undefined;
    if (watch !== undefined) note(() => watch.ready(status < 0 ? READABLE : events)); // an error is read from the descriptor
  } catch {
    // out of memory at worst: the descriptor stays ready and is told again
  }
});
const onClosed = lib.registerCallback({ arguments: ["pointer"], return: "void" }, (handle) => {
  try {
    if (typeof handle !== "bigint") return;
    const entry = held.get(handle);
    held.delete(handle);
    if (entry !== undefined) note(entry.closed);
  } catch {
    // as above
  }
});

// A worker that ends with an open handle takes the process along. One that exits or crashes runs this; one that is terminated does not.
process.once("exit", () => {
  for (const { watch } of held.values()) void watch.close();
});

/** Calls `onReady` while the descriptor is readable or writable, as asked for. A worker with an open watch must not be terminated: the process would abort. */
export class Watch {
  readonly #at: bigint;
  readonly #onReady: (events: number) => void;
  readonly #fault: (error: unknown) => void;
  readonly #closed: Promise<void>;
  #events = 0;
  #open = true;

  /** The descriptor becomes non-blocking. What `onReady` throws goes to `fault`. */
  constructor(fd: number, onReady: (events: number) => void, fault: (error: unknown) => void) {
    const handle = Buffer.alloc(Number(uv.uv_handle_size(UV_POLL)));
    this.#at = getRawPointer(handle);
    this.#onReady = onReady;
    this.#fault = fault;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = promise;
    const failed = uv.uv_poll_init(getCurrentEventLoop(), this.#at, fd);
    if (failed !== 0) throw new LinuxError("uv_poll_init", -failed);
    held.set(this.#at, { handle, watch: this, closed: resolve });
  }

  /** READABLE, WRITABLE, both or 0. */
  want(events: number): void {
    if (!this.#open || events === this.#events) return;
    this.#events = events;
    const failed = events === 0 ? uv.uv_poll_stop(this.#at) : uv.uv_poll_start(this.#at, events, onPoll);
    if (failed !== 0) throw new LinuxError("uv_poll_start", -failed);
  }

  ready(events: number): void {
    if (!this.#open) return;
    try {
      this.#onReady(events);
    } catch (error) {
      this.#fault(error);
    }
  }

  /** After this call the descriptor may be closed; resolves when libuv has let go of the handle. */
  close(): Promise<void> {
    if (this.#open) {
      this.#open = false;
      uv.uv_close(this.#at, onClosed);
    }
    return this.#closed;
  }
}
