import { type ChildProcess, fork } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Figures, FromCore, Start, ToCore } from "./messages.ts";

/** A whole core in a process of its own, for whoever measures it. Disposing stops it and waits for its end. */
export class CoreProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #waiting: { is: FromCore["is"]; resolve: (message: FromCore) => void; reject: (error: Error) => void } | undefined;

  private constructor(profileInto: string | undefined) {
    const profiling = profileInto === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileInto}`];
    this.#child = fork(fileURLToPath(new URL("./process.ts", import.meta.url)), [], {
      serialization: "advanced",
      execArgv: [...process.execArgv, "--expose-gc", ...profiling],
      stdio: ["ignore", 2, 2, "ipc"], // standard output is the report's
    });
    this.#ended = new Promise((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.on("message", (message: FromCore) => {
      if (message.is === "failed") this.#settle(new Error(`the core did not start: ${message.why}`));
      else if (message.is === this.#waiting?.is) this.#settle(message);
    });
    this.#child.once("exit", (code, signal) => this.#settle(new Error(`the core ended: ${signal ?? `exit code ${code}`}`)));
  }

  /** Resolves when the core serves. `profileInto` is a folder for a CPU profile that the core writes at its end. */
  static async start(start: Omit<Start, "is">, profileInto?: string): Promise<CoreProcess> {
    const core = new CoreProcess(profileInto);
    try {
      await core.#ask({ is: "start", ...start }, "ready");
      return core;
    } catch (error) {
      await core[Symbol.asyncDispose]();
      throw error;
    }
  }

  #settle(outcome: FromCore | Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (outcome instanceof Error) waiting?.reject(outcome);
    else waiting?.resolve(outcome);
  }

  /** One question at a time. Rejects when the core has ended or ends before it answers. */
  #ask<K extends FromCore["is"]>(message: ToCore, is: K): Promise<Extract<FromCore, { is: K }>> {
    if (!this.#child.connected) return Promise.reject(new Error("the core has ended"));
    return new Promise((resolve, reject) => {
      this.#waiting = { is, resolve: (answer) => resolve(answer as Extract<FromCore, { is: K }>), reject };
      this.#child.send(message);
    });
  }

  async figures(): Promise<Figures> {
    return (await this.#ask({ is: "figures" }, "figures")).figures;
  }

  /** Octets that live after forced collections, without the tape. */
  async heap(): Promise<number> {
    return (await this.#ask({ is: "heap" }, "heap")).bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    await this.#ask({ is: "stop" }, "stopped").catch(() => this.#child.kill("SIGKILL"));
    await this.#ended;
  }
}
