import { Writer } from "@freehold/wire";
import { type Ends, ipPacket, protocol, setTransportChecksum } from "./ip.ts";

const flag = { syn: 0x02, push: 0x08, ack: 0x10 } as const;

/** Octets of one segment. */
const segment = 32_768;

interface Side {
  readonly ends: Ends;
  readonly port: number;
  /** The sequence number that its next octet has. */
  next: number;
}

/** A TCP connection that never was: whatever is sent arrives, in order, acknowledged by whatever is sent back (RFC 9293). */
export class TcpConnection {
  readonly #client: Side;
  readonly #server: Side;
  #packets = 0;

  constructor(both: Ends, clientPort: number, serverPort: number) {
    this.#client = { ends: both, port: clientPort, next: 1_000 };
    this.#server = { ends: { src: both.dst, dst: both.src }, port: serverPort, next: 500_000 };
  }

  open(): Uint8Array[] {
    const { syn, ack } = flag;
    const packets = [this.#packet(this.#client, this.#server, syn, none)];
    this.#client.next++;
    packets.push(this.#packet(this.#server, this.#client, syn | ack, none));
    this.#server.next++;
    packets.push(this.#packet(this.#client, this.#server, ack, none));
    return packets;
  }

  fromClient(octets: Uint8Array): Uint8Array[] {
    return this.#send(this.#client, this.#server, octets);
  }

  fromServer(octets: Uint8Array): Uint8Array[] {
    return this.#send(this.#server, this.#client, octets);
  }

  #send(from: Side, to: Side, octets: Uint8Array): Uint8Array[] {
    const packets: Uint8Array[] = [];
    for (let at = 0; at < octets.length; at += segment) {
      const part = octets.subarray(at, at + segment);
      packets.push(this.#packet(from, to, flag.push | flag.ack, part));
      from.next = (from.next + part.length) >>> 0;
      // acknowledged at once, so that no reader takes the window for full however long the body
      if (at + segment < octets.length) packets.push(this.#packet(to, from, flag.ack, none));
    }
    return packets;
  }

  #packet(from: Side, to: Side, flags: number, data: Uint8Array): Uint8Array {
    const syn = (flags & flag.syn) !== 0;
    const out = new Writer(28 + data.length);
    out.u16(from.port).u16(to.port).u32(from.next);
    out.u32((flags & flag.ack) === 0 ? 0 : to.next);
    out.u8((syn ? 7 : 5) << 4).u8(flags);
    out.u16(0xffff).u16(0).u16(0);
    // maximum segment size; no-op, window scale 14
    if (syn) out.u32(0x02040000 | segment).u32(0x0103030e);
    const octets = out.octets(data).done();
    setTransportChecksum(from.ends, protocol.tcp, octets, 16);
    return ipPacket(from.ends, protocol.tcp, octets, ++this.#packets);
  }
}

const none = new Uint8Array(0);
