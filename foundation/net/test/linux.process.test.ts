// The kernel's own sockets, in an anonymous network namespace of this process: nothing of it is left when the process ends.
import { createSocket, type Socket } from "node:dgram";
import { capabilities, configureLink, unshareNet } from "@freehold/linux";
import { batchUdp, kernelSctp, linuxTun, rawIp } from "../src/index.ts";
import { type Behind, ipCompliance, Seen, sctpCompliance, tunCompliance, udpCompliance } from "./compliance.ts";

/** Why the tests that need a namespace do not run. */
function ground(): string | false {
  try {
    unshareNet();
    configureLink({ link: "lo" });
    return false;
  } catch (error) {
    return `needs root: ${error instanceof Error ? error.message : error}`;
  }
}

const skip = ground();

udpCompliance("batched UDP", () => batchUdp(), ["127.0.0.1", "127.0.0.2"]);
udpCompliance("batched UDP over IPv6", () => batchUdp({ batch: 16 }), ["::1", "::1"]);
ipCompliance("raw IP", () => rawIp(), ["127.0.0.1", "127.0.0.2"], { skip });
ipCompliance("raw IP over IPv6", () => rawIp(), ["::1", "::1"], { skip });

/** The kernel behind a TUN device, seen through a UDP socket on the device's own address. */
async function kernel(): Promise<Behind> {
  const written = new Seen<Uint8Array>();
  const port = linuxTun();
  let socket: Socket | undefined;
  const end = async (): Promise<void> => {
    const closing = socket;
    socket = undefined;
    if (closing) await new Promise<void>((resolve) => closing.close(() => resolve()));
  };
  return {
    written,
    port: {
      async open(options) {
        const device = await port.open(options);
        await end();
        const bound = createSocket("udp4");
        bound.on("message", (data) => written.push(new Uint8Array(data)));
        await new Promise<void>((resolve) => bound.bind(5000, "10.45.0.1", resolve));
        socket = bound;
        return device;
      },
    },
    inject: (_, packet) => socket?.send(packet.subarray(28), 4000, "10.45.0.2"),
    end,
  };
}

tunCompliance("kernel TUN", kernel, { skip });

const { sctp } = await capabilities();
const noSctp = sctp.ok ? false : `this kernel has no SCTP: ${sctp.why}`;
sctpCompliance("kernel SCTP", () => ({ near: kernelSctp(), far: kernelSctp() }), { hosts: ["127.0.0.1", "127.0.0.2"], skip: noSctp });
