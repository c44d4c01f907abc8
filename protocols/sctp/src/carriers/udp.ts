import type { SctpPort, UdpPort } from "@freehold/net";
import type { World } from "@freehold/runtime";
import { canonical } from "../addresses.ts";
import type { CarrierSocket } from "../carrier.ts";
import type { SctpOptions } from "../options.ts";
import { SctpStack } from "../stack.ts";

export interface SctpOverUdpOptions extends Partial<SctpOptions> {
  /** UDP port of listening addresses and of peers not heard from yet: 9899 (RFC 6951 §6.1). 0 listens on a free one. */
  readonly encapsulationPort?: number;
  /** UDP port of peers not heard from yet, where it is not `encapsulationPort`. */
  readonly remoteEncapsulationPort?: number;
  /** Path MTU in octets with IP and UDP headers, 1400 by default. */
  readonly pathMtu?: number;
}

const ipv6AndUdp = 48;

/**
 * SCTP in UDP (RFC 6951), which needs no privilege. Listening addresses take `encapsulationPort`; a connecting one whose socket is not open
 * already takes a free UDP port, for the peer learns it from the packets and several stacks can share a host.
 */
export function sctpOverUdp(udp: UdpPort, world: World, options: SctpOverUdpOptions = {}): SctpPort {
  const { encapsulationPort = 9_899, remoteEncapsulationPort = encapsulationPort, pathMtu = 1_400, ...rest } = options;
  const open = async (host: string | undefined, remote: string | undefined): Promise<CarrierSocket> => {
    const any = remote?.includes(":") ? "::" : "0.0.0.0";
    const socket = await udp.bind({ host: host ?? any, port: remote === undefined ? encapsulationPort : 0 });
    const opened: CarrierSocket = {
      host: canonical(socket.local.host),
      onPacket: () => {},
      send: (packet, to, port) => socket.send(packet, { host: to, port }),
      close: () => socket.close(),
    };
    socket.onDatagram = (data, from) => opened.onPacket(data, from.host.includes(":") ? canonical(from.host) : from.host, from.port);
    return opened;
  };
  return new SctpStack(
    {
      backend: "UDP encapsulation",
      shared: false,
      connectsFromOwnSocket: true,
      packetSize: pathMtu - ipv6AndUdp,
      remoteUdpPort: remoteEncapsulationPort,
      open,
    },
    world,
    rest,
  );
}
