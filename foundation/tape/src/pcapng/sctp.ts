import { crc32c, Writer } from "@freehold/wire";
import { type Ends, ipPacket, largestPayload, protocol } from "./ip.ts";

const commonHeader = 12;
const dataHeader = 16;
/** User data of one DATA chunk; the padding to four octets has to fit too. */
const largestFragment = (largestPayload - commonHeader - dataHeader) & ~3;

/** One direction of an association, as its sender numbers it: packets of RFC 9260 §3.3.1, one DATA chunk each. */
export class SctpDirection {
  readonly #both: Ends;
  readonly #srcPort: number;
  readonly #dstPort: number;
  readonly #tag: number;
  #tsn = 1;
  readonly #sequence = new Map<number, number>();

  /** `tag` is the verification tag: one per direction, not zero (that is an INIT's). */
  constructor(both: Ends, srcPort: number, dstPort: number, tag: number) {
    this.#both = both;
    this.#srcPort = srcPort;
    this.#dstPort = dstPort;
    this.#tag = tag;
  }

  /** IP packets of one user message: several when one IP packet cannot hold it. */
  message(stream: number, ppid: number, data: Uint8Array): Uint8Array[] {
    const ssn = this.#sequence.get(stream) ?? 0;
    this.#sequence.set(stream, (ssn + 1) & 0xffff);
    const packets: Uint8Array[] = [];
    let at = 0;
    do {
      const end = Math.min(at + largestFragment, data.length);
      const flags = (at === 0 ? 2 : 0) | (end === data.length ? 1 : 0);
      packets.push(this.#packet(flags, stream, ssn, ppid, data.subarray(at, end)));
      at = end;
    } while (at < data.length);
    return packets;
  }

  #packet(flags: number, stream: number, ssn: number, ppid: number, data: Uint8Array): Uint8Array {
    const out = new Writer(commonHeader + dataHeader + data.length + 3);
    out.u16(this.#srcPort).u16(this.#dstPort).u32(this.#tag).u32(0);
    out.u8(0).u8(flags);
    out.u16(dataHeader + data.length).u32(this.#tsn);
    out.u16(stream).u16(ssn).u32(ppid).octets(data);
    while (out.length % 4 !== 0) out.u8(0);
    const packet = out.done();
    const crc = crc32c(packet);
    // least significant octet first (RFC 9260 appendix A)
    for (let i = 0; i < 4; i++) packet[8 + i] = (crc >>> (8 * i)) & 0xff;
    const identification = this.#tsn;
    this.#tsn = (this.#tsn + 1) >>> 0;
    return ipPacket(this.#both, protocol.sctp, packet, identification);
  }
}
