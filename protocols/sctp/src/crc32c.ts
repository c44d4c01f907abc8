import { advanceCrc32c } from "@freehold/wire";

/** Where the checksum stands in a packet. */
const fieldAt = 8;
const noChecksum = new Uint8Array(4);

/** The checksum of a packet, its own field counted as zero (§6.8). */
export function packetChecksum(packet: Uint8Array): number {
  let crc = advanceCrc32c(-1, packet, 0, fieldAt);
  crc = advanceCrc32c(crc, noChecksum, 0, 4);
  return ~advanceCrc32c(crc, packet, fieldAt + 4, packet.length) >>> 0;
}

/** The field as the packet carries it: least significant octet first. */
export const carriedChecksum = (packet: Uint8Array): number =>
  (packet[8]! | (packet[9]! << 8) | (packet[10]! << 16) | (packet[11]! << 24)) >>> 0;

export function setChecksum(packet: Uint8Array): void {
  const crc = packetChecksum(packet);
  packet[8] = crc;
  packet[9] = crc >>> 8;
  packet[10] = crc >>> 16;
  packet[11] = crc >>> 24;
}
