import { RawIp } from "@freehold/linux";
import { type Log, silentLog } from "@freehold/runtime";
import { familyOf, portError } from "./address.ts";
import type { IpPort, IpSocket } from "./ports.ts";

/** Raw sockets of one IP protocol, one for each address. Needs CAP_NET_RAW: root, or a user namespace with a network namespace in it. */
export function rawIp({ log = silentLog }: { log?: Log } = {}): IpPort {
  return {
    async open({ protocol, addresses }) {
      const sockets: RawIp[] = [];
      try {
        for (const address of addresses) {
          familyOf(address);
          sockets.push(RawIp.open(protocol, address)); // the only place where this binding opens a socket
        }
        return new RawIpSocket(sockets, log);
      } catch (error) {
        await Promise.all(sockets.map((socket) => socket.close()));
        throw portError(`raw IP ${protocol}`, error);
      }
    },
  };
}

class RawIpSocket implements IpSocket {
  readonly addresses: readonly string[];
  onPacket: (payload: Uint8Array, from: string, to: string) => void = () => {};
  readonly #sockets: readonly RawIp[];

  constructor(sockets: readonly RawIp[], log: Log) {
    this.#sockets = sockets;
    this.addresses = sockets.map(({ address }) => address);
    for (const socket of sockets) {
      const fault = (error: unknown): void => log.error("a packet was not taken", { address: socket.address, error });
      socket.watch((payload, from) => this.onPacket(payload, from, socket.address), fault);
    }
  }

  send(payload: Uint8Array, to: string, from?: string): void {
    const six = to.includes(":");
    const socket = this.#sockets.find(({ address }) => (from === undefined ? address.includes(":") === six : address === from));
    socket?.send(payload, to);
  }

  async close(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
