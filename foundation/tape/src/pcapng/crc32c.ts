/** CRC32c, reflected polynomial 82F63B78 (RFC 9260 appendix A). */

const table = Uint32Array.from({ length: 256 }, (_, octet) => {
  let crc = octet;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export function crc32c(octets: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < octets.length; i++) crc = table[(crc ^ octets[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
