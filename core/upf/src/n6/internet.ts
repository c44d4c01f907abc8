/** A data network inside this process: every IPv4 address answers echo requests, DNS, HTTP and the UDP echo service. */
import { type IpAddress, ip } from "@freehold/model";
import type { Clock, Random } from "@freehold/runtime";
import { checksum, IpPacket, ipv4Packet, Protocol, pseudoHeader, put16, put32 } from "../packet.ts";
import { dnsResponse } from "./dns.ts";
import { demoPage, httpHandler, type WebRequest, type WebResponse } from "./http.ts";
import type { N6 } from "./n6.ts";
import { parseSegment, TcpServer } from "./tcp.ts";

export interface InternetOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Names and their addresses; a name that is not among them does not exist. `*` stands for any. */
  readonly names?: Readonly<Record<string, readonly IpAddress[]>>;
  /** What the web servers say. */
  readonly web?: (request: WebRequest) => WebResponse;
  /** Largest packet, octets. */
  readonly mtu?: number;
}

const Port = { echo: 7, dns: 53, http: 80 } as const;

export interface Internet extends N6 {
  readonly counts: { readonly echoes: number; readonly queries: number; readonly requests: number; readonly refused: number };
  close(): Promise<void>;
}

/** The N6 responder of demonstrations without privilege, and of tests. Answers come in a later turn, like packets. */
export function echoN6({ clock, random, names = { "*": [ip("198.51.100.80")] }, web = demoPage, mtu = 1_400 }: InternetOptions): Internet {
  const counts = { echoes: 0, queries: 0, requests: 0, refused: 0 };
  const packet = new IpPacket();
  const emit = (octets: Uint8Array): void => {
    clock.after(0, () => internet.onPacket(octets));
  };
  const tcp = new TcpServer(
    {
      clock,
      random,
      mss: mtu - 40,
      send: emit,
      accept: (connection) => {
        counts.requests++;
        return httpHandler(connection, web);
      },
    },
    [Port.http],
  );
  const internet: Internet = {
    counts,
    onPacket: () => {},
    send(octets) {
      // fragments are not put together: nothing that asks here sends any
      if (!packet.parse(octets) || packet.version !== 4 || packet.fragment || (octets[6]! & 0x20) !== 0) return;
      if (packet.protocol === Protocol.icmp) echo(octets);
      else if (packet.protocol === Protocol.udp) udp(octets);
      else if (packet.protocol === Protocol.tcp) {
        const segment = parseSegment(octets, packet);
        if (segment !== undefined) tcp.receive(segment);
      } else unreachable(octets, 2);
    },
    async close() {
      tcp.close();
    },
  };

  /** RFC 792: type, sum and the addresses change, all else comes back. */
  function echo(octets: Uint8Array): void {
    const { transport, end } = packet;
    if (end - transport < 8 || octets[transport] !== 8 || checksum(octets, transport, end) !== 0) return;
    counts.echoes++;
    emit(
      ipv4Packet(packet.destination4, packet.source4, Protocol.icmp, end - transport, (reply) => {
        reply.set(octets.subarray(transport, end), 20);
        reply[20] = 0;
        put16(reply, 22, 0);
        put16(reply, 22, checksum(reply, 20, reply.length));
      }),
    );
  }

  function udp(octets: Uint8Array): void {
    const { transport, end } = packet;
    if (end - transport < 8) return;
    const length = (octets[transport + 4]! << 8) | octets[transport + 5]!;
    if (length < 8 || length > end - transport) return;
    const sum = (octets[transport + 6]! << 8) | octets[transport + 7]!;
    if (sum !== 0 && checksum(octets, transport, transport + length, pseudoHeader(octets, 0, Protocol.udp, length)) !== 0) return;
    const payload = octets.slice(transport + 8, transport + length);
    if (packet.destinationPort === Port.echo) reply(payload);
    else if (packet.destinationPort === Port.dns) {
      counts.queries++;
      const response = dnsResponse(payload, (name) => names[name] ?? names["*"]);
      if (response !== undefined) reply(response);
    } else unreachable(octets, 3);
  }

  function reply(payload: Uint8Array): void {
    const { destination4, source4, destinationPort, sourcePort } = packet;
    emit(udpPacket(destination4, destinationPort, source4, sourcePort, payload));
  }

  /** RFC 792: destination unreachable, protocol (2) or port (3). */
  function unreachable(octets: Uint8Array, code: number): void {
    counts.refused++;
    const quoted = Math.min(packet.transport + 8, octets.length);
    emit(
      ipv4Packet(packet.destination4, packet.source4, Protocol.icmp, 8 + quoted, (bytes) => {
        bytes[20] = 3;
        bytes[21] = code;
        put32(bytes, 24, 0);
        bytes.set(octets.subarray(0, quoted), 28);
        put16(bytes, 22, checksum(bytes, 20, bytes.length));
      }),
    );
  }

  return internet;
}

/** One IPv4 packet with a UDP datagram. */
export function udpPacket(
  source: number,
  sourcePort: number,
  destination: number,
  destinationPort: number,
  payload: Uint8Array,
): Uint8Array {
  const length = 8 + payload.length;
  return ipv4Packet(source, destination, Protocol.udp, length, (bytes) => {
    put16(bytes, 20, sourcePort);
    put16(bytes, 22, destinationPort);
    put16(bytes, 24, length);
    bytes.set(payload, 28);
    const sum = checksum(bytes, 20, bytes.length, pseudoHeader(bytes, 0, Protocol.udp, length));
    put16(bytes, 26, sum === 0 ? 0xffff : sum);
  });
}
