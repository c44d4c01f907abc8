import { isIP } from "node:net";

/** What carries it. `ip` is a raw socket of one IP protocol, `tun` a network device of the kernel's. */
export type Protocol = "udp" | "sctp" | "http2" | "ip" | "tun";

/** One socket that a function has, or one kind of peer that it sends to. */
export interface Connection {
  readonly protocol: Protocol;
  /** Named, not addressed: the composition says where the place is in a configuration. */
  readonly place: string;
  /** What for, in one line. */
  readonly why: string;
}

/** Everything a function does with the network. What stands not here its `Door` refuses. */
export interface Connections {
  /** Sockets that it binds and devices that it makes. */
  readonly listens: readonly Connection[];
  /** Whom it sends to or connects to. */
  readonly calls: readonly Connection[];
  /** Names that it asks a resolver for. Nobody does: the ports take addresses only, and there is no resolver behind them. */
  readonly asks: readonly [];
}

/** Where a place is: `network` is an address, a CIDR, `any`, or the name of a device; without `port` every port of it. Port 0 binds a free one. */
export interface Endpoint {
  readonly network: string;
  readonly port?: number | undefined;
}

/** A place of a configuration: `key` says where it is configured. */
export interface Place {
  readonly key: string;
  readonly endpoints: readonly Endpoint[];
}

export type Places = Readonly<Record<string, Place>>;

/** A declaration as it stands in a configuration: a line of `freehold egress`. */
export interface Declared extends Connection {
  readonly function: string;
  readonly direction: "listens" | "calls";
  readonly key: string;
  readonly endpoints: readonly Endpoint[];
}

/** The declarations of a function in a configuration, without those that it has no place for. RangeError where a place is not known at all. */
export function declared(name: string, { listens, calls }: Pick<Connections, "listens" | "calls">, places: Places): readonly Declared[] {
  const of = (direction: Declared["direction"], connections: readonly Connection[]): Declared[] =>
    connections.flatMap((connection) => {
      const place = places[connection.place];
      if (place === undefined) throw new RangeError(`${name} ${direction} at ${connection.place}, which no configuration places`);
      const { key, endpoints } = place;
      return endpoints.length === 0 ? [] : [{ function: name, direction, ...connection, key, endpoints }];
    });
  return [...of("listens", listens), ...of("calls", calls)];
}

/** `127.0.0.5:38412`, `[fd00::]/8 port 80`, `any address`, `10.20.0.0/16 any port`, `fh0`. */
export function showEndpoint({ network, port }: Endpoint): string {
  const at = port === undefined ? undefined : port === 0 ? "free port" : `port ${port}`;
  if (network === "any") return at === undefined ? "any address" : `any address ${at}`;
  if (port !== undefined && port > 0 && isIP(network) !== 0) return isIP(network) === 6 ? `[${network}]:${port}` : `${network}:${port}`;
  return at === undefined ? network : `${network} ${at}`;
}
