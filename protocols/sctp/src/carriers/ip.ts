import { type IpPort, PortError, type SctpPort } from "@freehold/net";
import type { World } from "@freehold/runtime";
import { canonical } from "../addresses.ts";
import type { CarrierSocket } from "../carrier.ts";
import type { SctpOptions } from "../options.ts";
import { SctpStack } from "../stack.ts";

/** SCTP's IP protocol number. */
const sctp = 132;
const ipv6 = 40;

export interface SctpOverIpOptions extends Partial<SctpOptions> {
  /** Path MTU in octets with the IP header, 1500 by default. */
  readonly pathMtu?: number;
}

/**
 * SCTP straight over IP, on raw sockets: for root, where the kernel has no SCTP of its own. Every raw socket of the host sees every SCTP
 * packet, so one stack serves an address and ports that are not ours are met with silence. `connect` must name its local address, for a raw
 * socket learns from nothing else what is addressed to it.
 */
export function sctpOverIp(ip: IpPort, world: World, options: SctpOverIpOptions = {}): SctpPort {
  const { pathMtu = 1_500, ...rest } = options;
  const open = async (host: string | undefined): Promise<CarrierSocket> => {
    if (host === undefined) throw new PortError("EADDRNOTAVAIL", "SCTP over raw IP: the local address must be given");
    const socket = await ip.open({ protocol: sctp, addresses: [host] });
    const opened: CarrierSocket = {
      host,
      onPacket: () => {},
      send: (packet, to) => socket.send(packet, to, host),
      close: () => socket.close(),
    };
    socket.onPacket = (payload, from) => opened.onPacket(payload, from.includes(":") ? canonical(from) : from, 0);
    return opened;
  };
  return new SctpStack(
    { backend: "raw IP", shared: true, connectsFromOwnSocket: false, packetSize: pathMtu - ipv6, remoteUdpPort: 0, open },
    world,
    rest,
  );
}
