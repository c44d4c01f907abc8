// Runs in the other host (a guest kernel): its kernel's SCTP, driven by lines of JSON over one TCP connection, which is all that it accepts.
// When the connection ends so does this process, and init then ends the guest.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import { kernelSctp, PortError, type SctpAssociation, type SctpListener, type SctpMessage } from "@freehold/net";

export type Order =
  | { readonly do: "listen"; readonly addresses: readonly string[]; readonly port: number; readonly streams?: number }
  | { readonly do: "unlisten"; readonly listener: number }
  | { readonly do: "connect"; readonly local?: Endpoint; readonly remote: Endpoint; readonly streams?: number }
  | { readonly do: "send"; readonly association: number; readonly stream: number; readonly ppid: number; readonly data: string }
  | { readonly do: "shutdown"; readonly association: number }
  | { readonly do: "abort"; readonly association: number; readonly why: string }
  | { readonly do: "sysctl"; readonly name: string; readonly value: string }
  | { readonly do: "node"; readonly args: readonly string[] };

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** An association as it was when it came to be. */
export interface Described {
  readonly association: number;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly outbound: number;
  readonly inbound: number;
}

export type Report =
  | { readonly is: "done"; readonly id: number; readonly result: unknown }
  | { readonly is: "failed"; readonly id: number; readonly code: string; readonly why: string }
  | ({ readonly is: "arrived"; readonly listener: number } & Described)
  | { readonly is: "message"; readonly association: number; readonly stream: number; readonly ppid: number; readonly data: string }
  | { readonly is: "end"; readonly association: number; readonly how: string; readonly why: string };

const sctp = kernelSctp();

function serve(socket: Socket): void {
  const listeners = new Map<number, SctpListener>();
  const associations = new Map<number, SctpAssociation>();
  const waiting = new Map<number, SctpMessage[]>();
  let next = 1;
  let written: string[] = [];
  const report = (what: Report): void => {
    if (written.push(JSON.stringify(what)) > 1) return;
    setImmediate(() => {
      socket.write(`${written.join("\n")}\n`);
      written = [];
    });
  };

  const adopt = (association: SctpAssociation): Described => {
    const number = next++;
    associations.set(number, association);
    const { local, remote, outbound, inbound } = association;
    // Handlers are set when whoever asked knows the number: a turn later.
    setImmediate(() => {
      association.onMessage = ({ stream, ppid, data }) => {
        report({ is: "message", association: number, stream, ppid, data: Buffer.from(data).toString("base64") });
      };
      association.onEnd = (how, why) => {
        associations.delete(number);
        report({ is: "end", association: number, how, why });
      };
    });
    return { association: number, local, remote, outbound, inbound };
  };

  /** Sends what waits, again and again until the kernel has taken it. */
  const drain = (number: number): void => {
    const queue = waiting.get(number);
    const association = associations.get(number);
    while (queue !== undefined && association !== undefined && queue.length > 0 && association.send(queue[0]!)) queue.shift();
    if (queue === undefined || queue.length === 0 || association === undefined) waiting.delete(number);
    else setTimeout(() => drain(number), 2);
  };

  const follow = async (order: Order): Promise<unknown> => {
    switch (order.do) {
      case "listen": {
        const listener = next++;
        const opened = await sctp.listen({
          ...order,
          onAssociation: (association) => report({ is: "arrived", listener, ...adopt(association) }),
        });
        listeners.set(listener, opened);
        return { listener, local: opened.local };
      }
      case "unlisten":
        return listeners.get(order.listener)?.close();
      case "connect":
        return adopt(await sctp.connect(order));
      case "send": {
        const { association, stream, ppid, data } = order;
        const queue = waiting.get(association) ?? [];
        waiting.set(association, queue);
        if (queue.push({ stream, ppid, data: new Uint8Array(Buffer.from(data, "base64")) }) === 1) drain(association);
        return undefined;
      }
      case "shutdown":
        while (waiting.has(order.association)) await new Promise((resolve) => setTimeout(resolve, 2));
        return associations.get(order.association)?.shutdown();
      case "abort":
        return associations.get(order.association)?.abort(order.why);
      case "sysctl":
        return writeFileSync(`/proc/sys/${order.name.replaceAll(".", "/")}`, order.value);
      case "node":
        return await new Promise((resolve) => {
          const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...order.args], {
            stdio: ["ignore", "pipe", "pipe"],
          });
          let output = "";
          for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (output += part));
          child.once("close", (code) => resolve({ code, output }));
        });
    }
  };

  createInterface({ input: socket }).on("line", (line) => {
    const order = JSON.parse(line) as Order & { readonly id: number };
    follow(order).then(
      (result) => order.do !== "send" && report({ is: "done", id: order.id, result }),
      (error: unknown) =>
        report({ is: "failed", id: order.id, code: error instanceof PortError ? error.code : "EFAULT", why: String(error) }),
    );
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => process.exit(0));
}

createServer({ noDelay: true }, serve).listen(Number(process.argv[2]), "0.0.0.0");
