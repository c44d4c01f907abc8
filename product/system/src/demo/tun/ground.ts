import { accessSync, closeSync, constants, openSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { Unavailable } from "../unavailable.ts";

const instead = "without it: freehold demo";

/** What this demonstration finds on the machine. */
export interface Ground {
  readonly ping: string;
  /** Without curl a client of ours fetches the page. */
  readonly curl: string | undefined;
  readonly tcpdump: string | undefined;
}

/** Looks for everything before anything is started. Throws `Unavailable`. */
export function ground(capture: boolean): Ground {
  if (process.geteuid?.() !== 0) throw new Unavailable(`--tun makes network namespaces and TUN interfaces: run it as root; ${instead}`);
  try {
    closeSync(openSync("/dev/net/tun", "r+")); // no interface comes of opening alone
  } catch (error) {
    const { code } = error as { code?: string };
    throw new Unavailable(
      `--tun needs /dev/net/tun, which cannot be opened (${code}): modprobe tun, or give it to this container; ${instead}`,
    );
  }
  const ping = found("ping");
  if (ping === undefined) throw new Unavailable(`--tun sends real pings: install ping (iputils-ping); ${instead}`);
  const tcpdump = found("tcpdump");
  if (capture && tcpdump === undefined) throw new Unavailable("--capture runs tcpdump: install it, or leave --capture out");
  return { ping, curl: found("curl"), tcpdump };
}

/** The first executable of this name on the PATH, and where administrators' programs are. */
function found(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== ""), "/usr/sbin", "/sbin"];
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
