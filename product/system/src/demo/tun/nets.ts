import { addVeth, configureLink, inNet, LinuxError, makeNet, type Net, RawIp } from "@freehold/linux";
import {
  batchUdp,
  type Door,
  type IpPort,
  kernelSctp,
  linuxTun,
  PortError,
  rawIp,
  type SctpPort,
  type TunPort,
  type UdpPort,
} from "@freehold/net";
import type { World } from "@freehold/runtime";
import { sctpOverIp } from "@freehold/sctp";
import { Unavailable } from "../unavailable.ts";

/** Addresses of documentation (RFC 5737): nothing outside these namespaces has them. */
export const addresses = { core: "192.0.2.1", gnb: "192.0.2.2", server: "198.51.100.1" } as const;

/** ICMP's IP protocol number. */
const icmp = 1;

/** Three namespaces without a thread, gone with the process: the core's and the gNB's joined by a veth pair, the data network's joined to nothing. */
export interface Nets extends Disposable {
  readonly core: string;
  readonly ran: string;
  readonly dn: string;
}

/** Makes the namespaces and what is in them before anybody opens a socket. Throws `Unavailable` when the kernel refuses. */
export function makeNets(): Nets {
  using made = new DisposableStack();
  const net = (): Net => made.adopt(makeNet(), (one) => one.close());
  try {
    const [core, ran, dn] = [net(), net(), net()];
    addVeth({ name: "fh-ran", namespace: core.path }, { name: "fh-core", namespace: ran.path });
    inNet(core.path, () => {
      configureLink({ link: "lo" });
      configureLink({ link: "fh-ran", addresses: [`${addresses.core}/30`] });
    });
    inNet(ran.path, () => configureLink({ link: "fh-core", addresses: [`${addresses.gnb}/30`] }));
    inNet(dn.path, () => configureLink({ link: "lo", addresses: [`${addresses.server}/32`] }));
    // our SCTP and ping alike stand on raw sockets: found out now, not when all else runs
    inNet(core.path, () => RawIp.open(icmp, addresses.core))
      .close()
      .catch(() => {});
    const kept = made.move();
    return { core: core.path, ran: ran.path, dn: dn.path, [Symbol.dispose]: () => kept.dispose() };
  } catch (error) {
    if (error instanceof LinuxError)
      throw new Unavailable(`--tun needs network namespaces and raw sockets: ${error.message}; without it: freehold demo`);
    throw error;
  }
}

/** Begins `work` in a namespace. Bindings by node:ffi open their sockets before they first wait, so what they give is in it. */
function begunIn<T>(net: string, work: () => Promise<T>): Promise<T> {
  let begun: Promise<T> | undefined;
  inNet(net, () => {
    begun = work();
  });
  return begun as Promise<T>;
}

/** UDP by batches, its sockets in the namespace. */
export const udpIn = (net: string, { log }: World): UdpPort => {
  const udp = batchUdp({ log });
  return { bind: (local) => begunIn(net, () => udp.bind(local)) };
};

/** TUN devices of the namespace. */
export const tunIn = (net: string, { log }: World): TunPort => {
  const tun = linuxTun({ log });
  return { open: (options) => begunIn(net, () => tun.open(options)) };
};

const ipIn = (net: string, { log }: World): IpPort => {
  const ip = rawIp({ log });
  return { open: (options) => begunIn(net, () => ip.open(options)) };
};

const kernelSctpIn = (net: string, { log }: World): SctpPort => {
  const sctp = kernelSctp({ log });
  return {
    backend: sctp.backend,
    listen: (options) => begunIn(net, () => sctp.listen(options)),
    connect: (options) => begunIn(net, () => sctp.connect(options)),
  };
};

/** SCTP straight over IP and through a door: the kernel's where it has it, which then owns the protocol; else ours on raw sockets. */
export async function sctpOverIpIn(world: World): Promise<(net: string, door: Door) => SctpPort> {
  try {
    await using _trial = await kernelSctp({ log: world.log }).listen({ addresses: ["127.0.0.1"], port: 0, onAssociation: () => {} });
    return (net, door) => door.sctp(kernelSctpIn(net, world));
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return (net, door) => door.sctp(sctpOverIp(door.ip(ipIn(net, world)), world));
  }
}
