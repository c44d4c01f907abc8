import { spawn } from "node:child_process";
import { basename, dirname } from "node:path";
import { inNet } from "@freehold/linux";

export interface Ran {
  /** As a shell gives it: above 128 when a signal ended it. */
  readonly status: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Ends the program when our end of its standard input closes: when we say so, and when this process is no more, however it ended. */
const tether =
  'exec 3<&0; "$@" 3<&- </dev/null & p=$!; { read _ <&3; kill $p; } >/dev/null 2>&1 & q=$!; exec 3<&-; wait $p; s=$?; kill $q; exit $s';

/**
 * Starts a program in a network namespace: a child is born into the namespace of the thread that makes it. It ends when its standard input is
 * ended. Standard output goes to a descriptor or comes here.
 */
export function start(net: string, program: string, args: readonly string[], stdout: number | "pipe" = "pipe") {
  const env = { LC_ALL: "C", PATH: `${dirname(program)}:/usr/sbin:/usr/bin:/sbin:/bin` };
  return inNet(net, () => spawn("/bin/sh", ["-c", tether, "sh", basename(program), ...args], { stdio: ["pipe", stdout, "pipe"], env }));
}

/** Runs a program in a network namespace to its end; `signal` ends it at once. Resolves whatever it says, rejects when it cannot be started. */
export async function run(
  net: string,
  program: string,
  args: readonly string[],
  { signal, onOutput = () => {} }: { readonly signal: AbortSignal; readonly onOutput?: (text: string) => void },
): Promise<Ran> {
  signal.throwIfAborted();
  const child = start(net, program, args);
  const end = (): void => void child.stdin?.end();
  signal.addEventListener("abort", end, { once: true });
  const stdout: Buffer[] = [];
  let stderr = "";
  child.stdout?.on("data", (data: Buffer) => {
    stdout.push(data);
    onOutput(data.toString("latin1"));
  });
  child.stderr?.on("data", (data: Buffer) => {
    stderr += data.toString("utf8");
  });
  return await new Promise<Ran>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status: status ?? undefined, stdout: Buffer.concat(stdout), stderr: stderr.trim() }));
  }).finally(() => signal.removeEventListener("abort", end));
}
