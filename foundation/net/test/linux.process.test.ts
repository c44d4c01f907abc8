// The kernel's own sockets, in an anonymous network namespace of this process: nothing of it is left when the process ends.
import { createSocket } from "node:dgram";
import { configureLink, unshareNet } from "@freehold/linux";
import { batchUdp, linuxTun, rawIp } from "../src/index.ts";
import { type Behind, ipCompliance, Seen, tunCompliance, udpCompliance } from "./compliance.ts";

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
  const sockets: { close: () => unknown }[] = [];
  const port = linuxTun();
  return {
    written,
    port: {
      async open(options) {
        const device = await port.open(options);
        const socket = createSocket("udp4");
        sockets.push(socket);
        socket.on("message", (data) => written.push(new Uint8Array(data)));
        await new Promise<void>((resolve) => socket.bind(5000, "10.45.0.1", resolve));
        send = (packet) => socket.send(packet.subarray(28), 4000, "10.45.0.2");
        return device;
      },
    },
    inject: (_, packet) => send(packet),
    end: async () => {
      for (const socket of sockets) socket.close();
    },
  };
}
let send: (packet: Uint8Array) => void = () => {};

tunCompliance("kernel TUN", kernel, { skip });
