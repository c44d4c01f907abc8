import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TapeSink } from "@freehold/tape";
import type { FunctionName } from "../names.ts";
import { functionNames } from "../names.ts";
import type { FromChild, Start, ToChild } from "./messages.ts";

/** One function in a process of its own. */
class FunctionProcess {
  readonly name: FunctionName;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #waiting: { is: FromChild["is"]; resolve: (message: FromChild) => void; reject: (error: Error) => void } | undefined;

  constructor(name: FunctionName, tape: TapeSink) {
    this.name = name;
    this.#child = fork(fileURLToPath(new URL("./child.ts", import.meta.url)), [], {
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#ended = new Promise((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.on("message", (message: FromChild) => {
      if (message.is === "tape") for (const entry of message.entries) tape.record(entry);
      else if (message.is === "failed") this.#settle(new Error(`${name.toUpperCase()}: ${message.why}`));
      else if (message.is === this.#waiting?.is) this.#settle(message);
    });
    this.#child.once("exit", (code, signal) => this.#settle(new Error(`${name.toUpperCase()} ended: ${signal ?? `exit code ${code}`}`)));
  }

  #settle(with_: FromChild | Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (with_ instanceof Error) waiting?.reject(with_);
    else waiting?.resolve(with_);
  }

  ask(message: ToChild, is: FromChild["is"]): Promise<FromChild> {
    return new Promise((resolve, reject) => {
      this.#waiting = { is, resolve, reject };
      this.#child.send(message);
    });
  }

  /** SIGKILL: resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    await this.ask({ is: "stop" }, "stopped").catch(() => this.#child.kill("SIGKILL"));
    await this.#ended;
  }
}

/** A core of nine processes, which find each other through the NRF. Stopped in the opposite order of their start. */
export interface CoreProcesses extends AsyncDisposable {
  state(): Promise<Readonly<Record<string, unknown>>>;
  /** Kills a function's process as an operating system does; resolves when it is gone. */
  kill(name: FunctionName): Promise<void>;
  /** Starts a function that was killed again, over the same state; resolves when it serves. */
  begin(name: FunctionName): Promise<void>;
}

/** Starts each function in a process of its own; the NRF first, so that the others can register. */
export async function startProcesses(start: Omit<Start, "is" | "name">, tape: TapeSink): Promise<CoreProcesses> {
  await using boot = new AsyncDisposableStack();
  const all = new Map<FunctionName, FunctionProcess>();
  // All at once: Node's own start is most of it. The NRF is told first, the rest when it serves.
  for (const name of functionNames) {
    all.set(name, new FunctionProcess(name, tape));
    boot.defer(() => all.get(name)?.stop());
  }
  const ready = (one: FunctionProcess): Promise<FromChild> => one.ask({ ...start, is: "start", name: one.name }, "ready");
  const [nrf, ...others] = all.values();
  if (nrf !== undefined) await ready(nrf);
  // The AMF is last to serve: a gNB that finds it finds a whole core.
  const amf = others.pop();
  await Promise.all(others.map(ready));
  if (amf !== undefined) await ready(amf);
  const stack = boot.move();
  return {
    async state() {
      const states: [string, unknown][] = [];
      for (const one of all.values()) {
        const answer = await one.ask({ is: "state" }, "state");
        if (answer.is === "state") states.push([one.name, answer.state]);
      }
      return Object.fromEntries(states);
    },
    async kill(name) {
      await all.get(name)?.kill();
    },
    async begin(name) {
      const one = new FunctionProcess(name, tape);
      all.set(name, one);
      await ready(one);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
