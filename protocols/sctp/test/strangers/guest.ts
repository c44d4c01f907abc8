// The Linux kernel as the other host: user-mode-linux on a TAP, in this process's own network namespace, and its SCTP as an `SctpPort`.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { configureLink, unshareNet } from "@freehold/linux";
import { type Address, PortError, type SctpAssociation, type SctpEnd, type SctpMessage, type SctpPort } from "@freehold/net";
import type { Described, Order, Report } from "./agent.ts";

export const guestHost = "10.132.0.2";
export const ourHost = "10.132.0.1";
const tap = "fh-tap0";
const agentPort = 4_132;
const kernel = "/usr/bin/linux.uml";
const tree = join(import.meta.dirname, "../../../..");

/** Seconds after which the guest ends by itself, and a little later by us. */
const life = 150;

/** Why there is no guest on this machine: enters a network namespace of this process's own as it tries. */
export function noGuest(): string | false {
  if (!existsSync(kernel)) return "user-mode-linux is not installed";
  for (const tool of ["ip", "insmod"]) if (spawnSync(tool, ["--version"]).error !== undefined) return `${tool} is not installed`;
  try {
    unshareNet();
    configureLink({ link: "lo" });
    execFileSync("ip", ["tuntap", "add", "dev", tap, "mode", "tap"], { stdio: "pipe" });
    execFileSync("ip", ["address", "add", `${ourHost}/24`, "dev", tap], { stdio: "pipe" });
    execFileSync("ip", ["link", "set", tap, "up"], { stdio: "pipe" });
    return false;
  } catch (error) {
    return `needs root and /dev/net/tun: ${error instanceof Error ? error.message.trim().split("\n").at(-1) : error}`;
  }
}

/** A guest that is up. */
export class Guest implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #limit: NodeJS.Timeout;
  #socket: Socket | undefined;
  #next = 1;
  readonly #orders = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  readonly #listeners = new Map<number, (association: RemoteAssociation) => void>();
  readonly #associations = new Map<number, RemoteAssociation>();
  /** Reports on associations whose number nobody has been told yet. */
  readonly #early = new Map<number, Report[]>();

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    this.#limit = setTimeout(() => this.#kill(), (life + 10) * 1_000);
    this.#limit.unref();
  }

  /** Boots it; rejects with what it said on its console when its agent does not answer. */
  static async start(): Promise<Guest> {
    const folder = mkdtempSync(join(tmpdir(), "freehold-guest-"));
    const settings = {
      guest_seconds: life,
      guest_address: guestHost,
      guest_port: agentPort,
      guest_tree: tree,
      guest_node: process.execPath,
    };
    const child = spawn(
      kernel,
      [
        ...["mem=384M", "rootfstype=hostfs", "rootflags=/", "ro", "quiet", "con=null", "con0=null,fd:1", `uml_dir=${folder}`],
        `init=${join(import.meta.dirname, "init.sh")}`,
        `eth0=tuntap,${tap}`,
        ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
      ],
      { stdio: ["ignore", "pipe", "pipe"], detached: true, env: { ...process.env, HOME: folder, TMPDIR: folder } },
    );
    const guest = new Guest(child, folder);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part) => (said += part));
    let ended = false;
    child.once("exit", () => (ended = true));
    for (let tries = 0; tries < 300 && !ended; tries++) {
      if (await guest.#reach()) return guest;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await guest[Symbol.asyncDispose]();
    throw new Error(`the guest did not come up: ${said}`);
  }

  #reach(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host: guestHost, port: agentPort, noDelay: true, timeout: 1_000 });
      socket.once("timeout", () => socket.destroy());
      socket.once("error", () => {});
      socket.once("close", () => resolve(false));
      socket.once("connect", () => {
        socket.setTimeout(0);
        this.#socket = socket;
        createInterface({ input: socket }).on("line", (line) => this.#reported(JSON.parse(line) as Report));
        socket.on("close", () => {
          socket.destroy();
          for (const { reject } of this.#orders.values()) reject(new Error("the guest went away"));
        });
        resolve(true);
      });
    });
  }

  /** The guest's init is told to power off; if it does not, its processes are ended by their group. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#limit);
    const gone = new Promise<void>((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) resolve();
      else this.#child.once("exit", () => resolve());
    });
    this.#socket?.end();
    const late = setTimeout(() => this.#kill(), 3_000);
    if (this.#socket === undefined) this.#kill();
    await gone;
    clearTimeout(late);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #kill(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // gone already
    }
  }

  order(order: Order): Promise<unknown> {
    const id = this.#next++;
    if (this.#socket === undefined || this.#socket.destroyed) return Promise.reject(new Error("the guest went away"));
    return new Promise((resolve, reject) => {
      this.#orders.set(id, { resolve, reject });
      this.#socket?.write(`${JSON.stringify({ ...order, id })}\n`);
    });
  }

  /** Without waiting for an answer, for there is none. */
  tell(order: Order): void {
    this.#socket?.write(`${JSON.stringify({ ...order, id: 0 })}\n`);
  }

  async sysctl(settings: Readonly<Record<string, number>>): Promise<void> {
    for (const [name, value] of Object.entries(settings))
      await this.order({ do: "sysctl", name: `net.sctp.${name}`, value: String(value) });
  }

  #reported(report: Report): void {
    if (report.is === "done" || report.is === "failed") {
      const order = this.#orders.get(report.id);
      this.#orders.delete(report.id);
      if (report.is === "done") order?.resolve(report.result);
      else order?.reject(new PortError(report.code, report.why));
      return;
    }
    if (report.is === "arrived") {
      this.#listeners.get(report.listener)?.(this.#adopt(report));
      return;
    }
    const association = this.#associations.get(report.association);
    if (association !== undefined) association.reported(report);
    else this.#early.set(report.association, [...(this.#early.get(report.association) ?? []), report]);
  }

  #adopt(described: Described): RemoteAssociation {
    const association = new RemoteAssociation(this, described);
    this.#associations.set(described.association, association);
    const early = this.#early.get(described.association) ?? [];
    this.#early.delete(described.association);
    setImmediate(() => {
      for (const report of early) association.reported(report);
    });
    return association;
  }

  /** The guest kernel's SCTP. What is sent queues there without end. */
  readonly sctp: SctpPort = {
    backend: "the guest's kernel",
    listen: async ({ onAssociation, ...options }) => {
      const { listener, local } = (await this.order({ do: "listen", ...options })) as { listener: number; local: Address };
      this.#listeners.set(listener, onAssociation);
      const close = async (): Promise<void> => {
        await this.order({ do: "unlisten", listener });
      };
      return { local, close, [Symbol.asyncDispose]: close };
    },
    connect: async ({ local, remote, streams }) =>
      this.#adopt(
        (await this.order({
          do: "connect",
          remote,
          ...(local !== undefined && { local }),
          ...(streams !== undefined && { streams }),
        })) as Described,
      ),
  };
}

class RemoteAssociation implements SctpAssociation {
  readonly local: Address;
  readonly remote: Address;
  readonly outbound: number;
  readonly inbound: number;
  onMessage: (message: SctpMessage) => void = () => {};
  onEnd: (how: SctpEnd, why: string) => void = () => {};
  readonly #guest: Guest;
  readonly #number: number;
  #over = false;

  constructor(guest: Guest, { association, local, remote, outbound, inbound }: Described) {
    this.#guest = guest;
    this.#number = association;
    this.local = local;
    this.remote = remote;
    this.outbound = outbound;
    this.inbound = inbound;
  }

  reported(report: Report): void {
    if (report.is === "message") {
      this.onMessage({ stream: report.stream, ppid: report.ppid, data: new Uint8Array(Buffer.from(report.data, "base64")) });
    } else if (report.is === "end") {
      this.#over = true;
      this.onEnd(report.how as SctpEnd, report.why);
    }
  }

  send({ stream, ppid, data }: SctpMessage): boolean {
    if (this.#over) return false;
    this.#guest.tell({ do: "send", association: this.#number, stream, ppid, data: Buffer.from(data).toString("base64") });
    return true;
  }

  async shutdown(): Promise<void> {
    await this.#guest.order({ do: "shutdown", association: this.#number });
  }

  abort(why: string): void {
    this.#guest.order({ do: "abort", association: this.#number, why }).catch(() => {});
  }
}
