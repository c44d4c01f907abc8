import { createHash } from "node:crypto";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { makeNet, type Net } from "@freehold/linux";
import type { TunDevice } from "@freehold/net";
import type { World } from "@freehold/runtime";
import type { Session } from "@freehold/ue";
import { run } from "./command.ts";
import type { Ground } from "./ground.ts";
import { tunIn } from "./nets.ts";

/** What `ping` counted. */
export interface Pings {
  readonly sent: number;
  readonly received: number;
  readonly rttMs: number[];
}

export interface Page {
  readonly status: number;
  readonly body: Uint8Array;
}

/** The inside of a phone: a namespace with nothing in it until the session brings an interface. */
export class PhoneNet implements AsyncDisposable {
  readonly #net: Net;
  readonly #ground: Ground;
  readonly #world: World;
  readonly #signal: AbortSignal;
  #tun: TunDevice | undefined;

  constructor(ground: Ground, world: World, signal: AbortSignal) {
    this.#net = makeNet();
    this.#ground = ground;
    this.#world = world;
    this.#signal = signal;
  }

  /** Gives the session an interface with its address and MTU and the only route there is. It goes when the session is released. */
  async connect(session: Session): Promise<void> {
    if (session.ip === undefined) throw new Error("the session came without an IPv4 address");
    const tun = await tunIn(this.#net.path, this.#world).open({
      name: "fhue0",
      addresses: [session.ip],
      routes: ["0.0.0.0/0"],
      mtu: session.mtu,
    });
    this.#tun = tun;
    tun.onPacket = (packet) => {
      if (packet[0]! >> 4 === 4) session.send(packet); // the kernel looks for IPv6 routers too, which an IPv4 session has none of
    };
    session.onPacket = (packet) => tun.write(packet);
    session.onReleased = () => void this.disconnect();
  }

  async disconnect(): Promise<void> {
    const tun = this.#tun;
    this.#tun = undefined;
    await tun?.close();
  }

  /** What ping says when it cannot send; rejects when a packet left the phone. */
  async cutOff(target: string): Promise<string> {
    const { status, stdout, stderr } = await this.#run(this.#ground.ping, ["-n", "-c", "1", "-W", "1", target]);
    const said = stderr || stdout.toString("latin1").trim();
    if (status === 0 || !/unreachable/i.test(said)) throw new Error(`without a session a ping found a way out of the phone: ${said}`);
    return said;
  }

  /** `ping -c count`, a fifth of a second apart; `onFirst` at the first answer. */
  async ping(target: string, count: number, onFirst: () => void): Promise<Pings> {
    let heard = false;
    const { stdout, stderr } = await this.#run(this.#ground.ping, ["-n", "-c", String(count), "-i", "0.2", "-W", "5", target], (text) => {
      if (heard || !text.includes("time=")) return;
      heard = true;
      onFirst();
    });
    const text = stdout.toString("latin1");
    const counts = /(\d+) packets transmitted, (\d+) (?:packets )?received/.exec(text);
    if (counts === null) throw new Error(`ping: ${stderr || text}`);
    const rttMs = [...text.matchAll(/time[=<]([\d.]+) ms/g)].map(([, ms]) => Number(ms));
    return { sent: Number(counts[1]), received: Number(counts[2]), rttMs };
  }

  /** Fetches a page by curl, else by a client of ours in a process of its own. */
  async fetch(url: string): Promise<Page> {
    const { curl } = this.#ground;
    const own = fileURLToPath(new URL("./fetch.ts", import.meta.url));
    const [program, args] =
      curl === undefined
        ? [process.execPath, ["--disable-warning=ExperimentalWarning", own, url]]
        : [curl, ["--silent", "--show-error", "--noproxy", "*", "--max-time", "10", "--write-out", "%{http_code}", url]];
    const { status, stdout, stderr } = await this.#run(program, args);
    if (status !== 0) throw new Error(`HTTP: ${stderr || `the client ended with ${status}`}`);
    // both put the status code behind the page
    return { status: Number(stdout.toString("latin1", stdout.length - 3)), body: new Uint8Array(stdout.subarray(0, -3)) };
  }

  #run(program: string, args: readonly string[], onOutput?: (text: string) => void) {
    return run(this.#net.path, program, args, { signal: this.#signal, ...(onOutput && { onOutput }) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
    this.#net.close();
  }
}

export const sha256 = (octets: Uint8Array): string => createHash("sha256").update(octets).digest("hex");
