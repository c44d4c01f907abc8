import type { Internet } from "@freehold/upf";
import { Writer } from "@freehold/wire";

/** RFC 1071. */
function checksum(octets: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < octets.length; i += 2) sum += (octets[i]! << 8) | (octets[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** A host of the data network. */
const host = "198.51.100.7";
const identifier = 0x4648;
const octetsOf = (address: string): number[] => address.split(".").map(Number);

/** The data network behind the UPF, from which a scenario speaks to phones; what they ask of it is answered as an internet would. */
export class DataNetwork {
  #internet: Internet | undefined;
  readonly #heard: Uint8Array[] = [];

  /** Listens to what UEs send; the one that was attached last speaks. */
  attach(internet: Internet): Internet {
    const answer = internet.send.bind(internet);
    internet.send = (packet) => {
      this.#heard.push(packet);
      answer(packet);
    };
    this.#internet = internet;
    return internet;
  }

  /** An ICMP echo request (RFC 792) of the host to a phone. */
  ping(to: string, sequence: number): void {
    const echo = new Writer(16).u8(8).u8(0).u16(0).u16(identifier).u16(sequence).u64(0n).done();
    new DataView(echo.buffer, echo.byteOffset).setUint16(2, checksum(echo));
    const header = new Writer(20).u8(0x45).u8(0).u16(36).u32(0x4000).u8(64).u8(1).u16(0);
    const packet = header
      .octets(Uint8Array.from(octetsOf(host)))
      .octets(Uint8Array.from(octetsOf(to)))
      .octets(echo)
      .done();
    new DataView(packet.buffer, packet.byteOffset).setUint16(10, checksum(packet.subarray(0, 20)));
    this.#internet?.onPacket(packet);
  }

  /** Sequence numbers of the host's pings that the phone has answered, in the order in which the answers came. */
  answers(from: string): number[] {
    const source = octetsOf(from).join();
    return this.#heard.flatMap((packet) => {
      const ours = packet[9] === 1 && packet[20] === 0 && packet.subarray(12, 16).join() === source;
      return ours && ((packet[24]! << 8) | packet[25]!) === identifier ? [(packet[26]! << 8) | packet[27]!] : [];
    });
  }
}
