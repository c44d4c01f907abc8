import { closeSync, openSync, promises } from "node:fs";
import type { UdpPort } from "@freehold/net";
import { start } from "./command.ts";

/** The discard port: nobody listens, the capture sees it all the same. */
const discard = 9;
const patienceMs = 3_000;

/** An independent witness: tcpdump on every interface of a namespace, writing a pcap file. */
export interface Capture {
  /** Ends tcpdump when it has seen everything that was sent before this call. */
  stop(): Promise<void>;
  /** Ends it as it is. */
  kill(): void;
}

/** Starts tcpdump; resolves when it listens, rejects with what it says when it does not. */
export async function startCapture(net: string, tcpdump: string, file: string, udp: UdpPort): Promise<Capture> {
  // tcpdump writes to a descriptor of ours: it gives up root, and may then not make the file itself
  const descriptor = openSync(file, "w");
  const child = start(net, tcpdump, ["-i", "any", "-n", "-U", "--immediate-mode", "-s", "0", "-w", "-"], descriptor);
  closeSync(descriptor);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.stderr?.on("data", (data: Buffer) => {
      said += data.toString("utf8");
      if (said.includes("listening on")) resolve();
    });
    ended.then(() => reject(new Error(`tcpdump: ${said.trim()}`))).catch(reject);
  });
  return {
    kill: () => void child.kill("SIGKILL"),
    async stop() {
      const mark = Buffer.from(`end of capture ${child.pid} ${performance.now()}`);
      const socket = await udp.bind({ host: "127.0.0.1", port: 0 });
      socket.send(mark, { host: "127.0.0.1", port: discard });
      const end = performance.now() + patienceMs;
      while (performance.now() < end && !(await promises.readFile(file)).includes(mark)) await new Promise((next) => setTimeout(next, 20));
      await socket.close();
      child.kill("SIGINT");
      await ended;
    },
  };
}
