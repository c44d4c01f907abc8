import { createSocket, type Socket } from "node:dgram";
import { type Log, silentLog } from "@freehold/runtime";
import { familyOf, portError, showAddress } from "./address.ts";
import type { Address, UdpPort, UdpSocket } from "./ports.ts";

export interface UdpOptions {
  readonly log?: Log;
  /** Socket buffers in octets; the kernel may give less (net.core.rmem_max). */
  readonly buffer?: number;
}

/** UDP by node:dgram: one system call a datagram. For signalling (PFCP) and small user planes. */
export function nodeUdp({ log = silentLog, buffer = 4 << 20 }: UdpOptions = {}): UdpPort {
  return {
    async bind(local) {
      const family = familyOf(local.host);
      // The only place where this binding opens a socket. Addresses are literals: lookup answers at once and asks nobody.
      const socket = createSocket({
        type: family === 6 ? "udp6" : "udp4",
        ipv6Only: family === 6,
        lookup: (host, _options, answer) => answer(null, host, familyOf(host)),
      });
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject);
        socket.bind({ address: local.host, port: local.port, exclusive: true }, resolve);
      }).catch((error: unknown) => {
        socket.close();
        throw portError(`bind UDP ${showAddress(local)}`, error);
      });
      socket.removeAllListeners("error");
      try {
        socket.setRecvBufferSize(buffer);
        socket.setSendBufferSize(buffer);
      } catch (error) {
        log.warn("UDP socket buffers keep their size", { address: showAddress(local), error });
      }
      return new NodeUdpSocket(socket, log);
    },
  };
}

class NodeUdpSocket implements UdpSocket {
  readonly local: Address;
  onDatagram: (data: Uint8Array, from: Address) => void = () => {};
  readonly #socket: Socket;
  #closed: Promise<void> | undefined;

  constructor(socket: Socket, log: Log) {
    const { address, port } = socket.address();
    this.local = { host: address, port };
    this.#socket = socket;
    socket.on("error", (error) => log.warn("UDP socket", { address: showAddress(this.local), error }));
    socket.on("message", (data, from) => {
      try {
        this.onDatagram(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), { host: from.address, port: from.port });
      } catch (error) {
        log.error("a datagram was not taken", {
          address: showAddress(this.local),
          from: showAddress({ host: from.address, port: from.port }),
          error,
        });
      }
    });
  }

  send(data: Uint8Array, to: Address): void {
    if (this.#closed === undefined && to.port > 0 && to.port < 65_536) this.#socket.send(data, to.port, to.host, () => {}); // lost silently
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#socket.close(() => resolve()));
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
