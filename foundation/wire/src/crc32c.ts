/** CRC32c (Castagnoli), RFC 9260 appendix A, eight octets a step ("slicing by 8"). */

const polynomial = 0x82f63b78;
const tables = new Int32Array(8 * 256);
for (let i = 0; i < 256; i++) {
  let rest = i;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
  tables[i] = rest;
}
for (let i = 256; i < tables.length; i++) {
  const before = tables[i - 256]!;
  tables[i] = (before >>> 8) ^ tables[before & 255]!;
}

/** Carries a CRC32c register on over `octets` from `at` to `end`; it begins as -1 and its complement is the CRC. */
export function advanceCrc32c(crc: number, octets: Uint8Array, at: number, end: number): number {
  const t = tables;
  for (; at + 8 <= end; at += 8) {
    crc ^= octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24);
    crc =
      t[1792 + (crc & 255)]! ^
      t[1536 + ((crc >>> 8) & 255)]! ^
      t[1280 + ((crc >>> 16) & 255)]! ^
      t[1024 + (crc >>> 24)]! ^
      t[768 + octets[at + 4]!]! ^
      t[512 + octets[at + 5]!]! ^
      t[256 + octets[at + 6]!]! ^
      t[octets[at + 7]!]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t[(crc ^ octets[at]!) & 255]!;
  return crc;
}

/** CRC32c of `octets`, as an unsigned number. */
export const crc32c = (octets: Uint8Array): number => ~advanceCrc32c(-1, octets, 0, octets.length) >>> 0;
