import { spawnSync } from "node:child_process";
import process from "node:process";
import { AF_INET, c, must, SOCK_OURS, SOCK_RAW, SOCK_STREAM } from "./libc.ts";
import { gettid } from "./namespace.ts";
import { Tun } from "./tun.ts";

/** Whether this process may, and what the system said. */
export interface Capability {
  readonly ok: boolean;
  /** The call that failed and its errno; empty when it did not. */
  readonly why: string;
}

export interface Capabilities {
  /** The kernel has SCTP. */
  readonly sctp: Capability;
  /** Raw IP sockets: user-space SCTP without encapsulation. */
  readonly rawIp: Capability;
  /** A TUN device can be made here. */
  readonly tun: Capability;
  /** `unshare -Urn` works: raw sockets, veth and namespaces without root. */
  readonly userNamespace: Capability;
}

const tried = (attempt: () => void): Capability => {
  try {
    attempt();
    return { ok: true, why: "" };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
};

const opened = (type: number, protocol: number, what: string) => (): void => {
  c.close(must(c.socket(AF_INET, type | SOCK_OURS, protocol), what));
};

/** What this host lets this process do, found out by trying: a user id says little in containers. Leaves nothing behind. */
export async function capabilities(): Promise<Capabilities> {
  const name = `fh-try${gettid() % 100_000}`;
  let tun: Tun | undefined;
  const result: Capabilities = {
    sctp: tried(opened(SOCK_STREAM, 132, "socket SCTP")),
    rawIp: tried(opened(SOCK_RAW, 132, "socket raw IP")),
    tun: tried(() => {
      tun = Tun.open(name);
    }),
    userNamespace: tried(() => {
      const { status, error, stderr } = spawnSync("unshare", ["-Urn", process.execPath, "-e", "0"], { encoding: "utf8", timeout: 10_000 });
      if (error) throw error;
      if (status !== 0) throw new Error(stderr.trim() || `unshare -Urn ended with ${status}`);
    }),
  };
  await tun?.close();
  return result;
}
