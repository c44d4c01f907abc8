import { closeSync, openSync, promises } from "node:fs";
import type { UdpPort } from "@freehold/net";
import { start } from "./command.ts";

/** The discard port: nobody listens, the capture sees it all the same. */
const discard = 9;
const patienceMs = 3_000;

/** An independent witness: tcpdump on every interface of a namespace, writing a pcap file. Disposed of, it ends as it is. */
export interface Capture extends AsyncDisposable {
  /** Ends tcpdump when it has seen everything that was sent before this call. */
  finish(): Promise<void>;
}

/** Starts tcpdump; resolves when it listens, rejects with what it says when it does not. */
export async function startCapture(net: string, tcpdump: string, file: string, udp: UdpPort): Promise<Capture> {
  // tcpdump writes to a descriptor of ours: it gives up root, and may then not make the file itself
  const descriptor = openSync(file, "w");
  // each packet takes a place of the longest size in the kernel's buffer (KiB): neither too few places nor packets cut, at an MTU of 1500
  const args = ["-i", "any", "-n", "-U", "--immediate-mode", "-s", "2048", "-B", "16384", "-w", "-"];
  const child = start(net, tcpdump, args, descriptor);
  closeSync(descriptor);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const end = (): Promise<void> => {
    child.stdin?.end();
    return ended;
  };
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.stderr?.on("data", (data: Buffer) => {
      said += data.toString("utf8");
      if (said.includes("listening on")) resolve();
    });
    child.once("close", () => reject(new Error(`tcpdump: ${said.trim()}`)));
  });
  return {
    async finish() {
      const mark = Buffer.from(`end of capture ${child.pid} ${performance.now()}`);
      await using socket = await udp.bind({ host: "127.0.0.1", port: 0 });
      socket.send(mark, { host: "127.0.0.1", port: discard });
      const latest = performance.now() + patienceMs;
      while (performance.now() < latest && !(await promises.readFile(file)).includes(mark))
        await new Promise((next) => setTimeout(next, 20));
      await end();
    },
    [Symbol.asyncDispose]: end,
  };
}
