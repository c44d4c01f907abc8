/** What carries user packets: sockets on N3, and something behind the UPF on N6. Both kinds pass one compliance suite. */
import { gtpuPort } from "@freehold/gtpu";
import { type IpAddress, isIpv4 } from "@freehold/model";
import type { Address, TunPort, UdpPort, UdpSocket } from "@freehold/net";
import type { N6 } from "./n6/n6.ts";
import { firstHost, type NetworkConfig, poolOf } from "./network.ts";

export interface DataPath extends AsyncDisposable {
  /** Its name in start-up lines. */
  readonly kind: string;
  /** The data network behind a DNN. */
  readonly n6: (network: NetworkConfig) => Promise<N6>;
  /** Where UEs' packets pass through the host's kernel: the addresses that the host itself has now, which no UE may reach. */
  readonly hostAddresses?: (() => readonly string[]) | undefined;
  /** Binds the GTP-U sockets. Rejects with `PortError`. */
  open(addresses: readonly IpAddress[], onDatagram: (octets: Uint8Array, from: Address, local: IpAddress) => void): Promise<void>;
  /** Sends one datagram from `from`, or from our first address of the destination's family. */
  send(octets: Uint8Array, to: Address, from: IpAddress | undefined): void;
}

class N3Sockets {
  readonly #port: UdpPort;
  readonly #sockets = new Map<IpAddress, UdpSocket>();
  #first4: UdpSocket | undefined;
  #first6: UdpSocket | undefined;

  constructor(port: UdpPort) {
    this.#port = port;
  }

  async open(addresses: readonly IpAddress[], onDatagram: (octets: Uint8Array, from: Address, local: IpAddress) => void): Promise<void> {
    for (const address of addresses) {
      const socket = await this.#port.bind({ host: address, port: gtpuPort });
      socket.onDatagram = (octets, from) => onDatagram(octets, from, address);
      this.#sockets.set(address, socket);
      if (isIpv4(address)) this.#first4 ??= socket;
      else this.#first6 ??= socket;
    }
  }

  send(octets: Uint8Array, to: Address, from: IpAddress | undefined): void {
    const socket = from === undefined ? (to.host.includes(":") ? this.#first6 : this.#first4) : this.#sockets.get(from);
    socket?.send(octets, to);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.values()) await socket.close();
    this.#sockets.clear();
  }
}

/** N3 by sockets, N6 inside this process: tests, and demonstrations without privilege. The N6 instances are the caller's. */
export function memoryDataPath(n3: UdpPort, n6: (network: NetworkConfig) => N6): DataPath {
  const sockets = new N3Sockets(n3);
  return {
    kind: "memory",
    n6: async (network) => n6(network),
    open: (addresses, onDatagram) => sockets.open(addresses, onDatagram),
    send: (octets, to, from) => sockets.send(octets, to, from),
    [Symbol.asyncDispose]: () => sockets.close(),
  };
}

/** N3 by sockets, N6 by one TUN device per data network; the kernel routes the pools into it. */
export function tunDataPath(n3: UdpPort, tun: TunPort, options: TunOptions): DataPath {
  const { mtu, name = (_, index) => `fh-n6-${index}`, hostAddresses } = options;
  const sockets = new N3Sockets(n3);
  const opened: { close(): Promise<void> }[] = [];
  return {
    kind: "tun",
    hostAddresses,
    async n6(network) {
      const addresses = network.pools.map(firstHostCidr);
      const device = await tun.open({ name: name(network, opened.length), addresses, mtu });
      opened.push(device);
      const n6: N6 = { onPacket: () => {}, send: (packet) => device.write(packet) };
      device.onPacket = (packet) => n6.onPacket(packet);
      return n6;
    },
    open: (addresses, onDatagram) => sockets.open(addresses, onDatagram),
    send: (octets, to, from) => sockets.send(octets, to, from),
    async [Symbol.asyncDispose]() {
      await sockets.close();
      for (const device of opened.splice(0)) await device.close();
    },
  };
}

export interface TunOptions {
  readonly mtu: number;
  /** Names of the devices, 15 characters at most. */
  readonly name?: (network: NetworkConfig, index: number) => string;
  /** The addresses that the host has now, where they are not for UEs: with a router's own network behind the device they need not be asked. */
  readonly hostAddresses?: () => readonly string[];
}

/** The pool's first host address with the pool's length: the device's own address, which also routes the pool into it. */
function firstHostCidr(pool: string): string {
  const prefix = poolOf(pool);
  return `${firstHost(prefix)}/${prefix.length}`;
}
