import { type StdioOptions, spawn } from "node:child_process";
import { basename } from "node:path";
import { inNet } from "@freehold/linux";

export interface Ran {
  /** undefined when a signal ended it. */
  readonly status: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Starts a program in a network namespace: a child is born into the namespace of the thread that makes it. */
export const start = (net: string, program: string, args: readonly string[], stdio: StdioOptions = ["ignore", "pipe", "pipe"]) =>
  inNet(net, () => spawn(program, args, { argv0: basename(program), stdio, env: { LC_ALL: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } }));

/** Runs a program in a network namespace to its end; `signal` ends it at once. Resolves whatever it says, rejects when it cannot be started. */
export function run(
  net: string,
  program: string,
  args: readonly string[],
  { signal, onOutput = () => {} }: { readonly signal: AbortSignal; readonly onOutput?: (text: string) => void },
): Promise<Ran> {
  signal.throwIfAborted();
  const child = start(net, program, args);
  const kill = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  const stdout: Buffer[] = [];
  let stderr = "";
  child.stdout?.on("data", (data: Buffer) => {
    stdout.push(data);
    onOutput(data.toString("latin1"));
  });
  child.stderr?.on("data", (data: Buffer) => {
    stderr += data.toString("utf8");
  });
  return new Promise<Ran>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status: status ?? undefined, stdout: Buffer.concat(stdout), stderr: stderr.trim() }));
  }).finally(() => signal.removeEventListener("abort", kill));
}
